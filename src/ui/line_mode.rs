//! Line mode, for screen readers and dumb terminals: each event is printed once, as one line, above a prompt.
//!
//! [`LineView`] remembers what it has printed. Events come from the app's journal. Changes of state (the active chat,
//! the connection, presence) are found by comparison with the state that was printed last. Printed lines never change,
//! so a screen reader misses nothing. Every line is made safe by [`text`].

mod formatter;
mod lists;
mod prompt;

use std::{cell::Cell, collections::BTreeMap};

use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use self::formatter::LineFormatter;
pub use self::prompt::{Prompt, prompt, setup_prompt, setup_words};
use super::{chat::sessions, clock::Clock, text};
use crate::{
    app::{
        Action, ChatLayout, Completion, Connection, Context, JournalEntry, Layout, Level, LocalizedText, Model,
        Overlay, PromptKind, Scroll, Tab, localized,
    },
    domain::{ChatId, ChatMessage, ConversationId, Delivery, Presence, UserId},
    protocol::Chat,
};

/// The number of messages that are printed when a chat becomes active, and each time the user reads further back.
const PRINTED_AT_ONCE: u64 = 8;
/// The most unread messages that are printed when a chat becomes active.
const UNREAD_LIMIT: u64 = 50;
/// The height of the chat, in rows, that is reported to the app. It is greater than needed, so that the app loads
/// messages before they are printed.
const REPORTED_HEIGHT: u16 = 100;

/// Turns changes of the model into lines. The fields hold the state that was printed last.
#[derive(Debug, Default)]
pub struct LineView {
    is_started: bool,
    connection: Option<Connection>,
    store_failure: Option<String>,
    /// The presence of the users with whom there is an open chat.
    presence: BTreeMap<UserId, Presence>,
    active: Option<ActiveChat>,
    /// The candidates of the completion.
    completion: Vec<String>,
    /// What the open prompt asks for, if that is a login.
    login: Option<PromptKind>,
    /// The error of the open prompt.
    prompt_error: Option<String>,
    /// For each chat, the sequence number of my last message that could not be delivered immediately.
    awaited: BTreeMap<ConversationId, u64>,
}

/// The active chat, and which of its messages were printed.
#[derive(Debug)]
struct ActiveChat {
    chat: ChatId,
    /// The first printed position, and the position after the last printed one; `None` until the messages are loaded.
    printed: Option<(u64, u64)>,
    /// Whether the earlier messages that the user asked for are printed.
    has_read_back: bool,
}

impl LineView {
    /// The lines to print after an update that added these `entries` to the journal. Times are in `zone`.
    pub fn follow(&mut self, model: &Model, entries: Vec<JournalEntry>, zone: &TimeZone) -> Vec<String> {
        // The clock needs this cell, but line mode ignores it: a printed line is never updated.
        let stale_at = Cell::new(None);
        let clock = Clock { now: model.now.wall, zone, language: &model.language, stale_at: &stale_at };
        let formatter = LineFormatter { model, clock };
        let mut lines = Vec::new();
        if !std::mem::replace(&mut self.is_started, true) {
            lines.extend(formatter.greeting());
            if model.chats.active_chat().is_none() {
                lines.push(formatter.translate("lines-no-chat"));
            }
        }
        self.connection(formatter, &mut lines);
        self.presence(formatter, &mut lines);
        // A chat may change several times at once. Its state follows the messages that caused it.
        let mut changed = Vec::new();
        for entry in entries {
            match entry {
                JournalEntry::Changed(chat) if changed.contains(&chat) => {}
                JournalEntry::Changed(chat) => changed.push(chat),
                entry => self.entry(formatter, entry, &mut lines),
            }
        }
        self.active(formatter, &mut lines);
        lines.extend(changed.iter().filter_map(|chat| formatter.changed(chat)));
        self.delivered(formatter, &mut lines);
        self.completion(formatter, model.completion.as_ref(), &mut lines);
        self.login(formatter, &mut lines);
        self.prompt_error(formatter, &mut lines);
        lines.iter().flat_map(|line| safe_lines(line)).collect()
    }

    /// The layout that is reported to the app. The active chat counts as visible once it is printed.
    pub fn layout(&self, model: &Model) -> Layout {
        let (Some(tab), Some(active)) = (model.chats.active_tab(), &self.active) else { return Layout::default() };
        let height = if active.printed.is_some() { REPORTED_HEIGHT } else { 0 };
        let scroll = match (tab.scroll, active.printed) {
            // Requests the earlier messages until they are printed.
            (Scroll::At { .. }, Some((seq, _))) if !active.has_read_back => Scroll::At { seq, rows: 0 },
            _ => Scroll::Bottom,
        };
        let chat = ChatLayout { area: Rect::new(0, 0, 1, height), scroll, ..ChatLayout::default() };
        Layout { chat, ..Layout::default() }
    }

