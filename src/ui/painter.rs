//! What is written to the terminal: nothing where nothing has changed, else everything of a frame at once.
//!
//! Where the cursor stands and how letters look is said where it changes, and at no other place.

use std::io::{self, Write};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    queue,
    style::{Attribute, Colors, SetAttribute, SetColors},
    terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate},
};
use ratatui::{
    backend::IntoCrossterm as _,
    buffer::{Buffer, Cell},
    layout::Position,
    style::{Color, Modifier},
};

use super::changes::changes;

/// Larger than any frame of a usual terminal.
const BUFFER: usize = 1 << 16;

const ATTRIBUTES: [(Modifier, Attribute); 9] = [
    (Modifier::BOLD, Attribute::Bold),
    (Modifier::DIM, Attribute::Dim),
    (Modifier::ITALIC, Attribute::Italic),
    (Modifier::UNDERLINED, Attribute::Underlined),
    (Modifier::SLOW_BLINK, Attribute::SlowBlink),
    (Modifier::RAPID_BLINK, Attribute::RapidBlink),
    (Modifier::REVERSED, Attribute::Reverse),
    (Modifier::HIDDEN, Attribute::Hidden),
    (Modifier::CROSSED_OUT, Attribute::CrossedOut),
];

/// What is known of the cursor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cursor {
    Unknown,
    Hidden,
    At(Position),
}

/// How letters look.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

