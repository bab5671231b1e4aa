//! Values as bytes: `[version][flags][bincode][crc32]`, the checksum little-endian over all before it.
//!
//! The only file that names bincode. The version counts the layouts of the stored types; golden bytes in the
//! tests pin each. The flags are 0; a reader refuses flags that it does not know.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

/// The layout that is written.
const VERSION: u8 = 1;
/// The longest value: a message with the longest text fits many times.
const LIMIT: usize = 4 * 1024 * 1024;
const HEAD: usize = 2;
const TAIL: usize = 4;

/// A flipped length must not make the decoder reserve what it claims.
const CONFIG: Configuration<LittleEndian, Varint, Limit<LIMIT>> = bincode::config::standard().with_limit::<LIMIT>();

/// Why bytes are no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodecError {
    /// Too short to be one.
    #[error("the value is cut off")]
    CutOff,
    /// The checksum does not fit.
    #[error("the checksum does not fit")]
    Checksum,
    /// A layout or flags that are not known.
    #[error("the value has an unknown layout ({0})")]
    Unknown(u8),
    /// The checksum fits and the content does not.
    #[error("the value has no valid content")]
    Content,
    /// Too long.
    #[error("the value is too long")]
    TooLong,
}

/// A value as bytes.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    let body = bincode::serde::encode_to_vec(value, CONFIG).map_err(|_| CodecError::TooLong)?;
    if body.len() > LIMIT {
        return Err(CodecError::TooLong);
    }
    let mut bytes = Vec::with_capacity(HEAD + body.len() + TAIL);
    bytes.extend([VERSION, 0]);
    bytes.extend(body);
    let sum = crc32fast::hash(&bytes);
    bytes.extend(sum.to_le_bytes());
    Ok(bytes)
}

/// The value that bytes hold.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let (framed, sum) = bytes.split_last_chunk::<TAIL>().ok_or(CodecError::CutOff)?;
    let [version, flags, body @ ..] = framed else { return Err(CodecError::CutOff) };
    if crc32fast::hash(framed) != u32::from_le_bytes(*sum) {
        return Err(CodecError::Checksum);
    }
    if *version != VERSION || *flags != 0 {
        return Err(CodecError::Unknown(if *flags == 0 { *version } else { *flags }));
    }
    let (value, read) = bincode::serde::decode_from_slice(body, CONFIG).map_err(|_| CodecError::Content)?;
    if read == body.len() { Ok(value) } else { Err(CodecError::Content) }
}

#[cfg(test)]
mod tests;
