//! The first start: papo asks who one is.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::composer::{Composer, with_line_feeds};
use crate::domain::UserId;

/// The screen that asks for an id.
#[derive(Debug, Clone)]
pub struct State {
    /// What is being typed.
    pub composer: Composer,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Why it is asked although it was answered before.
    pub reason: Option<String>,
}

/// What came of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Go on asking.
    Asking,
    /// The answer.
    Chosen(UserId),
    /// The user leaves.
    Quit,
}

impl State {
    /// Asks; `reason` says why, where it is not the first time.
    pub fn new(reason: Option<String>) -> Self {
        Self { composer: Composer::new(""), error: None, reason }
    }

    /// Takes a key.
    pub fn key(&mut self, event: KeyEvent) -> Outcome {
        let control = event.modifiers == KeyModifiers::CONTROL;
        match event.code {
            _ if event.kind == KeyEventKind::Release => {}
            KeyCode::Enter => match UserId::from_input(&self.composer.text()) {
                Ok(id) => return Outcome::Chosen(id),
                Err(error) => self.error = Some(error.to_string()),
            },
            KeyCode::Esc => return Outcome::Quit,
            KeyCode::Char('c' | 'q') if control => return Outcome::Quit,
            _ => {
                self.composer.key(event);
                self.check();
            }
        }
        Outcome::Asking
    }

    /// Takes pasted text; only its first line can be an id.
    pub fn paste(&mut self, text: &str) {
        self.composer.insert(with_line_feeds(text).lines().next().unwrap_or_default());
        self.check();
    }

    fn check(&mut self) {
        let text = self.composer.text();
        self.error = match UserId::from_input(&text) {
            Err(error) if !text.is_empty() => Some(error.to_string()),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_in(state: &mut State, text: &str) {
        for c in text.chars() {
            assert_eq!(state.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)), Outcome::Asking);
        }
    }

    #[test]
    fn it_asks_until_the_id_is_one() {
        let mut state = State::new(None);
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        assert_eq!(state.key(enter), Outcome::Asking);
        assert!(state.error.is_some());
        type_in(&mut state, "a_");
        assert!(state.error.as_ref().is_some_and(|error| error.contains('_')));
        state.key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE));
        assert_eq!(state.error, None);
        type_in(&mut state, "na");
        assert_eq!(state.key(enter), Outcome::Chosen("ana".parse().unwrap()));
    }
}
