//! Requests to chat, and the answers to all requests. What requests about groups lead to is in `groups`.

use super::super::{
    Peer, acquaintance::Ties, control_messages, group_messages, repetitions::Repetition, requests::NewRequest,
};
use crate::{
    domain::{
        ControlTopic, ConversationId, Direction, GroupName, MessageId, Request, RequestKind, RequestState, SessionId,
        SessionTime, UserId, ensure,
    },
    protocol::{Control, Event, IgnoredReason, Notice, Properties, Refusal},
};

/// Commands.
impl Peer {
    pub(in super::super) fn request_chat(&mut self, user: UserId) -> Result<(), Refusal> {
        ensure(user != *self.egress.me(), Refusal::RequestToSelf)?;
        ensure(!self.roster.is_blocked(&user), Refusal::PeerBlocked(user.clone()))?;
        let chat = RequestKind::Chat;
        if let Some(waiting) = self.requests.pending(Direction::Incoming, &user, &chat) {
            return self.accept(waiting);
        }
        let again = self.requests.pending(Direction::Outgoing, &user, &chat);
        let new = NewRequest::mine(chat, Some(user.clone()));
        let id = again.unwrap_or_else(|| self.requests.add(new, &mut self.egress));
        self.upsert_user(&user, |_| {});
        if again.is_some() {
            self.requests.count_repetition(id, &mut self.egress);
        }
        let me = self.egress.me().clone();
        self.enqueue_request(&user, Control::Request(me), id);
        self.egress.notify(if again.is_some() { Notice::RequestedAgain(user) } else { Notice::Requested(user) });
        Ok(())
    }

    pub(in super::super) fn withdraw(&mut self, id: MessageId) -> Result<(), Refusal> {
        let request = self.requests.get(id).filter(|request| request.waits_for_peer()).cloned();
        let request = request.ok_or(Refusal::NotMyRequest)?;
        if let RequestKind::Lead(group) = &request.kind {
            return Err(Refusal::LeadHandedOver(group.clone()));
        }
        self.requests.answer(id, RequestState::Withdrawn, &mut self.egress);
        if let RequestKind::Join(group) = &request.kind {
            self.ask_leader(group, false);
        } else if let Some(withdrawal) = control_messages::withdrawal(&request, self.egress.me(), &self.roster) {
            self.egress.enqueue(withdrawal);
        }
        Ok(())
    }

    pub(in super::super) fn accept(&mut self, id: MessageId) -> Result<(), Refusal> {
        let request = self.waiting_request(id)?;
        match (request.kind, request.peer) {
            (RequestKind::Chat, Some(peer)) => self.accept_chat(id, &peer, true),
            (RequestKind::Join(group), Some(peer)) => self.let_in(&group, &peer)?,
            (RequestKind::Invite(group), _) => self.follow_invitation(id, &group),
            (RequestKind::Lead(group), _) => self.keep_lead(id, &group)?,
            (RequestKind::UnknownSession(session), Some(peer)) => self.resume_session(id, session, &peer),
            (RequestKind::Chat | RequestKind::Join(_) | RequestKind::UnknownSession(_), None) => {}
        }
        Ok(())
    }

    pub(in super::super) fn deny(&mut self, id: MessageId) -> Result<(), Refusal> {
        let request = self.waiting_request(id)?;
        if let RequestKind::Lead(group) = &request.kind {
            return self.give_lead_back(&request, group);
        }
        self.requests.answer(id, RequestState::Denied, &mut self.egress);
        if let Some(denial) = control_messages::denial(&request, self.egress.me(), &self.roster) {
            self.egress.enqueue(denial);
        }
        if let RequestKind::Invite(group) = &request.kind
            && self.groups.get(group).is_some_and(|record| record.includes(self.egress.me()))
        {
            // The record lists me already, so I have to leave.
            self.ask_leader(group, false);
        }
        Ok(())
    }

    fn waiting_request(&self, id: MessageId) -> Result<Request, Refusal> {
        let request = self.requests.get(id).filter(|request| request.waits_for_me());
        request.cloned().ok_or(Refusal::RequestNotPending)
    }

