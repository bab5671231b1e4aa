//! Other users.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ControlTopic, Timestamp, UserId};

/// Whether a user is online.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Presence {
    /// Never announced.
    #[default]
    Unknown,
    /// Announced as online, and not as offline since.
    Online,
    /// Announced as offline, by themselves or by their last will.
    Offline,
}

/// Another user, as far as this machine knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Identifies them on the broker.
    pub id: UserId,
    /// Their last announced presence.
    pub presence: Presence,
    /// Since when they have this presence, if known.
    pub since: Option<Timestamp>,
    /// Whether they use papo: their publications have its properties. A plain client is never asked for receipts or
    /// sequence numbers.
    pub is_papo: bool,
    /// The control topic they used last; a plain client may listen only to that one.
    pub control_topic: Option<ControlTopic>,
    /// When they were last seen online. If never, when this machine first knew of them.
    pub seen: Timestamp,
    /// Whether I have blocked them.
    pub is_blocked: bool,
}

impl User {
    /// A user of whom only the ID is known.
    pub fn new(id: UserId, now: Timestamp) -> Self {
        Self {
            id,
            presence: Presence::Unknown,
            since: None,
            is_papo: false,
            control_topic: None,
            seen: now,
            is_blocked: false,
        }
    }

    /// Whether the last announcement was online.
    pub fn is_online(&self) -> bool {
        self.presence == Presence::Online
    }

    /// Whether they use a plain client, which sends no receipts. False as long as they have published nothing.
    pub fn is_plain(&self) -> bool {
        !self.is_papo && (self.presence != Presence::Unknown || self.control_topic.is_some())
    }

    /// Whether they are not online and were last seen at least `span` ago.
    pub fn is_gone(&self, now: Timestamp, span: Duration) -> bool {
        !self.is_online() && now.since(self.seen) >= span
    }
}
