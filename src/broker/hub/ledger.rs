//! Which messages are in use, by what, and how much of its quotas each account has used.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use mqtt5_protocol::QoS;

use super::{change::Change, limits::Limits, message::Message, queue::Entry};

/// The messages in queues and the retained ones, and what they count for.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    messages: HashMap<u64, Uses>,
    accounts: HashMap<Arc<str>, Account>,
    /// The changes to the saved messages since the last call of [`take_changes`](Self::take_changes).
    changes: BTreeMap<u64, Option<Arc<Message>>>,
}

/// What uses a message.
#[derive(Debug, Default, PartialEq, Eq)]
struct Uses {
    /// Entries of queues that its publisher has caused.
    deliveries: usize,
    /// Entries of queues for which the subscriber has asked.
    replays: usize,
    /// Entries of queues that are saved.
    saved: usize,
    is_retained: bool,
}

impl Uses {
    fn is_on_disk(&self) -> bool {
        self.saved > 0 || self.is_retained
    }

    /// Whether it counts as queued: also if it was retained, was replaced, and a subscriber has not read it yet.
    fn is_queued(&self) -> bool {
        self.deliveries > 0 || (self.replays > 0 && !self.is_retained)
    }
}

/// What an account has used of its quotas.
#[derive(Debug, Default, PartialEq, Eq)]
struct Account {
    deliveries: usize,
    queued_bytes: usize,
    retained_messages: usize,
    retained_bytes: usize,
}

/// How a queue uses a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use {
    /// Whether the subscriber has asked for it.
    pub(super) is_replay: bool,
    /// Whether the entry is saved.
    pub(super) is_saved: bool,
}

impl Use {
    /// How an entry of a queue uses its message; [`None`] if that counts for nothing: little of QoS 0 waits.
    pub(super) fn of(entry: &Entry, session_is_saved: bool) -> Option<Self> {
        let is_lasting = entry.qos != QoS::AtMostOnce;
        let is_replay = entry.is_replay;
        (is_lasting || is_replay).then_some(Self { is_replay, is_saved: session_is_saved && is_lasting })
    }
}

impl Ledger {
    /// The size of the messages of an account that wait in queues.
    pub(super) fn queued_bytes(&self, account: &str) -> usize {
        self.accounts.get(account).map_or(0, |used| used.queued_bytes)
    }

    /// Whether the account of a message may have it in this many queues.
    pub(super) fn may_queue(&self, message: &Message, deliveries: usize, limits: &Limits) -> bool {
        let queued = self.accounts.get(&message.account).map_or(0, |used| used.deliveries);
        let bytes = self.queued_bytes(&message.account) + message.cost();
        queued + deliveries <= limits.deliveries && bytes <= limits.queued_bytes
    }

    /// Whether the account of `message` may retain it, in place of `old`.
    pub(super) fn may_retain(&self, message: &Message, old: Option<&Message>, limits: &Limits) -> bool {
        let (mut messages, mut bytes) = (1, message.retained_cost());
        if let Some(used) = self.accounts.get(&message.account) {
            // What this one replaces may count as queued from then on.
            if used.queued_bytes > limits.queued_bytes {
                return false;
            }
            messages += used.retained_messages;
            bytes += used.retained_bytes;
        }
        if let Some(old) = old.filter(|old| old.account == message.account) {
            messages -= 1;
            bytes -= old.retained_cost();
        }
        messages <= limits.retained_messages && bytes <= limits.retained_bytes
    }

    /// A queue uses the message from now on.
    pub(super) fn queue(&mut self, message: &Arc<Message>, how: Use) {
        self.change(message, |uses, account| {
            if how.is_replay {
                uses.replays += 1;
            } else {
                uses.deliveries += 1;
                account.deliveries += 1;
            }
            uses.saved += usize::from(how.is_saved);
        });
    }

    /// A queue no longer uses the message.
    pub(super) fn unqueue(&mut self, message: &Arc<Message>, how: Use) {
        self.change(message, |uses, account| {
            if how.is_replay {
                uses.replays -= 1;
            } else {
                uses.deliveries -= 1;
                account.deliveries -= 1;
            }
            uses.saved -= usize::from(how.is_saved);
        });
    }

    /// The message is the retained one of its topic from now on.
    pub(super) fn retain(&mut self, message: &Arc<Message>) {
        self.change(message, |uses, account| {
            uses.is_retained = true;
            account.retained_messages += 1;
            account.retained_bytes += message.retained_cost();
        });
    }

    /// The message is no longer retained.
    pub(super) fn unretain(&mut self, message: &Arc<Message>) {
        self.change(message, |uses, account| {
            uses.is_retained = false;
            account.retained_messages -= 1;
            account.retained_bytes -= message.retained_cost();
        });
    }

    /// Changes what uses a message, and what follows from that. Forgets what is used no more.
    fn change(&mut self, message: &Arc<Message>, change: impl FnOnce(&mut Uses, &mut Account)) {
        let uses = self.messages.entry(message.id).or_default();
        let account = self.accounts.entry(Arc::clone(&message.account)).or_default();
        let (was_queued, was_on_disk) = (uses.is_queued(), uses.is_on_disk());
        change(uses, account);
        match (was_queued, uses.is_queued()) {
            (false, true) => account.queued_bytes += message.cost(),
            (true, false) => account.queued_bytes -= message.cost(),
            _ => {}
        }
        match (was_on_disk, uses.is_on_disk()) {
            (false, true) => _ = self.changes.insert(message.id, Some(Arc::clone(message))),
            (true, false) => _ = self.changes.insert(message.id, None),
            _ => {}
        }
        if *uses == Uses::default() {
            self.messages.remove(&message.id);
        }
        if *account == Account::default() {
            self.accounts.remove(&message.account);
        }
    }

    /// Whether no message is in use.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.accounts.is_empty()
    }

    /// The changes to the saved messages since the last call.
    pub(super) fn take_changes(&mut self) -> impl Iterator<Item = Change> + use<> {
        std::mem::take(&mut self.changes).into_iter().map(|(id, message)| Change::Message(id, message))
    }

    /// Forgets the changes that restoring the saved state has made.
    pub(super) fn forget_changes(&mut self) {
        self.changes.clear();
    }
}
