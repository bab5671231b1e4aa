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
    /// Where the composer is shown.
    composer: Rect,
}

impl<W: Write> Canvas<W> {
    /// A terminal of which nothing is known; [`Canvas::clear`] comes first.
    pub fn new(terminal: W) -> Self {
        let (shown, next) = (Buffer::default(), Buffer::default());
        Self { painter: Painter::new(terminal), area: Rect::ZERO, is_blank: true, shown, next, composer: Rect::ZERO }
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
        self.composer = layout.composer;
        Ok((layout, is_changed))
    }

    /// Draws the composer alone, by `view`, which says where the cursor stands; says whether it could.
    pub fn echo(&mut self, view: impl FnOnce(Rect, &mut Buffer) -> Option<Position>) -> io::Result<bool> {
        let mut composer = Buffer::empty(self.composer);
        let cursor = if composer.area.is_empty() { None } else { view(composer.area, &mut composer) };
        let Some(cursor) = cursor else { return Ok(false) };
        self.painter.paint(Some(&self.shown), &composer)?;
        self.painter.set_cursor(Some(cursor))?;
        let Rect { x, y, width, .. } = composer.area;
        for (row, y) in composer.content.chunks_mut(width.into()).zip(y..) {
            let start = self.shown.index_of(x, y);
            self.shown.content[start..start + usize::from(width)].swap_with_slice(row);
        }
        self.painter.finish()?;
        Ok(true)
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
