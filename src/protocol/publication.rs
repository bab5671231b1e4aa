//! Publications and subscriptions as plain data, independent of the MQTT library.

use serde::{Deserialize, Serialize};

use crate::domain::DeliveryFailure;

/// The MQTT quality of service. papo does not use `QoS` 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Qos {
    /// `QoS` 0: for typing indicators, and for subscriptions to state that the broker retains.
    AtMostOnce,
    /// `QoS` 1: for everything else.
    AtLeastOnce,
}

/// An outgoing publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The whole topic, with the prefix.
    pub topic: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// The retain flag.
    pub retain: bool,
    /// The quality of service.
    pub qos: Qos,
    /// The MQTT content type, if there is one.
    pub content_type: Option<String>,
    /// The message expiry interval, in seconds (MQTT 5 §3.3.2.3.3); `None` for no expiry.
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

    /// The publication as a subscriber receives it; `retained`: with the retain flag.
    pub fn to_inbound(&self, retained: bool) -> Inbound {
        Inbound {
            topic: self.topic.clone(),
            payload: self.payload.clone(),
            retained,
            content_type: self.content_type.clone(),
            expiry: self.expiry,
            properties: self.properties.clone(),
        }
    }
}

/// An incoming publication. It is untrusted until it is decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inbound {
    /// The whole topic, with the prefix.
    pub topic: String,
    /// The payload, any bytes.
    pub payload: Vec<u8>,
    /// Whether the retain flag is set: the broker sends a stored message because of a new subscription.
    pub retained: bool,
    /// The MQTT content type, if there is one.
    pub content_type: Option<String>,
    /// How long it still counts, in seconds: the broker subtracts the time for which it kept the publication (MQTT 5
    /// §3.3.2.3.3). `None` for no expiry.
    pub expiry: Option<u32>,
    /// User properties, in order; names may repeat.
    pub properties: Vec<(String, String)>,
}

/// A subscription to request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subscription {
    /// The topic filter, with the prefix.
    pub filter: String,
    /// The *no local* option: the broker does not return my own publications.
    pub no_local: bool,
    /// The highest quality of service of its deliveries. At `QoS` 0 the broker queues nothing while I am away.
    pub qos: Qos,
}

/// Identifies a received publication that the client still has to acknowledge (PUBACK). A packet identifier is valid
/// only within its connection, so the token also counts connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AckToken {
    /// The number of the connection on which it was received.
    pub epoch: u64,
    /// The MQTT packet identifier; 0 if no acknowledgement is needed.
    pub packet: u16,
}

/// The ID of a row of the outbox. Rows are sent in the order of their IDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowId(pub u64);

/// The broker's answer to a publication (PUBACK Reason Codes, MQTT 5 §3.4.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PubOutcome {
    /// 0x00: success.
    Taken,
    /// 0x10: success, but there are no matching subscribers.
    NobodyListens,
    /// The broker refuses the publication for good.
    Refused(DeliveryFailure),
}
