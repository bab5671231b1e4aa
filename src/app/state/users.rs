//! The users pane: its list and its selection.

use super::selection::{ListPane, Selection};
use crate::{
    domain::{ChatId, ConversationId, Presence, User, UserId},
    protocol::Peer,
};

/// The selected user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users(Selection<UserId>);

impl Users {
    /// The users in the order of the pane: online, then offline, then unknown, each by name.
    pub fn list(peer: &Peer) -> Vec<&User> {
        let users = || peer.users().values();
        [Presence::Online, Presence::Offline, Presence::Unknown]
            .into_iter()
            .flat_map(|presence| users().filter(move |user| user.presence == presence))
            .collect()
    }

    /// The selected user.
    pub fn selected(&self, peer: &Peer) -> Option<UserId> {
        let users = Self::list(peer);
        let index = self.0.index(users.iter().map(|user| &user.id))?;
        Some(users[index].id.clone())
    }
}

impl ListPane for Users {
    fn selected_index(&self, peer: &Peer) -> Option<usize> {
        self.0.index(ids(peer))
    }

    fn select(&mut self, peer: &Peer, index: usize) {
        self.0.select(ids(peer).iter().copied(), index);
    }

    fn step(&mut self, peer: &Peer, by: isize) {
        self.0.step(ids(peer).iter().copied(), by);
    }

    fn is_selection_listed(&self, peer: &Peer) -> bool {
        self.0.key().is_some_and(|id| peer.users().contains_key(id))
    }
}

fn ids(peer: &Peer) -> Vec<&UserId> {
    Users::list(peer).into_iter().map(|user| &user.id).collect()
}

/// The open session with a user. If several are open, the one that this machine learnt of last.
pub fn open_session(peer: &Peer, user: &UserId) -> Option<ConversationId> {
    let chat = peer.chat(&ChatId::User(user.clone()))?;
    chat.is_open().then(|| chat.current().id.clone())
}
