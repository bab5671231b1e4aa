//! The composer: a text with readline's keys, and the lines sent from it.

mod buffer;
mod sent;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub use self::sent::SentSearch;
use self::{
    buffer::{Buffer, Direction, is_not_blank, is_of_word},
    sent::SentLines,
};
use crate::text::EditedRows;

const NONE: KeyModifiers = KeyModifiers::NONE;
const CONTROL: KeyModifiers = KeyModifiers::CONTROL;
const ALT: KeyModifiers = KeyModifiers::ALT;

/// A text that the user edits, and the lines sent from it.
#[derive(Debug, Clone, Default)]
pub struct Composer {
    buffer: Buffer,
    sent: SentLines,
    /// Whether Enter has neither sent nor run the text. Then the next character replaces it, like a selection.
    is_held: bool,
    /// Whether the user has typed or moved in the text since it came to the front. Else it is an untouched draft.
    is_in_use: bool,
    /// What was killed last. The update passes it from one composer to the next.
    pub killed: String,
}

impl Composer {
    /// A composer with `text`, and the cursor at its end.
    pub fn new(text: &str) -> Self {
        Self { buffer: Buffer::new(text), ..Self::default() }
    }

    /// The text.
    pub fn text(&self) -> String {
        self.as_str().to_owned()
    }

    /// The text, borrowed.
    pub fn as_str(&self) -> &str {
        self.buffer.text()
    }

