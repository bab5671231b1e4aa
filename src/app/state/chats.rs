//! The open chats: a tab for each, and which one is active.

mod aside;
mod beside;
mod quotes;
mod window;

use std::time::Duration;

use crossterm::event::KeyEvent;

pub use window::Window;

use self::{beside::Beside, quotes::Quotes};
use super::{composer::Composer, layout::ChatLayout, scroll::Scroll};
use crate::{
    app::effect::Effect,
    domain::{
        ChatMessage, Conversation, ConversationId, Edit, HistoryLookup, MessageId, Query, Relation, Tick, UserId,
    },
    protocol::Peer,
};

/// The most tabs that papo opens at the start.
const MAX_RESTORED_TABS: usize = 30;
/// How long after the first unsaved change papo saves a draft.
const DRAFT_SAVE_DELAY: Duration = Duration::from_secs(1);

/// One open chat.
#[derive(Debug, Clone)]
pub struct Tab {
    /// The conversation that the tab shows.
    pub conversation: ConversationId,
    /// The messages in memory.
    pub window: Window,
    /// The scroll position.
    pub scroll: Scroll,
    /// The scroll position of the last frame, and the one a page above it.
    last_frame: (Scroll, Option<Scroll>),
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
    quotes: Quotes,
    /// The draft while the composer holds a command that was begun from another pane.
    aside: Option<String>,
    /// When to save the draft.
    save_at: Option<Tick>,
}

/// The message that the composer replies to or edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeTarget {
    /// The ID of that message, and whether the composer replies to it or edits it.
    pub relation: Relation,
    /// The author of that message.
    pub author: UserId,
    /// The text of that message.
    pub words: String,
}

impl UnreadMarker {
    /// The separator of a conversation that has unread messages.
    fn of(chat: &Conversation) -> Option<Self> {
        let from = chat.len.saturating_sub(chat.unread);
        (chat.unread > 0).then_some(Self { from, count: chat.unread, is_estimate: true })
    }

    /// The separator at its exact position, if the window has all unread messages.
    fn placed(self, window: &Window, me: &UserId) -> Self {
        let exact = || window.first_unread(self.count, me);
        let from = if self.is_estimate { exact() } else { None };
        from.map_or(self, |from| Self { from, count: self.count, is_estimate: false })
    }
}

impl ComposeTarget {
    /// A loaded message as the target.
    pub fn of(message: &ChatMessage, relation: Relation) -> Self {
        Self { relation, author: message.author.clone(), words: message.body.words().to_owned() }
    }
}

/// The separator above unread messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadMarker {
    /// The position of the first unread message.
    pub from: u64,
    /// The number of unread messages.
    pub count: u64,
    /// Whether `from` assumes that the last messages are the unread ones. Those that never count as unread are in between
    /// once they are loaded.
    is_estimate: bool,
}

/// The tabs in display order, and the index of the active one.
#[derive(Debug, Clone)]
pub struct Chats {
    tabs: Vec<Tab>,
    active: usize,
    beside: Option<Beside>,
    /// The composer while no tab is open: it takes commands only.
    command_composer: Composer,
    /// The text that it had before a command was begun from another pane.
    command_aside: Option<String>,
}

impl Chats {
    /// The tabs at the start: the most recently used chats that are open or unread. The latest one is last and active.
    pub fn restore(peer: &Peer) -> Self {
        let mut chats = latest_first(peer);
        chats.retain(|conversation| conversation.phase.is_open() || conversation.unread > 0);
        chats.truncate(MAX_RESTORED_TABS);
        let tabs = chats.iter().rev().map(|conversation| Tab::new(peer, conversation.id.clone())).collect::<Vec<_>>();
        Self {
            active: tabs.len().saturating_sub(1),
            tabs,
            beside: None,
            command_composer: Composer::new(""),
            command_aside: None,
        }
    }

    /// All tabs, in order.
    pub fn tabs(&self) -> &[Tab] {
        &self.tabs
    }

    /// The index of the active tab; `None` if no tab is open.
    pub fn active(&self) -> Option<usize> {
        (!self.tabs.is_empty()).then_some(self.active)
    }

    /// The active tab.
    pub fn active_tab(&self) -> Option<&Tab> {
        self.tabs.get(self.active)
    }

    /// The conversation of the active tab.
    pub fn active_chat(&self) -> Option<&ConversationId> {
        self.active_tab().map(|tab| &tab.conversation)
    }

    /// The position of the chosen message in the active tab.
    pub fn chosen(&self) -> Option<u64> {
        self.active_tab().and_then(|tab| tab.chosen)
    }

    /// The active tab, mutable.
    pub fn active_tab_mut(&mut self) -> Option<&mut Tab> {
        self.tabs.get_mut(self.active)
    }

