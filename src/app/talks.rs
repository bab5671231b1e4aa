//! All conversations as a list, the ended ones among them.

use super::{composer::Composer, front, line_mode, model::Model, overlay::Overlay};
use crate::{
    domain::{Conversation, ConversationId, Query},
    protocol::Peer,
};

/// The list, and what narrows it.
#[derive(Debug, Clone, Default)]
pub struct Talks {
    /// What the names have to contain.
    pub composer: Composer,
    selected: Option<ConversationId>,
}

impl Talks {
    /// Those whose names contain this.
    pub fn named(name: &str) -> Self {
        Self { composer: Composer::new(name), ..Self::default() }
    }

    /// The conversations whose names fit, the latest used first.
    pub fn list<'a>(&self, peer: &'a Peer) -> Vec<&'a Conversation> {
        let query = Query::new(&self.composer.text());
        let fits = |id: &ConversationId| query.as_ref().is_none_or(|query| query.is_in(&id.to_string()));
        let mut talks: Vec<&Conversation> = peer.conversations().values().filter(|talk| fits(&talk.id)).collect();
        talks.sort_by_key(|talk| std::cmp::Reverse(talk.active));
        talks
    }

    /// The index of the selected one in the list; of the first where none was chosen.
    pub fn index(&self, list: &[&Conversation]) -> Option<usize> {
        let chosen = self.selected.as_ref().and_then(|id| list.iter().position(|talk| talk.id == *id));
        chosen.or_else(|| (!list.is_empty()).then_some(0))
    }

    /// Selects one that lies `by` further.
    pub(super) fn step(&mut self, peer: &Peer, by: isize) {
        let list = self.list(peer);
        let Some(index) = self.index(&list) else { return };
        let index = index.saturating_add_signed(by).min(list.len() - 1);
        self.selected = list.get(index).map(|talk| talk.id.clone());
    }
}

pub(super) fn open(model: &mut Model, name: &str) {
    if model.is_line_mode() {
        return line_mode::go_to_talk(model, name);
    }
    model.overlay = Some(Overlay::Talks(Box::new(Talks::named(name))));
}

/// Brings the selected conversation to the front.
pub(super) fn show(model: &mut Model) {
    let Some(Overlay::Talks(talks)) = &model.overlay else { return };
    let list = talks.list(&model.peer);
    let chosen = talks.index(&list).and_then(|index| list.get(index)).map(|talk| talk.id.clone());
    if let Some(conversation) = chosen {
        model.overlay = None;
        front::show(model, &conversation);
    }
}
