//! What every pane needs to draw itself.

use ratatui::style::Style;

use super::{
    clock::Clock,
    row::Row,
    theme::{Role, Theme},
};
use crate::{
    app::{Action, Context, Model, Pane},
    domain::{LocalizedText, UserId, localized},
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
    /// The text in the user's language.
    pub fn translate(self, text: impl Into<LocalizedText>) -> String {
        self.clock.language.translate(text)
    }

    /// Adds the blank before an id, or a mark there where it looks like another, which stays when the row is cut. Gives
    /// the words for that.
    pub fn push_doubt(self, row: &mut Row, id: &UserId) -> Option<String> {
        let like = self.model.lookalikes.of(id);
        let (mark, role) = if like.is_some() { ("!", Role::Warning) } else { (" ", Role::Dim) };
        row.push(mark, self.style(role));
        like.map(|known| format!("({})", self.translate(localized!("looks-like", known))))
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
