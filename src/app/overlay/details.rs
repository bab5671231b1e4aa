//! The message info: when a message was sent, and who received it.

use super::component::{Component, scrolled};
use crate::app::{
    event::{Event, ModelRef},
    keymap::Action,
};

/// The info about a message of the active chat.
#[derive(Debug, Clone, Copy)]
pub struct Details {
    /// The position of the message in the conversation.
    pub seq: u64,
    /// The index of the first visible row.
    pub scroll: u16,
}

impl Details {
    pub(super) fn open(seq: u64, _: &ModelRef<'_>) -> Self {
        Self { seq, scroll: 0 }
    }
}

impl Component for Details {
    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Up, Action::Down]
    }

    fn act(&mut self, action: Action, _: &ModelRef<'_>) -> Vec<Event> {
        if matches!(action, Action::Open | Action::Details) { vec![Event::Close] } else { Vec::new() }
    }

    fn scroll(&mut self, rows: i64, model: &ModelRef<'_>) -> bool {
        self.scroll = scrolled(self.scroll, -rows, model);
        true
    }
}
