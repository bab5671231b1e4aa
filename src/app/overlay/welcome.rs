//! What a new user needs to know, on one page.

use crossterm::event::{KeyCode, KeyEvent};

use super::component::{Component, bound_key, is_text, scrolled};
use crate::app::{
    event::{Event, ModelRef, OpenOverlay},
    keymap::Action,
    state::Pane,
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
    /// Text closes the page and goes to the composer: a user who types has read enough.
    fn key(&mut self, key: KeyEvent, action: Option<Action>, model: &ModelRef<'_>) -> Vec<Event> {
        match key.code {
            KeyCode::Char(' ') if key.modifiers.is_empty() => vec![Event::Close],
            KeyCode::Char(c) if is_text(key) => {
                vec![Event::Close, Event::Focus(Pane::Chat), Event::Insert(c.to_string())]
            }
            _ => bound_key(self, key, action, model),
        }
    }

    /// A notice may name a key that goes elsewhere: it works here, too.
    fn act(&mut self, action: Action, _: &ModelRef<'_>) -> Vec<Event> {
        match action {
            Action::Open => vec![Event::Close],
            Action::Help => vec![Event::Open(OpenOverlay::Help(String::new()))],
            _ => vec![Event::Close, Event::Act(action)],
        }
    }

    fn scroll(&mut self, rows: i64, model: &ModelRef<'_>) -> bool {
        self.scroll = scrolled(self.scroll, -rows, model);
        true
    }
}
