//! All requests, sent and received, with their answers.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    time::Duration,
};

use super::egress::Egress;
use crate::{
    domain::{ControlTopic, Direction, GroupName, MessageId, Request, RequestKind, RequestState, UserId},
    protocol::{Event, IgnoredReason, Operation},
};

/// The maximum number of requests that wait for my answer. Anybody can send requests, and no user reads more.
const MAX_WAITING: usize = 10_000;
/// The maximum for one sender, and for all requests without a sender together.
const MAX_WAITING_PER_SENDER: usize = 20;

/// All requests in the order of their creation, with indices. Requests are never removed, so the index of a request in
/// `all` never changes.
#[derive(Debug, Default)]
pub(super) struct Requests {
    all: Vec<Request>,
    index_by_id: BTreeMap<MessageId, usize>,
    by_peer: BTreeMap<UserId, Vec<usize>>,
    /// The indices of the requests without an answer.
    open: BTreeSet<usize>,
    /// How many of these wait for my answer.
    waiting: usize,
    /// The same number for each sender.
    waiting_by_sender: BTreeMap<Option<UserId>, usize>,
}

impl Requests {
    pub(super) fn restore(mut saved: Vec<Request>) -> Self {
        saved.sort_by_key(|request| (request.at, request.id));
        let mut requests = Self::default();
        for request in saved {
            requests.push(request);
        }
        requests
    }

    /// All requests, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Request> {
        self.all.iter()
    }

    pub(super) fn get(&self, id: MessageId) -> Option<&Request> {
        self.all.get(*self.index_by_id.get(&id)?)
    }

    /// The requests between me and `user`, oldest first.
    pub(super) fn with(&self, user: &UserId) -> impl DoubleEndedIterator<Item = &Request> {
        self.by_peer.get(user).into_iter().flatten().filter_map(|index| self.all.get(*index))
    }

    /// The requests without an answer, oldest first.
    pub(super) fn open(&self) -> impl DoubleEndedIterator<Item = &Request> {
        self.open.iter().filter_map(|index| self.all.get(*index))
    }

    /// The number of requests that wait for my answer.
    pub(super) fn waiting_count(&self) -> usize {
        self.waiting
    }

    /// Requests of this kind that wait for my answer, from any user, oldest first.
    pub(super) fn waiting(&self, kind: &RequestKind) -> impl DoubleEndedIterator<Item = &Request> {
        self.open().filter(move |request| request.waits_for_me() && request.kind == *kind)
    }

    /// The latest request between me and `user` that fulfils the condition.
    pub(super) fn latest(&self, user: &UserId, fulfils: impl Fn(&Request) -> bool) -> Option<MessageId> {
        self.with(user).rev().find(|request| fulfils(request)).map(|request| request.id)
    }

    /// The request between me and `peer` about `kind` that has no answer yet.
    pub(super) fn pending(&self, direction: Direction, peer: &UserId, kind: &RequestKind) -> Option<MessageId> {
        self.latest(peer, |request| request.is_pending() && request.is_about(direction, peer, kind))
    }

    /// The request that `peer` sent with this ID, if I have it.
    pub(super) fn find_incoming(&self, peer: &UserId, kind: &RequestKind, id: Option<MessageId>) -> Option<Request> {
        let request = self.get(id?)?;
        request.is_about(Direction::Incoming, peer, kind).then(|| request.clone())
    }

    /// My requests that wait for the answer of `user`.
    pub(super) fn waiting_for<'a>(&'a self, user: &'a UserId) -> impl Iterator<Item = &'a Request> {
        self.with(user).filter(|request| request.waits_for_peer())
    }

    /// My latest request of this kind that has no answer yet, to any user.
    fn my_open(&self, kind: &RequestKind) -> Option<MessageId> {
        let mine = |r: &&Request| r.direction == Direction::Outgoing && r.kind == *kind;
        self.open().rev().find(mine).map(|request| request.id)
    }

    /// My pending request to join a group.
    pub(super) fn my_join(&self, name: &GroupName) -> Option<MessageId> {
        self.my_open(&RequestKind::Join(name.clone()))
    }

    /// My pending hand-over of the lead of a group.
    pub(super) fn my_hand_over(&self, name: &GroupName) -> Option<MessageId> {
        self.my_open(&RequestKind::Lead(name.clone()))
    }

    /// An invitation to a group that waits for my answer.
    pub(super) fn my_invitation(&self, name: &GroupName) -> Option<MessageId> {
        self.waiting(&RequestKind::Invite(name.clone())).next_back().map(|request| request.id)
    }

    /// Whether too many requests are waiting already, from `from` or in total. The user is notified. The sender's papo
    /// will repeat the request later.
    pub(super) fn is_full(&self, from: Option<&UserId>, egress: &mut Egress) -> bool {
        let of_sender = self.waiting_by_sender.get(&from.cloned()).copied().unwrap_or_default();
        let full = if self.waiting >= MAX_WAITING {
            IgnoredReason::InboxFull(from.cloned())
        } else if of_sender >= MAX_WAITING_PER_SENDER {
            IgnoredReason::SenderLimitReached { sender: from.cloned(), limit: MAX_WAITING_PER_SENDER }
        } else {
            return false;
        };
        egress.report_suspicious(full);
        true
    }
}

/// The data of a request to add.
#[derive(Debug)]
pub(super) struct NewRequest {
    pub(super) direction: Direction,
    pub(super) kind: RequestKind,
    pub(super) peer: Option<UserId>,
    /// The ID from the wire. It is used unless another request has it.
    pub(super) id: Option<MessageId>,
    /// The control topic on which it was received.
    pub(super) topic: ControlTopic,
}

