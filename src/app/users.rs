//! The users pane: who there is, and which one is selected.

use crate::{
    domain::{ConversationId, Presence, User, UserId},
    protocol::Peer,
};

/// What the pane remembers: a user, not a row, so that the selection stays when the list changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    selected: Option<UserId>,
}

impl State {
    /// The users in the order of the pane: online, then offline, then unknown, each by name.
    pub fn list(peer: &Peer) -> Vec<&User> {
        let users = || peer.users().values();
        [Presence::Online, Presence::Offline, Presence::Unknown]
            .into_iter()
            .flat_map(|presence| users().filter(move |user| user.presence == presence))
            .collect()
    }

    /// The index of the selected user; of the first where none was chosen.
    pub fn index(&self, peer: &Peer) -> Option<usize> {
        self.place(&Self::list(peer))
    }

    /// The same in the list that there is.
    pub fn place(&self, users: &[&User]) -> Option<usize> {
        let chosen = self.selected.as_ref().and_then(|id| users.iter().position(|user| user.id == *id));
        chosen.or_else(|| (!users.is_empty()).then_some(0))
    }

    /// The selected user.
    pub fn selected(&self, peer: &Peer) -> Option<UserId> {
        let users = Self::list(peer);
        self.place(&users).map(|index| users[index].id.clone())
    }

    /// Whether a user was chosen that is still listed.
    pub(super) fn is_chosen(&self, peer: &Peer) -> bool {
        self.selected.as_ref().is_some_and(|id| peer.users().contains_key(id))
    }

    pub(super) fn select(&mut self, peer: &Peer, index: usize) {
        let users = Self::list(peer);
        let index = index.min(users.len().saturating_sub(1));
        self.selected = users.get(index).map(|user| user.id.clone());
    }
}

/// The newest session with somebody that can be written in: the one that this machine learnt of last.
pub(super) fn open_session(peer: &Peer, user: &UserId) -> Option<ConversationId> {
    peer.conversations()
        .values()
        .filter(|conversation| conversation.phase.is_open() && conversation.id.peer_of(peer.me()) == Some(user))
        .max_by_key(|conversation| conversation.since)
        .map(|conversation| conversation.id.clone())
}
