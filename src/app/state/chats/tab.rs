//! A tab: one open chat with its composer.

use std::time::Duration;

use super::{quotes::Quotes, window::Window};
use crate::{
    app::state::{composer::Composer, layout::ChatLayout, scroll::Scroll},
    domain::{ChatId, ChatMessage, ConversationId, Edit, MessageId, Relation, Tick, UserId},
    protocol::{Chat, Peer},
};

/// How long after the first unsaved change papo saves a draft.
const DRAFT_SAVE_DELAY: Duration = Duration::from_secs(1);

/// One open chat.
#[derive(Debug, Clone)]
pub struct Tab {
    /// The chat that the tab shows.
    pub chat: ChatId,
    /// The messages in memory.
    pub window: Window,
    /// The scroll position.
    pub scroll: Scroll,
    /// Whether the view left the end of the chat only because a message is chosen.
    pub(super) is_held: bool,
    /// The scroll position of the last frame, and the one a page above it.
    pub(super) last_frame: (Scroll, Option<Scroll>),
    /// Messages before this position are hidden, until the user scrolls back.
    pub cleared: u64,
    /// The text input.
    pub composer: Composer,
    /// The earlier message that the composer replies to or edits.
    pub compose_target: Option<ComposeTarget>,
    /// The position of the message that keys act on. While it is set, keys do not reach the composer.
    pub chosen: Option<u64>,
    /// The separator above unread messages.
    pub unread_marker: Option<UnreadMarker>,
    pub(super) quotes: Quotes,
    /// The draft while the composer holds a command that was begun from another pane, or on an untouched draft. If that
    /// command put a text into the composer, and then another command was begun, the text comes after the draft.
    pub(super) aside: Vec<Aside>,
    /// When to save the draft.
    pub(super) save_at: Option<Tick>,
}

/// The content of a composer while it holds a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    pub(super) text: String,
    pub(super) target: Option<ComposeTarget>,
}

/// The message that the composer replies to or edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeTarget {
    /// The ID of that message, and whether the composer replies to it or edits it.
    pub relation: Relation,
    /// The conversation that has that message.
    pub conversation: ConversationId,
    /// The author of that message.
    pub author: UserId,
    /// The text of that message.
    pub words: String,
}

impl UnreadMarker {
    /// The separator of a chat that has unread messages.
    pub(super) fn of(chat: &Chat<'_>) -> Option<Self> {
        let (len, count) = (chat.len(), chat.unread());
        (count > 0).then(|| Self { from: len.saturating_sub(count), count, is_estimate: true })
    }

    /// The separator at its exact position, if the window has all unread messages.
    pub(super) fn placed(self, window: &Window, me: &UserId) -> Self {
        let exact = || window.first_unread(self.count, me);
        let from = if self.is_estimate { exact() } else { None };
        from.map_or(self, |from| Self { from, count: self.count, is_estimate: false })
    }
}

impl ComposeTarget {
    /// A message of this conversation as the target.
    pub fn of(message: &ChatMessage, conversation: ConversationId, relation: Relation) -> Self {
        Self { relation, conversation, author: message.author.clone(), words: message.body.words().to_owned() }
    }
}

/// The separator above unread messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadMarker {
    /// The position of the first unread message.
    pub from: u64,
    /// The number of unread messages.
    pub count: u64,
    /// Whether `from` assumes that the last messages are the unread ones. Messages that never count as unread may be
    /// among them, which papo knows only once all are loaded.
    pub(super) is_estimate: bool,
}

impl Tab {
    /// The scroll position a page up, if the last frame computed it and the chat was not scrolled since.
    pub(super) fn page_above(&self) -> Option<Scroll> {
        let (scroll, page_above) = self.last_frame;
        page_above.filter(|_| scroll == self.scroll)
    }

    pub(super) fn new(peer: &Peer, id: ChatId) -> Self {
        let chat = peer.chat(&id);
        Self {
            composer: Composer::new(chat.as_ref().map_or("", Chat::draft)),
            window: Window::new(chat.as_ref().map_or(0, Chat::len)),
            scroll: Scroll::Bottom,
            is_held: false,
            cleared: 0,
            last_frame: (Scroll::Bottom, None),
            compose_target: None,
            quotes: Quotes::default(),
            chosen: None,
            unread_marker: chat.as_ref().and_then(UnreadMarker::of),
            chat: id,
            aside: Vec::new(),
            save_at: None,
        }
    }

