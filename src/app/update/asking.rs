//! The question in the line of notices, and the keys and lines that answer it.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{
    line::Certainty,
    turn::{Landing, Turn},
};
use crate::{
    app::{
        actions::questions::{self, TypedAnswer},
        event::Question,
        keymap::Action,
        language::Language,
        localized,
        overlay::is_text,
        rejection::Rejection,
        state::{
            About, JournalEntry, Level, NoticeLabel, Pane, PinnedQuestion,
            attention::{Switch, is_read},
            question::WhySend,
        },
    },
    domain::{ChatId, MessageId, RequestKind},
    protocol::Command,
};

impl Turn<'_> {
    /// Asks a question in the line of notices.
    pub fn ask(&mut self, question: Question) {
        self.names_chat(&question);
        let model = &*self.model;
        let text = questions::pinned(&question, &model.peer, &model.lookalikes, &model.language);
        self.pin(question, text);
    }

    fn pin(&mut self, question: Question, text: String) {
        let model = &mut *self.model;
        let label = NoticeLabel::Question;
        model.notices.journal.note(JournalEntry::Notice { label, text: text.clone() });
        let (typed, asked) = (String::new(), model.now.tick);
        model.notices.question = Some(PinnedQuestion { question, text, typed, asked });
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

    /// Returns whether a key answers the question, or repeats the one that caused it. Enter confirms it, or in some
    /// cases a typed name and Enter. Esc and Ctrl-C cancel it, and so do a word for no and Enter. Any other key cancels
    /// it, too, and then does what it always does.
    pub fn answers_question(&mut self, key: KeyEvent) -> bool {
        let now = self.model.now.tick;
        let action = self.model.keymap.action(self.model.context(), &key);
        let Some(pinned) = &mut self.model.notices.question else { return false };
        let is_enter = key.code == KeyCode::Enter && key.modifiers.is_empty();
        // A key that is held confirms nothing: each repetition starts the time again.
        let is_early = key.kind == KeyEventKind::Repeat || !is_read(pinned.asked, now);
        if matches!(key.code, KeyCode::Modifier(_)) {
            true
        } else if key.kind != KeyEventKind::Repeat && questions::is_repeated_by(&pinned.question, action) {
            self.confirm_question();
            true
        } else if key.code == KeyCode::Esc || action == Some(Action::Interrupt) {
            pinned.typed.clear();
            self.cancel_question();
            true
        } else if pinned.takes_typing() || !is_enter {
            self.types_answer(key, is_early)
        } else {
            if is_early {
                pinned.asked = now;
            } else {
                self.confirm_question();
            }
            true
        }
    }

    /// Handles a key that may belong to a word that answers the question. The question keeps the letters of an answer.
    /// If a text turns out to be another one, the question is cancelled and all of the text goes where it would have
    /// gone. A word for yes confirms nothing, and goes nowhere.
    fn types_answer(&mut self, key: KeyEvent, is_early: bool) -> bool {
        let language = &self.model.language;
        let Some(pinned) = &mut self.model.notices.question else { return false };
        match key.code {
            KeyCode::Enter if key.modifiers.is_empty() => {
                match questions::answer(&pinned.typed, &pinned.question, language) {
                    Some(TypedAnswer::Name) if is_early => {}
                    Some(TypedAnswer::Name) => self.confirm_question(),
                    Some(TypedAnswer::No) => {
                        pinned.typed.clear();
                        self.cancel_question();
                    }
                    None if pinned.question.needs_word() => {}
                    Some(TypedAnswer::Yes) | None => {
                        let typed = std::mem::take(&mut pinned.typed);
                        self.ask_again(&typed);
                    }
                }
            }
            KeyCode::Backspace if key.modifiers.is_empty() && pinned.takes_typing() => drop(pinned.typed.pop()),
            KeyCode::Char(c) if is_text(key) && takes(pinned, c.encode_utf8(&mut [0; 4]), language) => {
                pinned.typed.push(c);
            }
            _ => {
                let typed = std::mem::take(&mut pinned.typed);
                let needed_name = pinned.question.needs_word();
                self.cancel_question();
                let is_answer = self.typed_instead(&typed, key);
                let is_begun = is_text(key) || !typed.is_empty();
                if !is_answer && is_begun && self.model.is_in_composer() && self.model.overlay.is_none() {
                    self.dispatch(key);
                    self.model.attention.typed_as_answer(needed_name);
                    return true;
                }
                return is_answer;
            }
        }
        true
    }

    /// Asks the question again, because what was typed, such as a word for yes, does not confirm it.
    fn ask_again(&mut self, typed: &str) {
        let model = &mut *self.model;
        let Some(PinnedQuestion { question, .. }) = model.notices.question.take() else { return };
        let text = questions::pinned(&question, &model.peer, &model.lookalikes, &model.language);
        let text = model.language.translate(localized!("question-after-yes", text = typed, question = text));
        self.pin(question, text);
    }

    /// Passes letters that were no answer to the composer or the field that has the keys. Elsewhere they are a text
    /// that is not meant for the place, and so is the next key.
    fn typed_instead(&mut self, typed: &str, key: KeyEvent) -> bool {
        if self.takes_text() {
            for c in typed.chars() {
                self.dispatch(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
            }
            return false;
        }
        if typed.is_empty() || !is_text(key) {
            return false;
        }
        if self.takes_stray_text() {
            self.move_to_composer(typed);
            return false;
        }
        self.text_ran_on(typed);
        self.runs_on(key);
        true
    }

    /// Returns whether a pasted text goes on with the word that answers the question. Not every keyboard has the
    /// letters of every name.
    pub fn pastes_answer(&mut self, text: &str) -> bool {
        let Some(pinned) = &mut self.model.notices.question else { return false };
        let text = text.trim();
        let is_answer = pinned.question.needs_word() && !text.is_empty() && takes(pinned, text, &self.model.language);
        if is_answer {
            pinned.typed.push_str(text);
        }
        is_answer
    }

    /// Returns whether a line from a pipe answers the question: an empty one for Enter, or a line with the word that
    /// confirms or cancels it.
    pub fn line_answers_question(&mut self, line: &str) -> bool {
        let model = &mut *self.model;
        let Some(pinned) = &model.notices.question else { return false };
        if line.is_empty() && !pinned.question.needs_word() {
            return self.answers_question(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
        }
        match questions::answer(line.trim(), &pinned.question, &model.language) {
            // The lines of a pipe wait until the question can be read.
            Some(TypedAnswer::Name) => self.confirm_question(),
            Some(TypedAnswer::No) => self.cancel_question(),
            Some(TypedAnswer::Yes) => self.ask_again(line.trim()),
            None => return line.is_empty(),
        }
        true
    }

    /// Cancels the question, because the user turned to something else. A text that they had begun to type goes to the
    /// composer if it has the keys.
    pub fn cancel_question(&mut self) {
        let Some(ended) = self.model.notices.end_question(self.model.now.tick) else { return };
        let model = &*self.model;
        let cancelled = questions::cancelled(&ended.question, &model.peer, &model.lookalikes);
        let asked_for = match &ended.question {
            Question::Request(user) => Some(ChatId::User(user.clone())),
            Question::Join(group) => Some(ChatId::Group(group.clone())),
            _ => None,
        };
        self.show_notice(Level::Info, cancelled);
        if let Some(chat) = asked_for {
            self.model.notices.about(About::NotAsked(chat));
        }
        if !ended.typed.is_empty() {
            let no_key = KeyEvent::new(KeyCode::Null, KeyModifiers::NONE);
            self.typed_instead(&ended.typed, no_key);
        }
    }

    /// Removes the question if it is settled. If its words have changed meanwhile, shows them and
    /// starts the time to read them again.
    pub fn settle_question(&mut self) {
        let model = &mut *self.model;
        let Some(PinnedQuestion { question, text, asked, .. }) = &mut model.notices.question else { return };
        let is_over = match question.line_chat() {
            Some(to) => model.chats.active_chat() != Some(to),
            None => questions::is_settled(question, &model.peer),
        };
        let words = questions::pinned(question, &model.peer, &model.lookalikes, &model.language);
        if !is_over && !text.ends_with(&words) {
            // The user has not read these words yet.
            (*text, *asked) = (words, model.now.tick);
        }
        if is_over {
            let is_about_request = matches!(question, Question::Accept(_) | Question::Deny(_));
            model.notices.end_question(model.now.tick);
            if is_about_request {
                // The user may be about to confirm it. Elsewhere, Enter would begin something else.
                let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
                self.model.letters.ignore_repetitions(enter, self.model.now.tick);
                // The notice that the question covered is older.
                self.model.notices.dismiss(self.model.now.tick);
                self.request_is_gone();
            }
        }
    }

    fn confirm_question(&mut self) {
        let Some(PinnedQuestion { question, .. }) = self.model.notices.end_question(self.model.now.tick) else {
            return;
        };
        self.names_chat(&question);
        if let (Question::Accept(_) | Question::Deny(_), Pane::Inbox) = (&question, self.model.focus) {
            self.model.attention.answered_in_inbox();
        }
        if let Question::Send(_, why) = &question {
            self.model.attention.knows_chat();
            if let WhySend::Left(_) = why {
                self.model.attention.confirmed_left();
            }
        }
        if question.line_chat().is_some() {
            // A question about another chat than the active one has ended.
            self.enter(Certainty::Confirmed);
        } else {
            self.landing = self.landing.max(Landing::Chat);
            self.apply(questions::confirmed(question, &self.model.peer));
        }
        // The overlay may have nothing left to show.
        self.with_overlay(|_, _| Vec::new());
    }

    /// The question before a line answers a request: if the request came after the line was begun, so that the user may
    /// mean another one, or if the answer hands back the lead of a group.
    fn question_before_answer(&self, command: &Command) -> Option<Question> {
        let (id, question) = match command {
            Command::Accept(id) => (*id, Question::Accept(*id)),
            Command::Deny(id) => (*id, Question::Deny(*id)),
            _ => return None,
        };
        let request = self.model.peer.request(id)?;
        let is_newer = self.model.attention.came_after_line(request.at);
        let hands_back = matches!((command, &request.kind), (Command::Deny(_), RequestKind::Lead(_)));
        (self.runs_line && (is_newer || hands_back)).then_some(question)
    }

    /// Carries out a command of the user, and says so unless a notice of the peer does.
    pub fn answered_command(&mut self, command: Command) -> Result<(), Rejection> {
        if let Some(question) = self.question_before_answer(&command) {
            self.ask(question);
            return Ok(());
        }
        let done = questions::done(&command, &self.model.peer, &self.model.lookalikes);
        let before = self.model.notices.count();
        let active = self.model.chats.active_chat().cloned();
        let accepts = matches!(command, Command::Accept(_));
        if let Command::Accept(request) = command {
            self.names_chat_of(request);
        }
        self.command(command)?;
        if accepts && self.model.chats.active_chat() != active.as_ref() {
            self.switch = Switch::Opened;
        }
        if let Some(done) = done.filter(|_| self.model.notices.count() == before) {
            self.show_notice(Level::Info, done);
        }
        Ok(())
    }
}

/// Returns whether the letters typed so far and then `text` are the beginning of an answer.
fn takes(pinned: &PinnedQuestion, text: &str, language: &Language) -> bool {
    questions::begins_answer(&format!("{}{text}", pinned.typed), &pinned.question, language)
}