    /// Accepts a request to chat. Subscribes to the session before it answers. `mine`: because of a command.
    fn accept_chat(&mut self, id: MessageId, peer: &UserId, mine: bool) {
        let now = self.egress.now();
        let session = self.conversations.new_session(now, self.egress.me(), peer);
        let accepted = RequestState::Accepted(Some(session.clone()));
        self.requests.answer(id, accepted.clone(), &mut self.egress);
        if let Some(mine) = self.requests.pending(Direction::Outgoing, peer, &RequestKind::Chat) {
            self.requests.answer(mine, accepted, &mut self.egress);
        }
        self.open_session(&session, peer);
        if let Some(request) = self.requests.get(id) {
            self.egress.enqueue(control_messages::acceptance(request, &session, &self.requests, &self.roster));
        }
        self.reminders.expect_answer(now, peer, &self.roster);
        self.conversation_opened(ConversationId::Session(session), mine);
    }

    /// Accepts a session that this store did not know.
    fn resume_session(&mut self, id: MessageId, session: SessionId, peer: &UserId) {
        self.requests.answer(id, RequestState::Accepted(Some(session.clone())), &mut self.egress);
        self.open_session(&session, peer);
        let conversation = ConversationId::Session(session);
        if self.roster.is_papo(peer) {
            self.ask_for_rest(&conversation, peer);
        }
        self.conversation_opened(conversation, true);
    }
}

/// Messages from others.
impl Peer {
    /// `from` requests a chat.
    pub(super) fn requested(&mut self, from: UserId, control_topic: ControlTopic, properties: &Properties) {
        self.upsert_user(&from, |user| user.control_topic = Some(control_topic));
        let chat = RequestKind::Chat;
        if let Some(known) = self.requests.find_incoming(&from, &chat, properties.id) {
            return self.answer_again(&known);
        }
        if let Some(waiting) = self.requests.pending(Direction::Incoming, &from, &chat) {
            return self.requests.change(waiting, &mut self.egress, |request| {
                request.times = request.times.saturating_add(1);
                request.control_topic = control_topic;
            });
        }
        let has_crossed = self.requests.pending(Direction::Outgoing, &from, &chat).is_some();
        if !has_crossed && self.requests.is_full(Some(&from), &mut self.egress) {
            return;
        }
        let new = NewRequest::to_me(chat, Some(from.clone()), properties.id, control_topic);
        let id = self.requests.add(new, &mut self.egress);
        if !has_crossed || !properties.is_papo {
            self.egress.emit(Event::RequestArrived(id));
        } else if *self.egress.me() < from {
            self.accept_chat(id, &from, false);
        } else {
            // Both users asked: the lower ID accepts, so that one session results. I have the higher ID and wait for
            // that acceptance.
            self.requests.answer(id, RequestState::Accepted(None), &mut self.egress);
        }
    }

    /// `from` accepts a request to chat.
    pub(super) fn accepted(
        &mut self,
        time: SessionTime,
        from: UserId,
        control_topic: ControlTopic,
        properties: &Properties,
    ) {
        self.upsert_user(&from, |user| user.control_topic = Some(control_topic));
        let session = SessionId { accepter: from.clone(), requester: self.egress.me().clone(), started: time };
        let conversation = ConversationId::Session(session.clone());
        let answers = |request: &Request| {
            request.is_about(Direction::Outgoing, &from, &RequestKind::Chat)
                && properties.re.is_none_or(|re| re == request.id)
        };
        let creates_it = |request: &Request| answers(request) && request.session() == Some(&session);
        if self.requests.with(&from).any(creates_it) || self.conversations.contains(&conversation) {
            if properties.is_papo {
                return self.ask_for_rest_again(&conversation, &from);
            }
            return self.egress.ignore(IgnoredReason::Duplicate);
        }
        // I may have accepted a request of `from` in the meantime, which also settled mine. But this acceptance creates
        // a session nevertheless.
        let me = self.egress.me();
        let crossed = |request: &Request| {
            properties.re == Some(request.id) && request.session().is_some_and(|mine| mine.accepter == *me)
        };
        let is_open = |r: &Request| matches!(r.state, RequestState::Pending | RequestState::Withdrawn) || crossed(r);
        let Some(id) = self.requests.latest(&from, |request| answers(request) && is_open(request)) else {
            return self.session_offered(session, &from, properties.id);
        };
        self.requests.answer(id, RequestState::Accepted(Some(session.clone())), &mut self.egress);
        self.settle_crossed(&session, properties);
        self.open_session(&session, &from);
        self.egress.emit(Event::RequestAnswered(id));
        if properties.is_papo {
            // I missed what the accepter wrote before I subscribed. The `RESEND` also shows them that I know the
            // session.
            self.ask_for_rest(&conversation, &from);
        }
        self.conversation_opened(conversation, false);
    }

