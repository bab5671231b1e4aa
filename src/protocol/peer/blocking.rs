//! Blocking: of whom I hear nothing, and who gets no answer.

use super::Peer;
use crate::{
    domain::{ConversationId, Direction, MessageId, Now, Phase, RequestState, SessionId, UserId},
    protocol::{Notice, Refusal, topic::Topic},
};

impl Peer {
    /// Nothing that `user` asks reaches me any more, and our talks are over. In groups that we share it is heard:
    /// who writes there is for the leader to decide.
    pub(super) fn block(&mut self, now: Now, user: UserId) -> Result<(), Refusal> {
        if user == self.me {
            return Err(Refusal::BlockSelf);
        }
        if self.is_blocked(&user) {
            return Err(Refusal::AlreadyBlocked(user));
        }
        let open = self.requests.with(&user).filter(|request| request.is_pending());
        let open: Vec<(MessageId, Direction)> = open.map(|request| (request.id, request.direction)).collect();
        for (id, direction) in open {
            match direction {
                Direction::Incoming => self.answer_request(now, id, RequestState::Ignored),
                // A lead that was handed over stays so.
                Direction::Outgoing => drop(self.withdraw(now, id)),
            }
        }
        for session in self.sessions_with(&user) {
            let id = ConversationId::Session(session.clone());
            if matches!(
                self.conversations.get(&id).map(|talk| talk.phase),
                Some(Phase::Open { ended_by_me: false, .. })
            ) {
                self.end(now, session.clone())?;
            }
            self.set_phase(&id, Phase::Closed);
            self.unsubscribe(&[Topic::Session(session)]);
        }
        self.meet(&user, |user| user.is_blocked = true);
        self.notify(Notice::Blocked(user));
        Ok(())
    }

    pub(super) fn unblock(&mut self, user: &UserId) -> Result<(), Refusal> {
        if !self.is_blocked(user) {
            return Err(Refusal::NotBlocked(user.clone()));
        }
        self.meet(user, |user| user.is_blocked = false);
        self.notify(Notice::Unblocked(user.clone()));
        Ok(())
    }

    fn sessions_with(&self, user: &UserId) -> Vec<SessionId> {
        let open = self.conversations.values().filter(|conversation| conversation.phase.is_open());
        open.filter_map(|conversation| match &conversation.id {
            ConversationId::Session(session) => Some(session),
            ConversationId::Group(_) => None,
        })
        .filter(|session| session.peer_of(&self.me) == Some(user))
        .cloned()
        .collect()
    }
}
