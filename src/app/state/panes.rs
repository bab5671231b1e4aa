//! The panes: which one has the focus, and how they are arranged.

use std::mem;

/// How wide the lists are unless the configuration says otherwise.
const LISTS_WIDTH: u16 = 28;

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

    /// How commands and the configuration call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Groups => "groups",
            Self::Inbox => "inbox",
            Self::Chat => "chat",
        }
    }

    fn neighbour(self, steps: usize) -> Self {
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

/// Where the panes are to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrangement {
    /// Whether the lists stand to the right of the chat.
    pub lists_at_right: bool,
    /// The columns of the lists, where there is room.
    pub width: u16,
    /// Lists that are shown only while they have the focus.
    pub hidden: Vec<Pane>,
}

impl Default for Arrangement {
    fn default() -> Self {
        Self { lists_at_right: false, width: LISTS_WIDTH, hidden: Vec::new() }
    }
}

/// The focus and the arrangement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Panes {
    /// Which pane has the keys.
    pub focus: Pane,
    /// Where the panes are to be.
    pub arrangement: Arrangement,
}

impl Panes {
    /// Panes of this arrangement; the chat has the focus in line mode, where nothing else can have it.
    pub fn new(view: View, arrangement: Arrangement) -> Self {
        Self { focus: if view == View::Lines { Pane::Chat } else { Pane::default() }, arrangement }
    }

    /// Moves the focus to the next pane.
    pub fn next(&mut self) {
        self.focus = self.focus.neighbour(1);
    }

    /// Moves the focus to the previous pane.
    pub fn previous(&mut self) {
        self.focus = self.focus.neighbour(3);
    }

    /// Whether all lists are hidden.
    pub fn are_all_hidden(&self) -> bool {
        Pane::LISTS.iter().all(|list| self.arrangement.hidden.contains(list))
    }

    /// Hides a list or shows it, or all of them; returns the value of `ui.hide` that the configuration is to have.
    pub fn set_visibility(&mut self, list: Option<Pane>, hide: bool) -> String {
        let before = mem::take(&mut self.arrangement.hidden);
        let is_meant = |known: Pane| list.is_none_or(|list| list == known);
        let is_hidden = |known: &Pane| if is_meant(*known) { hide } else { before.contains(known) };
        self.arrangement.hidden = Pane::LISTS.into_iter().filter(is_hidden).collect();
        if self.arrangement.hidden.contains(&self.focus) {
            self.focus = Pane::Chat;
        }
        let names: Vec<String> = self.arrangement.hidden.iter().map(|list| format!("{:?}", list.name())).collect();
        format!("[{}]", names.join(", "))
    }
}
