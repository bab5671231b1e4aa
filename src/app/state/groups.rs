//! The groups pane: its list and its selection.

use super::selection::{ListPane, Selection};
use crate::{
    domain::{ConversationId, Group, GroupName},
    protocol::Peer,
};

/// The selected group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups(Selection<GroupName>);

impl Groups {
    /// The groups in display order: those I am in, then the others; each part sorted by name.
    pub fn list(peer: &Peer) -> Vec<&Group> {
        let mut groups: Vec<&Group> = peer.groups().values().collect();
        groups.sort_by_key(|group| !is_joined(peer, &group.name));
        groups
    }

    /// The name of the selected group.
    pub fn selected(&self, peer: &Peer) -> Option<GroupName> {
        let groups = Self::list(peer);
        self.selected_index(&groups).map(|index| groups[index].name.clone())
    }

    fn selected_index(&self, groups: &[&Group]) -> Option<usize> {
        self.0.index(groups.iter().map(|group| &group.name))
    }
}

impl ListPane for Groups {
    fn index(&self, peer: &Peer) -> Option<usize> {
        self.selected_index(&Self::list(peer))
    }

    fn select(&mut self, peer: &Peer, index: usize) {
        let keys: Vec<GroupName> = Self::list(peer).into_iter().map(|group| group.name.clone()).collect();
        self.0.select(&keys, index);
    }

    fn is_selection_listed(&self, peer: &Peer) -> bool {
        self.0.key().is_some_and(|name| peer.groups().contains_key(name))
    }
}

/// Whether I am in the group, so that I can write there.
pub fn is_joined(peer: &Peer, name: &GroupName) -> bool {
    let id = ConversationId::Group(name.clone());
    peer.conversations().get(&id).is_some_and(|conversation| conversation.phase.is_open())
}
