//! Exponential back-off with jitter: each wait doubles the one before, up to the longest. Jitter keeps clients that
//! lost the same broker from returning at the same moment. Pure: it does not read the clock.

use std::time::Duration;

/// Exponential back-off with jitter.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
    random: u64,
}

impl Backoff {
    /// Starts with the wait `first`; `seed` determines the jitter.
    pub(super) fn new(seed: u64, first: Duration, longest: Duration) -> Self {
        // From zero, xorshift would only ever yield zero.
        Self { first, longest, next: first, random: seed | 1 }
    }

    /// The next wait: a random duration from three quarters of the current step to all of it.
    pub(super) fn wait(&mut self) -> Duration {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let step = self.next;
        self.next = (step * 2).min(self.longest);
        let thousandths = u32::try_from(self.random % 251).expect("below 251");
        step * (750 + thousandths) / 1000
    }

    /// Returns a wait of the longest step. The following waits have this step, too.
    pub(super) fn wait_longest(&mut self) -> Duration {
        self.next = self.longest;
        self.wait()
    }

    /// Starts over with the first step.
    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(500);
    const LONGEST: Duration = Duration::from_secs(60);

    #[test]
    fn waits_double_up_to_a_minute() {
        for seed in 0..50 {
            let mut backoff = Backoff::new(seed, FIRST, LONGEST);
            let mut step = FIRST;
            for _ in 0..12 {
                let wait = backoff.wait();
                assert!(wait <= step && wait >= step * 3 / 4, "{wait:?} of {step:?}");
                step = (step * 2).min(LONGEST);
            }
            backoff.reset();
            assert!(backoff.wait() <= FIRST);
            for _ in 0..2 {
                let wait = backoff.wait_longest();
                assert!(wait <= LONGEST && wait >= LONGEST * 3 / 4, "{wait:?}");
            }
        }
    }

    #[test]
    fn different_seeds_give_different_jitter() {
        let mut waits: Vec<_> = (0..20_u64)
            .map(|seed| Backoff::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15), FIRST, LONGEST).wait())
            .collect();
        waits.sort();
        waits.dedup();
        assert!(waits.len() > 10);
    }
}
