//! Why a publication is ignored.

use super::wire::WireError;
use crate::domain::{ConversationId, GroupName, UserId};

/// A publication that was ignored. All strings from the wire are escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Its topic, escaped; empty if the input was no publication.
    pub topic: String,
    /// Who is said to have sent it, escaped.
    pub sender: Option<String>,
    /// The reason.
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
    /// The publication is invalid.
    Invalid(WireError),
    /// The sender that the broker attests is not the one that the publication names.
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
    /// There is no room for another group.
    GroupListFull(GroupName),
    /// There is no room for another user.
    UserListFull(UserId),
    /// Too many requests wait for my answer.
    InboxFull(Option<UserId>),
    /// So many requests of this sender wait for my answer.
    SenderLimitReached { sender: Option<UserId>, limit: usize },
    /// By a user whom I have blocked.
    Blocked,
    /// A control message that names no sender.
    NoSender,
    /// A message in a chat that has ended for me.
    ChatOver,
    /// A publication that names me as its sender.
    FromMyself,
    /// It has come before.
    Duplicate,
    /// A control message for another user.
    OtherOwner(UserId),
    /// About messages that another device of mine wrote.
    OtherDevice(ConversationId),
    /// About a conversation that I do not have open with its sender.
    NoChat(ConversationId),
    /// A receipt for a message that I have not written.
    NotMyMessage { conversation: ConversationId, n: u64 },
    /// A denial that answers no request of mine.
    UnmatchedDenial(UserId),
    /// A request about a group that I do not lead.
    NotLedByMe(GroupName),
    /// An invitation to a group that I am in.
    AlreadyJoined(GroupName),
    /// A request for a record that I sent a moment ago.
    RateLimited(GroupName),
    /// By a user whom the group's record does not list.
    NotMember(GroupName),
    /// About a group that I do not know.
    NoGroup(GroupName),
    /// The announcement of a group that is known already.
    GroupExists(GroupName),
    /// A copy of a group's news, meant for plain clients that do not read the record.
    PlainClientCopy(GroupName),
    /// About an earlier state of the group.
    Outdated(GroupName),
}

impl IgnoredReason {
    /// The kind of reason, for the log: the name of the variant, or of the error of an invalid publication.
    pub fn kind(&self) -> String {
        let text = match self {
            Self::Invalid(error) => format!("{error:?}"),
            reason => format!("{reason:?}"),
        };
        text.split([' ', '(']).next().unwrap_or_default().to_owned()
    }
}
