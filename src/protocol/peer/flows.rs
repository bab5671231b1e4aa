//! The steps that involve several machines: one module for each kind of event.

mod connection;
mod directory;
mod groups;
mod inbound;
mod large_groups;
mod messages;
mod outbox;
mod presence;
mod repair;
mod requests;
mod sessions;

use super::{Peer, acquaintance::Ties, context::Context, receipts::ReceiptCause, repetitions::Repetition};
use crate::{
    domain::{ConversationId, User, UserId},
    protocol::Control,
};

/// Steps that several modules use.
impl Peer {
    /// Adds or changes a user. Users who are removed to make room get no more retransmissions.
    fn upsert_user(&mut self, id: &UserId, change: impl FnOnce(&mut User)) {
        let ties = Ties { requests: &self.requests, conversations: &self.conversations };
        for forgotten in self.roster.upsert(id, ties, &mut self.egress, change) {
            self.reminders.forget(&forgotten);
        }
    }

    /// Requests the author's missing numbers from `from` up to `upto`.
    fn ask_resend(&mut self, id: &ConversationId, author: &UserId, from: u64, upto: u64) {
        let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
        self.gaps.request((id, author), (from, upto), context, &mut self.egress);
    }

    /// Requests all numbers of the author that I do not have.
    fn ask_for_rest(&mut self, id: &ConversationId, author: &UserId) {
        let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
        if context.is_suspended(id, author) {
            return;
        }
        let rest = Control::Resend(id.clone(), self.conversations.next_of(id, author), None);
        context.send_about_numbers(author, rest, &mut self.egress);
    }

    /// Like [`Self::ask_for_rest`], because of something that the author may repeat at will.
    fn ask_for_rest_again(&mut self, id: &ConversationId, author: &UserId) {
        if self.repetitions.allow(self.egress.now(), Repetition::Rest(id.clone(), author.clone())) {
            self.ask_for_rest(id, author);
        }
    }

    /// Schedules a receipt for `user`, if they use papo.
    fn owe_receipt(&mut self, id: &ConversationId, user: &UserId, cause: ReceiptCause) {
        if self.roster.is_papo(user) && !self.context().is_suspended(id, user) {
            if cause != ReceiptCause::Other {
                // In a flood of messages, no timeout may come between them.
                self.flush_receipts();
            }
            let (now, spacing) = (self.egress.now(), self.context().receipt_spacing(id));
            let stream = (id.clone(), user.clone());
            self.receipts.schedule(now, stream, spacing, cause);
        }
    }

    fn flush_receipts(&mut self) {
        if self.link.is_up() {
            let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
            self.receipts.flush(context, &mut self.egress);
        }
    }
}
