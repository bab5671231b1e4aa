//! All requests in the order of their making, found by id, by the other one, and by what waits.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    time::Duration,
};

use crate::domain::{MessageId, Request, Timestamp, UserId};

/// Requests are never removed, so a place stays what it is.
#[derive(Debug, Default)]
pub(super) struct RequestIndex {
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

impl RequestIndex {
    pub(super) fn restore(mut saved: Vec<Request>) -> Self {
        saved.sort_by_key(|request| (request.at, request.id));
        let mut index = Self::default();
        for request in saved {
            index.push(request);
        }
        index
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Request> + Clone {
        self.all.iter()
    }

    pub(super) fn get(&self, id: MessageId) -> Option<&Request> {
        self.all.get(*self.places.get(&id)?)
    }

    /// Those between me and `user`.
    pub(super) fn with(&self, user: &UserId) -> impl DoubleEndedIterator<Item = &Request> + Clone {
        self.with.get(user).into_iter().flatten().filter_map(|place| self.all.get(*place))
    }

    /// Those without an answer.
    pub(super) fn open(&self) -> impl DoubleEndedIterator<Item = &Request> {
        self.open.iter().filter_map(|place| self.all.get(*place))
    }

    /// How many wait for my answer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many of one sender do; `None` for those that name no sender.
    pub(super) fn waiting_of(&self, sender: Option<&UserId>) -> usize {
        self.waiting_of.get(&sender.cloned()).copied().unwrap_or(0)
    }

    /// The time of one that is made now: behind all others, so that the order holds when the clock is set back, and
    /// is the same after a restart.
    pub(super) fn next_time(&self, now: Timestamp) -> Timestamp {
        self.all.last().map_or(now, |last| now.max(last.at + Duration::from_millis(1)))
    }

    pub(super) fn push(&mut self, request: Request) {
        let place = self.all.len();
        self.places.insert(request.id, place);
        self.readdress(place, None, request.peer.as_ref());
        self.all.push(request);
        self.note(place);
    }

    /// Changes anything but the id. Gives the request as it is now.
    pub(super) fn change(&mut self, id: MessageId, change: impl FnOnce(&mut Request)) -> Option<Request> {
        let place = *self.places.get(&id)?;
        let request = self.all.get_mut(place)?;
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
        Some(request)
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
