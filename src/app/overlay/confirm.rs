//! A yes-or-no question before papo carries out an action.

use crossterm::event::{KeyCode, KeyEvent};

use super::component::Component;
use crate::{
    app::{
        LocalizedText,
        actions::questions,
        event::{Event, ExitKind, ModelRef, Question, info},
        keymap::Action,
        language::Language,
        state::attention::is_read,
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

    /// Accepts the keys for yes and no, and ignores all others. Enter and the letter count only when the question was on
    /// the screen long enough to be read.
    fn key(&mut self, key: KeyEvent, action: Option<Action>, model: &ModelRef<'_>) -> Vec<Event> {
        let says_yes = key.code == KeyCode::Enter || is_letter(model.language, key.code, "key-yes");
        let is_yes = self.is_repeated_by(action) || (says_yes && is_read(self.asked, model.now));
        let is_no = key.code == KeyCode::Esc
            || is_letter(model.language, key.code, "key-no")
            || action == Some(Action::Interrupt);
        match (is_yes, is_no) {
            (true, _) => {
                let confirmed = questions::confirmed(self.question.clone(), model.peer);
                [Event::Close].into_iter().chain(confirmed).collect()
            }
            (false, true) => vec![Event::Close, info("cancelled")],
            (false, false) => Vec::new(),
        }
    }
}
