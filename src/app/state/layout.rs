//! Where things ended up on the screen, as the view reports it.

use ratatui::layout::{Position, Rect};

use super::{panes::Pane, scroll::Scroll};
use crate::domain::Timestamp;

/// Where things are in the frame that was drawn last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the others are called what they place")]
pub struct Layout {
    pub users: ListLayout,
    pub groups: ListLayout,
    pub inbox: ListLayout,
    /// The tabs that are seen, by their index.
    pub tabs: Vec<(usize, Rect)>,
    pub chat: ChatLayout,
    pub composer: Rect,
    /// The items of the overlay's list that are seen, by their index.
    pub over: Vec<(usize, Rect)>,
    /// How many rows of the overlay do not fit.
    pub overflow: u16,
    /// When a time on the screen, such as `5 min ago`, is no longer true.
    pub stale_at: Option<Timestamp>,
}

impl Layout {
    /// Where a list is; nothing for the chat.
    pub fn list(&self, pane: Pane) -> Option<&ListLayout> {
        match pane {
            Pane::Users => Some(&self.users),
            Pane::Groups => Some(&self.groups),
            Pane::Inbox => Some(&self.inbox),
            Pane::Chat => None,
        }
    }
}

/// The index of the item that is at a position.
pub fn hit(places: &[(usize, Rect)], at: Position) -> Option<usize> {
    places.iter().find(|(_, place)| place.contains(at)).map(|(index, _)| *index)
}

/// Where a list is, and which item is in which place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListLayout {
    /// The whole pane.
    pub area: Rect,
    /// The items that are seen, by their index.
    pub items: Vec<(usize, Rect)>,
}

/// A link on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its columns in one row.
    pub area: Rect,
    /// Its target; only characters that RFC 3986 allows.
    pub url: String,
}

/// Where the messages are, and how far they can be scrolled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatLayout {
    /// The rows that show messages.
    pub area: Rect,
    /// The part that is seen, not beyond either end.
    pub scroll: Scroll,
    /// The part a page further up, if that is known: the highest row now is the lowest there.
    pub above: Option<Scroll>,
    /// Whether the first message that is loaded is seen.
    pub at_top: bool,
    /// The links that are seen; a link over several rows is there once for each.
    pub links: Vec<Link>,
    /// The first and the last message of which all is seen.
    pub seen: Option<(u64, u64)>,
}
