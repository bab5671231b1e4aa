//! What the update asks the outside to do, as data.

use super::scripts::Answer;
use crate::{
    domain::{ConversationId, Lookup},
    protocol::{Ignored, Operation, Output},
};

/// One order. Plain data, so that tests compare it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Commit the operations as one group; the outputs leave after that.
    Commit {
        /// For the store.
        operations: Vec<Operation>,
        /// For the broker, in order.
        outputs: Vec<Output>,
    },
    /// Read from the history; [`Message::Page`](super::Message::Page), [`Message::Quoted`](super::Message::Quoted) or
    /// [`Message::Found`](super::Message::Found) answers.
    Lookup(Lookup),
    /// Connect now, also if the client had given up.
    Reconnect,
    /// Stop connecting: somebody else has the id.
    Disconnect,
    /// Read the files of the configuration anew; [`Message::Reloaded`](super::Message::Reloaded) answers.
    Reload,
    /// Change a key in the file of the configuration, and read it anew.
    Set {
        /// Which, as `ui.theme`.
        key: String,
        /// What it is from now on.
        value: String,
    },
    /// Change a key in the file of the configuration that is in force already.
    Keep {
        /// Which.
        key: String,
        /// What it is.
        value: String,
    },
    /// Draw everything anew.
    Redraw,
    /// Give the terminal back until the shell continues papo.
    Suspend,
    /// Have the user's editor open on what is being written; [`Message::Edited`](super::Message::Edited) answers.
    Edit {
        /// Where it is written; [`None`] where no talk is in front.
        conversation: Option<ConversationId>,
        /// What stands there.
        text: String,
    },
    /// Have the terminal put this on the clipboard.
    Copy(String),
    /// Open a link with what the system has for that.
    OpenLink(String),
    /// Tell somebody who looks elsewhere.
    Notify {
        /// Whom or what it is about.
        title: String,
        /// What there is.
        body: String,
    },
    /// Write what was said in a conversation to a file; [`Message::Told`](super::Message::Told) or
    /// [`Message::Warned`](super::Message::Warned) answers.
    Export {
        /// Which, and how many messages it has.
        conversation: (ConversationId, u64),
        /// How, or where to.
        format: Option<String>,
        /// Where to.
        file: Option<String>,
    },
    /// Answer an ask of [`Message::Asked`](super::Message::Asked), by its number.
    Answer(u64, Answer),
    /// Tell all that was said in conversations, of each so many messages, to whoever asked under the number.
    StreamHistory(u64, Vec<(ConversationId, u64)>),
    /// Answer a [`Message::Merge`](super::Message::Merge), by its number: whether the messages are there now. Where
    /// they are not, the conversation has changed meanwhile.
    Merged(u64, bool),
    /// Note in the log that a publication was ignored.
    LogIgnored {
        /// Which.
        ignored: Ignored,
        /// Why, in words.
        reason: String,
        /// Whether it is the first of its sender and kind: the others are for who looks closely.
        is_first: bool,
    },
    /// Leave.
    Quit,
}