    /// Settles the request of a user who has accepted mine and has asked me too: one session answers both, unless they
    /// asked after they had accepted. `also` names the request that the acceptance settles.
    fn settle_crossed(&mut self, session: &SessionId, properties: &Properties) {
        let accepter = &session.accepter;
        if let Some(also) = properties.also.filter(|also| properties.is_papo && self.requests.get(*also).is_none()) {
            // Their request has not arrived yet.
            let new = NewRequest::to_me(RequestKind::Chat, Some(accepter.clone()), Some(also), ControlTopic::default());
            self.requests.add(new, &mut self.egress);
        }
        let crossed = |request: &Request| {
            request.is_about(Direction::Incoming, accepter, &RequestKind::Chat)
                && matches!(request.state, RequestState::Pending | RequestState::Accepted(None))
        };
        let is_settled = |request: &Request| !properties.is_papo || properties.also == Some(request.id);
        if let Some(id) = self.requests.latest(accepter, |request| crossed(request) && is_settled(request)) {
            self.requests.answer(id, RequestState::Accepted(Some(session.clone())), &mut self.egress);
        }
        let left_open = self.requests.with(accepter).filter(|request| crossed(request) && !request.is_pending());
        for id in left_open.map(|request| request.id).collect::<Vec<_>>() {
            self.requests.reopen(id, &mut self.egress);
        }
    }

    /// `from` refers to a session with me that I do not know: I may have lost my store, or have asked on another
    /// device. papo never opens a chat that its user has not asked for, so the session waits in the inbox.
    pub(super) fn session_offered(&mut self, session: SessionId, from: &UserId, id: Option<MessageId>) {
        if self.roster.is_blocked(from) {
            return self.egress.ignore(IgnoredReason::Blocked);
        }
        let is_offer = |request: &&Request| {
            request.direction == Direction::Incoming && matches!(request.kind, RequestKind::UnknownSession(_))
        };
        let kind = RequestKind::UnknownSession(session);
        if self.requests.with(from).filter(is_offer).any(|request| request.kind == kind) {
            return self.egress.ignore(IgnoredReason::Duplicate);
        }
        let waiting = self.requests.with(from).filter(is_offer).find(|request| request.is_pending());
        if let Some(waiting) = waiting.map(|request| request.id) {
            // The latest session replaces the waiting one, so a flood fills only one row of the inbox.
            return self.requests.change(waiting, &mut self.egress, |request| {
                request.kind = kind;
                request.times = request.times.saturating_add(1);
            });
        }
        let new = NewRequest::to_me(kind, Some(from.clone()), id, ControlTopic::default());
        self.requests.add_unless_full(new, &mut self.egress);
    }

