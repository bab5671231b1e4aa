//! A check of the retained presence of an ID, before papo connects with that ID.

use super::{
    peer::Identity,
    publication::{Inbound, Subscription},
    topic::Topic,
    wire::{self, Content, TypedPublication},
};

/// Checks who uses my ID, by its retained presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPresence(pub(super) Identity);

impl OwnPresence {
    /// The subscription to the retained presence.
    pub fn subscription(&self) -> Subscription {
        Topic::Presence(self.0.me.clone()).subscription(&self.0.prefix)
    }

    /// Who has the ID, according to a retained publication on that topic. A presence without `device` was typed by hand
    /// and does not say who is online.
    pub fn holder(&self, inbound: &Inbound) -> Holder {
        let Ok(TypedPublication { content: Content::Presence(user, is_online), properties, .. }) =
            wire::decode(&self.0.prefix, inbound)
        else {
            return Holder::Unknown;
        };
        match properties.device {
            _ if user != self.0.me => Holder::Unknown,
            _ if !is_online => Holder::Nobody,
            Some(device) if device != self.0.device => Holder::OtherDevice,
            _ => Holder::Unknown,
        }
    }
}

/// Who has an ID, according to its retained presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The presence is `offline`.
    Nobody,
    /// A papo of another installation is online.
    OtherDevice,
    /// There is no valid presence, or it does not say: it is from this installation, or names none.
    Unknown,
}
