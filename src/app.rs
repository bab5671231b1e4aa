//! The core of the screen: a model, messages that change it, and effects that they ask for. Pure: time comes in with
//! each message, and what is to happen outside goes out as data.
//!
//! [`Model`] owns the [`Peer`](crate::protocol::Peer), which knows what is true between users, and the states in
//! `state/`, which are what is on the screen. [`update()`] is the only way to change it. Keys, commands (`actions/`,
//! `command/`) and overlays (`overlay/`) look at a read-only part of it and return events, plain data that the update
//! carries out. The view draws the model and hands back a [`Layout`], so that keys and clicks know where things ended
//! up.

mod actions;
mod command;
mod completion;
mod effect;
mod event;
mod keymap;
mod language;
mod message;
mod model;
mod overlay;
mod rejection;
pub mod scripts;
mod state;
mod update;

pub use self::{
    command::{COMMANDS, CommandRow},
    completion::Completion,
    effect::Effect,
    event::{ExitKind, Open, Question, Wanted},
    keymap::{Action, Context, Key, Keymap, KeymapError},
    language::{Argument, Language, LanguageError, LocalizedText, ToArgument, environment_language, not_forgotten},
    message::{ImportBatch, Message, Page},
    model::{Model, Options},
    overlay::{
        ChatList, Component, Confirm, Details, Goal, Help, Log, Members, Outbox, Overlay, Palette, Prompt, SearchList,
        Welcome,
    },
    rejection::Rejection,
    state::{
        ChatLayout, Chats, ComposeTarget, Composer, Connection, Entry, Groups, Inbox, InboxView, Label, Layout, Level,
        Link, List, ListLayout, ListPane, LogEntry, Lookalikes, NoticeBoard, Pane, Scroll, Search, ShownNotice, Tab,
        UnreadMarker, Users, View, Window,
        chats::matching_chats,
        inbox::{answers, asked, asks, request_words, requester},
        outbox, setup,
    },
    update::update,
};
pub(crate) use language::localized;
pub(crate) use overlay::each;