    fn entry(&mut self, formatter: LineFormatter<'_>, entry: JournalEntry, lines: &mut Vec<String>) {
        match entry {
            JournalEntry::Notice { label, text } => lines.push(formatter.labelled(label, &text)),
            JournalEntry::Message { conversation, message } => {
                self.await_delivery(formatter, &conversation, &message);
                // `active` prints the messages of the active chat.
                let is_change = message.as_change().is_some();
                let chat = conversation.chat(formatter.model.peer.me()).filter(|_| !is_change);
                if let Some(chat) = chat.filter(|chat| formatter.model.chats.active_chat() != Some(chat)) {
                    let known = formatter.model.peer.chat(&chat);
                    let phase = known.and_then(|chat| sessions::phase_of(&chat, &conversation));
                    lines.push(formatter.message_elsewhere(&chat, &message, phase));
                }
            }
            JournalEntry::Opened(chat) => lines.push(formatter.opened(&chat)),
            JournalEntry::Changed(_) => {}
            JournalEntry::List(list) => lines.extend(lists::lines(formatter, &list)),
            JournalEntry::Found => lines.extend(lists::found(formatter)),
            JournalEntry::Reconnecting => self.connection = Some(Connection::Connecting),
        }
    }

    fn connection(&mut self, formatter: LineFormatter<'_>, lines: &mut Vec<String>) {
        if self.store_failure != formatter.model.store_failure {
            self.store_failure.clone_from(&formatter.model.store_failure);
            lines.push(match &self.store_failure {
                Some(why) => {
                    formatter.labelled(Level::Error.into(), &formatter.translate(localized!("lines-not-saved", why)))
                }
                None => formatter.labelled(Level::Info.into(), &formatter.translate("lines-saved-again")),
            });
        }
        let connection = &formatter.model.connection;
        let is_skipped = match (&self.connection, connection) {
            // A repeated failure of the same kind is not printed again.
            (Some(_), Connection::Connecting) => true,
            (Some(Connection::Reconnecting { why, .. }), Connection::Reconnecting { why: again, .. }) => why == again,
            (before, now) => before.as_ref() == Some(now),
        };
        if !is_skipped {
            self.connection = Some(connection.clone());
            lines.push(formatter.connection());
        }
    }

    /// Prints presence changes of users with whom there is an open chat.
    fn presence(&mut self, formatter: LineFormatter<'_>, lines: &mut Vec<String>) {
        let peer = &formatter.model.peer;
        let presence = |user: &UserId| peer.users().get(user).map_or(Presence::Unknown, |user| user.presence);
        let open = peer.chats().filter(Chat::is_open);
        let presences: BTreeMap<UserId, Presence> =
            open.filter_map(|chat| chat.id().user().map(|user| (user.clone(), presence(user)))).collect();
        for (user, presence) in &presences {
            match (self.presence.get(user), presence) {
                (Some(before), now) if before == now => {}
                (Some(_), Presence::Online) => lines.push(formatter.translate(localized!("lines-online", user))),
                (Some(Presence::Online), _) => lines.push(formatter.translate(localized!("lines-offline", user))),
                _ => {}
            }
        }
        self.presence = presences;
    }

    /// Prints the heading of a chat that becomes active, and the new messages of the active chat.
    fn active(&mut self, formatter: LineFormatter<'_>, lines: &mut Vec<String>) {
        let Some(tab) = formatter.model.chats.active_tab() else {
            if self.active.take().is_some() {
                lines.push(formatter.translate("lines-no-chat"));
            }
            return;
        };
        if self.active.as_ref().is_none_or(|active| active.chat != tab.chat) {
            self.active = Some(ActiveChat { chat: tab.chat.clone(), printed: None, has_read_back: false });
            lines.push(formatter.heading(&tab.chat));
        }
        let Some(active) = &mut self.active else { return };
        let window = &tab.window;
        let is_at_end = window.end() == window.len();
        let (from, upto) = match active.printed {
            None if is_at_end && (window.is_empty() || window.end() > window.first()) => {
                let unread = tab.unread_marker.map_or(0, |marker| marker.count.min(UNREAD_LIMIT));
                let from = window.len().saturating_sub(PRINTED_AT_ONCE.max(unread)).max(window.first());
                (from, from)
            }
            Some(printed) => printed,
            None => return,
        };
        // A new edit is printed, because the printed original does not change. In the history, the original has its
        // text.
        let is_history = active.printed.is_none();
        active.printed = Some((from, upto));
        if is_at_end {
            let shown = (upto..window.end()).filter(|seq| !is_history || window.is_shown(*seq));
            lines.extend(shown.flat_map(|seq| formatter.message_at(tab, seq)));
            active.printed = Some((from, window.end()));
        }
        if tab.scroll == Scroll::Bottom {
            active.has_read_back = false;
        } else if !active.has_read_back {
            active.read_back(formatter, tab, lines);
        }
    }

