//! Values as bytes: `[version][flags][bincode][crc32]`. The little-endian checksum covers the value's place (table and
//! key) and everything before it.
//!
//! This is the only file that names bincode. Each stored type counts its own layouts, and golden bytes in the tests pin
//! each one. Because the checksum covers the place, a value that damage has moved elsewhere is invalid there. The first
//! stores did not cover the place: flags 0 mark their values, which are still read. Unknown flags are refused.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

/// The checksum covers the place.
const PLACED: u8 = 1;
/// The longest value: a message with the longest text fits many times.
const LIMIT: usize = 4 * 1024 * 1024;
const HEAD: usize = 2;
const TAIL: usize = 4;

/// A flipped length must not make the decoder reserve what it claims.
const CONFIG: Configuration<LittleEndian, Varint, Limit<LIMIT>> = bincode::config::standard().with_limit::<LIMIT>();

/// A stored type. Its serde representation, with all nested types, is its layout.
pub trait Stored: Serialize + DeserializeOwned {
    /// The current layout; increases with each change.
    const VERSION: u8 = 1;

    /// Reads an earlier layout: decodes the [`body`] as the old type, and converts it.
    fn upgrade(version: u8, body: &[u8]) -> Result<Self, CodecError> {
        let _ = body;
        Err(CodecError::Unknown(version))
    }
}

/// The place of a value.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table.
    pub table: &'static str,
    /// The key as the table has it.
    pub key: &'a [u8],
}

/// Why bytes are not a value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodecError {
    /// Too short.
    #[error("it is cut off")]
    CutOff,
    /// The checksum does not match.
    #[error("its checksum does not match")]
    Checksum,
    /// An unknown layout or unknown flags.
    #[error("its format is unknown ({0})")]
    Unknown(u8),
    /// The checksum matches, but the content is invalid.
    #[error("its content is invalid")]
    Content,
    /// Too long.
    #[error("it is too long")]
    TooLong,
}

/// Encodes a value.
pub fn encode<T: Stored>(place: Place, value: &T) -> Result<Vec<u8>, CodecError> {
    let body = bincode::serde::encode_to_vec(value, CONFIG).map_err(|_| CodecError::TooLong)?;
    if body.len() > LIMIT {
        return Err(CodecError::TooLong);
    }
    let mut bytes = Vec::with_capacity(HEAD + body.len() + TAIL);
    bytes.extend([T::VERSION, PLACED]);
    bytes.extend(body);
    let sum = seal(Some(place), &bytes);
    bytes.extend(sum.to_le_bytes());
    Ok(bytes)
}

/// Decodes a value.
pub fn decode<T: Stored>(place: Place, bytes: &[u8]) -> Result<T, CodecError> {
    let (framed, sum) = bytes.split_last_chunk::<TAIL>().ok_or(CodecError::CutOff)?;
    let [version, flags, content @ ..] = framed else { return Err(CodecError::CutOff) };
    let is_placed = flags & PLACED != 0;
    if seal(is_placed.then_some(place), framed) != u32::from_le_bytes(*sum) {
        return Err(CodecError::Checksum);
    }
    match (*version, flags & !PLACED) {
        (version, 0) if version == T::VERSION => body(content),
        (version, 0) if version < T::VERSION => T::upgrade(version, content),
        (version, 0) => Err(CodecError::Unknown(version)),
        (_, flags) => Err(CodecError::Unknown(flags)),
    }
}

/// Whether the first field of a value is an array of these bytes, without decoding the value or checking it: bincode
/// writes an array without its length.
pub fn begins_with(bytes: &[u8], field: &[u8]) -> bool {
    bytes.get(HEAD..).is_some_and(|body| body.starts_with(field))
}

/// The bytes between the head and the checksum.
pub fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let (value, read) = bincode::serde::decode_from_slice(bytes, CONFIG).map_err(|_| CodecError::Content)?;
    if read == bytes.len() { Ok(value) } else { Err(CodecError::Content) }
}

pub fn seal(place: Option<Place>, framed: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    if let Some(Place { table, key }) = place {
        // The lengths separate the table's name, the key and the value.
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
