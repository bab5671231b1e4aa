//! The composer: a text area with readline's keys and a history of sent lines.
//!
//! A [`TextArea`] moves its cursor by `char`. The composer moves it by grapheme clusters: what a reader sees as one
//! character, such as a flag or a keycap emoji. "Cluster" below means grapheme cluster.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{CursorMove, TextArea};
use unicode_segmentation::GraphemeCursor;

/// The most sent lines in the history.
const HISTORY_LIMIT: usize = 200;

const NONE: KeyModifiers = KeyModifiers::NONE;
const CONTROL: KeyModifiers = KeyModifiers::CONTROL;
const ALT: KeyModifiers = KeyModifiers::ALT;

/// A text area and the history of the lines sent from it.
#[derive(Debug, Clone)]
pub struct Composer {
    area: TextArea<'static>,
    sent: Vec<String>,
    browsing: Option<Browsing>,
}

/// The state while the user browses the history. As in readline, a changed line stays changed until a line is sent.
#[derive(Debug, Clone)]
struct Browsing {
    /// The sent lines with their changes, and last the line that the user was writing.
    lines: Vec<String>,
    /// The index of the shown line.
    at: usize,
}

impl Default for Composer {
    fn default() -> Self {
        Self::new("")
    }
}

impl Composer {
    /// A composer with `text`, and the cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut composer = Self { area: TextArea::default(), sent: Vec::new(), browsing: None };
        composer.set(text);
        composer
    }

    /// The text area, for drawing.
    pub fn area(&self) -> &TextArea<'static> {
        &self.area
    }

    /// The text.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Returns whether the composer has no text.
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// Replaces the text, and moves the cursor to its end.
    pub fn set(&mut self, text: &str) {
        self.area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
    }

    /// Deletes the text, and stops browsing the history.
    pub fn clear(&mut self) {
        self.browsing = None;
        self.set("");
    }

    /// Takes the text out of the composer, and adds it to the history. Returns the text.
    pub fn take(&mut self) -> String {
        let text = self.text();
        if self.sent.last() != Some(&text) {
            self.sent.push(text.clone());
        }
        if self.sent.len() > HISTORY_LIMIT {
            self.sent.remove(0);
        }
        self.clear();
        text
    }

    /// Inserts a line feed at the cursor.
    pub fn new_line(&mut self) {
        self.area.insert_newline();
    }

    /// Inserts pasted text. Removes a byte order mark, and turns line ends into line feeds.
    pub fn insert(&mut self, text: &str) {
        self.area.insert_str(imported(text));
    }

    /// The text of the cursor's line up to the cursor.
    pub fn before_cursor(&self) -> String {
        let (row, column) = self.cursor();
        self.area.lines().get(row).map(|line| line.chars().take(column).collect()).unwrap_or_default()
    }

    /// Replaces `count` characters before the cursor.
    pub fn replace_before_cursor(&mut self, count: usize, text: &str) {
        for _ in 0..count {
            self.area.delete_char();
        }
        self.area.insert_str(text);
    }

    /// Handles a key. Returns whether the text may have changed.
    pub fn key(&mut self, event: KeyEvent) -> bool {
        // With Shift, the text area would select text, but the view does not show a selection.
        let event = KeyEvent { modifiers: event.modifiers.difference(KeyModifiers::SHIFT), ..event };
        let (row, last) = (self.area.cursor().0, self.area.lines().len() - 1);
        match (event.code, event.modifiers) {
            (KeyCode::Up, NONE) if row == 0 => self.browse(-1),
            (KeyCode::Down, NONE) if row == last => self.browse(1),
            (KeyCode::Left, NONE) | (KeyCode::Char('b'), CONTROL) => self.go_back(),
            (KeyCode::Right, NONE) | (KeyCode::Char('f'), CONTROL) => self.go_forward(),
            (KeyCode::Backspace, NONE) | (KeyCode::Char('h'), CONTROL) => self.delete_back(),
            (KeyCode::Delete, NONE) | (KeyCode::Char('d'), CONTROL) => self.delete_forward(),
            (KeyCode::Backspace, CONTROL | ALT) | (KeyCode::Char('w'), CONTROL) | (KeyCode::Char('h'), ALT) => {
                self.delete_word_back()
            }
            (KeyCode::Delete, CONTROL | ALT) | (KeyCode::Char('d'), ALT) => self.delete_word_forward(),
            (KeyCode::Char('u'), CONTROL) => self.area.delete_line_by_head(),
            (KeyCode::Enter, _) => false,
            (code, _) => {
                let is_changed = self.area.input(event);
                if !is_changed {
                    self.leave_cluster(matches!(code, KeyCode::Right | KeyCode::Char('f')));
                }
                is_changed
            }
        }
    }

    /// Shows the line `by` steps further in the history; negative is older. Returns whether there is such a line.
    fn browse(&mut self, by: isize) -> bool {
        if self.browsing.is_none() && by > 0 {
            return false;
        }
        let text = self.text();
        let Self { sent, browsing, .. } = self;
        let browsing = browsing.get_or_insert_with(|| Browsing {
            lines: sent.iter().cloned().chain([String::new()]).collect(),
            at: sent.len(),
        });
        browsing.lines[browsing.at] = text;
        let Some(at) = browsing.at.checked_add_signed(by).filter(|at| *at < browsing.lines.len()) else { return false };
        browsing.at = at;
        let line = browsing.lines[at].clone();
        self.set(&line);
        true
    }

    /// The row of the cursor, and its column in characters.
    fn cursor(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// The line with the cursor.
    fn line(&self) -> &str {
        &self.area.lines()[self.area.cursor().0]
    }

    fn go_back(&mut self) -> bool {
        let (row, column) = self.cursor();
        if column > 0 {
            self.go_to(row, cluster_before(self.line(), column));
        } else if let Some(above) = row.checked_sub(1) {
            self.go_to(above, self.area.lines()[above].chars().count());
        }
        false
    }

    fn go_forward(&mut self) -> bool {
        let (row, column) = self.cursor();
        let after = cluster_after(self.line(), column);
        if after > column {
            self.go_to(row, after);
        } else if row + 1 < self.area.lines().len() {
            self.go_to(row + 1, 0);
        }
        false
    }

    /// Moves the cursor to a position. `CursorMove::Jump` takes only `u16`; beyond that, the cursor moves step by step.
    fn go_to(&mut self, row: usize, column: usize) {
        if let (Ok(row), Ok(column)) = (u16::try_from(row), u16::try_from(column)) {
            return self.area.move_cursor(CursorMove::Jump(row, column));
        }
        loop {
            let before = self.cursor();
            match before.cmp(&(row, column)) {
                std::cmp::Ordering::Less => self.area.move_cursor(CursorMove::Forward),
                std::cmp::Ordering::Greater => self.area.move_cursor(CursorMove::Back),
                std::cmp::Ordering::Equal => return,
            }
            if self.cursor() == before {
                return;
            }
        }
    }

    /// If the cursor is inside a cluster, moves it to the edge of that cluster.
    fn leave_cluster(&mut self, forward: bool) {
        let (row, column) = self.cursor();
        if !is_between_clusters(self.line(), column) {
            let edge = if forward { cluster_after } else { cluster_before };
            self.go_to(row, edge(self.line(), column));
        }
    }

    fn delete_back(&mut self) -> bool {
        let column = self.area.cursor().1;
        let count = column - cluster_before(self.line(), column);
        (0..count.max(1)).fold(false, |is_changed, _| self.area.delete_char() || is_changed)
    }

    fn delete_forward(&mut self) -> bool {
        let (row, column) = self.cursor();
        let count = cluster_after(self.line(), column) - column;
        if count == 0 {
            return self.area.delete_next_char();
        }
        self.go_to(row, column + count);
        (0..count).fold(false, |is_changed, _| self.area.delete_char() || is_changed)
    }

    fn delete_word_back(&mut self) -> bool {
        let (row, column) = self.cursor();
        let mut deleted = self.area.clone();
        if !deleted.delete_word() {
            return false;
        }
        let start = deleted.cursor().1;
        if deleted.cursor().0 != row || is_between_clusters(self.line(), start) {
            self.area = deleted;
            return true;
        }
        self.cut(row, column, cluster_before(self.line(), start))
    }

    fn delete_word_forward(&mut self) -> bool {
        let (row, column) = self.cursor();
        let mut deleted = self.area.clone();
        if !deleted.delete_next_word() {
            return false;
        }
        let length = |area: &TextArea<'_>| area.lines()[row].chars().count();
        let end = column + length(&self.area).saturating_sub(length(&deleted));
        if deleted.lines().len() != self.area.lines().len() || is_between_clusters(self.line(), end) {
            self.area = deleted;
            return true;
        }
        self.cut(row, column, cluster_after(self.line(), end))
    }

    /// Cuts the text between two columns of a line. Returns whether there was any.
    fn cut(&mut self, row: usize, from: usize, to: usize) -> bool {
        self.go_to(row, from);
        self.area.start_selection();
        self.go_to(row, to);
        self.area.cut()
    }
}

