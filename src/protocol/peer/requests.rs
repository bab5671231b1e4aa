//! Requests: what was asked, by whom, and how it was answered.

mod index;

use self::index::RequestIndex;
use super::egress::Egress;
use crate::{
    domain::{Direction, Family, GroupName, MessageId, Request, RequestKind, RequestState, UserId},
    protocol::{Event, IgnoredReason, Operation},
};

/// At most so many requests wait for my answer: anybody can send them, and no user reads more.
const MOST_WAITING: usize = 10_000;
/// At most so many of one sender, or of all that name no sender.
const MOST_WAITING_OF_ONE: usize = 20;

#[derive(Debug, Default)]
pub(super) struct Requests(RequestIndex);

impl Requests {
    pub(super) fn restore(saved: Vec<Request>) -> Self {
        Self(RequestIndex::restore(saved))
    }

    /// All, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Request> + Clone {
        self.0.iter()
    }

    pub(super) fn get(&self, id: MessageId) -> Option<&Request> {
        self.0.get(id)
    }

    /// Those between me and `user`.
    pub(super) fn with(&self, user: &UserId) -> impl DoubleEndedIterator<Item = &Request> + Clone {
        self.0.with(user)
    }

    /// Those without an answer.
    pub(super) fn open(&self) -> impl DoubleEndedIterator<Item = &Request> {
        self.0.open()
    }

    /// How many wait for my answer.
    pub(super) fn waiting_count(&self) -> usize {
        self.0.waiting()
    }

    /// Requests of this kind that wait for my answer, from any user, oldest first.
    pub(super) fn waiting(&self, kind: &RequestKind) -> impl DoubleEndedIterator<Item = &Request> {
        self.open().filter(move |request| request.waits_for_me() && request.kind == *kind)
    }

    /// The request between me and `peer` about `kind` that has no answer yet.
    pub(super) fn pending(&self, direction: Direction, peer: &UserId, kind: &RequestKind) -> Option<MessageId> {
        let open = |request: &&Request| request.is_pending() && request.is_about(direction, peer, kind);
        self.with(peer).rev().find(open).map(|request| request.id)
    }

    /// The request of `peer` that came with this very id.
    pub(super) fn same(&self, peer: &UserId, kind: &RequestKind, id: Option<MessageId>) -> Option<Request> {
        let request = self.get(id?)?;
        request.is_about(Direction::Incoming, peer, kind).then(|| request.clone())
    }

    /// What waits for the answer of `user`.
    pub(super) fn asked<'a>(&'a self, user: &'a UserId) -> impl Iterator<Item = &'a Request> {
        let is_open = |r: &&Request| r.is_pending() && r.direction == Direction::Outgoing;
        self.with(user).filter(is_open)
    }

    /// My latest request of this kind that has no answer yet, to any user.
    fn my_open(&self, kind: &RequestKind) -> Option<MessageId> {
        let mine = |r: &&Request| r.direction == Direction::Outgoing && r.kind == *kind;
        self.open().rev().find(mine).map(|request| request.id)
    }

    /// My wish to join a group that has no answer yet.
    pub(super) fn my_join(&self, name: &GroupName) -> Option<MessageId> {
        self.my_open(&RequestKind::Join(name.clone()))
    }

    /// My handing over of the lead of a group that has no answer yet.
    pub(super) fn handed_over(&self, name: &GroupName) -> Option<MessageId> {
        self.my_open(&RequestKind::Lead(name.clone()))
    }

    /// An invitation to a group that waits for my answer.
    pub(super) fn my_invitation(&self, name: &GroupName) -> Option<MessageId> {
        self.waiting(&RequestKind::Invite(name.clone())).next_back().map(|request| request.id)
    }

    /// Whether too many requests wait already, of `from` or at all. A sender that is turned away asks again later.
    pub(super) fn is_full(&self, from: Option<&UserId>, egress: &mut Egress) -> bool {
        let full = if self.0.waiting() >= MOST_WAITING {
            Some(IgnoredReason::InboxFull(from.cloned()))
        } else if self.0.waiting_of(from) >= MOST_WAITING_OF_ONE {
            Some(IgnoredReason::SenderLimitReached { sender: from.cloned(), limit: MOST_WAITING_OF_ONE })
        } else {
            None
        };
        let is_full = full.is_some();
        if let Some(full) = full {
            egress.report_suspicious(full);
        }
        is_full
    }
}

/// A request that is to be entered.
#[derive(Debug)]
pub(super) struct NewRequest {
    pub(super) direction: Direction,
    pub(super) kind: RequestKind,
    pub(super) peer: Option<UserId>,
    /// The id that came over the wire; it is taken only if it is free.
    pub(super) id: Option<MessageId>,
    /// The topic family on which it came.
    pub(super) family: Family,
}

impl NewRequest {
    /// One that I make.
    pub(super) fn mine(kind: RequestKind, peer: Option<UserId>) -> Self {
        Self { direction: Direction::Outgoing, kind, peer, id: None, family: Family::default() }
    }

    /// One that came to me.
    pub(super) fn to_me(kind: RequestKind, peer: Option<UserId>, id: Option<MessageId>, family: Family) -> Self {
        Self { direction: Direction::Incoming, kind, peer, id, family }
    }
}

/// Changes.
impl Requests {
    pub(super) fn add(&mut self, new: NewRequest, egress: &mut Egress) -> MessageId {
        let NewRequest { direction, kind, peer, id, family } = new;
        let id = id.filter(|id| self.get(*id).is_none()).unwrap_or_else(|| egress.new_id());
        let request = Request {
            id,
            direction,
            kind,
            peer,
            at: self.0.next_time(egress.now().wall),
            answered_at: None,
            state: RequestState::Pending,
            family,
            times: 1,
        };
        self.0.push(request.clone());
        egress.persist(Operation::PutRequest(request));
        id
    }

    pub(super) fn change(&mut self, id: MessageId, egress: &mut Egress, change: impl FnOnce(&mut Request)) {
        if let Some(request) = self.0.change(id, change) {
            egress.persist(Operation::PutRequest(request));
        }
    }

    /// It was asked once more.
    pub(super) fn repeated(&mut self, id: MessageId, egress: &mut Egress) {
        self.change(id, egress, |request| request.times = request.times.saturating_add(1));
    }

    pub(super) fn answer(&mut self, id: MessageId, state: RequestState, egress: &mut Egress) {
        let answered_at = Some(egress.now().wall);
        self.change(id, egress, |request| (request.state, request.answered_at) = (state, answered_at));
    }

    /// My request was answered, which the user is told.
    pub(super) fn answered(&mut self, id: MessageId, state: RequestState, egress: &mut Egress) {
        self.answer(id, state, egress);
        egress.emit(Event::RequestAnswered(id));
    }

    /// All that waits for my answer to this is settled otherwise.
    pub(super) fn answer_waiting(&mut self, kind: &RequestKind, state: &RequestState, egress: &mut Egress) {
        for id in self.waiting(kind).map(|request| request.id).collect::<Vec<_>>() {
            self.answer(id, state.clone(), egress);
        }
    }

    /// It waits for my answer after all.
    pub(super) fn reopen(&mut self, id: MessageId, egress: &mut Egress) {
        self.change(id, egress, |request| (request.state, request.answered_at) = (RequestState::Pending, None));
        egress.emit(Event::RequestArrived(id));
    }
}
