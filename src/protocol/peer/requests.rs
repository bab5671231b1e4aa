//! Requests to talk: asked, heard, accepted, denied. Requests about groups share the list and the answers;
//! what they lead to is in `groups`.

mod list;

pub(super) use list::Requests;

use super::Peer;
use crate::{
    domain::{
        ConversationId, Direction, Family, GroupName, MessageId, Now, Request, RequestKind, RequestState, SessionId,
        SessionTime, UserId,
    },
    protocol::{
        Refusal,
        event::Event,
        ignored::IgnoredReason,
        notice::Notice,
        operation::Operation,
        properties::Properties,
        publication::Publication,
        topic::Topic,
        wire::{Content, Control},
    },
};

/// So many requests wait for my answer at most: nobody reads more, and anybody can send them.
const MOST_WAITING: usize = 10_000;
/// So many of one sender, or of all that do not say from whom they come.
const MOST_WAITING_OF_ONE: usize = 20;

impl Peer {
    pub(super) fn request_talk(&mut self, now: Now, user: UserId) -> Result<(), Refusal> {
        if user == self.me {
            return Err(Refusal::RequestToSelf);
        }
        let talk = RequestKind::Talk;
        if let Some(waiting) = self.pending(Direction::Incoming, &user, &talk) {
            return self.accept(now, waiting);
        }
        let again = self.pending(Direction::Outgoing, &user, &talk);
        let id = again.unwrap_or_else(|| self.new_request(now, Direction::Outgoing, talk, Some(user.clone()), None));
        self.meet(&user, |_| {});
        if again.is_some() {
            self.change_request(id, |request| request.times += 1);
        }
        let publication = self.control_publication(now, &user, Control::Request(self.me.clone()), Some(id), None);
        self.post(publication);
        self.expect_answer(now, &user);
        self.notify(if again.is_some() { Notice::RequestedAgain(user) } else { Notice::Requested(user) });
        Ok(())
    }

    pub(super) fn withdraw(&mut self, now: Now, id: MessageId) -> Result<(), Refusal> {
        let Some(request) = self.request(id).filter(|r| r.is_pending() && r.direction == Direction::Outgoing).cloned()
        else {
            return Err(Refusal::NotMyRequest);
        };
        if let RequestKind::Lead(group) = &request.kind {
            return Err(Refusal::LeadHandedOver(group.clone()));
        }
        self.answer_request(now, id, RequestState::Withdrawn);
        if let RequestKind::Join(group) = &request.kind {
            self.ask_leader(now, group, false);
        } else if let Some(peer) = request.peer.as_ref().filter(|peer| self.is_papo(peer)).cloned() {
            // `DENIED` about a request of the sender's own: it takes it back.
            let control = Control::Denied(self.me.clone(), request.kind.group().cloned());
            let publication = self.control_publication(now, &peer, control, Some(id), Some(request.family));
            self.post(publication);
        }
        Ok(())
    }

    pub(super) fn accept(&mut self, now: Now, id: MessageId) -> Result<(), Refusal> {
        let Some(request) = self.request(id).filter(|request| request.waits_for_me()).cloned() else {
            return Err(Refusal::RequestNotPending);
        };
        match (request.kind, request.peer) {
            (RequestKind::Talk, Some(peer)) => {
                let session = self.accept_talk(now, id, &peer, request.family);
                self.tell(Event::ConversationOpened { conversation: ConversationId::Session(session), mine: true });
            }
            (RequestKind::Join(group), Some(peer)) => self.let_in(now, &group, &peer)?,
            (RequestKind::Invite(group), _) => self.follow_invitation(now, id, &group),
            (RequestKind::Lead(group), _) => self.keep_lead(now, id, &group)?,
            (RequestKind::Session(session), Some(peer)) => self.take_up_session(now, id, session, &peer),
            (RequestKind::Talk | RequestKind::Join(_) | RequestKind::Session(_), None) => {}
        }
        Ok(())
    }

    /// Makes the session, listens to it, and only then says so.
    fn accept_talk(&mut self, now: Now, id: MessageId, peer: &UserId, family: Family) -> SessionId {
        let session = self.new_session(now, peer);
        self.answer_request(now, id, RequestState::Accepted(Some(session.clone())));
        if let Some(mine) = self.pending(Direction::Outgoing, peer, &RequestKind::Talk) {
            self.answer_request(now, mine, RequestState::Accepted(Some(session.clone())));
        }
        self.open_session(now, &session, peer);
        let publication = self.acceptance(now, id, &session, family);
        self.post(publication);
        self.expect_answer(now, peer);
        session
    }

