//! Receipts that are due: cumulative, and at most one a second per conversation and writer.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{Peer, link::Link};
use crate::{
    domain::{Conversation, ConversationId, Delivery, Now, Progress, Tick, UserId},
    protocol::{IgnoredReason, wire::Control},
};

/// In larger groups receipts are not counted.
const COUNTED_MEMBERS: usize = 32;
const SPACING: Duration = Duration::from_secs(1);

type Key = (ConversationId, UserId);

#[derive(Debug, Default)]
pub(super) struct Receipts {
    /// What is owed, and from when on it may go.
    owed: BTreeMap<Key, Tick>,
    /// When the last one went.
    sent: BTreeMap<Key, Tick>,
    /// Whose last message came behind a later number of its author.
    behind: BTreeSet<Key>,
}

impl Receipts {
    fn owe(&mut self, now: Now, key: Key) {
        let due = self.sent.get(&key).map_or(now.tick, |&sent| (sent + SPACING).max(now.tick));
        self.owed.entry(key).or_insert(due);
    }

    /// I leave: nothing is put off.
    pub(super) fn hurry(&mut self, now: Now) {
        self.owed.values_mut().for_each(|due| *due = now.tick);
    }

    pub(super) fn due(&self) -> Option<Tick> {
        self.owed.values().copied().min()
    }
}

impl Peer {
    /// Owes `user` the word that what it wrote is stored, or shown.
    pub(super) fn owe_receipt(&mut self, now: Now, conversation: &ConversationId, user: &UserId) {
        if self.is_papo(user) {
            self.receipts.owe(now, (conversation.clone(), user.clone()));
            self.flush_receipts(now);
        }
    }

    /// A message of `user` was placed, behind a later number or not.
    pub(super) fn placed(&mut self, conversation: &ConversationId, user: &UserId, is_behind: bool) {
        let key = (conversation.clone(), user.clone());
        if is_behind {
            self.receipts.behind.insert(key);
        } else {
            self.receipts.behind.remove(&key);
        }
    }

    /// Sends what is due. What a receipt says is how it stands then: shown, once nothing is unread.
    pub(super) fn flush_receipts(&mut self, now: Now) {
        if self.link != Link::Up {
            return;
        }
        let due: Vec<Key> =
            self.receipts.owed.iter().filter(|(_, due)| **due <= now.tick).map(|(key, _)| key.clone()).collect();
        for key in due {
            self.receipts.owed.remove(&key);
            let (id, user) = &key;
            let Some(progress) = self.progress_with(id, user) else { continue };
            let all_shown = self.conversations.get(id).is_some_and(|conversation| conversation.unread == 0);
            // Where its author has skipped numbers, or somebody in its name, and goes on below: it takes what fits.
            let behind = progress.before_skipped().filter(|_| self.receipts.behind.contains(&key));
            for n in behind.into_iter().chain(progress.received) {
                let control = if all_shown { Control::Read } else { Control::Ack }(id.clone(), n);
                let publication = self.about_numbers(now, user, control);
                self.hint(publication);
            }
            self.receipts.sent.insert(key, now.tick);
        }
    }
}

/// Receipts of others, and what they say.
impl Peer {
    /// `user` has everything of mine up to `n`; `read`: and has been shown it.
    pub(super) fn receipt(&mut self, now: Now, id: &ConversationId, n: u64, user: &UserId, read: bool) {
        let Some(progress) = self.progress_with(id, user) else {
            return self.overlook(IgnoredReason::NoChat(id.clone()));
        };
        if self.conversations.get(id).is_none_or(|conversation| n > conversation.sent) {
            // Nobody can have what I have not written.
            return self.overlook(IgnoredReason::Unwritten { conversation: id.clone(), n });
        }
        let acked = progress.acked.max(n);
        if progress.acked < acked {
            self.heard_from(now, user);
        }
        let read = if read { progress.read.max(n) } else { progress.read };
        self.put_progress(id, user, Progress { acked, read, ..progress });
        self.let_go_of(id);
        self.carried(now, id, n);
        self.fill_up(now, id, acked);
    }

    /// Whether `user` is to read what is written in a conversation that it is known from.
    pub(super) fn is_reader(&self, id: &ConversationId, user: &UserId) -> bool {
        match id {
            ConversationId::Session(_) => true,
            ConversationId::Group(group) => self.groups.get(group).is_some_and(|record| record.includes(user)),
        }
    }

    pub(super) fn counts_receipts(&self, id: &ConversationId) -> bool {
        match id {
            ConversationId::Session(_) => true,
            ConversationId::Group(group) => {
                self.groups.get(group).is_some_and(|group| group.everyone().count() <= COUNTED_MEMBERS)
            }
        }
    }

    /// The record of a group is gone: its last readers stay those whose receipts are shown.
    fn has_lost_its_record(&self, id: &ConversationId) -> bool {
        matches!(id, ConversationId::Group(group) if !self.groups.contains_key(group))
    }

    /// Before the record of a group goes: those who are not in it any more are owed nothing of what they lack. That they
    /// joined behind what they have is said of nobody else.
    pub(super) fn settle_readers(&mut self, id: &ConversationId) {
        let sent = self.conversations.get(id).map_or(0, |conversation| conversation.sent);
        let is_past = |user: &UserId, progress: &Progress| progress.acked < sent && !self.is_reader(id, user);
        let left = self.progress(id).filter(|(user, progress)| is_past(user, progress));
        let left: Vec<_> = left.map(|(user, progress)| (user.clone(), *progress)).collect();
        for (user, progress) in left {
            self.put_progress(id, &user, Progress { joined: sent, ..progress });
        }
    }

    /// Who tells how far it has come with my message number `n`, and how far that is. Who had it before leaving still
    /// has it.
    pub fn readers(&self, id: &ConversationId, n: u64) -> impl Iterator<Item = (&UserId, &Progress)> {
        let is_past = self.has_lost_its_record(id);
        let owed = || self.progress(id).filter(|(_, progress)| progress.joined < n).count();
        let is_counted = if is_past { owed() < COUNTED_MEMBERS } else { self.counts_receipts(id) };
        self.progress(id).filter(move |(user, progress)| {
            let is_owed = progress.joined < n && (is_past || self.is_reader(id, user));
            let has_it = progress.acked >= n && (progress.joined < n || progress.joined > progress.acked);
            is_counted && (is_owed || has_it) && self.is_papo(user)
        })
    }

    /// How far my message number `n` of a conversation has come, short of a failure.
    pub fn delivery(&self, id: &ConversationId, n: u64) -> Delivery {
        if self.conversations.get(id).is_none_or(|conversation: &Conversation| n > conversation.at_broker) {
            return Delivery::Written;
        }
        let readers: Vec<&Progress> = self.readers(id, n).map(|(_, progress)| progress).collect();
        let acked = readers.iter().filter(|progress| progress.acked >= n).count();
        match acked {
            0 => Delivery::AtBroker,
            _ if acked < readers.len() => Delivery::Partly(acked, readers.len()),
            _ if readers.iter().all(|progress| progress.read >= n) => Delivery::Read,
            _ => Delivery::Delivered,
        }
    }
}
