//! Whether an id is free, to be seen before it is taken: the broker keeps who announced it last.

use super::{
    publication::{Inbound, Subscription},
    topic::Topic,
    wire::{self, Content},
};
use crate::domain::UserId;

/// Where the broker keeps what was last announced under an id, and from which installation one asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPresence {
    pub(super) me: UserId,
    pub(super) device: String,
    pub(super) prefix: String,
}

impl OwnPresence {
    /// What is to be subscribed to.
    pub fn subscription(&self) -> Subscription {
        Subscription { filter: Topic::Presence(self.me.clone()).name(&self.prefix), no_local: false }
    }

    /// Whether this says that the id is online on another installation. Who states none types by hand, and says no
    /// more than that the id is used.
    pub fn is_elsewhere(&self, inbound: &Inbound) -> bool {
        match wire::decode(&self.prefix, inbound) {
            Ok((Topic::Presence(id), Content::Presence(user, true), properties)) => {
                id == self.me && user == self.me && properties.device.is_some_and(|device| device != self.device)
            }
            _ => false,
        }
    }
}
