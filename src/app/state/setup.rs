//! The first start: papo asks who one is, and which broker is meant where nothing says it.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::composer::{Composer, imported};
use crate::{
    app::language::Language,
    domain::{LocalizedText, UserId},
};

/// How many rows a page is.
const PAGE: u16 = 5;

/// The screen that asks for an id, and for a broker.
#[derive(Debug, Clone)]
pub struct State {
    /// The id.
    pub id: Composer,
    /// The broker's URL, where it is asked for.
    pub broker: Option<Composer>,
    /// Whether the broker is being typed.
    pub at_broker: bool,
    /// What is wrong with what is being typed.
    pub error: Option<LocalizedText>,
    /// Why it is asked although it was answered before.
    pub reason: Option<LocalizedText>,
    /// How many rows of what is said above the fields are passed by, from its end.
    pub scroll: u16,
    /// The language in which it is asked.
    pub language: Language,
}

/// What came of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Go on asking.
    ClientCommand,
    /// Go on, and draw all of the screen again.
    Redraw,
    /// The answers.
    Chosen(UserId, Option<String>),
    /// The user leaves.
    Quit,
}

impl State {
    /// Asks; `broker` is what is meant where nothing else is typed, `reason` says why, where it is not the first time.
    pub fn new(broker: Option<&str>, reason: Option<LocalizedText>, language: Language) -> Self {
        let broker = broker.map(Composer::new);
        Self { id: Composer::new(""), broker, at_broker: false, error: None, reason, scroll: 0, language }
    }

    /// The same, with an id to begin with.
    #[must_use]
    pub fn with_id(self, id: &UserId) -> Self {
        Self { id: Composer::new(id.as_str()), ..self }
    }

    /// Takes a key.
    pub fn key(&mut self, event: KeyEvent) -> Outcome {
        let control = event.modifiers == KeyModifiers::CONTROL;
        match event.code {
            _ if event.kind == KeyEventKind::Release => {}
            KeyCode::Enter => match UserId::from_input(&self.id.text()) {
                Ok(id) if self.at_broker || self.broker.is_none() => {
                    let broker = self.broker.as_ref().map(|broker| broker.text().trim().to_owned());
                    return Outcome::Chosen(id, broker);
                }
                Ok(_) => self.at_broker = true,
                Err(error) => {
                    self.at_broker = false;
                    self.error = Some(error.into());
                }
            },
            KeyCode::Tab | KeyCode::BackTab | KeyCode::Up | KeyCode::Down => {
                self.at_broker = self.broker.is_some() && !self.at_broker;
                self.check();
            }
            KeyCode::PageUp => self.scroll = self.scroll.saturating_add(PAGE),
            KeyCode::PageDown => self.scroll = self.scroll.saturating_sub(PAGE),
            KeyCode::Esc => return Outcome::Quit,
            KeyCode::Char('l') if control => return Outcome::Redraw,
            KeyCode::Char('c' | 'q') if control => return Outcome::Quit,
            _ => {
                self.field().key(event);
                self.check();
            }
        }
        Outcome::ClientCommand
    }

    /// Takes pasted text; only its first line can be an answer.
    pub fn paste(&mut self, text: &str) {
        self.field().insert(imported(text).lines().next().unwrap_or_default());
        self.check();
    }

    /// Says that the broker's URL is none, and has it typed anew.
    pub fn refuse_broker(&mut self, why: LocalizedText) {
        self.at_broker = self.broker.is_some();
        self.error = Some(why);
    }

    fn field(&mut self) -> &mut Composer {
        match &mut self.broker {
            Some(broker) if self.at_broker => broker,
            _ => &mut self.id,
        }
    }

    fn check(&mut self) {
        let text = self.id.text();
        self.error = match UserId::from_input(&text) {
            Err(error) if !text.is_empty() && !self.at_broker => Some(error.into()),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_in(state: &mut State, text: &str) {
        for c in text.chars() {
            assert_eq!(state.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)), Outcome::ClientCommand);
        }
    }

    #[test]
    fn it_asks_until_the_id_is_one() {
        let mut state = State::new(None, None, Language::english());
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        assert_eq!(state.key(enter), Outcome::ClientCommand);
        assert!(state.error.is_some());
        type_in(&mut state, "a_");
        assert!(state.error.clone().is_some_and(|error| state.language.translate(error).contains('_')));
        state.key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE));
        assert_eq!(state.error, None);
        type_in(&mut state, "na");
        assert_eq!(state.key(enter), Outcome::Chosen("ana".parse().unwrap(), None));
    }

    #[test]
    fn the_broker_is_asked_for_where_nothing_says_it() {
        let press = |code| KeyEvent::new(code, KeyModifiers::NONE);
        let mut state = State::new(Some("mqtt://here"), None, Language::english());
        type_in(&mut state, "ana");
        assert_eq!(state.key(press(KeyCode::Enter)), Outcome::ClientCommand);
        type_in(&mut state, ":1");
        state.key(press(KeyCode::Up));
        type_in(&mut state, "b");
        let chosen = Outcome::Chosen("anab".parse().unwrap(), Some("mqtt://here:1".to_owned()));
        assert_eq!(state.key(press(KeyCode::Enter)), Outcome::ClientCommand, "one goes through both");
        assert_eq!(state.key(press(KeyCode::Enter)), chosen);
    }
}
