//! Receipts that I owe: cumulative, and at most one a second per conversation and writer.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{context::Context, conversations::Stream, egress::Egress};
use crate::{
    domain::{ConversationId, Now, Tick, UserId},
    protocol::Control,
};

const SPACING: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Receipts {
    /// What is owed, and from when on it may go.
    owed: BTreeMap<Stream, Tick>,
    /// When the last one went.
    sent: BTreeMap<Stream, Tick>,
    /// Authors whose last message came behind a later number of theirs.
    behind: BTreeSet<Stream>,
}

impl Receipts {
    /// Owes `user`, who uses papo, a receipt.
    pub(super) fn owe(&mut self, now: Now, id: &ConversationId, user: &UserId) {
        let key = (id.clone(), user.clone());
        let due = self.sent.get(&key).map_or(now.tick, |&sent| (sent + SPACING).max(now.tick));
        self.owed.entry(key).or_insert(due);
    }

    /// A message was placed, behind a later number or not.
    pub(super) fn placed(&mut self, stream: &Stream, is_behind: bool) {
        if is_behind {
            self.behind.insert(stream.clone());
        } else {
            self.behind.remove(stream);
        }
    }

    /// I leave: nothing is put off.
    pub(super) fn hurry(&mut self, now: Now) {
        self.owed.values_mut().for_each(|due| *due = now.tick);
    }

    pub(super) fn due(&self) -> Option<Tick> {
        self.owed.values().copied().min()
    }

    /// Sends what is due. What a receipt says is how it stands then: shown, once nothing is unread.
    pub(super) fn flush(&mut self, context: Context<'_>, egress: &mut Egress) {
        let now = egress.now();
        let due = self.owed.iter().filter(|(_, due)| **due <= now.tick);
        for key in due.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            self.owed.remove(&key);
            let (id, user) = &key;
            let Some(progress) = context.conversations.progress_with(id, user) else { continue };
            let all_shown = context.conversations.get(id).is_some_and(|conversation| conversation.unread == 0);
            // If the author, or another in their name, has skipped numbers and goes on below them, both positions are
            // acknowledged: the author takes what fits.
            let behind = progress.before_skipped().filter(|_| self.behind.contains(&key));
            for n in behind.into_iter().chain(progress.received) {
                let control = if all_shown { Control::Read } else { Control::Ack }(id.clone(), n);
                context.send_about_numbers(user, control, egress);
            }
            self.sent.insert(key, now.tick);
        }
    }
}