impl NewRequest {
    /// A request of mine.
    pub(super) fn mine(kind: RequestKind, peer: Option<UserId>) -> Self {
        Self { direction: Direction::Outgoing, kind, peer, id: None, topic: ControlTopic::default() }
    }

    /// A request to me.
    pub(super) fn to_me(kind: RequestKind, peer: Option<UserId>, id: Option<MessageId>, topic: ControlTopic) -> Self {
        Self { direction: Direction::Incoming, kind, peer, id, topic }
    }
}

/// Changes of requests.
impl Requests {
    /// Adds a request and returns its ID.
    pub(super) fn add(&mut self, new: NewRequest, egress: &mut Egress) -> MessageId {
        let NewRequest { direction, kind, peer, id, topic } = new;
        let id = id.filter(|id| self.get(*id).is_none()).unwrap_or_else(|| egress.new_id());
        // Later than all others, so that the order is the same after a restart even if the clock was set back.
        let now = egress.now().wall;
        let at = self.all.last().map_or(now, |last| now.max(last.at + Duration::from_millis(1)));
        let request = Request {
            id,
            direction,
            kind,
            peer,
            at,
            answered_at: None,
            state: RequestState::Pending,
            control_topic: topic,
            times: 1,
        };
        self.push(request.clone());
        egress.persist(Operation::PutRequest(request));
        id
    }

    /// Adds a request that waits for my answer, and notifies the user.
    pub(super) fn add_and_report(&mut self, new: NewRequest, egress: &mut Egress) {
        let id = self.add(new, egress);
        egress.emit(Event::RequestArrived(id));
    }

    /// Like [`Self::add_and_report`], unless too many requests are waiting already.
    pub(super) fn add_unless_full(&mut self, new: NewRequest, egress: &mut Egress) {
        if !self.is_full(new.peer.as_ref(), egress) {
            self.add_and_report(new, egress);
        }
    }

    /// Changes a request. The ID must stay.
    pub(super) fn change(&mut self, id: MessageId, egress: &mut Egress, change: impl FnOnce(&mut Request)) {
        let Some(index) = self.index_by_id.get(&id).copied() else { return };
        let Some(request) = self.all.get_mut(index) else { return };
        let (before, waited) = (request.peer.clone(), request.waits_for_me());
        change(request);
        let request = request.clone();
        if request.peer != before {
            self.move_to_peer(index, before.as_ref(), request.peer.as_ref());
        }
        if waited {
            self.uncount_waiting(before);
        }
        self.update_indices(index);
        egress.persist(Operation::PutRequest(request));
    }

    /// Counts a repetition of the request.
    pub(super) fn count_repetition(&mut self, id: MessageId, egress: &mut Egress) {
        self.change(id, egress, |request| request.times = request.times.saturating_add(1));
    }

    /// Sets the state of a request, and the time of its answer.
    pub(super) fn answer(&mut self, id: MessageId, state: RequestState, egress: &mut Egress) {
        let answered_at = Some(egress.now().wall);
        self.change(id, egress, |request| (request.state, request.answered_at) = (state, answered_at));
    }

    /// Like [`Self::answer`], and notifies the user. For requests of mine.
    pub(super) fn answer_and_report(&mut self, id: MessageId, state: RequestState, egress: &mut Egress) {
        self.answer(id, state, egress);
        egress.emit(Event::RequestAnswered(id));
    }

    /// Sets the state of all requests of this kind that wait for my answer: they have been settled in another way.
    pub(super) fn answer_waiting(&mut self, kind: &RequestKind, state: &RequestState, egress: &mut Egress) {
        for id in self.waiting(kind).map(|request| request.id).collect::<Vec<_>>() {
            self.answer(id, state.clone(), egress);
        }
    }

    /// Makes a request wait for my answer again, and notifies the user.
    pub(super) fn reopen(&mut self, id: MessageId, egress: &mut Egress) {
        self.change(id, egress, |request| (request.state, request.answered_at) = (RequestState::Pending, None));
        egress.emit(Event::RequestArrived(id));
    }
}

/// The indices.
impl Requests {
    fn push(&mut self, request: Request) {
        let index = self.all.len();
        self.index_by_id.insert(request.id, index);
        self.move_to_peer(index, None, request.peer.as_ref());
        self.all.push(request);
        self.update_indices(index);
    }

    /// Moves the request at `index` from one peer to another in `by_peer`.
    fn move_to_peer(&mut self, index: usize, from: Option<&UserId>, to: Option<&UserId>) {
        if let Some(indices) = from.and_then(|from| self.by_peer.get_mut(from)) {
            indices.retain(|known| *known != index);
        }
        if let Some(to) = to {
            let indices = self.by_peer.entry(to.clone()).or_default();
            indices.insert(indices.partition_point(|known| *known < index), index);
        }
    }

    /// Updates the indices for the state of the request at `index`.
    fn update_indices(&mut self, index: usize) {
        let Some(request) = self.all.get(index) else { return };
        if request.is_pending() {
            self.open.insert(index);
        } else {
            self.open.remove(&index);
        }
        if request.waits_for_me() {
            self.waiting += 1;
            *self.waiting_by_sender.entry(request.peer.clone()).or_default() += 1;
        }
    }

    /// A request of this sender no longer waits for my answer.
    fn uncount_waiting(&mut self, sender: Option<UserId>) {
        self.waiting -= 1;
        if let Entry::Occupied(mut waiting) = self.waiting_by_sender.entry(sender) {
            *waiting.get_mut() -= 1;
            if *waiting.get() == 0 {
                waiting.remove();
            }
        }
    }
}
