//! The update: passes each message to the states and components that it concerns, and carries out the events that they
//! return.
//!
//! Only [`turn::Turn`] changes a [`Model`] as a whole. The code that it calls changes single states.

mod asking;
mod cancelling;
mod front;
mod keys;
mod line;
mod modes;
mod mouse;
mod overlays;
mod peer;
mod run_on;
mod scripts;
mod turn;

use crossterm::event::{KeyEventKind, MouseEventKind};

use self::turn::{Cause, Turn};
use super::{
    actions,
    effect::Effect,
    event::{Event, ExitKind, OpenOverlay, PromptKind},
    message::Message,
    model::{Model, Options},
    overlay::Overlay,
    state::{Connection, JournalEntry, Layout, Level, LoginRefusal, Pane, View, attention::Switch},
};
use crate::{
    app::language::{LocalizedText, localized},
    domain::{ChatId, Now, Tick},
    protocol::{Command, Input},
};

/// Applies a message to the model, and returns the effects for the runtime. `now` is the current time.
pub fn update(model: &mut Model, message: Message, now: Now) -> Vec<Effect> {
    model.now = now;
    model.is_stale = true;
    let active = model.chats.active_chat().cloned();
    let cause = cause(&message);
    if cause == Cause::User {
        model.attention.input(now);
    }
    let mut turn = Turn::new(model, cause);
    turn.handle(message);
    turn.ask_for_login();
    turn.settle_mode(active.as_ref());
    turn.settle(active.as_ref());
    turn.model.chats.release_views();
    turn.mark_seen_as_read();
    turn.answer_scripts();
    turn.model.users.hold(&turn.model.peer, turn.model.focus == Pane::Users);
    turn.model.inbox.settle(&turn.model.peer, turn.model.focus == Pane::Inbox);
    turn.save_tabs(false);
    let Turn { model, effects, .. } = turn;
    // A drawn frame may change the model: for example, it marks messages as read. The next frame must show that.
    model.is_stale |= !effects.is_empty();
    effects
}

fn cause(message: &Message) -> Cause {
    match message {
        Message::Key(key) if key.kind == KeyEventKind::Release => Cause::Event,
        Message::Mouse(event) if event.kind == MouseEventKind::Moved => Cause::Event,
        Message::Key(_) | Message::Mouse(_) | Message::Paste(_) | Message::Line(_) => Cause::User,
        Message::Told(_) | Message::Warned(_) | Message::Reloaded(..) | Message::Edited { .. } => Cause::Answer,
        _ => Cause::Event,
    }
}

