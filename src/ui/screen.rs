//! What every pane needs to draw itself.

use ratatui::style::Style;

use super::{
    clock::Clock,
    theme::{Role, Theme},
};
use crate::{
    app::{Action, Context, Model, Pane},
    domain::Phrase,
    protocol::Peer,
};

/// What is to be seen, what it looks like, and what time it is.
#[derive(Debug, Clone, Copy)]
pub struct Screen<'a> {
    /// What is to be seen.
    pub model: &'a Model,
    /// The part of the model that is true between users.
    pub peer: &'a Peer,
    /// What things look like.
    pub theme: &'a Theme,
    /// What time it is.
    pub clock: Clock<'a>,
}

impl Screen<'_> {
    /// Says it in the reader's language.
    pub fn say(self, phrase: impl Into<Phrase>) -> String {
        self.clock.language.say(phrase)
    }

    /// How `role` looks.
    pub fn style(self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// How a pane's border looks.
    pub fn frame(self, pane: Pane) -> Style {
        self.style(if self.model.focus == pane { Role::FrameFocused } else { Role::Frame })
    }

    /// How a pane's name looks.
    pub fn title(self, pane: Pane) -> Style {
        self.style(if self.model.focus == pane { Role::TitleFocused } else { Role::Title })
    }

    /// What to press for `action` in a context; what it is called where no key does it.
    pub fn key(self, context: Context, action: Action) -> String {
        let key = self.model.keymap.key_for(context, action);
        key.map_or_else(|| action.name().to_owned(), |key| key.to_string())
    }
}