    /// `from` denies a request or an invitation of mine, or cancels one of theirs.
    pub(super) fn denied(&mut self, from: &UserId, group: Option<&GroupName>, properties: &Properties) {
        let cancelled = properties.re.and_then(|re| self.requests.get(re)).filter(|request| {
            request.waits_for_me() && request.peer.as_ref() == Some(from) && request.kind.group() == group
        });
        if let Some(id) = cancelled.map(|request| request.id) {
            return self.requests.answer(id, RequestState::Withdrawn, &mut self.egress);
        }
        let refers = |request: &Request| request.waits_for_peer() && properties.re.is_none_or(|re| re == request.id);
        let matches_group = |request: &Request| match (group, &request.kind) {
            (None, RequestKind::Chat) => true,
            (Some(group), RequestKind::Join(of) | RequestKind::Invite(of)) => of == group,
            _ => false,
        };
        let exact = self.requests.latest(from, |request| refers(request) && matches_group(request));
        // A leader with a plain client does not name the group.
        let implied = || self.requests.latest(from, |request| refers(request) && group.is_none());
        let Some(id) = exact.or_else(implied) else {
            return self.egress.ignore(IgnoredReason::UnmatchedDenial(from.clone()));
        };
        self.requests.answer_and_report(id, RequestState::Denied, &mut self.egress);
        let crossed = |request: &Request| {
            request.is_about(Direction::Incoming, from, &RequestKind::Chat)
                && request.state == RequestState::Accepted(None)
        };
        // They have also asked me. Their request seemed to be settled together with mine; now it waits for my answer.
        if let Some(id) = self.requests.latest(from, crossed) {
            self.requests.reopen(id, &mut self.egress);
        }
    }

    /// A known request has arrived again. Repeats the answer, if there is one.
    pub(super) fn answer_again(&mut self, request: &Request) {
        if self.repetitions.allow(self.egress.now(), Repetition::Answer(request.id)) {
            self.repeat_answer(request);
        } else {
            self.egress.ignore(IgnoredReason::Duplicate);
        }
    }

    fn repeat_answer(&mut self, request: &Request) {
        let me = self.egress.me();
        let answer = match (&request.state, &request.peer) {
            // If both users asked each other, the session may be one that the other user accepted; then there is
            // nothing to repeat.
            (RequestState::Accepted(Some(session)), Some(_)) if session.accepter == *me => {
                Some(control_messages::acceptance(request, session, &self.requests, &self.roster))
            }
            (RequestState::Denied, Some(_)) => control_messages::denial(request, me, &self.roster),
            _ => return self.egress.ignore(IgnoredReason::Duplicate),
        };
        if let Some(answer) = answer {
            control_messages::send_to_used_topic(answer, &self.roster, &mut self.egress);
        }
    }
}

/// Repetitions.
impl Peer {
    /// Repeats, with the same IDs, my requests that wait for the answer of `user`.
    pub(super) fn repeat_requests(&mut self, user: &UserId) {
        for request in self.requests.waiting_for(user).cloned().collect::<Vec<_>>() {
            let (roster, egress) = (&self.roster, &mut self.egress);
            let control = match &request.kind {
                RequestKind::Chat => Control::Request(egress.me().clone()),
                RequestKind::Invite(group) => Control::Invited(group.clone()),
                RequestKind::Join(group) => {
                    egress.send_transient(group_messages::enter_or_leave(group, true, egress.me(), &self.requests));
                    continue;
                }
                RequestKind::Lead(group) => {
                    // The record tells `user` that they lead now.
                    if let Ok(group) = self.groups.led(group, user) {
                        group_messages::send_record(&group, egress);
                    }
                    continue;
                }
                RequestKind::UnknownSession(_) => continue,
            };
            let again = control_messages::request(user, control, request.id, roster);
            control_messages::send_to_used_topic(again, roster, egress);
        }
    }

    /// Repeats my acceptances whose session `user` may not know yet.
    pub(super) fn repeat_acceptances(&mut self, user: &UserId) {
        let ties = Ties { requests: &self.requests, conversations: &self.conversations };
        if !self.roster.is_papo(user) || self.roster.is_blocked(user) {
            return;
        }
        for request in ties.unconfirmed_acceptances(user, self.egress.me()).cloned().collect::<Vec<_>>() {
            self.repeat_answer(&request);
        }
    }

    /// Sends a request through the outbox, and expects an answer.
    pub(super) fn enqueue_request(&mut self, to: &UserId, control: Control, id: MessageId) {
        self.egress.enqueue(control_messages::request(to, control, id, &self.roster));
        self.reminders.expect_answer(self.egress.now(), to, &self.roster);
    }

    /// Reports that a session or group is open for writing. `mine`: because of a command.
    pub(super) fn conversation_opened(&mut self, conversation: ConversationId, mine: bool) {
        self.egress.emit(Event::ConversationOpened { conversation, mine });
    }
}
