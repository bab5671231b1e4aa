//! Who a peer is.

use std::time::Duration;

use crate::domain::UserId;

/// Who a peer is and how it names itself to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// My id.
    pub me: UserId,
    /// The installation: tells two logins of one id apart.
    pub device: String,
    /// Stands before every topic; empty or ending in `/`.
    pub prefix: String,
    /// For ids; from a random source.
    pub seed: u64,
    /// How long the leader of a group must not have been seen before its first member may take the lead.
    pub leader_gone_after: Duration,
    /// Whether the broker names the sender of each publication, as papo's own does for users with a password. On other
    /// brokers anybody could forge that property.
    pub names_senders: bool,
}

impl Identity {
    /// An identity without a prefix, on a broker that names no senders, with a fortnight for leaders to come back.
    pub fn new(me: UserId, device: impl Into<String>, seed: u64) -> Self {
        let leader_gone_after = Duration::from_secs(14 * 24 * 60 * 60);
        Self { me, device: device.into(), prefix: String::new(), seed, leader_gone_after, names_senders: false }
    }
}
