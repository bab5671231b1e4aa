//! The message info: when a message was sent, and who received it.

use super::component::Component;
use crate::app::{
    event::{Event, ModelRef},
    keymap::Action,
};

/// The info about a message of the active chat.
#[derive(Debug, Clone, Copy)]
pub struct Details {
    /// The position of the message in the conversation.
    pub seq: u64,
}

impl Details {
    pub(super) fn open(seq: u64, _: &ModelRef<'_>) -> Self {
        Self { seq }
    }
}

impl Component for Details {
    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel]
    }

    fn act(&mut self, action: Action, _: &ModelRef<'_>) -> Vec<Event> {
        if matches!(action, Action::Open | Action::Details) { vec![Event::Close] } else { Vec::new() }
    }
}
