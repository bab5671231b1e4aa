//! Effects: what the update asks the runtime to do, as data.

use super::{language::LocalizedText, scripts::Answer};
use crate::{
    domain::{ChatId, ChatRange, Credentials, HistoryLookup, Piece, ThemeName},
    protocol::{Ignored, Operation, Output},
};

/// A task for the runtime. Plain data, so that tests can compare it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say what they hold")]
pub enum Effect {
    /// Commit the operations in one transaction, then send the outputs in order.
    Commit { operations: Vec<Operation>, outputs: Vec<Output> },
    /// Read from the stored history; [`Message::Page`](super::Message::Page),
    /// [`Message::Quoted`](super::Message::Quoted) or [`Message::Found`](super::Message::Found) answers.
    Lookup(HistoryLookup),
    /// Connect now, even if the client gave up before.
    Reconnect,
    /// Connect now, with this login until papo ends.
    LogIn(Credentials),
    /// Read the login in the configuration again; [`Message::LoginRead`](super::Message::LoginRead) answers.
    RereadLogin,
    /// Disconnect and stay offline: another client uses the ID.
    Disconnect,
    /// Read the configuration again; [`Message::Reloaded`](super::Message::Reloaded) answers.
    Reload,
    /// Write a key such as `ui.theme` to the configuration file, or remove it if there is no value. Then reload the
    /// configuration and show the notice `done`. The value is TOML.
    Set { key: String, value: Option<String>, done: LocalizedText },
    /// Show this theme, without a change of the configuration.
    PreviewTheme(ThemeName),
    /// Write a key to the configuration file without a reload, because the value applies already.
    Keep { key: String, value: String },
    /// Clear the terminal and redraw everything.
    Redraw,
    /// Restore the terminal and stop the process until the shell continues it.
    Suspend,
    /// Open the user's editor on the composer's text; [`Message::Edited`](super::Message::Edited) answers.
    /// `chat` is `None` for the composer that is in use while no tab is open.
    Edit { chat: Option<ChatId>, text: String },
    /// Copy this text to the clipboard, through the terminal.
    Copy(String),
    /// Open a link with the system's default program.
    OpenLink(String),
    /// Notify the user outside the chat: by bell or on the desktop.
    Notify { title: String, body: String },
    /// Write a chat to a file; [`Message::Told`](super::Message::Told) or [`Message::Warned`](super::Message::Warned)
    /// answers. Without `file`, `format` may be the name of the file.
    Export { range: ChatRange, format: Option<String>, file: Option<String> },
    /// Answer the script request with this number; [`Message::Asked`](super::Message::Asked) brought it.
    Answer(u64, Answer),
    /// Stream these messages as the answer to the script request with this number.
    StreamHistory(u64, Vec<Piece>),
    /// Answer the [`Message::Merge`](super::Message::Merge) with this number. True if the messages were merged; false
    /// if the conversation changed in the meantime.
    Merged(u64, bool),
    /// Log that papo ignored a publication, and why. Only the first one of each sender and kind is logged as a warning.
    LogIgnored { ignored: Ignored, reason: String, is_first: bool },
    /// End papo.
    Quit,
}
