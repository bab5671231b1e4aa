//! The receipts that I send (`ACK`, `READ`): cumulative, and rate-limited for each author and conversation.
//!
//! A receipt is not sent while its message is handled, but with the next message or [`Peer::next_timeout`], which is then
//! due: if the user is reading the chat, [`Command::MarkRead`] comes first, and one `READ` takes the place of both.
//!
//! [`Peer::next_timeout`]: super::Peer::next_timeout
//! [`Command::MarkRead`]: crate::protocol::Command::MarkRead

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{context::Context, conversations::Stream, egress::Egress, pacing::ReceiptSpacing};
use crate::{
    domain::{Now, Tick},
    protocol::Control,
};

/// Why a receipt is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReceiptCause {
    /// A message of the author has arrived.
    Message,
    /// A message has arrived again: the author may not have my last receipt, or repeats itself at will.
    Repetition,
    /// I have read the messages, or the author may not have my last receipt.
    Other,
}

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
    /// Schedules a receipt for the messages of an author, who must use papo. If one for an earlier message is waiting
    /// when another message arrives, the author does not wait for each, and one receipt covers what arrives until
    /// [`ReceiptSpacing::several`].
    pub(super) fn schedule(&mut self, now: Now, stream: Stream, spacing: ReceiptSpacing, cause: ReceiptCause) {
        let is_waiting = self.scheduled.contains_key(&stream);
        let spacing = match cause {
            ReceiptCause::Other | ReceiptCause::Repetition if is_waiting => return,
            ReceiptCause::Message if is_waiting => spacing.several,
            ReceiptCause::Repetition => spacing.several,
            ReceiptCause::Message | ReceiptCause::Other => spacing.single,
        };
        let due = self.earliest(now, &stream, spacing);
        self.scheduled.insert(stream, due);
    }

    fn earliest(&self, now: Now, stream: &Stream, spacing: Duration) -> Tick {
        self.sent.get(stream).map_or(now.tick, |&sent| (sent + spacing).max(now.tick))
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

#[cfg(test)]
mod tests;
