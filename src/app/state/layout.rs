//! The layout of the last frame: where everything was drawn. The view reports it; mouse clicks and scrolling use it.

use std::ops::RangeInclusive;

use ratatui::layout::{Position, Rect};

use super::{panes::Pane, scroll::Scroll};
use crate::{app::keymap::Action, domain::Timestamp};

/// Where everything was drawn in the last frame.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the other fields are named after the area they hold")]
pub struct Layout {
    pub users: ListLayout,
    pub groups: ListLayout,
    pub inbox: ListLayout,
    /// The visible tabs, each with its index.
    pub tabs: Vec<(usize, Rect)>,
    pub chat: ChatLayout,
    /// The hints, each with its action.
    pub hints: Vec<(Action, Rect)>,
    /// The counts of the header, each with the action that goes to what it counts.
    pub counts: Vec<(Action, Rect)>,
    /// The rule between the lists and the chat, if dragging it changes the width of the lists.
    pub lists_rule: Rect,
    /// The width of the lists and that rule.
    pub lists_width: u16,
    /// The chat beside the active one; its area is empty if there is none.
    pub beside: Box<ChatLayout>,
    /// The half of the screen with the chat beside the active one, its title and its composer.
    pub beside_half: Rect,
    /// Whether there is room for two chats side by side.
    pub can_split: bool,
    pub composer: Rect,
    /// The index of the first visible row of the composer.
    pub composer_first_row: usize,
    /// The visible items of the overlay's list, each with its index.
    pub overlay_items: Vec<(usize, Rect)>,
    /// How many rows of the overlay do not fit on the screen: the limit of its scrolling.
    pub overflow: u16,
    /// When the screen must be redrawn because a relative time on it, such as `5 min ago`, changes.
    pub stale_at: Option<Timestamp>,
}

impl Layout {
    /// The layout of a list pane; `None` for the chat.
    pub fn list(&self, pane: Pane) -> Option<&ListLayout> {
        match pane {
            Pane::Users => Some(&self.users),
            Pane::Groups => Some(&self.groups),
            Pane::Inbox => Some(&self.inbox),
            Pane::Chat => None,
        }
    }

    /// The width at which the composer wraps its text; without limit if no composer was drawn.
    pub fn composer_columns(&self) -> usize {
        if self.composer.is_empty() { usize::MAX } else { self.composer.width.into() }
    }

    /// How many items of a list, or messages of the chat, half a page is.
    pub fn half_page(&self, pane: Pane) -> isize {
        let shown = match self.list(pane) {
            Some(list) => list.items.len(),
            None => self
                .chat
                .fully_visible
                .map_or(0, |(first, last)| (first..=last).filter(|seq| self.chat.line_of(*seq) == *seq).count()),
        };
        (shown / 2).max(1).cast_signed()
    }
}

/// The item at a position.
pub fn item_at<T: Copy>(items: &[(T, Rect)], at: Position) -> Option<T> {
    items.iter().find(|(_, area)| area.contains(at)).map(|(item, _)| *item)
}

/// The position of a list pane and of its items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListLayout {
    /// The whole pane.
    pub area: Rect,
    /// The visible items, each with its index.
    pub items: Vec<(usize, Rect)>,
}

/// A link on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The cells of the link in one row of the screen.
    pub area: Rect,
    /// The target of the link. It contains only characters that RFC 3986 allows.
    pub url: String,
}

/// The position of the messages in the active chat, and how far it is scrolled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatLayout {
    /// The rows that show messages.
    pub area: Rect,
    /// The scroll position, clamped to both ends of the chat.
    pub scroll: Scroll,
    /// The scroll position one page up, at which the top row of this frame becomes the bottom row; `None` if unknown.
    pub page_above: Option<Scroll>,
    /// True if the first loaded message is visible.
    pub at_top: bool,
    /// The visible rows of messages, each with the position of its message.
    pub messages: Vec<(u64, Rect)>,
    /// The visible links. A link that wraps has one entry per row.
    pub links: Vec<Link>,
    /// What leads to the newest message while the user reads back; empty at the end of the chat.
    pub newest: Rect,
    /// The positions of the first and the last message that are completely visible.
    pub fully_visible: Option<(u64, u64)>,
    /// Messages that are one line, in ascending order: the positions of each such run. The line is at the first one.
    pub runs: Vec<RangeInclusive<u64>>,
}

impl ChatLayout {
    /// The run of messages with this position.
    pub fn run_of(&self, seq: u64) -> Option<&RangeInclusive<u64>> {
        let index = self.runs.partition_point(|run| *run.end() < seq);
        self.runs.get(index).filter(|run| run.contains(&seq))
    }

    /// The position of the line that shows a message: that of the message, or of the first message of its run.
    pub fn line_of(&self, seq: u64) -> u64 {
        self.run_of(seq).map_or(seq, |run| *run.start())
    }
}
