//! A yes-or-no question before papo carries out an action.

use crossterm::event::{KeyCode, KeyEvent};

use super::component::Component;
use crate::{
    app::{
        LocalizedText,
        event::{Event, ExitKind, ModelRef, Question},
        keymap::Action,
        language::Language,
        localized,
    },
    domain::Request,
    protocol::{Command, Peer},
};

/// An open question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// The question, which stands for the action to confirm.
    pub question: Question,
}

impl Confirm {
    pub(super) fn open(question: Question, _: &ModelRef<'_>) -> Self {
        Self { question }
    }

    /// The text of the question.
    pub fn text(&self, peer: &Peer) -> LocalizedText {
        let users = |others: usize| localized!("hosting-others", count = others);
        match &self.question {
            Question::Request(user) => localized!("question-request", user),
            Question::Quit => localized!("question-quit"),
            Question::ExitWhileHosting(ExitKind::Quit, others) => {
                localized!("question-quit-hosting", who = users(*others))
            }
            Question::ExitWhileHosting(ExitKind::Suspend, others) => {
                localized!("question-suspend-hosting", who = users(*others))
            }
            Question::Paste(text) => localized!("question-paste", count = text.lines().count()),
            Question::Accept(id) => {
                let who = peer.request(*id).and_then(|request| request.peer.as_ref());
                who.map_or_else(|| localized!("question-accept"), |who| localized!("question-accept-of", who))
            }
            Question::DenyAll(requests) => localized!("question-deny-all", count = requests.len()),
            Question::Disband(group) => localized!("question-disband", group),
            Question::Leave(group) => localized!("question-leave", group),
            Question::Remove(group, user) => localized!("question-remove", user, group),
            Question::HandOver(group, user) => localized!("question-hand-over", group, user),
            Question::Forget(user) => localized!("question-forget", user),
        }
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

    /// The events that carry out the confirmed action.
    fn confirmed(&self, peer: &Peer) -> Vec<Event> {
        let command = match self.question.clone() {
            Question::Quit => return vec![Event::ConfirmExit(ExitKind::Quit)],
            Question::ExitWhileHosting(how, _) => return vec![Event::Exit(how)],
            Question::Paste(text) => return vec![Event::Insert(text)],
            Question::DenyAll(requests) => {
                let is_pending = |id: &_| peer.request(*id).is_some_and(Request::waits_for_me);
                return requests.into_iter().filter(is_pending).map(|id| Event::Command(Command::Deny(id))).collect();
            }
            Question::Request(user) => Command::RequestChat(user),
            Question::Accept(id) => Command::Accept(id),
            Question::Disband(group) => Command::DisbandGroup(group),
            Question::Leave(group) => Command::LeaveGroup(group),
            Question::Remove(group, user) => Command::RemoveMember { group, user },
            Question::HandOver(group, user) => Command::HandOver { group, user },
            Question::Forget(user) => Command::Forget(user),
        };
        vec![Event::Command(command)]
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

    /// Accepts the keys for yes and no, and ignores all others.
    fn key(&mut self, key: KeyEvent, action: Option<Action>, model: &ModelRef<'_>) -> Vec<Event> {
        let is_yes =
            self.is_repeated_by(action) || key.code == KeyCode::Enter || is_letter(model.language, key.code, "key-yes");
        let is_no = key.code == KeyCode::Esc
            || is_letter(model.language, key.code, "key-no")
            || action == Some(Action::Interrupt);
        match (is_yes, is_no) {
            (true, _) => [Event::Close].into_iter().chain(self.confirmed(model.peer)).collect(),
            (false, true) => vec![Event::Close],
            (false, false) => Vec::new(),
        }
    }
}
