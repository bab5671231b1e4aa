//! What is written to the terminal: nothing where nothing has changed, else everything of a frame at once.
//!
//! ratatui sets colours and cursor with each frame, asks each time how large the terminal is, and writes in parts. This
//! stands between it and crossterm, and leaves out what the terminal knows.

use std::io::{self, BufWriter, Stdout, Write, stdout};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    queue,
    terminal::{self, BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

/// Larger than any frame of a usual terminal.
const BUFFER: usize = 1 << 16;

/// What is known of the cursor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cursor {
    Unknown,
    Hidden,
    At(Position),
}

/// The way to the terminal.
pub(super) struct Painter {
    inner: CrosstermBackend<BufWriter<Stdout>>,
    size: Size,
    cursor: Cursor,
    /// Whether something of the present frame has been written.
    has_begun: bool,
}

impl Painter {
    /// A terminal of which nothing is known but its size.
    pub(super) fn new() -> io::Result<Self> {
        let inner = CrosstermBackend::new(BufWriter::with_capacity(BUFFER, stdout()));
        Ok(Self { inner, size: size()?, cursor: Cursor::Unknown, has_begun: false })
    }

    /// Asks how large the terminal is; nothing else is known of it any more.
    pub(super) fn look_again(&mut self) -> io::Result<Size> {
        self.size = size()?;
        self.cursor = Cursor::Unknown;
        Ok(self.size)
    }

    /// Ends a frame; says whether there was anything in it.
    pub(super) fn finish(&mut self) -> io::Result<bool> {
        let has_begun = std::mem::take(&mut self.has_begun);
        if has_begun {
            queue!(self.inner, EndSynchronizedUpdate)?;
            Write::flush(&mut self.inner)?;
        }
        Ok(has_begun)
    }

    /// Sends what is not drawn.
    pub(super) fn send(&mut self, sequence: &[u8]) -> io::Result<()> {
        self.inner.write_all(sequence)?;
        Write::flush(&mut self.inner)
    }

    fn begin(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.has_begun, true) {
            queue!(self.inner, BeginSynchronizedUpdate)?;
        }
        Ok(())
    }
}

fn size() -> io::Result<Size> {
    terminal::size().map(Size::from)
}

impl Backend for Painter {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.begin()?;
        // One that is not seen stays so.
        if self.cursor != Cursor::Hidden {
            self.cursor = Cursor::Unknown;
        }
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor == Cursor::Hidden {
            return Ok(());
        }
        self.begin()?;
        self.cursor = Cursor::Hidden;
        queue!(self.inner, Hide)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        // It is shown where it is put.
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor == Cursor::At(position) {
            return Ok(());
        }
        self.begin()?;
        // crossterm's backend would write each of these by itself.
        queue!(self.inner, MoveTo(position.x, position.y), Show)?;
        self.cursor = Cursor::At(position);
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.begin()?;
        self.cursor = Cursor::Unknown;
        self.inner.clear()
    }

    fn clear_region(&mut self, part: ClearType) -> io::Result<()> {
        self.begin()?;
        self.cursor = Cursor::Unknown;
        self.inner.clear_region(part)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        // At the end of the frame.
        Ok(())
    }
}
