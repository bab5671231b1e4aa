//! One-line notices for the user: a command has been carried out, or something has happened to their groups.

use crate::domain::{DeliveryFailure, GroupName, UserId};

/// A notice for the user. `app::language` has its text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "most names say it")]
pub enum Notice {
    /// I have requested a chat.
    Requested(UserId),
    /// I have repeated a request for a chat.
    RequestedAgain(UserId),
    /// I have blocked a user.
    Blocked(UserId),
    /// I have unblocked a user.
    Unblocked(UserId),
    /// I have asked `leader` to let me into the group. `leader` is `None` if unknown; `is_offline`: the leader uses
    /// papo and is not known to be online; `is_invited`: I have accepted an invitation.
    JoinRequested { group: GroupName, leader: Option<UserId>, is_offline: bool, is_invited: bool },
    /// I have invited a user into a group.
    Invited { group: GroupName, user: UserId },
    /// I have let a user into a group that I lead.
    MemberAdded { group: GroupName, user: UserId },
    /// I have removed a user from a group that I lead.
    MemberRemoved { group: GroupName, user: UserId },
    /// I have handed the lead to a member.
    LeadHandedOver { group: GroupName, user: UserId },
    /// I have given the lead back to the user who had handed it to me.
    LeadGivenBack { group: GroupName, user: UserId },
    /// I have left a group.
    Left(GroupName),
    /// I have disbanded a group that I led.
    Disbanded(GroupName),
    /// The leader has removed me from a group.
    RemovedFrom { group: GroupName, leader: UserId },
    /// The leader has disbanded a group that I was in.
    DisbandedBy { group: GroupName, leader: UserId },
    /// Another group has the name of one that I was in, which has ended unnoticed.
    GroupReplaced(GroupName),
    /// Another user created a group of the same name at the same time. Their record won the tie-break, so mine is void.
    LostTieBreak(GroupName),
    /// The broker does not know the group: it has lost its data. My messages wait until the leader's papo has published
    /// the record again.
    GroupUnknownToBroker(GroupName),
    /// The broker does not accept the record of a group that I lead: another group has its name. My messages wait.
    GroupNameTaken(GroupName),
    /// The leader has made me the leader.
    LeadReceived(GroupName),
    /// I led this group. Its first member has taken over the lead because I was away too long.
    LeadTaken { group: GroupName, leader: UserId },
    /// What this user's papo publishes arrives without its properties, as over a bridge between brokers that uses MQTT
    /// 3.1.1. Sent once in a run.
    PropertiesLost(UserId),
    /// The broker refuses the subscriptions to these topic filters. My control topic is not among them.
    SubscriptionsRefused(Vec<String>),
}

impl Notice {
    /// Whether the user has lost something: a group, a lead, receipts or subscriptions.
    pub fn is_warning(&self) -> bool {
        matches!(
            self,
            Self::LostTieBreak(_)
                | Self::LeadTaken { .. }
                | Self::RemovedFrom { .. }
                | Self::DisbandedBy { .. }
                | Self::GroupReplaced(_)
                | Self::GroupNameTaken(_)
                | Self::PropertiesLost(_)
                | Self::SubscriptionsRefused(_)
        )
    }
}

/// Why papo does not know that a user's retained presence was cleared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotForgotten {
    /// The broker refuses the publication.
    Refused(DeliveryFailure),
    /// The connection ended before the broker answered.
    Disconnected,
}
