//! Receipts that are due: cumulative, and at most one a second per conversation and writer.

use std::{collections::BTreeMap, time::Duration};

use super::{Peer, link::Link};
use crate::{
    domain::{Conversation, ConversationId, Delivery, Progress, Timestamp, UserId},
    protocol::{properties::Properties, wire::Control},
};

/// In larger groups receipts are not counted.
const COUNTED_MEMBERS: usize = 32;
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
            let control = if read { Control::Read } else { Control::Ack }(conversation.clone(), n);
            let publication = self.control_publication(now, user, control, None, None);
            self.hint(publication);
            self.receipts.sent.insert(key, now);
        }
    }
}

/// Receipts of others, and what they say.
impl Peer {
    pub(super) fn acked(&mut self, id: &ConversationId, n: u64, properties: &Properties) {
        self.receipt(id, n, properties, false);
    }

    pub(super) fn was_read(&mut self, id: &ConversationId, n: u64, properties: &Properties) {
        self.receipt(id, n, properties, true);
    }

    fn receipt(&mut self, id: &ConversationId, n: u64, properties: &Properties, read: bool) {
        let Some((user, progress)) = self.participant(id, properties) else { return };
        let sent = self.conversations.get(id).map_or(0, |conversation| conversation.sent);
        let n = n.min(sent);
        let acked = progress.acked.max(n);
        let read = if read { progress.read.max(n) } else { progress.read };
        self.put_progress(id, &user, Progress { acked, read, ..progress });
        self.let_go_of(id);
        self.fill_up(id, &user, acked);
    }

    /// Who sent this control message, if it takes part in the conversation.
    pub(super) fn participant(&self, id: &ConversationId, properties: &Properties) -> Option<(UserId, Progress)> {
        let user = properties.from.clone()?;
        let progress = self.progress_with(id, &user)?;
        Some((user, progress))
    }

    pub(super) fn counts_receipts(&self, id: &ConversationId) -> bool {
        match id {
            ConversationId::Session(_) => true,
            ConversationId::Group(group) => {
                self.groups.get(group).is_some_and(|group| group.everyone().count() <= COUNTED_MEMBERS)
            }
        }
    }

    /// How far my message number `n` of a conversation has come, short of a failure.
    pub fn delivery(&self, id: &ConversationId, n: u64) -> Delivery {
        if self.conversations.get(id).is_none_or(|conversation: &Conversation| n > conversation.at_broker) {
            return Delivery::Written;
        }
        if !self.counts_receipts(id) {
            return Delivery::AtBroker;
        }
        let is_reader = |user: &UserId| match id {
            ConversationId::Session(_) => true,
            ConversationId::Group(group) => self.groups.get(group).is_some_and(|record| record.includes(user)),
        };
        let readers: Vec<&Progress> = self
            .progress(id)
            .filter(|(user, progress)| progress.joined < n && self.is_papo(user) && is_reader(user))
            .map(|(_, progress)| progress)
            .collect();
        let acked = readers.iter().filter(|progress| progress.acked >= n).count();
        match acked {
            0 => Delivery::AtBroker,
            _ if acked < readers.len() => Delivery::Partly(acked, readers.len()),
            _ if readers.iter().all(|progress| progress.read >= n) => Delivery::Read,
            _ => Delivery::Delivered,
        }
    }
}
