//! What others can make me publish again and again, each with a rate limit of its own.

use crate::domain::{ConversationId, GroupName, MessageId, UserId};

/// What I publish when a peer repeats a publication of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Repetition {
    /// The answer to a request.
    Answer(MessageId),
    /// A `RESEND` for what I am missing of a user in a conversation.
    Rest(ConversationId, UserId),
    /// A `RESEND` for what is missing in another store of a user.
    OtherStore(ConversationId, UserId),
    /// The subscription to a closed session, and a receipt.
    Reopening(ConversationId),
    /// `LEAVE` for a group that I have left.
    Leave(GroupName),
    /// The announcement that I am a member of a group without a record.
    Joined(GroupName),
    /// The record of a group that I lead, which somebody has removed.
    Record(GroupName),
    /// The record of a group, to a user who does not have it.
    RecordTo(GroupName, UserId),
    /// All that a user who has come online may have missed.
    Greeting(UserId),
}
