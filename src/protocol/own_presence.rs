//! A look at an id before it is taken: the broker keeps the last announcement under it.

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

    /// What a retained publication on that topic says of the id. A presence without a device was typed by hand, and
    /// tells no more than that the id is used.
    pub fn holder(&self, inbound: &Inbound) -> Holder {
        match wire::decode(&self.prefix, inbound) {
            Ok((Topic::Presence(id), Content::Presence(user, is_online), properties))
                if id == self.me && user == self.me =>
            {
                match properties.device {
                    _ if !is_online => Holder::Nobody,
                    Some(device) if device != self.device => Holder::OtherDevice,
                    _ => Holder::Unknown,
                }
            }
            _ => Holder::Unknown,
        }
    }
}

/// Who has an id, as its retained presence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The last to announce it has gone offline.
    Nobody,
    /// A papo on another installation is online with it.
    OtherDevice,
    /// There is no presence, or it does not tell: it is my own, or names no installation.
    Unknown,
}
