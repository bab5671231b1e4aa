//! Receipts that are due: cumulative, and at most one a second per conversation and writer.

use std::{collections::BTreeMap, time::Duration};

use super::{Peer, link::Link};
use crate::{
    domain::{ConversationId, Timestamp, UserId},
    protocol::wire::Control,
};

const SPACING: Duration = Duration::from_secs(1);

type Key = (ConversationId, UserId);

#[derive(Debug, Default)]
pub(super) struct Receipts {
    /// What is owed, and from when on it may go.
    owed: BTreeMap<Key, Owed>,
    /// When the last one went.
    sent: BTreeMap<Key, Timestamp>,
}

#[derive(Debug, Clone, Copy)]
struct Owed {
    due: Timestamp,
    read: bool,
}

impl Receipts {
    fn owe(&mut self, now: Timestamp, key: Key, read: bool) {
        // A clock that was set back must not hold receipts up.
        let due = self.sent.get(&key).map_or(now, |&sent| (sent + SPACING).max(now).min(now + SPACING));
        let owed = self.owed.entry(key).or_insert(Owed { due, read });
        owed.read |= read;
        owed.due = owed.due.min(due);
    }

    pub(super) fn due(&self) -> Option<Timestamp> {
        self.owed.values().map(|owed| owed.due).min()
    }
}

impl Peer {
    /// Owes `user` the word that what it wrote is stored, or shown.
    pub(super) fn owe_receipt(&mut self, now: Timestamp, conversation: &ConversationId, user: &UserId, read: bool) {
        if self.is_papo(user) {
            self.receipts.owe(now, (conversation.clone(), user.clone()), read);
            self.flush_receipts(now);
        }
    }

    /// Sends what is due.
    pub(super) fn flush_receipts(&mut self, now: Timestamp) {
        if self.link != Link::Up {
            return;
        }
        let due: Vec<(Key, bool)> = self
            .receipts
            .owed
            .iter()
            .filter(|(_, owed)| owed.due <= now)
            .map(|(key, owed)| (key.clone(), owed.read))
            .collect();
        for (key, read) in due {
            self.receipts.owed.remove(&key);
            let (conversation, user) = &key;
            let Some(n) = self.progress_with(conversation, user).and_then(|progress| progress.received) else {
                continue;
            };
            let control = match read {
                true => Control::Read(conversation.clone(), n),
                false => Control::Ack(conversation.clone(), n),
            };
            let publication = self.control_publication(now, user, control, None, None);
            self.hint(publication);
            self.receipts.sent.insert(key, now);
        }
    }
}
