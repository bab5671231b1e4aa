//! The clocks of the broker. No other file of it reads them.
#![expect(clippy::disallowed_methods, reason = "this is the clock")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The time for deadlines, which setting the clock does not change.
pub fn now() -> Instant {
    Instant::now()
}

/// The time since the Unix epoch, which never goes back: the system's time at the start, and what has passed since.
#[derive(Debug)]
pub struct Clock {
    epoch: Duration,
    start: Instant,
}

impl Clock {
    /// Starts with the system's time.
    pub fn new() -> Self {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { epoch, start: Instant::now() }
    }

    /// The time since the Unix epoch.
    pub fn since_epoch(&self) -> Duration {
        self.epoch + self.start.elapsed()
    }
}
