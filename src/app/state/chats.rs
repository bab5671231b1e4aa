//! The open chats: a tab for each, and which one is active.

mod all_sent;
mod aside;
mod beside;
mod kept;
mod listing;
mod quotes;
mod sent;
mod tab;
mod window;

use crossterm::event::KeyEvent;

pub use self::{
    listing::{latest_first, matching_chats},
    tab::{ComposeTarget, Tab, UnreadMarker},
    window::Window,
};

use self::{all_sent::AllSent, tab::Aside};
use super::{composer::Composer, layout::ChatLayout, scroll::Scroll};
use crate::{
    app::effect::Effect,
    domain::{ChatId, EDIT_LOOKBACK, HistoryLookup, MessageId, Relation, Tick},
    protocol::{Chat, Peer},
};

/// The chat beside the active one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Beside {
    /// The index of its tab.
    tab: usize,
    /// Whether it is at the left.
    is_left: bool,
}

/// The tabs in display order, and the index of the active one: `None` while no tab is open, or if the first tabs opened
/// while the user was writing, until they go to one.
#[derive(Debug, Clone)]
pub struct Chats {
    tabs: Vec<Tab>,
    active: Option<usize>,
    beside: Option<Beside>,
    /// The chat that was active before.
    previous: Option<ChatId>,
    /// The composer while no tab is active. Text in it moves along to a chat; see [`Self::bring_text_along`].
    command_composer: Composer,
    /// Its content before the user began a command from another pane.
    command_aside: Vec<Aside>,
    sent: AllSent,
}

impl Chats {
    /// All tabs, in order.
    pub fn tabs(&self) -> &[Tab] {
        &self.tabs
    }

    /// The index of the active tab; `None` if none is.
    pub fn active(&self) -> Option<usize> {
        self.active
    }

    /// The active tab.
    pub fn active_tab(&self) -> Option<&Tab> {
        self.active.and_then(|active| self.tabs.get(active))
    }

    /// The chat of the active tab.
    pub fn active_chat(&self) -> Option<&ChatId> {
        self.active_tab().map(|tab| &tab.chat)
    }

    /// The position of the chosen message in the active tab.
    pub fn chosen(&self) -> Option<u64> {
        self.active_tab().and_then(|tab| tab.chosen)
    }

    /// The active tab, mutable.
    pub fn active_tab_mut(&mut self) -> Option<&mut Tab> {
        self.active.and_then(|active| self.tabs.get_mut(active))
    }

