//! What every pane needs to draw itself.

use ratatui::style::Style;

use super::{
    clock::Clock,
    theme::{Role, Theme},
};
use crate::protocol::Peer;

/// What is true, what it looks like, and what time it is.
#[derive(Debug, Clone, Copy)]
pub struct Screen<'a> {
    /// What is true between users.
    pub peer: &'a Peer,
    /// What things look like.
    pub theme: &'a Theme,
    /// What time it is.
    pub clock: Clock<'a>,
}

impl Screen<'_> {
    /// How `role` looks.
    pub fn style(self, role: Role) -> Style {
        self.theme.style(role)
    }
}
