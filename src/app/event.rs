//! Events: what keys, commands and overlays want done beyond their own state, as data.
//!
//! They see a [`ModelRef`] and return [`Event`]s; only [`update`](super::update()) carries these out on the model.

use super::{
    effect::Effect,
    language::Language,
    rejection::Rejection,
    state::{Chats, ComposeTarget, Layout, Level, List, Notifications, Pane, Search, SearchChange, View},
};
use crate::{
    app::language::LocalizedText,
    domain::{ConversationId, GroupName, ListName, MessageId, UserId},
    protocol::{Command, Peer, RowId},
};

/// Something to do. If one of several events is refused, those after it are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Have the peer do it, or refuse it.
    Command(Command),
    /// Have the runtime do it.
    Effect(Effect),
    /// Show a notice.
    Notice(Level, LocalizedText),
    /// Refuse, for this reason.
    Reject(Rejection),
    /// Open an overlay in place of the one that is open.
    Open(Open),
    /// Close the overlay.
    Close,
    /// Print a list, in line mode.
    Print(List),
    /// Give a pane the focus.
    Focus(Pane),
    /// Hide these lists, and show all others.
    HideLists(Vec<ListName>),
    /// Make a conversation the active chat, and give it the focus.
    Show(ConversationId),
    /// Make a tab the active one.
    Tab(usize),
    /// Close the active tab.
    CloseTab,
    /// Choose a message of the active chat.
    Choose(u64),
    /// Choose no message: go back to writing.
    Unchoose,
    /// Scroll the active chat to its end.
    Newest,
    /// Insert text into the composer.
    Insert(String),
    /// Have the composer reply to a message or edit it, or neither.
    Target(Option<ComposeTarget>),
    /// Change the search.
    Search(SearchChange),
    /// Connect now.
    Reconnect,
    /// Quit or suspend papo. If others use the embedded broker, ask first.
    ConfirmExit(ExitKind),
    /// Quit or suspend papo without asking.
    Exit(ExitKind),
}

/// Whether papo quits or is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitKind {
    /// For good.
    Quit,
    /// Until the shell continues it.
    Suspend,
}

/// What a prompt asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A user to chat with.
    TalkTo,
    /// The name of a new group.
    NewGroup,
    /// A user to invite to the group.
    InviteTo(GroupName),
    /// A group to invite the user to.
    InviteUser(UserId),
}

/// Something that is confirmed before it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Leave papo?
    Quit,
    /// Quit or suspend papo although this many others use its embedded broker?
    ExitWhileHosting(ExitKind, usize),
    /// Paste so much text?
    Paste(String),
    /// Accept this request?
    Accept(MessageId),
    /// Deny all these requests?
    DenyAll(Vec<MessageId>),
    /// Disband this group?
    Disband(GroupName),
    /// Leave this group?
    Leave(GroupName),
    /// Remove this member?
    Remove(GroupName, UserId),
    /// Make this member the leader?
    HandOver(GroupName, UserId),
    /// Clear this user's presence on the broker?
    Forget(UserId),
}

/// The list of all overlays: the name of each, its component in `overlay/`, and what it is opened with, if anything.
macro_rules! overlays {
    ($then:ident) => {
        $then! {
            Welcome: Welcome;
            Help: Help;
            Log: Log;
            Details: Details(seq: u64);
            Prompt: Prompt(wanted: Wanted);
            Confirm: Confirm(question: Question);
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
        /// An overlay that is to be opened, with what it needs for that.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is described at its component")]
        pub enum Open {
            $($name $(($type))?,)*
        }
    };
}
overlays!(open);

/// The part of the model that keys, commands and overlays may look at.
#[derive(Debug, Clone, Copy)]
pub struct ModelRef<'a> {
    pub peer: &'a Peer,
    pub chats: &'a Chats,
    pub search: &'a Search,
    /// The lists that the user has hidden.
    pub hidden: &'a [ListName],
    pub notifications: &'a Notifications,
    /// Where things are in the last frame.
    pub layout: &'a Layout,
    pub language: &'a Language,
    pub view: View,
}

impl ModelRef<'_> {
    /// The event that opens an overlay; in line mode its list is printed.
    pub fn open(&self, open: Open, list: List) -> Event {
        if self.view == View::Lines { Event::Print(list) } else { Event::Open(open) }
    }
}

/// A notice that something was done, or that there is nothing to do.
pub fn info(text: impl Into<LocalizedText>) -> Event {
    Event::Notice(Level::Info, text.into())
}
