//! The clock of the runtime, which passes the time to the core as data.
//!
//! Only two other places read a clock: the MQTT actor, for the time limits of its connection, and the store's thread,
//! for its wait between commits.

#![expect(clippy::disallowed_methods, reason = "this is the clock")]

use std::{
    ffi::OsStr,
    fs::File,
    future,
    io::Read as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jiff::tz::TimeZone;
use rustix::time::{ClockId, clock_gettime};
use tokio::time::{Instant, sleep_until};

use crate::domain::{Now, Tick, Timestamp};

/// The time of the wall clock and of the monotonic clock.
pub(super) fn now() -> Now {
    Now { wall: wall(), tick: tick() }
}

/// The time of the wall clock. Returns 1970 if the clock is set to an earlier time.
pub(super) fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The time of the monotonic clock, which counts from the start of the machine.
pub(super) fn tick() -> Tick {
    let time = clock_gettime(ClockId::Monotonic);
    let time = Duration::try_from(time).expect("the monotonic clock counts up from zero");
    Tick::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// The time of the clock that tokio's timers use, for deadlines of the runtime.
pub(super) fn instant() -> Instant {
    Instant::now()
}

/// Converts a deadline of the core to a deadline of the runtime.
pub(super) fn at(deadline: Tick) -> Instant {
    instant() + deadline.since(tick())
}

/// The folder of the time zone database, unless `TZDIR` names another.
const ZONE_FOLDER: &str = "/usr/share/zoneinfo";
/// The maximum size of a zone file, in bytes. The files of the database have a few thousand.
const MAX_ZONE_FILE: u64 = 1 << 20;

/// The time zone that `TZ` names, else that of the system.
///
/// Reads the zone file directly, because `TimeZone::system` searches the whole database for the name of the zone. The
/// search takes 0.6 ms, a tenth of the CPU time of a start, and 18 ms with a cold disk cache: more than a frame.
pub(super) fn zone() -> TimeZone {
    let folder = std::env::var_os("TZDIR").map_or_else(|| PathBuf::from(ZONE_FOLDER), PathBuf::from);
    let file = zone_file(std::env::var_os("TZ").as_deref(), &folder);
    // If there is no such file, TZ is a POSIX rule such as `CET-1CEST`, or invalid.
    read_zone(&file).unwrap_or_else(TimeZone::system)
}

/// The file for a value of TZ in the forms of POSIX and glibc: `Europe/Berlin`, `:Europe/Berlin` and `:/etc/localtime`.
fn zone_file(tz: Option<&OsStr>, folder: &Path) -> PathBuf {
    match tz.map(OsStr::to_string_lossy) {
        Some(tz) => folder.join(tz.strip_prefix(':').unwrap_or(&tz)),
        None => PathBuf::from("/etc/localtime"),
    }
}

fn read_zone(path: &Path) -> Option<TimeZone> {
    let mut file = Vec::new();
    File::open(path).ok()?.take(MAX_ZONE_FILE).read_to_end(&mut file).ok()?;
    TimeZone::tzif("", &file).ok()
}

/// Waits until `deadline`, or forever if there is none.
pub(super) async fn wait_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => future::pending().await,
    }
}

/// The shortest sleep of the machine that is detected. After a longer one, the broker has probably closed the
/// connection.
const MIN_SLEEP: Duration = Duration::from_secs(20);

/// Detects that the machine was asleep: meanwhile the wall clock advances, and the monotonic clock does not.
pub(super) struct SleepWatch {
    wall: Timestamp,
    monotonic: Instant,
}

impl SleepWatch {
    pub(super) fn new(wall: Timestamp, monotonic: Instant) -> Self {
        Self { wall, monotonic }
    }

    /// Whether the machine was asleep since the last call. Also true if the wall clock was set forward.
    pub(super) fn has_slept(&mut self, wall: Timestamp, monotonic: Instant) -> bool {
        let before = std::mem::replace(self, Self { wall, monotonic });
        wall.since(before.wall) > monotonic.duration_since(before.monotonic) + MIN_SLEEP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_file_is_the_one_that_tz_names() {
        let file = |tz: Option<&str>| zone_file(tz.map(OsStr::new), Path::new("zones"));
        assert_eq!(file(None), Path::new("/etc/localtime"));
        assert_eq!(file(Some("Europe/Berlin")), Path::new("zones/Europe/Berlin"));
        assert_eq!(file(Some(":Europe/Berlin")), Path::new("zones/Europe/Berlin"));
        assert_eq!(file(Some(":/etc/localtime")), Path::new("/etc/localtime"));
        assert_eq!(read_zone(Path::new("/dev/zero")), None);
        assert_eq!(read_zone(&file(Some("CET-1CEST,M3.5.0,M10.5.0/3"))), None, "a POSIX rule is not a file");
        // Some systems have no time zone database.
        if let Some(berlin) = read_zone(Path::new("/usr/share/zoneinfo/Europe/Berlin")) {
            let summer = jiff::Timestamp::from_second(1_750_000_000).unwrap();
            assert_eq!(berlin.to_offset(summer), jiff::tz::offset(2));
        }
    }

    #[test]
    fn sleep_is_detected_if_only_the_wall_clock_advances() {
        let (wall, monotonic) = (Timestamp::from_millis(1_000_000), Instant::now());
        let seconds = Duration::from_secs;
        let mut watch = SleepWatch::new(wall, monotonic);
        assert!(!watch.has_slept(wall + seconds(600), monotonic + seconds(600)), "papo was idle");
        assert!(watch.has_slept(wall + seconds(4_200), monotonic + seconds(601)), "the machine was asleep for an hour");
        assert!(!watch.has_slept(wall + seconds(4_201), monotonic + seconds(602)), "a sleep is reported once");
        assert!(!watch.has_slept(wall, monotonic + seconds(603)), "the clock was set back");
        assert!(!watch.has_slept(wall + seconds(1), monotonic + seconds(604)));
    }
}
