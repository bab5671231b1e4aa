//! From bytes to MQTT packets. Everything here is hostile until it has become a [`Packet`].

mod check;

use bytes::{Buf, Bytes};
use mqtt5_protocol::{
    error::MqttError,
    packet::{FixedHeader, Packet, PacketType},
    types::ReasonCode,
};
use thiserror::Error;

use check::check;

/// The largest size of properties in a packet, in bytes. They take several times the space when decoded.
const MAX_PROPERTIES: usize = 64 * 1024;
/// The largest SUBSCRIBE or UNSUBSCRIBE, in bytes. It also takes several times the space when decoded.
const MAX_SUBSCRIBE: usize = 256 * 1024;
/// The largest packet of all other types but PUBLISH, in bytes: little more than its properties.
const MAX_OTHER: usize = MAX_PROPERTIES + 1024;
/// The longest fixed header: type and flags, and a length of at most four bytes.
const MAX_FIXED_HEADER: usize = 5;

/// Why a client's bytes are no packet that the broker accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PacketError {
    /// The bytes are not as the standard says.
    #[error("malformed packet")]
    Malformed,
    /// The standard forbids this packet here, or a value in it.
    #[error("protocol error")]
    Protocol,
    /// The packet exceeds a limit of the broker.
    #[error("packet too large")]
    TooLarge,
}

impl PacketError {
    /// The reason code of MQTT 5 (§2.4).
    pub const fn reason(self) -> ReasonCode {
        match self {
            Self::Malformed => ReasonCode::MalformedPacket,
            Self::Protocol => ReasonCode::ProtocolError,
            Self::TooLarge => ReasonCode::PacketTooLarge,
        }
    }
}

impl From<MqttError> for PacketError {
    fn from(error: MqttError) -> Self {
        match error {
            MqttError::ProtocolError(_) | MqttError::DuplicatePropertyId(_) => Self::Protocol,
            MqttError::PacketTooLarge { .. } => Self::TooLarge,
            _ => Self::Malformed,
        }
    }
}

/// A packet that is not decoded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPacket {
    header: FixedHeader,
    body: Bytes,
}

impl RawPacket {
    /// Whether it is CONNECT.
    pub fn is_connect(&self) -> bool {
        self.header.packet_type == PacketType::Connect
    }

    /// The protocol level of a CONNECT packet: 3 for MQTT 3.1, 4 for 3.1.1, 5 for 5.
    pub fn protocol_level(&self) -> Result<u8, PacketError> {
        protocol_level(&self.body).ok_or(PacketError::Malformed)
    }

    /// Decodes the packet of a client that speaks MQTT 3.1.1 (level 4) or MQTT 5 (level 5).
    pub fn decode(self, level: u8) -> Result<Packet, PacketError> {
        let Self { header, mut body } = self;
        check(header, &body, level)?;
        let packet = Packet::decode_from_body_with_version(header.packet_type, &header, &mut body, level)?;
        if body.has_remaining() {
            return Err(PacketError::Malformed);
        }
        check::check_decoded(&packet, level)?;
        Ok(packet)
    }
}

/// The protocol level in the first bytes of the body of CONNECT; [`None`] if they are not of MQTT.
pub fn protocol_level(body: &[u8]) -> Option<u8> {
    let rest = body.strip_prefix(b"\0\x04MQTT").or_else(|| body.strip_prefix(b"\0\x06MQIsdp"));
    rest.and_then(|rest| rest.first().copied())
}

/// Splits a stream of bytes into packets. Holds memory only while a packet is incomplete, and no more than has arrived
/// of it, up to a factor of two.
#[derive(Debug, Default)]
pub struct Splitter {
    /// The fixed header so far.
    header: [u8; MAX_FIXED_HEADER],
    header_len: usize,
    /// The packet of which the body is incomplete.
    incomplete: Option<Box<Incomplete>>,
}

#[derive(Debug)]
struct Incomplete {
    header: FixedHeader,
    body: Vec<u8>,
}

impl Splitter {
    /// Takes bytes off `input`, up to the end of the next packet. [`None`] once all of it is taken. `limit` is the
    /// largest packet, in bytes. After an error the stream is useless.
    pub fn next(&mut self, input: &mut &[u8], limit: usize) -> Result<Option<RawPacket>, PacketError> {
        if self.incomplete.is_none() {
            let Some(header) = self.read_header(input)? else { return Ok(None) };
            let length = usize::try_from(header.remaining_length).map_err(|_| PacketError::TooLarge)?;
            check_length(header.packet_type, header.encoded_len() + length, limit)?;
            if let Some((body, rest)) = input.split_at_checked(length) {
                *input = rest;
                // A copy of its own, so that a payload that is kept holds no other packets in memory.
                return Ok(Some(RawPacket { header, body: Bytes::copy_from_slice(body) }));
            }
            self.incomplete = Some(Box::new(Incomplete { header, body: Vec::new() }));
        }
        let Some(incomplete) = &mut self.incomplete else { return Ok(None) };
        let length = incomplete.header.remaining_length as usize;
        let body = &mut incomplete.body;
        let (part, rest) = input.split_at(input.len().min(length - body.len()));
        *input = rest;
        if body.capacity() - body.len() < part.len() {
            // At the end the capacity is just the length.
            let wanted = (body.len() + part.len()).max(2 * body.len()).min(length);
            body.reserve_exact(wanted - body.len());
        }
        body.extend_from_slice(part);
        if body.len() < length {
            return Ok(None);
        }
        let complete = self.incomplete.take().map(|incomplete| *incomplete);
        Ok(complete.map(|Incomplete { header, body }| RawPacket { header, body: body.into() }))
    }

    /// How many bytes of an incomplete packet are missing; 0 between packets.
    pub fn missing(&self) -> usize {
        self.incomplete.as_ref().map_or(0, |packet| packet.header.remaining_length as usize - packet.body.len())
    }

    /// Reads the fixed header (§2.1). [`None`] if it is incomplete.
    fn read_header(&mut self, input: &mut &[u8]) -> Result<Option<FixedHeader>, PacketError> {
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            self.header[self.header_len] = byte;
            self.header_len += 1;
            if self.header_len == 1 || (byte & 0x80 != 0 && self.header_len < MAX_FIXED_HEADER) {
                continue;
            }
            let header = FixedHeader::decode(&mut &self.header[..self.header_len])?;
            self.header_len = 0;
            // A length must be as short as possible (§1.5.5).
            if !header.validate_flags() || (byte == 0 && header.remaining_length > 0) {
                return Err(PacketError::Malformed);
            }
            return Ok(Some(header));
        }
        Ok(None)
    }
}

fn check_length(packet_type: PacketType, length: usize, limit: usize) -> Result<(), PacketError> {
    let limit = match packet_type {
        PacketType::Publish | PacketType::Connect => limit,
        PacketType::Subscribe | PacketType::Unsubscribe => limit.min(MAX_SUBSCRIBE),
        _ => limit.min(MAX_OTHER),
    };
    if length > limit { Err(PacketError::TooLarge) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
