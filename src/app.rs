//! The core of the user interface: a model, messages that change the model, and the effects that they cause. It does no
//! I/O: each message carries the current time, and [`Effect`]s tell the runtime what to do.
//!
//! [`Model`] owns the [`Peer`](crate::protocol::Peer), which holds the state of the protocol, and the states in
//! `state/`, which hold the state of the screen. Only [`update()`] changes the model. Keys, commands (`actions/`,
//! `command/`) and overlays (`overlay/`) read a part of the model and return events: plain data that the update carries
//! out. The view draws the model and returns a [`Layout`], which tells keys and clicks where everything was drawn.
//! Requests of other programs ([`scripts`]) run the same commands as keys.

mod actions;
mod command;
mod completion;
mod effect;
mod event;
mod keymap;
mod language;
mod lone_words;
mod message;
mod model;
mod overlay;
mod rejection;
pub mod scripts;
mod setting;
mod state;
mod update;

pub use self::{
    actions::{
        questions::{no_word, says_yes, word, yes_word},
        scripts::history,
    },
    command::{COMMANDS, CommandRow, MISSING, VIM_COMMANDS},
    completion::Completion,
    effect::Effect,
    event::{ExitKind, OpenOverlay, PromptKind, Question},
    keymap::{Action, Context, Key, Keymap, KeymapError},
    language::{
        Argument, Language, LanguageError, LocalizedText, ToArgument, changes_text, environment_language,
        not_forgotten_text,
    },
    message::{ImportBatch, Message, Page},
    model::{Model, Options},
    overlay::{
        ChatList, Component, Details, Dropped, Help, HelpEntry, HelpSection, Log, Members, Outbox, Overlay, Palette,
        PaletteEntry, Prompt, SearchList, SettingEdit, Settings, Welcome, Whois, matches_filter,
    },
    rejection::Rejection,
    setting::{Aliases, SETTINGS, SettingKind, SettingRow, shown_value},
    state::{
        ChatLayout, Chats, ComposeTarget, Composer, Connection, Groups, Inbox, InboxView, JournalEntry, Layout, Level,
        LineModeList, Link, ListLayout, ListPane, LogEntry, LoginRefusal, Lookalikes, NoticeBoard, NoticeLabel, Pane,
        PinnedQuestion, Priority, Scroll, Search, ShownNotice, Tab, UnreadMarker, Users, View, Window,
        chats::matching_chats,
        connection::with_help,
        inbox::{answers, asked, asks, request_peer, request_words},
        outbox, setup,
        users::open_session,
    },
    update::update,
};
pub(crate) use language::localized;
pub(crate) use overlay::with_component;
