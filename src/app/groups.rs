//! The groups pane: which groups there are, and which one is selected.

use crate::{
    domain::{ConversationId, Group, GroupName},
    protocol::Peer,
};

/// What the pane remembers: a group, not a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    selected: Option<GroupName>,
}

impl State {
    /// The groups in the order of the pane: those that I am in, then the others, each by name.
    pub fn list(peer: &Peer) -> Vec<&Group> {
        let mut groups: Vec<&Group> = peer.groups().values().collect();
        groups.sort_by_key(|group| !is_in(peer, &group.name));
        groups
    }

    /// The index of the selected group; of the first where none was chosen.
    pub fn index(&self, peer: &Peer) -> Option<usize> {
        let groups = Self::list(peer);
        let chosen = self.selected.as_ref().and_then(|name| groups.iter().position(|group| group.name == *name));
        chosen.or_else(|| (!groups.is_empty()).then_some(0))
    }

    /// The selected group.
    pub fn selected(&self, peer: &Peer) -> Option<GroupName> {
        let index = self.index(peer)?;
        Self::list(peer).get(index).map(|group| group.name.clone())
    }

    /// Whether a group was chosen that is still listed.
    pub(super) fn is_chosen(&self, peer: &Peer) -> bool {
        self.selected.as_ref().is_some_and(|name| peer.groups().contains_key(name))
    }

    pub(super) fn select(&mut self, peer: &Peer, index: usize) {
        let groups = Self::list(peer);
        let index = index.min(groups.len().saturating_sub(1));
        self.selected = groups.get(index).map(|group| group.name.clone());
    }
}

/// Whether I can talk in the group.
pub(super) fn is_in(peer: &Peer, name: &GroupName) -> bool {
    let id = ConversationId::Group(name.clone());
    peer.conversations().get(&id).is_some_and(|conversation| conversation.phase.is_open())
}
