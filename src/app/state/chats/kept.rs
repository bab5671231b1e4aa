//! The tabs from one start of papo to the next.

use super::{AllSent, Chats, Tab, listing::latest_first};
use crate::{
    app::state::composer::Composer,
    domain::{ChatId, OpenTabs},
    protocol::{Chat, Peer},
};

/// The most tabs that papo opens at the start besides those that were open.
const MAX_RESTORED_TABS: usize = 30;

impl Chats {
    /// The tabs at the start: those that were open, then the most recently used chats with unread messages, in the
    /// order in which they began. Active is the one that was, or else the latest one without unread messages, or else
    /// the latest one. If no tabs were ever stored, all open chats have one.
    pub fn restore(peer: &Peer) -> Self {
        let stored = peer.tabs();
        let mut chats: Vec<ChatId> = stored.map_or_else(Vec::new, |tabs| tabs.chats.clone());
        chats.retain(|chat| peer.chat(chat).is_some());
        let mut others = latest_first(peer);
        others.retain(|chat| chat.unread() > 0 || (stored.is_none() && chat.is_open()));
        others.retain(|chat| !chats.contains(chat.id()));
        others.truncate(MAX_RESTORED_TABS);
        others.sort_by_key(|chat| (chat.since(), chat.active()));
        chats.extend(others.iter().map(|chat| chat.id().clone()));
        let tab_of = |chat: &ChatId| chats.iter().position(|known| known == chat);
        let active = stored.and_then(|tabs| tab_of(tabs.active.as_ref()?));
        let beside = stored.and_then(|tabs| tabs.beside.as_ref()).filter(|_| active.is_some());
        let beside = beside.and_then(|(chat, is_left)| Some((tab_of(chat)?, *is_left)));
        let mut restored = Self {
            active: active.or_else(|| tab_of(&latest(peer, &chats)?)),
            tabs: chats.iter().map(|chat| Tab::new(peer, chat.clone())).collect(),
            beside: None,
            previous: None,
            command_composer: Composer::new(""),
            command_aside: Vec::new(),
            sent: AllSent::default(),
        };
        if let Some((tab, is_left)) = beside {
            restored.put_beside(peer, tab, is_left);
        }
        restored
    }

    /// The tabs to store for the next start; `None` if the store has them. `is_free`: they cost no commit of their own.
    /// Without that, a change of the active chat alone can wait.
    pub fn unstored_tabs(&self, peer: &Peer, is_free: bool) -> Option<OpenTabs> {
        let active = self.active_chat();
        let beside = self.beside().map(|(tab, is_left)| (&self.tabs[tab].chat, is_left));
        let (has_same_tabs, is_same) = match peer.tabs() {
            Some(stored) => (
                self.tabs.iter().map(|tab| &tab.chat).eq(&stored.chats),
                active == stored.active.as_ref()
                    && beside == stored.beside.as_ref().map(|(chat, is_left)| (chat, *is_left)),
            ),
            None => (true, self.tabs.is_empty()),
        };
        let is_due = !has_same_tabs || (is_free && !is_same);
        is_due.then(|| OpenTabs {
            chats: self.tabs.iter().map(|tab| tab.chat.clone()).collect(),
            active: active.cloned(),
            beside: beside.map(|(chat, is_left)| (chat.clone(), is_left)),
        })
    }
}

/// The most recently used of these chats that has no unread messages, or else the most recently used one.
fn latest(peer: &Peer, chats: &[ChatId]) -> Option<ChatId> {
    let mut all = latest_first(peer);
    all.retain(|chat| chats.contains(chat.id()));
    let latest: Option<&Chat<'_>> = all.iter().find(|chat| chat.unread() == 0).or(all.first());
    latest.map(|chat| chat.id().clone())
}
