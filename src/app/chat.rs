//! The tabs: which conversations are open on the screen, and which is in front.

mod quotes;
mod window;

use std::time::Duration;

pub(super) use window::PAGE;
pub use window::Window;

use self::quotes::Quotes;
use super::composer::Composer;
use crate::{
    domain::{ChatMessage, ConversationId, Relation, Tick, UserId},
    protocol::Peer,
};

/// At most so many tabs are opened by themselves at the start.
const AT_START: usize = 30;
/// How long after its first change a draft is kept.
const SAVE_AFTER: Duration = Duration::from_secs(1);

/// Where a talk is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scroll {
    /// At its end: new messages are seen as they come.
    #[default]
    Bottom,
    /// The lowest row that is seen lies `rows` rows above the end of message `seq`. Negative is below it.
    At {
        /// The message's place.
        seq: u64,
        /// Rows above its end.
        rows: i64,
    },
}

impl Scroll {
    /// The place that lies `rows` above, or below where negative. From the bottom one starts at the end of
    /// `last`, the last message.
    pub(super) fn moved(self, rows: i64, last: Option<u64>) -> Self {
        match (self, last) {
            (Self::Bottom, Some(seq)) if rows > 0 => Self::At { seq, rows },
            (Self::Bottom, _) => Self::Bottom,
            (Self::At { seq, rows: above }, _) => Self::At { seq, rows: above + rows },
        }
    }
}

/// One conversation on the screen.
#[derive(Debug, Clone)]
pub struct Tab {
    /// Which.
    pub conversation: ConversationId,
    /// The part of it that is loaded.
    pub window: Window,
    /// Where it is read.
    pub scroll: Scroll,
    /// Where it was read when it was drawn last, and where that is a page further up.
    pub(super) drawn: (Scroll, Option<Scroll>),
    /// What is being written.
    pub composer: Composer,
    /// The earlier message that the composer replies to or edits.
    pub compose_target: Option<ComposeTarget>,
    /// The message that is chosen: keys act on it, and nothing is written meanwhile.
    pub chosen: Option<u64>,
    /// What came while nobody saw it.
    pub fresh: Option<Fresh>,
    quotes: Quotes,
    /// When the draft is to be kept.
    save_at: Option<Tick>,
}

/// The message that the composer replies to or edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeTarget {
    /// Its id, and whether it is a reply or an edit.
    pub relation: Relation,
    /// Its author.
    pub author: UserId,
    /// What it said.
    pub words: String,
}

impl ComposeTarget {
    pub(super) fn of(message: &ChatMessage, relation: Relation) -> Self {
        Self { relation, author: message.author.clone(), words: message.body.words().to_owned() }
    }
}

/// Messages that came while nobody saw them: the separator stands above the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fresh {
    /// The place of the first.
    pub from: u64,
    /// How many there were.
    pub count: u64,
}

/// The tabs in order, and which is in front.
#[derive(Debug, Clone)]
pub struct State {
    tabs: Vec<Tab>,
    active: usize,
    /// Where commands are typed while no tab is open.
    lobby: Composer,
}

impl State {
    /// The tabs of a start: what is open or unread, the least recently used first.
    pub(super) fn restore(peer: &Peer) -> Self {
        let mut talks: Vec<_> = peer
            .conversations()
            .values()
            .filter(|conversation| conversation.phase.is_open() || conversation.unread > 0)
            .collect();
        talks.sort_by_key(|conversation| std::cmp::Reverse(conversation.active));
        talks.truncate(AT_START);
        let tabs = talks.iter().rev().map(|conversation| Tab::new(peer, conversation.id.clone())).collect::<Vec<_>>();
        Self { active: tabs.len().saturating_sub(1), tabs, lobby: Composer::new("") }
    }

    /// All tabs, in order.
    pub fn tabs(&self) -> &[Tab] {
        &self.tabs
    }

    /// The place of the tab in front.
    pub fn active(&self) -> Option<usize> {
        (!self.tabs.is_empty()).then_some(self.active)
    }

    /// The tab in front.
    pub fn active_tab(&self) -> Option<&Tab> {
        self.tabs.get(self.active)
    }

    pub(super) fn active_tab_mut(&mut self) -> Option<&mut Tab> {
        self.tabs.get_mut(self.active)
    }

