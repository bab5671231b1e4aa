//! Rate limits with exponential back-off: repeated requests for the same thing are granted after one second, then after
//! two, four, and so on. Without a limit, repeated requests would make a slow link even slower, and small requests
//! could cause large answers. And an allowance: what may be resent to one reader again.

use std::{collections::BTreeMap, time::Duration};

use crate::domain::{ConversationId, Now, Tick, UserId};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The maximum pause. The back-off starts over when the last grant was this long ago.
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// The maximum number of remembered ranges of a conversation. No honest reader misses more in half a minute.
const MAX_RANGES: usize = 256;

/// The least time between two receipts of a stream of messages.
const STREAM_SPACING: Duration = Duration::from_secs(1);
/// The least time between two receipts in a session, if each is for a single message. So an author who waits for the
/// receipt before they write the next message need not wait for [`STREAM_SPACING`].
const SINGLE_SPACING: Duration = Duration::from_millis(20);
/// All members of a group together send one author at most this many receipts a second.
const GROUP_RATE: u32 = 8;

/// The least time between two receipts to one author in one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReceiptSpacing {
    /// If the second one is for a single message.
    pub(super) single: Duration,
    /// If it is for several messages.
    pub(super) several: Duration,
}

impl ReceiptSpacing {
    /// In a session.
    pub(super) const SESSION: Self = Self { single: SINGLE_SPACING, several: STREAM_SPACING };

    /// In a group with this many members, leader included.
    pub(super) fn in_group(members: usize) -> Self {
        let spacing = Duration::from_secs(members.try_into().unwrap_or(u64::MAX)) / GROUP_RATE;
        let spacing = spacing.max(STREAM_SPACING);
        Self { single: spacing, several: spacing }
    }
}

/// When requests with each key were last granted.
#[derive(Debug)]
pub(super) struct RateLimiter<K>(BTreeMap<K, Grant>);

#[derive(Debug, Clone, Copy)]
struct Grant {
    at: Tick,
    pause: Duration,
}

impl<K> Default for RateLimiter<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> RateLimiter<K> {
    /// Whether a request is granted now. If so, the next pause begins.
    pub(super) fn allow(&mut self, now: Now, key: K) -> bool {
        let pause = match self.0.get(&key) {
            Some(grant) if now.tick.since(grant.at) < grant.pause => return false,
            Some(grant) if now.tick.since(grant.at) < MAX_PAUSE => (grant.pause * 2).min(MAX_PAUSE),
            _ => FIRST_PAUSE,
        };
        self.0.insert(key, Grant { at: now.tick, pause });
        true
    }
}

/// What is resent to a reader for the first time costs one part in this many of its size. An honest reader goes forward, so
/// it gets any number of messages soon. Only one that wants the same again and again has to wait.
const FIRST_TIME: u64 = 64;
/// What one reader may cost on average, in bytes a second.
const COST_RATE: u64 = 4 << 10;
/// What one reader may cost at once, as the time in which that much is allowed: 1 MiB.
const CREDIT: Duration = Duration::from_secs((1 << 20) / COST_RATE);

/// What retransmissions have cost for each reader.
#[derive(Debug, Default)]
pub(super) struct Allowance {
    /// When the cost so far will be what is allowed on average.
    settled: BTreeMap<UserId, Tick>,
    /// The highest number that was resent to a reader.
    highest: BTreeMap<(ConversationId, UserId), u64>,
}

impl Allowance {
    /// Whether more may be resent to a reader now.
    pub(super) fn allows(&self, now: Now, reader: &UserId) -> bool {
        self.settled.get(reader).is_none_or(|settled| *settled <= now.tick + CREDIT)
    }

    /// Messages were resent to a reader: their numbers and sizes in bytes. The reader `had` those up to that number before.
    pub(super) fn charge(
        &mut self,
        now: Now,
        (id, reader): (&ConversationId, &UserId),
        had: u64,
        sent: impl Iterator<Item = (u64, usize)>,
    ) {
        let highest = self.highest.entry((id.clone(), reader.clone())).or_default();
        let before = had.max(*highest);
        let (mut first, mut again) = (0, 0);
        for (n, size) in sent {
            *if n > before { &mut first } else { &mut again } += u64::try_from(size).unwrap_or(u64::MAX);
            *highest = n.max(*highest);
        }
        let cost = Duration::from_millis((again + first / FIRST_TIME) * 1000 / COST_RATE);
        let settled = self.settled.entry(reader.clone()).or_default();
        *settled = now.tick.max(*settled) + cost;
    }
}

/// The sequence numbers of a conversation that were recently resent, as ranges that do not overlap.
#[derive(Debug, Clone, Default)]
pub(super) struct RecentlySent(Vec<SentRange>);

#[derive(Debug, Clone, Copy)]
struct SentRange {
    from: u64,
    upto: u64,
    grant: Grant,
    /// Whether a reader was not subscribed when these were sent.
    is_missed: bool,
}

impl SentRange {
    fn overlaps(&self, from: u64, upto: u64) -> bool {
        self.from <= upto && from <= self.upto
    }

    fn is_in_flight(&self, now: Now) -> bool {
        !self.is_missed && now.tick.since(self.grant.at) < self.grant.pause
    }
}

impl RecentlySent {
    /// The first number from `from` on that is not in flight.
    pub(super) fn not_in_flight(&self, now: Now, mut from: u64) -> u64 {
        let in_flight = |from: u64| {
            self.0
                .iter()
                .find(|range| (range.from..=range.upto).contains(&from) && range.is_in_flight(now))
                .map(|range| range.upto)
        };
        while let Some(upto) = in_flight(from) {
            from = upto + 1;
        }
        from
    }

