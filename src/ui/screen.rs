//! The context that every pane needs to draw itself.

use ratatui::style::Style;

use super::{
    clock::Clock,
    row::Row,
    theme::{Role, Theme},
};
use crate::{
    app::{Action, Context, LocalizedText, Model, Pane, localized},
    domain::UserId,
    protocol::Peer,
};

/// The model, the theme, and the clock for times.
#[derive(Debug, Clone, Copy)]
pub struct Screen<'a> {
    pub model: &'a Model,
    pub peer: &'a Peer,
    pub theme: &'a Theme,
    pub clock: Clock<'a>,
}

impl Screen<'_> {
    /// The text in the user's language.
    pub fn translate(self, text: impl Into<LocalizedText>) -> String {
        self.clock.language.translate(text)
    }

    /// Adds the mark before an ID: `!` if it looks like another user's ID, else a space. Returns the warning as text;
    /// `None` if there is none. The mark stays visible when the row is cut.
    pub fn push_lookalike_mark(self, row: &mut Row, id: &UserId) -> Option<String> {
        let like = self.model.lookalikes.of(id);
        let (mark, role) = if like.is_some() { ("!", Role::Warning) } else { (" ", Role::Dim) };
        row.push(mark, self.style(role));
        like.map(|known| format!("({})", self.translate(localized!("looks-like", known))))
    }

    /// The style of a role.
    pub fn style(self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// The style of a pane's border.
    pub fn frame(self, pane: Pane) -> Style {
        self.style(if self.model.focus == pane { Role::FrameFocused } else { Role::Frame })
    }

    /// A pane's title, in its border.
    pub fn title(self, pane: Pane, text: &'static str) -> Row {
        Row::of(format!(" {} ", self.translate(text)), self.style(self.title_role(pane)))
    }

    /// The role of a pane's title.
    pub fn title_role(self, pane: Pane) -> Role {
        if self.model.focus == pane { Role::TitleFocused } else { Role::Title }
    }

    /// The key for `action` in a context; the action's name if no key is bound to it.
    pub fn key(self, context: Context, action: Action) -> String {
        self.model.keymap.key_or_name(context, action)
    }
}
