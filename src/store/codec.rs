//! Values as bytes: `[version][flags][bincode][crc32]`. The little-endian checksum covers the value's location (table
//! and key) and all bytes before the checksum.
//!
//! Only this file uses bincode. Each stored type numbers its own layouts, and golden bytes in the tests pin each
//! layout. Because the checksum covers the location, a value that damage has moved elsewhere is invalid there. In the
//! first version of papo the checksum did not cover the location. Those values have flags of 0 and are still read.
//! Unknown flags are refused.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

/// Flag: the checksum covers the location as well.
const COVERS_LOCATION: u8 = 1;
/// The longest value in bytes, far above the longest message.
const MAX_LEN: usize = 4 * 1024 * 1024;
const HEADER_LEN: usize = 2;
const CHECKSUM_LEN: usize = 4;

/// The limit keeps a corrupted length field from making the decoder allocate gigabytes.
const CONFIG: Configuration<LittleEndian, Varint, Limit<MAX_LEN>> = bincode::config::standard().with_limit::<MAX_LEN>();

/// A stored type. Its layout is the order and types of its serde fields, nested types included.
pub trait Stored: Serialize + DeserializeOwned {
    /// The version of the layout that is written. Each change of the layout raises it by one.
    const VERSION: u8 = 1;

    /// Converts an earlier layout: decodes `body` with [`decode_body`] as the type of that version.
    fn upgrade(version: u8, body: &[u8]) -> Result<Self, CodecError> {
        let _ = body;
        Err(CodecError::Unknown(version))
    }
}

/// The table and key under which a value is stored.
#[derive(Debug, Clone, Copy)]
pub struct Location<'a> {
    /// The name of the table.
    pub table: &'static str,
    /// The key in the encoding of redb.
    pub key: &'a [u8],
}

/// Why bytes could not be decoded, or a value not be encoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodecError {
    /// Shorter than header and checksum.
    #[error("it is truncated")]
    CutOff,
    /// The checksum does not match: damage, or a value of another key.
    #[error("its checksum does not match")]
    Checksum,
    /// An unknown version or unknown flags, written by a newer papo.
    #[error("its format is unknown ({0})")]
    Unknown(u8),
    /// The checksum matches, but the bytes are not of the expected type.
    #[error("its content is invalid")]
    Content,
    /// Longer than the limit of a value, when encoding.
    #[error("it is too long")]
    TooLong,
}

/// Encodes and frames a value for `location`.
pub fn encode<T: Stored>(location: Location, value: &T) -> Result<Vec<u8>, CodecError> {
    let body = bincode::serde::encode_to_vec(value, CONFIG).map_err(|_| CodecError::TooLong)?;
    if body.len() > MAX_LEN {
        return Err(CodecError::TooLong);
    }
    let mut bytes = Vec::with_capacity(HEADER_LEN + body.len() + CHECKSUM_LEN);
    bytes.extend([T::VERSION, COVERS_LOCATION]);
    bytes.extend(body);
    let sum = checksum(Some(location), &bytes);
    bytes.extend(sum.to_le_bytes());
    Ok(bytes)
}

/// Decodes a framed value that was read at `location`.
pub fn decode<T: Stored>(location: Location, bytes: &[u8]) -> Result<T, CodecError> {
    let (framed, sum) = bytes.split_last_chunk::<CHECKSUM_LEN>().ok_or(CodecError::CutOff)?;
    let [version, flags, content @ ..] = framed else { return Err(CodecError::CutOff) };
    let covers_location = flags & COVERS_LOCATION != 0;
    if checksum(covers_location.then_some(location), framed) != u32::from_le_bytes(*sum) {
        return Err(CodecError::Checksum);
    }
    match (*version, flags & !COVERS_LOCATION) {
        (version, 0) if version == T::VERSION => decode_body(content),
        (version, 0) if version < T::VERSION => T::upgrade(version, content),
        (version, 0) => Err(CodecError::Unknown(version)),
        (_, flags) => Err(CodecError::Unknown(flags)),
    }
}

/// Whether the first field of a framed value is the byte array `field`. Neither decodes nor checks the value: bincode
/// writes an array without its length.
pub fn begins_with(bytes: &[u8], field: &[u8]) -> bool {
    bytes.get(HEADER_LEN..).is_some_and(|body| body.starts_with(field))
}

/// Decodes the bytes between header and checksum. Surplus bytes are an error: a value of another layout may decode by
/// chance, but rarely to its last byte.
pub fn decode_body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let (value, read) = bincode::serde::decode_from_slice(bytes, CONFIG).map_err(|_| CodecError::Content)?;
    if read == bytes.len() { Ok(value) } else { Err(CodecError::Content) }
}

/// The CRC-32 over a location, if any, and the framed bytes.
pub fn checksum(location: Option<Location>, framed: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    if let Some(Location { table, key }) = location {
        // The lengths keep a table's name, the key and the value apart.
        for part in [table.as_bytes(), key] {
            sum.update(&(part.len() as u64).to_le_bytes());
            sum.update(part);
        }
    }
    sum.update(framed);
    sum.finalize()
}

#[cfg(test)]
mod tests;
