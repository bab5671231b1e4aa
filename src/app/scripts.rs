//! Requests of other programs to a running papo, and the answers.
//!
//! A request becomes the same command as a key does, and stays until its outcome is known. Answers go out as effects, under
//! the number of the request; programs learn only what is in the model.

use serde::{Deserialize, Serialize};

use crate::{
    app::language::LocalizedText,
    domain::{ChatMessage, ConversationId, DeliveryFailure, Group, Request, User},
};

/// What a program requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScriptRequest {
    /// Send a text to a user or a `#group`, and report when it has come so far.
    Send {
        /// A user, or `#group`.
        to: String,
        /// At most `TEXT_LIMIT` bytes.
        text: String,
        /// The stage to wait for.
        until: Until,
    },
    /// Ask a user to chat.
    Request(String),
    /// Accept the oldest request of a user.
    Accept(String),
    /// Deny the oldest request of a user.
    Deny(String),
    /// Clear the presence of a user who has left for good.
    Forget(String),
    /// List the users.
    Users,
    /// List the groups.
    Groups,
    /// List the requests, both ways.
    Inbox,
    /// List the outbox.
    Outbox,
    /// Follow what happens from now on, in one conversation or everywhere.
    Tail(Option<String>),
    /// Stream the messages so far, of one conversation or of all.
    History(Option<String>),
}

impl ScriptRequest {
    /// Whether it is answered with a list.
    pub fn is_list(&self) -> bool {
        matches!(self, Self::Users | Self::Groups | Self::Inbox | Self::Outbox)
    }
}

/// The stage that a message is to have reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// The broker has taken it.
    #[default]
    Broker,
    /// Every recipient's papo has stored it.
    Delivered,
    /// Every recipient has seen it.
    Read,
}

/// An answer to a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A part of it; more follows.
    Item(Item),
    /// The end: all was answered, or done.
    Done,
    /// The end, although it is not done yet or not complete.
    Unfinished(LocalizedText),
    /// The end: it cannot be done.
    Refused(LocalizedText),
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field is called what it holds")]
pub enum Item {
    /// A message that came, or was sent.
    Message(ConversationId, ChatMessage),
    /// A request in its present state.
    Request(Request),
    User(User),
    Group(Group),
    /// A remark that was not asked for, such as that there is no connection.
    Note(LocalizedText),
    /// A row of the outbox, and why the broker has refused it if it has.
    Waiting {
        to: String,
        what: LocalizedText,
        failure: Option<DeliveryFailure>,
    },
}