    fn acceptance(&mut self, now: Now, id: MessageId, session: &SessionId, family: Family) -> Publication {
        let settled = |r: &&Request| r.direction == Direction::Outgoing && r.session() == Some(session);
        let also = self.requests.with(&session.requester).find(settled).map(|request| request.id);
        let properties = Properties { re: Some(id), also, ..self.stamp(now) };
        let control = Content::Control(Control::Accepted(session.started.clone(), self.me.clone()));
        let family = self.family_of(&session.requester).unwrap_or(family);
        self.encode(&Topic::Control(session.requester.clone(), family), &control, &properties)
    }

    pub(super) fn deny(&mut self, now: Now, id: MessageId) -> Result<(), Refusal> {
        let Some(request) = self.request(id).filter(|request| request.waits_for_me()).cloned() else {
            return Err(Refusal::RequestNotPending);
        };
        if let RequestKind::Lead(group) = &request.kind {
            return self.give_lead_back(now, &request, group);
        }
        self.answer_request(now, id, RequestState::Denied);
        if let Some(publication) = self.denial(now, &request) {
            self.post(publication);
        }
        if let RequestKind::Invite(group) = &request.kind
            && self.groups.get(group).is_some_and(|record| record.includes(&self.me))
        {
            // The record counts me in already.
            self.ask_leader(now, group, false);
        }
        Ok(())
    }

    /// The answer no; an invitation that does not say from whom cannot be answered.
    fn denial(&mut self, now: Now, request: &Request) -> Option<Publication> {
        let peer = request.peer.as_ref()?;
        let group = match &request.kind {
            RequestKind::Talk => None,
            // A plain peer knows the word with one name only.
            RequestKind::Join(group) | RequestKind::Invite(group) => self.is_papo(peer).then(|| group.clone()),
            RequestKind::Lead(_) | RequestKind::Session(_) => return None,
        };
        let control = Control::Denied(self.me.clone(), group);
        Some(self.control_publication(now, peer, control, Some(request.id), Some(request.family)))
    }

    /// Somebody asks me for a talk.
    pub(super) fn requested(&mut self, now: Now, from: UserId, family: Family, properties: &Properties) {
        self.meet(&from, |user| user.family = Some(family));
        let talk = RequestKind::Talk;
        if let Some(known) = self.same_request(&from, &talk, properties.id) {
            return self.answer_again(now, &known);
        }
        if let Some(waiting) = self.pending(Direction::Incoming, &from, &talk) {
            return self.change_request(waiting, |request| {
                request.times = request.times.saturating_add(1);
                request.family = family;
            });
        }
        let crossed = self.pending(Direction::Outgoing, &from, &talk).is_some();
        if !crossed && self.is_inbox_full(Some(&from)) {
            return;
        }
        let id = self.new_request(now, Direction::Incoming, talk, Some(from.clone()), properties.id);
        self.change_request(id, |request| request.family = family);
        if !crossed || !properties.is_papo {
            self.tell(Event::RequestArrived(id));
        } else if self.me < from {
            let session = self.accept_talk(now, id, &from, family);
            self.tell(Event::ConversationOpened { conversation: ConversationId::Session(session), mine: false });
        } else {
            // Both asked: the lower id accepts, and its answer to my request makes the one session.
            self.answer_request(now, id, RequestState::Accepted(None));
        }
    }

    /// The asker did not get the answer, or asks again while there is none.
    pub(super) fn answer_again(&mut self, now: Now, request: &Request) {
        match (&request.state, &request.peer) {
            // Where the two crossed, the session may be the asker's own.
            (RequestState::Accepted(Some(session)), Some(_)) if session.accepter == self.me => {
                let answer = self.acceptance(now, request.id, session, request.family);
                self.hint_as_heard(answer);
            }
            (RequestState::Denied, Some(_)) => {
                if let Some(answer) = self.denial(now, request) {
                    self.hint_as_heard(answer);
                }
            }
            _ => self.overlook(IgnoredReason::Repeated),
        }
    }

