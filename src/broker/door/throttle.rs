//! Log lines that must not fill the disk when somebody floods the broker.

use std::time::{Duration, Instant};

/// How often the same line is logged, at most.
const INTERVAL: Duration = Duration::from_secs(60);

/// Lets one event a minute pass and counts the others.
#[derive(Debug, Default)]
pub struct Throttle {
    passed: Option<Instant>,
    held: u64,
}

impl Throttle {
    /// The number of events since the last one that passed, with this one; [`None`] if this one must not be logged.
    pub fn pass(&mut self, now: Instant) -> Option<u64> {
        self.held += 1;
        if self.passed.is_some_and(|passed| now.duration_since(passed) < INTERVAL) {
            return None;
        }
        self.passed = Some(now);
        Some(std::mem::take(&mut self.held))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::clock::now, *};

    #[test]
    fn events_between_are_counted() {
        let start = now();
        let mut throttle = Throttle::default();
        assert_eq!(throttle.pass(start), Some(1));
        for millis in [0, 1, 59_999] {
            assert_eq!(throttle.pass(start + Duration::from_millis(millis)), None);
        }
        assert_eq!(throttle.pass(start + INTERVAL), Some(4));
        assert_eq!(throttle.pass(start + INTERVAL * 2), Some(1));
    }
}
