//! What crosses machines: one file for each kind of event, with what follows from it, in order.

mod connection;
mod groups;
mod inbound;
mod messages;
mod outbox;
mod presence;
mod repair;
mod requests;
mod sessions;

use super::{Peer, acquaintance::Ties, context::Context};
use crate::{
    domain::{ConversationId, User, UserId},
    protocol::Control,
};

/// Steps that many flows share.
impl Peer {
    /// Changes what is known of a user. Users whom a full list forgets for it get no retransmissions.
    fn upsert_user(&mut self, id: &UserId, change: impl FnOnce(&mut User)) {
        let ties = Ties { requests: &self.requests, conversations: &self.conversations };
        for forgotten in self.roster.upsert(id, ties, &mut self.egress, change) {
            self.reminders.forget(&forgotten);
        }
    }

    /// Asks the author for the missing numbers from `from` up to `upto`.
    fn ask_resend(&mut self, id: &ConversationId, author: &UserId, from: u64, upto: u64) {
        let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
        self.gaps.request((id, author), (from, upto), context, &mut self.egress);
    }

    /// Asks the author for all numbers that I do not have.
    fn ask_for_rest(&mut self, id: &ConversationId, author: &UserId) {
        let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
        let rest = Control::Resend(id.clone(), self.conversations.next_of(id, author), None);
        context.send_about_numbers(author, rest, &mut self.egress);
    }

    /// Owes `user` a receipt, if they use papo.
    fn owe_receipt(&mut self, id: &ConversationId, user: &UserId) {
        if self.roster.is_papo(user) {
            self.receipts.owe(self.egress.now(), id, user);
            self.flush_receipts();
        }
    }

    fn flush_receipts(&mut self) {
        if self.link.is_up() {
            let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
            self.receipts.flush(context, &mut self.egress);
        }
    }
}
