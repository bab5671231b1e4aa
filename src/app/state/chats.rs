//! The open chats: a tab for each, and which one is active.

mod quotes;
mod window;

use std::time::Duration;

pub use window::Window;

use self::quotes::Quotes;
use super::{composer::Composer, layout::ChatLayout, scroll::Scroll};
use crate::{
    app::effect::Effect,
    domain::{ChatMessage, Conversation, ConversationId, Lookup, MessageId, Query, Relation, Tick, UserId},
    protocol::Peer,
};

/// At most so many tabs are opened at the start.
const AT_START: usize = 30;
/// How long after its first change a draft is saved.
const SAVE_AFTER: Duration = Duration::from_secs(1);

/// One open chat.
#[derive(Debug, Clone)]
pub struct Tab {
    /// The conversation that it shows.
    pub conversation: ConversationId,
    /// The part of it that is loaded.
    pub window: Window,
    /// The part that is seen.
    pub scroll: Scroll,
    /// The part that the last frame showed, and the part a page further up.
    drawn: (Scroll, Option<Scroll>),
    /// The text that the user writes.
    pub composer: Composer,
    /// The earlier message that the composer replies to or edits.
    pub compose_target: Option<ComposeTarget>,
    /// The message that keys act on; nothing is written meanwhile.
    pub chosen: Option<u64>,
    /// The separator above unread messages.
    pub unread_marker: Option<UnreadMarker>,
    quotes: Quotes,
    /// When the draft is to be saved.
    save_at: Option<Tick>,
}

/// The message that the composer replies to or edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeTarget {
    /// Its id, and whether it is a reply or an edit.
    pub relation: Relation,
    /// Its author.
    pub author: UserId,
    /// Its text.
    pub words: String,
}

impl ComposeTarget {
    /// A loaded message as the target.
    pub fn of(message: &ChatMessage, relation: Relation) -> Self {
        Self { relation, author: message.author.clone(), words: message.body.words().to_owned() }
    }
}

/// The separator above messages that arrived unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadMarker {
    /// The place of the first of them.
    pub from: u64,
    /// How many there are.
    pub count: u64,
}

/// The tabs in order, and which is active.
#[derive(Debug, Clone)]
pub struct Chats {
    tabs: Vec<Tab>,
    active: usize,
    /// Where commands are typed while no tab is open.
    lobby: Composer,
}

impl Chats {
    /// The tabs of a start: chats that are open or unread, the least recently used first.
    pub fn restore(peer: &Peer) -> Self {
        let mut chats: Vec<_> = peer
            .conversations()
            .values()
            .filter(|conversation| conversation.phase.is_open() || conversation.unread > 0)
            .collect();
        chats.sort_by_key(|conversation| std::cmp::Reverse(conversation.active));
        chats.truncate(AT_START);
        let tabs = chats.iter().rev().map(|conversation| Tab::new(peer, conversation.id.clone())).collect::<Vec<_>>();
        Self { active: tabs.len().saturating_sub(1), tabs, lobby: Composer::new("") }
    }

    /// All tabs, in order.
    pub fn tabs(&self) -> &[Tab] {
        &self.tabs
    }

    /// The place of the active tab.
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

    /// The message that is chosen in the active tab.
    pub fn chosen(&self) -> Option<u64> {
        self.active_tab().and_then(|tab| tab.chosen)
    }

    /// The active tab, to be changed.
    pub fn active_tab_mut(&mut self) -> Option<&mut Tab> {
        self.tabs.get_mut(self.active)
    }

