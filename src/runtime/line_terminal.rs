//! The terminal in line mode: printed lines, and the prompt below them. Without a terminal, only lines are printed.
//!
//! Invariant: papo overwrites only the prompt, and writes nothing if nothing has changed.

use std::io::{self, IsTerminal as _, Write, stdout};

use crossterm::{
    cursor::MoveRight,
    queue,
    style::Print,
    terminal::{self, Clear, ClearType},
};

use super::{
    term::{Term, term},
    terminal::{ClaimedTerminal, TerminalMode},
};
use crate::ui::{line_mode::Prompt, text};

/// The number of columns if the terminal does not report it.
const COLUMNS: u16 = 80;

/// The terminal in line mode.
pub(super) struct LineTerminal {
    /// `None` if papo reads a pipe: then it prints no prompt, and leaves the terminal as it is.
    terminal: Option<ClaimedTerminal>,
    /// Whether lines are broken at words. Programs and files get them whole.
    breaks_lines: bool,
    /// Lines to print at the next [`Self::write`].
    unprinted: Vec<String>,
    /// The prompt on the screen.
    shown: Option<Prompt>,
}

impl LineTerminal {
    /// Claims the terminal.
    pub(super) fn claim() -> io::Result<Self> {
        let is_plain = is_dumb() || !stdout().is_terminal();
        let mode = if is_plain { TerminalMode::Dumb } else { TerminalMode::Lines };
        Ok(Self { terminal: Some(ClaimedTerminal::claim(mode)?), ..Self::without_prompt() })
    }

    /// Only prints lines.
    pub(super) fn without_prompt() -> Self {
        Self { terminal: None, breaks_lines: stdout().is_terminal(), unprinted: Vec::new(), shown: None }
    }

    /// Queues lines to print at the next [`Self::write`].
    pub(super) fn print(&mut self, lines: Vec<String>) {
        self.unprinted.extend(lines);
    }

    /// Prints the queued lines, and the prompt below them. `prompt` gets the number of columns.
    pub(super) fn write(&mut self, prompt: impl FnOnce(usize) -> Prompt) -> io::Result<()> {
        if self.terminal.is_none() {
            return self.write_without_prompt();
        }
        let columns = columns();
        let prompt = prompt(columns);
        if self.unprinted.is_empty() && self.shown.as_ref() == Some(&prompt) {
            return Ok(());
        }
        let mut out = Vec::new();
        match self.shown.as_ref().filter(|_| self.unprinted.is_empty()).and_then(|shown| typed(shown, &prompt)) {
            Some(letters) => queue!(out, Print(letters))?,
            None => self.rewrite(&prompt, columns, &mut out)?,
        }
        self.shown = Some(prompt);
        Self::send(&out)
    }

    fn write_without_prompt(&mut self) -> io::Result<()> {
        if self.unprinted.is_empty() {
            return Ok(());
        }
        let rows: String = self.take_rows(columns).into_iter().map(|row| row + "\n").collect();
        Self::send(rows.as_bytes())
    }

    /// Makes the next [`Self::write`] write the prompt again.
    pub(super) fn invalidate(&mut self) {
        self.shown = None;
    }

    /// Writes bytes to the terminal, unchanged.
    pub(super) fn send(bytes: &[u8]) -> io::Result<()> {
        let mut out = stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }

    /// Whether the terminal understands escape sequences.
    pub(super) fn supports_sequences(&self) -> bool {
        self.terminal.as_ref().is_some_and(|terminal| terminal.mode() == TerminalMode::Lines)
    }

    /// Claims the terminal again, after other programs may have changed it.
    pub(super) fn reclaim(&mut self) -> io::Result<()> {
        self.invalidate();
        self.terminal.as_ref().map_or(Ok(()), ClaimedTerminal::reclaim)
    }

    fn rewrite(&mut self, prompt: &Prompt, columns: usize, out: &mut Vec<u8>) -> io::Result<()> {
        self.erase(out)?;
        for row in self.take_rows(|| columns) {
            queue!(out, Print(row), Print("\r\n"))?;
        }
        queue!(out, Print(&prompt.text))?;
        if prompt.cursor < text::width(&prompt.text) {
            self.move_to_cursor(prompt, out)?;
        }
        Ok(())
    }

    /// The queued lines, broken at words if they go to a terminal. Calls `columns` only then.
    fn take_rows(&mut self, columns: impl FnOnce() -> usize) -> Vec<String> {
        let columns = if self.breaks_lines { columns() } else { usize::MAX };
        self.unprinted.drain(..).flat_map(|line| broken_at_words(&line, columns)).collect()
    }

    fn erase(&self, out: &mut Vec<u8>) -> io::Result<()> {
        if self.supports_sequences() {
            return queue!(out, Print("\r"), Clear(ClearType::UntilNewLine));
        }
        let width = self.shown.as_ref().map_or(0, |shown| text::width(&shown.text));
        queue!(out, Print("\r"), Print(" ".repeat(width)), Print("\r"))
    }

