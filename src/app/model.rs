//! The model: everything that the view draws.

use std::time::Duration;

use super::{
    chat,
    completion::Completion,
    groups, inbox,
    journal::{Entry, Label},
    keymap::{Context, Keymap},
    language::Language,
    layout::{Arrangement, Layout},
    log::Log,
    lookalikes::Lookalikes,
    notices,
    overlay::Overlay,
    remote::Remote,
    reported::Reported,
    search::Search,
    users,
};
use crate::{
    domain::{ConversationId, InboxOrder, LocalizedText, Now, Tick, UserId, localized},
    protocol::Peer,
};

/// How long a notice stays in the bottom line, where the hints have to wait for it.
const INFO_LASTS: Duration = Duration::from_secs(4);
const WARNING_LASTS: Duration = Duration::from_secs(8);

/// A pane that can have the focus.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pane {
    /// Who there is.
    #[default]
    Users,
    /// Which groups there are.
    Groups,
    /// What was asked and answered.
    Inbox,
    /// The talk, with its composer.
    Chat,
}

impl Pane {
    /// Those that are lists, from the top.
    pub const LISTS: [Self; 3] = [Self::Users, Self::Groups, Self::Inbox];
}

/// How the model is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum View {
    /// On the whole screen, in panes.
    #[default]
    Panes,
    /// In lines, each printed once: what a screen reader can follow.
    Lines,
}

/// How the connection to the broker stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// Being made.
    Connecting,
    /// Made.
    Online,
    /// Lost; tried again at a time.
    Reconnecting {
        /// When.
        at: Tick,
        /// What was wrong.
        why: LocalizedText,
    },
    /// Given up until the user, or another client with the id, does something.
    Stopped {
        /// What is wrong and what to do.
        why: LocalizedText,
    },
    /// Made, but the broker refuses the subscription to my control topic.
    Deaf {
        /// What is wrong and what to do.
        why: LocalizedText,
    },
}

/// How a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something was done.
    Info,
    /// Something cannot be done, or is odd.
    Warning,
    /// The user stands to lose something.
    Error,
}

/// A word to the user in the bottom line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The word.
    pub text: String,
    /// How it is meant.
    pub level: Level,
    /// When it goes.
    pub until: Tick,
    /// How many ignored publications it speaks of.
    pub ignored: u64,
}

/// What the model is started with, besides the peer.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The broker as the header shows it.
    pub broker: String,
    /// The live keymap.
    pub keymap: Keymap,
    /// The language that papo speaks.
    pub language: Language,
    /// What comes first in the lists of the inbox.
    pub inbox: InboxOrder,
    /// What is told to somebody who looks elsewhere.
    pub notices: notices::Settings,
    /// Whether others are told that I am writing.
    pub tells_typing: bool,
    /// How it is shown.
    pub view: View,
    /// Where the panes are to be.
    pub arrangement: Arrangement,
}

/// Everything that the view draws.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is true or not by itself")]
pub struct Model {
    /// What is true between users.
    pub peer: Peer,
    /// The time of the last update.
    pub now: Now,
    /// The broker as the header shows it.
    pub broker: String,
    /// The live keymap.
    pub keymap: Keymap,
    /// The language that papo speaks.
    pub language: Language,
    /// How the connection stands.
    pub connection: Connection,
    /// Which pane has the keys.
    pub focus: Pane,
    /// Whether the terminal is in front, as far as it says so.
    pub in_front: bool,
    /// Whether this papo runs the broker.
    pub is_hosting: bool,
    /// Whether the last update may have changed what is seen.
    pub is_stale: bool,
    /// Why the store cannot write.
    pub store_failure: Option<String>,
    /// The users pane.
    pub users: users::State,
    /// The groups pane.
    pub groups: groups::State,
    /// The inbox pane.
    pub inbox: inbox::Inbox,
    /// The tabs.
    pub chats: chat::State,
    /// What is looked for in what was said.
    pub search: Search,
    /// The words among which Tab goes on.
    pub completion: Option<Completion>,
    /// What lies over the panes.
    pub overlay: Option<Overlay>,
    /// What is told to somebody who looks elsewhere.
    pub notices: notices::Settings,
    /// Whether others are told that I am writing.
    pub tells_typing: bool,
    /// How all this is shown.
    pub view: View,
    /// Where the panes are to be.
    pub arrangement: Arrangement,
    pub(super) journal: Vec<Entry>,
    pub(super) backlog: notices::Backlog,
    pub(super) remote: Remote,
    /// The word in the bottom line.
    pub notice: Option<Notice>,
    pub(super) reported: Reported,
    /// Whose ids look like those of others.
    pub lookalikes: Lookalikes,
    /// What was said so far.
    pub log: Log,
    /// Where things are in the last frame.
    pub layout: Layout,
}

