//! The tables of the saved state, and a message as a row of chunks.
//!
//! ```text
//! meta      name               → number; `layout` is the version of these tables, and `since` is when the file was
//!                                created, in milliseconds since the Unix epoch
//! sessions  client ID          → SavedSession
//! queues    session, position  → SavedEntry
//! messages  message, chunk     → a part of the message: the length of the framed header, the header, the properties
//!                                and the payload, one after the other
//! retained  topic              → message
//! groups    name               → SavedGroup
//! ```
//!
//! A value of type [`Stored`] is framed with a checksum over itself and its location. The header of a message has the
//! checksum of the rest. `retained` has none: the message has the topic as well.

use std::{sync::Arc, time::Duration};

use bytes::{Buf as _, Bytes};
use mqtt5_protocol::QoS;
use redb::{Table, TableDefinition};
use serde::{Deserialize, Serialize};

use super::super::{
    access::SavedGroup,
    hub::{Message, SavedEntry, SavedSession},
};
use crate::store::{
    CodecError, StoreError,
    codec::{Location, Stored, decode, encode},
    tables::TypedTable,
};

pub(super) const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
/// The key of [`META`] for [`Saved::since`](super::super::hub::Saved::since).
pub(super) const SINCE: &str = "since";
pub(super) const SESSIONS: TypedTable<&str, SavedSession> = TypedTable::new("sessions");
pub(super) const QUEUES: TypedTable<(u64, u64), SavedEntry> = TypedTable::new("queues");
pub(super) const MESSAGES: TableDefinition<(u64, u32), &[u8]> = TableDefinition::new("messages");
pub(super) const RETAINED: TableDefinition<&str, u64> = TableDefinition::new("retained");
pub(super) const GROUPS: TypedTable<&str, SavedGroup> = TypedTable::new("groups");

/// The size of a chunk in bytes. A page of 4096 bytes holds four of them with their keys; a value that needs a page of
/// its own would leave up to half of the page unused.
pub(super) const CHUNK: usize = 1000;

impl Stored for SavedSession {}
impl Stored for SavedEntry {}
impl Stored for SavedGroup {}

/// A message without its properties and payload.
#[derive(Serialize, Deserialize)]
struct MessageHeader {
    topic: String,
    account: String,
    qos: u8,
    is_state: bool,
    expires: Option<Duration>,
    /// The length of the properties in bytes.
    properties: usize,
    /// The length of the payload in bytes.
    payload: usize,
    /// The CRC-32 of properties and payload.
    sum: u32,
}

impl Stored for MessageHeader {}

fn sum(properties: &[u8], payload: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(properties);
    sum.update(payload);
    sum.finalize()
}

/// All chunks of a message, one after the other.
pub(super) fn encode_message(message: &Message) -> Result<Vec<u8>, CodecError> {
    let header = MessageHeader {
        topic: message.topic.to_string(),
        account: message.account.to_string(),
        qos: message.qos.into(),
        is_state: message.is_state,
        expires: message.expires,
        properties: message.properties.len(),
        payload: message.payload.len(),
        sum: sum(&message.properties, &message.payload),
    };
    let header = encode(Location { table: "messages", key: &message.id.to_le_bytes() }, &header)?;
    let len = u32::try_from(header.len()).map_err(|_| CodecError::TooLong)?;
    Ok([&len.to_le_bytes()[..], &header, &message.properties, &message.payload].concat())
}

/// Reverses [`encode_message`].
pub(super) fn decode_message(id: u64, row: Vec<u8>) -> Result<Message, CodecError> {
    let (len, rest) = row.split_first_chunk().ok_or(CodecError::CutOff)?;
    let header = usize::try_from(u32::from_le_bytes(*len)).ok().and_then(|len| rest.get(..len));
    let framed = header.ok_or(CodecError::CutOff)?;
    let header: MessageHeader = decode(Location { table: "messages", key: &id.to_le_bytes() }, framed)?;
    let skipped = len.len() + framed.len();
    // Without the room that the vector has left.
    let mut rest = Bytes::from(row.into_boxed_slice());
    rest.advance(skipped);
    if header.properties.checked_add(header.payload) != Some(rest.len()) {
        return Err(CodecError::CutOff);
    }
    let (properties, payload) = (rest.split_to(header.properties), rest);
    if sum(&properties, &payload) != header.sum {
        return Err(CodecError::Checksum);
    }
    Ok(Message {
        id,
        topic: header.topic.into(),
        payload,
        properties,
        qos: QoS::from(header.qos),
        is_state: header.is_state,
        expires: header.expires,
        account: Arc::from(header.account),
    })
}

pub(super) fn put_message(table: &mut Table<(u64, u32), &[u8]>, message: &Message) -> Result<(), StoreError> {
    for (number, chunk) in (0..).zip(encode_message(message)?.chunks(CHUNK)) {
        table.insert((message.id, number), chunk)?;
    }
    Ok(())
}

/// Returns the size of the message in bytes; 0 if there was none.
pub(super) fn remove_message(table: &mut Table<(u64, u32), &[u8]>, id: u64) -> Result<u64, StoreError> {
    let (mut number, mut size) = (0, 0);
    while let Some(chunk) = table.remove((id, number))? {
        number += 1;
        size += chunk.value().len() as u64;
        if chunk.value().len() < CHUNK {
            // Only the last one may be shorter.
            break;
        }
    }
    Ok(size)
}
