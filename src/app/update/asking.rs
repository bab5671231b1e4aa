//! The question in the line of notices: a second Enter confirms it.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use super::{keys::Certainty, turn::Turn};
use crate::{
    app::{
        actions::questions,
        event::{Event, OpenOverlay, Question},
        rejection::Rejection,
        state::{JournalEntry, Level, NoticeLabel, PinnedQuestion, attention::is_read},
    },
    domain::{ChatId, MessageId, RequestKind},
    protocol::Command,
};

impl Turn<'_> {
    /// Asks a question in the line of notices.
    pub fn ask(&mut self, question: Question) {
        self.names_chat(&question);
        let model = &mut *self.model;
        let text = model.language.translate(questions::pinned(&question, &model.peer));
        let label = NoticeLabel::Question;
        model.notices.journal.note(JournalEntry::Notice { label, text: text.clone() });
        model.notices.question = Some(PinnedQuestion { question, text, asked: model.now.tick });
    }

    /// Records which chat the user wants to go to, if a question is about that.
    fn names_chat(&mut self, question: &Question) {
        match question {
            Question::Request(user) => self.named(ChatId::User(user.clone())),
            Question::Join(group) => self.named(ChatId::Group(group.clone())),
            _ => {}
        }
    }

    /// Records which chat the user wants to go to by accepting a request. It may open later.
    fn names_chat_of(&mut self, request: MessageId) {
        let Some(request) = self.model.peer.request(request) else { return };
        let chat = match &request.kind {
            RequestKind::Chat | RequestKind::UnknownSession(_) => request.peer.clone().map(ChatId::User),
            RequestKind::Invite(group) => Some(ChatId::Group(group.clone())),
            RequestKind::Join(_) | RequestKind::Lead(_) => None,
        };
        if let Some(chat) = chat {
            self.named(chat);
        }
    }

    fn named(&mut self, chat: ChatId) {
        let model = &mut *self.model;
        // A line in a chat that has ended asks by itself for a request.
        if model.chats.active_chat() != Some(&chat) {
            model.attention.named(chat.to_string(), model.now.tick);
        }
    }

    /// Returns whether a key answers the question, or repeats the one that caused it. Enter confirms it, Esc cancels
    /// it. Any other key cancels it, too, and then does what it always does.
    pub fn answers_question(&mut self, key: KeyEvent) -> bool {
        let now = self.model.now.tick;
        let Some(pinned) = &mut self.model.notices.question else { return false };
        match key.code {
            KeyCode::Enter if key.modifiers.is_empty() => {
                // A key that is held confirms nothing: each repetition starts the time again.
                if key.kind == KeyEventKind::Repeat || !is_read(pinned.asked, now) {
                    pinned.asked = now;
                } else if let Some(ended) = self.model.notices.end_question(now) {
                    self.confirmed(ended.question);
                }
                true
            }
            KeyCode::Modifier(_) => true,
            _ => {
                self.cancel_question();
                key.code == KeyCode::Esc
            }
        }
    }

    /// Cancels the question, because the user turned to something else.
    pub fn cancel_question(&mut self) {
        if let Some(ended) = self.model.notices.end_question(self.model.now.tick) {
            self.show_notice(Level::Info, questions::cancelled(&ended.question, &self.model.peer));
        }
    }

    /// Removes the question if it is settled, or if it would ask something else by now.
    pub fn settle_question(&mut self) {
        let model = &mut *self.model;
        let Some(PinnedQuestion { question, text, .. }) = &model.notices.question else { return };
        let is_over = match question {
            Question::Send(to, _) | Question::Run(to, _) | Question::Literal(to, _) => {
                model.chats.active_chat() != Some(to)
            }
            _ => {
                questions::is_settled(question, &model.peer)
                    || *text != model.language.translate(questions::pinned(question, &model.peer))
            }
        };
        if is_over {
            model.notices.end_question(model.now.tick);
        }
    }

    /// Asks the pinned question in an overlay instead, after a click: the hand is not on Enter, and text may be in the
    /// composer.
    pub fn ask_in_overlay(&mut self) {
        if let Some(pinned) = self.model.notices.end_question(self.model.now.tick) {
            self.apply(vec![Event::Open(OpenOverlay::Confirm(pinned.question))]);
        }
    }

    fn confirmed(&mut self, question: Question) {
        self.names_chat(&question);
        if let Question::Send(..) = question {
            self.model.attention.knows_chat();
        }
        match question {
            // A question about another chat than the active one has ended.
            Question::Send(..) | Question::Run(..) | Question::Literal(..) => self.enter(Certainty::Confirmed),
            question => self.apply(questions::confirmed(question, &self.model.peer)),
        }
    }

    /// Carries out a command of the user, and says so unless a notice of the peer does.
    pub fn answered_command(&mut self, command: Command) -> Result<(), Rejection> {
        let done = questions::done(&command, &self.model.peer, &self.model.lookalikes);
        let before = self.model.notices.count();
        if let Command::Accept(request) = command {
            self.names_chat_of(request);
        }
        self.command(command)?;
        if let Some(done) = done.filter(|_| self.model.notices.count() == before) {
            self.show_notice(Level::Info, done);
        }
        Ok(())
    }
}
