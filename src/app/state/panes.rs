//! The panes, and the two views of papo.

use crate::domain::ListName;

/// A pane that can have the focus.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what a pane shows")]
pub enum Pane {
    Users,
    Groups,
    Inbox,
    /// The active chat, with its composer.
    #[default]
    Chat,
}

impl Pane {
    /// The list panes, from top to bottom.
    pub const LISTS: [Self; 3] = [Self::Users, Self::Groups, Self::Inbox];
    const ALL: [Self; 4] = [Self::Users, Self::Groups, Self::Inbox, Self::Chat];

    /// The list that the pane shows; `None` for the chat.
    pub const fn list(self) -> Option<ListName> {
        match self {
            Self::Users => Some(ListName::Users),
            Self::Groups => Some(ListName::Groups),
            Self::Inbox => Some(ListName::Inbox),
            Self::Chat => None,
        }
    }

    /// Returns whether the pane lists users or groups.
    pub const fn shows_directory(self) -> bool {
        matches!(self, Self::Users | Self::Groups)
    }

    /// Returns whether the pane shows one of these hidden lists.
    pub fn is_in(self, hidden: &[ListName]) -> bool {
        self.list().is_some_and(|list| hidden.contains(&list))
    }

    /// The pane `steps` further. After the last pane, the first follows.
    #[must_use]
    pub fn neighbour(self, steps: usize) -> Self {
        let at = Self::ALL.iter().position(|known| *known == self).unwrap_or(0);
        Self::ALL[(at + steps) % Self::ALL.len()]
    }
}

/// How papo shows the model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum View {
    /// Panes on the whole screen.
    #[default]
    Panes,
    /// Line mode: papo prints lines, each only once, so that a screen reader can follow.
    Lines,
}
