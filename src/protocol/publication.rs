//! What travels: a topic, a payload, and MQTT 5 properties, as plain data.

use serde::{Deserialize, Serialize};

use crate::domain::DeliveryFailure;

/// MQTT quality of service; papo uses no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Qos {
    /// 0: a hint that may get lost.
    AtMostOnce,
    /// 1: everything else.
    AtLeastOnce,
}

/// A publication on its way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The whole topic, with the prefix.
    pub topic: String,
    /// The plain text that was asked for.
    pub payload: Vec<u8>,
    /// Whether the broker keeps it for newcomers.
    pub retain: bool,
    /// How surely it must arrive.
    pub qos: Qos,
    /// MQTT's content type, where there is one.
    pub content_type: Option<String>,
    /// Seconds after which the broker may drop it.
    pub expiry: Option<u32>,
    /// User properties, in order.
    pub properties: Vec<(String, String)>,
}

impl Publication {
    /// A publication at `QoS` 1 that is not retained and has no properties.
    pub fn new(topic: impl Into<String>, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            retain: false,
            qos: Qos::AtLeastOnce,
            content_type: None,
            expiry: None,
            properties: Vec::new(),
        }
    }

    /// As it arrives at those who read it; `retained`: from the broker's memory.
    pub fn to_inbound(&self, retained: bool) -> Inbound {
        Inbound {
            topic: self.topic.clone(),
            payload: self.payload.clone(),
            retained,
            content_type: self.content_type.clone(),
            properties: self.properties.clone(),
        }
    }
}

/// A publication as it came in: hostile until parsed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inbound {
    /// The whole topic, with the prefix.
    pub topic: String,
    /// Any bytes.
    pub payload: Vec<u8>,
    /// Whether it was kept by the broker from before the subscription.
    pub retained: bool,
    /// MQTT's content type, where there is one.
    pub content_type: Option<String>,
    /// User properties, in order; names may repeat.
    pub properties: Vec<(String, String)>,
}

/// A subscription that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subscription {
    /// The topic filter, with the prefix.
    pub filter: String,
    /// Whether my own publications stay away.
    pub no_local: bool,
}

/// Names a delivery that the client still has to acknowledge (PUBACK). Epochs count connections, since
/// packet ids mean nothing beyond their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AckToken {
    /// The connection on which it came.
    pub epoch: u64,
    /// The MQTT packet identifier; 0 where nothing is to be acknowledged.
    pub packet: u16,
}

/// The ID of a row of the outbox. Rows leave in the order of their IDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowId(pub u64);

/// What the broker said of a publication (PUBACK reason codes, MQTT 5 §3.4.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PubOutcome {
    /// 0x00: taken.
    Taken,
    /// 0x10: taken, but nobody holds a subscription for it.
    NobodyListens,
    /// The broker will never take it.
    Refused(DeliveryFailure),
}
