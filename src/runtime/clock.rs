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

/// The instant of a deadline.
pub(super) fn at(deadline: Tick) -> Instant {
    instant() + deadline.since(tick())
}

/// The folder of the zone files, unless TZDIR is set.
const ZONES: &str = "/usr/share/zoneinfo";
/// Larger than any zone file.
const LARGEST_ZONE: u64 = 1 << 20;

/// The zone of this machine, or that of TZ, from its one file.
///
/// `TimeZone::system` walks the whole database of zones to find the name of this one. That takes 0.6 ms of a start, a
/// tenth of its CPU time, and 18 ms where the disk has not been read yet: more than a frame.
pub(super) fn zone() -> TimeZone {
    let folder = std::env::var_os("TZDIR").map_or_else(|| PathBuf::from(ZONES), PathBuf::from);
    let file = zone_file(std::env::var_os("TZ").as_deref(), &folder);
    // A zone without a file is a rule, or unknown.
    read_zone(&file).unwrap_or_else(TimeZone::system)
}

/// As in POSIX and the C library of GNU: `Europe/Berlin`, `:Europe/Berlin` and `:/etc/localtime`.
fn zone_file(said: Option<&OsStr>, folder: &Path) -> PathBuf {
    match said.map(OsStr::to_string_lossy) {
        Some(said) => folder.join(said.strip_prefix(':').unwrap_or(&said)),
        None => PathBuf::from("/etc/localtime"),
    }
}

fn read_zone(path: &Path) -> Option<TimeZone> {
    let mut file = Vec::new();
    File::open(path).ok()?.take(LARGEST_ZONE).read_to_end(&mut file).ok()?;
    TimeZone::tzif("", &file).ok()
}

/// Waits until a time; pends forever if there is none.
pub(super) async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => future::pending().await,
    }
}

/// A sleep at least this long counts: the broker has dropped the connection, or is about to.
const ASLEEP: Duration = Duration::from_secs(20);

/// Detects that the machine has slept: wall time continues, the monotonic clock does not.
pub(super) struct SleepWatch {
    day: Timestamp,
    steady: Instant,
}

impl SleepWatch {
    pub(super) fn new(day: Timestamp, steady: Instant) -> Self {
        Self { day, steady }
    }

    /// Whether the machine has slept since the last call. A clock that was set forward looks the same.
    pub(super) fn has_slept(&mut self, day: Timestamp, steady: Instant) -> bool {
        let before = std::mem::replace(self, Self { day, steady });
        day.since(before.day) > steady.duration_since(before.steady) + ASLEEP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_in_the_file_of_its_name() {
        let file = |said: Option<&str>| zone_file(said.map(OsStr::new), Path::new("zones"));
        assert_eq!(file(None), Path::new("/etc/localtime"));
        assert_eq!(file(Some("Europe/Berlin")), Path::new("zones/Europe/Berlin"));
        assert_eq!(file(Some(":Europe/Berlin")), Path::new("zones/Europe/Berlin"));
        assert_eq!(file(Some(":/etc/localtime")), Path::new("/etc/localtime"));
        assert_eq!(read_zone(Path::new("/dev/zero")), None);
        assert_eq!(read_zone(&file(Some("CET-1CEST,M3.5.0,M10.5.0/3"))), None, "a rule is none");
        // Not every system has them.
        if let Some(berlin) = read_zone(Path::new("/usr/share/zoneinfo/Europe/Berlin")) {
            let summer = jiff::Timestamp::from_second(1_750_000_000).unwrap();
            assert_eq!(berlin.to_offset(summer), jiff::tz::offset(2));
        }
    }

    #[test]
    fn a_sleep_is_time_that_deadlines_did_not_see() {
        let (day, steady) = (Timestamp::from_millis(1_000_000), Instant::now());
        let seconds = Duration::from_secs;
        let mut watch = SleepWatch::new(day, steady);
        assert!(!watch.has_slept(day + seconds(600), steady + seconds(600)), "papo was idle");
        assert!(watch.has_slept(day + seconds(4_200), steady + seconds(601)), "the machine slept an hour");
        assert!(!watch.has_slept(day + seconds(4_201), steady + seconds(602)), "which is told once");
        assert!(!watch.has_slept(day, steady + seconds(603)), "the clock was set back");
        assert!(!watch.has_slept(day + seconds(1), steady + seconds(604)));
    }
}
