//! What a user is told in a line: a command that was carried out, or something that happened to their groups.

use crate::domain::{DeliveryFailure, GroupName, UserId};

/// Something that the user is told. Words for it are in `app::language`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "most names say it")]
pub enum Notice {
    /// Asked for a chat.
    Requested(UserId),
    /// Asked for a chat once more.
    RequestedAgain(UserId),
    /// Blocked a user.
    Blocked(UserId),
    /// Unblocked a user.
    Unblocked(UserId),
    /// Asked `leader` to let me in, who may be offline; `None` while the leader is not known.
    JoinRequested { group: GroupName, leader: Option<UserId>, is_offline: bool },
    /// Invited.
    Invited { group: GroupName, user: UserId },
    /// Let into a group that I lead.
    MemberAdded { group: GroupName, user: UserId },
    /// Removed from a group that I lead.
    MemberRemoved { group: GroupName, user: UserId },
    /// Handed over the lead.
    LeadHandedOver { group: GroupName, user: UserId },
    /// Gave the lead back to the user who had handed it over.
    LeadGivenBack { group: GroupName, user: UserId },
    /// Left a group.
    Left(GroupName),
    /// Disbanded a group that I led.
    Disbanded(GroupName),
    /// Two created the group; the other record won and mine is void.
    GroupLost(GroupName),
    /// The leader has handed the group to me.
    LeadReceived(GroupName),
    /// I led this group, and its first member has taken the lead while I was away for long.
    LeadTaken { group: GroupName, leader: UserId },
    /// The broker refuses these subscriptions; my control topic is not among them.
    SubscriptionsRefused(Vec<String>),
}

impl Notice {
    /// Whether something was lost or went wrong.
    pub fn is_warning(&self) -> bool {
        matches!(self, Self::GroupLost(_) | Self::LeadTaken { .. } | Self::SubscriptionsRefused(_))
    }
}

/// Why the presence of a user was not cleared, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotForgotten {
    /// The broker refuses it.
    Refused(DeliveryFailure),
    /// The connection ended before the broker answered.
    Disconnected,
}