    /// Somebody says yes to a talk.
    pub(super) fn accepted(
        &mut self,
        now: Now,
        time: SessionTime,
        from: UserId,
        family: Family,
        properties: &Properties,
    ) {
        self.meet(&from, |user| user.family = Some(family));
        let session = SessionId { accepter: from.clone(), requester: self.me.clone(), started: time };
        let answers = |request: &&Request| {
            request.is_about(Direction::Outgoing, &from, &RequestKind::Talk)
                && properties.re.is_none_or(|re| re == request.id)
        };
        let known = self.requests.with(&from).filter(answers).any(|request| request.session() == Some(&session))
            || self.conversations.contains_key(&ConversationId::Session(session.clone()));
        if known {
            if properties.is_papo {
                return self.hear_from_start(now, &ConversationId::Session(session), &from);
            }
            return self.overlook(IgnoredReason::Repeated);
        }
        // An acceptance that I settled with one of mine, before I knew of it, made a session all the same.
        let crossed = |request: &Request| {
            properties.re == Some(request.id) && request.session().is_some_and(|mine| mine.accepter == self.me)
        };
        let is_open = |r: &&Request| matches!(r.state, RequestState::Pending | RequestState::Withdrawn) || crossed(r);
        let open = self.requests.with(&from).rev().filter(answers).find(is_open).map(|request| request.id);
        let Some(id) = open else {
            return self.session_offered(now, session, &from, properties.clone());
        };
        self.answer_request(now, id, RequestState::Accepted(Some(session.clone())));
        self.settle_crossed(now, &session, properties);
        self.open_session(now, &session, &from);
        self.tell(Event::RequestAnswered(id));
        let conversation = ConversationId::Session(session);
        if properties.is_papo {
            self.hear_from_start(now, &conversation, &from);
        }
        self.tell(Event::ConversationOpened { conversation, mine: false });
    }

    /// `from` speaks of a talk of ours that I do not know: I may have lost my store, or have asked on another
    /// machine. Nobody is put into a talk that he has not asked for, so it waits in the inbox.
    pub(super) fn session_offered(&mut self, now: Now, session: SessionId, from: &UserId, properties: Properties) {
        if self.is_blocked(from) {
            return self.overlook(IgnoredReason::Blocked);
        }
        let of_peer = |request: &&Request| {
            request.direction == Direction::Incoming && matches!(request.kind, RequestKind::Session(_))
        };
        let kind = RequestKind::Session(session);
        if self.requests.with(from).filter(of_peer).any(|request| request.kind == kind) {
            return self.overlook(IgnoredReason::Repeated);
        }
        let waiting = self.requests.with(from).filter(of_peer).find(|request| request.is_pending()).map(|it| it.id);
        if let Some(waiting) = waiting {
            // The latest stands for all: a flood makes one row.
            return self.change_request(waiting, |request| {
                request.kind = kind;
                request.times = request.times.saturating_add(1);
            });
        }
        if self.is_inbox_full(Some(from)) {
            return;
        }
        let id = self.new_request(now, Direction::Incoming, kind, Some(from.clone()), properties.id);
        self.tell(Event::RequestArrived(id));
    }

    fn take_up_session(&mut self, now: Now, id: MessageId, session: SessionId, peer: &UserId) {
        self.answer_request(now, id, RequestState::Accepted(Some(session.clone())));
        self.open_session(now, &session, peer);
        let conversation = ConversationId::Session(session);
        if self.is_papo(peer) {
            self.hear_from_start(now, &conversation, peer);
        }
        self.tell(Event::ConversationOpened { conversation, mine: true });
    }

    /// The accepter of my request has asked me as well: one session is enough for both, unless it asked
    /// after it had accepted. It says which of its own its acceptance settles.
    fn settle_crossed(&mut self, now: Now, session: &SessionId, properties: &Properties) {
        let accepter = &session.accepter;
        if let Some(also) = properties.also.filter(|also| properties.is_papo && self.request(*also).is_none()) {
            // It is still on its way.
            self.new_request(now, Direction::Incoming, RequestKind::Talk, Some(accepter.clone()), Some(also));
        }
        let crossed = |request: &&Request| {
            request.is_about(Direction::Incoming, accepter, &RequestKind::Talk)
                && matches!(request.state, RequestState::Pending | RequestState::Accepted(None))
        };
        let is_settled = |request: &&Request| !properties.is_papo || properties.also == Some(request.id);
        let settled = self.requests.with(accepter).rev().filter(crossed).find(is_settled).map(|request| request.id);
        if let Some(id) = settled {
            self.answer_request(now, id, RequestState::Accepted(Some(session.clone())));
        }
        let left_open =
            self.requests.with(accepter).filter(crossed).filter(|request| request.state != RequestState::Pending);
        for id in left_open.map(|request| request.id).collect::<Vec<_>>() {
            self.reopen_request(id);
        }
    }

    /// It waits for my answer after all.
    pub(super) fn reopen_request(&mut self, id: MessageId) {
        self.change_request(id, |request| {
            request.state = RequestState::Pending;
            request.answered_at = None;
        });
        self.tell(Event::RequestArrived(id));
    }

