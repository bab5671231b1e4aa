//! The sequence numbers of others: pure rules for the position of a message in its author's sequence.

use crate::{
    domain::{ConversationId, DeliveryProgress, DeviceHash, UserId},
    protocol::Properties,
};

/// If `first` jumps ahead by more numbers than this, papo does not rely on it: the numbers in between are recorded as
/// skipped, and may still arrive.
const MAX_NOT_OWED: u64 = 1_000;
/// If the first number that I get from a member of a group is higher than this, papo does not rely on it either: the
/// lower numbers are recorded as skipped.
const MAX_BEFORE_FIRST: u64 = 100;

/// The position of a numbered message in its author's sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// It is the next one. The numbers from this one up to its own were skipped; none if they are equal.
    Next(u64),
    /// Its number was skipped earlier.
    Late,
    /// I have it already.
    Known,
    /// Earlier numbers are missing, from this one on.
    TooEarly(u64),
}

/// The number of a message, with the properties that matter for its position.
#[derive(Debug, Clone, Copy)]
pub(super) struct SequenceNumber {
    pub(super) n: u64,
    /// The first number that I must get, if the message has `first` for me.
    first: Option<u64>,
    /// The previous number that was sent.
    pub(super) after: u64,
    /// Whether a reader who has nothing of the author's must ask for the first number.
    ask: bool,
    /// The store of the author that the number belongs to.
    pub(super) store: Option<DeviceHash>,
}

impl SequenceNumber {
    /// Reads the `properties` of message number `n`. `me` selects the value of `first`.
    pub(super) fn new(n: u64, properties: &Properties, me: &UserId) -> Self {
        let first = properties.first.iter().find(|(user, _)| user == me).map(|(_, first)| *first);
        let after = properties.after.unwrap_or(n - 1);
        Self { n, first, after, ask: properties.ask, store: properties.device.as_deref().map(DeviceHash::of) }
    }

    /// The position of the message, given my `progress` with its author. `is_given_up`: missing numbers before it are
    /// no longer waited for. `predates_me`: it was written before I joined. `is_reused`: the number was received with
    /// another ID before, so another client may have used it in the author's name.
    pub(super) fn position(
        self,
        id: &ConversationId,
        progress: &DeliveryProgress,
        is_given_up: bool,
        predates_me: bool,
        is_reused: impl FnOnce() -> bool,
    ) -> Position {
        let Self { n, first, after, .. } = self;
        // In a session, I must get all numbers; in a group, those since I joined. If the author asks me to ask, the answer
        // has the first one.
        let start = match id {
            ConversationId::Session(_) => 1,
            ConversationId::Group(_) => first.unwrap_or(if self.ask { 1 } else { n }),
        };
        let Some(received) = progress.received else {
            // If another client has used this number in the author's name, the author continues below it.
            let skipped = if start > MAX_BEFORE_FIRST { 1 } else { start };
            return if after < start || is_given_up { Position::Next(skipped) } else { Position::TooEarly(start) };
        };
        if let Some(skipped) = progress.skipped_from(n) {
            // Sent again for another member, who has been in the group for longer.
            if skipped == 1 && predates_me {
                return Position::Known;
            }
            let missing = first.filter(|first| (skipped..=n).contains(first)).unwrap_or(skipped);
            return if after < missing || is_given_up { Position::Late } else { Position::TooEarly(missing) };
        }
        if n <= received {
            return if is_reused() { Position::Late } else { Position::Known };
        }
        // I may have been removed from the group and let in again without noticing. Messages from that time need not
        // reach me, unless they are suspiciously many.
        let owed = first.filter(|first| *first > received).unwrap_or(received + 1);
        let skipped = if owed - received > MAX_NOT_OWED { received + 1 } else { owed };
        if n < owed {
            Position::Known
        } else if after < owed || is_given_up {
            Position::Next(skipped)
        } else {
            Position::TooEarly(owed)
        }
    }
}
