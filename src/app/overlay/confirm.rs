//! A yes-or-no question before papo carries out an action.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use super::component::Component;
use crate::{
    app::{
        LocalizedText,
        actions::questions,
        event::{Event, ExitKind, ModelRef, Question, info},
        keymap::Action,
        language::Language,
        state::{View, attention::is_read},
    },
    domain::Tick,
    protocol::Peer,
};

/// An open question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// The question, which stands for the action to confirm.
    pub question: Question,
    /// When it was asked.
    pub asked: Tick,
}

impl Confirm {
    pub(super) fn open(question: Question, model: &ModelRef<'_>) -> Self {
        Self { question, asked: model.now }
    }

    /// The text of the question.
    pub fn text(&self, peer: &Peer) -> LocalizedText {
        questions::text(&self.question, peer)
    }

    /// Returns whether an action repeats the action that caused the question. That counts as yes.
    fn is_repeated_by(&self, action: Option<Action>) -> bool {
        match &self.question {
            Question::Quit => matches!(action, Some(Action::Quit | Action::Interrupt)),
            Question::ExitWhileHosting(ExitKind::Quit, _) => action == Some(Action::Quit),
            Question::ExitWhileHosting(ExitKind::Suspend, _) => action == Some(Action::Suspend),
            _ => false,
        }
    }
}

/// Returns whether a key is the letter in the text `text` of the language, in either case.
fn is_letter(language: &Language, code: KeyCode, text: &'static str) -> bool {
    matches!(code, KeyCode::Char(c) if c.to_lowercase().to_string() == language.translate(text))
}

impl Component for Confirm {
    fn act(&mut self, _: Action, _: &ModelRef<'_>) -> Vec<Event> {
        Vec::new()
    }

    /// Enter and the letter for yes count only when the question was on the screen long enough to be read, and not
    /// while the key is held. Any other key means no, so that text typed by mistake never says yes.
    fn key(&mut self, key: KeyEvent, action: Option<Action>, model: &ModelRef<'_>) -> Vec<Event> {
        let says_yes = key.code == KeyCode::Enter || is_letter(model.language, key.code, "key-yes");
        let is_early = key.kind == KeyEventKind::Repeat || !is_read(self.asked, model.now);
        if self.is_repeated_by(action) || (says_yes && !is_early) {
            let confirmed = questions::confirmed(self.question.clone(), model.peer);
            return [Event::Close].into_iter().chain(confirmed).chain(questions::back(&self.question)).collect();
        }
        if says_yes {
            self.asked = model.now;
            return Vec::new();
        }
        if is_ignored(key.code) && action != Some(Action::Cancel) {
            return Vec::new();
        }
        let cancelled = [Event::Close, info(questions::cancelled(&self.question, model.peer))];
        let typed = match key.code {
            // In line mode, text that has nothing to do with the question is a line to send.
            KeyCode::Char(c) if model.view == View::Lines && !is_letter(model.language, key.code, "key-no") => {
                (action != Some(Action::Interrupt)).then(|| Event::Insert(c.to_string()))
            }
            _ => None,
        };
        cancelled.into_iter().chain(questions::back(&self.question)).chain(typed).collect()
    }
}

/// Returns whether a key neither answers nor types: it scrolls, or is a modifier.
fn is_ignored(code: KeyCode) -> bool {
    use KeyCode::{Down, End, Home, Modifier, Null, PageDown, PageUp, Up};
    matches!(code, Up | Down | PageUp | PageDown | Home | End | Modifier(_) | Null)
}
