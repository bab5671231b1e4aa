//! The panes, and which of them are shown.

use crate::domain::ListName;

/// A pane that can have the focus.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is called what it shows")]
pub enum Pane {
    #[default]
    Users,
    Groups,
    Inbox,
    /// The active chat, with its composer.
    Chat,
}

impl Pane {
    /// Those that are lists, from the top.
    pub const LISTS: [Self; 3] = [Self::Users, Self::Groups, Self::Inbox];
    const ALL: [Self; 4] = [Self::Users, Self::Groups, Self::Inbox, Self::Chat];

    /// The list that it shows.
    pub const fn list(self) -> Option<ListName> {
        match self {
            Self::Users => Some(ListName::Users),
            Self::Groups => Some(ListName::Groups),
            Self::Inbox => Some(ListName::Inbox),
            Self::Chat => None,
        }
    }

    /// Whether it is among hidden lists.
    pub fn is_in(self, hidden: &[ListName]) -> bool {
        self.list().is_some_and(|list| hidden.contains(&list))
    }

    /// The pane that lies `steps` further, around the end.
    #[must_use]
    pub fn neighbour(self, steps: usize) -> Self {
        let at = Self::ALL.iter().position(|known| *known == self).unwrap_or(0);
        Self::ALL[(at + steps) % Self::ALL.len()]
    }
}

/// How the model is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum View {
    /// On the whole screen, in panes.
    #[default]
    Panes,
    /// In lines, each printed once: what a screen reader can follow.
    Lines,
}