    /// The tab of a conversation, mutable.
    pub fn tab_mut(&mut self, conversation: &ConversationId) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|tab| tab.conversation == *conversation)
    }

    /// The index of the conversation's tab; opens one at the end if it has none.
    pub fn open(&mut self, peer: &Peer, conversation: &ConversationId) -> usize {
        let existing = self.tabs.iter().position(|tab| tab.conversation == *conversation);
        existing.unwrap_or_else(|| {
            self.tabs.push(Tab::new(peer, conversation.clone()));
            self.tabs.len() - 1
        })
    }

    /// Activates a tab and marks its unread messages. The tab that was active loses its marker and its chosen message.
    pub fn activate(&mut self, peer: &Peer, index: usize) {
        if index < self.tabs.len() {
            let stays = self.swap_beside(index);
            if index != self.active
                && let Some(left) = self.tabs.get_mut(self.active)
            {
                left.unread_marker = left.unread_marker.filter(|_| stays);
                left.chosen = None;
            }
            self.active = index;
        }
        self.mark_unread(peer);
    }

    /// Marks the unread messages of the active chat.
    fn mark_unread(&mut self, peer: &Peer) {
        if let Some(tab) = self.active_tab_mut() {
            let marker = peer.conversations().get(&tab.conversation).and_then(UnreadMarker::of);
            let marker = marker.map(|marker| marker.placed(&tab.window, peer.me()));
            tab.unread_marker = tab.unread_marker.or(marker);
        }
    }

    /// The index of the tab `by` steps to the right of the active one, wrapping around.
    pub fn neighbour(&self, by: isize) -> Option<usize> {
        let count = self.tabs.len();
        self.active().map(|active| active.saturating_add_signed(by.rem_euclid(count.cast_signed())) % count)
    }

    /// Closes the active tab and returns its conversation and draft.
    pub fn close_active(&mut self) -> Option<(ConversationId, String)> {
        self.close(self.active)
    }

    /// Closes a tab and returns its conversation and draft. The active tab stays active unless it is the closed one.
    pub fn close(&mut self, index: usize) -> Option<(ConversationId, String)> {
        if index >= self.tabs.len() {
            return None;
        }
        let tab = self.tabs.remove(index);
        let next = if index == self.active {
            self.beside_after_close(index).unwrap_or(index)
        } else {
            self.beside_stays_without(index);
            self.active - usize::from(index < self.active)
        };
        self.active = next.min(self.tabs.len().saturating_sub(1));
        let draft = tab.draft();
        Some((tab.conversation, draft))
    }

    /// The composer in use: that of the active tab, or the one for commands.
    pub fn composer(&self) -> &Composer {
        self.active_tab().map_or(&self.command_composer, |tab| &tab.composer)
    }

    /// The composer in use, for a change of its text. Schedules the save of the draft.
    pub fn edit(&mut self, now: Tick) -> &mut Composer {
        match self.tabs.get_mut(self.active) {
            Some(tab) => tab.edit(now),
            None => &mut self.command_composer,
        }
    }

    /// Like [`Self::edit`], but in the tab of `conversation`. Without such a tab, the composer for commands.
    pub fn edit_in(&mut self, conversation: Option<&ConversationId>, now: Tick) -> &mut Composer {
        match self.tabs.iter_mut().find(|tab| Some(&tab.conversation) == conversation) {
            Some(tab) => tab.edit(now),
            None => &mut self.command_composer,
        }
    }

    /// The composer in use, for a change that does not concern the draft.
    pub fn composer_mut(&mut self) -> &mut Composer {
        match self.tabs.get_mut(self.active) {
            Some(tab) => &mut tab.composer,
            None => &mut self.command_composer,
        }
    }

    /// Passes a key to the composer in use, which is wrapped at `columns`. `killed` is what was killed last.
    pub fn key(&mut self, key: KeyEvent, columns: usize, killed: &mut String, now: Tick) {
        let composer = self.composer_mut();
        std::mem::swap(&mut composer.killed, killed);
        let is_changed = composer.key_in_rows(key, columns);
        std::mem::swap(&mut composer.killed, killed);
        if is_changed && let Some(tab) = self.active_tab_mut() {
            tab.save_later(now);
        }
    }

    /// Moves the text of a composer to its history: in the tab of a conversation, or for `None` in the composer for
    /// commands.
    pub fn line_to_history(&mut self, conversation: Option<&ConversationId>) {
        match conversation {
            Some(conversation) => drop(self.tab_mut(conversation).map(|tab| tab.composer.take())),
            None => drop(self.command_composer.take()),
        }
    }

    /// Returns whether a conversation has unsent text, in its tab or as a saved draft.
    pub fn has_draft(&self, peer: &Peer, conversation: &ConversationId) -> bool {
        let tab = self.tabs.iter().find(|tab| tab.conversation == *conversation);
        tab.map_or_else(|| !peer.draft(conversation).is_empty(), |tab| !tab.draft().is_empty())
    }

    /// Cancels a reply or an edit. Returns whether there was one. Deletes the text of an edit, but keeps that of a
    /// reply.
    pub fn clear_compose_target(&mut self, now: Tick) -> bool {
        let target = self.active_tab_mut().and_then(|tab| tab.compose_target.take());
        if matches!(target, Some(ComposeTarget { relation: Relation::Replaces(_), .. })) {
            self.edit(now).clear();
        }
        target.is_some()
    }

    /// Chooses a message of the active chat, and scrolls to it unless it is completely visible.
    pub fn choose(&mut self, seq: u64, layout: &ChatLayout) {
        let (visible, height) = (layout.fully_visible, i64::from(layout.area.height));
        let Some(tab) = self.active_tab_mut() else { return };
        tab.chosen = Some(seq);
        let is_visible =
            tab.window.is_loaded(seq) && visible.is_some_and(|(first, last)| (first..=last).contains(&seq));
        if !is_visible {
            tab.cleared = 0;
            tab.window.go_to(seq);
            // In the middle of the screen, the messages before and after it are visible, too.
            tab.scroll = Scroll::At { seq, rows: -height / 2 };
        }
    }

    /// Hides the messages of the active chat, until the user scrolls back.
    pub fn clear(&mut self) {
        self.go_to_newest();
        if let Some(tab) = self.active_tab_mut() {
            tab.cleared = tab.window.len();
            tab.chosen = None;
        }
    }

    /// Scrolls the active chat to its end.
    pub fn go_to_newest(&mut self) {
        if let Some(tab) = self.active_tab_mut() {
            tab.scroll = Scroll::Bottom;
            tab.window.go_to_end();
        }
    }

    /// Scrolls the active chat to its first message.
    pub fn go_to_oldest(&mut self) {
        if let Some(tab) = self.active_tab_mut() {
            tab.window.go_to_start();
            tab.cleared = 0;
            tab.scroll = Scroll::At { seq: 0, rows: 0 };
        }
    }

    /// Scrolls the active chat by rows; positive is up.
    pub fn scroll(&mut self, rows: i64, layout: &ChatLayout) {
        self.scroll_by(rows, None, layout);
    }

    /// Scrolls the active chat by pages; positive is up.
    pub fn scroll_pages(&mut self, pages: i64, layout: &ChatLayout) {
        let rows = i64::from(layout.area.height).max(2) - 1;
        // The last frame computed this position already, so the page in between needs no new layout.
        let page_above = self.active_tab().filter(|_| pages == 1).and_then(Tab::page_above);
        self.scroll_by(pages * rows, page_above, layout);
    }

    /// Scrolls to `target` if it is known, or else by `rows`.
    fn scroll_by(&mut self, rows: i64, target: Option<Scroll>, layout: &ChatLayout) {
        let Some(tab) = self.active_tab_mut() else { return };
        if rows > 0 {
            tab.cleared = 0;
        }
        if rows > 0 && layout.at_top && tab.window.first() == 0 {
            return;
        }
        let last = tab.window.end().checked_sub(1);
        tab.scroll = target.unwrap_or_else(|| tab.scroll.moved(rows, last));
    }

    /// Records what a frame showed of the active chat. Returns the lookups in the store that the next frame may need.
    pub fn frame_drawn(&mut self, layout: &ChatLayout) -> Vec<Effect> {
        let Some(tab) = self.active_tab_mut() else { return Vec::new() };
        // A frame without messages has no scroll position to record.
        if layout.area.is_empty() || tab.window.is_unloaded() {
            let wanted = if tab.window.is_unloaded() { tab.window.page_to_load_above() } else { None };
            return wanted.map(|before| tab.load(before)).into_iter().collect();
        }
        tab.scroll = layout.scroll;
        tab.last_frame = (layout.scroll, layout.page_above);
        // Adds one message on each side: a message that is cut off at the top or bottom may show a quote, too.
        let near = layout.fully_visible.map(|(first, last)| first.saturating_sub(1)..=last + 1);
        let missing = near.map_or_else(Vec::new, |near| tab.quotes.missing(near, &tab.window));
        let look_up = |(id, before)| {
            let conversation = tab.conversation.clone();
            Effect::Lookup(HistoryLookup::Message { conversation, id, before })
        };
        let mut effects: Vec<Effect> = missing.into_iter().map(look_up).collect();
        let height = u64::from(layout.area.height);
        let (first, end) = (tab.window.first(), tab.window.end());
        let (near_top, near_end) = match layout.scroll {
            Scroll::Bottom => (end - first < height, true),
            Scroll::At { seq, .. } => (seq < first + 2 * height, seq + 2 * height > end),
        };
        let above = if layout.at_top || near_top { tab.window.page_to_load_above() } else { None };
        let below = if near_end { tab.window.page_to_load_below() } else { None };
        effects.extend(above.into_iter().chain(below).map(|before| tab.load(before)));
        effects
    }

    /// When the next draft must be saved.
    pub fn next_save(&self) -> Option<Tick> {
        self.tabs.iter().filter_map(|tab| tab.save_at).min()
    }

    /// The drafts that must be saved by `now`, or for `None` all unsaved drafts. Marks them as saved.
    pub fn due_drafts(&mut self, now: Option<Tick>) -> Vec<(ConversationId, String)> {
        let is_due = |tab: &&mut Tab| tab.save_at.is_some_and(|at| now.is_none_or(|now| at <= now));
        let due = self.tabs.iter_mut().filter(is_due);
        due.map(|tab| {
            tab.save_at = None;
            (tab.conversation.clone(), tab.draft())
        })
        .collect()
    }
}

