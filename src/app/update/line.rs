//! The line in the composer: sends it or runs it when Enter is pressed, and takes lines from a pipe.

use super::turn::Turn;
use crate::{
    app::{
        actions,
        command::{self, Line, OfVim, foreign_command},
        event::{Event, Question},
        lone_words::is_shell_word,
        rejection::Rejection,
        state::composer::imported,
    },
    domain::ChatId,
};

/// Whether the user knows which chat the line in the composer goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Ask if the line may not be meant for the active chat, or looks like a command.
    MayAsk,
    /// Like [`Self::MayAsk`], but the line comes from a pipe: nobody can correct it, and of what looks like a command,
    /// only words of a shell ask.
    Piped,
    /// The user has confirmed it.
    Confirmed,
}

impl Turn<'_> {
    /// Takes a line from a pipe: the answer to the open question, or else a message or a command, which cancels the
    /// question. A draft of the user stays as it is, and a rejected line does not stay, because nobody can correct it.
    pub fn piped(&mut self, text: &str) {
        if self.line_answers_question(text) {
            return;
        }
        let asked = self.model.notices.question.as_ref().map(|pinned| &pinned.question);
        let needed_name = asked.map(Question::needs_word);
        let is_about_line = asked.is_some_and(|question| question.line_chat().is_some());
        self.cancel_question();
        if is_about_line {
            // It came from the pipe, too.
            self.line_to_history(self.model.chats.active_chat().cloned().as_ref());
            self.end_emptied_command();
        }
        if text.is_empty() {
            return;
        }
        self.model.attention.forget_doubt();
        self.model.attention.line_begins(self.model.now.wall);
        if let Some(needed_name) = needed_name {
            self.model.attention.typed_as_answer(needed_name);
        }
        let (chat, now) = (self.model.chats.active_chat().cloned(), self.model.now.tick);
        self.model.chats.begin_line(&imported(text), now);
        let line = self.model.chats.composer().text();
        let command = command::read(&line, &self.model.aliases);
        let is_reply = matches!(command, Ok(Line::Command(command, _)) if command.name == "reply");
        self.enter(Certainty::Piped);
        // Nobody presses Enter to send the reply that the line has begun.
        if is_reply && self.model.chats.composer().text() != line {
            self.enter(Certainty::Piped);
        }
        let composer = self.model.chats.edit_in(chat.as_ref(), now);
        if self.model.notices.question.is_none() && composer.text() == line {
            composer.take();
        }
        self.end_emptied_command();
    }

    /// Enter in the composer: sends a message or runs a command. A line that is neither sent nor run stays in the
    /// composer, which holds it. If it may not be meant for the active chat, it needs a confirmation.
    pub fn enter(&mut self, certainty: Certainty) {
        let (origin, line) = (self.model.chats.active_chat().cloned(), self.model.chats.composer().text());
        self.runs_line = true;
        self.run_line(certainty);
        self.runs_line = false;
        let ends = certainty != Certainty::Piped && self.ends_command_of_normal_mode(origin.as_ref(), &line);
        if !ends && certainty != Certainty::Piped {
            self.model.chats.hold_line(origin.as_ref(), &line);
        }
        self.end_emptied_command();
    }

    /// The question before a line, which was typed as `text`, if there must be one.
    fn question_before(&self, text: &str, line: &Line<'_>, certainty: Certainty) -> Option<Question> {
        let model = &*self.model;
        if certainty == Certainty::Confirmed {
            return None;
        }
        if let Line::Message(text) = line
            && (certainty == Certainty::MayAsk || is_shell_word(text))
            && let Some(found) = foreign_command(text, &model.aliases, model.keymap.is_modal(), |word| {
                actions::chats::is_known(word.trim_start_matches('@'), &model.read_only())
            })
        {
            return Some(Question::Literal(model.chats.active_chat()?.clone(), found.shown, found.command));
        }
        self.question_about_chat(text, line)
    }

    fn run_line(&mut self, certainty: Certainty) {
        // Pasted text often ends with an unintended line feed.
        let text = self.model.chats.composer().text().trim_end_matches('\n').to_owned();
        if text.is_empty() {
            return;
        }
        let origin = self.model.chats.active_chat().cloned();
        let text = match self.command_of_vim(&text) {
            None => text,
            Some(OfVim::Line(same)) => same,
            Some(OfVim::Events(events)) => {
                self.line_to_history(origin.as_ref());
                return self.apply(events);
            }
        };
        let line = command::read(&text, &self.model.aliases);
        if let (Ok(Line::Message(_)), Some(user)) = (&line, actions::chats::must_ask(&self.model.read_only())) {
            // The text stays in the composer until a session is open.
            return self.apply(vec![Event::Ask(Question::Request(user.clone()))]);
        }
        if let Ok(line) = &line
            && let Some(question) = self.question_before(&text, line, certainty)
        {
            return self.ask(question);
        }
        if let Ok(Line::Command(command, arguments)) = &line
            && let Some(name) = command.goes_to(arguments)
        {
            self.model.attention.named(name, self.model.now.tick);
        }
        let clears_composer = matches!(&line, Ok(Line::Command(command, _)) if command.clears_composer());
        if clears_composer {
            self.line_to_history(origin.as_ref());
        }
        let model = self.model.read_only();
        let events = line.and_then(|line| match line {
            Line::Message(text) => actions::chats::send(text.to_owned(), &model),
            Line::Command(command, arguments) => match self.acts_on_chosen(command, &arguments) {
                Some(events) => Ok(events),
                None => command::run(command, &arguments, &model),
            },
        });
        match events.and_then(|events| self.try_apply(events)) {
            Ok(()) if !clears_composer => self.line_to_history(origin.as_ref()),
            Ok(()) => {}
            // The text stays in the composer until a session is open.
            Err(Rejection::NoSessionForCommand(user)) if certainty != Certainty::Piped => {
                let asks = actions::users::request(user, &self.model.read_only());
                self.apply(asks.unwrap_or_else(|why| vec![Event::Reject(why)]));
            }
            Err(why) => {
                if clears_composer {
                    self.model.chats.restore_line(origin.as_ref(), &text);
                }
                self.show_rejection(why);
            }
        }
    }

    /// Moves the text of a composer to its history, and deletes its saved draft.
    fn line_to_history(&mut self, origin: Option<&ChatId>) {
        self.end_earlier_answer();
        self.model.attention.forget_doubt();
        self.model.chats.line_to_history(origin);
        if let Some(chat) = origin {
            let text = self.model.chats.tab_mut(chat).map(|tab| tab.draft()).unwrap_or_default();
            self.save_draft(chat, text);
        }
    }
}
