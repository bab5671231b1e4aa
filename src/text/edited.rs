//! Wraps a text that is being edited, and maps positions in the text to places in its rows and back.

use std::{borrow::Cow, ops::Range};

use unicode_segmentation::UnicodeSegmentation;

use super::{ELLIPSIS, is_simple, safe_line, separator_of, width};

/// A text that is being edited, in rows. It breaks between the same words as [`wrap`](super::wrap()), but keeps all
/// blanks: each position in the text has a place of its own, where the next character goes.
///
/// A word leaves the last column free, so that the blank after it has a place. A word longer than a row is split, and
/// fills its rows. After a full row, the place of the end of a line is in a further row, which is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedRows<'t> {
    text: &'t str,
    columns: usize,
    /// The bytes of each row, without the line feed after it. There is at least one row.
    rows: Vec<Range<usize>>,
}

/// A grapheme cluster, with its place in the line and its width in columns.
struct Cluster<'t> {
    start: usize,
    shown: Cow<'t, str>,
    width: usize,
}

impl<'t> EditedRows<'t> {
    /// Wraps a text at `columns`, or at 1 if it is 0.
    pub fn new(text: &'t str, columns: usize) -> Self {
        let mut rows = Self { text, columns: columns.max(1), rows: Vec::new() };
        let mut start = 0;
        for line in text.split('\n') {
            rows.add_line(start..start + line.len());
            start += line.len() + 1;
        }
        rows
    }

    /// Returns whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The number of rows.
    pub fn height(&self) -> usize {
        self.rows.len()
    }

    /// The rows as they are shown.
    pub fn shown(&self) -> impl Iterator<Item = String> {
        self.rows
            .iter()
            .map(|row| clusters(&self.text[row.clone()], self.columns).map(|cluster| cluster.shown).collect())
    }

    /// The column and the row of a position in the text, which is in bytes.
    pub fn place(&self, position: usize) -> (usize, usize) {
        let y = self.rows.partition_point(|row| row.start <= position) - 1;
        let before = self.rows[y].start..position.min(self.rows[y].end);
        (clusters(&self.text[before], self.columns).map(|cluster| cluster.width).sum(), y)
    }

    /// The position of the character at a place, or the last position of its row. Below the last row, that row counts.
    pub fn position(&self, (x, y): (usize, usize)) -> usize {
        let y = y.min(self.rows.len() - 1);
        let row = self.rows[y].clone();
        let (mut right, mut last) = (0, 0);
        for cluster in clusters(&self.text[row.clone()], self.columns) {
            right += cluster.width;
            if right > x {
                return row.start + cluster.start;
            }
            last = cluster.start;
        }
        // The end of a row within a line is the start of the next one.
        let continues = self.rows.get(y + 1).is_some_and(|next| next.start == row.end);
        if continues { row.start + last } else { row.end }
    }

    fn add_line(&mut self, line: Range<usize>) {
        let text = &self.text[line.clone()];
        if is_simple(text) && width(text) < self.columns {
            return self.rows.push(line);
        }
        let clusters: Vec<Cluster<'_>> = clusters(text, self.columns).collect();
        let shown: String = clusters.iter().map(|cluster| &*cluster.shown).collect();
        let (mut rest, mut at, mut end) = (clusters.as_slice(), 0, 0);
        let (mut start, mut used) = (0, 0);
        for word in separator_of(&shown).find_words(&shown) {
            let letters = take_until(&mut rest, &mut at, end + word.word.len());
            end += word.word.len() + word.whitespace.len();
            let blanks = take_until(&mut rest, &mut at, end);
            let length: usize = letters.iter().map(|cluster| cluster.width).sum();
            let mut must_break = length > 0 && used > 0 && used + length >= self.columns;
            for cluster in letters.iter().chain(blanks) {
                if must_break || used + cluster.width > self.columns {
                    self.rows.push(line.start + start..line.start + cluster.start);
                    (start, used, must_break) = (cluster.start, 0, false);
                }
                used += cluster.width;
            }
        }
        self.rows.push(line.start + start..line.end);
        if used >= self.columns {
            self.rows.push(line.end..line.end);
        }
    }
}

/// Takes the clusters that begin before the byte `end` of the shown text. `at` is where the first one begins.
fn take_until<'c, 't>(rest: &mut &'c [Cluster<'t>], at: &mut usize, end: usize) -> &'c [Cluster<'t>] {
    let mut count = 0;
    while let Some(cluster) = rest.get(count).filter(|_| *at < end) {
        *at += cluster.shown.len();
        count += 1;
    }
    let (taken, after) = rest.split_at(count);
    *rest = after;
    taken
}

