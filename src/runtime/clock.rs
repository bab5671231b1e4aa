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

/// The time on both clocks.
pub(super) fn now() -> Now {
    Now { wall: wall(), tick: tick() }
}

/// The wall time. A clock before 1970 reads as 1970.
pub(super) fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The monotonic clock, which counts from the start of the machine.
pub(super) fn tick() -> Tick {
    let time = clock_gettime(ClockId::Monotonic);
    let time = Duration::try_from(time).expect("the monotonic clock counts up from zero");
    Tick::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// The time of the runtime's own deadlines.
pub(super) fn instant() -> Instant {
    Instant::now()
}

/// Converts a deadline of the core.
pub(super) fn at(deadline: Tick) -> Instant {
    instant() + deadline.since(tick())
}

/// The time zone database, unless TZDIR names another.
const ZONE_FOLDER: &str = "/usr/share/zoneinfo";
/// The most bytes that are read of a zone file; real ones have a few thousand.
const MAX_ZONE_FILE: u64 = 1 << 20;

/// The time zone of TZ, else of this machine.
///
/// Reads the zone file directly, because `TimeZone::system` walks the whole database to find the name of the zone. That
/// takes 0.6 ms of a start, a tenth of its CPU time, and 18 ms with a cold disk cache: more than a frame.
pub(super) fn zone() -> TimeZone {
    let folder = std::env::var_os("TZDIR").map_or_else(|| PathBuf::from(ZONE_FOLDER), PathBuf::from);
    let file = zone_file(std::env::var_os("TZ").as_deref(), &folder);
    // Without a file, TZ is a POSIX rule such as `CET-1CEST`, or invalid.
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

/// The shortest sleep of the machine that counts. The broker has probably given up the connection by then.
const MIN_SLEEP: Duration = Duration::from_secs(20);

/// Detects that the machine has slept: the wall clock advances during sleep, the monotonic clock does not.
pub(super) struct SleepWatch {
    wall: Timestamp,
    monotonic: Instant,
}

impl SleepWatch {
    pub(super) fn new(wall: Timestamp, monotonic: Instant) -> Self {
        Self { wall, monotonic }
    }

    /// Whether the machine has slept since the last call. A wall clock that was set forward looks the same.
    pub(super) fn has_slept(&mut self, wall: Timestamp, monotonic: Instant) -> bool {
        let before = std::mem::replace(self, Self { wall, monotonic });
        wall.since(before.wall) > monotonic.duration_since(before.monotonic) + MIN_SLEEP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_is_read_from_the_file_that_tz_names() {
        let file = |tz: Option<&str>| zone_file(tz.map(OsStr::new), Path::new("zones"));
        assert_eq!(file(None), Path::new("/etc/localtime"));
        assert_eq!(file(Some("Europe/Berlin")), Path::new("zones/Europe/Berlin"));
        assert_eq!(file(Some(":Europe/Berlin")), Path::new("zones/Europe/Berlin"));
        assert_eq!(file(Some(":/etc/localtime")), Path::new("/etc/localtime"));
        assert_eq!(read_zone(Path::new("/dev/zero")), None);
        assert_eq!(read_zone(&file(Some("CET-1CEST,M3.5.0,M10.5.0/3"))), None, "a rule has no file");
        // Not every system has the database.
        if let Some(berlin) = read_zone(Path::new("/usr/share/zoneinfo/Europe/Berlin")) {
            let summer = jiff::Timestamp::from_second(1_750_000_000).unwrap();
            assert_eq!(berlin.to_offset(summer), jiff::tz::offset(2));
        }
    }

    #[test]
    fn sleep_is_wall_time_without_monotonic_time() {
        let (day, steady) = (Timestamp::from_millis(1_000_000), Instant::now());
        let seconds = Duration::from_secs;
        let mut watch = SleepWatch::new(day, steady);
        assert!(!watch.has_slept(day + seconds(600), steady + seconds(600)), "papo was idle");
        assert!(watch.has_slept(day + seconds(4_200), steady + seconds(601)), "the machine slept an hour");
        assert!(!watch.has_slept(day + seconds(4_201), steady + seconds(602)), "a sleep is reported once");
        assert!(!watch.has_slept(day, steady + seconds(603)), "the clock was set back");
        assert!(!watch.has_slept(day + seconds(1), steady + seconds(604)));
    }
}
