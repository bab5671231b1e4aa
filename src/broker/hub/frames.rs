//! Packets that the broker sends, as bytes.

use bytes::{BufMut, Bytes, BytesMut};
use mqtt5_protocol::{
    QoS,
    encoding::encode_variable_int,
    packet::{MqttPacket, PacketType},
    protocol::v5::properties::{Properties, PropertyId, PropertyValue},
};

use super::message::Message;
use crate::{
    domain::UserId,
    protocol::{GROUP_SINCE, KnownSince, SENDER},
};

/// The level of the protocol that a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// MQTT 3.1.1.
    V4,
    V5,
}

/// The properties of a publication that belong to a message: see [`Message::properties`]. `sender` is the login of
/// the publisher, and `since` is when the broker learnt of the group that it is about; what a client claims about them is
/// left out.
pub(super) fn message_properties(properties: &Properties, sender: Option<&UserId>, since: Option<KnownSince>) -> Bytes {
    let mut bytes = BytesMut::new();
    for (id, value) in properties.iter() {
        match (id, value) {
            (PropertyId::UserProperty, PropertyValue::Utf8StringPair(name, value)) if !is_own(name) => {
                put_pair(&mut bytes, name, value);
            }
            (PropertyId::PayloadFormatIndicator, PropertyValue::Byte(value)) => {
                bytes.put_u8(id as u8);
                bytes.put_u8(*value);
            }
            (PropertyId::ContentType | PropertyId::ResponseTopic, PropertyValue::Utf8String(text)) => {
                bytes.put_u8(id as u8);
                put_string(&mut bytes, text.as_bytes());
            }
            (PropertyId::CorrelationData, PropertyValue::BinaryData(data)) => {
                bytes.put_u8(id as u8);
                put_string(&mut bytes, data);
            }
            _ => {}
        }
    }
    if let Some(sender) = sender {
        put_pair(&mut bytes, SENDER, sender.as_str());
    }
    if let Some(since) = since {
        put_pair(&mut bytes, GROUP_SINCE, &since.to_string());
    }
    bytes.freeze()
}

/// Whether only the broker sets this user property.
fn is_own(name: &str) -> bool {
    [SENDER, GROUP_SINCE].contains(&name)
}

/// The message with the group that it is about.
pub(super) fn with_group_since(message: &Message, since: KnownSince) -> Message {
    let mut properties = BytesMut::from(&message.properties[..]);
    put_pair(&mut properties, GROUP_SINCE, &since.to_string());
    Message { properties: properties.freeze(), ..message.clone() }
}

fn put_pair(bytes: &mut BytesMut, name: &str, value: &str) {
    bytes.put_u8(PropertyId::UserProperty as u8);
    put_string(bytes, name.as_bytes());
    put_string(bytes, value.as_bytes());
}

/// A string or binary data of MQTT, which was one in a packet before, so that its length fits.
fn put_string(bytes: &mut BytesMut, text: &[u8]) {
    bytes.put_u16(u16::try_from(text.len()).expect("MQTT's strings are shorter than 64 KiB"));
    bytes.put_slice(text);
}

/// What a delivery adds to its message.
#[derive(Debug)]
pub(super) struct Delivery<'a> {
    pub(super) level: Level,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    pub(super) is_again: bool,
    /// The packet identifier; 0 for QoS 0.
    pub(super) packet: u16,
    pub(super) identifiers: &'a [u32],
    /// How long until the message expires, in seconds.
    pub(super) expiry: Option<u32>,
}

/// The longest that a packet can be after its fixed header (MQTT 5 §2.1.4), in bytes.
const MAX_LENGTH: usize = 268_435_455;

/// PUBLISH without its payload, which follows. The second value is the size of the whole packet. [`None`] if that is more
/// than a packet can have: a delivery may have more properties than the publication.
pub(super) fn publish(message: &Message, delivery: &Delivery<'_>) -> Option<(Bytes, usize)> {
    let mut extra = BytesMut::new();
    if let Some(expiry) = delivery.expiry {
        extra.put_u8(PropertyId::MessageExpiryInterval as u8);
        extra.put_u32(expiry);
    }
    for &identifier in delivery.identifiers {
        extra.put_u8(PropertyId::SubscriptionIdentifier as u8);
        put_number(&mut extra, identifier);
    }
    let longest = message.size() + extra.len() + 16;
    if longest > MAX_LENGTH {
        return None;
    }
    let mut body = BytesMut::with_capacity(message.topic.len() + message.properties.len() + extra.len() + 12);
    put_string(&mut body, message.topic.as_bytes());
    if delivery.qos != QoS::AtMostOnce {
        body.put_u16(delivery.packet);
    }
    if delivery.level == Level::V5 {
        put_number(&mut body, size(message.properties.len() + extra.len()));
        body.put_slice(&message.properties);
        body.put_slice(&extra);
    }
    let mut head = BytesMut::with_capacity(body.len() + 5);
    let flags = u8::from(delivery.is_again) << 3 | u8::from(delivery.qos) << 1 | u8::from(delivery.retain);
    head.put_u8((PacketType::Publish as u8) << 4 | flags);
    put_number(&mut head, size(body.len() + message.payload.len()));
    head.put_slice(&body);
    let whole = head.len() + message.payload.len();
    Some((head.freeze(), whole))
}

fn size(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// A variable byte integer (MQTT 5 §1.5.5).
fn put_number(bytes: &mut BytesMut, number: u32) {
    encode_variable_int(bytes, number).expect("packets are smaller than MQTT's limit of 256 MiB");
}

/// PUBACK, PUBREC, PUBREL or PUBCOMP.
pub(super) fn acknowledgement(kind: PacketType, packet: u16, reason: u8, level: Level) -> Bytes {
    let flags = if kind == PacketType::PubRel { 2 } else { 0 };
    let mut bytes = BytesMut::with_capacity(5);
    bytes.put_u8((kind as u8) << 4 | flags);
    let has_reason = reason != 0 && level == Level::V5;
    bytes.put_u8(2 + u8::from(has_reason));
    bytes.put_u16(packet);
    if has_reason {
        bytes.put_u8(reason);
    }
    bytes.freeze()
}

/// DISCONNECT, which only MQTT 5 knows. With the length of its properties, without which some clients do not read it.
pub(super) fn disconnect(reason: u8) -> Bytes {
    Bytes::copy_from_slice(&[(PacketType::Disconnect as u8) << 4, 2, reason, 0])
}

/// Any other packet.
pub(super) fn packet(packet: &impl MqttPacket) -> Bytes {
    let mut bytes = BytesMut::new();
    packet.encode(&mut bytes).expect("the broker's own packets are small");
    bytes.freeze()
}