    /// Moves the cursor from the end of the prompt to its position in the prompt.
    fn move_to_cursor(&self, prompt: &Prompt, out: &mut Vec<u8>) -> io::Result<()> {
        queue!(out, Print("\r"))?;
        let after = text::tail(&prompt.text, prompt.cursor);
        let before = &prompt.text[..prompt.text.len() - after.len()];
        // If terminals disagree on the width of the text, only printing the text again reaches the right column.
        if !self.supports_sequences() || !text::has_agreed_width(before) {
            return queue!(out, Print(before));
        }
        match u16::try_from(prompt.cursor) {
            Ok(0) | Err(_) => Ok(()),
            Ok(columns) => queue!(out, MoveRight(columns)),
        }
    }
}

/// The number of columns of the terminal. Without one, crossterm runs a program to find out, so call this only if the
/// number matters.
fn columns() -> usize {
    let columns = terminal::size().map_or(COLUMNS, |(columns, _)| columns);
    // Some terminals report 0 columns if they do not know their size.
    usize::from(if columns <= 1 { COLUMNS } else { columns })
}

/// The rows of a line in a terminal of this width. It is broken at spaces, and the rows after the first are indented.
/// The terminal breaks a word that is longer than a row, such as a link, so that it can be copied whole.
fn broken_at_words(line: &str, columns: usize) -> Vec<String> {
    const INDENT: &str = "  ";
    let mut rows = vec![String::new()];
    // The terminal is at its last column after a full row. Some are in the next row then.
    let columns = columns.saturating_sub(1);
    let mut used = 0;
    for (index, word) in line.split(' ').enumerate() {
        let width = text::width(word);
        let row = rows.last_mut().expect("there is a first row");
        if index == 0 || used + 1 + width <= columns || row.trim().is_empty() {
            row.push_str(if index == 0 { "" } else { " " });
            row.push_str(word);
            used += width + usize::from(index > 0);
        } else {
            rows.push(format!("{INDENT}{word}"));
            used = INDENT.len() + width;
        }
    }
    rows
}

/// The text to write if letters were only added or deleted at the end of the prompt; else `None`. So a screen reader
/// reads only these letters, and not the whole line.
fn typed(before: &Prompt, now: &Prompt) -> Option<String> {
    let is_at_end = |prompt: &Prompt| prompt.cursor == text::width(&prompt.text);
    // ASCII only: a combining character would change the letter before it.
    let letters = |text: &str| text.is_ascii().then(|| text.to_owned());
    if !is_at_end(before) || !is_at_end(now) {
        return None;
    }
    match (now.text.strip_prefix(&before.text), before.text.strip_prefix(&now.text)) {
        (Some(typed), _) => letters(typed),
        (_, Some(deleted)) => letters(deleted).map(|deleted| "\x08 \x08".repeat(deleted.len())),
        _ => None,
    }
}

/// Whether the terminal understands no escape sequences. Also true if `TERM` is not set.
pub(super) fn is_dumb() -> bool {
    term() == Term::Dumb
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(words: &str) -> Prompt {
        Prompt { text: words.to_owned(), cursor: text::width(words) }
    }

    #[test]
    fn long_line_is_broken_at_words() {
        assert_eq!(broken_at_words("09:12 bob: shall we", 20), ["09:12 bob: shall we"]);
        assert_eq!(broken_at_words("09:12 bob: shall we", 19), ["09:12 bob: shall", "  we"]);
        assert_eq!(
            broken_at_words("bob: https://example.org/a/long/link", 12),
            ["bob:", "  https://example.org/a/long/link"]
        );
        assert_eq!(broken_at_words("  日本 日本 日本", 10), ["  日本", "  日本", "  日本"]);
        let line = "a line  with blanks, and words that are as long as they are";
        for columns in [0, 1, 5, 20, 58, 59, 60, usize::MAX] {
            let rows = broken_at_words(line, columns);
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&rows.join(" ")), words(line), "{columns}");
        }
        assert_eq!(broken_at_words("", 20), [""]);
    }

    #[test]
    fn typing_at_the_end_writes_only_the_new_letters() {
        assert_eq!(typed(&prompt("bob> a"), &prompt("bob> abc")).as_deref(), Some("bc"));
        assert_eq!(typed(&prompt("bob> abc"), &prompt("bob> a")).as_deref(), Some("\x08 \x08\x08 \x08"));
        for other in ["bob> b", "ana> a", "bob> a\u{301}", "bob> a日"] {
            assert_eq!(typed(&prompt("bob> a"), &prompt(other)), None, "{other:?}");
        }
        let within = Prompt { cursor: 2, ..prompt("bob> ab") };
        assert_eq!(typed(&prompt("bob> a"), &within), None);
    }
}