impl Tab {
    /// The scroll position a page up, if the last frame computed it and the chat was not scrolled since.
    fn page_above(&self) -> Option<Scroll> {
        let (scroll, page_above) = self.last_frame;
        page_above.filter(|_| scroll == self.scroll)
    }

    fn new(peer: &Peer, conversation: ConversationId) -> Self {
        let chat = peer.conversations().get(&conversation);
        Self {
            composer: Composer::new(peer.draft(&conversation)),
            window: Window::new(chat.map_or(0, |chat| chat.len)),
            scroll: Scroll::Bottom,
            cleared: 0,
            last_frame: (Scroll::Bottom, None),
            compose_target: None,
            quotes: Quotes::default(),
            chosen: None,
            unread_marker: chat.and_then(UnreadMarker::of),
            conversation,
            aside: None,
            save_at: None,
        }
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
        self.window.insert(before, messages);
        self.quotes.reapply_edits(&mut self.window);
        self.unread_marker = self.unread_marker.map(|marker| marker.placed(&self.window, me));
    }

    fn load(&self, before: u64) -> Effect {
        Effect::Lookup(HistoryLookup::Page { conversation: self.conversation.clone(), before, limit: window::PAGE })
    }

    /// Drops all messages from memory and goes to the end. Called after an import moved messages to other positions.
    pub fn reload(&mut self, peer: &Peer) {
        let Self { window, unread_marker, .. } = Self::new(peer, self.conversation.clone());
        (self.window, self.unread_marker) = (window, unread_marker);
        self.scroll = Scroll::Bottom;
        self.chosen = None;
        self.quotes = Quotes::default();
    }