    /// Remembers a message of mine that cannot be delivered immediately, to report its delivery later.
    fn await_delivery(&mut self, formatter: LineFormatter<'_>, conversation: &ConversationId, message: &ChatMessage) {
        let (Some(n), true) = (message.sequence_number, message.author == *formatter.model.peer.me()) else { return };
        let users = formatter.model.peer.users();
        let is_reachable = |user: &UserId| users.get(user).is_none_or(|user| user.is_online() || user.is_plain());
        let is_unreachable = conversation.peer_of(formatter.model.peer.me()).is_some_and(|user| !is_reachable(user));
        if is_unreachable || formatter.model.connection != Connection::Online {
            self.awaited.insert(conversation.clone(), n);
        }
    }

    /// Prints which of the remembered messages were delivered.
    fn delivered(&mut self, formatter: LineFormatter<'_>, lines: &mut Vec<String>) {
        self.awaited.retain(|conversation, n| {
            let name = conversation.name(formatter.model.peer.me());
            match formatter.model.peer.delivery(conversation, *n) {
                Delivery::Delivered | Delivery::Read => {
                    lines.push(formatter.translate(localized!("lines-delivered", name)));
                }
                Delivery::Failed(_) => {}
                Delivery::Written | Delivery::AtBroker | Delivery::Partly(..) => return true,
            }
            false
        });
    }

    fn completion(&mut self, formatter: LineFormatter<'_>, completion: Option<&Completion>, lines: &mut Vec<String>) {
        let candidates = completion.map(|completion| completion.candidates.as_slice()).unwrap_or_default();
        if self.completion != candidates {
            self.completion = candidates.to_vec();
            if !candidates.is_empty() {
                let fitting: Vec<&str> = candidates.iter().map(|candidate| candidate.trim_end()).collect();
                lines.push(formatter.translate(localized!(
                    "lines-fit",
                    count = fitting.len(),
                    words = fitting.join(", ")
                )));
            }
        }
    }

    /// Prints the keys of a prompt for a login that opens.
    fn login(&mut self, formatter: LineFormatter<'_>, lines: &mut Vec<String>) {
        let login = match &formatter.model.overlay {
            Some(Overlay::Prompt(prompt)) if prompt.is_login() => Some(prompt.kind.clone()),
            _ => None,
        };
        if self.login != login {
            let keymap = &formatter.model.keymap;
            let key = || keymap.name_of_key(Context::Composer, &[Action::Complete]);
            lines.extend(login.as_ref().map(|kind| {
                formatter.translate(match kind {
                    PromptKind::Password(_) => localized!("lines-login", key = key()),
                    _ => localized!("lines-login-name", key = key()),
                })
            }));
            self.login = login;
        }
    }

    /// Prints the error after an invalid line in a prompt.
    fn prompt_error(&mut self, formatter: LineFormatter<'_>, lines: &mut Vec<String>) {
        let printed = match &formatter.model.overlay {
            Some(Overlay::Prompt(prompt)) => {
                let error = prompt.error.clone().map(LocalizedText::from);
                error.map(|error| formatter.translate(localized!("lines-warning", error)))
            }
            _ => None,
        };
        if self.prompt_error != printed {
            lines.extend(printed.clone());
            self.prompt_error = printed;
        }
    }
}

impl ActiveChat {
    /// Prints the messages before the first printed one, once they are loaded.
    fn read_back(&mut self, formatter: LineFormatter<'_>, tab: &Tab, lines: &mut Vec<String>) {
        let Some((printed, end)) = self.printed else { return };
        let from = printed.saturating_sub(PRINTED_AT_ONCE);
        if printed == 0 {
            lines.push(formatter.translate("lines-nothing-before"));
        } else if tab.window.first() <= from && printed <= tab.window.end() {
            let shown: Vec<u64> = (from..printed).filter(|seq| tab.window.is_shown(*seq)).collect();
            lines.push(formatter.translate(localized!("lines-before", count = shown.len())));
            lines.extend(shown.into_iter().flat_map(|seq| formatter.message_at(tab, seq)));
            lines.push(formatter.translate("lines-before-end"));
        } else {
            return;
        }
        self.printed = Some((from, end));
        self.has_read_back = true;
    }
}

/// Makes a text safe, and splits it at line breaks. Lines after the first are indented.
fn safe_lines(line: &str) -> Vec<String> {
    let safe = text::safe(line);
    let mut lines = safe.split('\n').map(|line| line.trim_end().to_owned());
    let first = lines.next();
    first.into_iter().chain(lines.map(|line| format!("  {line}"))).collect()
}