const PLAIN: Look = Look { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

/// The way to the terminal.
pub struct Painter<W: Write> {
    terminal: W,
    /// What it gets at the end of the frame.
    out: Vec<u8>,
    cursor: Cursor,
    /// Where the next letter goes, while a frame is being written.
    pen: Option<Position>,
    look: Look,
    /// Whether something of the present frame has been written.
    has_begun: bool,
}

impl<W: Write> Painter<W> {
    /// Writes to a terminal of which nothing is known.
    pub fn new(terminal: W) -> Self {
        Self {
            terminal,
            out: Vec::with_capacity(BUFFER),
            cursor: Cursor::Unknown,
            pen: None,
            look: PLAIN,
            has_begun: false,
        }
    }

    /// Clears all of it; nothing is known of it but that.
    pub fn clear(&mut self) -> io::Result<()> {
        self.begin()?;
        self.cursor = Cursor::Unknown;
        queue!(self.out, Clear(ClearType::All))
    }

    /// Writes what is seen otherwise in `next`, which is all of what is shown or a part of it; nothing may be.
    pub fn paint(&mut self, shown: Option<&Buffer>, next: &Buffer) -> io::Result<()> {
        let width = usize::from(next.area.width);
        let blank = if shown.is_some() { Vec::new() } else { vec![Cell::EMPTY; width] };
        for (row, y) in next.content.chunks(width.max(1)).zip(next.area.y..) {
            let before = shown.map_or(blank.as_slice(), |shown| {
                let start = shown.index_of(next.area.x, y);
                &shown.content[start..start + width]
            });
            let mut written = Ok(());
            changes(before, row, |x, columns| {
                if let (Ok(()), Ok(place)) = (&written, u16::try_from(x)) {
                    written = self.put(Position::new(next.area.x + place, y), &row[x], columns);
                }
            });
            written?;
        }
        Ok(())
    }

    /// Writes a cell, which takes so many columns.
    fn put(&mut self, at: Position, cell: &Cell, columns: u16) -> io::Result<()> {
        self.begin()?;
        if self.pen != Some(at) {
            queue!(self.out, MoveTo(at.x, at.y))?;
        }
        self.pen = Some(Position { x: at.x + columns, ..at });
        self.set_look(Look { fg: cell.fg, bg: cell.bg, modifier: cell.modifier })?;
        self.out.extend_from_slice(cell.symbol().as_bytes());
        Ok(())
    }

    /// Puts the cursor where it belongs, or hides it.
    pub fn set_cursor(&mut self, position: Option<Position>) -> io::Result<()> {
        // One that is not seen stays so wherever it is moved.
        if self.pen.is_some() && self.cursor != Cursor::Hidden {
            self.cursor = Cursor::Unknown;
        }
        let cursor = position.map_or(Cursor::Hidden, Cursor::At);
        if std::mem::replace(&mut self.cursor, cursor) == cursor {
            return Ok(());
        }
        self.begin()?;
        if let Some(at) = position { queue!(self.out, MoveTo(at.x, at.y), Show) } else { queue!(self.out, Hide) }
    }

    /// Ends a frame; says whether there was anything in it.
    pub fn finish(&mut self) -> io::Result<bool> {
        self.set_look(PLAIN)?;
        self.pen = None;
        let has_begun = std::mem::take(&mut self.has_begun);
        if has_begun {
            queue!(self.out, EndSynchronizedUpdate)?;
            self.send(b"")?;
        }
        Ok(has_begun)
    }

    /// Has the terminal get, before the next frame, what is not drawn.
    pub fn begin_with(&mut self, sequence: &[u8]) {
        self.out.extend_from_slice(sequence);
    }

    /// Sends what is not drawn.
    pub fn send(&mut self, sequence: &[u8]) -> io::Result<()> {
        self.out.extend_from_slice(sequence);
        let sent = self.terminal.write_all(&self.out);
        self.out.clear();
        sent.and_then(|()| self.terminal.flush())
    }

    fn begin(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.has_begun, true) {
            queue!(self.out, BeginSynchronizedUpdate)?;
        }
        Ok(())
    }

    fn set_look(&mut self, look: Look) -> io::Result<()> {
        let before = std::mem::replace(&mut self.look, look);
        if before == look {
            return Ok(());
        }
        let mut shown = before;
        // There is no one sequence that ends each of them on every terminal.
        if !look.modifier.contains(before.modifier) {
            queue!(self.out, SetAttribute(Attribute::Reset))?;
            shown = PLAIN;
        }
        let added = look.modifier.difference(shown.modifier);
        for (_, attribute) in ATTRIBUTES.iter().filter(|(modifier, _)| added.contains(*modifier)) {
            queue!(self.out, SetAttribute(*attribute))?;
        }
        if (shown.fg, shown.bg) != (look.fg, look.bg) {
            queue!(self.out, SetColors(Colors::new(look.fg.into_crossterm(), look.bg.into_crossterm())))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use proptest::prelude::*;
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    const SIZE: Rect = Rect { x: 0, y: 0, width: 12, height: 3 };

    /// Words at places of the screen, in some looks.
    type Words = Vec<(u16, u16, String, Style)>;

    fn frame(words: &Words) -> Buffer {
        let mut buffer = Buffer::empty(SIZE);
        for (x, y, words, style) in words {
            buffer.set_stringn(*x, *y, words, usize::from(SIZE.width - x), *style);
        }
        buffer
    }

    fn words() -> impl Strategy<Value = Words> {
        let style = (0_usize..4, 0_u16..512).prop_map(|(colour, modifier)| {
            let colour = [Color::Reset, Color::Red, Color::Indexed(200), Color::Blue][colour];
            // What the emulator knows.
            let known = Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED | Modifier::REVERSED;
            Style::new().fg(colour).add_modifier(Modifier::from_bits_truncate(modifier) & known)
        });
        prop::collection::vec((0..SIZE.width, 0..SIZE.height, "[a-c 日é]{0,8}", style), 0..6)
    }

    fn colour(colour: Color) -> vt100::Color {
        match colour {
            Color::Red => vt100::Color::Idx(1),
            Color::Blue => vt100::Color::Idx(4),
            Color::Indexed(index) => vt100::Color::Idx(index),
            _ => vt100::Color::Default,
        }
    }

    proptest! {
        #[test]
        fn a_terminal_shows_the_last_of_any_frames(frames in prop::collection::vec(words(), 1..6)) {
            let mut written = Vec::new();
            let mut painter = Painter::new(&mut written);
            painter.clear().unwrap();
            let mut shown = None;
            for words in &frames {
                let next = frame(words);
                painter.paint(shown.as_ref(), &next).unwrap();
                painter.set_cursor(Some(Position::new(3, 1))).unwrap();
                painter.finish().unwrap();
                shown = Some(next);
            }
            let shown = shown.expect("there was one");
            painter.paint(Some(&shown), &shown).unwrap();
            prop_assert!(!painter.finish().unwrap(), "there is nothing to write");
            drop(painter);
            let size = |columns| NonZeroU16::new(columns).unwrap();
            let mut terminal = vt100::Parser::new(size(SIZE.height), size(SIZE.width), 0);
            terminal.process(&written);
            let screen = terminal.screen();
            prop_assert_eq!(screen.cursor_position(), (1, 3));
            for at in SIZE.positions() {
                let (seen, cell) = (screen.cell(at.y, at.x).unwrap(), &shown[at]);
                if seen.is_wide_continuation() {
                    continue;
                }
                prop_assert_eq!(Some(seen.contents()).filter(|seen| !seen.is_empty()).unwrap_or(" "), cell.symbol());
                prop_assert_eq!(seen.fgcolor(), colour(cell.fg), "{:?}", at);
                let marks = [seen.bold(), seen.italic(), seen.underline(), seen.inverse()];
                let wanted = [Modifier::BOLD, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED];
                prop_assert_eq!(marks, wanted.map(|modifier| cell.modifier.contains(modifier)), "{:?}", at);
            }
        }
    }
}