impl Turn<'_> {
    fn handle(&mut self, message: Message) {
        let model = &mut *self.model;
        match message {
            Message::Key(key) if key.kind != KeyEventKind::Release => self.key(key),
            Message::Key(_) => {}
            Message::Paste(text) => self.pasted(&text),
            Message::Line(text) => self.piped(&text),
            Message::Mouse(event) => self.mouse(event),
            Message::FocusChanged(in_front) => model.in_front = in_front,
            // A terminal that shrinks and grows again has lost its content, although its size is the same as before.
            Message::Resized => self.effects.push(Effect::Redraw),
            Message::Drawn(layout) => self.drawn(layout),
            Message::Peer(input) => {
                if let Input::Received { inbound, .. } = &input {
                    model.scripts.received(model.now.tick, inbound.retained);
                }
                self.input(input);
                self.close_finished_overlay();
            }
            Message::Command(command) => self.command_or_warn(command),
            Message::Connecting(broker) => {
                model.broker = broker;
                self.connection_changed(Connection::Connecting, None);
            }
            Message::Connection(connection) => self.connection_changed(connection, None),
            Message::LoginRefused(why, connection) => self.connection_changed(connection, Some(why)),
            // The configuration has no other login.
            Message::LoginRead(None) if model.login.is_known_wrong() => {
                (model.login.is_due, model.login.is_declined) = (true, false);
            }
            Message::LoginRead(login) => self.reconnect(login.map_or(Effect::Reconnect, Effect::LogIn)),
            Message::Page(page) => {
                if let Some(tab) = model.chats.tab_mut(&page.chat) {
                    tab.page_loaded(page.before, page.messages, model.peer.me());
                }
            }
            Message::Quoted { chat, id, found } => {
                if let Some(tab) = model.chats.tab_mut(&chat) {
                    tab.quote_found(id, found);
                }
            }
            Message::Found { number, found } => {
                if model.search.found(number, found) {
                    model.notices.journal.note(JournalEntry::Found);
                }
                if model.search.must_open_first() && matches!(model.overlay, Some(Overlay::Search(_))) {
                    self.apply(actions::search::show(0, &self.model.read_only()));
                }
            }
            Message::Reloaded(options, notice) => self.reloaded(*options, notice),
            Message::StoreFailed(why) => {
                let text = model.language.translate(localized!("store-failing", why));
                model.notices.log.note(model.now.wall, Level::Error, text);
                model.store_failure = Some(why);
            }
            Message::StoreRecovered => model.store_failure = None,
            Message::Hosting(hosting) => model.is_hosting = hosting,
            Message::Edited { chat, text } => self.edited(chat.as_ref(), text),
            Message::Welcome if model.view == View::Lines => {}
            Message::Welcome => self.apply(vec![Event::Open(OpenOverlay::Welcome)]),
            Message::Warned(text) => self.show_notice(Level::Warning, text),
            Message::Told(text) => self.show_notice(Level::Info, text),
            Message::Asked(number, request) => self.script_request(number, request),
            Message::Unasked(number) => self.script_gone(number),
            Message::Merge(number, batch) => self.merge(number, batch),
            Message::Timeout => self.timeout(),
            Message::Quit => self.exit(ExitKind::Quit),
            Message::Suspend => self.exit(ExitKind::Suspend),
        }
    }

    /// Applies the reloaded options, except for the broker: a new broker needs a restart.
    fn reloaded(&mut self, options: Options, notice: LocalizedText) {
        let model = &mut *self.model;
        model.keymap = options.keymap;
        model.notifications.settings = options.notify;
        (model.aliases, model.configured) = (options.aliases, options.configured);
        model.inbox.reorder(options.ui.inbox);
        model.ui = options.ui;
        model.language = options.language;
        self.show_notice(Level::Info, notice);
    }

    fn timeout(&mut self) {
        let now = self.model.now.tick;
        self.model.notices.timeout(now);
        self.lone_letter_acts(now);
        if self.model.peer.next_timeout().is_some_and(|due| due <= now) {
            self.input(Input::Timeout);
        }
        self.save_drafts(Some(now));
        self.model.scripts.timeout(now);
    }

    fn save_drafts(&mut self, now: Option<Tick>) {
        for (chat, text) in self.model.chats.due_drafts(now) {
            self.save_draft(&chat, text);
        }
    }

    /// Saves the draft of a chat, with its current conversation.
    fn save_draft(&mut self, chat: &ChatId, text: String) {
        if let Some(chat) = self.model.peer.chat(chat) {
            let conversation = chat.current().id.clone();
            self.command_or_warn(Command::SaveDraft { conversation, text });
        }
    }

    /// Saves the tabs for the next start. Until `is_exit`, a change of the active chat alone waits for the next commit.
    fn save_tabs(&mut self, is_exit: bool) {
        let writes = |effect: &Effect| matches!(effect, Effect::Commit { operations, .. } if !operations.is_empty());
        let is_free = is_exit || self.effects.iter().any(writes);
        if let Some(tabs) = self.model.chats.unstored_tabs(&self.model.peer, is_free) {
            self.command_or_warn(Command::SaveTabs(tabs));
        }
    }

    /// Stores the layout of the drawn frame, and loads the messages that the next frame may need.
    fn drawn(&mut self, layout: Layout) {
        let scroll = |model: &Model| {
            let chats = &model.chats;
            [chats.active_tab(), chats.beside_tab()].map(|tab| tab.map(|tab| tab.scroll))
        };
        let before = scroll(self.model);
        self.model.layout = layout;
        self.model.inbox.drawn(&self.model.peer, self.model.now.tick);
        // Selects the item that was drawn as selected, so that it stays selected if others are inserted above it.
        if let Some((list, peer)) = self.list(self.model.focus)
            && !list.is_selection_listed(peer)
        {
            list.step(peer, 0);
        }
        let model = &mut *self.model;
        self.effects.extend(model.chats.frame_drawn(&model.peer, &model.layout.chat));
        self.effects.extend(model.chats.beside_drawn(&model.peer, &model.layout.beside));
        model.is_stale = scroll(model) != before;
    }

    /// Marks the messages of the chats on the screen as read if the user sees them.
    fn mark_seen_as_read(&mut self) {
        let model = &*self.model;
        let shown = [model.chats.active_tab(), model.chats.beside_tab()].map(|tab| tab.map(|tab| &tab.chat));
        let seen = shown.into_iter().flatten().filter(|id| model.is_seen(id)).filter_map(|id| model.peer.chat(id));
        let conversations = seen.flat_map(|chat| chat.conversations().to_vec());
        let unread = conversations.filter(|known| known.unread > 0).map(|known| known.id.clone());
        for conversation in unread.collect::<Vec<_>>() {
            self.command_or_warn(Command::MarkRead(conversation));
        }
    }

    /// Opens the prompt for a login once it is due.
    fn ask_for_login(&mut self) {
        let model = &mut *self.model;
        if model.login_prompt_due().is_none_or(|due| model.now.tick < due) {
            return;
        }
        model.login.is_due = false;
        // On papo's own broker, the user name is the ID.
        let user = model.login.typed.clone().unwrap_or_else(|| model.peer.me().to_string());
        self.apply(vec![Event::Open(OpenOverlay::Prompt(PromptKind::Password(user)))]);
    }

    /// Closes the overlay if what has happened leaves it nothing to do: a login that is asked for no longer, or an outbox
    /// that has become empty.
    fn close_finished_overlay(&mut self) {
        let model = &mut *self.model;
        let is_over = |overlay: &Overlay| overlay.component().is_over(&model.read_only());
        if !model.overlay.as_ref().is_some_and(is_over) {
            return;
        }
        let is_outbox = matches!(model.overlay.take(), Some(Overlay::Outbox(_)));
        if model.attention.is_away(model.now.tick) {
            // The user may be typing another password already: such a line is not sent without a question.
            model.attention.chat_changed(Switch::ByItself, false, model.now.tick);
        }
        if is_outbox {
            self.show_notice(Level::Info, "outbox-empty");
        }
    }

    fn connection_changed(&mut self, connection: Connection, refusal: Option<LoginRefusal>) {
        let model = &mut *self.model;
        // papo is online only if others can reach me over the control topic.
        if connection == Connection::Online && model.peer.is_control_refused() {
            return;
        }
        if connection != model.connection
            && let Some((level, text)) = connection.log_entry(&model.broker)
        {
            model.notices.log.note_connection(model.now.wall, level, model.language.translate(text));
        }
        let is_online = connection == Connection::Online;
        model.scripts.connection_changed(model.now.tick, is_online);
        model.notifications.connection_changed(model.now.tick, is_online);
        match refusal {
            Some(why) => model.login.refused(why),
            None if connection == Connection::Connecting => {}
            None => model.login.no_longer_refused(connection.shows_presence()),
        }
        model.connection = connection;
        self.close_finished_overlay();
    }
}
