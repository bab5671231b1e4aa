//! What a terminal shows, and how it comes to show the next frame: what is seen otherwise is written, and nothing else.

use std::io::{self, Write};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect, Size},
};

use super::painter::Painter;
use crate::app::Layout;

/// A terminal that is drawn on.
pub struct Canvas<W: Write> {
    painter: Painter<W>,
    /// All of it.
    area: Rect,
    /// Whether it shows nothing.
    is_blank: bool,
    /// What it shows else.
    shown: Buffer,
    /// What it is to show, while that is drawn; nothing until then.
    next: Buffer,
}

impl<W: Write> Canvas<W> {
    /// A terminal of which nothing is known; [`Canvas::clear`] comes first.
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

    /// Draws one frame by `view`; says where things are, and whether anything is seen otherwise than before.
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

    /// Has the terminal get, before the next frame, what is not drawn.
    pub fn begin_with(&mut self, sequence: &[u8]) {
        self.painter.begin_with(sequence);
    }

    /// Sends what is not drawn.
    pub fn send(&mut self, sequence: &[u8]) -> io::Result<()> {
        self.painter.send(sequence)
    }
}
