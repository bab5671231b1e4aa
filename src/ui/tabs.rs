//! The line of tabs, above the messages.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{layout::cells, row::Row, screen::Screen, text, theme::Role};
use crate::{
    app::Pane,
    domain::{ChatId, Phase},
    protocol::Chat,
};

const SEPARATOR: &str = "│";
/// How many tabs have a key of their own, and show its digit: 0 for the last of them.
const NUMBERED: usize = 10;

/// The texts of a tab: its number (`1 `), the name (`bob`, `#devs`), the number of unread messages, and a note
/// (`ended`, `left`). All but the name may be empty.
#[derive(Debug, Clone)]
struct Tab {
    words: [String; 4],
    unread: u64,
}

impl Tab {
    fn new(screen: Screen<'_>, index: usize, id: &ChatId) -> Self {
        let chat = screen.peer.chat(id);
        let unread = chat.as_ref().map_or(0, Chat::unread);
        let number = if index < NUMBERED { format!("{} ", (index + 1) % NUMBERED) } else { String::new() };
        let count = if unread > 0 { format!(" {unread}") } else { String::new() };
        let note = chat.and_then(|chat| note(chat.phase()));
        let note = note.map_or_else(String::new, |note| format!(" ({})", screen.translate(note)));
        Self { words: [number, text::safe_line(&id.to_string()), count, note], unread }
    }

    /// The width in columns, including a space on each side and the separator.
    fn width(&self) -> usize {
        self.words.iter().map(|word| text::width(word)).sum::<usize>() + 3
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

/// Draws as many tabs as fit, always including the active one; `‹2●` counts the unread messages of those that do not
/// fit. Returns the index and the area of each tab. A count leads to the nearest unread tab that it stands for.
pub fn draw(screen: Screen<'_>, area: Rect, buf: &mut Buffer) -> Vec<(usize, Rect)> {
    let chats = &screen.model.chats;
    let (active, beside) = (chats.active(), chats.beside().map(|(tab, _)| tab));
    let tabs: Vec<Tab> =
        chats.tabs().iter().enumerate().map(|(index, tab)| Tab::new(screen, index, &tab.chat)).collect();
    let visible = visible(&tabs, active.unwrap_or(0), usize::from(area.width));
    let active_style = match screen.model.focus {
        Pane::Chat => screen.style(Role::TabActive).patch(screen.style(Role::TitleFocused)),
        _ => screen.style(Role::TabActive),
    };
    let mut tab_areas = Vec::new();
    let mut x = area.x;
    let mut put = |index: usize, row: Row| {
        let width = cells(row.left_width()).min(area.right() - x);
        let tab_area = Rect { x, width, height: 1, ..area };
        row.draw(tab_area, screen.style(Role::Text), buf);
        tab_areas.push((index, tab_area));
        x += width;
    };
    let hidden = |row: Row, unread: u64| {
        if unread > 0 { row.with(unread.to_string() + "●", screen.style(Role::Unread)) } else { row }
    };
    if let Some(before) = visible.start.checked_sub(1) {
        let target = (0..visible.start).rev().find(|index| tabs[*index].unread > 0).unwrap_or(before);
        put(target, hidden(Row::of("‹", screen.style(Role::Dim)), unread(&tabs[..visible.start])));
    }
    for (index, tab) in tabs.iter().enumerate().skip(visible.start).take(visible.len()) {
        let style = match index {
            _ if active == Some(index) => active_style,
            _ if beside == Some(index) => screen.style(Role::TabActive),
            _ => screen.style(Role::Tab),
        };
        let [number, name, unread, note] = &tab.words;
        let mut row = Row::indented(1);
        row.push(number, screen.style(Role::Dim)).push(name, style).push(unread, screen.style(Role::Unread));
        row.push(note, screen.style(Role::Dim));
        row.push(" ", screen.style(Role::Text));
        row.push(if index + 1 == visible.end { "" } else { SEPARATOR }, screen.style(Role::Frame));
        put(index, row);
    }
    if visible.end < tabs.len() {
        let target = (visible.end..tabs.len()).find(|index| tabs[*index].unread > 0).unwrap_or(visible.end);
        put(target, hidden(Row::default(), unread(&tabs[visible.end..])).with("›", screen.style(Role::Dim)));
    }
    tab_areas
}

fn unread(tabs: &[Tab]) -> u64 {
    tabs.iter().map(|tab| tab.unread).sum()
}

/// The indices of the tabs that fit: the active one, then as many before it as possible, then as many after it. Empty
/// if there are no tabs.
fn visible(tabs: &[Tab], active: usize, columns: usize) -> Range<usize> {
    let Some(tab) = tabs.get(active) else {
        return 0..0;
    };
    let all: usize = tabs.iter().map(Tab::width).sum();
    // If not all fit, each end may have a mark with a count of unread messages. The last tab has no separator.
    let mark = match unread(tabs) {
        0 => 1,
        count => count.to_string().len() + 2,
    };
    let columns = if all <= columns + 1 { columns } else { columns.saturating_sub(2 * mark) };
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
        Tab { words: [String::new(), name.to_owned(), String::new(), String::new()], unread: 0 }
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
        assert_eq!(visible(&tabs, 4, 17), 3..5);
    }
}
