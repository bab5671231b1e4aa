//! The log of all notices since the start.

use super::component::{Component, scrolled};
use crate::app::{
    event::{Event, ModelRef},
    keymap::Action,
};

/// The log of notices, opened at its end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Log {
    /// The number of rows below the last visible one.
    pub scroll: u16,
}

impl Log {
    pub(super) fn open(_: &ModelRef<'_>) -> Self {
        Self::default()
    }
}

impl Component for Log {
    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Up, Action::Down]
    }

    fn act(&mut self, action: Action, _: &ModelRef<'_>) -> Vec<Event> {
        if matches!(action, Action::Open | Action::Log) { vec![Event::Close] } else { Vec::new() }
    }

    fn scroll(&mut self, rows: i64, model: &ModelRef<'_>) -> bool {
        self.scroll = scrolled(self.scroll, rows, model);
        true
    }
}