    fn edit(&mut self, now: Tick) -> &mut Composer {
        self.save_later(now);
        &mut self.composer
    }

    fn save_later(&mut self, now: Tick) {
        self.save_at.get_or_insert(now + DRAFT_SAVE_DELAY);
    }

    /// Appends my message, stored at `seq`, and scrolls to the end.
    pub fn sent(&mut self, seq: u64, message: ChatMessage) {
        self.unread_marker = None;
        self.scroll = Scroll::Bottom;
        self.window.append(seq, message, false);
        self.window.go_to_end();
    }

    /// Appends a message of another user, stored at `seq`. `unread` is the new number of unread messages; 0 if this one
    /// was visible as it arrived.
    pub fn arrived(&mut self, seq: u64, message: ChatMessage, unread: u64) {
        let unread = if message.asks_for_attention() { unread } else { 0 };
        self.unread_marker = match (unread, self.unread_marker) {
            (0, marker) => marker,
            (1, _) | (_, None) => Some(UnreadMarker { from: seq, count: 1, is_estimate: false }),
            (_, Some(marker)) => Some(UnreadMarker { count: marker.count + 1, ..marker }),
        };
        self.window.append(seq, message, self.scroll != Scroll::Bottom);
    }
}

/// The conversations, open or ended, whose names contain `name`, the most recently used first.
pub fn matching_chats<'p>(peer: &'p Peer, name: &str) -> Vec<&'p Conversation> {
    let query = Query::new(name);
    let mut chats = latest_first(peer);
    chats.retain(|chat| query.as_ref().is_none_or(|query| query.matches(&chat.id.to_string())));
    chats
}

/// All conversations, the most recently used first.
pub fn latest_first(peer: &Peer) -> Vec<&Conversation> {
    let mut chats: Vec<&Conversation> = peer.conversations().values().collect();
    chats.sort_by_key(|chat| std::cmp::Reverse(chat.active));
    chats
}