/// The column, in characters, at which the cluster before `column` starts.
fn cluster_before(line: &str, column: usize) -> usize {
    let at = byte(line, column);
    let before = GraphemeCursor::new(at, line.len(), true).prev_boundary(line, 0).ok().flatten().unwrap_or(0);
    column - line[before..at].chars().count()
}

/// The column, in characters, at which the cluster after `column` ends.
fn cluster_after(line: &str, column: usize) -> usize {
    let at = byte(line, column);
    let after = GraphemeCursor::new(at, line.len(), true).next_boundary(line, 0).ok().flatten().unwrap_or(line.len());
    column + line[at..after].chars().count()
}

fn is_between_clusters(line: &str, column: usize) -> bool {
    GraphemeCursor::new(byte(line, column), line.len(), true).is_boundary(line, 0).unwrap_or(true)
}

/// The byte offset of a column, which counts characters.
fn byte(line: &str, column: usize) -> usize {
    line.char_indices().nth(column).map_or(line.len(), |(at, _)| at)
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
mod tests {
    use super::*;

    fn press(composer: &mut Composer, code: KeyCode) {
        composer.key(KeyEvent::new(code, NONE));
    }

    #[test]
    fn history_keeps_sent_lines_and_the_unsent_one() {
        let mut composer = Composer::new("one");
        assert_eq!(composer.take(), "one");
        composer.set("two");
        composer.take();
        composer.set("half");
        press(&mut composer, KeyCode::Up);
        assert_eq!(composer.text(), "two");
        press(&mut composer, KeyCode::Up);
        press(&mut composer, KeyCode::Up);
        assert_eq!(composer.text(), "one");
        press(&mut composer, KeyCode::Down);
        press(&mut composer, KeyCode::Down);
        assert_eq!(composer.text(), "half");
    }

    #[test]
    fn up_moves_through_all_lines_before_it_browses_the_history() {
        let mut composer = Composer::new("sent");
        composer.take();
        composer.insert("a\r\nb");
        press(&mut composer, KeyCode::Up);
        assert_eq!(composer.text(), "a\nb");
        press(&mut composer, KeyCode::Up);
        assert_eq!(composer.text(), "sent");
    }

    #[test]
    fn edited_history_line_is_kept_until_a_line_is_sent() {
        let mut composer = Composer::new("");
        for line in ["one", "two"] {
            composer.set(line);
            composer.take();
        }
        composer.set("half");
        press(&mut composer, KeyCode::Up);
        press(&mut composer, KeyCode::Char('!'));
        press(&mut composer, KeyCode::Down);
        press(&mut composer, KeyCode::Char('?'));
        assert_eq!(composer.text(), "half?");
        press(&mut composer, KeyCode::Up);
        assert_eq!(composer.text(), "two!");
        press(&mut composer, KeyCode::Up);
        press(&mut composer, KeyCode::Down);
        assert_eq!(composer.take(), "two!", "the shown line is sent");
        for earlier in ["two!", "two", "one"] {
            press(&mut composer, KeyCode::Up);
            assert_eq!(composer.text(), earlier, "earlier sent lines are unchanged");
        }
    }

    /// Clusters of several `char`s: a flag, a family, a skin tone, two keycaps, a heart with a variation selector,
    /// combining marks, and Hangul from its parts.
    const CLUSTERS: [&str; 8] = ["🇧🇷", "👨‍👩‍👧‍👦", "👍🏽", "1️⃣", "#️⃣", "❤️", "e\u{301}\u{323}", "\u{1112}\u{1161}\u{11ab}"];

    #[test]
    fn cursor_and_deletion_treat_a_cluster_as_one_character() {
        for cluster in CLUSTERS {
            let text = format!("a{cluster}{cluster}b\n{cluster}");
            for (left, right) in [
                (KeyEvent::new(KeyCode::Left, NONE), KeyEvent::new(KeyCode::Right, NONE)),
                (KeyEvent::new(KeyCode::Char('b'), CONTROL), KeyEvent::new(KeyCode::Char('f'), CONTROL)),
            ] {
                let mut composer = Composer::new(&text);
                let mut positions = vec![composer.area.cursor()];
                for _ in 0..6 {
                    assert!(!composer.key(left));
                    positions.push(composer.area.cursor());
                }
                let long = cluster.chars().count();
                let expected = [(1, long), (1, 0), (0, 2 * long + 2), (0, 2 * long + 1), (0, long + 1), (0, 1), (0, 0)];
                assert_eq!(
                    positions.iter().map(|position| (position.0, position.1)).collect::<Vec<_>>(),
                    expected,
                    "{cluster}"
                );
                for position in positions.iter().rev().skip(1) {
                    composer.key(right);
                    assert_eq!(composer.area.cursor(), *position, "{cluster}");
                }
            }
            for (back, forward) in [
                (KeyEvent::new(KeyCode::Backspace, NONE), KeyEvent::new(KeyCode::Delete, NONE)),
                (KeyEvent::new(KeyCode::Char('h'), CONTROL), KeyEvent::new(KeyCode::Char('d'), CONTROL)),
            ] {
                let mut composer = Composer::new(&text);
                for left in ["a**b\n", "a**b", "a**", "a*"] {
                    assert!(composer.key(back));
                    assert_eq!(composer.text(), left.replace('*', cluster));
                }
                let mut composer = Composer::new(&text);
                composer.go_to(0, 1);
                for left in ["a*b\n*", "ab\n*", "a\n*"] {
                    assert!(composer.key(forward));
                    assert_eq!(composer.text(), left.replace('*', cluster));
                }
            }
        }
    }

    #[test]
    fn word_commands_never_split_a_cluster() {
        for cluster in CLUSTERS {
            for (code, modifiers) in [
                (KeyCode::Char('w'), CONTROL),
                (KeyCode::Backspace, CONTROL),
                (KeyCode::Backspace, ALT),
                (KeyCode::Delete, CONTROL),
                (KeyCode::Char('d'), ALT),
                (KeyCode::Left, CONTROL),
                (KeyCode::Right, CONTROL),
            ] {
                let line = format!("{cluster}.{cluster} {cluster}{cluster}a");
                for column in (0..=line.chars().count()).filter(|column| is_between_clusters(&line, *column)) {
                    let mut composer = Composer::new(&line);
                    composer.go_to(0, column);
                    composer.key(KeyEvent::new(code, modifiers));
                    let left = composer.text();
                    assert!(is_between_clusters(&left, composer.area.cursor().1), "{left:?}");
                    let rest = left.replace(cluster, "");
                    assert!(rest.chars().all(|c| ". a".contains(c)), "{line:?} {column} {code:?}: {left:?}");
                    if left != line {
                        composer.area.paste();
                        assert_eq!(composer.text(), line, "paste restores everything that was cut");
                    }
                }
            }
        }
    }

    #[test]
    fn shift_does_not_select_text() {
        let mut composer = Composer::new("ab");
        composer.key(KeyEvent::new(KeyCode::Left, KeyModifiers::SHIFT));
        composer.key(KeyEvent::new(KeyCode::Home, KeyModifiers::SHIFT));
        press(&mut composer, KeyCode::Char('x'));
        assert_eq!(composer.text(), "xab");
    }

    #[test]
    fn line_longer_than_a_cursor_jump_can_be_edited() {
        let mut composer = Composer::new(&"é".repeat(70_000));
        press(&mut composer, KeyCode::Left);
        press(&mut composer, KeyCode::Backspace);
        press(&mut composer, KeyCode::Delete);
        assert_eq!((composer.text().chars().count(), composer.area.cursor().1), (69_998, 69_998));
    }

    #[test]
    fn imported_removes_byte_order_mark_and_carriage_returns() {
        assert_eq!(imported("\u{feff}one\r\ntwo\rthree\n\u{feff}"), "one\ntwo\nthree\n\u{feff}");
    }
}
