//! Requests of other programs to a running papo, and the answers.
//!
//! A request runs the same command that a key would run, and waits until the outcome is known. Effects carry the
//! answers, with the number of the request. Programs can read only what is in the model.

use serde::{Deserialize, Serialize};

use crate::{
    app::language::LocalizedText,
    domain::{ChatMessage, ConversationId, DeliveryFailure, Group, Request, User},
};

/// What a program requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScriptRequest {
    /// Send a text to a user or a `#group`, and report when it reached the stage `until`.
    Send {
        /// A user, or `#group`.
        to: String,
        /// At most `TEXT_LIMIT` bytes.
        text: String,
        /// The stage to wait for.
        until: Until,
    },
    /// Request a chat with a user.
    Request(String),
    /// Accept the oldest request of a user.
    Accept(String),
    /// Deny the oldest request of a user.
    Deny(String),
    /// Cancel my latest pending request to a user.
    Withdraw(String),
    /// Create, join or change a group.
    Group {
        /// The name, with or without `#`.
        group: String,
        /// What to do with it.
        action: GroupAction,
    },
    /// Block a user.
    Block(String),
    /// Unblock a user.
    Unblock(String),
    /// Clear the presence of a user who no longer uses the broker.
    Forget(String),
    /// List the users.
    Users,
    /// List the groups.
    Groups,
    /// List the requests, incoming and outgoing.
    Inbox,
    /// List the outbox.
    Outbox,
    /// Report the connection and the counts of the header.
    Status,
    /// Stream all new messages and requests, of one conversation or of all.
    Tail(Option<String>),
    /// Stream all stored messages, of one conversation or of all.
    History(Option<String>),
}

impl ScriptRequest {
    /// Returns whether the answer is a list. The status is a list of one item.
    pub fn is_list(&self) -> bool {
        matches!(self, Self::Users | Self::Groups | Self::Inbox | Self::Outbox | Self::Status)
    }

    /// Returns whether this answers or cancels a request. What the broker has queued may have settled that request, so
    /// papo reads it first.
    pub fn answers_request(&self) -> bool {
        matches!(self, Self::Accept(_) | Self::Deny(_) | Self::Withdraw(_))
    }

    /// Returns whether papo must know all users or groups before it carries out the request.
    pub fn needs_all_records(&self) -> bool {
        matches!(self, Self::Forget(_) | Self::Group { .. })
    }

    /// Returns whether papo must also know the users or groups with which its user has nothing to do.
    pub fn needs_directory(&self) -> bool {
        match self {
            Self::Users | Self::Groups | Self::Forget(_) => true,
            Self::Group { action, .. } => matches!(action, GroupAction::New | GroupAction::Join),
            _ => false,
        }
    }
}

/// What a script does with a group. Users are named by their IDs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the commands of the same names have descriptions")]
pub enum GroupAction {
    New,
    Join,
    Invite(String),
    Kick(String),
    Lead(String),
    Leave,
    Disband,
}

/// The stage of delivery that a script waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// The broker acknowledged the message.
    #[default]
    Broker,
    /// Every recipient's papo stored the message.
    Delivered,
    /// Every recipient has seen the message.
    Read,
}

/// An answer to a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// One item of the answer; more may follow.
    Item(Item),
    /// The end: the request was carried out, and the answer is complete.
    Done,
    /// The end, although the request is still in progress or the answer is incomplete. The text is the reason.
    Unfinished(LocalizedText),
    /// The end: papo refuses the request. The text is the reason.
    Refused(LocalizedText),
}

/// The connection, and the counts that the header shows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the other fields say what they count")]
pub struct Status {
    /// The address of the broker that papo uses, or tries to connect to.
    pub broker: String,
    /// Why papo is not connected; `None` if it is.
    pub problem: Option<LocalizedText>,
    pub online_users: usize,
    pub users: usize,
    /// The groups that I am in.
    pub groups: usize,
    /// The requests that wait for my answer.
    pub requests: usize,
    pub unread: u64,
    pub outbox: usize,
    /// The part of the outbox that the broker refused.
    pub refused: usize,
}

/// One item of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say what they hold")]
pub enum Item {
    /// A message that was received or sent.
    Message(ConversationId, ChatMessage),
    /// A request in its current state.
    Request(Request),
    User(User),
    Group(Group),
    Status(Status),
    /// A remark for the user of the program, such as that there is no connection.
    Note(LocalizedText),
    /// A row of the outbox. `failure` is the reason if the broker refused it; `waits_because`, why it waits although
    /// there is a connection.
    OutboxRow {
        to: String,
        what: LocalizedText,
        failure: Option<DeliveryFailure>,
        waits_because: Option<LocalizedText>,
    },
}
