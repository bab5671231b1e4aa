//! Two chats side by side: the active one, and the one beside it.

use super::{Beside, Chats, Tab};
use crate::{
    app::{effect::Effect, state::layout::ChatLayout},
    protocol::Peer,
};

impl Chats {
    /// The index of the tab beside the active one, and whether it is at the left; `None` unless the user has split the
    /// chat. A narrow screen shows only the active one.
    pub fn beside(&self) -> Option<(usize, bool)> {
        self.beside.map(|beside| (beside.tab, beside.is_left)).filter(|(tab, _)| *tab < self.tabs.len())
    }

    /// The tab beside the active one.
    pub fn beside_tab(&self) -> Option<&Tab> {
        self.beside().and_then(|(tab, _)| self.tabs.get(tab))
    }

    /// Shows a tab beside the active one, at its right, and marks its unread messages.
    pub fn split(&mut self, peer: &Peer, tab: usize) {
        self.put_beside(peer, tab, false);
    }

    pub(super) fn put_beside(&mut self, peer: &Peer, tab: usize, is_left: bool) {
        if tab >= self.tabs.len() || self.active.is_none_or(|active| tab == active) {
            return;
        }
        self.unsplit();
        self.beside = Some(Beside { tab, is_left });
        self.with_beside(|chats| chats.mark_unread(peer));
    }

    /// Shows only the active chat. The other one loses its unread marker.
    pub fn unsplit(&mut self) {
        self.with_beside(|chats| {
            if let Some(tab) = chats.active_tab_mut() {
                (tab.unread_marker, tab.chosen) = (None, None);
            }
        });
        self.beside = None;
    }

    /// Keeps both chats on the screen when the one beside the active one becomes active. Returns whether it does.
    pub(super) fn swap_beside(&mut self, index: usize) -> bool {
        let Some((active, beside)) = self.active.zip(self.beside).filter(|(_, beside)| beside.tab == index) else {
            return false;
        };
        self.beside = Some(Beside { tab: active, is_left: !beside.is_left });
        true
    }

    /// After the active tab was closed: the index of the tab that was beside it, which is now alone.
    pub(super) fn beside_after_close(&mut self, closed: usize) -> Option<usize> {
        let beside = self.beside.take()?;
        Some(if beside.tab > closed { beside.tab - 1 } else { beside.tab })
    }

    /// After another tab than the active one was closed: if it was beside the active one, that one is now alone.
    pub(super) fn beside_stays_without(&mut self, closed: usize) {
        let beside = self.beside.filter(|beside| beside.tab != closed);
        self.beside = beside.map(|beside| Beside { tab: beside.tab - usize::from(beside.tab > closed), ..beside });
    }

    /// Like [`Self::frame_drawn`], for the chat beside the active one.
    pub fn beside_drawn(&mut self, peer: &Peer, layout: &ChatLayout) -> Vec<Effect> {
        self.with_beside(|chats| chats.frame_drawn(peer, layout)).unwrap_or_default()
    }

    /// Scrolls the chat beside the active one by rows; positive is up.
    pub fn scroll_beside(&mut self, rows: i64, layout: &ChatLayout) {
        self.with_beside(|chats| chats.scroll(rows, layout));
    }

    /// Lets a function act on the chat beside the active one as if it were active.
    fn with_beside<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let (beside, _) = self.beside()?;
        let active = self.active.replace(beside);
        let done = act(self);
        self.active = active;
        Some(done)
    }
}
