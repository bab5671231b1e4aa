//! Other people, as far as they are known.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Family, Timestamp, UserId};

/// Whether somebody is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Presence {
    /// Never announced itself.
    #[default]
    Unknown,
    /// Said that it is there, and has not said otherwise.
    Online,
    /// Said that it left, or the broker said so for it.
    Offline,
}

/// One other user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// Whether it is there.
    pub presence: Presence,
    /// Since when, where known.
    pub since: Option<Timestamp>,
    /// Speaks the whole protocol: its publications carry papo's properties. A plain peer is never
    /// asked for what it cannot know (receipts, numbers).
    pub is_papo: bool,
    /// The family of control topics on which it was last heard; a plain peer may listen to that one only.
    pub family: Option<Family>,
    /// When it was here last, as far as I can know; where I never saw it, when I first missed it.
    pub seen: Timestamp,
    /// Whether I do not want to hear of it.
    pub is_blocked: bool,
}

impl User {
    /// Somebody of whom only the name is known.
    pub fn new(id: UserId, now: Timestamp) -> Self {
        Self {
            id,
            presence: Presence::Unknown,
            since: None,
            is_papo: false,
            family: None,
            seen: now,
            is_blocked: false,
        }
    }

    /// Whether it is online.
    pub fn is_online(&self) -> bool {
        self.presence == Presence::Online
    }

    /// Whether it has been heard and is not known to be a papo: it has no ticks to give.
    pub fn is_plain(&self) -> bool {
        !self.is_papo && (self.presence != Presence::Unknown || self.family.is_some())
    }

    /// Whether nobody has seen it for `span`.
    pub fn is_gone(&self, now: Timestamp, span: Duration) -> bool {
        !self.is_online() && now.since(self.seen) >= span
    }
}
