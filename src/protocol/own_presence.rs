//! A look at an id before it is taken: the broker keeps the last announcement under it.

use super::{
    peer::Identity,
    publication::{Inbound, Subscription},
    topic::Topic,
    wire::{self, Content, TypedPublication},
};

/// Where the broker keeps what was last announced under an id, and from which installation one asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPresence(pub(super) Identity);

impl OwnPresence {
    /// What is to be subscribed to.
    pub fn subscription(&self) -> Subscription {
        Topic::Presence(self.0.me.clone()).subscription(&self.0.prefix)
    }

    /// What a retained publication on that topic says of the id. A presence without a device was typed by hand, and
    /// tells no more than that the id is used.
    pub fn holder(&self, inbound: &Inbound) -> Holder {
        let Ok(TypedPublication { topic: Topic::Presence(id), content, properties }) =
            wire::decode(&self.0.prefix, inbound)
        else {
            return Holder::Unknown;
        };
        match (content, properties.device) {
            (Content::Presence(user, _), _) if [&id, &user] != [&self.0.me; 2] => Holder::Unknown,
            (Content::Presence(_, false), _) => Holder::Nobody,
            (Content::Presence(_, true), Some(device)) if device != self.0.device => Holder::OtherDevice,
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
