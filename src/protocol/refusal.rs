//! Why a [`Command`](super::Command) is refused.

use crate::domain::{GroupName, TextError, UserId};

/// Why a command is refused. Words for it are in `app::language`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "most names say it")]
pub enum Refusal {
    /// A request to my own id.
    RequestToSelf,
    /// Accept or deny: the request does not wait for my answer.
    RequestNotPending,
    /// Withdraw: it is no open request of mine.
    NotMyRequest,
    /// Withdraw: the lead of this group is with another already.
    LeadHandedOver(GroupName),
    /// Block: it is my own id.
    BlockSelf,
    /// Block: the user is blocked.
    AlreadyBlocked(UserId),
    /// Unblock: the user is not blocked.
    NotBlocked(UserId),
    /// `END` as a reply or an edit.
    EndAsReply,
    /// Send: there is no such conversation.
    NoConversation,
    /// Send: the text cannot be a message.
    InvalidText(TextError),
    /// Send: both have ended the session.
    SessionClosed,
    /// End: the session is not open.
    SessionNotOpen,
    /// End: I have ended it, and the other has not.
    AlreadyEnded,
    /// Send: I have left the group.
    GroupLeft,
    /// Send: the leader has removed me.
    GroupRemoved,
    /// Send: the leader has disbanded the group.
    GroupDisbanded,
    /// Create: without a connection it is unknown whether the name is free.
    CreateOffline,
    /// Create: the name is taken. The leader may not be known.
    GroupExists { group: GroupName, leader: Option<UserId> },
    /// Join: no such group is known.
    NoGroup(GroupName),
    /// Join: I am in the group.
    AlreadyJoined(GroupName),
    /// Invite: I am not in the group.
    InviteByOutsider(GroupName),
    /// Invite: the user is in the group.
    AlreadyMember { group: GroupName, user: UserId },
    /// Remove or hand over: the user is no member.
    NotMember { group: GroupName, user: UserId },
    /// Only the leader can do that.
    NotLeader(GroupName),
    /// Leave or claim: I am not in the group.
    NotInGroup(GroupName),
    /// Leave: a leader hands over or disbands.
    LeaderCannotLeave(GroupName),
    /// Deny a lead: the user who handed it over is no longer a member.
    FormerLeaderGone(GroupName),
    /// Claim: I lead the group.
    AlreadyLeader(GroupName),
    /// Claim: without a connection the leader may be online or not.
    ClaimOffline { leader: UserId },
    /// Claim: the leader has been seen within the last `days`.
    LeaderSeen { group: GroupName, leader: UserId, days: u64 },
    /// Claim: only the first member may, if there is one.
    NotFirstMember { group: GroupName, first: Option<UserId> },
    /// Drop: the row carries no message, or is not in the outbox.
    NotDroppable,
    /// Send again: no such message is in the outbox.
    NotInOutbox,
    /// Send again: the broker has not refused the message.
    NotRefused,
    /// Send again: the row was made under another topic prefix.
    UnreadableRow,
    /// Send again: the conversation is over.
    ConversationOver,
    /// Forget: it is my own id.
    ForgetSelf,
    /// Forget: there is no connection.
    ForgetOffline(UserId),
    /// Forget: the user is online.
    ForgetOnline(UserId),
    /// Forget: the broker keeps no presence of the user.
    ForgetUnknown(UserId),
}
