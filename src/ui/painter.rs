//! Writes a frame to the terminal: the changed cells in one write, and nothing if there are none.
//!
//! The cursor's position and the style are written only where they change. Behind a cluster on whose width terminals
//! disagree, the position is unknown, so it is written again.

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

/// Larger than any frame of a usual terminal.
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

/// Writes frames.
pub struct Painter<W: Write> {
    terminal: W,
    /// The bytes of the present frame, written at its end.
    out: Vec<u8>,
    cursor: Cursor,
    /// Where the next letter goes, while a frame is being written.
    next_at: Option<Position>,
    style: CellStyle,
    /// Whether something of the present frame has been written.
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

    /// Writes the cells of `next` that differ from `shown`, which is as large; all cells if nothing is shown.
    pub fn paint(&mut self, shown: Option<&Buffer>, next: &Buffer) -> io::Result<()> {
        let width = usize::from(next.area.width);
        let blank = if shown.is_some() { Vec::new() } else { vec![Cell::EMPTY; width] };
        for (place, (row, y)) in next.content.chunks(width.max(1)).zip(next.area.y..).enumerate() {
            let start = place * width;
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

    /// Writes a cell of a row that is `width` wide.
    fn put(&mut self, at: Position, cell: &Cell, change: Change, width: usize) -> io::Result<()> {
        self.begin()?;
        if self.next_at != Some(at) {
            queue!(self.out, MoveTo(at.x, at.y))?;
        }
        self.set_style(CellStyle { fg: cell.fg, bg: cell.bg, modifier: cell.modifier })?;
        let Some(end) = change.disputed_end.filter(|_| change.x + 1 < width) else {
            self.next_at = Some(Position { x: at.x + change.columns, ..at });
            let symbol = if change.disputed_end.is_some() { stand_in(cell.symbol()) } else { cell.symbol() };
            self.out.extend_from_slice(symbol.as_bytes());
            return Ok(());
        };
        // A terminal that takes the cluster for narrower gets blanks beside it. One that takes it for wider must not go on
        // in the next row.
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

    /// Puts the cursor where it belongs, or hides it.
    pub fn set_cursor(&mut self, position: Option<Position>) -> io::Result<()> {
        // A hidden cursor stays hidden wherever it is moved.
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

    /// Ends a frame; returns whether anything was written.
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

    /// Sends an escape sequence at once.
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
        // No single sequence ends each of them on every terminal.
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

/// Writes a colour of the text (30) or the background (40). The sixteen colours have the codes of the oldest terminals.
fn write_colour(out: &mut Vec<u8>, colour: Color, kind: u8) -> io::Result<()> {
    match colour {
        Color::Indexed(index) => write!(out, "{};5;{index}", kind + 8),
        Color::Rgb(red, green, blue) => write!(out, "{};2;{red};{green};{blue}", kind + 8),
        named => match (0..).zip(SIXTEEN).find(|(_, known)| *known == named) {
            Some((index @ 0..=7, _)) => write!(out, "{}", kind + index),
            Some((index, _)) => write!(out, "{}", kind + 60 + index - 8),
            None => write!(out, "{}", kind + 9),
        },
    }
}

/// The stand-in for a disputed cluster where there is room for one column only: its letter without marks.
fn stand_in(cluster: &str) -> &str {
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
        emulator::{Emulator, Opinion},
        *,
    };

    const SIZE: Rect = Rect { x: 0, y: 0, width: 12, height: 3 };

    /// Words at places of the screen, in some looks.
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
            // What the emulator knows.
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

    /// What papo and a terminal agree on, and what it thinks of everything else.
    fn agreed_or(c: char, other: Option<usize>) -> Option<usize> {
        let text = c.to_string();
        if text::has_agreed_width(&text) { Some(usize::from(text.as_str().cell_width())) } else { other }
    }

    const OPINIONS: [Opinion; 4] = [
        |c| Some(usize::from(c.to_string().as_str().cell_width())),
        |c| agreed_or(c, Some(1)),
        |c| agreed_or(c, Some(2)),
        |c| agreed_or(c, None),
    ];

    /// What a painter writes that shows `frames` one after the other.
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
        let shown = shown.expect("there was one");
        painter.paint(Some(shown), shown).unwrap();
        assert!(!painter.finish().unwrap(), "there is nothing to write");
        drop(painter);
        String::from_utf8(written).unwrap()
    }

    /// The cells that are seen as such: not the rest of a wide one.
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
        fn a_terminal_shows_the_last_of_any_frames(frames in prop::collection::vec(words(), 1..6)) {
            let frames: Vec<Buffer> = frames.iter().map(frame).collect();
            let size = |columns| NonZeroU16::new(columns).unwrap();
            let mut terminal = vt100::Parser::new(size(SIZE.height), size(SIZE.width), 0);
            terminal.process(painted(&frames).as_bytes());
            let screen = terminal.screen();
            prop_assert_eq!(screen.cursor_position(), (1, 3));
            for (at, cell) in cells(frames.last().expect("there was one")) {
                let seen = screen.cell(at.y, at.x).unwrap();
                prop_assert_eq!(Some(seen.contents()).filter(|seen| !seen.is_empty()).unwrap_or(" "), cell.symbol());
                prop_assert_eq!(seen.fgcolor(), colour(cell.fg), "{:?}", at);
                let marks = [seen.bold(), seen.italic(), seen.underline(), seen.inverse()];
                let wanted = [Modifier::BOLD, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED];
                prop_assert_eq!(marks, wanted.map(|modifier| cell.modifier.contains(modifier)), "{:?}", at);
            }
        }

        #[test]
        fn a_terminal_of_any_opinion_shows_what_it_would_show_after_a_redraw(
            frames in prop::collection::vec(words_of(disputed()), 1..6),
            opinion in prop::sample::select(OPINIONS.to_vec()),
        ) {
            let frames: Vec<Buffer> = frames.iter().map(frame).collect();
            let last = frames.last().expect("there was one");
            let terminal = |frames| {
                let mut terminal = Emulator::new(SIZE.as_size(), opinion);
                terminal.process(&painted(frames));
                terminal
            };
            let (seen, redrawn) = (terminal(&frames), terminal(std::slice::from_ref(last)));
            prop_assert_eq!(&seen.rows, &redrawn.rows);
            for (at, cell) in cells(last).filter(|(_, cell)| text::has_agreed_width(cell.symbol())) {
                prop_assert_eq!(seen.seen(at), cell.symbol(), "{:?}", at);
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