    /// What the accepter wrote before I listened went past me. This also tells it that I know the session.
    fn hear_from_start(&mut self, now: Now, conversation: &ConversationId, from: &UserId) {
        let next = self.progress_with(conversation, from).map_or(1, |progress| progress.next());
        self.ask_resend(now, conversation, from, next, None);
    }

    /// Answers again where nothing shows that `user` knows the session.
    pub(super) fn accept_again(&mut self, now: Now, user: &UserId) {
        for request in self.unheard(user) {
            self.answer_again(now, &request);
        }
    }

    /// The requests of `user` that I accepted without its having shown that it knows the session.
    pub(super) fn unheard(&self, user: &UserId) -> Vec<Request> {
        let unheard = |request: &&Request| {
            let session = request.session().filter(|session| session.accepter == self.me);
            let progress =
                session.and_then(|session| self.progress_with(&ConversationId::Session(session.clone()), user));
            request.is_about(Direction::Incoming, user, &RequestKind::Talk)
                && progress.is_some_and(|progress| progress.received.is_none() && progress.acked == 0)
        };
        if !self.is_papo(user) {
            return Vec::new();
        }
        self.requests.with(user).filter(unheard).cloned().collect()
    }

    /// Somebody says no: to a talk, to my joining a group, to my invitation.
    pub(super) fn denied(&mut self, now: Now, from: &UserId, group: Option<GroupName>, properties: &Properties) {
        let taken_back = properties.re.and_then(|re| self.request(re)).filter(|request| {
            request.waits_for_me() && request.peer.as_ref() == Some(from) && request.kind.group() == group.as_ref()
        });
        if let Some(id) = taken_back.map(|request| request.id) {
            return self.answer_request(now, id, RequestState::Withdrawn);
        }
        let refers = |request: &&Request| {
            request.is_pending()
                && request.direction == Direction::Outgoing
                && properties.re.is_none_or(|re| re == request.id)
        };
        let matches_group = |request: &&Request| match (&group, &request.kind) {
            (None, RequestKind::Talk) => true,
            (Some(group), RequestKind::Join(of) | RequestKind::Invite(of)) => of == group,
            _ => false,
        };
        let exact = self.requests.with(from).rev().filter(refers).find(matches_group);
        // A plain leader may leave the group out.
        let implied = || self.requests.with(from).rev().filter(refers).find(|_| group.is_none());
        let Some(id) = exact.or_else(implied).map(|request| request.id) else {
            return self.overlook(IgnoredReason::Unasked(from.clone()));
        };
        self.answer_request(now, id, RequestState::Denied);
        self.tell(Event::RequestAnswered(id));
        let waits = self.requests.with(from).rev().find(|request| {
            request.is_about(Direction::Incoming, from, &RequestKind::Talk)
                && request.state == RequestState::Accepted(None)
        });
        // It asked me after all: what seemed to cross mine was a wish of its own.
        if let Some(waits) = waits.map(|request| request.id) {
            self.reopen_request(waits);
        }
    }

    /// Whether something waits for the answer of `user`.
    pub(super) fn has_asked(&self, user: &UserId) -> bool {
        self.asked(user).next().is_some()
    }

    fn asked<'a>(&'a self, user: &'a UserId) -> impl Iterator<Item = &'a Request> {
        let is_open = |r: &&Request| r.is_pending() && r.direction == Direction::Outgoing;
        self.requests.with(user).filter(is_open)
    }

    /// Asks again, with the same id, what waits for the answer of `user`.
    pub(super) fn ask_again(&mut self, now: Now, user: &UserId) {
        let open: Vec<Request> = self.asked(user).cloned().collect();
        for request in open {
            match &request.kind {
                RequestKind::Talk => {
                    let control = Control::Request(self.me.clone());
                    self.hint_to(now, user, control, request.id);
                }
                RequestKind::Join(group) => {
                    let publication = self.entry(now, group, true);
                    self.hint(publication);
                }
                RequestKind::Invite(group) => {
                    let control = Control::Invited(group.clone());
                    self.hint_to(now, user, control, request.id);
                }
                RequestKind::Lead(group) => self.hand_over_again(now, group, user),
                RequestKind::Session(_) => {}
            }
        }
    }

    fn hint_to(&mut self, now: Now, user: &UserId, control: Control, request: MessageId) {
        let publication = self.control_publication(now, user, control, Some(request), None);
        self.hint_as_heard(publication);
    }

