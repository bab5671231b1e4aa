//! Why a [`Command`](super::Command) is refused.

use crate::domain::{GroupName, TextError, UserId};

/// Why a command is refused; most comments begin with the command. `app::language` has the text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "most names say it")]
pub enum Refusal {
    /// Request a chat: it is my own ID.
    RequestToSelf,
    /// Accept or deny: the request is not waiting for my answer.
    RequestNotPending,
    /// Withdraw: it is not a pending request of mine.
    NotMyRequest,
    /// Withdraw: another user already leads this group.
    LeadHandedOver(GroupName),
    /// Block: it is my own ID.
    BlockSelf,
    /// Block: the user is already blocked.
    AlreadyBlocked(UserId),
    /// Unblock: the user is not blocked.
    NotBlocked(UserId),
    /// Request, send or end: I have blocked the other user.
    PeerBlocked(UserId),
    /// Send: `END` cannot be a reply or an edit.
    EndCannotBeReply,
    /// Send: there is no such conversation.
    NoConversation,
    /// Send: the text cannot be a message.
    InvalidText(TextError),
    /// Send: both have ended the session.
    SessionClosed,
    /// End: the session is not open.
    SessionNotOpen,
    /// End: I have already proposed it; the other user has not agreed yet.
    AlreadyEnded,
    /// Send: I have left the group.
    GroupLeft,
    /// Send: the leader has removed me.
    GroupRemoved,
    /// Send: the leader has disbanded the group.
    GroupDisbanded,
    /// Create: without a connection it is unknown whether the name is free.
    CreateOffline,
    /// Create: the name is taken. `leader` is `None` if unknown.
    GroupExists { group: GroupName, leader: Option<UserId> },
    /// Join: no such group is known.
    NoGroup(GroupName),
    /// Join: no such group is known, but without a connection it may exist.
    NoGroupOffline(GroupName),
    /// Create or join: I am already in the group.
    AlreadyJoined(GroupName),
    /// Invite: I am not in the group.
    InviteByOutsider(GroupName),
    /// Invite: the user is already in the group.
    AlreadyMember { group: GroupName, user: UserId },
    /// Remove or hand over: the user is not a member.
    NotMember { group: GroupName, user: UserId },
    /// Only the leader may do this.
    NotLeader(GroupName),
    /// Leave or claim: I am not in the group.
    NotInGroup(GroupName),
    /// Leave or remove oneself: a leader must first hand over or disband the group.
    LeaderCannotLeave(GroupName),
    /// Deny a lead: the user who handed it to me is no longer a member.
    FormerLeaderGone(GroupName),
    /// Create, claim or hand over to oneself: I already lead the group.
    AlreadyLeader(GroupName),
    /// Claim: without a connection it is unknown whether the leader is online.
    ClaimOffline { leader: UserId },
    /// Claim: the broker lets only the leader hand over the lead.
    ClaimNotAllowed(GroupName),
    /// Claim: the leader has been seen within the last `days`.
    LeaderSeen { group: GroupName, leader: UserId, days: u64 },
    /// Claim: only the `first` member may; `None` if there are no members.
    NotFirstMember { group: GroupName, first: Option<UserId> },
    /// Drop: the row carries no message, or is not in the outbox.
    NotDroppable,
    /// Send again: no such message is in the outbox.
    NotInOutbox,
    /// Send again: the broker has not refused the message.
    NotRefused,
    /// Send again: the row was created with another topic prefix, so papo cannot read it.
    UnreadableRow,
    /// Send again: the conversation has ended, or I have left the group.
    ConversationOver,
    /// Forget: it is my own ID.
    ForgetSelf,
    /// Forget: there is no connection.
    ForgetOffline(UserId),
    /// Forget: the user is online.
    ForgetOnline(UserId),
    /// Forget: no presence of the user is known.
    ForgetUnknown(UserId),
}
