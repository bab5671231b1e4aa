//! All requests in the order of their making, found by id, by the other one, and by what waits.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{MessageId, Request, UserId};

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

    pub(in crate::protocol::peer) fn push(&mut self, request: Request) {
        let place = self.all.len();
        self.places.insert(request.id, place);
        if let Some(peer) = &request.peer {
            self.with.entry(peer.clone()).or_default().push(place);
        }
        self.all.push(request);
        self.note(place, false);
    }

    /// Changes what can change: neither the id nor the other one. Gives the request as it is now.
    pub(in crate::protocol::peer) fn change(
        &mut self,
        id: MessageId,
        change: impl FnOnce(&mut Request),
    ) -> Option<Request> {
        let place = *self.places.get(&id)?;
        let waited = self.all.get(place)?.waits_for_me();
        change(self.all.get_mut(place)?);
        self.note(place, waited);
        self.all.get(place).cloned()
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
