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
        let (mut groups, others): (Vec<&Group>, Vec<&Group>) =
            peer.groups().values().partition(|group| is_joined(peer, &group.name));
        groups.extend(others);
        groups
    }

    /// The name of the selected group.
    pub fn selected(&self, peer: &Peer) -> Option<GroupName> {
        let groups = Self::list(peer);
        let index = self.0.index(groups.iter().map(|group| &group.name))?;
        Some(groups[index].name.clone())
    }
}

impl ListPane for Groups {
    fn selected_index(&self, peer: &Peer) -> Option<usize> {
        self.0.index(names(peer))
    }

    fn select(&mut self, peer: &Peer, index: usize) {
        self.0.select(names(peer).iter().copied(), index);
    }

    fn step(&mut self, peer: &Peer, by: isize) {
        self.0.step(names(peer).iter().copied(), by);
    }

    fn is_selection_listed(&self, peer: &Peer) -> bool {
        self.0.key().is_some_and(|name| peer.groups().contains_key(name))
    }
}

fn names(peer: &Peer) -> Vec<&GroupName> {
    Groups::list(peer).into_iter().map(|group| &group.name).collect()
}

/// Returns whether I am a member of the group, so that I can write there.
pub fn is_joined(peer: &Peer, name: &GroupName) -> bool {
    let id = ConversationId::Group(name.clone());
    peer.conversations().get(&id).is_some_and(|conversation| conversation.phase.is_open())
}
