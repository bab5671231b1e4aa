//! The question what to do with a message that was dropped: send it again, or remove it from the chat.

use super::component::Component;
use crate::{
    app::{
        event::{Event, ModelRef},
        keymap::{Action, Context},
    },
    domain::{ChatMessage, ConversationId},
    protocol::Command,
};

/// The question about a dropped message of mine.
#[derive(Debug, Clone)]
pub struct Dropped {
    /// The message and its conversation; [`None`] if it is no longer loaded.
    message: Option<(ConversationId, ChatMessage)>,
}

impl Dropped {
    pub(super) fn open(seq: u64, model: &ModelRef<'_>) -> Self {
        let tab = model.chats.active_tab();
        let message = tab.and_then(|tab| {
            let chat = model.peer.chat(&tab.chat)?;
            Some((chat.locate(seq)?.0.clone(), tab.window.get(seq)?.clone()))
        });
        Self { message }
    }

    /// Its text.
    pub fn words(&self) -> &str {
        self.message.as_ref().map_or("", |(_, message)| message.body.words())
    }
}

impl Component for Dropped {
    fn context(&self) -> Context {
        Context::Outbox
    }

    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::SendAgain, Action::Drop]
    }

    fn act(&mut self, action: Action, _: &ModelRef<'_>) -> Vec<Event> {
        let Some((conversation, message)) = self.message.clone() else { return vec![Event::Close] };
        let Some(n) = message.sequence_number else { return Vec::new() };
        let command = match action {
            Action::SendAgain => {
                let (text, relation) = (message.body.words().to_owned(), message.relation);
                Command::SendDropped { conversation, n, text, relation }
            }
            Action::Drop => Command::Hide { conversation, n },
            _ => return Vec::new(),
        };
        vec![Event::Close, Event::Unchoose, Event::Command(command)]
    }

    fn is_over(&self, _: &ModelRef<'_>) -> bool {
        self.message.is_none()
    }
}
