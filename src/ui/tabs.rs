//! The tabs of the open chats, in the upper border of the chat pane.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{layout::cells, row::Row, screen::Screen, text, theme::Role};
use crate::{
    domain::{ChatId, Phase},
    protocol::Chat,
};

const SEPARATOR: &str = "│";

/// The texts of a tab: the name (`bob`, `#devs`), the number of unread messages, and a note (`ended`, `left`). The last
/// two may be empty.
#[derive(Debug, Clone)]
struct Tab([String; 3]);

impl Tab {
    fn new(screen: Screen<'_>, id: &ChatId) -> Self {
        let chat = screen.peer.chat(id);
        let unread = chat.as_ref().map_or(0, Chat::unread);
        let unread = if unread > 0 { format!(" {unread}") } else { String::new() };
        let note = chat.and_then(|chat| note(chat.phase()));
        let note = note.map_or_else(String::new, |note| format!(" ({})", screen.translate(note)));
        Self([text::safe_line(&id.to_string()), unread, note])
    }

    /// The width in columns, including a space on each side and the separator.
    fn width(&self) -> usize {
        self.0.iter().map(|word| text::width(word)).sum::<usize>() + 3
    }
}

/// The text key of the note about a phase; `None` for an open conversation that nobody wants to end.
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

/// Draws as many tabs as fit, always including the active one. Returns the index and the area of each.
pub fn draw(screen: Screen<'_>, area: Rect, buf: &mut Buffer) -> Vec<(usize, Rect)> {
    let chats = &screen.model.chats;
    let active = chats.active();
    let tabs: Vec<Tab> = chats.tabs().iter().map(|tab| Tab::new(screen, &tab.chat)).collect();
    let visible = visible(&tabs, active.unwrap_or(0), usize::from(area.width));
    let mut tab_areas = Vec::new();
    let mut x = area.x;
    for (index, tab) in tabs.iter().enumerate().skip(visible.start).take(visible.len()) {
        let is_last = index + 1 == visible.end;
        let role = if active == Some(index) { Role::TabActive } else { Role::Tab };
        let Tab([name, unread, note]) = tab;
        let before = if index == visible.start && index > 0 { "‹" } else { " " };
        let mut row = Row::of(before, screen.style(Role::Dim));
        row.push(name, screen.style(role)).push(unread, screen.style(Role::Unread));
        let after = if is_last && index + 1 < tabs.len() { "›" } else { " " };
        row.push(note, screen.style(Role::Dim)).push(after, screen.style(Role::Dim));
        if !is_last {
            row.push(SEPARATOR, screen.style(Role::Frame));
        }
        let width = cells(row.left_width()).min(area.right() - x);
        let tab_area = Rect { x, width, height: 1, ..area };
        row.draw(tab_area, screen.style(Role::Text), buf);
        tab_areas.push((index, tab_area));
        x += width;
    }
    tab_areas
}

/// The indices of the tabs that fit: the active one, then as many before it as possible, then as many after it. Empty
/// if there are no tabs.
fn visible(tabs: &[Tab], active: usize, columns: usize) -> std::ops::Range<usize> {
    let Some(tab) = tabs.get(active) else {
        return 0..0;
    };
    // The last tab has no separator.
    let mut room = (columns + 1).saturating_sub(tab.width());
    let (mut start, mut end) = (active, active + 1);
    while let Some(before) = start.checked_sub(1).filter(|before| tabs[*before].width() <= room) {
        room -= tabs[before].width();
        start = before;
    }
    while let Some(after) = tabs.get(end).filter(|after| after.width() <= room) {
        room -= after.width();
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
    fn active_tab_is_always_visible() {
        let tabs = ["alice", "bob", "carol", "dave", "eve"].map(tab);
        for columns in 0..60 {
            for active in 0..tabs.len() {
                assert!(visible(&tabs, active, columns).contains(&active));
            }
        }
        assert_eq!(visible(&tabs, 0, 60), 0..5);
        assert_eq!(visible(&tabs, 4, 15), 3..5);
    }
}
