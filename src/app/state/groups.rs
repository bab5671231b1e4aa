//! The groups pane: its list and its selection.

use super::selection::{ListPane, Selection};
use crate::{
    domain::{ConversationId, Group, GroupName},
    protocol::Peer,
};

/// Which group is selected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups(Selection<GroupName>);

impl Groups {
    /// The groups in the order of the pane: those that I am in, then the others, each by name.
    pub fn list(peer: &Peer) -> Vec<&Group> {
        let mut groups: Vec<&Group> = peer.groups().values().collect();
        groups.sort_by_key(|group| !is_in(peer, &group.name));
        groups
    }

    /// The selected group.
    pub fn selected(&self, peer: &Peer) -> Option<GroupName> {
        let groups = Self::list(peer);
        self.place(&groups).map(|index| groups[index].name.clone())
    }

    fn place(&self, groups: &[&Group]) -> Option<usize> {
        self.0.index(groups.iter().map(|group| &group.name))
    }
}

impl ListPane for Groups {
    fn index(&self, peer: &Peer) -> Option<usize> {
        self.place(&Self::list(peer))
    }

    fn select(&mut self, peer: &Peer, index: usize) {
        let keys: Vec<GroupName> = Self::list(peer).into_iter().map(|group| group.name.clone()).collect();
        self.0.select(&keys, index);
    }

    fn is_chosen(&self, peer: &Peer) -> bool {
        self.0.key().is_some_and(|name| peer.groups().contains_key(name))
    }
}

/// Whether I can write in the group.
pub fn is_in(peer: &Peer, name: &GroupName) -> bool {
    let id = ConversationId::Group(name.clone());
    peer.conversations().get(&id).is_some_and(|conversation| conversation.phase.is_open())
}