    /// A control message for this connection only: on both topics where its receiver was never heard.
    fn hint_as_heard(&mut self, publication: Publication) {
        let other = self.on_the_alias(&publication);
        self.hint(publication);
        if let Some(other) = other {
            self.hint(other);
        }
    }

    /// The same on the other control topic, where it goes to somebody who has never been heard: a plain peer may
    /// listen to `clients/<id>` only.
    pub(super) fn on_the_alias(&self, publication: &Publication) -> Option<Publication> {
        let Ok(Topic::Control(user, Family::Control)) = Topic::parse(&self.prefix, &publication.topic) else {
            return None;
        };
        let is_stranger = !self.is_papo(&user) && self.family_of(&user).is_none();
        let alias = Topic::Control(user, Family::Clients);
        is_stranger.then(|| Publication { topic: alias.name(&self.prefix), ..publication.clone() })
    }

    /// `user` has spoken on one of my control topics: what I have to say goes there from now on.
    pub(super) fn heard_on(&mut self, user: &UserId, family: Family) {
        if self.users.get(user).is_some_and(|known| known.family != Some(family)) {
            self.meet(user, |user| user.family = Some(family));
        }
    }

    pub(super) fn family_of(&self, user: &UserId) -> Option<Family> {
        self.users.get(user).and_then(|user| user.family)
    }

    /// A control message to somebody, on the topic family on which it was last heard. A request carries its own id;
    /// an answer refers to it with `re`, and has the family on which the question came where the list of users is full.
    pub(super) fn control_publication(
        &mut self,
        now: Now,
        to: &UserId,
        control: Control,
        request: Option<MessageId>,
        answer_on: Option<Family>,
    ) -> Publication {
        let mut properties = self.stamp(now);
        match (request, answer_on) {
            (Some(_), Some(_)) => properties.re = request,
            (Some(_), None) => properties.id = request,
            (None, _) => {}
        }
        let family = self.family_of(to).or(answer_on).unwrap_or_default();
        self.encode(&Topic::Control(to.clone(), family), &Content::Control(control), &properties)
    }
}

/// The list.
impl Peer {
    /// Enters a request in the list. An id that came over the wire is taken only if it is free.
    pub(super) fn new_request(
        &mut self,
        now: Now,
        direction: Direction,
        kind: RequestKind,
        peer: Option<UserId>,
        id: Option<MessageId>,
    ) -> MessageId {
        let id = id.filter(|id| self.request(*id).is_none()).unwrap_or_else(|| self.ids.next(now.wall));
        let request = Request {
            id,
            direction,
            kind,
            peer,
            at: self.requests.next_time(now.wall),
            answered_at: None,
            state: RequestState::Pending,
            family: Family::default(),
            times: 1,
        };
        self.requests.push(request.clone());
        self.keep(Operation::PutRequest(request));
        id
    }

    pub(super) fn change_request(&mut self, id: MessageId, change: impl FnOnce(&mut Request)) {
        if let Some(request) = self.requests.change(id, change) {
            self.keep(Operation::PutRequest(request));
        }
    }

    pub(super) fn answer_request(&mut self, now: Now, id: MessageId, state: RequestState) {
        self.change_request(id, |request| {
            request.state = state;
            request.answered_at = Some(now.wall);
        });
    }

    /// Whether so much waits already, of `from` or at all, that nothing more is taken in before some of it is answered.
    /// Who is not heard asks again.
    pub(super) fn is_inbox_full(&mut self, from: Option<&UserId>) -> bool {
        let full = if self.requests.waiting() >= MOST_WAITING {
            Some(IgnoredReason::InboxFull(from.cloned()))
        } else if self.requests.waiting_of(from) >= MOST_WAITING_OF_ONE {
            Some(IgnoredReason::InboxFullOfOne { sender: from.cloned(), limit: MOST_WAITING_OF_ONE })
        } else {
            None
        };
        let is_full = full.is_some();
        if let Some(full) = full {
            self.suspect(full);
        }
        is_full
    }

    /// The request between me and `peer` about `kind` that has no answer yet.
    pub(super) fn pending(&self, direction: Direction, peer: &UserId, kind: &RequestKind) -> Option<MessageId> {
        let open = |request: &&Request| request.is_pending() && request.is_about(direction, peer, kind);
        self.requests.with(peer).rev().find(open).map(|request| request.id)
    }

    /// The request of `peer` that came with this very id.
    pub(super) fn same_request(&self, peer: &UserId, kind: &RequestKind, id: Option<MessageId>) -> Option<Request> {
        let request = self.request(id?)?;
        request.is_about(Direction::Incoming, peer, kind).then(|| request.clone())
    }
}
