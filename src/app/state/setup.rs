//! The form of the first start. It asks for the user's ID, and for the broker unless that is configured.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::composer::{Composer, imported};
use crate::{
    app::language::{Language, LocalizedText, localized},
    domain::UserId,
};

/// How many rows a page key scrolls.
const PAGE: u16 = 5;

/// The form of the first start.
#[derive(Debug, Clone)]
pub struct SetupForm {
    /// The field for the ID.
    pub id: Composer,
    /// The field for the broker's URL; `None` if the form does not ask for it.
    pub broker: Option<Composer>,
    /// True if the cursor is in the broker's field.
    pub at_broker: bool,
    /// True while the ID, which the command line names, is only shown. Tab or Backspace begins to edit it.
    is_id_fixed: bool,
    /// Why the text in the field is invalid.
    pub error: Option<LocalizedText>,
    /// Why the form is shown again; `None` the first time.
    pub reason: Option<LocalizedText>,
    /// How far the text above the fields is scrolled up, in rows from its end.
    pub scroll: u16,
    /// The language of the form.
    pub language: Language,
}

/// The outcome of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The form is still open.
    Asking,
    /// The form is still open, and the whole screen must be redrawn.
    Redraw,
    /// The form is complete: the ID, and the broker's URL if the form asked for it.
    Chosen(UserId, Option<String>),
    /// The user quits.
    Quit,
}

impl SetupForm {
    /// An empty form. If `broker` is set, the form has a field for the broker's URL with this default.
    pub fn new(broker: Option<&str>, reason: Option<LocalizedText>, language: Language) -> Self {
        let broker = broker.map(Composer::new);
        let id = Composer::new("");
        Self { id, broker, at_broker: false, is_id_fixed: false, error: None, reason, scroll: 0, language }
    }

    /// The same form, with an ID that is only shown at first, so that a `y` typed as an answer does not change it.
    #[must_use]
    pub fn with_id(self, id: &UserId) -> Self {
        Self { id: Composer::new(id.as_str()), is_id_fixed: true, ..self }
    }

    /// Handles a key.
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
            KeyCode::Tab | KeyCode::Backspace if self.shows_fixed_id() => self.is_id_fixed = false,
            KeyCode::Tab | KeyCode::BackTab | KeyCode::Up | KeyCode::Down => {
                self.at_broker = self.broker.is_some() && !self.at_broker;
                self.check();
            }
            KeyCode::PageUp => self.scroll = self.scroll.saturating_add(PAGE),
            KeyCode::PageDown => self.scroll = self.scroll.saturating_sub(PAGE),
            KeyCode::Esc => return Outcome::Quit,
            KeyCode::Char('l') if control => return Outcome::Redraw,
            KeyCode::Char('c' | 'q') if control => return Outcome::Quit,
            _ if self.shows_fixed_id() => {}
            _ => {
                self.field().key(event);
                self.check();
            }
        }
        Outcome::Asking
    }

    /// The text about the keys. It names Tab only if there is something else to edit.
    pub fn keys(&self) -> LocalizedText {
        match self.broker {
            None if self.shows_fixed_id() => localized!("setup-keys-fixed", id = self.id.text()),
            Some(_) if self.shows_fixed_id() => localized!("setup-keys-fixed-next"),
            None => localized!("setup-keys-only"),
            Some(_) if self.at_broker => localized!("setup-keys-last"),
            Some(_) => localized!("setup-keys-next"),
        }
    }

    /// Returns whether the cursor is at an ID that is only shown.
    pub fn shows_fixed_id(&self) -> bool {
        self.is_id_fixed && !self.at_broker
    }

    /// Inserts the first line of pasted text.
    pub fn paste(&mut self, text: &str) {
        if self.shows_fixed_id() {
            return;
        }
        self.field().insert(imported(text).lines().next().unwrap_or_default());
        self.check();
    }

    /// Shows why the broker's URL is invalid, and moves the cursor to its field.
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

    fn type_in(state: &mut SetupForm, text: &str) {
        for c in text.chars() {
            assert_eq!(state.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)), Outcome::Asking);
        }
    }

    #[test]
    fn form_stays_open_until_the_id_is_valid() {
        let mut state = SetupForm::new(None, None, Language::english());
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        assert_eq!(state.key(enter), Outcome::Asking);
        assert!(state.error.is_some());
        type_in(&mut state, "a_");
        assert!(state.error.clone().is_some_and(|error| state.language.translate(error).contains('_')));
        state.key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE));
        assert_eq!(state.error, None);
        type_in(&mut state, "na");
        assert_eq!(state.key(enter), Outcome::Chosen("ana".parse().unwrap(), None));
    }

    #[test]
    fn id_of_the_command_line_changes_only_after_tab_or_backspace() {
        let press = |code| KeyEvent::new(code, KeyModifiers::NONE);
        let form = || SetupForm::new(None, None, Language::english()).with_id(&"zed".parse().unwrap());
        let mut state = form();
        type_in(&mut state, "y");
        state.paste("es");
        assert_eq!(state.key(press(KeyCode::Enter)), Outcome::Chosen("zed".parse().unwrap(), None));
        for key in [KeyCode::Tab, KeyCode::Backspace] {
            let mut state = form();
            state.key(press(key));
            type_in(&mut state, "y");
            assert_eq!(state.key(press(KeyCode::Enter)), Outcome::Chosen("zedy".parse().unwrap(), None), "{key:?}");
        }
    }

    #[test]
    fn form_asks_for_broker_if_not_configured() {
        let press = |code| KeyEvent::new(code, KeyModifiers::NONE);
        let mut state = SetupForm::new(Some("mqtt://here"), None, Language::english());
        type_in(&mut state, "ana");
        assert_eq!(state.key(press(KeyCode::Enter)), Outcome::Asking);
        type_in(&mut state, ":1");
        state.key(press(KeyCode::Up));
        type_in(&mut state, "b");
        let chosen = Outcome::Chosen("anab".parse().unwrap(), Some("mqtt://here:1".to_owned()));
        assert_eq!(state.key(press(KeyCode::Enter)), Outcome::Asking, "Enter in the first field goes to the second");
        assert_eq!(state.key(press(KeyCode::Enter)), chosen);
    }
}
