//! Generates message IDs. A seed from outside replaces a random source.

use std::collections::VecDeque;

use uuid::Builder;

use crate::domain::{MessageId, Timestamp, UserId};

/// Generates `UUIDv7` IDs of one author from a given time and a seed. Each ID is greater than the one before, even if the
/// clock is set back.
#[derive(Debug)]
pub(super) struct Ids {
    state: u64,
    /// What all IDs end with.
    author: u128,
    last: u128,
    /// The latest IDs, ascending.
    recent: VecDeque<u128>,
}

/// The number of latest IDs that are remembered.
const RECENT: usize = 1_000;

impl Ids {
    /// `above`: an earlier ID that all new ones must exceed.
    pub(super) fn new(seed: u64, author: &UserId, above: Option<MessageId>) -> Self {
        let last = above.map_or(0, |id| u128::from_be_bytes(*id.as_bytes()));
        let author = u128::from_be_bytes(*MessageId::from_bytes([0; 16]).by(author).as_bytes());
        Self { state: seed, author, last, recent: VecDeque::new() }
    }

    pub(super) fn next(&mut self, now: Timestamp) -> MessageId {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.random().to_le_bytes());
        random[8..].copy_from_slice(&self.random().to_le_bytes()[..2]);
        let new = Builder::from_unix_timestamp_millis(now.as_millis(), &random).into_uuid().as_u128();
        let new = self.with_author(new);
        // After a restart, an earlier run may have used what follows directly.
        let step = u128::from(1 + (self.random() >> 52)) << 32;
        let after_last = self.with_author(self.last.saturating_add(step));
        self.last = if new > self.last { new } else { after_last };
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(self.last);
        MessageId::from_bytes(self.last.to_be_bytes())
    }

    fn with_author(&self, id: u128) -> u128 {
        id >> 32 << 32 | self.author
    }

    /// Whether an ID is among the latest generated ones.
    pub(super) fn is_recent(&self, id: MessageId) -> bool {
        self.recent.binary_search(&u128::from_be_bytes(*id.as_bytes())).is_ok()
    }

    /// `SplitMix64`. It suffices for unique IDs, which are not secret, and to spread deadlines.
    pub(super) fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_increase_when_clock_goes_back() {
        let alice: UserId = "alice".parse().unwrap();
        let mut ids = Ids::new(7, &alice, None);
        let times = [1_000_000, 1_000_000, 5, 1_000_001].map(Timestamp::from_millis);
        let made = times.map(|now| ids.next(now));
        assert!(made.is_sorted_by(|a, b| a < b), "{made:?}");
        // After a restart, too.
        let [one, other] = [8, 9].map(|seed| Ids::new(seed, &alice, Some(made[3])).next(Timestamp::from_millis(9)));
        assert!(one > made[3] && other > made[3] && one != other);
        assert!(made.into_iter().chain([one, other]).all(|id| id == id.by(&alice)));
    }

    #[test]
    fn latest_ids_are_recent() {
        let alice: UserId = "alice".parse().unwrap();
        let mut ids = Ids::new(7, &alice, None);
        let made: Vec<_> = (0..=RECENT as u64).map(|ms| ids.next(Timestamp::from_millis(ms))).collect();
        assert!(!ids.is_recent(made[0]) && made[1..].iter().all(|id| ids.is_recent(*id)));
        assert!(!ids.is_recent(Ids::new(8, &alice, None).next(Timestamp::from_millis(3))));
    }
}
