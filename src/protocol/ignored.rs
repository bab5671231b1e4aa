//! Why a publication is ignored.

use super::wire::WireError;
use crate::domain::{ConversationId, GroupName, UserId};

/// A publication that was ignored. All strings from the wire are escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The topic of the publication, escaped; empty if no publication was involved.
    pub topic: String,
    /// The claimed sender, escaped.
    pub sender: Option<String>,
    /// The reason.
    pub reason: IgnoredReason,
}

impl From<IgnoredReason> for Ignored {
    fn from(reason: IgnoredReason) -> Self {
        Self { topic: String::new(), sender: None, reason }
    }
}

/// Why a publication is ignored. `app::language` has its text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "most names say it")]
pub enum IgnoredReason {
    /// The publication is invalid.
    Invalid(WireError),
    /// The sender named by the broker differs from the sender named in the publication.
    ForgedSender,
    /// A control message that names me as its sender.
    ControlFromMyself,
    /// A retained message on a topic that should have none. papo handles it only once.
    Retained(String),
    /// A message whose author is not a participant of the conversation.
    Stranger(ConversationId),
    /// A message whose payload names no author, and for which the broker does not name one either.
    NoAuthor(ConversationId),
    /// A group record by a user who may not change it.
    ForbiddenRecord(GroupName),
    /// A `DISBAND` by a user who may not disband the group.
    ForbiddenDisband(GroupName),
    /// The list of groups is full.
    GroupListFull(GroupName),
    /// The list of users is full.
    UserListFull(UserId),
    /// Too many requests are waiting for my answer.
    InboxFull(Option<UserId>),
    /// The maximum number (`limit`) of requests of this sender are waiting for my answer.
    SenderLimitReached { sender: Option<UserId>, limit: usize },
    /// The sender is a user whom I have blocked.
    Blocked,
    /// A control message that names no sender.
    NoSender,
    /// A message in a conversation that I am no longer in, or do not know.
    ChatOver,
    /// A publication that names me as its sender.
    FromMyself,
    /// The same publication has been received before.
    Duplicate,
    /// A control message on the control topic of another user.
    ControlForOther(UserId),
    /// A receipt or `RESEND` about messages that I wrote on another device.
    OtherDevice(ConversationId),
    /// About a conversation that is not open between me and the sender.
    NoChat(ConversationId),
    /// A receipt for a message that I have not written.
    NotMyMessage { conversation: ConversationId, n: u64 },
    /// A denial (`DENIED`) that answers no pending request of mine.
    UnmatchedDenial(UserId),
    /// A request about a group that I do not lead.
    NotLedByMe(GroupName),
    /// An invitation to a group that I am in.
    AlreadyJoined(GroupName),
    /// A request for a group record that I sent only recently.
    RateLimited(GroupName),
    /// The sender is not listed in the group's record.
    NotMember(GroupName),
    /// About a group that I do not know.
    NoGroup(GroupName),
    /// A `CREATE` of a group that I already know.
    GroupExists(GroupName),
    /// A copy of a record on `GROUPS` or `groups/info`, for plain clients that do not read the record itself.
    CopyForPlainClients(GroupName),
    /// A record that is older than the one I know.
    Outdated(GroupName),
    /// A presence that is older than the one I know.
    OutdatedPresence(UserId),
}

impl IgnoredReason {
    /// The kind of reason, for the log: the name of the variant. For [`Self::Invalid`], the name of the [`WireError`].
    pub fn kind(&self) -> String {
        let text = match self {
            Self::Invalid(error) => format!("{error:?}"),
            reason => format!("{reason:?}"),
        };
        text.split([' ', '(']).next().unwrap_or_default().to_owned()
    }
}