    /// The text in the rows of a column of this width.
    pub fn rows(&self, columns: usize) -> EditedRows<'_> {
        EditedRows::new(self.as_str(), columns)
    }

    /// The position of the cursor in the text, in bytes.
    pub fn cursor(&self) -> usize {
        self.buffer.cursor()
    }

    /// Returns whether the composer has no text.
    pub fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }

    /// Replaces the text, and moves the cursor to its end.
    pub fn set(&mut self, text: &str) {
        self.is_held = false;
        self.buffer.set(text);
    }

    /// Holds the text: the next character or paste replaces it, and any other key that edits or moves ends that. So
    /// does a blank: no line begins with one, but the arguments that a command lacks do.
    pub fn hold(&mut self) {
        (self.is_held, self.is_in_use) = (!self.is_empty(), true);
    }

    /// Returns whether the text is held.
    pub fn is_held(&self) -> bool {
        self.is_held
    }

    /// Returns whether a key would replace the text, because it is held.
    pub fn would_replace(&self, key: KeyEvent) -> bool {
        self.is_held && matches!(key.code, KeyCode::Char(c) if c != ' ') && KeyModifiers::SHIFT.contains(key.modifiers)
    }

    /// Stops holding the text.
    pub fn end_hold(&mut self) {
        self.is_held = false;
    }

    /// Makes the text a draft that the user has not touched.
    pub fn rest(&mut self) {
        (self.is_held, self.is_in_use) = (false, false);
    }

    /// The user goes elsewhere: the text is a draft that they have not touched when they come back. If it is held, it
    /// stays so.
    pub fn leave(&mut self) {
        self.is_in_use = false;
    }

    /// Marks the text as one in which the user types or moves.
    pub fn begin_use(&mut self) {
        (self.is_held, self.is_in_use) = (false, true);
    }

    /// Returns whether the text is a draft that the user has not touched since it came to the front.
    pub fn is_untouched_draft(&self) -> bool {
        !self.is_empty() && !self.is_in_use
    }

    /// The line that the user is writing. It differs from the text while a sent line is shown in its place.
    pub fn draft(&self) -> String {
        self.sent.draft().unwrap_or(self.as_str()).to_owned()
    }

    /// Like [`Self::set`], and stops browsing the history.
    pub fn set_line(&mut self, text: &str) {
        self.sent.leave();
        self.rest();
        self.set(text);
    }

    /// Deletes the text, and stops browsing the history.
    pub fn clear(&mut self) {
        self.set_line("");
    }

    /// Takes the text out of the composer, and adds it to the history. Returns the text.
    pub fn take(&mut self) -> String {
        let text = self.text();
        self.sent.push(&text);
        self.buffer = Buffer::default();
        self.rest();
        text
    }

    /// Adds a text that was typed elsewhere to the history.
    pub fn remember(&mut self, text: &str) {
        self.sent.push(text);
    }

    /// Inserts a line feed at the cursor.
    pub fn new_line(&mut self) {
        self.begin_use();
        self.buffer.insert("\n");
    }

    /// Inserts pasted text, or replaces a held text by it. Removes a byte order mark, and turns line ends into line
    /// feeds.
    pub fn insert(&mut self, text: &str) {
        self.take_found();
        let text = imported(text);
        if self.leaves_held() {
            self.buffer.set(&text);
        } else {
            self.buffer.insert(&text);
        }
        self.is_in_use = true;
    }

    /// Ends the hold of a text that is about to be replaced, and adds it to the history. Returns whether it was held.
    fn leaves_held(&mut self) -> bool {
        let was_held = std::mem::take(&mut self.is_held);
        if was_held {
            self.sent.push(self.buffer.text());
        }
        was_held
    }

    /// The text of the cursor's line up to the cursor.
    pub fn before_cursor(&self) -> &str {
        &self.as_str()[self.buffer.line_start()..self.cursor()]
    }

    /// Replaces `count` characters before the cursor.
    pub fn replace_before_cursor(&mut self, count: usize, text: &str) {
        let mut before = self.as_str()[..self.cursor()].char_indices().rev();
        let start = count.checked_sub(1).and_then(|count| before.nth(count)).map_or(0, |(at, _)| at);
        let start = if count == 0 { self.cursor() } else { start };
        self.begin_use();
        self.buffer.replace(start..self.cursor(), text);
    }

    /// Moves the cursor to the character at a place, in columns and rows of the text wrapped at `columns`.
    pub fn click(&mut self, place: (usize, usize), columns: usize) {
        self.take_found();
        self.begin_use();
        let position = self.rows(columns).position(place);
        self.buffer.go_to(position);
    }

    /// The search through the sent lines, while there is one.
    pub fn search(&self) -> Option<&SentSearch> {
        self.sent.search()
    }

    /// Begins to search these lines, the oldest first. While searching, goes to the next older line that is found.
    pub fn search_older(&mut self, lines: &[String]) {
        self.begin_use();
        let found = self.sent.search_older(&self.buffer, lines);
        self.buffer = found.unwrap_or_else(|| std::mem::take(&mut self.buffer));
    }

    /// Handles a key while the user searches the sent lines. Returns false if the key ends the search, but has to do
    /// what it does at any other time.
    pub fn search_key(&mut self, event: KeyEvent) -> bool {
        let found = match (event.code, event.modifiers.difference(KeyModifiers::SHIFT)) {
            (KeyCode::Char(c), NONE) => self.sent.search_for(|words| words.push(c)),
            (KeyCode::Backspace, NONE) | (KeyCode::Char('h'), CONTROL) => self.sent.search_for(|words| {
                words.pop();
            }),
            (KeyCode::Esc, _) | (KeyCode::Char('g' | 'c'), CONTROL) => self.sent.cancel_search(),
            (code, _) => {
                self.take_found();
                return code == KeyCode::Enter;
            }
        };
        self.buffer = found.unwrap_or_else(|| std::mem::take(&mut self.buffer));
        true
    }

    /// Ends the search. The line that was found stays; undo goes back to what was there before.
    fn take_found(&mut self) {
        let Some(before) = self.sent.cancel_search() else { return };
        let (text, cursor) = (self.text(), self.cursor());
        self.buffer = before;
        if self.as_str() != text {
            self.buffer.set(&text);
            self.buffer.go_to(cursor);
        }
    }

    /// Handles a key in a field of one row. Returns whether the text may have changed.
    pub fn key(&mut self, event: KeyEvent) -> bool {
        self.key_in_rows(event, usize::MAX)
    }

    /// Handles a key in a text wrapped at `columns`. Returns whether the text may have changed.
    pub fn key_in_rows(&mut self, event: KeyEvent, columns: usize) -> bool {
        if matches!(event.code, KeyCode::Modifier(_)) {
            return false;
        }
        // With Shift, other programs select text; papo has no selection.
        let modifiers = event.modifiers.difference(KeyModifiers::SHIFT);
        if let (KeyCode::Char(c), NONE) = (event.code, modifiers) {
            if self.would_replace(event) && self.leaves_held() {
                self.buffer.type_over(c);
            } else {
                self.buffer.type_in(c);
            }
            self.begin_use();
            return true;
        }
        let is_changed = self.edit(event.code, modifiers, columns);
        if is_changed.is_some() {
            self.begin_use();
        }
        is_changed.unwrap_or(false)
    }

    /// Returns whether a key types, edits or moves, even if it changes nothing at the moment.
    pub fn knows(event: KeyEvent) -> bool {
        let modifiers = event.modifiers.difference(KeyModifiers::SHIFT);
        let types = matches!((event.code, modifiers), (KeyCode::Char(_), NONE));
        types || Self::default().edit(event.code, modifiers, usize::MAX).is_some()
    }

    /// Carries out a key that moves, edits or goes through the sent lines, in a text wrapped at `columns`. Returns
    /// whether the text may have changed; `None` if it is no such key.
    fn edit(&mut self, code: KeyCode, modifiers: KeyModifiers, columns: usize) -> Option<bool> {
        match (code, modifiers) {
            (KeyCode::Char('p'), CONTROL) => Some(self.browse(-1)),
            (KeyCode::Char('n'), CONTROL) => Some(self.browse(1)),
            (KeyCode::Up, NONE) => Some(!self.buffer.move_by_row(Direction::Back, columns) && self.browse(-1)),
            (KeyCode::Down, NONE) => Some(!self.buffer.move_by_row(Direction::Forward, columns) && self.browse(1)),
            _ => match self.motion(code, modifiers) {
                Some(position) => {
                    self.buffer.go_to(position);
                    Some(false)
                }
                None => self.change(code, modifiers),
            },
        }
    }

    /// Where a key moves the cursor; `None` if it does not move it.
    fn motion(&self, code: KeyCode, modifiers: KeyModifiers) -> Option<usize> {
        let buffer = &self.buffer;
        Some(match (code, modifiers) {
            (KeyCode::Left, NONE) | (KeyCode::Char('b'), CONTROL) => buffer.before(),
            (KeyCode::Right, NONE) | (KeyCode::Char('f'), CONTROL) => buffer.after(),
            (KeyCode::Left, CONTROL | ALT) | (KeyCode::Char('b'), ALT) => buffer.word_start(is_of_word),
            (KeyCode::Right, CONTROL | ALT) | (KeyCode::Char('f'), ALT) => buffer.word_end(is_of_word),
            (KeyCode::Home, NONE) | (KeyCode::Char('a'), CONTROL) => buffer.line_start(),
            (KeyCode::End, NONE) | (KeyCode::Char('e'), CONTROL) => buffer.line_end(),
            _ => return None,
        })
    }

    /// Carries out a key that changes the text. Returns whether it did; `None` if it is no such key.
    fn change(&mut self, code: KeyCode, modifiers: KeyModifiers) -> Option<bool> {
        let Self { buffer, killed, .. } = self;
        Some(match (code, modifiers) {
            (KeyCode::Backspace, NONE) | (KeyCode::Char('h'), CONTROL) => buffer.delete(buffer.before()),
            (KeyCode::Delete, NONE) | (KeyCode::Char('d'), CONTROL) => buffer.delete(buffer.after()),
            (KeyCode::Char('w'), CONTROL) => buffer.kill(buffer.word_start(is_not_blank), killed),
            (KeyCode::Backspace, CONTROL | ALT) => buffer.kill(buffer.word_start(is_of_word), killed),
            (KeyCode::Delete, CONTROL | ALT) | (KeyCode::Char('d'), ALT) => {
                buffer.kill(buffer.word_end(is_of_word), killed)
            }
            // At the edge of a line, these take the line feed.
            (KeyCode::Char('u'), CONTROL) => {
                let start = buffer.line_start();
                buffer.kill(if start == buffer.cursor() { buffer.before() } else { start }, killed)
            }
            (KeyCode::Char('k'), CONTROL) => {
                let end = buffer.line_end();
                buffer.kill(if end == buffer.cursor() { buffer.after() } else { end }, killed)
            }
            (KeyCode::Char('y'), CONTROL) => buffer.replace(buffer.cursor()..buffer.cursor(), killed),
            (KeyCode::Char('t'), CONTROL) => buffer.transpose(),
            // Terminals send Ctrl-_ as the byte 0x1f, which is also that of Ctrl-/ and Ctrl-7.
            (KeyCode::Char('_' | '/' | '7'), CONTROL) => buffer.undo(),
            _ => return None,
        })
    }

    /// Shows the line `by` steps further in the history; negative is older. Returns whether there is such a line.
    fn browse(&mut self, by: isize) -> bool {
        let Some(line) = self.sent.browse(by, self.buffer.text()) else { return false };
        self.buffer = Buffer::new(line);
        true
    }
}

/// Normalizes text from outside (a paste, an editor, a script): removes a byte order mark, and turns line ends into
/// line feeds. Terminals send carriage returns as line ends.
pub fn imported(text: &str) -> String {
    text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n")
}

/// The text as the user would type it: a leading slash is doubled, so that the text is not read as a command.
pub fn escape_slash(text: &str) -> String {
    if text.starts_with('/') { format!("/{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests;
