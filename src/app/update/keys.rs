//! Passes keys and pasted text to the overlay, the composer, or the focused pane.

use crossterm::event::{KeyCode, KeyEvent};

use super::turn::Turn;
use crate::{
    app::{
        LocalizedText, actions,
        command::{self, Line},
        completion::complete,
        effect::Effect,
        event::{Event, ModelRef, OpenOverlay, PromptKind, Question},
        keymap::Action,
        model::Model,
        overlay::Component,
        state::{InboxView, Level, ListPane, Pane, Scroll, View, composer::imported},
    },
    domain::ChatId,
    protocol::{Command, Peer},
};

/// The most lines that papo pastes without a question.
const PASTE_LIMIT: usize = 20;

impl Turn<'_> {
    pub fn key(&mut self, key: KeyEvent) {
        let action = self.model.keymap.action(self.model.context(), &key);
        if !matches!(action, Some(Action::Complete | Action::CompleteBack)) {
            // Any other key accepts the candidate that is in the composer.
            self.model.completion = None;
        }
        match action {
            _ if self.model.overlay.is_some() => self.with_overlay(|overlay, model| overlay.key(key, action, model)),
            Some(action) => self.act(action),
            None => self.typed(key),
        }
    }

    /// Lets the open overlay handle an input, applies its events, and closes the overlay if it is over.
    pub fn with_overlay(&mut self, take: impl FnOnce(&mut dyn Component, &ModelRef<'_>) -> Vec<Event>) {
        let Some(mut overlay) = self.model.overlay.take() else { return };
        let events = take(overlay.component_mut(), &self.model.read_only());
        self.model.overlay = Some(overlay);
        self.apply(events);
        let model = self.model.read_only();
        if self.model.overlay.as_ref().is_some_and(|overlay| overlay.component().is_over(&model)) {
            self.model.overlay = None;
        }
    }

    fn act(&mut self, action: Action) {
        if let Some(events) = actions::global::act(action, &self.model.read_only()) {
            return self.apply(events);
        }
        match action {
            Action::Complete if self.complete(1) => {}
            Action::CompleteBack if self.complete(-1) => {}
            Action::NextPane | Action::Complete => self.model.focus = self.model.focus.neighbour(1),
            Action::PreviousPane | Action::CompleteBack => self.model.focus = self.model.focus.neighbour(3),
            Action::PageUp => self.model.chats.scroll_pages(1, &self.model.layout.chat),
            Action::PageDown => self.model.chats.scroll_pages(-1, &self.model.layout.chat),
            Action::Oldest => self.model.chats.go_to_oldest(),
            Action::Interrupt => self.interrupt(),
            Action::Cancel => self.cancel(),
            Action::Editor => {
                self.model.in_front = false;
                let (chat, text) = (self.model.chats.active_chat().cloned(), self.model.chats.composer().text());
                self.effects.push(Effect::Edit { chat, text });
            }
            Action::Send => self.enter(),
            Action::NewLine => self.model.chats.edit(self.model.now.tick).new_line(),
            _ => self.act_in_pane(action),
        }
    }

    fn act_in_pane(&mut self, action: Action) {
        let focus = self.model.focus;
        if let (Some(chosen), Pane::Chat) = (self.model.chats.chosen(), focus) {
            return self.apply(actions::messages::act(action, chosen, &self.model.read_only()));
        }
        if let Some((list, peer)) = self.list(focus) {
            match action {
                Action::Up => return list.step(peer, -1),
                Action::Down => return list.step(peer, 1),
                Action::First => return list.select(peer, 0),
                Action::Last => return list.select(peer, usize::MAX),
                _ => {}
            }
        }
        match (focus, action) {
            (_, Action::StartChat) => self.apply(vec![Event::Open(OpenOverlay::Prompt(PromptKind::ChatWith))]),
            (Pane::Inbox, Action::Waiting) => self.model.inbox.show(InboxView::Waiting),
            (Pane::Inbox, Action::History) => self.model.inbox.show(InboxView::History),
            (Pane::Inbox, Action::Confirmations) => self.model.inbox.show(InboxView::Confirmations),
            (Pane::Users, _) => self.apply(actions::users::act(action, &self.model.users, &self.model.read_only())),
            (Pane::Groups, _) => self.apply(actions::groups::act(action, &self.model.groups, &self.model.read_only())),
            (Pane::Inbox, _) => self.apply(actions::inbox::act(action, &self.model.inbox, &self.model.read_only())),
            (Pane::Chat, _) => {}
        }
    }

    /// The list that a pane shows.
    pub fn list(&mut self, pane: Pane) -> Option<(&mut dyn ListPane, &Peer)> {
        let Model { users, groups, inbox, peer, .. } = &mut *self.model;
        let list: &mut dyn ListPane = match pane {
            Pane::Users => users,
            Pane::Groups => groups,
            Pane::Inbox => inbox,
            Pane::Chat => return None,
        };
        Some((list, peer))
    }

    /// Completes the word before the cursor. Returns false if there is no text in the composer or it has no focus.
    fn complete(&mut self, direction: isize) -> bool {
        let model = &mut *self.model;
        if model.focus != Pane::Chat || model.chats.composer().is_empty() {
            return false;
        }
        let notice = complete(&mut model.completion, &mut model.chats, &model.peer, direction, model.now.tick);
        self.apply(notice.into_iter().collect());
        true
    }

    /// Ctrl-C: cancels a reply or an edit, or else clears the composer. If there is nothing to clear, asks whether to
    /// quit.
    fn interrupt(&mut self) {
        let model = &mut *self.model;
        let (now, is_writing) = (model.now.tick, model.focus == Pane::Chat);
        if is_writing && model.chats.clear_compose_target(now) {
            return;
        }
        if is_writing && !model.chats.composer().is_empty() {
            return model.chats.edit(now).clear();
        }
        self.apply(vec![Event::Open(OpenOverlay::Confirm(Question::Quit))]);
    }

    /// Esc: carries out the first of these that applies: closes the notice, unchooses the message, cancels the reply or
    /// edit, scrolls to the newest message.
    fn cancel(&mut self) {
        let model = &mut *self.model;
        if model.notices.current.take().is_some() {
            return;
        }
        if model.chats.chosen().is_some() {
            return self.apply(vec![Event::Unchoose]);
        }
        let is_scrolled = model.chats.active_tab().is_some_and(|tab| tab.scroll != Scroll::Bottom);
        if !model.chats.clear_compose_target(model.now.tick) && is_scrolled {
            model.chats.go_to_newest();
        }
    }

    /// Passes a key that is bound to no action to the composer.
    fn typed(&mut self, key: KeyEvent) {
        let model = &mut *self.model;
        if model.focus != Pane::Chat || model.chats.chosen().is_some() {
            return;
        }
        let scrolls = model.view == View::Panes && model.chats.composer().is_empty();
        match key.code {
            KeyCode::Home if scrolls => return model.chats.go_to_oldest(),
            KeyCode::End if scrolls => return model.chats.go_to_newest(),
            _ => model.chats.key(key, model.now.tick),
        }
        // Publishes that I am typing, unless the text is a command.
        let text = model.chats.composer().before_cursor();
        let is_text = !text.trim().is_empty() && !text.starts_with('/');
        let chat = model.chats.active_chat().filter(|_| is_text && model.ui.typing);
        if let Some(chat) = chat.and_then(|chat| model.peer.chat(chat)) {
            let conversation = chat.current().id.clone();
            self.command_or_warn(Command::Typing(conversation));
        }
    }

    pub fn pasted(&mut self, text: &str) {
        if self.model.overlay.is_some() {
            return self.with_overlay(|overlay, model| overlay.pasted(text, model));
        }
        let text = imported(text);
        if self.model.focus != Pane::Chat {
            return;
        }
        let is_long = text.lines().count() > PASTE_LIMIT;
        let question = || Event::Open(OpenOverlay::Confirm(Question::Paste(text.clone())));
        self.apply(vec![if is_long { question() } else { Event::Insert(text) }]);
    }

    /// Handles the end of the user's editor. Its text goes into the composer that it came from, even if another chat is
    /// active now.
    pub fn edited(&mut self, chat: Option<&ChatId>, text: Result<String, LocalizedText>) {
        self.model.in_front = true;
        match text {
            Ok(text) => self.model.chats.edit_in(chat, self.model.now.tick).set(&imported(&text)),
            Err(why) => self.show_notice(Level::Warning, why),
        }
    }

    /// Enter in the composer: sends a message or runs a command. A rejected line stays in the composer for correction.
    fn enter(&mut self) {
        // Pasted text often ends with an unintended line feed.
        let text = self.model.chats.composer().text().trim_end_matches('\n').to_owned();
        if text.is_empty() {
            return;
        }
        let origin = self.model.chats.active_chat().cloned();
        let line = command::read(&text);
        if let (Ok(Line::Message(_)), Some(user)) = (&line, actions::chats::must_ask(&self.model.read_only())) {
            // The text stays in the composer until the user can get it.
            return self.apply(vec![Event::Open(OpenOverlay::Confirm(Question::Request(user.clone())))]);
        }
        let clears_composer = matches!(&line, Ok(Line::Command(command, _)) if command.clears_composer);
        if clears_composer {
            self.line_to_history(origin.as_ref());
        }
        let model = self.model.read_only();
        let events = line.and_then(|line| match line {
            Line::Message(text) => actions::chats::send(text.to_owned(), &model),
            Line::Command(command, arguments) => command.run(arguments, &model),
        });
        match events.and_then(|events| self.try_apply(events)) {
            Ok(()) if !clears_composer => self.line_to_history(origin.as_ref()),
            Ok(()) => {}
            Err(why) => self.show_notice(Level::Warning, why),
        }
    }

    /// Moves the text of a composer to its history, and deletes its saved draft.
    fn line_to_history(&mut self, origin: Option<&ChatId>) {
        self.model.chats.line_to_history(origin);
        if let Some(chat) = origin {
            self.save_draft(chat, String::new());
        }
    }
}
