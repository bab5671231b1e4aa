//! What the codec does not check.

use mqtt5_protocol::{
    packet::{FixedHeader, Packet, PacketType},
    protocol::v5::properties::{Properties, PropertyId, PropertyValue},
};

use super::{MAX_PROPERTIES, PacketError};

/// Checks a packet before it is decoded.
pub fn check(header: FixedHeader, body: &[u8], level: u8) -> Result<(), PacketError> {
    match header.packet_type {
        // From servers only; or AUTH, which belongs to an authentication that the broker does not offer.
        PacketType::ConnAck | PacketType::SubAck | PacketType::UnsubAck | PacketType::PingResp | PacketType::Auth => {
            return Err(PacketError::Protocol);
        }
        PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp
            if level < 5 && body.len() != 2 =>
        {
            return Err(PacketError::Malformed);
        }
        PacketType::Disconnect if level < 5 && !body.is_empty() => return Err(PacketError::Malformed),
        PacketType::Subscribe if level < 5 => check_subscribe_311(body)?,
        _ => {}
    }
    let properties = if level < 5 { None } else { properties_position(header, body) };
    match properties.map(|position| variable_int(&body[position..])) {
        Some(None) => Err(PacketError::Malformed),
        Some(Some(length)) if length > MAX_PROPERTIES => Err(PacketError::TooLarge),
        _ => Ok(()),
    }
}

/// Where the properties of a packet begin with their length; [`None`] if it has none, or ends before. Those of CONNECT
/// need no check, because it is small.
fn properties_position(header: FixedHeader, body: &[u8]) -> Option<usize> {
    let position = match header.packet_type {
        PacketType::Publish => {
            let topic = usize::from(u16::from_be_bytes(*body.first_chunk()?));
            let has_identifier = header.flags & 0b0110 != 0;
            2 + topic + if has_identifier { 2 } else { 0 }
        }
        PacketType::Subscribe | PacketType::Unsubscribe => 2,
        PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp => 3,
        PacketType::Disconnect => 1,
        _ => return None,
    };
    (position < body.len()).then_some(position)
}

/// A variable byte integer (§1.5.5); [`None`] if it is not complete.
fn variable_int(bytes: &[u8]) -> Option<usize> {
    let end = bytes.iter().take(4).position(|byte| byte & 0x80 == 0)?;
    Some(bytes[..=end].iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7F)))
}

/// MQTT 3.1.1 §3.8.3: after each filter comes a QoS of 0 to 2.
fn check_subscribe_311(body: &[u8]) -> Result<(), PacketError> {
    let mut rest = body.get(2..).ok_or(PacketError::Malformed)?;
    while let Some(length) = rest.first_chunk() {
        let qos_position = 2 + usize::from(u16::from_be_bytes(*length));
        match rest.get(qos_position) {
            Some(0..=2) => rest = &rest[qos_position + 1..],
            _ => return Err(PacketError::Malformed),
        }
    }
    Ok(())
}

/// Checks a decoded packet.
pub fn check_decoded(packet: &Packet, level: u8) -> Result<(), PacketError> {
    let (identifier, properties) = match packet {
        Packet::Connect(connect) => {
            let is_password_alone = connect.username.is_none() && connect.password.is_some();
            if level < 5 && is_password_alone {
                return Err(PacketError::Malformed);
            }
            check_properties(&connect.will_properties, is_of_will)?;
            (None, &connect.properties)
        }
        Packet::Publish(publish) => (publish.packet_id, &publish.properties),
        Packet::PubAck(ack) => (Some(ack.packet_id), &ack.properties),
        Packet::PubRec(ack) => (Some(ack.packet_id), &ack.properties),
        Packet::PubRel(ack) => (Some(ack.packet_id), &ack.properties),
        Packet::PubComp(ack) => (Some(ack.packet_id), &ack.properties),
        Packet::Subscribe(subscribe) => {
            let identifiers = subscribe.properties.get_all(PropertyId::SubscriptionIdentifier);
            if identifiers.is_some_and(|all| all.len() > 1) {
                return Err(PacketError::Protocol);
            }
            (Some(subscribe.packet_id), &subscribe.properties)
        }
        Packet::Unsubscribe(unsubscribe) => (Some(unsubscribe.packet_id), &unsubscribe.properties),
        Packet::Disconnect(disconnect) => (None, &disconnect.properties),
        _ => return Ok(()),
    };
    if identifier == Some(0) {
        return Err(PacketError::Protocol);
    }
    check_properties(properties, |id| is_of_packet(packet, id))
}

/// Properties that do not belong to the packet, or have a value that they must not have, are a protocol error.
fn check_properties(properties: &Properties, is_allowed: impl Fn(PropertyId) -> bool) -> Result<(), PacketError> {
    let is_valid = |(id, value): (PropertyId, &PropertyValue)| {
        is_allowed(id)
            && match (id, value) {
                (PropertyId::ReceiveMaximum, PropertyValue::TwoByteInteger(value)) => *value > 0,
                (PropertyId::MaximumPacketSize, PropertyValue::FourByteInteger(value))
                | (PropertyId::SubscriptionIdentifier, PropertyValue::VariableByteInteger(value)) => *value > 0,
                (_, PropertyValue::Byte(value)) => *value <= 1,
                _ => true,
            }
    };
    if properties.iter().all(is_valid) { Ok(()) } else { Err(PacketError::Protocol) }
}

/// Table 2-4 of MQTT 5, for packets from clients.
fn is_of_packet(packet: &Packet, id: PropertyId) -> bool {
    use PropertyId as Id;
    if id == Id::UserProperty {
        return true;
    }
    match packet {
        Packet::Connect(_) => matches!(
            id,
            Id::SessionExpiryInterval
                | Id::AuthenticationMethod
                | Id::AuthenticationData
                | Id::RequestProblemInformation
                | Id::RequestResponseInformation
                | Id::ReceiveMaximum
                | Id::TopicAliasMaximum
                | Id::MaximumPacketSize
        ),
        Packet::Publish(_) => id == Id::TopicAlias || (id != Id::WillDelayInterval && is_of_will(id)),
        Packet::Subscribe(_) => id == Id::SubscriptionIdentifier,
        Packet::PubAck(_) | Packet::PubRec(_) | Packet::PubRel(_) | Packet::PubComp(_) => id == Id::ReasonString,
        Packet::Disconnect(_) => matches!(id, Id::SessionExpiryInterval | Id::ReasonString),
        _ => false,
    }
}

fn is_of_will(id: PropertyId) -> bool {
    use PropertyId as Id;
    matches!(
        id,
        Id::WillDelayInterval
            | Id::PayloadFormatIndicator
            | Id::MessageExpiryInterval
            | Id::ContentType
            | Id::ResponseTopic
            | Id::CorrelationData
            | Id::UserProperty
    )
}
