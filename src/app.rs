//! The core of the screen: a model, messages that change it, and effects that they ask for. Pure: time comes
//! in with each message, and what is to happen outside goes out as data.
//!
//! [`Model`] owns the [`Peer`](crate::protocol::Peer), which knows what is true between users, and the state
//! of the panes, which is what is on the screen. [`update()`] is the only way to change it; the view draws it
//! and hands back a [`Layout`], so that keys and clicks know where things ended up.

mod arranging;
mod chat;
mod command;
mod completion;
mod composer;
mod connection;
mod editor;
mod effect;
mod front;
mod groups;
mod inbox;
mod journal;
mod keymap;
mod keys;
mod language;
mod layout;
mod leave;
mod line_mode;
mod log;
mod lookalikes;
mod message;
mod model;
mod mouse;
mod notices;
pub mod outbox;
mod overlay;
mod palette;
mod peer;
pub mod remote;
mod reported;
pub mod search;
pub mod setup;
mod talks;
mod update;
mod users;

pub use chat::{Fresh, Scroll, State as Chats, Tab, Window};
pub use command::{COMMANDS, CommandHelp};
pub use completion::Completion;
pub use composer::Composer;
pub use effect::Effect;
pub use groups::State as Groups;
pub use inbox::{Inbox, InboxView, answers, asked, asks};
pub use journal::{Entry, Label, List};
pub use keymap::{Action, Context, Key, Keymap, KeymapError, nearest};
pub use language::{Language, LanguageError, wanted as wanted_language};
pub use layout::{Arrangement, ChatLayout, Layout, Link, ListLayout};
pub use log::LogEntry;
pub use lookalikes::Lookalikes;
pub use message::{ImportBatch, Message, Page};
pub use model::{Connection, Level, Model, Notice, Options, Pane, View};
pub use notices::Settings as NoticeSettings;
pub use overlay::{Confirm, Overlay, Prompt, Question, Wanted};
pub use palette::{Goal, Palette};
pub use search::Search;
pub use talks::Talks;
pub use update::update;
pub use users::State as Users;