    /// The position of the first line from `seq` on. `layout` says which messages are one line.
    pub fn line_from(&self, seq: u64, layout: &ChatLayout) -> Option<u64> {
        (seq..self.window.len()).find(|seq| self.is_line(*seq, layout))
    }

    /// The position of the last line before `seq`. `layout` says which messages are one line.
    pub fn line_before(&self, seq: u64, layout: &ChatLayout) -> Option<u64> {
        (0..seq).rev().find(|seq| self.is_line(*seq, layout))
    }

    fn is_line(&self, seq: u64, layout: &ChatLayout) -> bool {
        self.window.is_shown(seq) && layout.line_of(seq) == seq
    }

    /// A quoted message and its position, if papo has it in memory.
    pub fn quoted(&self, id: MessageId) -> Option<(u64, &ChatMessage)> {
        self.quotes.get(id, &self.window)
    }

    /// Stores the result of a lookup of a quoted message; `None` if the store does not have it.
    pub fn quote_found(&mut self, id: MessageId, found: Option<(u64, ChatMessage)>) {
        self.quotes.found(id, found, &mut self.window);
    }

    /// Applies an edit to the messages in memory.
    pub fn edited(&mut self, edit: Edit) {
        self.quotes.edited(edit, &mut self.window);
    }

    /// Inserts a loaded page. Applies the latest edits again, because the store may have read the page before them.
    pub fn page_loaded(&mut self, before: u64, messages: Vec<(u64, ChatMessage)>, me: &UserId) {
        self.window.insert(before, messages, self.scroll != Scroll::Bottom);
        self.quotes.reapply_edits(&mut self.window);
        self.unread_marker = self.unread_marker.map(|marker| marker.placed(&self.window, me));
    }

    /// Drops all messages from memory and goes to the end. Called after an import moved messages to other positions.
    pub fn reload(&mut self, peer: &Peer) {
        let Self { window, unread_marker, .. } = Self::new(peer, self.chat.clone());
        (self.window, self.unread_marker) = (window, unread_marker);
        self.scroll = Scroll::Bottom;
        self.chosen = None;
        self.quotes = Quotes::default();
    }

    pub(super) fn edit(&mut self, now: Tick) -> &mut Composer {
        self.save_later(now);
        &mut self.composer
    }

    pub(super) fn save_later(&mut self, now: Tick) {
        self.save_at.get_or_insert(now + DRAFT_SAVE_DELAY);
    }

    /// The number of messages below the separator.
    pub fn count_new(&self) -> u64 {
        self.unread_marker.map_or(0, |marker| marker.count)
    }

    /// Scrolls to where the user wants to read.
    pub(super) fn scroll_to(&mut self, scroll: Scroll) {
        (self.scroll, self.is_held) = (scroll, false);
    }

    /// While a message is chosen, the view stands still: keys act on that message, so it must stay in sight.
    fn hold_view(&mut self) {
        if self.chosen.is_some()
            && self.scroll == Scroll::Bottom
            && let Some(seq) = self.window.end().checked_sub(1)
        {
            (self.scroll, self.is_held) = (Scroll::At { seq, rows: 0 }, true);
        }
    }

    /// Appends my message, stored at `seq`, and scrolls to the end unless a message is chosen.
    pub fn sent(&mut self, seq: u64, message: ChatMessage) {
        self.unread_marker = None;
        self.hold_view();
        if self.chosen.is_none() {
            self.scroll_to(Scroll::Bottom);
        }
        self.window.append(seq, message, self.scroll != Scroll::Bottom);
        if self.scroll == Scroll::Bottom {
            self.window.go_to_end();
        }
    }

    /// Appends a message of another user, stored at `seq`. `unread` is the new number of unread messages; 0 if this one
    /// was visible as it arrived, and the user was there.
    pub fn arrived(&mut self, seq: u64, message: ChatMessage, unread: u64) {
        let unread = if message.asks_for_attention() { unread } else { 0 };
        self.unread_marker = match (unread, self.unread_marker) {
            (0, marker) => marker,
            (1, _) | (_, None) => Some(UnreadMarker { from: seq, count: 1, is_estimate: false }),
            (_, Some(marker)) => Some(UnreadMarker { count: marker.count + 1, ..marker }),
        };
        self.hold_view();
        self.window.append(seq, message, self.scroll != Scroll::Bottom);
    }
}
