//! The sequence numbers of others: pure rules that say where a message stands in its author's sequence.

use crate::{
    domain::{ConversationId, DeviceHash, Progress, UserId},
    protocol::Properties,
};

/// A jump of the numbers that I am owed is taken to be one only if it is no longer than this.
const MOST_NOT_OWED: u64 = 1_000;

/// Where a numbered message stands in its author's sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// It is the next one; numbers from this one on come before it that its author has skipped.
    Next(u64),
    /// It was skipped, and comes after all.
    Late,
    /// I have it.
    Known,
    /// Numbers before it are missing, from this one on.
    TooEarly(u64),
}

/// The number of a message, and what the message says beside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct SequenceNumber {
    pub(super) n: u64,
    /// The first number that I am owed, where I have said nothing yet.
    first: Option<u64>,
    /// The number before it; those between were never sent.
    after: u64,
    /// The store that it is counted in.
    pub(super) store: Option<DeviceHash>,
}

impl SequenceNumber {
    /// Number `n`, with what its message says beside it to `me`.
    pub(super) fn new(n: u64, properties: &Properties, me: &UserId) -> Self {
        let first = properties.first.iter().find(|(user, _)| user == me).map(|(_, first)| *first);
        let after = properties.after.unwrap_or(n - 1);
        Self { n, first, after, store: properties.device.as_deref().map(DeviceHash::of) }
    }

    /// Its position after what I have. `is_given_up`: what is missing before it is not waited for any longer;
    /// `is_reused`: the number came with another id before; another client may have used it in the author's name.
    pub(super) fn position(
        self,
        id: &ConversationId,
        progress: Progress,
        is_given_up: bool,
        is_reused: impl FnOnce() -> bool,
    ) -> Position {
        let Self { n, first, after, .. } = self;
        // A session is heard from its start; in a group one hears from where one came in.
        let start = match id {
            ConversationId::Session(_) => 1,
            ConversationId::Group(_) => first.unwrap_or(n),
        };
        let Some(received) = progress.received else {
            return if after < start || is_given_up { Position::Next(start) } else { Position::TooEarly(start) };
        };
        if let Some(missing) = progress.skipped_from(n) {
            return if after < missing || is_given_up { Position::Late } else { Position::TooEarly(missing) };
        }
        if n <= received {
            return if is_reused() { Position::Late } else { Position::Known };
        }
        // I may have been out for a while without having noticed: what was said meanwhile is not owed to me. It would
        // hardly be so much.
        let owed = first.filter(|first| *first > received).unwrap_or(received + 1);
        let skipped = if owed - received > MOST_NOT_OWED { received + 1 } else { owed };
        if n < owed {
            Position::Known
        } else if after < owed || is_given_up {
            Position::Next(skipped)
        } else {
            Position::TooEarly(owed)
        }
    }
}