    /// The earliest time at which the requested numbers may be sent. A reader stores only in order, so after a missing
    /// number the following ones are sent again, even if they are in flight. But if a reader keeps requesting slightly
    /// different ranges, the numbers that were already repeated wait for the back-off.
    pub(super) fn earliest_resend(&self, now: Now, (from, upto): (u64, u64)) -> Tick {
        let overlapping = self.0.iter().filter(|range| range.overlaps(from, upto) && range.is_in_flight(now));
        let repeated = overlapping.filter(|range| range.grant.pause > FIRST_PAUSE);
        repeated.map(|range| range.grant.at + range.grant.pause).max().unwrap_or(now.tick)
    }

    /// When the next chunk may be sent: at once, unless as many as a chunk were sent within this interval.
    pub(super) fn next_chunk(&self, now: Now, chunk: u64, interval: Duration) -> Tick {
        let recent = self.0.iter().filter(|range| now.tick.since(range.grant.at) < interval);
        let count: u64 = recent.clone().map(|range| range.upto - range.from + 1).sum();
        let last = recent.map(|range| range.grant.at + interval).max();
        last.filter(|_| count >= chunk).unwrap_or(now.tick)
    }

    /// Records that these numbers are sent now.
    pub(super) fn note_sent(&mut self, now: Now, (from, upto): (u64, u64)) {
        self.0.retain(|range| now.tick.since(range.grant.at) < MAX_PAUSE);
        self.put(now, (from, upto));
        self.0.drain(..self.0.len().saturating_sub(MAX_RANGES));
    }

    fn put(&mut self, now: Now, (from, upto): (u64, u64)) {
        let mut pause = FIRST_PAUSE;
        let mut others = Vec::with_capacity(self.0.len() + 2);
        for range in self.0.drain(..) {
            if !range.overlaps(from, upto) {
                others.push(range);
                continue;
            }
            pause = pause.max((range.grant.pause * 2).min(MAX_PAUSE));
            others.extend((range.from < from).then(|| SentRange { upto: from - 1, ..range }));
            others.extend((upto < range.upto).then(|| SentRange { from: upto + 1, ..range }));
        }
        others.push(SentRange { from, upto, grant: Grant { at: now.tick, pause }, is_missed: false });
        self.0 = others;
    }

    /// Whether any number is in flight: sent recently, and not missed.
    pub(super) fn is_any_in_flight(&self, now: Now) -> bool {
        self.0.iter().any(|range| range.is_in_flight(now))
    }

    /// Records that a reader was not subscribed when the numbers were sent. They no longer count as in flight.
    pub(super) fn mark_missed(&mut self) {
        self.0.iter_mut().for_each(|range| range.is_missed = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Now {
        Now::from_millis(1_000_000 + ms)
    }

    #[test]
    fn pause_doubles_and_is_forgotten_after_half_a_minute() {
        let mut limiter = RateLimiter::default();
        let granted = (0..80_000).step_by(100).filter(|ms| limiter.allow(at(*ms), ())).collect::<Vec<_>>();
        assert_eq!(granted, [0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 62_000, 64_000, 68_000, 76_000]);
    }

    /// Each request is for a slightly larger range than the one before, so that its first number is never in flight.
    #[test]
    fn growing_requests_are_granted_with_back_off() {
        let mut sent = RecentlySent::default();
        let mut times = 0;
        for n in 1..=2_000 {
            let (now, asked) = (at(10 * n), (2_001 - n, 2_000 + n));
            if sent.not_in_flight(now, asked.0) == asked.0 && sent.earliest_resend(now, asked) <= now.tick {
                sent.note_sent(now, asked);
                times += 1;
            }
        }
        // At once, once more immediately, and then after 2, 4 and 8 seconds.
        assert_eq!(times, 5);
    }

    #[test]
    fn reader_that_goes_forward_costs_little() {
        let bob: UserId = "bob".parse().unwrap();
        let id: ConversationId = "bob_alice_7".parse().unwrap();
        let mut allowance = Allowance::default();
        let mut charge = |seconds: u64, numbers: std::ops::Range<u64>| {
            allowance.charge(at(1000 * seconds), (&id, &bob), 0, numbers.map(|n| (n, 1_024)));
            (seconds..seconds + 1_000).find(|second| allowance.allows(at(1000 * second), &bob)).unwrap() - seconds
        };
        assert_eq!(charge(0, 1..10_001), 0);
        assert_eq!(charge(100, 1..1_001), 0, "a mebibyte");
        assert_eq!(charge(100, 1..1_001), 244, "then four kibibytes a second");
        assert_eq!(charge(400, 10_001..10_101), 0);
        assert_eq!(charge(2_000, 10_101..60_101), 0);
    }

    #[test]
    fn new_numbers_are_not_delayed_by_numbers_in_flight() {
        let mut sent = RecentlySent::default();
        sent.note_sent(at(0), (1, 200));
        sent.note_sent(at(10), (201, 400));
        assert_eq!((sent.not_in_flight(at(20), 1), sent.earliest_resend(at(20), (401, 600))), (401, at(20).tick));
    }

    #[test]
    fn missed_numbers_are_resent_at_once_but_with_back_off() {
        let mut sent = RecentlySent::default();
        sent.note_sent(at(0), (1, 8));
        assert_eq!(sent.not_in_flight(at(500), 3), 9);
        sent.mark_missed();
        assert_eq!(sent.not_in_flight(at(500), 3), 3);
        sent.note_sent(at(500), (3, 8));
        assert_eq!((sent.not_in_flight(at(2_400), 3), sent.not_in_flight(at(2_500), 3)), (9, 3));
    }
}
