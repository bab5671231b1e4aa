//! Receipts of others, and retransmission of my messages to them.

use super::super::{Peer, context::Context, receipts::ReceiptCause, repetitions::Repetition};
use crate::{
    domain::{ChatMessage, ConversationId, DeliveryProgress, Phase, UserId},
    protocol::{IgnoredReason, Properties, Topic},
};

/// Messages from readers.
impl Peer {
    /// A reader has stored all my messages up to number `n`; `read`: and has read them.
    pub(super) fn receipt(&mut self, id: &ConversationId, n: u64, read: bool, properties: &Properties) {
        let Some(user) = &self.sender_about_numbers(id, properties) else { return };
        let Some(progress) = self.conversations.progress_with(id, user) else {
            return self.egress.ignore(IgnoredReason::NoChat(id.clone()));
        };
        if self.conversations.get(id).is_none_or(|conversation| n > conversation.sent) {
            // No reader can have messages that I have not written.
            return self.egress.ignore(IgnoredReason::NotMyMessage { conversation: id.clone(), n });
        }
        let acked = progress.acked.max(n);
        if progress.acked < acked {
            self.reminders.note_answer(self.egress.now(), user, &self.roster);
        }
        let read = if read { progress.read.max(n) } else { progress.read };
        self.conversations.put_progress(id, user, &DeliveryProgress { acked, read, ..progress }, &mut self.egress);
        self.unsubscribe_if_drained(id);
        self.resends.acknowledged((id, user), n, &mut self.egress);
        // A peer that had closed the session has subscribed again when its receipt arrives. Now my remaining messages
        // follow.
        if matches!(self.conversations.phase(id), Some(Phase::Open { ended_by_peer: true, .. })) {
            self.resend_missing(id, user, (acked + 1, u64::MAX));
        }
    }

    /// A reader requests my messages from number `from` up to `upto`; without `upto`, all from `from` on.
    pub(super) fn asked_to_resend(
        &mut self,
        id: &ConversationId,
        (from, upto): (u64, Option<u64>),
        properties: &Properties,
    ) {
        let Some(user) = &self.sender_about_numbers(id, properties) else { return };
        let now = self.egress.now();
        let Some(progress) = self.conversations.progress_with(id, user) else {
            return self.asked_about_unknown_conversation(id, user);
        };
        self.reminders.note_answer(now, user, &self.roster);
        if let (ConversationId::Group(group), None) = (id, upto)
            && self.repetitions.allow(now, Repetition::RecordTo(group.clone(), user.clone()))
        {
            self.asked_about_group(group);
        }
        if matches!(id, ConversationId::Session(_)) && progress.received.is_none() {
            // Records that the peer knows the session. Its numbers will begin at 1.
            let progress = DeliveryProgress { received: Some(0), ..progress };
            self.conversations.put_progress(id, user, &progress, &mut self.egress);
        }
        let owed = progress.joined + 1;
        if let ConversationId::Session(session) = id
            && self.conversations.phase(id) == Some(Phase::Closed)
            && self.repetitions.allow(now, Repetition::Reopening(id.clone()))
        {
            // I may have unsubscribed. The peer may have withdrawn its `END`, or may be missing my receipt.
            self.egress.subscribe(&[Topic::Session(session.clone())]);
            self.owe_receipt(id, user, ReceiptCause::Other);
        }
        if upto.is_none() {
            self.resends.reader_joined(now, id, user);
        }
        self.resend_missing(id, user, (from.max(owed), upto.unwrap_or(u64::MAX).max(owed)));
        if from < owed {
            self.resends.add_newcomer(id, user, owed);
        }
    }

    /// `user` requests my messages in a conversation that I do not know, or in which I have no progress with them.
    fn asked_about_unknown_conversation(&mut self, id: &ConversationId, user: &UserId) {
        match id {
            ConversationId::Group(name) => {
                // Anybody can invent IDs, so all unknown users share one rate limit.
                if self
                    .repetitions
                    .allow(self.egress.now(), Repetition::RecordTo(name.clone(), self.egress.me().clone()))
                {
                    self.asked_about_group(name);
                } else {
                    self.egress.ignore(IgnoredReason::RateLimited(name.clone()));
                }
            }
            ConversationId::Session(session) if session.peer_of(self.egress.me()) == Some(user) => {
                self.session_offered(session.clone(), user, None);
            }
            ConversationId::Session(_) => self.egress.ignore(IgnoredReason::NoChat(id.clone())),
        }
    }
}

/// Retransmission.
impl Peer {
    /// Resends all messages that `user` has not acknowledged.
    pub(super) fn resend_unacknowledged(&mut self, user: &UserId) {
        for (id, _) in self.context().unacknowledged(user) {
            self.resends.reader_joined(self.egress.now(), &id, user);
            self.resend_to(&id, user);
        }
    }

    /// Resends the messages that `user` has not acknowledged in one conversation.
    pub(super) fn resend_to(&mut self, id: &ConversationId, user: &UserId) {
        let Some(progress) = self.conversations.progress_with(id, user) else { return };
        let last = self.conversations.get(id).map_or(0, |conversation| conversation.broker_acked);
        // While a group was large, nobody acknowledged anything to me. Whoever lacks what all are said to have asks for it;
        // the last message gets me their receipt.
        let known = match id {
            ConversationId::Group(group) => self.reports.reached_all(group).min(last.saturating_sub(1)),
            ConversationId::Session(_) => 0,
        };
        self.resend_missing(id, user, (progress.acked.max(known) + 1, last));
        self.wake(id, user);
    }

    fn resend_missing(&mut self, id: &ConversationId, user: &UserId, numbers: (u64, u64)) {
        let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
        self.resends.resend_missing((id, user), numbers, context, &mut self.egress);
    }

    pub(in super::super) fn fetched(&mut self, id: &ConversationId, asked: (u64, u64), messages: &[ChatMessage]) {
        let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
        self.resends.fetched(id, asked, messages, context, &mut self.egress);
    }

    /// The broker has accepted my message number `n` of a session. A peer that has closed the session may have
    /// unsubscribed, so [`Self::wake`] makes it subscribe again.
    pub(super) fn wake_peer(&mut self, id: &ConversationId, n: u64) {
        let peer = id.peer_of(self.egress.me()).filter(|peer| self.roster.is_papo(peer)).cloned();
        let Some(peer) = peer else { return };
        if self.conversations.progress_with(id, &peer).is_some_and(|progress| progress.acked < n) {
            self.wake(id, &peer);
        }
    }

    /// If a peer has ended a session, it may have unsubscribed. A `RESEND` makes it subscribe again and acknowledge.
    fn wake(&mut self, id: &ConversationId, user: &UserId) {
        if matches!(self.conversations.phase(id), Some(Phase::Closed | Phase::Open { ended_by_peer: true, .. })) {
            self.ask_for_rest_again(id, user);
        }
    }
}
