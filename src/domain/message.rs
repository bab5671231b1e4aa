//! What people write to each other, and how far it has come.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{DeliveryFailure, Timestamp, UserId};

/// The longest text, in bytes of UTF-8.
pub const TEXT_LIMIT: usize = 64 * 1024;

/// Why a text cannot be a message of mine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    /// There is nothing to read in it.
    #[error("the text is blank")]
    Blank,
    /// More than [`TEXT_LIMIT`] bytes.
    #[error("the text has more than {TEXT_LIMIT} bytes")]
    TooLong,
}

/// Checks that a text can be a message of mine.
pub fn check_text(text: &str) -> Result<(), TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Blank);
    }
    if text.len() > TEXT_LIMIT { Err(TextError::TooLong) } else { Ok(()) }
}

/// Of how many messages before it an edit can find the one that it replaces. What is older stays as it was; the edit
/// is there to be read all the same.
pub const EDIT_REACH: u64 = 20_000;

/// The identity of a publication: a `UUIDv7`, written in hex. The same publication sent again has the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId([u8; 16]);

/// A text is not 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a message id")]
pub struct MessageIdError;

impl MessageId {
    /// The id with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes, the timestamp first.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for MessageId {
    type Err = MessageIdError;

    fn from_str(text: &str) -> Result<Self, MessageIdError> {
        if text.len() != 32 {
            return Err(MessageIdError);
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| MessageIdError)?;
            if !pair.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(MessageIdError);
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| MessageIdError)?;
        }
        Ok(Self(bytes))
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Text, at most [`TEXT_LIMIT`] bytes.
    Text(String),
    /// Its author wants to end the talk; a later message of the same author takes that back.
    End,
    /// Content of a type that this version cannot show, kept whole.
    Other {
        /// The MQTT `content-type`.
        content_type: String,
        /// The bytes.
        content: Vec<u8>,
    },
}

impl Body {
    /// The text, or what stands for it on the wire: `END`, or the content type. Words for the user are in
    /// `app::language`.
    pub fn words(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::End => "END",
            Self::Other { content_type, .. } => content_type,
        }
    }

    /// Whether it is a text in which there is nothing to read.
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }

    /// Which message it replaces, and what that says from now on.
    pub fn edit(&self, relation: Option<Relation>) -> Option<(MessageId, String)> {
        match self {
            Self::Text(text) => Some((relation?.replaced()?, text.clone())),
            Self::End | Self::Other { .. } => None,
        }
    }
}

/// How a message relates to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relation {
    /// It is a reply to that one.
    Answers(MessageId),
    /// It is an edit of that one, by the same author.
    Replaces(MessageId),
}

impl Relation {
    /// The id of the earlier message.
    pub const fn id(self) -> MessageId {
        match self {
            Self::Answers(id) | Self::Replaces(id) => id,
        }
    }

    /// The id of the earlier message, if this is a reply.
    pub fn answered(self) -> Option<MessageId> {
        match self {
            Self::Answers(id) => Some(id),
            Self::Replaces(_) => None,
        }
    }

    /// The id of the earlier message, if this is an edit.
    pub fn replaced(self) -> Option<MessageId> {
        match self {
            Self::Replaces(id) => Some(id),
            Self::Answers(_) => None,
        }
    }
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Its identity; made up locally for what a plain peer writes.
    pub id: MessageId,
    /// Who wrote it.
    pub author: UserId,
    /// The author's number in this conversation: 1, 2, 3 … ; `None` from a plain peer.
    pub n: Option<u64>,
    /// When, on the author's clock; when it arrived, where that is not known or [off](Self::clock_is_off).
    pub at: Timestamp,
    /// What.
    pub body: Body,
    /// Why it was not delivered.
    pub failure: Option<DeliveryFailure>,
    /// The earlier message that it answers or replaces.
    pub relation: Option<Relation>,
    /// Its author has replaced what it said at first.
    pub is_edited: bool,
    /// Its author's clock is wrong by more than a day.
    pub clock_is_off: bool,
}

impl ChatMessage {
    /// The id under which it is answered and edited: an edit stands for what it replaces.
    pub fn original(&self) -> MessageId {
        self.relation.and_then(Relation::replaced).unwrap_or(self.id)
    }

    /// Has it say `text` from now on, as `author` wants; only its own author can want that. An edit stays as it is, for
    /// it may be sent again: who wants something else edits what it replaces once more.
    pub fn edit(&mut self, author: &UserId, text: &str) {
        let is_edit = self.relation.and_then(Relation::replaced).is_some();
        if self.author == *author && !is_edit && matches!(self.body, Body::Text(_)) {
            self.body = Body::Text(text.to_owned());
            self.is_edited = true;
        }
    }
}

/// How far a message of mine has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// In my store.
    Written,
    /// The broker has it.
    AtBroker,
    /// In the store of this many of that many readers, but not of all.
    Partly(usize, usize),
    /// In every reader's store.
    Delivered,
    /// Shown to every reader.
    Read,
    /// Refused, and why.
    Failed(DeliveryFailure),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_what_they_write_and_nothing_else() {
        let id = MessageId::from_bytes(std::array::from_fn(|i| u8::try_from(i * 16).unwrap()));
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "00", &"g".repeat(32), &"+1".repeat(16), &"é".repeat(16), &"0".repeat(33)] {
            assert_eq!(bad.parse::<MessageId>(), Err(MessageIdError), "{bad:?}");
        }
    }
}
