//! Which messages are in use, by what, and how much of its quotas each account has used.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{change::Change, limits::Limits, message::Message};

/// The messages in queues and the retained ones, and what they count for.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    messages: HashMap<u64, Uses>,
    accounts: HashMap<Arc<str>, Account>,
    /// The changes to the saved messages since the last call of [`take_changes`](Self::take_changes).
    changes: BTreeMap<u64, Option<Arc<Message>>>,
}

/// What uses a message.
#[derive(Debug, Default)]
struct Uses {
    /// Entries of queues that count.
    counted: usize,
    /// Entries of queues that are saved.
    saved: usize,
    is_retained: bool,
}

impl Uses {
    fn is_on_disk(&self) -> bool {
        self.saved > 0 || self.is_retained
    }
}

/// What an account has used of its quotas.
#[derive(Debug, Default, PartialEq, Eq)]
struct Account {
    queued_bytes: usize,
    retained_messages: usize,
    retained_bytes: usize,
}

/// How a queue uses a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use {
    /// Whether it counts against the quota of its publisher: not if the subscriber has asked for it.
    pub(super) is_counted: bool,
    /// Whether the session is saved.
    pub(super) is_saved: bool,
}

impl Ledger {
    /// Whether the account may have another message of this size in queues.
    pub(super) fn may_queue(&self, account: &str, size: usize, limits: &Limits) -> bool {
        self.accounts.get(account).map_or(0, |used| used.queued_bytes) + size <= limits.queued_bytes
    }

    /// Whether the account of `message` may retain it, in place of `old`.
    pub(super) fn may_retain(&self, message: &Message, old: Option<&Message>, limits: &Limits) -> bool {
        let (mut messages, mut bytes) = (1, message.size());
        if let Some(used) = self.accounts.get(&message.account) {
            messages += used.retained_messages;
            bytes += used.retained_bytes;
        }
        if let Some(old) = old.filter(|old| old.account == message.account) {
            messages -= 1;
            bytes -= old.size();
        }
        messages <= limits.retained_messages && bytes <= limits.retained_bytes
    }

    /// A queue uses the message from now on.
    pub(super) fn queue(&mut self, message: &Arc<Message>, how: Use) {
        let uses = self.messages.entry(message.id).or_default();
        let was_on_disk = uses.is_on_disk();
        if how.is_counted {
            uses.counted += 1;
            if uses.counted == 1 {
                self.accounts.entry(Arc::clone(&message.account)).or_default().queued_bytes += message.size();
            }
        }
        if how.is_saved {
            uses.saved += 1;
            if !was_on_disk {
                self.changes.insert(message.id, Some(Arc::clone(message)));
            }
        }
    }

    /// A queue no longer uses the message.
    pub(super) fn unqueue(&mut self, message: &Message, how: Use) {
        let Some(uses) = self.messages.get_mut(&message.id) else { return };
        let was_on_disk = uses.is_on_disk();
        uses.saved -= usize::from(how.is_saved);
        uses.counted -= usize::from(how.is_counted);
        let is_free = how.is_counted && uses.counted == 0;
        if is_free {
            self.change_account(message, |account| account.queued_bytes -= message.size());
        }
        self.settle(message.id, was_on_disk);
    }

    /// The message is the retained one of its topic from now on.
    pub(super) fn retain(&mut self, message: &Arc<Message>) {
        let uses = self.messages.entry(message.id).or_default();
        if !uses.is_on_disk() {
            self.changes.insert(message.id, Some(Arc::clone(message)));
        }
        uses.is_retained = true;
        let account = self.accounts.entry(Arc::clone(&message.account)).or_default();
        account.retained_messages += 1;
        account.retained_bytes += message.size();
    }

    /// The message is no longer retained.
    pub(super) fn unretain(&mut self, message: &Message) {
        if let Some(uses) = self.messages.get_mut(&message.id) {
            uses.is_retained = false;
        }
        self.change_account(message, |account| {
            account.retained_messages -= 1;
            account.retained_bytes -= message.size();
        });
        self.settle(message.id, true);
    }

    fn change_account(&mut self, message: &Message, change: impl FnOnce(&mut Account)) {
        let Some(account) = self.accounts.get_mut(&message.account) else { return };
        change(account);
        if *account == Account::default() {
            self.accounts.remove(&message.account);
        }
    }

    /// Forgets a message that nothing uses.
    fn settle(&mut self, id: u64, was_on_disk: bool) {
        let Some(uses) = self.messages.get(&id) else { return };
        if was_on_disk && !uses.is_on_disk() {
            self.changes.insert(id, None);
        }
        if uses.counted == 0 && !uses.is_on_disk() {
            self.messages.remove(&id);
        }
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
