//! Writes a frame to the terminal: the changed cells in one write, and nothing if there are none.
//!
//! The cursor's position and the style are written only where they change. Terminals disagree on the width of some
//! grapheme clusters, here called disputed. After such a cluster, the cursor's position is unknown, so it is written
//! again.

use std::io::{self, Write};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    queue,
    style::{Attribute, SetAttribute},
    terminal::{BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate},
};
use ratatui::{
    buffer::{Buffer, Cell, CellWidth as _},
    layout::Position,
    style::{Color, Modifier},
};

use super::{
    changes::{Change, changes},
    text,
    theme::SIXTEEN,
};

/// In bytes: more than a frame of a usual terminal.
const BUFFER_SIZE: usize = 1 << 16;

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

/// The state of the terminal's cursor, as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cursor {
    Unknown,
    Hidden,
    At(Position),
}

/// The colours and attributes of a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
struct CellStyle {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

const PLAIN: CellStyle = CellStyle { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

/// Writes frames to a terminal.
pub struct Painter<W: Write> {
    terminal: W,
    /// The bytes of the current frame, sent when the frame is complete.
    out: Vec<u8>,
    cursor: Cursor,
    /// Where the terminal puts the next character of the current frame; `None` if unknown.
    next_at: Option<Position>,
    style: CellStyle,
    /// Whether anything was written for the current frame.
    has_begun: bool,
}

impl<W: Write> Painter<W> {
    /// Writes to a terminal in an unknown state.
    pub fn new(terminal: W) -> Self {
        Self {
            terminal,
            out: Vec::with_capacity(BUFFER_SIZE),
            cursor: Cursor::Unknown,
            next_at: None,
            style: PLAIN,
            has_begun: false,
        }
    }

    /// Clears the terminal; the cursor is unknown afterwards.
    pub fn clear(&mut self) -> io::Result<()> {
        self.begin()?;
        self.cursor = Cursor::Unknown;
        queue!(self.out, Clear(ClearType::All))
    }

    /// Writes the cells of `next` that differ from `shown`, a frame of the same size. `None` means a blank terminal.
    pub fn paint(&mut self, shown: Option<&Buffer>, next: &Buffer) -> io::Result<()> {
        let width = usize::from(next.area.width);
        let blank = if shown.is_some() { Vec::new() } else { vec![Cell::EMPTY; width] };
        for (index, (row, y)) in next.content.chunks(width.max(1)).zip(next.area.y..).enumerate() {
            let start = index * width;
            let before = shown.map_or(blank.as_slice(), |shown| &shown.content[start..start + width]);
            let mut written = Ok(());
            changes(before, row, |change| {
                if let (Ok(()), Ok(x)) = (&written, u16::try_from(change.x)) {
                    written = self.put(Position::new(next.area.x + x, y), &row[change.x], change, width);
                }
            });
            written?;
        }
        Ok(())
    }

    /// Writes a cell of a row of `width` columns.
    fn put(&mut self, at: Position, cell: &Cell, change: Change, width: usize) -> io::Result<()> {
        self.begin()?;
        if self.next_at != Some(at) {
            queue!(self.out, MoveTo(at.x, at.y))?;
        }
        self.set_style(CellStyle { fg: cell.fg, bg: cell.bg, modifier: cell.modifier })?;
        let Some(end) = change.disputed_end.filter(|_| change.x + 1 < width) else {
            self.next_at = Some(Position { x: at.x + change.columns, ..at });
            let symbol = if change.disputed_end.is_some() { replacement(cell.symbol()) } else { cell.symbol() };
            self.out.extend_from_slice(symbol.as_bytes());
            return Ok(());
        };
        // A terminal that draws the cluster narrower shows spaces in the rest of the cell. One that draws it wider must
        // not wrap it into the next row.
        self.next_at = None;
        self.out.extend(std::iter::repeat_n(b' ', change.columns.into()));
        queue!(self.out, MoveTo(at.x, at.y))?;
        if end <= width {
            self.out.extend_from_slice(cell.symbol().as_bytes());
            return Ok(());
        }
        queue!(self.out, DisableLineWrap)?;
        self.out.extend_from_slice(cell.symbol().as_bytes());
        queue!(self.out, EnableLineWrap)
    }

    /// Moves the cursor to `position`; `None` hides it.
    pub fn set_cursor(&mut self, position: Option<Position>) -> io::Result<()> {
        // Writing cells has moved the cursor. A hidden cursor stays hidden.
        if self.has_begun && self.cursor != Cursor::Hidden {
            self.cursor = Cursor::Unknown;
        }
        let cursor = position.map_or(Cursor::Hidden, Cursor::At);
        if std::mem::replace(&mut self.cursor, cursor) == cursor {
            return Ok(());
        }
        self.begin()?;
        if let Some(at) = position { queue!(self.out, MoveTo(at.x, at.y), Show) } else { queue!(self.out, Hide) }
    }

    /// Ends a frame and sends it. Returns whether anything was written.
    pub fn finish(&mut self) -> io::Result<bool> {
        self.set_style(PLAIN)?;
        self.next_at = None;
        let has_begun = std::mem::take(&mut self.has_begun);
        if has_begun {
            queue!(self.out, EndSynchronizedUpdate)?;
            self.send(b"")?;
        }
        Ok(has_begun)
    }

    /// Queues an escape sequence that is sent before the next frame.
    pub fn begin_with(&mut self, sequence: &[u8]) {
        self.out.extend_from_slice(sequence);
    }

    /// Sends an escape sequence immediately, together with everything that is queued.
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

    fn set_style(&mut self, style: CellStyle) -> io::Result<()> {
        let before = std::mem::replace(&mut self.style, style);
        if before == style {
            return Ok(());
        }
        let mut shown = before;
        // No sequence removes a single attribute on every terminal, so all are reset.
        if !style.modifier.contains(before.modifier) {
            queue!(self.out, SetAttribute(Attribute::Reset))?;
            shown = PLAIN;
        }
        let added = style.modifier.difference(shown.modifier);
        for (_, attribute) in ATTRIBUTES.iter().filter(|(modifier, _)| added.contains(*modifier)) {
            queue!(self.out, SetAttribute(*attribute))?;
        }
        if (shown.fg, shown.bg) != (style.fg, style.bg) {
            self.out.extend_from_slice(b"\x1b[");
            write_colour(&mut self.out, style.fg, 30)?;
            self.out.push(b';');
            write_colour(&mut self.out, style.bg, 40)?;
            self.out.push(b'm');
        }
        Ok(())
    }
}

/// Writes the SGR parameters of a colour. `base` is 30 for the text and 40 for the background. The sixteen basic
/// colours have short codes, which every terminal understands.
fn write_colour(out: &mut Vec<u8>, colour: Color, base: u8) -> io::Result<()> {
    match colour {
        Color::Indexed(index) => write!(out, "{};5;{index}", base + 8),
        Color::Rgb(red, green, blue) => write!(out, "{};2;{red};{green};{blue}", base + 8),
        named => match (0..).zip(SIXTEEN).find(|(_, known)| *known == named) {
            Some((index @ 0..=7, _)) => write!(out, "{}", base + index),
            Some((index, _)) => write!(out, "{}", base + 60 + index - 8),
            None => write!(out, "{}", base + 9),
        },
    }
}

/// The replacement for a disputed cluster in the last column: its first character if that is one column wide, else an
/// ellipsis.
fn replacement(cluster: &str) -> &str {
    let first = cluster.chars().next().map_or(0, char::len_utf8);
    let letter = &cluster[..first];
    if text::has_agreed_width(letter) && letter.cell_width() == 1 { letter } else { text::ELLIPSIS }
}

#[cfg(test)]
mod emulator;

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use proptest::prelude::*;
    use ratatui::{layout::Rect, style::Style};

    use super::{
        emulator::{Emulator, WidthOf},
        *,
    };

    const SIZE: Rect = Rect { x: 0, y: 0, width: 12, height: 3 };

    /// Texts with their column, row and style.
    type Words = Vec<(u16, u16, String, Style)>;

    fn frame(words: &Words) -> Buffer {
        let mut buffer = Buffer::empty(SIZE);
        for (x, y, words, style) in words {
            buffer.set_stringn(*x, *y, text::safe_line(words), usize::from(SIZE.width - x), *style);
        }
        buffer
    }

    fn words() -> impl Strategy<Value = Words> {
        words_of("[a-c 日é]{0,8}")
    }

    fn words_of(text: impl Strategy<Value = String>) -> impl Strategy<Value = Words> {
        let style = (0_usize..4, 0_u16..512).prop_map(|(colour, modifier)| {
            let colour = [Color::Reset, Color::Red, Color::Indexed(200), Color::Blue][colour];
            // The modifiers that the emulator supports.
            let known = Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED | Modifier::REVERSED;
            Style::new().fg(colour).add_modifier(Modifier::from_bits_truncate(modifier) & known)
        });
        prop::collection::vec((0..SIZE.width, 0..SIZE.height, text, style), 0..6)
    }

    /// Clusters on whose width terminals disagree, among letters on which they agree.
    fn disputed() -> impl Strategy<Value = String> {
        let clusters = vec![
            "a",
            "b",
            " ",
            "日",
            "é",
            "👩\u{200d}👩\u{200d}👧",
            "👍🏽",
            "🇧🇷",
            "❤\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "\u{1fae9}",
            "\u{1112}\u{1161}\u{11ab}",
            "\u{915}\u{94d}\u{937}\u{93f}",
            "\u{e01}\u{e33}",
            "\u{ff76}\u{ff9e}",
            "e\u{301}",
        ];
        prop::collection::vec(prop::sample::select(clusters), 0..7).prop_map(|clusters| clusters.concat())
    }

    /// The agreed width of a character; `other` if terminals disagree on it.
    fn agreed_or(c: char, other: Option<usize>) -> Option<usize> {
        let text = c.to_string();
        if text::has_agreed_width(&text) { Some(usize::from(text.as_str().cell_width())) } else { other }
    }

    /// How different terminals count columns.
    const WIDTHS: [WidthOf; 4] = [
        |c| Some(usize::from(c.to_string().as_str().cell_width())),
        |c| agreed_or(c, Some(1)),
        |c| agreed_or(c, Some(2)),
        |c| agreed_or(c, None),
    ];

    /// The output of a painter that paints `frames` one after the other.
    fn painted(frames: &[Buffer]) -> String {
        let mut written = Vec::new();
        let mut painter = Painter::new(&mut written);
        painter.clear().unwrap();
        let mut shown = None;
        for next in frames {
            painter.paint(shown, next).unwrap();
            painter.set_cursor(Some(Position::new(3, 1))).unwrap();
            painter.finish().unwrap();
            shown = Some(next);
        }
        let shown = shown.expect("there is at least one frame");
        painter.paint(Some(shown), shown).unwrap();
        assert!(!painter.finish().unwrap(), "an unchanged frame writes nothing");
        drop(painter);
        String::from_utf8(written).unwrap()
    }

    /// The cells of a frame, without the second column of wide cells.
    fn cells(frame: &Buffer) -> impl Iterator<Item = (Position, &Cell)> {
        let mut end = Position::ORIGIN;
        SIZE.positions().map(|at| (at, &frame[at])).filter(move |(at, cell)| {
            let is_seen = at.y != end.y || at.x >= end.x;
            if is_seen {
                end = Position { x: at.x + cell.cell_width().max(1), ..*at };
            }
            is_seen
        })
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
        fn terminal_shows_the_last_frame(frames in prop::collection::vec(words(), 1..6)) {
            let frames: Vec<Buffer> = frames.iter().map(frame).collect();
            let size = |columns| NonZeroU16::new(columns).unwrap();
            let mut terminal = vt100::Parser::new(size(SIZE.height), size(SIZE.width), 0);
            terminal.process(painted(&frames).as_bytes());
            let screen = terminal.screen();
            prop_assert_eq!(screen.cursor_position(), (1, 3));
            for (at, cell) in cells(frames.last().expect("there is at least one frame")) {
                let seen = screen.cell(at.y, at.x).unwrap();
                prop_assert_eq!(Some(seen.contents()).filter(|seen| !seen.is_empty()).unwrap_or(" "), cell.symbol());
                prop_assert_eq!(seen.fgcolor(), colour(cell.fg), "{:?}", at);
                let marks = [seen.bold(), seen.italic(), seen.underline(), seen.inverse()];
                let wanted = [Modifier::BOLD, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED];
                prop_assert_eq!(marks, wanted.map(|modifier| cell.modifier.contains(modifier)), "{:?}", at);
            }
        }

        #[test]
        fn terminal_with_any_widths_shows_the_same_as_after_a_redraw(
            frames in prop::collection::vec(words_of(disputed()), 1..6),
            width_of in prop::sample::select(WIDTHS.to_vec()),
        ) {
            let frames: Vec<Buffer> = frames.iter().map(frame).collect();
            let last = frames.last().expect("there is at least one frame");
            let terminal = |frames| {
                let mut terminal = Emulator::new(SIZE.as_size(), width_of);
                terminal.process(&painted(frames));
                terminal
            };
            let (seen, redrawn) = (terminal(&frames), terminal(std::slice::from_ref(last)));
            prop_assert_eq!(&seen.rows, &redrawn.rows);
            for (at, cell) in cells(last).filter(|(_, cell)| text::has_agreed_width(cell.symbol())) {
                prop_assert_eq!(seen.symbol(at), cell.symbol(), "{:?}", at);
            }
        }
    }

    #[test]
    fn only_disputed_clusters_are_positioned_separately() {
        let written = |text: &str| {
            let mut written = Vec::new();
            let mut painter = Painter::new(&mut written);
            painter.paint(None, &frame(&vec![(0, 0, text.to_owned(), Style::new())])).unwrap();
            painter.send(b"").unwrap();
            drop(painter);
            String::from_utf8(written).unwrap()
        };
        let begin = "\x1b[?2026h\x1b[1;1H";
        assert_eq!(written("aé日ж한ﾊ"), format!("{begin}aé日ж한ﾊ"));
        assert_eq!(written("❤\u{fe0f}a"), format!("{begin}  \x1b[1;1H❤\u{fe0f}\x1b[1;3Ha "));
    }
}
