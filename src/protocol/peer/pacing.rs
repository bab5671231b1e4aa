//! Pacing with exponential back-off: repeated requests for the same thing are granted after a second, then after twice
//! as long, and so on. On a slow link, readers that keep asking would only make it slower; and a small request must not
//! cause large answers at will.

use std::{collections::BTreeMap, time::Duration};

use crate::domain::{Now, Tick};

const PATIENCE: Duration = Duration::from_secs(1);
/// The longest; after as long without being asked all starts over.
const LONGEST_PATIENCE: Duration = Duration::from_secs(30);
/// So many stretches of one conversation are remembered. No honest reader misses as many in half a minute.
const MOST_STRETCHES: usize = 256;

/// When each was last given what it asked for.
#[derive(Debug)]
pub(super) struct Paces<K>(BTreeMap<K, Pace>);

#[derive(Debug, Clone, Copy)]
struct Pace {
    at: Tick,
    patience: Duration,
}

impl<K> Default for Paces<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Paces<K> {
    /// Whether it is given what it asks for; if so, that counts.
    pub(super) fn may(&mut self, now: Now, key: K) -> bool {
        let patience = match self.0.get(&key) {
            Some(pace) if now.tick.since(pace.at) < pace.patience => return false,
            Some(pace) if now.tick.since(pace.at) < LONGEST_PATIENCE => (pace.patience * 2).min(LONGEST_PATIENCE),
            _ => PATIENCE,
        };
        self.0.insert(key, Pace { at: now.tick, patience });
        true
    }
}

/// The numbers of a conversation that were retransmitted lately, in stretches that do not overlap.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent(Vec<Stretch>);

#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: u64,
    upto: u64,
    pace: Pace,
    /// Whether a reader was not subscribed then.
    is_missed: bool,
}

impl Stretch {
    fn overlaps(&self, from: u64, upto: u64) -> bool {
        self.from <= upto && from <= self.upto
    }

    fn is_in_flight(&self, now: Now) -> bool {
        !self.is_missed && now.tick.since(self.pace.at) < self.pace.patience
    }
}

impl Sent {
    /// The first number from `from` on that is not in flight.
    pub(super) fn not_in_flight(&self, now: Now, mut from: u64) -> u64 {
        let in_flight = |from: u64| {
            self.0.iter().find(|it| (it.from..=it.upto).contains(&from) && it.is_in_flight(now)).map(|it| it.upto)
        };
        while let Some(upto) = in_flight(from) {
            from = upto + 1;
        }
        from
    }

    /// From when on numbers may leave that are asked for. Readers store in order only, so what follows a missing number
    /// has to follow it again, in flight or not. But a reader that keeps asking for a little more does not get all of
    /// it each time.
    pub(super) fn not_before(&self, now: Now, (from, upto): (u64, u64)) -> Tick {
        let overlapping = self.0.iter().filter(|it| it.overlaps(from, upto) && it.is_in_flight(now));
        let repeated = overlapping.filter(|it| it.pace.patience > PATIENCE);
        repeated.map(|it| it.pace.at + it.pace.patience).max().unwrap_or(now.tick)
    }

    /// These leave now.
    pub(super) fn left(&mut self, now: Now, (from, upto): (u64, u64)) {
        self.0.retain(|it| now.tick.since(it.pace.at) < LONGEST_PATIENCE);
        self.put(now, (from, upto));
        self.0.drain(..self.0.len().saturating_sub(MOST_STRETCHES));
    }

    fn put(&mut self, now: Now, (from, upto): (u64, u64)) {
        let mut patience = PATIENCE;
        let mut others = Vec::with_capacity(self.0.len() + 2);
        for it in self.0.drain(..) {
            if !it.overlaps(from, upto) {
                others.push(it);
                continue;
            }
            patience = patience.max((it.pace.patience * 2).min(LONGEST_PATIENCE));
            others.extend((it.from < from).then(|| Stretch { upto: from - 1, ..it }));
            others.extend((upto < it.upto).then(|| Stretch { from: upto + 1, ..it }));
        }
        others.push(Stretch { from, upto, pace: Pace { at: now.tick, patience }, is_missed: false });
        self.0 = others;
    }

    /// Whether any are in flight.
    pub(super) fn is_any_in_flight(&self, now: Now) -> bool {
        self.0.iter().any(|it| it.is_in_flight(now))
    }

    /// A reader was not subscribed when they left: they do not count as in flight any more.
    pub(super) fn mark_missed(&mut self) {
        self.0.iter_mut().for_each(|it| it.is_missed = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Now {
        Now::from_millis(1_000_000 + ms)
    }

    #[test]
    fn patience_doubles_and_is_forgotten_after_half_a_minute() {
        let mut paces = Paces::default();
        let granted = (0..80_000).step_by(100).filter(|ms| paces.may(at(*ms), ())).collect::<Vec<_>>();
        assert_eq!(granted, [0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 62_000, 64_000, 68_000, 76_000]);
    }

    /// Each asks for a little more than the one before, so that what is asked for first is never on its way.
    #[test]
    fn who_asks_for_more_and_more_gets_all_of_it_less_and_less_often() {
        let mut sent = Sent::default();
        let mut times = 0;
        for n in 1..=2_000 {
            let (now, asked) = (at(10 * n), (2_001 - n, 2_000 + n));
            if sent.not_in_flight(now, asked.0) == asked.0 && sent.not_before(now, asked) <= now.tick {
                sent.left(now, asked);
                times += 1;
            }
        }
        // At once, once more, and after 2, 4 and 8 seconds.
        assert_eq!(times, 5);
    }

    #[test]
    fn what_follows_is_not_held_back_by_what_went_before() {
        let mut sent = Sent::default();
        sent.left(at(0), (1, 200));
        sent.left(at(10), (201, 400));
        assert_eq!((sent.not_in_flight(at(20), 1), sent.not_before(at(20), (401, 600))), (401, at(20).tick));
    }

    #[test]
    fn what_went_past_is_sent_at_once_but_less_and_less_often() {
        let mut sent = Sent::default();
        sent.left(at(0), (1, 8));
        assert_eq!(sent.not_in_flight(at(500), 3), 9);
        sent.mark_missed();
        assert_eq!(sent.not_in_flight(at(500), 3), 3);
        sent.left(at(500), (3, 8));
        assert_eq!((sent.not_in_flight(at(2_400), 3), sent.not_in_flight(at(2_500), 3)), (9, 3));
    }
}