/// The grapheme clusters of a line. One that is wider than a row is shown as an ellipsis.
fn clusters(line: &str, columns: usize) -> impl Iterator<Item = Cluster<'_>> {
    line.grapheme_indices(true).map(move |(start, cluster)| {
        let shown = if is_simple(cluster) { cluster.into() } else { Cow::from(safe_line(cluster)) };
        let width = width(&shown);
        if width > columns {
            Cluster { start, shown: ELLIPSIS.into(), width: 1 }
        } else {
            Cluster { start, shown, width }
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str, columns: usize) -> Vec<String> {
        EditedRows::new(text, columns).shown().collect()
    }

    #[test]
    fn words_stay_whole_and_blanks_stay() {
        assert_eq!(shown("shall we look", 10), ["shall we ", "look"]);
        assert_eq!(shown("one two", 8), ["one two"], "the last column is free");
        assert_eq!(shown("one two", 7), ["one ", "two"], "the blank after the word would have no place");
        assert_eq!(shown("one   two", 5), ["one  ", " two"]);
        assert_eq!(shown("  one", 10), ["  one"]);
        assert_eq!(shown("one\n\ntwo", 10), ["one", "", "two"]);
        assert_eq!(shown("日本語 日本", 8), ["日本語 ", "日本"]);
    }

    #[test]
    fn word_longer_than_a_row_is_split() {
        assert_eq!(shown("a abcdefgh i", 5), ["a ", "abcde", "fgh ", "i"]);
        assert_eq!(shown("abcd", 4), ["abcd", ""], "the end has a place");
        assert_eq!(shown("日本語", 3), ["日", "本", "語"]);
        assert_eq!(shown("日", 1), ["…", ""]);
    }

    #[test]
    fn place_is_where_the_next_character_goes() {
        let place = |text: &str, columns, position| EditedRows::new(text, columns).place(position);
        assert_eq!(place("abc", 10, 3), (3, 0));
        assert_eq!(place("日本", 10, 3), (2, 0));
        assert_eq!(place("ab\ncd", 10, 4), (1, 1));
        assert_eq!(place("abcdef", 4, 5), (1, 1));
        assert_eq!(place("abcd", 4, 4), (0, 1));
        assert_eq!(place("one two", 7, 4), (0, 1), "the end of a row is the start of the next one");
        assert_eq!(place("one two", 7, 3), (3, 0));
        assert_eq!(place("one two  ", 12, 9), (9, 0));
        assert_eq!(place("a\u{1b}b", 10, 2), (2, 0));
        assert_eq!(place("a\tb", 10, 2), (5, 0));
    }

    #[test]
    fn position_right_of_a_row_is_its_last_one() {
        let rows = EditedRows::new("one two\nthree", 7);
        assert_eq!([(9, 0), (9, 1), (9, 2), (0, 9)].map(|place| rows.position(place)), [3, 7, 13, 8]);
        let rows = EditedRows::new("日本", 10);
        assert_eq!([0, 1, 2, 3, 4].map(|x| rows.position((x, 0))), [0, 0, 3, 3, 6]);
    }

    proptest! {
        #[test]
        fn each_position_has_a_place_of_its_own(text in r"([a-z ]|\PC|🇧🇷|日|é|\t|\n|\x1b| ){0,60}", columns in 1_usize..30) {
            let rows = EditedRows::new(&text, columns);
            let all: Vec<String> = rows.shown().collect();
            prop_assert!(all.iter().all(|row| width(row) <= columns), "{all:?}");
            let mut positions: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
            positions.push(text.len());
            let mut before = None;
            for position in positions {
                let (x, y) = rows.place(position);
                prop_assert!(before < Some((y, x)), "{position}: {before:?} {x} {y}");
                prop_assert!(x < columns && y < rows.height());
                prop_assert_eq!(rows.position((x, y)), position);
                before = Some((y, x));
            }
        }

        #[test]
        fn rows_do_not_change_before_the_cursor_while_blanks_follow(text in "[a-z ]{0,60}", columns in 2_usize..30) {
            let end = |text: &str| EditedRows::new(text, columns).place(text.len());
            let (before, after) = (end(&text), end(&format!("{text} ")));
            prop_assert!(after == (before.0 + 1, before.1) || after == (0, before.1 + 1), "{before:?} {after:?}");
        }
    }
}