    /// The tab of a conversation, to be changed.
    pub fn tab_mut(&mut self, conversation: &ConversationId) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|tab| tab.conversation == *conversation)
    }

    /// The place of the conversation's tab, which is opened if need be.
    pub fn open(&mut self, peer: &Peer, conversation: &ConversationId) -> usize {
        let known = self.tabs.iter().position(|tab| tab.conversation == *conversation);
        known.unwrap_or_else(|| {
            self.tabs.push(Tab::new(peer, conversation.clone()));
            self.tabs.len() - 1
        })
    }

    /// Makes a tab the active one; unread messages in it get their marker.
    pub fn activate(&mut self, peer: &Peer, index: usize) {
        if index < self.tabs.len() {
            if index != self.active
                && let Some(left) = self.tabs.get_mut(self.active)
            {
                left.unread_marker = None;
                left.chosen = None;
            }
            self.active = index;
        }
        if let Some(tab) = self.active_tab_mut() {
            let kept = peer.conversations().get(&tab.conversation);
            if let Some(kept) = kept.filter(|kept| kept.unread > 0) {
                let from = kept.len.saturating_sub(kept.unread);
                tab.unread_marker.get_or_insert(UnreadMarker { from, count: kept.unread });
            }
        }
    }

    /// The place of the tab that lies `by` further, around the end.
    pub fn neighbour(&self, by: isize) -> Option<usize> {
        let count = self.tabs.len();
        self.active().map(|active| active.saturating_add_signed(by.rem_euclid(count.cast_signed())) % count)
    }

    /// Closes the active tab and returns its conversation and draft.
    pub fn close_active(&mut self) -> Option<(ConversationId, String)> {
        if self.active >= self.tabs.len() {
            return None;
        }
        let tab = self.tabs.remove(self.active);
        self.active = self.active.min(self.tabs.len().saturating_sub(1));
        Some((tab.conversation, tab.composer.text()))
    }

    /// The composer of the active tab, or the lobby's.
    pub fn composer(&self) -> &Composer {
        self.active_tab().map_or(&self.lobby, |tab| &tab.composer)
    }

    /// Changes the text of the active tab, or the lobby's; where `change` says that it did, the draft is saved later.
    pub fn write(&mut self, now: Tick, change: impl FnOnce(&mut Composer) -> bool) {
        match self.tabs.get_mut(self.active) {
            Some(tab) => tab.write(now, change),
            None => drop(change(&mut self.lobby)),
        }
    }

    /// As [`Self::write`], in the tab of a conversation, or in the lobby where it has none.
    pub fn write_in(
        &mut self,
        conversation: Option<&ConversationId>,
        now: Tick,
        change: impl FnOnce(&mut Composer) -> bool,
    ) {
        match conversation.and_then(|id| self.tab_mut(id)) {
            Some(tab) => tab.write(now, change),
            None => drop(change(&mut self.lobby)),
        }
    }

    /// Inserts text at the cursor.
    pub fn insert(&mut self, now: Tick, text: &str) {
        self.write(now, |composer| {
            composer.insert(text);
            true
        });
    }

    /// Empties the composer.
    pub fn clear(&mut self, now: Tick) {
        self.write(now, |composer| {
            composer.clear();
            true
        });
    }

    /// Takes the line from a conversation's tab, or the lobby, into the history of its composer.
    pub fn take_line(&mut self, conversation: Option<&ConversationId>) {
        match conversation {
            Some(conversation) => drop(self.tab_mut(conversation).map(|tab| tab.composer.take())),
            None => drop(self.lobby.take()),
        }
    }

    /// Whether something is written in a conversation, in its tab or as a saved draft.
    pub fn has_draft(&self, peer: &Peer, conversation: &ConversationId) -> bool {
        let tab = self.tabs.iter().find(|tab| tab.conversation == *conversation);
        tab.map_or_else(|| !peer.draft(conversation).is_empty(), |tab| !tab.composer.is_empty())
    }

    /// Stops a reply or an edit, whose text goes with it; returns whether there was one.
    pub fn clear_compose_target(&mut self, now: Tick) -> bool {
        let target = self.active_tab_mut().and_then(|tab| tab.compose_target.take());
        if matches!(target, Some(ComposeTarget { relation: Relation::Replaces(_), .. })) {
            self.clear(now);
        }
        target.is_some()
    }

    /// Chooses a message of the active chat, and scrolls to it unless it is seen.
    pub fn choose(&mut self, seq: u64, layout: &ChatLayout) {
        let (seen, height) = (layout.seen, i64::from(layout.area.height));
        let Some(tab) = self.active_tab_mut() else { return };
        tab.chosen = Some(seq);
        let is_seen = tab.window.is_loaded(seq) && seen.is_some_and(|(first, last)| (first..=last).contains(&seq));
        if !is_seen {
            tab.window.go_to(seq);
            // In the middle: the messages around it tell what it is about.
            tab.scroll = Scroll::At { seq, rows: -height / 2 };
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
            tab.scroll = Scroll::At { seq: 0, rows: 0 };
        }
    }

    /// Scrolls the active chat by rows, upwards where positive.
    pub fn scroll(&mut self, rows: i64, layout: &ChatLayout) {
        self.scroll_to(rows, None, layout);
    }

    /// Scrolls the active chat by pages, upwards where positive.
    pub fn scroll_pages(&mut self, pages: i64, layout: &ChatLayout) {
        let rows = i64::from(layout.area.height).max(2) - 1;
        // The view has found this part before: the page that is left need not be laid out again.
        let above = self.active_tab().filter(|_| pages == 1).and_then(Tab::above);
        self.scroll_to(pages * rows, above, layout);
    }

    fn scroll_to(&mut self, rows: i64, place: Option<Scroll>, layout: &ChatLayout) {
        let Some(tab) = self.active_tab_mut() else { return };
        if rows > 0 && layout.at_top && tab.window.first() == 0 {
            return;
        }
        let last = tab.window.end().checked_sub(1);
        tab.scroll = place.unwrap_or_else(|| tab.scroll.moved(rows, last));
    }

    /// Notes the part of the active chat that a frame showed; returns the reads that the next frame may need.
    pub fn drawn(&mut self, layout: &ChatLayout) -> Vec<Effect> {
        let Some(tab) = self.active_tab_mut() else { return Vec::new() };
        // A frame without messages says nothing about where they are read.
        if layout.area.is_empty() || tab.window.is_unloaded() {
            let wanted = if tab.window.is_unloaded() { tab.window.page_to_load_above() } else { None };
            return wanted.map(|before| tab.load(before)).into_iter().collect();
        }
        tab.scroll = layout.scroll;
        tab.drawn = (layout.scroll, layout.above);
        // A message that is seen in part has its quote at the top.
        let near = layout.seen.map(|(first, last)| first.saturating_sub(1)..=last + 1);
        let missing = near.map_or_else(Vec::new, |near| tab.quotes.missing(near, &tab.window));
        let find = |(id, before)| {
            let conversation = tab.conversation.clone();
            Effect::Lookup(Lookup::Message { conversation, id, before })
        };
        let mut effects: Vec<Effect> = missing.into_iter().map(find).collect();
        let height = u64::from(layout.area.height);
        let near_top = match layout.scroll {
            Scroll::Bottom => layout.at_top || tab.window.end() - tab.window.first() < height,
            Scroll::At { seq, .. } => layout.at_top || seq < tab.window.first() + 2 * height,
        };
        let near_end = match layout.scroll {
            Scroll::Bottom => true,
            Scroll::At { seq, .. } => seq + 2 * height > tab.window.end(),
        };
        let above = if near_top { tab.window.page_to_load_above() } else { None };
        let below = if near_end { tab.window.page_to_load_below() } else { None };
        effects.extend(above.into_iter().chain(below).map(|before| tab.load(before)));
        effects
    }

    /// When a draft is to be saved.
    pub fn next_save(&self) -> Option<Tick> {
        self.tabs.iter().filter_map(|tab| tab.save_at).min()
    }

    /// The drafts that are to be saved by `now`, or all changed ones.
    pub fn due_drafts(&mut self, now: Option<Tick>) -> Vec<(ConversationId, String)> {
        let is_due = |tab: &&mut Tab| tab.save_at.is_some_and(|at| now.is_none_or(|now| at <= now));
        let due = self.tabs.iter_mut().filter(is_due);
        due.map(|tab| {
            tab.save_at = None;
            (tab.conversation.clone(), tab.composer.text())
        })
        .collect()
    }
}

