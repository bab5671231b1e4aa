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
        names(peer).nth(self.selected_index(peer)?).cloned()
    }
}

impl ListPane for Groups {
    fn selected_index(&self, peer: &Peer) -> Option<usize> {
        self.0.index(names(peer))
    }

    fn select(&mut self, peer: &Peer, index: usize) {
        self.0.select(names(peer), index);
    }
}

fn names(peer: &Peer) -> impl ExactSizeIterator<Item = &GroupName> {
    Groups::list(peer).into_iter().map(|group| &group.name)
}

/// Returns whether I am a member of the group, so that I can write there.
pub fn is_joined(peer: &Peer, name: &GroupName) -> bool {
    let id = ConversationId::Group(name.clone());
    peer.conversations().get(&id).is_some_and(|conversation| conversation.phase.is_open())
}