    /// The tab of a chat, mutable.
    pub fn tab_mut(&mut self, chat: &ChatId) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|tab| tab.chat == *chat)
    }

    /// The index of the chat's tab; opens one at the end if it has none.
    pub fn open(&mut self, peer: &Peer, chat: &ChatId) -> usize {
        let existing = self.tabs.iter().position(|tab| tab.chat == *chat);
        existing.unwrap_or_else(|| {
            self.tabs.push(Tab::new(peer, chat.clone()));
            self.tabs.len() - 1
        })
    }

    /// Activates a tab and marks its unread messages. The tab that was active loses its marker and its chosen message,
    /// and what is in its composer is a draft from now on, unless it is held.
    pub fn activate(&mut self, peer: &Peer, index: usize) {
        if index < self.tabs.len() {
            let stays = self.swap_beside(index);
            if self.active != Some(index) {
                self.composer_mut().leave();
            }
            if self.active != Some(index)
                && let Some(left) = self.active_tab_mut()
            {
                left.unread_marker = left.unread_marker.filter(|_| stays);
                left.chosen = None;
                self.previous = Some(left.chat.clone());
            }
            self.active = Some(index);
        }
        self.mark_unread(peer);
    }

    /// Marks the unread messages of the active chat.
    fn mark_unread(&mut self, peer: &Peer) {
        if let Some(tab) = self.active_tab_mut() {
            let marker = peer.chat(&tab.chat).as_ref().and_then(UnreadMarker::of);
            let marker = marker.map(|marker| marker.placed(&tab.window, peer.me()));
            tab.unread_marker = tab.unread_marker.or(marker);
        }
    }

    /// The index of the tab `by` steps to the right of the active one, wrapping around. Without an active one, the
    /// first tab is one step away.
    pub fn neighbour(&self, by: isize) -> Option<usize> {
        let count = self.tabs.len();
        let last = count.checked_sub(1)?;
        let from = self.active.unwrap_or(if by > 0 { last } else { 0 });
        Some(from.saturating_add_signed(by.rem_euclid(count.cast_signed())) % count)
    }

    /// The index of the tab that was active before the active one; `None` if it is closed, or there was none.
    pub fn previous(&self) -> Option<usize> {
        let previous = self.previous.as_ref()?;
        self.tabs.iter().position(|tab| tab.chat == *previous).filter(|index| self.active != Some(*index))
    }

    /// Closes a tab and returns its chat and draft. The active tab stays active unless it is the closed one.
    pub fn close(&mut self, index: usize) -> Option<(ChatId, String)> {
        if index >= self.tabs.len() {
            return None;
        }
        let tab = self.tabs.remove(index);
        let next = if self.active == Some(index) {
            Some(self.beside_after_close(index).unwrap_or(index))
        } else {
            self.beside_stays_without(index);
            self.active.map(|active| active - usize::from(index < active))
        };
        self.active = next.and_then(|next| Some(next.min(self.tabs.len().checked_sub(1)?)));
        let draft = tab.draft();
        Some((tab.chat, draft))
    }

    /// The composer in use: that of the active tab, or the one for commands.
    pub fn composer(&self) -> &Composer {
        self.active_tab().map_or(&self.command_composer, |tab| &tab.composer)
    }

    /// The composer in use, for a change of its text. Schedules the save of the draft.
    pub fn edit(&mut self, now: Tick) -> &mut Composer {
        match self.active.and_then(|active| self.tabs.get_mut(active)) {
            Some(tab) => tab.edit(now),
            None => &mut self.command_composer,
        }
    }

    /// Like [`Self::edit`], but in the tab of `chat`. Without such a tab, the composer for commands.
    pub fn edit_in(&mut self, chat: Option<&ChatId>, now: Tick) -> &mut Composer {
        match self.tabs.iter_mut().find(|tab| Some(&tab.chat) == chat) {
            Some(tab) => tab.edit(now),
            None => &mut self.command_composer,
        }
    }

    /// The composer in use, for a change that does not concern the draft.
    pub fn composer_mut(&mut self) -> &mut Composer {
        match self.active.and_then(|active| self.tabs.get_mut(active)) {
            Some(tab) => &mut tab.composer,
            None => &mut self.command_composer,
        }
    }

    /// Passes a key to the composer in use, which is wrapped at `columns`. `killed` is what was killed last.
    pub fn key(&mut self, key: KeyEvent, columns: usize, killed: &mut String, now: Tick) {
        if self.composer().would_replace(key) {
            self.remember_held();
        }
        let composer = self.composer_mut();
        std::mem::swap(&mut composer.killed, killed);
        let is_changed = composer.key_in_rows(key, columns);
        std::mem::swap(&mut composer.killed, killed);
        if is_changed && let Some(tab) = self.active_tab_mut() {
            tab.save_later(now);
        }
    }

    /// Moves the text of a composer to its history: in the tab of a chat, or for `None` in the composer for commands.
    pub fn line_to_history(&mut self, chat: Option<&ChatId>) {
        let composer = match chat {
            Some(chat) => self.tabs.iter_mut().find(|tab| tab.chat == *chat).map(|tab| &mut tab.composer),
            None => Some(&mut self.command_composer),
        };
        if let Some(composer) = composer {
            self.sent.take(composer);
        }
    }

    /// Puts a line that [`Self::line_to_history`] took back into its composer, for correction.
    pub fn restore_line(&mut self, chat: Option<&ChatId>, text: &str) {
        let composer = match chat {
            Some(chat) => self.tab_mut(chat).map(|tab| &mut tab.composer),
            None => Some(&mut self.command_composer),
        };
        if let Some(composer) = composer.filter(|composer| composer.is_empty()) {
            composer.set(text);
        }
    }

    /// Returns whether a chat has unsent text, in its tab or as a saved draft.
    pub fn has_draft(&self, peer: &Peer, chat: &ChatId) -> bool {
        let tab = self.tabs.iter().find(|tab| tab.chat == *chat);
        let is_saved = || peer.chat(chat).is_some_and(|chat| !chat.draft().is_empty());
        tab.map_or_else(is_saved, |tab| !tab.draft().is_empty())
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
        if tab.window.is_empty() {
            return;
        }
        let is_visible =
            tab.window.is_loaded(seq) && visible.is_some_and(|(first, last)| (first..=last).contains(&seq));
        if !is_visible {
            tab.cleared = 0;
            tab.window.go_to(seq);
            // In the middle of the screen, the messages before and after it are visible, too.
            tab.scroll_to(Scroll::At { seq, rows: -height / 2 });
        }
    }

    /// Chooses the lowest message in view without scrolling; in a chat without messages, the first one that comes.
    /// Returns false without an active chat.
    pub fn choose_in_view(&mut self, layout: &ChatLayout) -> bool {
        let Some(tab) = self.active_tab_mut() else { return false };
        let below = match tab.scroll {
            Scroll::Bottom => tab.window.len(),
            Scroll::At { seq, .. } => seq + 1,
        };
        tab.chosen = Some(tab.line_before(below, layout).unwrap_or(below.saturating_sub(1)));
        true
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
            tab.scroll_to(Scroll::At { seq: 0, rows: 0 });
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
        tab.scroll_to(target.unwrap_or_else(|| tab.scroll.moved(rows, last)));
    }

    /// Scrolls the chats to their ends again whose view only stood still for a chosen message that is no longer chosen.
    pub fn release_views(&mut self) {
        for tab in self.tabs.iter_mut().filter(|tab| tab.chosen.is_none()) {
            if std::mem::take(&mut tab.is_held) {
                tab.scroll = Scroll::Bottom;
                tab.window.go_to_end();
            }
        }
    }

    /// Records what a frame showed of the active chat. Returns the lookups in the store that the next frame may need.
    pub fn frame_drawn(&mut self, peer: &Peer, layout: &ChatLayout) -> Vec<Effect> {
        let Some(tab) = self.active_tab_mut() else { return Vec::new() };
        let Some(chat) = peer.chat(&tab.chat) else { return Vec::new() };
        // A frame without messages has no scroll position to record.
        if layout.area.is_empty() || tab.window.is_unloaded() {
            let wanted = if tab.window.is_unloaded() { tab.window.page_to_load_above() } else { None };
            return wanted.map(|before| load(&chat, before)).into_iter().collect();
        }
        tab.scroll = layout.scroll;
        tab.last_frame = (layout.scroll, layout.page_above);
        // The chosen message may have become part of a run.
        tab.chosen = tab.chosen.map(|seq| layout.line_of(seq));
        // Adds one message on each side: a message that is cut off at the top or bottom may show a quote, too.
        let near = layout.fully_visible.map(|(first, last)| first.saturating_sub(1)..=last + 1);
        let missing = near.map_or_else(Vec::new, |near| tab.quotes.missing(near, &tab.window));
        let look_up = |(id, before): (MessageId, u64)| {
            let among = chat.range(before.saturating_sub(EDIT_LOOKBACK)..before);
            Effect::Lookup(HistoryLookup::Message { id, among })
        };
        let mut effects: Vec<Effect> = missing.into_iter().map(look_up).collect();
        let height = u64::from(layout.area.height);
        let (first, end) = (tab.window.first(), tab.window.end());
        let (near_top, near_end) = match layout.scroll {
            Scroll::Bottom => (end - first < height, true),
            Scroll::At { seq, .. } => (seq < first + 2 * height, seq + 2 * height > end),
        };
        // At the end of the chat, what is loaded above must not drop what is on the screen.
        let may_grow = layout.scroll != Scroll::Bottom || tab.window.has_room();
        let above = if may_grow && (layout.at_top || near_top) { tab.window.page_to_load_above() } else { None };
        let below = if near_end { tab.window.page_to_load_below() } else { None };
        effects.extend(above.into_iter().chain(below).map(|before| load(&chat, before)));
        effects
    }

    /// When the next draft must be saved.
    pub fn next_save(&self) -> Option<Tick> {
        self.tabs.iter().filter_map(|tab| tab.save_at).min()
    }

    /// The drafts that must be saved by `now`, or for `None` all unsaved drafts. Marks them as saved.
    pub fn due_drafts(&mut self, now: Option<Tick>) -> Vec<(ChatId, String)> {
        let is_due = |tab: &&mut Tab| tab.save_at.is_some_and(|at| now.is_none_or(|now| at <= now));
        let due = self.tabs.iter_mut().filter(is_due);
        due.map(|tab| {
            tab.save_at = None;
            (tab.chat.clone(), tab.draft())
        })
        .collect()
    }
}

/// The lookup of the page that ends before a position.
fn load(chat: &Chat<'_>, before: u64) -> Effect {
    Effect::Lookup(HistoryLookup::Page(chat.range(before.saturating_sub(window::PAGE)..before)))
}
