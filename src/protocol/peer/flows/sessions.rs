//! Sessions: how they open, end and reopen; and blocking, which suspends them.

use super::super::{Peer, conversations::phase_after_peer_message};
use crate::{
    domain::{Body, ConversationId, Direction, MessageId, Phase, RequestState, SessionId, UserId, ensure},
    protocol::{Notice, Refusal, Topic},
};

impl Peer {
    pub(super) fn open_session(&mut self, session: &SessionId, peer: &UserId) {
        let id = ConversationId::Session(session.clone());
        self.conversations.open_session(&id, peer, &mut self.egress);
        self.egress.subscribe(&[Topic::Session(session.clone())]);
    }

    /// I propose to end a session.
    pub(in super::super) fn end(&mut self, session: SessionId) -> Result<(), Refusal> {
        let id = ConversationId::Session(session);
        self.ensure_not_blocked(&id)?;
        match self.conversations.phase(&id) {
            Some(Phase::Open { ended_by_me: false, ended_by_peer }) => {
                let phase = Phase::Open { ended_by_me: true, ended_by_peer };
                self.conversations.set_phase(&id, phase, &mut self.egress);
                self.write(&id, Body::End, None);
                self.close_if_over(&id);
                Ok(())
            }
            Some(Phase::Open { .. }) => Err(Refusal::AlreadyEnded),
            _ => Err(Refusal::SessionNotOpen),
        }
    }

    /// Updates the phase of the session after a message of the other user.
    pub(super) fn apply_to_phase(&mut self, id: &ConversationId, body: &Body) {
        let Some(phase) = self.conversations.phase(id) else { return };
        let Some(next) = phase_after_peer_message(phase, body) else { return };
        self.conversations.set_phase(id, next, &mut self.egress);
        if phase == Phase::Closed {
            // The message was in flight when I unsubscribed.
            self.egress.subscribe(&[Topic::of(id)]);
        }
        self.close_if_over(id);
    }

    fn close_if_over(&mut self, id: &ConversationId) {
        if self.conversations.close_if_over(id, &mut self.egress) {
            self.typing.closed(id, &mut self.egress);
            self.unsubscribe_if_drained(id);
        }
    }

    /// Unsubscribes from a closed session once no messages are missing. Until the other user has acknowledged all of
    /// mine, they may withdraw their `END`; and while I am missing some of theirs, the retransmission has to reach me.
    pub(super) fn unsubscribe_if_drained(&mut self, id: &ConversationId) {
        let (ConversationId::Session(session), Some(conversation)) = (id, self.conversations.get(id)) else { return };
        let is_drained = !self.context().awaits_receipts(conversation) && !self.gaps.is_any_in(id);
        if conversation.phase == Phase::Closed && is_drained {
            self.egress.unsubscribe(&[Topic::Session(session.clone())]);
        }
    }
}

/// Blocking.
impl Peer {
    /// Ignores requests of `user` from now on, and suspends our sessions: nothing is read or sent there. In shared
    /// groups their messages still arrive: the leader decides who may write there.
    pub(in super::super) fn block(&mut self, user: UserId) -> Result<(), Refusal> {
        ensure(user != *self.egress.me(), Refusal::BlockSelf)?;
        ensure(!self.roster.is_blocked(&user), Refusal::AlreadyBlocked(user.clone()))?;
        let open = self.requests.with(&user).filter(|request| request.is_pending());
        let open: Vec<(MessageId, Direction)> = open.map(|request| (request.id, request.direction)).collect();
        for (id, direction) in open {
            match direction {
                Direction::Incoming => self.requests.answer(id, RequestState::Ignored, &mut self.egress),
                // Handing over the lead cannot be cancelled, so the error is ignored.
                Direction::Outgoing => drop(self.withdraw(id)),
            }
        }
        self.egress.unsubscribe(&self.session_topics(&user));
        for id in self.sessions_with(&user) {
            self.resends.stop(&id);
            self.gaps.forget(&(id, user.clone()));
        }
        self.typing.user_left(&user, &mut self.egress);
        self.upsert_user(&user, |user| user.is_blocked = true);
        self.egress.notify(Notice::Blocked(user));
        Ok(())
    }

    pub(in super::super) fn unblock(&mut self, user: &UserId) -> Result<(), Refusal> {
        ensure(self.roster.is_blocked(user), Refusal::NotBlocked(user.clone()))?;
        self.roster.update(user, &mut self.egress, |user| user.is_blocked = false);
        self.egress.subscribe(&self.session_topics(user));
        if self.roster.is_papo(user) {
            // Requests what they wrote in the meantime. They request in turn what they are missing.
            for id in self.sessions_with(user) {
                if self.conversations.is_open(&id) {
                    self.ask_for_rest(&id, user);
                }
            }
            self.reminders.expect_answer(self.egress.now(), user, &self.roster);
        }
        self.egress.notify(Notice::Unblocked(user.clone()));
        Ok(())
    }

    /// Refuses to write in a session with a user whom I have blocked.
    pub(super) fn ensure_not_blocked(&self, id: &ConversationId) -> Result<(), Refusal> {
        let peer = id.peer_of(self.egress.me()).filter(|peer| self.roster.is_blocked(peer));
        peer.map_or(Ok(()), |peer| Err(Refusal::PeerBlocked(peer.clone())))
    }

    fn sessions_with(&self, user: &UserId) -> Vec<ConversationId> {
        let all = self.conversations.with(user);
        all.filter(|id| matches!(id, ConversationId::Session(_))).cloned().collect()
    }

    /// The topics of all sessions with `user` that papo subscribes to.
    fn session_topics(&self, user: &UserId) -> Vec<Topic> {
        let topics = |id: ConversationId| self.context().topics_of(&id, self.egress.me(), self.gaps.is_any_in(&id));
        self.sessions_with(user).into_iter().flat_map(topics).collect()
    }
}
