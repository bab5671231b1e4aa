//! Help: all keys and commands. The typed words filter them.

use crossterm::event::{KeyCode, KeyEvent};

use super::component::{Component, scrolled, type_into_field};
use crate::app::{
    command::COMMANDS,
    event::{Event, ModelRef},
    keymap::{Action, Context},
    setting::SETTINGS,
    state::Composer,
};

/// The help page.
#[derive(Debug, Clone, Default)]
pub struct Help {
    /// The page shows only what contains these words.
    pub composer: Box<Composer>,
    /// The index of the first visible row.
    pub scroll: u16,
}

impl Help {
    pub(super) fn open(filter: String, _: &ModelRef<'_>) -> Self {
        Self { composer: Box::new(Composer::new(&filter)), scroll: 0 }
    }
}

/// Returns whether a text contains all words of a filter, in any case.
pub fn matches_filter(text: &str, filter: &str) -> bool {
    let text = text.to_lowercase();
    filter.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

impl Component for Help {
    fn context(&self) -> Context {
        Context::Find
    }

    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Up, Action::Down]
    }

    fn act(&mut self, action: Action, _: &ModelRef<'_>) -> Vec<Event> {
        if matches!(action, Action::Open | Action::Help) { vec![Event::Close] } else { Vec::new() }
    }

    fn field(&mut self) -> Option<&mut Composer> {
        Some(&mut self.composer)
    }

    fn field_changed(&mut self, _: &ModelRef<'_>) -> Vec<Event> {
        self.scroll = 0;
        Vec::new()
    }

    fn finds_nothing(&self, model: &ModelRef<'_>) -> bool {
        let finds = |left: &str, right: &'static str| {
            matches_filter(&format!("{left} {}", model.language.translate(right)), self.composer.as_str())
        };
        let is_found = Action::ALL.iter().any(|action| finds("", action.text()))
            || COMMANDS.iter().any(|command| finds(&command.usage(), command.description))
            || SETTINGS.iter().any(|row| finds(row.key, row.description));
        !is_found
    }

    /// Home and End scroll: a filter is too short to need them.
    fn typed(&mut self, key: KeyEvent, model: &ModelRef<'_>) -> Vec<Event> {
        match key.code {
            KeyCode::Home => self.scroll = 0,
            KeyCode::End => self.scroll = model.layout.overflow,
            _ => return type_into_field(self, key, model),
        }
        Vec::new()
    }

    fn scroll(&mut self, rows: i64, model: &ModelRef<'_>) -> bool {
        self.scroll = scrolled(self.scroll, -rows, model);
        true
    }
}