impl Tab {
    /// The part a page further up, if the last frame told it for the part that is seen now.
    fn above(&self) -> Option<Scroll> {
        let (scroll, above) = self.drawn;
        above.filter(|_| scroll == self.scroll)
    }

    fn new(peer: &Peer, conversation: ConversationId) -> Self {
        let kept = peer.conversations().get(&conversation);
        let (len, unread) = kept.map_or((0, 0), |kept| (kept.len, kept.unread));
        Self {
            composer: Composer::new(peer.draft(&conversation)),
            window: Window::new(len),
            scroll: Scroll::Bottom,
            drawn: (Scroll::Bottom, None),
            compose_target: None,
            quotes: Quotes::default(),
            chosen: None,
            unread_marker: (unread > 0).then(|| UnreadMarker { from: len.saturating_sub(unread), count: unread }),
            conversation,
            save_at: None,
        }
    }

    /// The message with this id and its place, as far as it is known.
    pub fn quoted(&self, id: MessageId) -> Option<(u64, &ChatMessage)> {
        self.quotes.get(id, &self.window)
    }

    /// A quoted message was looked up.
    pub fn quote_found(&mut self, id: MessageId, found: Option<(u64, ChatMessage)>) {
        self.quotes.found(id, found);
    }

    /// A message says something else from now on.
    pub fn edited(&mut self, id: MessageId, author: &UserId, text: &str) {
        self.window.edit(id, author, text);
        self.quotes.edited(id, author, text);
    }

