//! The tabs of the open conversations, in the upper border of the chat.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{layout::cells, row::Row, screen::Screen, text, theme::Role};
use crate::domain::{ConversationId, Phase};

const SEPARATOR: &str = "│";

/// The words of one tab: `bob` or `#devs`, the count of unread messages, and `ended`, `left` …
#[derive(Debug, Clone)]
struct Tab([String; 3]);

impl Tab {
    fn new(screen: Screen<'_>, id: &ConversationId) -> Self {
        let conversation = screen.peer.conversations().get(id);
        let unread = conversation.map_or(0, |conversation| conversation.unread);
        let unread = if unread > 0 { format!(" {unread}") } else { String::new() };
        let note = conversation.and_then(|conversation| note(conversation.phase));
        let note = note.map_or_else(String::new, |note| format!(" ({})", screen.translate(note)));
        Self([text::safe_line(&id.name(screen.peer.me())), unread, note])
    }

    /// Its width with the blanks around it and the line behind it.
    fn width(&self) -> usize {
        self.0.iter().map(|word| text::width(word)).sum::<usize>() + 3
    }
}

/// The key of a remark on an unusual phase.
pub const fn note(phase: Phase) -> Option<&'static str> {
    match phase {
        Phase::Open { ended_by_me: false, ended_by_peer: false } => None,
        Phase::Open { .. } => Some("phase-ending"),
        Phase::Closed => Some("phase-ended"),
        Phase::Left => Some("phase-left"),
        Phase::Removed => Some("phase-removed"),
        Phase::Disbanded => Some("phase-disbanded"),
    }
}

/// Draws the tabs that fit, the active one among them; returns their places.
pub fn draw(screen: Screen<'_>, area: Rect, buf: &mut Buffer) -> Vec<(usize, Rect)> {
    let chats = &screen.model.chats;
    let active = chats.active();
    let tabs: Vec<Tab> = chats.tabs().iter().map(|tab| Tab::new(screen, &tab.conversation)).collect();
    let seen = seen(&tabs, active.unwrap_or(0), usize::from(area.width));
    let mut places = Vec::new();
    let mut x = area.x;
    for (index, tab) in tabs.iter().enumerate().skip(seen.start).take(seen.len()) {
        let is_last = index + 1 == seen.end;
        let role = if active == Some(index) { Role::TabActive } else { Role::Tab };
        let Tab([name, unread, note]) = tab;
        let before = if index == seen.start && index > 0 { "‹" } else { " " };
        let mut row = Row::of(before, screen.style(Role::Dim));
        row.push(name, screen.style(role)).push(unread, screen.style(Role::Unread));
        let after = if is_last && index + 1 < tabs.len() { "›" } else { " " };
        row.push(note, screen.style(Role::Dim)).push(after, screen.style(Role::Dim));
        if !is_last {
            row.push(SEPARATOR, screen.style(Role::Frame));
        }
        let width = cells(row.left_width()).min(area.right() - x);
        let place = Rect { x, width, height: 1, ..area };
        row.draw(place, screen.style(Role::Text), buf);
        places.push((index, place));
        x += width;
    }
    places
}

/// Which tabs fit: as many before the active one as possible, then as many behind it.
fn seen(tabs: &[Tab], active: usize, columns: usize) -> std::ops::Range<usize> {
    let Some(tab) = tabs.get(active) else {
        return 0..0;
    };
    // The last tab has no line behind it.
    let mut room = (columns + 1).saturating_sub(tab.width());
    let (mut start, mut end) = (active, active + 1);
    while let Some(before) = start.checked_sub(1).filter(|before| tabs[*before].width() <= room) {
        room -= tabs[before].width();
        start = before;
    }
    while let Some(behind) = tabs.get(end).filter(|behind| behind.width() <= room) {
        room -= behind.width();
        end += 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tab(name: &str) -> Tab {
        Tab([name.to_owned(), String::new(), String::new()])
    }

    #[test]
    fn the_active_tab_is_always_seen() {
        let tabs = ["alice", "bob", "carol", "dave", "eve"].map(tab);
        for columns in 0..60 {
            for active in 0..tabs.len() {
                assert!(seen(&tabs, active, columns).contains(&active));
            }
        }
        assert_eq!(seen(&tabs, 0, 60), 0..5);
        assert_eq!(seen(&tabs, 4, 15), 3..5);
    }
}
