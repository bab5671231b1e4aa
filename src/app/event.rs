//! Events: the changes that keys, commands and overlays request beyond their own state, as data.
//!
//! Keys, commands and overlays read a [`ModelRef`] and return [`Event`]s. Only [`update`](super::update()) carries
//! events out on the model.

use std::collections::BTreeMap;

use super::{
    effect::Effect,
    keymap::{Action, Keymap},
    language::Language,
    rejection::Rejection,
    setting::Aliases,
    state::{
        Chats, ComposeTarget, Connection, Layout, Level, LineModeList, LoginRefusal, Lookalikes, Notifications, Pane,
        Search, SearchChange, View,
    },
};
use crate::{
    app::language::LocalizedText,
    domain::{ChatId, Credentials, GroupName, ListName, Tick, UserId},
    protocol::{Command, Peer, RowId},
};

pub use super::state::{ExitKind, Question};

/// A change of the model that a key, a command or an overlay requests. If one of several events is rejected, those
/// after it are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Pass a command to the peer, which carries it out or refuses it.
    Command(Command),
    /// Pass an effect to the runtime.
    Effect(Effect),
    /// Show a notice.
    Notice(Level, LocalizedText),
    /// Reject what the user requested, and show why.
    Reject(Rejection),
    /// Ask the user, in the line of notices, to confirm an action.
    Ask(Question),
    /// Open an overlay in place of the one that is open.
    Open(OpenOverlay),
    /// Close the overlay.
    Close,
    /// Print a list, in line mode.
    Print(LineModeList),
    /// Give a pane the focus.
    Focus(Pane),
    /// Hide these lists, and show all others.
    HideLists(Vec<ListName>),
    /// Make a chat the active one, and give it the focus.
    Show(ChatId),
    /// Make the tab with this index the active one.
    Tab(usize),
    /// Close the tab with this index; without one, the active tab.
    CloseTab(Option<usize>),
    /// Show a chat beside the active one, which keeps the focus.
    Split(ChatId),
    /// Show only the active chat.
    Unsplit,
    /// Choose the message at this position of the active chat.
    Choose(u64),
    /// Choose no message. The keys go to the composer again.
    Unchoose,
    /// Scroll the active chat to its end.
    Newest,
    /// Go to the composer and begin a command. A draft comes back after the command.
    BeginCommand,
    /// Insert text into the composer.
    Insert(String),
    /// Set the message that the composer replies to or edits; `None` for a new message.
    Target(Option<ComposeTarget>),
    /// Change the search.
    Search(SearchChange),
    /// Hide the messages of the active chat, until the user scrolls back.
    Clear,
    /// Carry out an action, as if its key was pressed.
    Act(Action),
    /// Connect to the broker now.
    Reconnect,
    /// Connect to the broker now, with this login until papo ends.
    LogIn(Credentials),
    /// Ask for no login any more until the user asks for a connection.
    DeclineLogin,
    /// Quit or suspend papo. If other users are connected to the embedded broker, ask first.
    ConfirmExit(ExitKind),
    /// Quit or suspend papo without asking.
    Exit(ExitKind),
}

/// What a prompt asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptKind {
    /// A user to chat with.
    ChatWith,
    /// The name of a new group.
    NewGroup,
    /// A user to invite to the group.
    InviteTo(GroupName),
    /// A group to invite the user to.
    InviteUser(UserId),
    /// The user name for a broker that wants a login, instead of this one.
    LoginName(String),
    /// The password of this user name. It is not shown.
    Password(String),
}

/// Calls the macro `$then` with the list of all overlays: the name of each, its component in `overlay/`, and the
/// argument that opens it, if any.
macro_rules! overlays {
    ($then:ident) => {
        $then! {
            Welcome: Welcome;
            Help: Help(filter: String);
            Settings: Settings(key: Option<&'static str>);
            Whois: Whois(subject: ChatId);
            Log: Log;
            Details: Details(seq: u64);
            Dropped: Dropped(seq: u64);
            Prompt: Prompt(kind: PromptKind);
            Members: Members(group: GroupName);
            Chats: ChatList(name: String);
            Palette: Palette;
            Search: SearchList;
            Outbox: Outbox(selected: Option<RowId>);
        }
    };
}
pub(super) use overlays;

macro_rules! open {
    ($($name:ident: $component:ident $(($argument:ident: $type:ty))?;)*) => {
        /// An overlay to open, with its argument.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the docs are at the components")]
        pub enum OpenOverlay {
            $($name $(($type))?,)*
        }
    };
}
overlays!(open);

impl OpenOverlay {
    /// Whether the user looks for a user or a group there.
    pub fn looks_for_name(&self) -> bool {
        let is_login = |kind: &PromptKind| matches!(kind, PromptKind::LoginName(_) | PromptKind::Password(_));
        match self {
            Self::Palette => true,
            Self::Prompt(kind) => !is_login(kind),
            _ => false,
        }
    }
}

/// The part of the model that keys, commands and overlays may read.
#[derive(Debug, Clone, Copy)]
pub struct ModelRef<'a> {
    pub peer: &'a Peer,
    pub chats: &'a Chats,
    pub search: &'a Search,
    /// The lists that the user has hidden.
    pub hidden: &'a [ListName],
    pub notifications: &'a Notifications,
    /// Where everything was drawn in the last frame.
    pub layout: &'a Layout,
    pub language: &'a Language,
    pub keymap: &'a Keymap,
    pub aliases: &'a Aliases,
    /// The values of the settings that the configuration sets.
    pub configured: &'a BTreeMap<String, String>,
    pub lookalikes: &'a Lookalikes,
    pub view: View,
    pub connection: &'a Connection,
    /// Why papo is not connected, if that is the login.
    pub login_refusal: Option<LoginRefusal>,
    /// A chat that the user asked for and that did not come to the front.
    pub waiting: Option<&'a ChatId>,
    /// The time of this update.
    pub now: Tick,
}

impl ModelRef<'_> {
    /// The event that opens an overlay, or in line mode prints the same list.
    pub fn open(&self, open: OpenOverlay, list: LineModeList) -> Event {
        if self.view == View::Lines { Event::Print(list) } else { Event::Open(open) }
    }
}

/// An event that shows an informational notice.
pub fn info(text: impl Into<LocalizedText>) -> Event {
    Event::Notice(Level::Info, text.into())
}
