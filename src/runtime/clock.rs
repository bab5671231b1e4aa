//! The clock: the one place where papo reads it.

use std::{
    future,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jiff::tz::TimeZone;
use tokio::time::{Instant, sleep_until};

use crate::domain::Timestamp;

/// What time it is. A clock before 1970 reads as 1970.
#[expect(clippy::disallowed_methods, reason = "this is the runtime's clock, from which all others get the time")]
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The zone of this machine. Where nothing else is said it is in the one file that says it; to find out what it is called
/// jiff would read the whole database of zones.
pub(super) fn zone() -> TimeZone {
    let local = || {
        let file = std::fs::read("/etc/localtime").ok()?;
        TimeZone::tzif("", &file).ok()
    };
    let is_said = std::env::var_os("TZ").is_some();
    if is_said { TimeZone::system() } else { local().unwrap_or_else(TimeZone::system) }
}

/// Waits until a time; for ever where there is none.
pub(super) async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => future::pending().await,
    }
}

/// The machine has slept this long at least: the broker has given the connection up, or is about to.
const ASLEEP: Duration = Duration::from_secs(20);

/// Tells when the machine has slept: the time of day goes on, the time that deadlines go by does not.
pub(super) struct SleepWatch {
    day: Timestamp,
    steady: Instant,
}

impl SleepWatch {
    pub(super) fn new(day: Timestamp, steady: Instant) -> Self {
        Self { day, steady }
    }

    /// Whether the machine has slept since this was asked last. A clock that was set forward looks the same.
    pub(super) fn has_slept(&mut self, day: Timestamp, steady: Instant) -> bool {
        let before = std::mem::replace(self, Self { day, steady });
        day.since(before.day) > steady.duration_since(before.steady) + ASLEEP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
