//! The question in the line of notices: a second Enter confirms it.

use crossterm::event::{KeyCode, KeyEvent};

use super::{keys::Certainty, turn::Turn};
use crate::{
    app::{
        actions::questions,
        event::Question,
        rejection::Rejection,
        state::{JournalEntry, Level, NoticeLabel, PinnedQuestion, attention::is_read},
    },
    protocol::Command,
};

impl Turn<'_> {
    /// Asks a question in the line of notices.
    pub fn ask(&mut self, question: Question) {
        let model = &mut *self.model;
        let text = model.language.translate(questions::text(&question, &model.peer));
        let label = NoticeLabel::Question;
        model.notices.journal.note(JournalEntry::Notice { label, text: text.clone() });
        model.notices.question = Some(PinnedQuestion { question, text, asked: model.now.tick });
    }

    /// Returns whether a key answers the question, or repeats the one that caused it. Enter confirms it, Esc cancels
    /// it. Any other key cancels it, too, and then does what it always does.
    pub fn answers_question(&mut self, key: KeyEvent) -> bool {
        let now = self.model.now.tick;
        let Some(pinned) = self.model.notices.question.take() else { return false };
        match key.code {
            KeyCode::Enter if key.modifiers.is_empty() => {
                if is_read(pinned.asked, now) {
                    self.confirmed(pinned.question);
                } else {
                    self.model.notices.question = Some(pinned);
                }
                true
            }
            KeyCode::Modifier(_) => {
                self.model.notices.question = Some(pinned);
                true
            }
            _ => {
                self.show_notice(Level::Info, "cancelled");
                key.code == KeyCode::Esc
            }
        }
    }

    /// Cancels the question, because the user turned to something else.
    pub fn cancel_question(&mut self) {
        if self.model.notices.question.take().is_some() {
            self.show_notice(Level::Info, "cancelled");
        }
    }

    fn confirmed(&mut self, question: Question) {
        match question {
            Question::Send(to) | Question::Run(to, _) | Question::Literal(to, _) => {
                // The chat may have changed once more.
                if self.model.chats.active_chat() == Some(&to) {
                    self.enter(Certainty::Confirmed);
                } else {
                    self.show_notice(Level::Info, "cancelled");
                }
            }
            question => self.apply(questions::confirmed(question, &self.model.peer)),
        }
    }

    /// Carries out a command of the user, and says so unless a notice of the peer does.
    pub fn answered_command(&mut self, command: Command) -> Result<(), Rejection> {
        let done = questions::done(&command, &self.model.peer, &self.model.lookalikes);
        let before = self.model.notices.count();
        self.command(command)?;
        if let Some(done) = done.filter(|_| self.model.notices.count() == before) {
            self.show_notice(Level::Info, done);
        }
        Ok(())
    }
}
