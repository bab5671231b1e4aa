//! Where text is written: a text area with readline's keys and the lines that were sent before.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{CursorMove, TextArea};

/// How many sent lines are remembered.
const REMEMBERED: usize = 200;

/// A text area and its history.
#[derive(Debug, Clone)]
pub struct Composer {
    area: TextArea<'static>,
    sent: Vec<String>,
    /// Which of the sent lines is shown, and what stood there before one went back.
    browsing: Option<(usize, String)>,
}

impl Default for Composer {
    fn default() -> Self {
        Self::new("")
    }
}

impl Composer {
    /// One that holds `text`, the cursor at its end.
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

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// Replaces the text.
    pub fn set(&mut self, text: &str) {
        self.area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
    }

    pub(super) fn clear(&mut self) {
        self.browsing = None;
        self.set("");
    }

    /// Takes the text away, to be sent, and remembers it.
    pub(super) fn take(&mut self) -> String {
        let text = self.text();
        if self.sent.last() != Some(&text) {
            self.sent.push(text.clone());
        }
        if self.sent.len() > REMEMBERED {
            self.sent.remove(0);
        }
        self.clear();
        text
    }

    pub(super) fn new_line(&mut self) {
        self.area.insert_newline();
    }

    /// Inserts text as it was pasted; line ends become line feeds.
    pub(super) fn insert(&mut self, text: &str) {
        self.area.insert_str(with_line_feeds(text));
    }

    /// The line up to the cursor.
    pub(super) fn before_cursor(&self) -> String {
        let (row, column) = (self.area.cursor().0, self.area.cursor().1);
        self.area.lines().get(row).map(|line| line.chars().take(column).collect()).unwrap_or_default()
    }

    /// Replaces so many characters before the cursor.
    pub(super) fn replace_before_cursor(&mut self, count: usize, text: &str) {
        for _ in 0..count {
            self.area.delete_char();
        }
        self.area.insert_str(text);
    }

    /// Takes a key. Returns whether the text may have changed.
    pub(super) fn key(&mut self, event: KeyEvent) -> bool {
        let plain = event.modifiers.is_empty();
        let (row, last) = (self.area.cursor().0, self.area.lines().len() - 1);
        match event.code {
            KeyCode::Up if plain && row == 0 => self.go_back(),
            KeyCode::Down if plain && row == last => self.go_forward(),
            KeyCode::Char('u') if event.modifiers == KeyModifiers::CONTROL => self.area.delete_line_by_head(),
            KeyCode::Enter => false,
            _ => self.area.input(event),
        }
    }

    fn go_back(&mut self) -> bool {
        let at = self.browsing.as_ref().map_or(self.sent.len(), |(at, _)| *at);
        let Some(earlier) = at.checked_sub(1) else { return false };
        let before = self.browsing.take().map_or_else(|| self.text(), |(_, text)| text);
        let line = self.sent[earlier].clone();
        self.set(&line);
        self.browsing = Some((earlier, before));
        true
    }

    fn go_forward(&mut self) -> bool {
        let Some((at, before)) = self.browsing.take() else { return false };
        match self.sent.get(at + 1).cloned() {
            Some(line) => {
                self.set(&line);
                self.browsing = Some((at + 1, before));
            }
            None => self.set(&before),
        }
        true
    }
}

/// Pasted text with line feeds for line ends: terminals send a carriage return for each.
pub(super) fn with_line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(composer: &mut Composer, code: KeyCode) {
        composer.key(KeyEvent::new(code, KeyModifiers::NONE));
    }

    #[test]
    fn sent_lines_come_back_and_the_unsent_one_is_not_lost() {
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
    fn up_within_several_lines_moves_the_cursor() {
        let mut composer = Composer::new("");
        composer.set("sent");
        composer.take();
        composer.insert("a\r\nb");
        press(&mut composer, KeyCode::Up);
        assert_eq!(composer.text(), "a\nb");
        press(&mut composer, KeyCode::Up);
        assert_eq!(composer.text(), "sent");
    }
}
