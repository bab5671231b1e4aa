//! The frames of a terminal: of each, only the cells that differ from the last one are written.
//!
//! It stands in for ratatui's `Terminal`, whose diff hands the backend only the cells that changed. Where terminals disagree
//! on the width of a cluster, one that draws it wider covers the cells behind it. These have not changed, so the backend
//! never sees them and cannot write them again. The terminal would then show something else than after a full redraw.

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
    /// Whether the terminal was cleared since the last frame.
    is_blank: bool,
    /// The frame on the terminal, unless that is blank.
    shown: Buffer,
    /// The next frame, while it is drawn; empty until then.
    next: Buffer,
}

impl<W: Write> Canvas<W> {
    /// A terminal in an unknown state; call [`Canvas::clear`] first.
    pub fn new(terminal: W) -> Self {
        let (shown, next) = (Buffer::default(), Buffer::default());
        Self { painter: Painter::new(terminal), area: Rect::ZERO, is_blank: true, shown, next }
    }

    /// Begins a frame on an empty terminal of this size.
    pub fn clear(&mut self, size: Size) -> io::Result<()> {
        self.area = Rect::from((Position::ORIGIN, size));
        self.is_blank = true;
        self.painter.clear()
    }

    /// Draws one frame by `view`; returns where things are, and whether anything has changed.
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

    /// Sends an escape sequence at once.
    pub fn send(&mut self, sequence: &[u8]) -> io::Result<()> {
        self.painter.send(sequence)
    }
}
