//! What the update asks the runtime to do, as data.

use super::scripts::Answer;
use crate::{
    domain::{ConversationId, Lookup},
    protocol::{Ignored, Operation, Output},
};

/// One order. Plain data, so that tests compare it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field is called what it holds")]
pub enum Effect {
    /// Commit the operations as one group; the outputs leave after that, in order.
    Commit { operations: Vec<Operation>, outputs: Vec<Output> },
    /// Read from the history; [`Message::Page`](super::Message::Page), [`Message::Quoted`](super::Message::Quoted) or
    /// [`Message::Found`](super::Message::Found) answers.
    Lookup(Lookup),
    /// Connect now, also if the client had given up.
    Reconnect,
    /// Stop connecting: another client has the id.
    Disconnect,
    /// Read the configuration again; [`Message::Reloaded`](super::Message::Reloaded) answers.
    Reload,
    /// Write a key such as `ui.theme` into the configuration, and read that again.
    Set { key: String, value: String },
    /// Write a key into the configuration whose value is in force already.
    Keep { key: String, value: String },
    /// Clear the terminal and draw everything.
    Redraw,
    /// Give the terminal back until the shell continues papo.
    Suspend,
    /// Open the user's editor on the text of a conversation's composer, or of the one used while no tab is open;
    /// [`Message::Edited`](super::Message::Edited) answers.
    Edit { conversation: Option<ConversationId>, text: String },
    /// Have the terminal put this on the clipboard.
    Copy(String),
    /// Open a link with the system's program for it.
    OpenLink(String),
    /// Notify a user who looks elsewhere.
    Notify { title: String, body: String },
    /// Write a conversation of so many messages to a file; [`Message::Told`](super::Message::Told) or
    /// [`Message::Warned`](super::Message::Warned) answers. A lone `format` may be the name of the file.
    Export { conversation: (ConversationId, u64), format: Option<String>, file: Option<String> },
    /// Answer an ask of [`Message::Asked`](super::Message::Asked), by its number.
    Answer(u64, Answer),
    /// Stream conversations, of each so many messages, to the program that asked under the number.
    StreamHistory(u64, Vec<(ConversationId, u64)>),
    /// Answer a [`Message::Merge`](super::Message::Merge), by its number: whether the messages are there now. Where
    /// they are not, the conversation has changed meanwhile.
    Merged(u64, bool),
    /// Log that a publication was ignored, and the reason in words. Only the first of its sender and kind is a warning.
    LogIgnored { ignored: Ignored, reason: String, is_first: bool },
    /// Leave.
    Quit,
}
