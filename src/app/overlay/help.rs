//! Help: all keys and commands.

use super::component::{Component, scrolled};
use crate::app::{
    event::{Event, ModelRef},
    keymap::Action,
};

/// The help page.
#[derive(Debug, Clone, Copy, Default)]
pub struct Help {
    /// The index of the first visible row.
    pub scroll: u16,
}

impl Help {
    pub(super) fn open(_: &ModelRef<'_>) -> Self {
        Self::default()
    }
}

impl Component for Help {
    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Up, Action::Down]
    }

    fn act(&mut self, action: Action, _: &ModelRef<'_>) -> Vec<Event> {
        if matches!(action, Action::Open | Action::Help) { vec![Event::Close] } else { Vec::new() }
    }

    fn scroll(&mut self, rows: i64, model: &ModelRef<'_>) -> bool {
        self.scroll = scrolled(self.scroll, -rows, model);
        true
    }
}
