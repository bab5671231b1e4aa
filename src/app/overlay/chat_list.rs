//! The list of all chats, including those that ended. The typed text filters it.

use super::component::Component;
use crate::{
    app::{
        event::{Event, ModelRef},
        keymap::{Action, Context},
        state::{Composer, Selection, chats::matching_chats},
    },
    domain::ChatId,
    protocol::{Chat, Peer},
};

/// The list of chats, and the field that filters it.
#[derive(Debug, Clone)]
pub struct ChatList {
    /// The list shows only chats whose name contains this text.
    pub composer: Box<Composer>,
    selection: Selection<ChatId>,
}

impl ChatList {
    pub(super) fn open(name: String, _: &ModelRef<'_>) -> Self {
        Self { composer: Box::new(Composer::new(&name)), selection: Selection::default() }
    }

    /// The chats whose names match, the most recently used first.
    pub fn list<'p>(&self, peer: &'p Peer) -> Vec<Chat<'p>> {
        matching_chats(peer, &self.composer.text())
    }

    /// The index of the selected chat in `list`.
    pub fn selected_index(&self, list: &[Chat<'_>]) -> Option<usize> {
        self.selection.index(list.iter().map(Chat::id))
    }
}

impl Component for ChatList {
    fn context(&self) -> Context {
        Context::Find
    }

    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Open]
    }

    fn act(&mut self, action: Action, model: &ModelRef<'_>) -> Vec<Event> {
        match action {
            Action::Open => {
                let list = self.list(model.peer);
                let selected = self.selected_index(&list).map(|index| list[index].id().clone());
                selected.map_or_else(Vec::new, |id| vec![Event::Close, Event::Show(id)])
            }
            Action::ListChats => vec![Event::Close],
            _ => Vec::new(),
        }
    }

    fn field(&mut self) -> Option<&mut Composer> {
        Some(&mut self.composer)
    }

    fn finds_nothing(&self, model: &ModelRef<'_>) -> bool {
        self.list(model.peer).is_empty()
    }

    fn selected(&self, model: &ModelRef<'_>) -> Option<usize> {
        self.selected_index(&self.list(model.peer))
    }

    fn step(&mut self, by: isize, model: &ModelRef<'_>) -> Vec<Event> {
        self.selection.step(self.list(model.peer).iter().map(Chat::id), by);
        Vec::new()
    }
}
