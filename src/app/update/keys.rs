//! Passes keys and pasted text to the overlay, the composer, or the focused pane.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    line::Certainty,
    turn::{Landing, Turn},
};
use crate::{
    app::{
        LocalizedText, actions,
        completion::{Known, complete},
        effect::Effect,
        event::{Event, Question},
        keymap::{Action, Key},
        localized,
        model::Model,
        overlay::is_text,
        state::{About, Composer, InboxView, Level, ListPane, Pane, View, attention::Switch, composer::imported},
    },
    domain::ChatId,
    protocol::{Command, Peer},
};

/// The most lines that papo pastes without a question.
const PASTE_LIMIT: usize = 20;

impl Turn<'_> {
    /// Passes a key to the open overlay, to its action, or to the composer.
    pub fn dispatch(&mut self, key: KeyEvent) {
        if self.leaves_emptied_command(key) {
            return;
        }
        let action = self.model.action(key);
        if !matches!(action, Some(Action::Complete | Action::CompleteBack)) {
            // Any other key accepts the candidate that is in the composer.
            self.model.completion = None;
        }
        match action {
            _ if self.model.overlay.is_some() => self.key_in_overlay(key, action),
            _ if self.searched_sent_lines(key, action) => {}
            // A letter that is held down too long would type itself into the composer.
            Some(Action::Down) if is_text(key) && self.is_last_chosen() => {}
            // Where Esc leaves the composer, it still cancels a command that was begun from elsewhere.
            Some(Action::Choose) if key.code == KeyCode::Esc && self.has_command_to_cancel() => {
                let now = self.model.now.tick;
                if !self.cancels_command_of_normal_mode() && !self.model.chats.restore_draft(now) {
                    self.model.chats.edit(now).clear();
                }
            }
            Some(action) => self.act(action),
            None => self.typed(key),
        }
        self.end_deleted_command();
    }

    /// Enter, Esc and Ctrl-C bring back the draft that was set aside, after the user has deleted what they wrote beside
    /// it. Returns true if the key does nothing else. Text typed instead begins another line; it never joins the draft.
    fn leaves_emptied_command(&mut self, key: KeyEvent) -> bool {
        let model = &mut *self.model;
        let is_in_composer = model.overlay.is_none() && model.is_in_composer();
        if !is_in_composer || !model.chats.is_emptied_command() {
            return false;
        }
        let action = model.keymap.action(model.context(), &key);
        let leaves = matches!(action, Some(Action::Send | Action::Cancel | Action::Interrupt));
        if leaves {
            model.chats.restore_draft(model.now.tick);
        }
        leaves
    }

    /// Brings back the draft that was set aside for a command, if nothing is left of the command.
    pub fn end_emptied_command(&mut self) {
        let model = &mut *self.model;
        if model.chats.is_emptied_command() {
            model.chats.restore_draft(model.now.tick);
        }
    }

    fn has_command_to_cancel(&self) -> bool {
        let model = &*self.model;
        // A reply or an edit is no command, although a draft may wait for its end.
        let is_aside = model.chats.has_aside() && !model.chats.has_compose_target();
        let has_begun = is_aside || model.chats.has_command_begun() || model.command_from.is_some();
        model.is_in_composer() && has_begun
    }

    /// Passes a key to the search through the sent lines. Returns false if there is none, or the key ends it.
    fn searched_sent_lines(&mut self, key: KeyEvent, action: Option<Action>) -> bool {
        let model = &mut *self.model;
        if model.focus != Pane::Chat || model.chats.composer().search().is_none() {
            return false;
        }
        if action == Some(Action::SearchSent) {
            model.chats.search_sent();
            return true;
        }
        model.chats.edit(model.now.tick).search_key(key)
    }

    /// Carries out an action where the focus is.
    pub fn act(&mut self, action: Action) {
        if matches!(action, Action::NextTab | Action::PreviousTab) && self.model.chats.active().is_some() {
            self.switch = Switch::Step;
            self.leaves_line();
        }
        if self.leaves_composer_without_message(action) {
            return;
        }
        if let Some(events) = actions::global::act(action, &self.model.read_only()) {
            return self.apply(events);
        }
        match action {
            Action::Complete if self.complete(1) => {}
            Action::CompleteBack if self.complete(-1) => {}
            Action::NextPane | Action::Complete => self.focus_neighbour(true),
            Action::PreviousPane | Action::CompleteBack => self.focus_neighbour(false),
            Action::PageUp => self.model.chats.scroll_pages(1, &self.model.layout.chat),
            Action::PageDown => self.model.chats.scroll_pages(-1, &self.model.layout.chat),
            Action::Oldest => self.model.chats.go_to_oldest(),
            Action::Interrupt => self.interrupt(),
            Action::Cancel => self.cancel(),
            Action::Editor => {
                self.end_emptied_command();
                self.model.in_front = false;
                let (chat, text) = (self.model.chats.active_chat().cloned(), self.model.chats.composer().text());
                self.effects.push(Effect::Edit { chat, text });
            }
            Action::Send => self.enter(Certainty::MayAsk),
            Action::ChangeLine => self.change_line(),
            Action::ClearLine => self.clear_line(),
            Action::SearchSent => self.model.chats.search_sent(),
            Action::NewLine => self.model.chats.edit(self.model.now.tick).new_line(),
            _ => self.act_in_pane(action),
        }
    }

    /// Says that the line that the user writes stays in its chat, before a key goes to the next or previous tab. In
    /// other programs that key moves by a word.
    fn leaves_line(&mut self) {
        let model = &mut *self.model;
        let composer = model.chats.composer();
        let is_writing =
            model.is_in_composer() && !composer.is_empty() && !composer.is_untouched_draft() && !composer.is_held();
        let Some(chat) = model.chats.active_chat().filter(|_| is_writing && model.chats.tabs().len() > 1) else {
            return;
        };
        let chat = chat.clone();
        if model.attention.left_line(chat.clone()) {
            self.show_notice(Level::Info, localized!("line-left", name = chat.to_string()));
        }
    }

    /// Moves the focus to the next pane, or to the one before. Two chats side by side are two panes.
    fn focus_neighbour(&mut self, is_forward: bool) {
        let model = &mut *self.model;
        let beside = model.chats.beside().filter(|_| !model.layout.beside_half.is_empty());
        // Forward, the left chat comes before the right one.
        let other = |is_left: bool| beside.filter(|(_, at_left)| *at_left == is_left).map(|(tab, _)| tab);
        if model.focus == Pane::Chat
            && let Some(tab) = other(!is_forward)
        {
            return self.activate(tab);
        }
        let next = other(is_forward);
        model.focus = model.focus.neighbour(if is_forward { 1 } else { 3 });
        if model.focus == Pane::Chat {
            if let Some(tab) = next {
                self.activate(tab);
            }
            self.apply(vec![Event::Unchoose]);
            self.landing = self.landing.max(Landing::Chat);
        }
    }

    pub fn act_in_pane(&mut self, action: Action) {
        let focus = self.model.focus;
        if let (Some(chosen), Pane::Chat) = (self.model.chats.chosen(), focus) {
            return self.apply(actions::messages::act(action, chosen, &self.model.read_only()));
        }
        let half = self.model.layout.half_page(focus);
        if let Some((list, peer)) = self.list(focus) {
            match action {
                Action::Up => return list.step(peer, -1),
                Action::Down => return list.step(peer, 1),
                Action::HalfPageUp => return list.step(peer, -half),
                Action::HalfPageDown => return list.step(peer, half),
                Action::First => return list.select(peer, 0),
                Action::Last => return list.select(peer, usize::MAX),
                _ => {}
            }
        }
        self.name_selected(action);
        match (focus, action) {
            (Pane::Inbox, Action::Waiting) => self.show_requests(InboxView::Waiting),
            (Pane::Inbox, Action::History) => self.show_requests(InboxView::History),
            (Pane::Inbox, Action::Confirmations) => self.show_requests(InboxView::Confirmations),
            (Pane::Users, _) => self.apply(actions::users::act(action, &self.model.users, &self.model.read_only())),
            (Pane::Groups, _) => self.apply(actions::groups::act(action, &self.model.groups, &self.model.read_only())),
            (Pane::Inbox, _) => self.act_on_request(action),
            (Pane::Chat, _) => {}
        }
    }

    fn show_requests(&mut self, view: InboxView) {
        let model = &mut *self.model;
        model.inbox.show(view, &model.peer);
    }

    /// Acts on the request that the user sees as selected.
    fn act_on_request(&mut self, action: Action) {
        let model = &mut *self.model;
        if !model.inbox.may_act(model.now.tick) {
            return;
        }
        if model.inbox.is_selection_gone(&model.peer) {
            return self.request_is_gone();
        }
        self.apply(actions::inbox::act(action, &self.model.inbox, &self.model.read_only()));
    }

    pub fn request_is_gone(&mut self) {
        self.show_outcome(Level::Warning.into(), Level::Warning, "request-gone");
    }

    /// Returns whether the last message of the chat is chosen.
    fn is_last_chosen(&self) -> bool {
        let (chats, layout) = (&self.model.chats, &self.model.layout.chat);
        let is_last = |chosen| chats.active_tab().is_some_and(|tab| tab.line_from(chosen + 1, layout).is_none());
        self.model.focus == Pane::Chat && chats.chosen().is_some_and(is_last)
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
        if self.model.focus != Pane::Chat || self.model.chats.composer().is_empty() {
            return false;
        }
        self.read_directory();
        let model = &mut *self.model;
        model.chats.composer_mut().end_hold();
        let known = Known { peer: &model.peer, aliases: &model.aliases };
        if let Some(nothing) = complete(&mut model.completion, &mut model.chats, known, direction, model.now.tick) {
            let line = model.chats.composer().text();
            self.apply(vec![nothing]);
            self.model.notices.about(About::Line(line));
        }
        true
    }

    /// Passes a key that is bound to no action to the composer.
    pub fn typed(&mut self, key: KeyEvent) {
        let model = &mut *self.model;
        if !model.is_in_composer() {
            if is_text(key) {
                self.not_for_the_composer();
            }
            return;
        }
        if is_chord(key) && !Composer::knows(key) {
            return self.has_no_function(key);
        }
        let scrolls = model.view == View::Panes && model.chats.composer().is_empty();
        let begins_beside = model.chats.composer().is_untouched_draft() && !model.chats.composer().is_held();
        match key.code {
            KeyCode::Home if scrolls => return model.chats.go_to_oldest(),
            KeyCode::End if scrolls => return model.chats.go_to_newest(),
            KeyCode::Char('/') if is_text(key) && begins_beside => {
                model.chats.begin_line("/", model.now.tick);
            }
            _ => {
                if model.chats.composer().would_replace(key) {
                    self.explain_held();
                }
                let model = &mut *self.model;
                let columns = model.layout.composer_columns();
                model.chats.key(key, columns, &mut model.killed, model.now.tick);
            }
        }
        let model = &mut *self.model;
        let begins = model.chats.composer().text().chars().nth(1).is_none();
        model.attention.typed(begins, model.now);
        // Publishes that I am typing, unless the text is a command.
        let text = model.chats.composer().before_cursor();
        let is_text = !text.trim().is_empty() && !text.starts_with('/');
        let chat = model.chats.active_chat().filter(|_| is_text && model.ui.typing);
        if let Some(chat) = chat.and_then(|chat| model.peer.chat(chat)) {
            let conversation = chat.current().id.clone();
            self.command_or_warn(Command::Typing(conversation));
        }
    }

    /// Says that a key does nothing, so that the user does not wait for what it does in another program.
    fn has_no_function(&mut self, key: KeyEvent) {
        let model = &*self.model;
        let help = model.keymap.name_of_key(model.context(), &[Action::Help]);
        let notice = localized!("key-none", key = Key::from(&key).to_string(), help);
        self.show_notice(Level::Info, notice);
    }

    pub fn pasted(&mut self, text: &str) {
        if self.pastes_answer(text) {
            return;
        }
        self.cancel_question();
        self.model.completion = None;
        if self.model.overlay.is_some() {
            return self.with_overlay(|overlay, model| overlay.pasted(text, model));
        }
        let text = imported(text);
        if !self.model.is_in_composer() {
            return self.not_for_the_composer();
        }
        self.model.attention.typed(self.model.chats.composer().is_empty(), self.model.now);
        let is_long = text.lines().count() > PASTE_LIMIT;
        if !is_long && self.model.chats.composer().is_held() {
            self.explain_held();
        }
        self.apply(vec![if is_long { Event::Ask(Question::Paste(text)) } else { Event::Insert(text) }]);
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

    /// Says how to reach the composer, after text was typed or pasted elsewhere.
    fn not_for_the_composer(&mut self) {
        let model = &mut *self.model;
        if model.notices.is_new(model.now.tick) {
            return;
        }
        let key = model.keymap.name_of_key(model.context(), model.ways_to_composer());
        self.show_notice(Level::Info, localized!("keys-elsewhere", key));
        self.model.notices.about(About::Focus);
    }

    /// Goes to the composer and begins a command.
    pub fn begin_command(&mut self) {
        self.note_normal_mode();
        self.apply(vec![Event::Unchoose]);
        let model = &mut *self.model;
        (model.overlay, model.focus) = (None, Pane::Chat);
        model.chats.put_held_away(model.now.tick);
        model.attention.line_begins(model.now.wall);
        model.chats.begin_line("/", model.now.tick);
    }
}

/// Returns whether a key is a function key, or one with Ctrl or Alt.
fn is_chord(key: KeyEvent) -> bool {
    let is_named = matches!(
        key.code,
        KeyCode::Char(_)
            | KeyCode::Enter
            | KeyCode::Tab
            | KeyCode::Backspace
            | KeyCode::Delete
            | KeyCode::Insert
            | KeyCode::Home
            | KeyCode::End
            | KeyCode::PageUp
            | KeyCode::PageDown
            | KeyCode::Up
            | KeyCode::Down
            | KeyCode::Left
            | KeyCode::Right
    );
    let has_modifier = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    matches!(key.code, KeyCode::F(_)) || (is_named && has_modifier)
}
