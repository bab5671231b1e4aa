//! The modes of the keymap of vim: the composer is insert mode, and a list or a chosen message is normal mode.
//!
//! A command that was begun in normal mode, and a change of the chat there, end in normal mode. So the next letters are
//! keys, as the user expects, and no text.

use super::turn::{Cause, Landing, Turn};
use crate::{
    app::{
        actions,
        command::{CommandRow, OfVim, closes, of_vim},
        event::Event,
        keymap::Action,
        model::NormalMode,
        state::{Level, Pane, View},
    },
    domain::ChatId,
};

impl Turn<'_> {
    /// Records where a command begins, if that is in normal mode.
    pub fn note_normal_mode(&mut self) {
        let model = &mut *self.model;
        if model.is_normal_mode() {
            let (focus, chat, chosen) = (model.focus, model.chats.active_chat().cloned(), model.chats.chosen());
            let had_overlay = model.overlay.is_some();
            model.command_from = Some(NormalMode { focus, chat, chosen, had_overlay });
        }
    }

    /// Esc in a command that was begun in normal mode, or after the user has deleted it: brings back the draft, and
    /// returns to where the command was begun. Returns false if there is none.
    pub fn cancels_command_of_normal_mode(&mut self) -> bool {
        let Some(from) = self.model.command_from.take() else { return false };
        let now = self.model.now.tick;
        if !self.model.chats.restore_draft(now) {
            self.model.chats.edit(now).clear();
        }
        self.return_to(from);
        true
    }

    /// Returns to normal mode once nothing is left of the command.
    pub fn end_deleted_command(&mut self) {
        let model = &*self.model;
        let composer = model.chats.composer();
        let is_deleted = composer.is_empty() && composer.search().is_none();
        let is_here = model.command_from.as_ref().is_some_and(|from| from.chat.as_ref() == model.chats.active_chat());
        if is_here && model.is_in_composer() && is_deleted {
            self.cancels_command_of_normal_mode();
        }
    }

    /// What a line does that was begun in normal mode, if it is a command of vim. In a window or a list, `:q` leaves
    /// only that.
    pub fn command_of_vim(&mut self, line: &str) -> Option<OfVim> {
        let model = &mut *self.model;
        let from = model.command_from.as_mut()?;
        if (from.had_overlay || from.focus != Pane::Chat) && closes(line) {
            if !from.had_overlay {
                from.focus = Pane::Chat;
            }
            return Some(OfVim::Events(Vec::new()));
        }
        of_vim(line, model.chats.tabs().len())
    }

    /// What `/reply` or `/edit` does to the message that was chosen when it was begun in normal mode.
    pub fn acts_on_chosen(&self, command: &CommandRow, arguments: &str) -> Option<Vec<Event>> {
        let action = match command.name {
            "reply" => Action::Reply,
            "edit" => Action::Edit,
            _ => return None,
        };
        let from = self.model.command_from.as_ref().filter(|from| from.focus == Pane::Chat && arguments.is_empty())?;
        Some(actions::messages::act(action, from.chosen?, &self.model.read_only()))
    }

    /// After Enter on the line `line` in the chat `origin`: if a command was begun in normal mode, returns there, also
    /// if papo refused the line, because the next keys are no correction of it. Returns false if there is no such
    /// command, or a question is about running it.
    pub fn ends_command_of_normal_mode(&mut self, origin: Option<&ChatId>, line: &str) -> bool {
        let model = &mut *self.model;
        let waits = model.notices.question.as_ref().is_some_and(|pinned| pinned.question.line_chat().is_some());
        let Some(from) = model.command_from.take_if(|_| !waits) else { return false };
        if model.chats.active_chat() == origin && model.chats.composer().as_str() == line {
            model.chats.line_to_history(origin);
            if model.chats.composer().is_empty() {
                model.chats.restore_draft(model.now.tick);
            }
        }
        let is_at_composer = self.model.focus == Pane::Chat && self.model.chats.chosen().is_none();
        // Below a window, too.
        if is_at_composer && self.landing == Landing::Elsewhere {
            self.return_to(from);
        }
        true
    }

    fn return_to(&mut self, from: NormalMode) {
        let model = &mut *self.model;
        if from.focus != Pane::Chat {
            model.focus = from.focus;
        } else if let (Some(chosen), Some(tab)) = (from.chosen, model.chats.active_tab())
            && from.chat.as_ref() == Some(&tab.chat)
            && (tab.cleared..tab.window.len()).contains(&chosen)
        {
            model.chats.choose(chosen, &model.layout.chat);
        } else {
            self.enter_normal_mode();
        }
    }

    /// Goes to the messages of the active chat; without one, to the users.
    pub fn enter_normal_mode(&mut self) {
        let model = &mut *self.model;
        model.focus = if model.chats.choose_in_view(&model.layout.chat) { Pane::Chat } else { Pane::Users };
    }

    /// Carries out `choose` in a chat without messages: with the keys of vim, it still leaves the composer.
    pub fn leaves_composer_without_message(&mut self, action: Action) -> bool {
        let model = &*self.model;
        let is_empty = model.chats.active_tab().is_none_or(|tab| tab.window.is_empty());
        let leaves = action == Action::Choose && is_empty && model.view == View::Panes && model.keymap.is_modal();
        if leaves {
            self.enter_normal_mode();
        }
        leaves
    }

    /// Goes to the composer and clears the line there. The history keeps what was there. A reply or an edit goes on.
    pub fn change_line(&mut self) {
        self.apply(vec![Event::Unchoose, Event::Focus(Pane::Chat)]);
        self.clears_composer();
    }

    /// Moves the text in the composer to the history, and ends a reply or an edit.
    pub fn clear_line(&mut self) {
        if self.clears_composer() {
            self.model.chats.clear_compose_target(self.model.now.tick);
            self.show_notice(Level::Info, "typed-kept");
        }
    }

    /// Moves the text in the composer to the history. Returns false if there is none.
    fn clears_composer(&mut self) -> bool {
        let chats = &mut self.model.chats;
        let has_text = !chats.composer().is_empty();
        if has_text {
            self.model.attention.forget_doubt();
            let chat = chats.active_chat().cloned();
            chats.line_to_history(chat.as_ref());
            // Schedules the save of the draft, which is empty now.
            chats.edit(self.model.now.tick);
        }
        has_text
    }

    /// Esc in a list goes to the chat: with the keys of vim, to its messages.
    pub fn leave_list(&mut self) {
        if self.model.is_normal_mode() {
            self.enter_normal_mode();
        } else {
            self.model.focus = Pane::Chat;
            self.apply(vec![Event::Unchoose]);
        }
    }

    /// After every message: ends a command that the user has left, and returns to normal mode if only the chat changed.
    pub fn settle_mode(&mut self, active_before: Option<&ChatId>) {
        let model = &mut *self.model;
        let is_other_chat = model.chats.active_chat() != active_before;
        let has_left = !model.is_in_composer() || is_other_chat;
        if let Some(from) = model.command_from.take_if(|_| has_left) {
            let is_command = |text: &str| text.starts_with('/');
            let chat = from.chat.as_ref();
            if is_command(model.chats.edit_in(chat, model.now.tick).as_str()) {
                model.chats.line_to_history(chat);
            }
        }
        let is_moved = self.landing == Landing::Chat || is_other_chat || self.cause == Cause::Event;
        let is_writing = self.landing == Landing::Text || self.model.command_from.is_some();
        if self.was_normal && is_moved && !is_writing && self.model.is_in_composer() {
            self.enter_normal_mode();
        }
    }
}