    /// A page was loaded. It may have been read before the latest edits, so these are repeated on it.
    pub fn page_loaded(&mut self, before: u64, messages: Vec<(u64, ChatMessage)>) {
        self.window.insert(before, messages);
        self.quotes.edit_again(&mut self.window);
    }

    fn load(&self, before: u64) -> Effect {
        Effect::Lookup(Lookup::Page { conversation: self.conversation.clone(), before, limit: window::PAGE })
    }

    /// Reads all messages again, from the end: they are at other places now.
    pub fn reload(&mut self, peer: &Peer) {
        let Self { window, unread_marker, .. } = Self::new(peer, self.conversation.clone());
        (self.window, self.unread_marker) = (window, unread_marker);
        self.scroll = Scroll::Bottom;
        self.chosen = None;
        self.quotes = Quotes::default();
    }

    fn write(&mut self, now: Tick, change: impl FnOnce(&mut Composer) -> bool) {
        if change(&mut self.composer) {
            self.save_at.get_or_insert(now + SAVE_AFTER);
        }
    }

    /// My message was stored at `seq`: the chat goes to its end.
    pub fn sent(&mut self, seq: u64, message: ChatMessage) {
        self.unread_marker = None;
        self.scroll = Scroll::Bottom;
        self.window.append(seq, message, false);
        self.window.go_to_end();
    }

    /// A message of another was stored at `seq`; `unread` are unread now, or 0 where it was seen as it came.
    pub fn arrived(&mut self, seq: u64, message: ChatMessage, unread: u64) {
        self.unread_marker = match (unread, self.unread_marker) {
            (0, marker) => marker,
            (1, _) | (_, None) => Some(UnreadMarker { from: seq, count: 1 }),
            (_, Some(marker)) => Some(UnreadMarker { count: marker.count + 1, ..marker }),
        };
        self.window.append(seq, message, self.scroll != Scroll::Bottom);
    }
}

/// The conversations whose names contain `name`, the ended ones among them, the latest used first.
pub fn named<'p>(peer: &'p Peer, name: &str) -> Vec<&'p Conversation> {
    let query = Query::new(name);
    let fits = |id: &ConversationId| query.as_ref().is_none_or(|query| query.matches(&id.to_string()));
    let mut chats: Vec<&Conversation> = peer.conversations().values().filter(|chat| fits(&chat.id)).collect();
    chats.sort_by_key(|chat| std::cmp::Reverse(chat.active));
    chats
}
