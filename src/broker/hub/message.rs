//! A publication inside the broker.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use mqtt5_protocol::{QoS, protocol::v5::properties::PropertyId};

use crate::broker::access::record_of;

/// About the memory that a message needs besides its content, in bytes.
const OVERHEAD: usize = 300;
/// About the memory that the broker needs to know one member of a group, in bytes.
const MEMBER: usize = 64;

/// A publication that the broker has accepted. Queues and retained messages share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Unique among the messages in queues and the retained ones.
    pub id: u64,
    /// A valid topic name.
    pub topic: Box<str>,
    /// Content.
    pub payload: Bytes,
    /// The properties that every subscriber gets, encoded as in MQTT 5 §2.2.2.2 without the length: not the expiry
    /// interval, the topic alias or subscription identifiers.
    pub properties: Bytes,
    /// The QoS with which it was published.
    pub qos: QoS,
    /// Whether it was published as a retained message, which the next one on its topic replaces.
    pub is_state: bool,
    /// When it expires, in time since the Unix epoch.
    pub expires: Option<Duration>,
    /// Whose quota it counts against: the login of its publisher, or the client ID on a broker without users.
    pub account: Arc<str>,
}

impl Message {
    /// Its size in bytes.
    pub fn size(&self) -> usize {
        self.topic.len() + self.properties.len() + self.payload.len()
    }

    /// What it counts for in quotas, in bytes: with the memory that a message of any size needs.
    pub fn cost(&self) -> usize {
        self.size() + OVERHEAD
    }

    /// What it counts for while it is retained, in bytes. The broker knows all members of a group, and their IDs may be
    /// short.
    pub fn retained_cost(&self) -> usize {
        let is_record = record_of(&self.topic).is_some();
        let members = if is_record { self.payload.split(|byte| *byte == b' ').skip(1).count() } else { 0 };
        self.cost() + members * MEMBER
    }

    /// Whether it has a user property `id` that is not empty. papo repeats it when it publishes a message again; without
    /// one, each publication is a message of its own.
    pub fn has_id(&self) -> bool {
        self.user_property("id").is_some_and(|id| !id.is_empty())
    }

    /// The value of its first user property of this name.
    pub fn user_property(&self, wanted: &str) -> Option<&[u8]> {
        let mut rest: &[u8] = &self.properties;
        while let Some((&property, value)) = rest.split_first() {
            if property == PropertyId::PayloadFormatIndicator as u8 {
                rest = value.get(1..)?;
                continue;
            }
            let (name, after) = string(value)?;
            rest = after;
            if property == PropertyId::UserProperty as u8 {
                let (value, after) = string(rest)?;
                if name == wanted.as_bytes() {
                    return Some(value);
                }
                rest = after;
            }
        }
        None
    }

    /// Whether it has expired at this time since the Unix epoch.
    pub fn is_expired(&self, now: Duration) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }
}

/// A string at the beginning of these properties, and the rest.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}