    pub(super) fn tab_mut(&mut self, conversation: &ConversationId) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|tab| tab.conversation == *conversation)
    }

    /// The place of the conversation's tab, which is opened if need be.
    pub(super) fn open(&mut self, peer: &Peer, conversation: &ConversationId) -> usize {
        let known = self.tabs.iter().position(|tab| tab.conversation == *conversation);
        known.unwrap_or_else(|| {
            self.tabs.push(Tab::new(peer, conversation.clone()));
            self.tabs.len() - 1
        })
    }

    pub(super) fn bring_to_front(&mut self, index: usize) {
        if index < self.tabs.len() {
            if index != self.active
                && let Some(left) = self.tabs.get_mut(self.active)
            {
                left.fresh = None;
                left.chosen = None;
            }
            self.active = index;
        }
    }

    /// Closes the tab in front and gives its conversation and what was written there.
    pub(super) fn close_active(&mut self) -> Option<(ConversationId, String)> {
        if self.active >= self.tabs.len() {
            return None;
        }
        let tab = self.tabs.remove(self.active);
        self.active = self.active.min(self.tabs.len().saturating_sub(1));
        Some((tab.conversation, tab.composer.text()))
    }

    /// Where is written: in the tab in front, or in the lobby.
    pub fn composer(&self) -> &Composer {
        self.active_tab().map_or(&self.lobby, |tab| &tab.composer)
    }

    /// As [`Self::composer`], to be changed: what is written in a tab is kept a while later.
    pub(super) fn write(&mut self, now: Tick, change: impl FnOnce(&mut Composer) -> bool) {
        match self.tabs.get_mut(self.active) {
            Some(tab) => tab.write(now, change),
            None => {
                change(&mut self.lobby);
            }
        }
    }

    /// As [`Self::write`], in the tab of a conversation, or in the lobby where it has none.
    pub(super) fn write_in(
        &mut self,
        conversation: Option<&ConversationId>,
        now: Tick,
        change: impl FnOnce(&mut Composer) -> bool,
    ) {
        match conversation.and_then(|id| self.tabs.iter_mut().find(|tab| tab.conversation == *id)) {
            Some(tab) => tab.write(now, change),
            None => {
                change(&mut self.lobby);
            }
        }
    }

    /// The composer of a conversation's tab, or the lobby's.
    pub(super) fn composer_of(&mut self, conversation: Option<&ConversationId>) -> Option<&mut Composer> {
        match conversation {
            Some(conversation) => self.tab_mut(conversation).map(|tab| &mut tab.composer),
            None => Some(&mut self.lobby),
        }
    }

    /// When a draft is to be kept.
    pub fn next_save(&self) -> Option<Tick> {
        self.tabs.iter().filter_map(|tab| tab.save_at).min()
    }

    /// The drafts that are to be kept by `now`, or all of them.
    pub(super) fn due_drafts(&mut self, now: Option<Tick>) -> Vec<(ConversationId, String)> {
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
    /// A page further up, where that is known: it was drawn where it is read.
    pub(super) fn above(&self) -> Option<Scroll> {
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
            fresh: (unread > 0).then(|| Fresh { from: len.saturating_sub(unread), count: unread }),
            conversation,
            save_at: None,
        }
    }

    /// The places of messages are others: all of them are read again, from the end.
    pub(super) fn read_anew(&mut self, peer: &Peer) {
        let Self { window, fresh, .. } = Self::new(peer, self.conversation.clone());
        (self.window, self.fresh) = (window, fresh);
        self.scroll = Scroll::Bottom;
        self.chosen = None;
        self.quotes = Quotes::default();
    }

    /// Changes what is written; where `change` says that it did, that is kept a while later.
    fn write(&mut self, now: Tick, change: impl FnOnce(&mut Composer) -> bool) {
        if change(&mut self.composer) {
            self.save_at.get_or_insert(now + SAVE_AFTER);
        }
    }

    /// A message was stored at `seq`; `unread` of others are unread now, or 0 where it was seen as it came.
    pub(super) fn arrived(&mut self, seq: u64, message: ChatMessage, unread: u64) {
        self.fresh = match (unread, self.fresh) {
            (0, fresh) => fresh,
            (1, _) | (_, None) => Some(Fresh { from: seq, count: 1 }),
            (_, Some(fresh)) => Some(Fresh { count: fresh.count + 1, ..fresh }),
        };
        self.window.append(seq, message, self.scroll != Scroll::Bottom);
    }
}
