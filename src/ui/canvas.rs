//! Draws frames on a terminal. Only the cells that differ from the last frame are written.
//!
//! This module replaces ratatui's `Terminal`, whose diff passes only the changed cells to the backend. Terminals
//! disagree on the width of some grapheme clusters. A terminal that draws such a cluster wider covers the cells after
//! it. These have not changed, so the backend would not write them again, and the result would differ from a full
//! redraw.

use std::io::{self, Write};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect, Size},
};

use super::painter::Painter;
use crate::app::Layout;

/// A terminal, and the frame that it shows.
pub struct Canvas<W: Write> {
    painter: Painter<W>,
    /// The whole terminal.
    area: Rect,
    /// Whether the terminal was cleared after the last frame.
    is_blank: bool,
    /// The frame on the terminal; not valid while `is_blank`.
    shown: Buffer,
    /// The next frame, while it is drawn; empty until then.
    next: Buffer,
}

impl<W: Write> Canvas<W> {
    /// Wraps a terminal in an unknown state. Call [`Canvas::clear`] before the first frame.
    pub fn new(terminal: W) -> Self {
        let (shown, next) = (Buffer::default(), Buffer::default());
        Self { painter: Painter::new(terminal), area: Rect::ZERO, is_blank: true, shown, next }
    }

    /// Clears the terminal, and sets its size in cells.
    pub fn clear(&mut self, size: Size) -> io::Result<()> {
        self.area = Rect::from((Position::ORIGIN, size));
        self.is_blank = true;
        self.painter.clear()
    }

    /// Draws one frame. `view` fills the buffer, and returns the layout and the cursor's position (`None` hides the
    /// cursor). Returns the layout, and whether anything was written to the terminal.
    pub fn draw(&mut self, view: impl FnOnce(&mut Buffer) -> (Layout, Option<Position>)) -> io::Result<(Layout, bool)> {
        if self.next.area != self.area {
            self.next = Buffer::empty(self.area);
        }
        let (layout, cursor) = view(&mut self.next);
        let is_blank = std::mem::take(&mut self.is_blank);
        self.painter.paint((!is_blank).then_some(&self.shown), &self.next)?;
        self.painter.set_cursor(cursor)?;
        let is_changed = self.painter.finish()?;
        std::mem::swap(&mut self.shown, &mut self.next);
        self.next.reset();
        Ok((layout, is_changed))
    }

    /// Queues an escape sequence that is sent before the next frame.
    pub fn begin_with(&mut self, sequence: &[u8]) {
        self.painter.begin_with(sequence);
    }

    /// Sends an escape sequence immediately.
    pub fn send(&mut self, sequence: &[u8]) -> io::Result<()> {
        self.painter.send(sequence)
    }
}
