//! The trait of the overlays' views.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use crate::{
    app::Layout,
    ui::{screen::Screen, text},
};

/// The columns of a question or a prompt.
pub const WIDTH: u16 = 48;

/// An overlay that can be drawn.
pub trait Draw {
    /// Draws it, and notes in `layout` where its items are and how many rows do not fit; returns the cursor, if it is there.
    fn draw(&self, screen: Screen<'_>, area: Rect, layout: &mut Layout, buf: &mut Buffer) -> Option<Position>;
}

/// The words in rows that fit into a question or a prompt.
pub fn wrap(words: &str, area: Rect) -> Vec<String> {
    text::wrap(&text::safe(words), usize::from(WIDTH.min(area.width.saturating_sub(4)).max(1)))
}
