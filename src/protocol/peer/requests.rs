//! Requests: what was asked, by whom, and how it was answered.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    time::Duration,
};

use super::egress::Egress;
use crate::{
    domain::{ControlTopic, Direction, GroupName, MessageId, Request, RequestKind, RequestState, UserId},
    protocol::{Event, IgnoredReason, Operation},
};

/// At most so many requests wait for my answer: anybody can send them, and no user reads more.
const MOST_WAITING: usize = 10_000;
/// At most so many of one sender, or of all that name no sender.
const MOST_WAITING_OF_ONE: usize = 20;

/// All requests in the order of their making. They are never removed, so a place stays what it is.
#[derive(Debug, Default)]
pub(super) struct Requests {
    all: Vec<Request>,
    places: BTreeMap<MessageId, usize>,
    with: BTreeMap<UserId, Vec<usize>>,
    /// What has no answer yet.
    open: BTreeSet<usize>,
    /// How many of these wait for me.
    waiting: usize,
    /// The same by sender.
    waiting_of: BTreeMap<Option<UserId>, usize>,
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

    /// All, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Request> {
        self.all.iter()
    }

    pub(super) fn get(&self, id: MessageId) -> Option<&Request> {
        self.all.get(*self.places.get(&id)?)
    }

    /// Those between me and `user`.
    pub(super) fn with(&self, user: &UserId) -> impl DoubleEndedIterator<Item = &Request> {
        self.with.get(user).into_iter().flatten().filter_map(|place| self.all.get(*place))
    }

    /// Those without an answer.
    pub(super) fn open(&self) -> impl DoubleEndedIterator<Item = &Request> {
        self.open.iter().filter_map(|place| self.all.get(*place))
    }

    /// How many wait for my answer.
    pub(super) fn waiting_count(&self) -> usize {
        self.waiting
    }

    /// Requests of this kind that wait for my answer, from any user, oldest first.
    pub(super) fn waiting(&self, kind: &RequestKind) -> impl DoubleEndedIterator<Item = &Request> {
        self.open().filter(move |request| request.waits_for_me() && request.kind == *kind)
    }

    /// The latest between me and `user` that is meant.
    pub(super) fn latest(&self, user: &UserId, is_meant: impl Fn(&Request) -> bool) -> Option<MessageId> {
        self.with(user).rev().find(|request| is_meant(request)).map(|request| request.id)
    }

    /// The request between me and `peer` about `kind` that has no answer yet.
    pub(super) fn pending(&self, direction: Direction, peer: &UserId, kind: &RequestKind) -> Option<MessageId> {
        self.latest(peer, |request| request.is_pending() && request.is_about(direction, peer, kind))
    }

    /// The request of `peer` that came with this very id.
    pub(super) fn same(&self, peer: &UserId, kind: &RequestKind, id: Option<MessageId>) -> Option<Request> {
        let request = self.get(id?)?;
        request.is_about(Direction::Incoming, peer, kind).then(|| request.clone())
    }

    /// What waits for the answer of `user`.
    pub(super) fn asked<'a>(&'a self, user: &'a UserId) -> impl Iterator<Item = &'a Request> {
        self.with(user).filter(|request| request.waits_for_peer())
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
        let of_sender = self.waiting_of.get(&from.cloned()).copied().unwrap_or_default();
        let full = if self.waiting >= MOST_WAITING {
            IgnoredReason::InboxFull(from.cloned())
        } else if of_sender >= MOST_WAITING_OF_ONE {
            IgnoredReason::SenderLimitReached { sender: from.cloned(), limit: MOST_WAITING_OF_ONE }
        } else {
            return false;
        };
        egress.report_suspicious(full);
        true
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
    /// The control topic on which it came.
    pub(super) topic: ControlTopic,
}

impl NewRequest {
    /// One that I make.
    pub(super) fn mine(kind: RequestKind, peer: Option<UserId>) -> Self {
        Self { direction: Direction::Outgoing, kind, peer, id: None, topic: ControlTopic::default() }
    }

    /// One that came to me.
    pub(super) fn to_me(kind: RequestKind, peer: Option<UserId>, id: Option<MessageId>, topic: ControlTopic) -> Self {
        Self { direction: Direction::Incoming, kind, peer, id, topic }
    }
}

/// Changes.
impl Requests {
    pub(super) fn add(&mut self, new: NewRequest, egress: &mut Egress) -> MessageId {
        let NewRequest { direction, kind, peer, id, topic } = new;
        let id = id.filter(|id| self.get(*id).is_none()).unwrap_or_else(|| egress.new_id());
        // Behind all others, so that the order holds when the clock is set back, and is the same after a restart.
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

    /// Enters a request that waits for my answer, of which the user is told.
    pub(super) fn arrived(&mut self, new: NewRequest, egress: &mut Egress) {
        let id = self.add(new, egress);
        egress.emit(Event::RequestArrived(id));
    }

    /// The same, unless too many wait already.
    pub(super) fn take_in(&mut self, new: NewRequest, egress: &mut Egress) {
        if !self.is_full(new.peer.as_ref(), egress) {
            self.arrived(new, egress);
        }
    }

    /// Changes anything but the id.
    pub(super) fn change(&mut self, id: MessageId, egress: &mut Egress, change: impl FnOnce(&mut Request)) {
        let Some(place) = self.places.get(&id).copied() else { return };
        let Some(request) = self.all.get_mut(place) else { return };
        let (before, waited) = (request.peer.clone(), request.waits_for_me());
        change(request);
        let request = request.clone();
        if request.peer != before {
            self.readdress(place, before.as_ref(), request.peer.as_ref());
        }
        if waited {
            self.waits_no_more(before);
        }
        self.note(place);
        egress.persist(Operation::PutRequest(request));
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

/// The indices.
impl Requests {
    fn push(&mut self, request: Request) {
        let place = self.all.len();
        self.places.insert(request.id, place);
        self.readdress(place, None, request.peer.as_ref());
        self.all.push(request);
        self.note(place);
    }

    fn readdress(&mut self, place: usize, from: Option<&UserId>, to: Option<&UserId>) {
        if let Some(places) = from.and_then(|from| self.with.get_mut(from)) {
            places.retain(|known| *known != place);
        }
        if let Some(to) = to {
            let places = self.with.entry(to.clone()).or_default();
            places.insert(places.partition_point(|known| *known < place), place);
        }
    }

    /// Keeps what follows from the state of the request in a place.
    fn note(&mut self, place: usize) {
        let Some(request) = self.all.get(place) else { return };
        if request.is_pending() {
            self.open.insert(place);
        } else {
            self.open.remove(&place);
        }
        if request.waits_for_me() {
            self.waiting += 1;
            *self.waiting_of.entry(request.peer.clone()).or_default() += 1;
        }
    }

    /// One of this sender did wait for me.
    fn waits_no_more(&mut self, sender: Option<UserId>) {
        self.waiting -= 1;
        if let Entry::Occupied(mut waiting) = self.waiting_of.entry(sender) {
            *waiting.get_mut() -= 1;
            if *waiting.get() == 0 {
                waiting.remove();
            }
        }
    }
}
