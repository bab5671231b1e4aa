//! All requests in the order of their making, found by id, by the other one, and by what waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::domain::{MessageId, Request, Timestamp, UserId};

/// The list. Requests are never removed, so a place stays what it is.
#[derive(Debug, Default)]
pub(in crate::protocol::peer) struct Requests {
    all: Vec<Request>,
    places: BTreeMap<MessageId, usize>,
    with: BTreeMap<UserId, Vec<usize>>,
    /// What has no answer yet.
    open: BTreeSet<usize>,
    /// How many of these wait for me.
    waiting: usize,
}

impl Requests {
    pub(in crate::protocol::peer) fn restore(mut saved: Vec<Request>) -> Self {
        saved.sort_by_key(|request| (request.at, request.id));
        let mut requests = Self::default();
        for request in saved {
            requests.push(request);
        }
        requests
    }

    pub(in crate::protocol::peer) fn iter(&self) -> impl DoubleEndedIterator<Item = &Request> + Clone {
        self.all.iter()
    }

    pub(in crate::protocol::peer) fn get(&self, id: MessageId) -> Option<&Request> {
        self.all.get(*self.places.get(&id)?)
    }

    /// Those between me and `user`.
    pub(in crate::protocol::peer) fn with(&self, user: &UserId) -> impl DoubleEndedIterator<Item = &Request> + Clone {
        self.with.get(user).into_iter().flatten().filter_map(|place| self.all.get(*place))
    }

    /// Those without an answer.
    pub(in crate::protocol::peer) fn open(&self) -> impl DoubleEndedIterator<Item = &Request> {
        self.open.iter().filter_map(|place| self.all.get(*place))
    }

    /// How many wait for my answer.
    pub(in crate::protocol::peer) fn waiting(&self) -> usize {
        self.waiting
    }

    /// The time of one that is made now: behind all others, so that the order holds when the clock is set back, and
    /// is the same after a restart.
    pub(in crate::protocol::peer) fn next_time(&self, now: Timestamp) -> Timestamp {
        self.all.last().map_or(now, |last| now.max(last.at + Duration::from_millis(1)))
    }

    pub(in crate::protocol::peer) fn push(&mut self, request: Request) {
        let place = self.all.len();
        self.places.insert(request.id, place);
        self.readdress(place, None, request.peer.as_ref());
        self.all.push(request);
        self.note(place, false);
    }

    /// Changes anything but the id. Gives the request as it is now.
    pub(in crate::protocol::peer) fn change(
        &mut self,
        id: MessageId,
        change: impl FnOnce(&mut Request),
    ) -> Option<Request> {
        let place = *self.places.get(&id)?;
        let request = self.all.get_mut(place)?;
        let (before, waited) = (request.peer.clone(), request.waits_for_me());
        change(request);
        let request = request.clone();
        if request.peer != before {
            self.readdress(place, before.as_ref(), request.peer.as_ref());
        }
        self.note(place, waited);
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

    /// Keeps what follows from the state of the request in a place, which waited for me before or not.
    fn note(&mut self, place: usize, waited: bool) {
        let Some(request) = self.all.get(place) else { return };
        if request.is_pending() {
            self.open.insert(place);
        } else {
            self.open.remove(&place);
        }
        self.waiting = self.waiting - usize::from(waited) + usize::from(request.waits_for_me());
    }
}
