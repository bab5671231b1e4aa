//! What other programs ask a running papo, and what they are answered.
//!
//! An ask becomes the same command as a key does, and stays until its outcome is known. Answers go out as effects, under
//! the number of the ask; no program is told a thing that is not in the model.

use serde::{Deserialize, Serialize};

use crate::domain::{ChatMessage, ConversationId, DeliveryFailure, Group, LocalizedText, Request, User};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Send a text, and say so when it has come that far.
    Send {
        /// A user, or `#group`.
        to: String,
        /// The text.
        text: String,
        /// How far.
        until: Until,
    },
    /// Ask somebody for a talk.
    Request(String),
    /// Accept the oldest request of somebody.
    Accept(String),
    /// Deny it.
    Deny(String),
    /// Clear the presence of a user who has left for good.
    Forget(String),
    /// Who there is.
    Users,
    /// Which groups there are.
    Groups,
    /// What was asked, both ways.
    Inbox,
    /// What waits for the broker.
    Outbox,
    /// What happens from now on; in one conversation, or everywhere.
    Tail(Option<String>),
    /// What was said so far; in one conversation, or everywhere.
    History(Option<String>),
}

impl Ask {
    /// Whether it is answered with a list.
    pub fn is_list(&self) -> bool {
        matches!(self, Self::Users | Self::Groups | Self::Inbox | Self::Outbox)
    }
}

/// How far a message is to have come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// The broker has it.
    #[default]
    Broker,
    /// Every reader's papo has it.
    Delivered,
    /// Every reader has seen it.
    Read,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Something of what was asked for; more may follow.
    Item(Item),
    /// That was all.
    Done,
    /// It is not done yet, or not complete, and no more is said about it.
    Late(LocalizedText),
    /// It cannot be done.
    Refused(LocalizedText),
}

/// Something that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A message came, or was written.
    Message(ConversationId, ChatMessage),
    /// A request, as it stands.
    Request(Request),
    /// A user, as it stands.
    User(User),
    /// A group, as it stands.
    Group(Group),
    /// Something to know beside what was asked for.
    Note(LocalizedText),
    /// What waits for the broker.
    Waiting {
        /// Where it goes.
        to: String,
        /// What it is.
        what: LocalizedText,
        /// Why the broker has refused it.
        failure: Option<DeliveryFailure>,
    },
}
