//! Line mode, for screen readers and dumb terminals: each event is printed once, as one line, above a prompt.
//!
//! [`LineView`] remembers what it has printed. Events come from the app's journal; state (the active chat, the connection,
//! presence) is compared with the state printed last. Nothing is drawn in place, so a reader misses nothing. Every line
//! is safe: see [`text`].

mod lists;
mod prompt;
mod words;

use std::{cell::Cell, collections::BTreeMap};

use jiff::tz::TimeZone;
use ratatui::layout::Rect;

pub use self::prompt::{Prompt, prompt, setup_prompt, setup_words};
use self::words::Words;
use super::{clock::Clock, text};
use crate::{
    app::{
        ChatLayout, Completion, Connection, Entry, Layout, Level, LocalizedText, Model, Overlay, Scroll, Tab, localized,
    },
    domain::{ChatMessage, ConversationId, Delivery, Presence, UserId},
};

/// The messages that are printed when a chat becomes the active one, and each time one reads further back.
const PRINTED_AT_ONCE: u64 = 8;
/// The most unread messages that are printed then.
const UNREAD_LIMIT: u64 = 50;
/// The height that the update is told, so that messages are loaded well ahead of those that are printed.
const REPORTED_HEIGHT: u16 = 100;

/// Turns changes of the model into lines, and remembers what it has printed.
#[derive(Debug, Default)]
pub struct LineView {
    is_started: bool,
    connection: Option<Connection>,
    store_failure: Option<String>,
    present: BTreeMap<UserId, Presence>,
    active: Option<ActiveChat>,
    completion: Vec<String>,
    asked: Option<String>,
    /// My last message in each chat whose recipient was offline.
    awaited: BTreeMap<ConversationId, u64>,
}

/// The active chat, and which of its places were printed.
#[derive(Debug)]
struct ActiveChat {
    conversation: ConversationId,
    /// `None` until its messages are there.
    printed: Option<(u64, u64)>,
    /// Whether the earlier messages that the user asked for are printed.
    has_read_back: bool,
}

impl LineView {
    /// The lines to print after an update that noted these `entries`. Times are in `zone`.
    pub fn follow(&mut self, model: &Model, entries: Vec<Entry>, zone: &TimeZone) -> Vec<String> {
        // A printed line is never updated, so nothing waits for this.
        let stale_at = Cell::new(None);
        let clock = Clock { now: model.now.wall, zone, language: &model.language, stale_at: &stale_at };
        let words = Words { model, clock };
        let mut lines = Vec::new();
        if !std::mem::replace(&mut self.is_started, true) {
            lines.extend(words.greeting());
            if model.chats.active_chat().is_none() {
                lines.push(words.translate("lines-no-chat"));
            }
        }
        self.connection(words, &mut lines);
        self.presence(words, &mut lines);
        for entry in entries {
            self.entry(words, entry, &mut lines);
        }
        self.active(words, &mut lines);
        self.delivered(words, &mut lines);
        self.completion(words, model.completion.as_ref(), &mut lines);
        self.question(words, &mut lines);
        lines.iter().flat_map(|line| safe_lines(line)).collect()
    }

    /// The layout that the update sees: the active chat is seen once it is printed.
    pub fn layout(&self, model: &Model) -> Layout {
        let (Some(tab), Some(active)) = (model.chats.active_tab(), &self.active) else { return Layout::default() };
        let height = if active.printed.is_some() { REPORTED_HEIGHT } else { 0 };
        let scroll = match (tab.scroll, active.printed) {
            // The earlier messages are yet to be loaded.
            (Scroll::At { .. }, Some((seq, _))) if !active.has_read_back => Scroll::At { seq, rows: 0 },
            _ => Scroll::Bottom,
        };
        let chat = ChatLayout { area: Rect::new(0, 0, 1, height), scroll, ..ChatLayout::default() };
        Layout { chat, ..Layout::default() }
    }

    fn entry(&mut self, words: Words<'_>, entry: Entry, lines: &mut Vec<String>) {
        match entry {
            Entry::Notice { label, text } => lines.push(words.word(label, &text)),
            Entry::Message { conversation, message } => {
                self.await_delivery(words, &conversation, &message);
                // Messages of the active chat are printed from there.
                if words.model.chats.active_chat() != Some(&conversation) {
                    lines.push(words.message_elsewhere(&conversation, &message));
                }
            }
            Entry::Opened(conversation) => lines.push(words.opened(&conversation)),
            Entry::Changed(conversation) => lines.extend(words.changed(&conversation)),
            Entry::List(list) => lines.extend(lists::lines(words, &list)),
            Entry::Found => lines.extend(lists::found(words)),
        }
    }

    fn connection(&mut self, words: Words<'_>, lines: &mut Vec<String>) {
        if self.store_failure != words.model.store_failure {
            self.store_failure.clone_from(&words.model.store_failure);
            lines.push(match &self.store_failure {
                Some(why) => words.word(Level::Error.into(), &words.translate(localized!("lines-not-saved", why))),
                None => words.word(Level::Info.into(), &words.translate("lines-saved-again")),
            });
        }
        let connection = &words.model.connection;
        let is_said = match (&self.connection, connection) {
            // A repeated failure of the same kind is not printed again.
            (Some(_), Connection::Connecting) => true,
            (Some(Connection::Reconnecting { why, .. }), Connection::Reconnecting { why: again, .. }) => why == again,
            (before, now) => before.as_ref() == Some(now),
        };
        if !is_said {
            self.connection = Some(connection.clone());
            lines.push(words.connection());
        }
    }

