//! What a new user needs to know, on one page.

use super::component::{Component, scrolled};
use crate::app::{
    event::{Event, ModelRef, OpenOverlay},
    keymap::Action,
};

/// The welcome page.
#[derive(Debug, Clone, Copy, Default)]
pub struct Welcome {
    /// The index of the first visible row.
    pub scroll: u16,
}

impl Welcome {
    pub(super) fn open(_: &ModelRef<'_>) -> Self {
        Self::default()
    }
}

impl Component for Welcome {
    fn act(&mut self, action: Action, _: &ModelRef<'_>) -> Vec<Event> {
        match action {
            Action::Open => vec![Event::Close],
            Action::Help => vec![Event::Open(OpenOverlay::Help(String::new()))],
            _ => Vec::new(),
        }
    }

    fn scroll(&mut self, rows: i64, model: &ModelRef<'_>) -> bool {
        self.scroll = scrolled(self.scroll, -rows, model);
        true
    }
}
