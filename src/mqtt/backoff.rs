//! Exponential back-off with jitter: each wait is longer than the one before, up to the longest. Jitter keeps clients that
//! lost the same broker from returning at the same moment. Pure: it does not read the clock.

use std::time::Duration;

/// How many users may return to a broker in a second.
const USERS_PER_SECOND: u32 = 500;
/// The longest time over which users return to a broker.
const LONGEST_SPREAD: Duration = Duration::from_secs(30);
/// The longest wait that a broker may ask for.
const LONGEST_ASKED_FOR: Duration = Duration::from_secs(5 * 60);

/// Exponential back-off with jitter.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
    growth: u32,
    random: u64,
}

impl Backoff {
    /// Starts with the wait `first`, and doubles it; `seed` determines the jitter.
    pub(super) fn new(seed: u64, first: Duration, longest: Duration) -> Self {
        // From zero, xorshift would only ever yield zero.
        Self { first, longest, next: first, growth: 200, random: seed | 1 }
    }

    /// Each wait is by a quarter longer than the one before. For several brokers: an outage of all is nearly always
    /// the choice of a new leader, which takes them five to eight seconds.
    pub(super) fn growing_slowly(self) -> Self {
        Self { growth: 125, ..self }
    }

    /// The next wait: a random duration from three quarters of the current step to all of it.
    pub(super) fn wait(&mut self) -> Duration {
        let step = self.next;
        self.next = (step * self.growth / 100).min(self.longest);
        step * (750 + self.random_below(251)) / 1000
    }

    /// A random wait before the first attempt after the loss of a broker that this many users share, so that they do
    /// not all return at once: at most 2 ms for each of them, and at most [`LONGEST_SPREAD`].
    pub(super) fn spread(&mut self, users: usize) -> Duration {
        let users = u32::try_from(users).unwrap_or(u32::MAX);
        let limit = Duration::from_secs(users.into()) / USERS_PER_SECOND;
        limit.min(LONGEST_SPREAD) * self.random_below(1001) / 1000
    }

    /// A random number from 0 to `limit` - 1 (xorshift).
    fn random_below(&mut self, limit: u32) -> u32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        u32::try_from(self.random % u64::from(limit)).expect("below a 32-bit number")
    }

    /// Returns a wait of the longest step. The following waits have this step, too.
    pub(super) fn wait_longest(&mut self) -> Duration {
        self.next = self.longest;
        self.wait()
    }

    /// The wait that a broker asks for, within limits: at least a second and at most [`LONGEST_ASKED_FOR`], and up to two
    /// seconds more.
    pub(super) fn wait_at_least(&mut self, asked_for: Duration) -> Duration {
        let asked_for = asked_for.clamp(Duration::from_secs(1), LONGEST_ASKED_FOR);
        asked_for + Duration::from_millis(self.random_below(2001).into())
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
    fn outage_of_eight_seconds_costs_three_more_at_most() {
        for seed in 0..200 {
            let mut backoff = Backoff::new(seed * 7919, FIRST, LONGEST).growing_slowly();
            let mut attempt = Duration::ZERO;
            while attempt < Duration::from_secs(8) {
                attempt += backoff.wait();
            }
            assert!(attempt <= Duration::from_secs(11), "{attempt:?}");
            let late = (0..20).map(|_| backoff.wait()).max().unwrap();
            assert!(late >= LONGEST * 3 / 4 && late <= LONGEST, "{late:?}");
        }
    }

    #[test]
    fn many_users_return_one_after_the_other() {
        for (users, limit) in [(0, 0), (10, 20), (1000, 2_000), (15_000, 30_000), (usize::MAX, 30_000)] {
            let limit = Duration::from_millis(limit);
            let mut backoff = Backoff::new(7, FIRST, LONGEST);
            let waits: Vec<_> = (0..200).map(|_| backoff.spread(users)).collect();
            assert!(waits.iter().all(|wait| *wait <= limit), "{users}");
            let late = waits.iter().filter(|wait| **wait > limit / 2).count();
            assert!(limit.is_zero() || (50..150).contains(&late), "{late} of 200 in the second half for {users}");
        }
    }

    #[test]
    fn broker_may_ask_for_a_wait_within_limits() {
        let second = Duration::from_secs(1);
        for (asked_for, at_least) in [(0, 1), (12, 12), (60, 60), (300, 300), (301, 300), (u64::MAX, 300)] {
            let mut backoff = Backoff::new(7, FIRST, LONGEST);
            for _ in 0..50 {
                let wait = backoff.wait_at_least(Duration::from_secs(asked_for));
                assert!(wait >= second * at_least && wait <= second * (at_least + 2), "{wait:?} for {asked_for} s");
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
