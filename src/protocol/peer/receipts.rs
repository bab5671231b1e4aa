//! The receipts that I send (`ACK`, `READ`): cumulative, and at most one a second for each author and conversation.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{context::Context, conversations::Stream, egress::Egress};
use crate::{
    domain::{ConversationId, Now, Tick, UserId},
    protocol::Control,
};

const MIN_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Receipts {
    /// The receipts to send, with the earliest time for each.
    scheduled: BTreeMap<Stream, Tick>,
    /// When the last receipt was sent.
    sent: BTreeMap<Stream, Tick>,
    /// Authors whose last message had a lower number than an earlier one.
    behind: BTreeSet<Stream>,
}

impl Receipts {
    /// Schedules a receipt for `user`, who must use papo.
    pub(super) fn schedule(&mut self, now: Now, id: &ConversationId, user: &UserId) {
        let key = (id.clone(), user.clone());
        let due = self.sent.get(&key).map_or(now.tick, |&sent| (sent + MIN_INTERVAL).max(now.tick));
        self.scheduled.entry(key).or_insert(due);
    }

    /// A message has arrived. `is_behind`: it has a lower number than one that has arrived before.
    pub(super) fn note_position(&mut self, stream: &Stream, is_behind: bool) {
        if is_behind {
            self.behind.insert(stream.clone());
        } else {
            self.behind.remove(stream);
        }
    }

    /// Makes all receipts due now, because I am going offline.
    pub(super) fn make_all_due(&mut self, now: Now) {
        self.scheduled.values_mut().for_each(|due| *due = now.tick);
    }

    pub(super) fn due(&self) -> Option<Tick> {
        self.scheduled.values().copied().min()
    }

    /// Sends the receipts that are due, with the state at this time: `READ` if nothing is unread, otherwise `ACK`.
    pub(super) fn flush(&mut self, context: Context<'_>, egress: &mut Egress) {
        let now = egress.now();
        let due = self.scheduled.iter().filter(|(_, due)| **due <= now.tick);
        for key in due.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            self.scheduled.remove(&key);
            let (id, user) = &key;
            if context.is_suspended(id, user) {
                continue;
            }
            let Some(progress) = context.conversations.progress_with(id, user) else { continue };
            let all_read = context.conversations.get(id).is_some_and(|conversation| conversation.unread == 0);
            // If the author, or another client in their name, has skipped numbers and then continues below them, both
            // positions are acknowledged: the author ignores the one that is too high.
            let behind = progress.before_skipped().filter(|_| self.behind.contains(&key));
            for n in behind.into_iter().chain(progress.received) {
                let control = if all_read { Control::Read } else { Control::Ack }(id.clone(), n);
                context.send_about_numbers(user, control, egress);
            }
            self.sent.insert(key, now.tick);
        }
    }
}