impl Model {
    /// The model as a start shows it: the conversations that are open or unread have a tab.
    pub fn new(peer: Peer, options: Options, now: Now) -> Self {
        let chats = chat::State::restore(&peer);
        let mut lookalikes = Lookalikes::default();
        lookalikes.follow(&peer);
        Self {
            peer,
            now,
            broker: options.broker,
            keymap: options.keymap,
            language: options.language,
            connection: Connection::Connecting,
            focus: if options.view == View::Lines { Pane::Chat } else { Pane::default() },
            in_front: true,
            is_hosting: false,
            is_stale: true,
            store_failure: None,
            users: users::State::default(),
            groups: groups::State::default(),
            inbox: inbox::Inbox::new(options.inbox),
            chats,
            search: Search::default(),
            completion: None,
            overlay: None,
            notices: options.notices,
            tells_typing: options.tells_typing,
            view: options.view,
            arrangement: options.arrangement,
            journal: Vec::new(),
            backlog: notices::Backlog::default(),
            remote: Remote::default(),
            notice: None,
            reported: Reported::default(),
            lookalikes,
            log: Log::default(),
            layout: Layout::default(),
        }
    }

    /// My id.
    pub fn me(&self) -> &UserId {
        self.peer.me()
    }

    /// Whether it is shown in lines.
    pub fn is_line_mode(&self) -> bool {
        self.view == View::Lines
    }

    /// How many requests wait for my answer.
    pub fn waiting_requests(&self) -> usize {
        self.peer.waiting_requests()
    }

    /// How many messages I have not been shown, in all conversations.
    pub fn unread(&self) -> u64 {
        self.peer.conversations().values().map(|conversation| conversation.unread).sum()
    }

    /// The conversation in front.
    pub fn active(&self) -> Option<&ConversationId> {
        self.chats.active_tab().map(|tab| &tab.conversation)
    }

    /// The message that is chosen in the talk in front.
    pub fn chosen(&self) -> Option<u64> {
        self.chats.active_tab().and_then(|tab| tab.chosen)
    }

    /// Where the keys go.
    pub fn context(&self) -> Context {
        match (&self.overlay, self.focus) {
            (Some(Overlay::Members { .. }), _) => Context::Members,
            (Some(Overlay::Outbox { .. }), _) => Context::Outbox,
            (Some(Overlay::Talks(_) | Overlay::Palette(_) | Overlay::Search), _) => Context::Find,
            (
                Some(
                    Overlay::Help { .. }
                    | Overlay::Log { .. }
                    | Overlay::Confirm(_)
                    | Overlay::Details(_)
                    | Overlay::Welcome { .. },
                ),
                _,
            ) => Context::List,
            (None, Pane::Users) => Context::Users,
            (None, Pane::Groups) => Context::Groups,
            (None, Pane::Inbox) => Context::Inbox,
            (None, Pane::Chat) if self.chosen().is_some() => Context::Messages,
            (Some(Overlay::Prompt(_)), _) | (None, Pane::Chat) => Context::Composer,
        }
    }

    /// When something changes by itself.
    pub fn next_timeout(&self) -> Option<Tick> {
        let notice = self.notice.as_ref().map(|notice| notice.until);
        let peer = self.peer.next_timeout();
        let deadlines = [
            notice,
            self.next_countdown(),
            self.next_stale(),
            peer,
            self.chats.next_save(),
            self.remote.next_timeout(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// The header counts down the seconds that are left, rounded up.
    fn next_countdown(&self) -> Option<Tick> {
        let Connection::Reconnecting { at, .. } = &self.connection else { return None };
        let left = at.since(self.now.tick);
        let part = Duration::from_millis(u64::from(left.subsec_millis()));
        (!left.is_zero()).then(|| self.now.tick + if part.is_zero() { Duration::from_secs(1) } else { part })
    }

    /// When a time on the screen is another. One that has passed waits for the next frame, which may not be due while
    /// another program has the terminal.
    fn next_stale(&self) -> Option<Tick> {
        let at = self.layout.stale_at.filter(|at| *at > self.now.wall)?;
        Some(self.now.tick + at.since(self.now.wall))
    }

    pub(super) fn say(&mut self, level: Level, text: impl Into<LocalizedText>) {
        self.tell(level.into(), level, text);
    }

    /// As [`Self::say`], with a label of its own where it is read in lines.
    pub(super) fn tell(&mut self, label: Label, level: Level, text: impl Into<LocalizedText>) {
        let text = self.language.translate(text);
        self.note(Entry::Word { label, text: text.clone() });
        let lasts = if level == Level::Info { INFO_LASTS } else { WARNING_LASTS };
        self.log.note(self.now.wall, level, text.clone());
        self.notice = Some(Notice { text, level, until: self.now.tick + lasts, ignored: 0 });
    }

    /// Tells of a publication that was ignored: the first in words, those that follow soon by their number.
    pub(super) fn ignored(&mut self, what: LocalizedText) {
        match &mut self.notice {
            Some(notice) if notice.ignored > 0 => {
                notice.ignored += 1;
                notice.text = self.language.translate(localized!("ignored-several", count = notice.ignored));
            }
            Some(notice) if notice.level == Level::Error => {}
            _ => {
                self.warn(what);
                if let Some(notice) = &mut self.notice {
                    notice.ignored = 1;
                }
            }
        }
    }

    pub(super) fn info(&mut self, text: impl Into<LocalizedText>) {
        self.say(Level::Info, text);
    }

    pub(super) fn warn(&mut self, text: impl Into<LocalizedText>) {
        self.say(Level::Warning, text);
    }
}
