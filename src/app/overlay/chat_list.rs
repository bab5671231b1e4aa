//! All chats, the ended ones among them, narrowed by what one types.

use super::component::Component;
use crate::{
    app::{
        event::{Event, ModelRef},
        keymap::{Action, Context},
        state::{Composer, Selection, chats::matching_chats},
    },
    domain::{Conversation, ConversationId},
    protocol::Peer,
};

/// The list, and the field that narrows it.
#[derive(Debug, Clone)]
pub struct ChatList {
    /// Names have to contain this text.
    pub composer: Box<Composer>,
    selection: Selection<ConversationId>,
}

impl ChatList {
    pub(super) fn open(name: String, _: &ModelRef<'_>) -> Self {
        Self { composer: Box::new(Composer::new(&name)), selection: Selection::default() }
    }

    /// The conversations whose names fit, the latest used first.
    pub fn list<'p>(&self, peer: &'p Peer) -> Vec<&'p Conversation> {
        matching_chats(peer, &self.composer.text())
    }

    /// The place of the selected one in the list.
    pub fn selected_index(&self, list: &[&Conversation]) -> Option<usize> {
        self.selection.index(list.iter().map(|chat| &chat.id))
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
                let selected = self.selected_index(&list).map(|index| list[index].id.clone());
                selected.map_or_else(Vec::new, |id| vec![Event::Close, Event::Show(id)])
            }
            Action::ListChats => vec![Event::Close],
            _ => Vec::new(),
        }
    }

    fn field(&mut self) -> Option<&mut Composer> {
        Some(&mut self.composer)
    }

    fn selected(&self, model: &ModelRef<'_>) -> Option<usize> {
        self.selected_index(&self.list(model.peer))
    }

    fn step(&mut self, by: isize, model: &ModelRef<'_>) -> Vec<Event> {
        self.selection.step(self.list(model.peer).iter().map(|chat| &chat.id), by);
        Vec::new()
    }
}
