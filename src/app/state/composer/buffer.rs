//! A text with a cursor, and the commands of readline that change them.
//!
//! The cursor moves by grapheme clusters: what a reader sees as one character, such as a flag or a keycap emoji.
//! "Cluster" below means grapheme cluster.

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

use crate::text::EditedRows;

/// The most changes that can be undone, and the most bytes that they take.
const UNDO_LIMIT: (usize, usize) = (200, 1 << 20);

/// A text, its cursor, and how to undo the changes.
#[derive(Debug, Clone, Default)]
pub struct Buffer {
    text: String,
    /// The cursor's position, in bytes.
    cursor: usize,
    /// The texts and cursors before the latest changes.
    undo: Vec<(String, usize)>,
    latest: Latest,
}

/// What the latest command did. It decides how the next one goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Latest {
    #[default]
    Other,
    /// Typed a character; the characters of a word are undone together.
    Typed,
    /// Killed text; the next kill adds to it.
    Killed,
    /// Moved by a row, from this column or one that a longer row had.
    MovedByRow(usize),
}

/// A direction in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Back,
    Forward,
}

impl Buffer {
    /// A text, with the cursor at its end, and nothing to undo.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), cursor: text.len(), ..Self::default() }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The cursor's position, in bytes.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Moves the cursor to a position.
    pub fn go_to(&mut self, position: usize) {
        (self.cursor, self.latest) = (position, Latest::Other);
    }

    /// Replaces the whole text, and moves the cursor to its end.
    pub fn set(&mut self, text: &str) {
        self.replace(0..self.text.len(), text);
    }

    /// Inserts text at the cursor.
    pub fn insert(&mut self, text: &str) {
        self.replace(self.cursor..self.cursor, text);
    }

    /// Inserts a character that the user typed.
    pub fn type_in(&mut self, c: char) {
        if self.latest == Latest::Typed && !c.is_whitespace() {
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        } else {
            self.insert(c.encode_utf8(&mut [0; 4]));
        }
        self.latest = Latest::Typed;
    }

    /// Replaces the whole text by a character that the user typed.
    pub fn type_over(&mut self, c: char) {
        self.set(c.encode_utf8(&mut [0; 4]));
        self.latest = Latest::Typed;
    }

    /// Replaces a part of the text, and moves the cursor behind it. Returns whether that changed the text.
    pub fn replace(&mut self, range: Range<usize>, by: &str) -> bool {
        self.latest = Latest::Other;
        if self.text[range.clone()] == *by {
            self.cursor = range.end;
            return false;
        }
        self.undo.push((self.text.clone(), self.cursor));
        let (count, bytes) = UNDO_LIMIT;
        let size = |undo: &[(String, usize)]| undo.iter().map(|(text, _)| text.len()).sum::<usize>();
        while self.undo.len() > count || size(&self.undo) > bytes {
            self.undo.remove(0);
        }
        self.text.replace_range(range.clone(), by);
        self.cursor = range.start + by.len();
        true
    }

    /// Undoes the latest change. Returns whether there was one.
    pub fn undo(&mut self) -> bool {
        self.latest = Latest::Other;
        let Some(before) = self.undo.pop() else { return false };
        (self.text, self.cursor) = before;
        true
    }

    /// Moves the cursor by a row of a text wrapped at `columns`. Returns false if there is no further row.
    pub fn move_by_row(&mut self, direction: Direction, columns: usize) -> bool {
        let rows = EditedRows::new(&self.text, columns);
        let (x, y) = rows.place(self.cursor);
        let x = if let Latest::MovedByRow(from) = self.latest { from } else { x };
        let row = match direction {
            Direction::Back => y.checked_sub(1),
            Direction::Forward => Some(y + 1).filter(|row| *row < rows.height()),
        };
        let Some(row) = row else { return false };
        let position = rows.position((x, row));
        (self.cursor, self.latest) = (position, Latest::MovedByRow(x));
        true
    }

    /// Deletes the text between the cursor and another position. Returns whether there was any.
    pub fn delete(&mut self, to: usize) -> bool {
        self.replace(self.cursor.min(to)..self.cursor.max(to), "")
    }

    /// Moves the text between the cursor and another position to `killed`. What consecutive kills take stays together
    /// in its order. Returns whether there was any.
    pub fn kill(&mut self, to: usize, killed: &mut String) -> bool {
        let range = self.cursor.min(to)..self.cursor.max(to);
        let taken = self.text[range.clone()].to_owned();
        if taken.is_empty() {
            return false;
        }
        let before = if self.latest == Latest::Killed { std::mem::take(killed) } else { String::new() };
        *killed = if to < self.cursor { taken + &before } else { before + &taken };
        self.replace(range, "");
        self.latest = Latest::Killed;
        true
    }

    /// Swaps the clusters before and after the cursor and moves it behind them; at the end of a line, swaps the two
    /// before it. Returns whether there were two.
    pub fn transpose(&mut self) -> bool {
        let end = if self.cursor == self.line_end() { self.cursor } else { self.after() };
        let clusters: Vec<(usize, &str)> = self.text[self.line_start()..end].grapheme_indices(true).collect();
        let [.., (first, before), (_, after)] = clusters[..] else { return false };
        let (start, swapped) = (self.line_start() + first, format!("{after}{before}"));
        self.replace(start..end, &swapped)
    }

    /// The start of the cluster before the cursor.
    pub fn before(&self) -> usize {
        let cursor = GraphemeCursor::new(self.cursor, self.text.len(), true).prev_boundary(&self.text, 0);
        cursor.ok().flatten().unwrap_or(0)
    }

    /// The end of the cluster after the cursor.
    pub fn after(&self) -> usize {
        let cursor = GraphemeCursor::new(self.cursor, self.text.len(), true).next_boundary(&self.text, 0);
        cursor.ok().flatten().unwrap_or(self.text.len())
    }

    pub fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |feed| feed + 1)
    }

    pub fn line_end(&self) -> usize {
        self.text[self.cursor..].find('\n').map_or(self.text.len(), |feed| self.cursor + feed)
    }

    /// The start of the word before the cursor. What is not `in_word` separates words.
    pub fn word_start(&self, in_word: fn(&str) -> bool) -> usize {
        let clusters = self.text[..self.cursor].grapheme_indices(true).rev();
        let mut rest = clusters.skip_while(|(_, cluster)| !in_word(cluster)).peekable();
        let mut start = 0;
        while let Some((at, _)) = rest.next_if(|(_, cluster)| in_word(cluster)) {
            start = at;
        }
        start
    }

    /// The end of the word after the cursor. What is not `in_word` separates words.
    pub fn word_end(&self, in_word: fn(&str) -> bool) -> usize {
        let clusters = self.text[self.cursor..].grapheme_indices(true);
        let mut rest =
            clusters.skip_while(|(_, cluster)| !in_word(cluster)).skip_while(|(_, cluster)| in_word(cluster));
        rest.next().map_or(self.text.len(), |(at, _)| self.cursor + at)
    }
}

/// Whether a cluster is part of a word: a letter, a digit, or an emoji.
pub fn is_of_word(cluster: &str) -> bool {
    is_not_blank(cluster) && !(cluster.len() == 1 && cluster.starts_with(|c: char| c.is_ascii_punctuation()))
}

/// Whether a cluster is no blank and no line feed.
pub fn is_not_blank(cluster: &str) -> bool {
    !cluster.starts_with(char::is_whitespace)
}