    /// Prints presence changes of users with whom there is an open chat.
    fn presence(&mut self, words: Words<'_>, lines: &mut Vec<String>) {
        let peer = &words.model.peer;
        let open = peer.conversations().values().filter(|chat| chat.phase.is_open());
        let present: BTreeMap<UserId, Presence> = open
            .filter_map(|chat| chat.id.peer_of(peer.me()))
            .map(|user| (user.clone(), peer.users().get(user).map_or(Presence::Unknown, |user| user.presence)))
            .collect();
        for (user, presence) in &present {
            match (self.present.get(user), presence) {
                (Some(before), now) if before == now => {}
                (Some(_), Presence::Online) => lines.push(words.translate(localized!("lines-online", user))),
                (Some(Presence::Online), _) => lines.push(words.translate(localized!("lines-offline", user))),
                _ => {}
            }
        }
        self.present = present;
    }

    fn active(&mut self, words: Words<'_>, lines: &mut Vec<String>) {
        let Some(tab) = words.model.chats.active_tab() else {
            if self.active.take().is_some() {
                lines.push(words.translate("lines-no-chat"));
            }
            return;
        };
        if self.active.as_ref().is_none_or(|active| active.conversation != tab.conversation) {
            self.active =
                Some(ActiveChat { conversation: tab.conversation.clone(), printed: None, has_read_back: false });
            lines.push(words.heading(&tab.conversation));
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
        active.printed = Some((from, upto));
        if is_at_end {
            lines.extend((upto..window.end()).map(|seq| words.message_at(tab, seq)));
            active.printed = Some((from, window.end()));
        }
        if tab.scroll == Scroll::Bottom {
            active.has_read_back = false;
        } else if !active.has_read_back {
            active.read_back(words, tab, lines);
        }
    }

    /// Remembers a message of mine that cannot reach its reader at once.
    fn await_delivery(&mut self, words: Words<'_>, conversation: &ConversationId, message: &ChatMessage) {
        let (Some(n), true) = (message.sequence_number, message.author == *words.model.peer.me()) else { return };
        let users = words.model.peer.users();
        let is_there = |user: &UserId| users.get(user).is_none_or(|user| user.is_online() || user.is_plain());
        let is_away = conversation.peer_of(words.model.peer.me()).is_some_and(|user| !is_there(user));
        if is_away || words.model.connection != Connection::Online {
            self.awaited.insert(conversation.clone(), n);
        }
    }

    fn delivered(&mut self, words: Words<'_>, lines: &mut Vec<String>) {
        self.awaited.retain(|conversation, n| {
            let name = conversation.name(words.model.peer.me());
            match words.model.peer.delivery(conversation, *n) {
                Delivery::Delivered | Delivery::Read => {
                    lines.push(words.translate(localized!("lines-delivered", name)));
                }
                Delivery::Failed(_) => {}
                Delivery::Written | Delivery::AtBroker | Delivery::Partly(..) => return true,
            }
            false
        });
    }

    fn completion(&mut self, words: Words<'_>, completion: Option<&Completion>, lines: &mut Vec<String>) {
        let candidates = completion.map(|completion| completion.candidates.as_slice()).unwrap_or_default();
        if self.completion != candidates {
            self.completion = candidates.to_vec();
            if !candidates.is_empty() {
                let fitting: Vec<&str> = candidates.iter().map(|candidate| candidate.trim_end()).collect();
                lines.push(words.translate(localized!("lines-fit", count = fitting.len(), words = fitting.join(", "))));
            }
        }
    }

    /// Prints an overlay's question in full, and the error of an answer.
    fn question(&mut self, words: Words<'_>, lines: &mut Vec<String>) {
        let asked = match &words.model.overlay {
            Some(Overlay::Confirm(confirm)) => {
                let question = confirm.text(&words.model.peer);
                let [yes, no] = ["key-yes", "key-no"].map(|key| words.translate(key));
                Some(words.translate(localized!("lines-question", question, yes, no)))
            }
            Some(Overlay::Prompt(prompt)) => {
                let error = prompt.error.clone().map(LocalizedText::from);
                error.map(|error| words.translate(localized!("lines-warning", error)))
            }
            _ => None,
        };
        if self.asked != asked {
            lines.extend(asked.clone());
            self.asked = asked;
        }
    }
}

impl ActiveChat {
    /// Prints the messages before those that are printed, once they are loaded.
    fn read_back(&mut self, words: Words<'_>, tab: &Tab, lines: &mut Vec<String>) {
        let Some((printed, end)) = self.printed else { return };
        let from = printed.saturating_sub(PRINTED_AT_ONCE);
        if printed == 0 {
            lines.push(words.translate("lines-nothing-before"));
        } else if tab.window.first() <= from && printed <= tab.window.end() {
            lines.push(words.translate(localized!("lines-before", count = printed - from)));
            lines.extend((from..printed).map(|seq| words.message_at(tab, seq)));
            lines.push(words.translate("lines-before-end"));
        } else {
            return;
        }
        self.printed = Some((from, end));
        self.has_read_back = true;
    }
}

/// Splits a text at line breaks; lines after the first are indented.
fn safe_lines(line: &str) -> Vec<String> {
    let safe = text::safe(line);
    let mut lines = safe.split('\n').map(|line| line.trim_end().to_owned());
    let first = lines.next();
    first.into_iter().chain(lines.map(|line| format!("  {line}"))).collect()
}
