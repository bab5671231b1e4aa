//! Why a publication is ignored.

use super::wire::WireError;
use crate::domain::{ConversationId, GroupName, UserId};

/// A publication that was ignored. Nothing in it is raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Its topic, escaped; empty where it was no publication.
    pub topic: String,
    /// Who is said to have sent it, escaped.
    pub sender: Option<String>,
    /// Why.
    pub reason: IgnoredReason,
}

impl From<IgnoredReason> for Ignored {
    fn from(reason: IgnoredReason) -> Self {
        Self { topic: String::new(), sender: None, reason }
    }
}

/// Why a publication is ignored. Words for it are in `app::language`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "most names say it")]
pub enum IgnoredReason {
    /// It is no valid publication.
    Invalid(WireError),
    /// The broker names another sender than the publication does.
    Forged,
    /// A control message that names me as its sender.
    OwnControl,
    /// The broker keeps a message on this topic, where none belongs; it counts once.
    Retained(String),
    /// A message whose author takes no part in the conversation.
    Stranger(ConversationId),
    /// A group record whose publisher may not change it.
    ForbiddenRecord(GroupName),
    /// The end of a group, published by a user who does not lead it.
    ForbiddenDisband(GroupName),
    GroupListFull(GroupName),
    UserListFull(UserId),
    /// Too many requests wait for my answer.
    InboxFull(Option<UserId>),
    /// So many requests of this sender wait for my answer.
    InboxFullOfOne {
        sender: Option<UserId>,
        limit: usize,
    },
    /// By a user whom I have blocked.
    Blocked,
    /// A control message that names no sender.
    Nameless,
    /// A message in a chat that has ended for me.
    ChatOver,
    /// Names me as its sender.
    Own,
    Repeated,
    /// A control message to somebody else.
    OtherOwner(UserId),
    /// About what another device of mine wrote.
    OtherDevice(ConversationId),
    /// About no open chat of mine with its sender.
    NoChat(ConversationId),
    /// A receipt for a message that I have not written.
    Unwritten {
        conversation: ConversationId,
        n: u64,
    },
    /// A denial that answers no request of mine.
    Unasked(UserId),
    /// A request about a group that I do not lead.
    NotLed(GroupName),
    /// An invitation to a group that I am in.
    AlreadyJoined(GroupName),
    /// A request for a record that was sent a moment ago.
    Paced(GroupName),
    /// By a user whom the group's record does not list.
    NoMember(GroupName),
    NoGroup(GroupName),
    /// The creation of a group that is known.
    Created(GroupName),
    /// News for clients that do not read the record.
    Copy(GroupName),
    Outdated(GroupName),
}

impl IgnoredReason {
    /// The kind of reason, for the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Invalid(error) => error.kind(),
            Self::Forged => "forged-sender",
            Self::OwnControl => "own-control",
            Self::Retained(_) => "retained",
            Self::Stranger(_) => "stranger",
            Self::ForbiddenRecord(_) => "forbidden-record",
            Self::ForbiddenDisband(_) => "forbidden-disband",
            Self::GroupListFull(_) => "group-list-full",
            Self::UserListFull(_) => "user-list-full",
            Self::InboxFull(_) => "inbox-full",
            Self::InboxFullOfOne { .. } => "inbox-full-of-one",
            Self::Blocked => "blocked",
            Self::Nameless => "nameless",
            Self::ChatOver => "chat-over",
            Self::Own => "own",
            Self::Repeated => "repeated",
            Self::OtherOwner(_) => "other-owner",
            Self::OtherDevice(_) => "other-device",
            Self::NoChat(_) => "no-chat",
            Self::Unwritten { .. } => "unwritten",
            Self::Unasked(_) => "unasked",
            Self::NotLed(_) => "not-led",
            Self::AlreadyJoined(_) => "already-joined",
            Self::Paced(_) => "paced",
            Self::NoMember(_) => "no-member",
            Self::NoGroup(_) => "no-group",
            Self::Created(_) => "created",
            Self::Copy(_) => "copy",
            Self::Outdated(_) => "outdated",
        }
    }
}
