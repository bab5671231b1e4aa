//! The model: everything that the view draws.

use super::{
    completion::Completion,
    event::ModelRef,
    keymap::{Context, Keymap},
    language::Language,
    overlay::Overlay,
    state::{
        Chats, Connection, Groups, Inbox, Journal, Layout, Lookalikes, NoticeBoard, Notifications, Pane, Reported,
        Scripts, Scroll, Search, Users, View,
    },
};
use crate::{
    domain::{ConversationId, NotifySettings, Now, Tick, UiSettings},
    protocol::Peer,
};

/// The settings that the model starts with.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each is described at its type or at the model's field")]
pub struct Options {
    pub broker: String,
    pub keymap: Keymap,
    pub language: Language,
    pub ui: UiSettings,
    pub notify: NotifySettings,
    pub view: View,
}

/// Everything that the view draws: the peer, which holds the shared truth, and the states of the screen.
#[derive(Debug)]
#[expect(missing_docs, reason = "a state is described at its type")]
pub struct Model {
    pub peer: Peer,
    /// The time of the last update.
    pub now: Now,
    /// The broker as the header shows it.
    pub broker: String,
    pub keymap: Keymap,
    pub language: Language,
    pub view: View,
    pub connection: Connection,
    /// Whether the terminal has the focus, as far as it says so.
    pub in_front: bool,
    /// Whether this papo runs the broker.
    pub is_hosting: bool,
    /// Whether the last update may have changed what is seen.
    pub is_stale: bool,
    /// Why the store cannot write.
    pub store_failure: Option<String>,
    pub ui: UiSettings,
    /// Which pane has the keys.
    pub focus: Pane,
    pub users: Users,
    pub groups: Groups,
    pub inbox: Inbox,
    pub chats: Chats,
    pub search: Search,
    pub completion: Option<Completion>,
    pub overlay: Option<Overlay>,
    pub notices: NoticeBoard,
    pub notifications: Notifications,
    pub lookalikes: Lookalikes,
    /// Where things are in the last frame.
    pub layout: Layout,
    pub(super) scripts: Scripts,
    pub(super) reported: Reported,
}

impl Model {
    /// The model as a start shows it: chats that are open or unread have a tab.
    pub fn new(peer: Peer, options: Options, now: Now) -> Self {
        let mut lookalikes = Lookalikes::default();
        lookalikes.follow(&peer);
        Self {
            chats: Chats::restore(&peer),
            peer,
            now,
            broker: options.broker,
            keymap: options.keymap,
            language: options.language,
            view: options.view,
            connection: Connection::Connecting,
            in_front: true,
            is_hosting: false,
            is_stale: true,
            store_failure: None,
            focus: if options.view == View::Lines { Pane::Chat } else { Pane::default() },
            users: Users::default(),
            groups: Groups::default(),
            inbox: Inbox::new(options.ui.inbox),
            ui: options.ui,
            search: Search::default(),
            completion: None,
            overlay: None,
            notices: NoticeBoard { journal: Journal::new(options.view), ..NoticeBoard::default() },
            notifications: Notifications::new(options.notify),
            lookalikes,
            layout: Layout::default(),
            scripts: Scripts::default(),
            reported: Reported::default(),
        }
    }

    /// How many messages are unread, in all conversations.
    pub fn unread(&self) -> u64 {
        self.peer.conversations().values().map(|conversation| conversation.unread).sum()
    }

    /// Which keys are taken.
    pub fn context(&self) -> Context {
        match (&self.overlay, self.focus) {
            (Some(overlay), _) => overlay.component().context(),
            (None, Pane::Users) => Context::Users,
            (None, Pane::Groups) => Context::Groups,
            (None, Pane::Inbox) => Context::Inbox,
            (None, Pane::Chat) if self.chats.chosen().is_some() => Context::Messages,
            (None, Pane::Chat) => Context::Composer,
        }
    }

    /// The part that keys and commands may look at.
    pub fn read_only(&self) -> ModelRef<'_> {
        ModelRef {
            peer: &self.peer,
            chats: &self.chats,
            search: &self.search,
            hidden: &self.ui.hide,
            notifications: &self.notifications,
            layout: &self.layout,
            language: &self.language,
            view: self.view,
        }
    }

    /// Whether the newest message of a conversation is before the user's eyes: its chat is active and has the focus, the
    /// terminal has it too, and the end is seen.
    pub fn is_seen(&self, conversation: &ConversationId) -> bool {
        let is_shown = self.in_front && !self.layout.chat.area.is_empty() && self.overlay.is_none();
        let tab = self.chats.active_tab().filter(|_| is_shown && self.focus == Pane::Chat);
        tab.is_some_and(|tab| tab.conversation == *conversation && tab.scroll == Scroll::Bottom)
    }

    /// When something changes by itself.
    pub fn next_timeout(&self) -> Option<Tick> {
        let deadlines = [
            self.notices.current.as_ref().map(|notice| notice.until),
            self.connection.next_countdown(self.now.tick),
            self.next_stale(),
            self.peer.next_timeout(),
            self.chats.next_save(),
            self.scripts.next_timeout(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// When a time on the screen is another. One that has passed waits for the next frame, which may not be due while
    /// another program has the terminal.
    fn next_stale(&self) -> Option<Tick> {
        let at = self.layout.stale_at.filter(|at| *at > self.now.wall)?;
        Some(self.now.tick + at.since(self.now.wall))
    }
}
