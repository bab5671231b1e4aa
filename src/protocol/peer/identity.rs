//! The identity of a peer.

use std::time::Duration;

use crate::domain::UserId;

/// Who a peer is, and the settings that its rules depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// My ID.
    pub me: UserId,
    /// Distinguishes the installations of one user, 1 to 64 bytes. Published as the property `device`.
    pub device: String,
    /// The topic prefix; empty or ending in `/`.
    pub prefix: String,
    /// The seed for message IDs, from a random source.
    pub seed: u64,
    /// How long the leader of a group must be absent before its first member may take over the lead.
    pub leader_gone_after: Duration,
    /// How long my announcement that I am online counts, in whole seconds. I renew it before that.
    pub presence_expiry: Duration,
    /// The maximum size of a group whose members send receipts to each author. In a larger one, they report to the
    /// leader.
    pub counted_members: usize,
    /// Up to this number of known users and groups together, I follow all of them.
    pub directory_limit: usize,
}

impl Identity {
    /// An identity without a prefix. Leaders may be absent for 14 days, presence expires after 15 minutes, groups have
    /// receipts up to 32 members, and all of 500 users and groups are followed.
    pub fn new(me: UserId, device: impl Into<String>, seed: u64) -> Self {
        Self {
            me,
            device: device.into(),
            prefix: String::new(),
            seed,
            leader_gone_after: Duration::from_secs(14 * 24 * 60 * 60),
            presence_expiry: Duration::from_secs(15 * 60),
            counted_members: 32,
            directory_limit: 500,
        }
    }
}
