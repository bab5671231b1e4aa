//! The line at the bottom: what the keys do where the focus is.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{row::Row, screen::Screen, text, theme::Role};

/// A key and what it does, as the keymap describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// `Ctrl-K`
    pub key: String,
    /// `go to`
    pub does: String,
}

/// Draws as many hints as fit whole, the first ones first.
pub fn draw(screen: Screen<'_>, hints: &[Hint], area: Rect, buf: &mut Buffer) {
    let mut row = Row::new();
    let columns = usize::from(area.width);
    for Hint { key, does } in hints {
        let gap = if row.left_width() == 0 { " " } else { "   " };
        if row.left_width() + gap.len() + text::width(key) + 1 + text::width(does) > columns {
            break;
        }
        row.push(gap, screen.style(Role::Hint)).push(key, screen.style(Role::Key));
        row.push(format!(" {does}"), screen.style(Role::Hint));
    }
    row.draw(area, screen.style(Role::Text), buf);
}

/// Draws what is to be said instead of the hints.
pub fn draw_notice(screen: Screen<'_>, words: &str, role: Role, area: Rect, buf: &mut Buffer) {
    let mut row = Row::new();
    row.push(format!(" {words}"), screen.style(role));
    row.draw(area, screen.style(Role::Text), buf);
}
