//! What is known of a user or a group.

use super::component::{Component, scrolled};
use crate::{
    app::{
        event::{Event, ModelRef},
        keymap::Action,
    },
    domain::ChatId,
};

/// The page about a user or a group.
#[derive(Debug, Clone)]
pub struct Whois {
    /// The user or the group.
    pub subject: ChatId,
    /// The index of the first visible row.
    pub scroll: u16,
}

impl Whois {
    pub(super) fn open(subject: ChatId, _: &ModelRef<'_>) -> Self {
        Self { subject, scroll: 0 }
    }
}

impl Component for Whois {
    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Up, Action::Down]
    }

    fn act(&mut self, action: Action, _: &ModelRef<'_>) -> Vec<Event> {
        if action == Action::Open { vec![Event::Close] } else { Vec::new() }
    }

    fn scroll(&mut self, rows: i64, model: &ModelRef<'_>) -> bool {
        self.scroll = scrolled(self.scroll, -rows, model);
        true
    }
}
