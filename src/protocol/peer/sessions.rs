//! Sessions of two: open, ended by one, taken back, ended by both.

use std::time::Duration;

use super::Peer;
use crate::{
    domain::{Body, Conversation, ConversationId, Now, Phase, Progress, SessionId, UserId},
    protocol::{Refusal, event::Event, operation::Operation, topic::Topic},
};

impl Peer {
    /// A session id that is new for the pair: the time is raised until it is.
    pub(super) fn new_session(&self, now: Now, peer: &UserId) -> SessionId {
        let mut started = now.wall;
        loop {
            let session = SessionId { accepter: self.me.clone(), requester: peer.clone(), started: started.into() };
            if !self.conversations.contains_key(&ConversationId::Session(session.clone())) {
                return session;
            }
            started = started + Duration::from_millis(1);
        }
    }

    pub(super) fn open_session(&mut self, now: Now, session: &SessionId, peer: &UserId) {
        let id = ConversationId::Session(session.clone());
        if !self.conversations.contains_key(&id) {
            // The newest session of a pair is the one learnt of last, also where the clock was set back.
            let known = self.conversations.values().filter(|known| known.id.peer_of(&self.me) == Some(peer));
            let last = known.map(|known| known.since + Duration::from_millis(1)).max().unwrap_or_default();
            let since = now.wall.max(last);
            self.conversations.insert(id.clone(), Conversation { since, ..Conversation::new(id.clone(), now.wall) });
            self.keep_conversation(&id);
            self.put_progress(&id, peer, Progress::default());
        }
        self.subscribe(&[Topic::Session(session.clone())]);
    }

    /// The wish to end, said by me.
    pub(super) fn end(&mut self, now: Now, session: SessionId) -> Result<(), Refusal> {
        let id = ConversationId::Session(session);
        match self.conversations.get(&id).map(|conversation| conversation.phase) {
            Some(Phase::Open { ended_by_me: false, ended_by_peer }) => {
                self.set_phase(&id, Phase::Open { ended_by_me: true, ended_by_peer });
                self.write(now, &id, Body::End, None);
                self.close_if_over(&id);
                Ok(())
            }
            Some(Phase::Open { .. }) => Err(Refusal::AlreadyEnded),
            _ => Err(Refusal::SessionNotOpen),
        }
    }

    /// What a message of the other means for the session's phase.
    pub(super) fn peer_spoke(&mut self, id: &ConversationId, body: &Body) {
        let Some(phase) = self.conversations.get(id).map(|conversation| conversation.phase) else { return };
        let ended_by_me = match phase {
            Phase::Open { ended_by_me, .. } => ended_by_me,
            Phase::Closed => true,
            Phase::Left | Phase::Removed | Phase::Disbanded => return,
        };
        let next = Phase::Open { ended_by_me, ended_by_peer: *body == Body::End };
        if next != phase && !(phase == Phase::Closed && *body == Body::End) {
            self.set_phase(id, next);
            if phase == Phase::Closed {
                // What came was under way still; I listen no more.
                self.subscribe(&[Topic::of(id)]);
            }
            self.close_if_over(id);
        }
    }

    /// Any message of mine takes my wish to end back.
    pub(super) fn take_back_end(&mut self, id: &ConversationId) {
        if let Some(Phase::Open { ended_by_me: true, ended_by_peer }) =
            self.conversations.get(id).map(|conversation| conversation.phase)
        {
            self.set_phase(id, Phase::Open { ended_by_me: false, ended_by_peer });
        }
    }

    fn close_if_over(&mut self, id: &ConversationId) {
        let over = Phase::Open { ended_by_me: true, ended_by_peer: true };
        if self.conversations.get(id).is_some_and(|conversation| conversation.phase == over) {
            self.set_phase(id, Phase::Closed);
            self.let_go_of(id);
        }
    }

    /// Stops listening to a closed session once the other has all of mine: until then it might still take
    /// its own `END` back. And once I have all that I know it has written: what I ask for would go past me.
    pub(super) fn let_go_of(&mut self, id: &ConversationId) {
        let (ConversationId::Session(session), Some(conversation)) = (id, self.conversations.get(id)) else { return };
        if conversation.phase == Phase::Closed && !self.owes_receipts(conversation) && !self.gaps.is_in(id) {
            let topic = Topic::Session(session.clone());
            self.unsubscribe(&[topic]);
        }
    }

    /// Whether some papo has not said yet that it has all of mine.
    pub(super) fn owes_receipts(&self, conversation: &Conversation) -> bool {
        self.progress(&conversation.id).any(|(user, progress)| self.is_papo(user) && progress.acked < conversation.sent)
    }

    pub(super) fn set_phase(&mut self, id: &ConversationId, phase: Phase) {
        if let Some(conversation) = self.conversations.get_mut(id)
            && conversation.phase != phase
        {
            conversation.phase = phase;
            self.keep_conversation(id);
            self.tell(Event::ConversationChanged(id.clone()));
        }
    }

    pub(super) fn put_progress(&mut self, id: &ConversationId, user: &UserId, progress: Progress) {
        let known = self.progress.entry(id.clone()).or_default();
        if known.get(user) != Some(&progress) {
            known.insert(user.clone(), progress);
            self.keep(Operation::PutProgress { conversation: id.clone(), user: user.clone(), progress });
        }
    }

    pub(super) fn progress_with(&self, id: &ConversationId, user: &UserId) -> Option<Progress> {
        self.progress.get(id)?.get(user).copied()
    }
}
