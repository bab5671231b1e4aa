//! What the broker keeps on disk, and each change to it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{super::access::SavedGroup, message::Message};
use crate::domain::{GroupName, UserId};

/// A change to the broker's saved state. A later change to the same thing replaces an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The session of this client ID; [`None`] when it has ended. Its queue ends with it, in changes of their own.
    Session(Arc<str>, Option<SavedSession>),
    /// An entry in the queue of the session with this number.
    Queued {
        /// [`SavedSession::number`].
        session: u64,
        /// The position in the queue: entries are delivered in this order.
        position: u64,
        /// [`None`] when the entry is gone.
        entry: Option<SavedEntry>,
    },
    /// A message that queues or retained messages refer to, by [`Message::id`].
    Message(u64, Option<Arc<Message>>),
    /// The retained message of this topic, by [`Message::id`].
    Retained(Box<str>, Option<u64>),
    /// What is known of a group besides its record.
    Group(GroupName, Option<SavedGroup>),
}

/// A session that outlives its connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSession {
    /// Unique among the sessions.
    pub number: u64,
    /// The login that the session belongs to; [`None`] on a broker without users.
    pub login: Option<UserId>,
    /// When it ends unless its client returns, in time since the Unix epoch; [`None`]: while connected, or never.
    pub ends: Option<Duration>,
    /// How long it outlives its connection, in seconds; `u32::MAX` is for ever.
    pub expiry: u32,
    /// The subscriptions by filter.
    pub subscriptions: BTreeMap<String, SavedSubscription>,
    /// The packet identifiers of QoS 2 publications from the client that it has not released yet.
    pub unreleased: Vec<u16>,
    /// What is published when the connection breaks, the broker's end included, unless the client returns.
    pub will: Option<SavedWill>,
}

/// A last will (MQTT 5 §3.1.2.5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedWill {
    /// A valid topic name.
    pub topic: String,
    /// Content.
    pub payload: Vec<u8>,
    /// [`Message::properties`].
    pub properties: Vec<u8>,
    /// 0 to 2.
    pub qos: u8,
    /// Whether it is a retained message.
    pub retain: bool,
    /// How long it waits for the client to return, in seconds.
    pub delay: u32,
    /// How long it lasts once published, in seconds.
    pub expiry: Option<u32>,
}

/// The options of a subscription.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSubscription {
    /// The highest QoS of deliveries, 0 to 2.
    pub qos: u8,
    /// Whether the client's own publications are left out.
    pub no_local: bool,
    /// Whether deliveries keep the retain flag of the publication.
    pub retain_as_published: bool,
    /// The subscription identifier, 1 to 268,435,455.
    pub identifier: Option<u32>,
}

/// A message in a queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedEntry {
    /// [`Message::id`].
    pub message: u64,
    /// The QoS of the delivery, 1 or 2.
    pub qos: u8,
    /// Whether the delivery carries the retain flag.
    pub retain: bool,
    /// The identifiers of the subscriptions that it matches.
    pub identifiers: Vec<u32>,
    /// The packet identifier, once it was sent.
    pub packet: Option<u16>,
    /// Whether the client has received it and PUBREL is next; only for QoS 2.
    pub is_received: bool,
}

/// The broker's state as it was saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// Since when there is this state, in time since the Unix epoch. What the broker knew before is lost.
    pub since: Duration,
    /// By client ID.
    pub sessions: BTreeMap<Arc<str>, SavedSession>,
    /// By session number and position.
    pub queues: BTreeMap<(u64, u64), SavedEntry>,
    /// By [`Message::id`].
    pub messages: BTreeMap<u64, Arc<Message>>,
    /// The [`Message::id`] by topic.
    pub retained: BTreeMap<Box<str>, u64>,
    /// The groups about which something is known besides the record.
    pub groups: BTreeMap<GroupName, SavedGroup>,
}
