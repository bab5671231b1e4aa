//! Messages and their delivery state.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::{DeliveryFailure, Timestamp, UserId, ensure};

/// The longest text, in bytes of UTF-8.
pub const TEXT_LIMIT: usize = 64 * 1024;

/// Why a text cannot be sent as a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    /// White space only.
    #[error("the text is blank")]
    Blank,
    /// More than [`TEXT_LIMIT`] bytes.
    #[error("the text has more than {TEXT_LIMIT} bytes")]
    TooLong,
}

/// Checks that a text can be sent as a message.
pub fn check_text(text: &str) -> Result<(), TextError> {
    ensure(!text.trim().is_empty(), TextError::Blank)?;
    ensure(text.len() <= TEXT_LIMIT, TextError::TooLong)
}

/// How many messages back papo looks for the message that an edit replaces. An older message is not changed, and the
/// edit is shown as a message of its own.
pub const EDIT_LOOKBACK: u64 = 20_000;

/// The ID of a publication: a `UUIDv7`. Its text form is 32 hexadecimal digits. A retransmission has the same ID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId([u8; 16]);

/// The text is not 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a message id")]
pub struct MessageIdError;

impl MessageId {
    /// The ID with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes, big-endian, starting with the timestamp.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Uuid::from_bytes(self.0).simple().fmt(f)
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
        // `try_parse` also accepts other formats, which are all longer.
        let id = Uuid::try_parse(text).ok().filter(|_| text.len() == 32);
        id.map(|id| Self(id.into_bytes())).ok_or(MessageIdError)
    }
}

/// The content of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Body {
    /// Text, at most [`TEXT_LIMIT`] bytes.
    Text(String),
    /// The author proposes to end the session; a later message by them withdraws that.
    End,
    /// Content of a type that this version cannot show, stored unchanged.
    Other {
        /// The MQTT content type (§3.3.2.3.9).
        content_type: String,
        content: Vec<u8>,
    },
}

impl Body {
    /// The text, `END`, or the content type of other content. `app::language` has the texts for the user.
    pub fn words(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::End => "END",
            Self::Other { content_type, .. } => content_type,
        }
    }

    /// Whether it is a text of white space only.
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }

    /// The message that it replaces and the new text; [`None`] if it is not an edit.
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
    /// The ID of the earlier message.
    pub const fn id(self) -> MessageId {
        match self {
            Self::Answers(id) | Self::Replaces(id) => id,
        }
    }

    /// The ID of the earlier message, if this is a reply.
    pub fn answered(self) -> Option<MessageId> {
        match self {
            Self::Answers(id) => Some(id),
            Self::Replaces(_) => None,
        }
    }

    /// The ID of the earlier message, if this is an edit.
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
    /// Its ID; chosen locally for a message of a plain client.
    pub id: MessageId,
    /// Who wrote it.
    pub author: UserId,
    /// The author's sequence number in this conversation: 1, 2, 3 … ; [`None`] from a plain client.
    pub sequence_number: Option<u64>,
    /// When it was written, on the author's clock. If that is unknown or [off](Self::clock_is_off), when it arrived.
    pub at: Timestamp,
    /// Its content.
    pub body: Body,
    /// Why it was not delivered; [`None`] if it did not fail.
    pub failure: Option<DeliveryFailure>,
    /// The earlier message that it answers or edits.
    pub relation: Option<Relation>,
    /// Whether the text was replaced by an edit.
    pub is_edited: bool,
    /// Whether the author's clock is wrong by more than a day.
    pub clock_is_off: bool,
}

impl ChatMessage {
    /// A message without a number that is no reply and no edit.
    pub fn new(id: MessageId, author: UserId, at: Timestamp, body: Body) -> Self {
        Self {
            id,
            author,
            sequence_number: None,
            at,
            body,
            failure: None,
            relation: None,
            is_edited: false,
            clock_is_off: false,
        }
    }

    /// The ID that replies and edits refer to. For an edit, this is the ID of the message that it replaces.
    pub fn original(&self) -> MessageId {
        self.relation.and_then(Relation::replaced).unwrap_or(self.id)
    }

    /// Replaces the text, if `author` wrote the message. Has no effect on an edit, which must not change because it may
    /// be retransmitted. A further edit refers to the original message.
    pub fn edit(&mut self, author: &UserId, text: &str) {
        let is_edit = self.relation.and_then(Relation::replaced).is_some();
        if self.author == *author && !is_edit && matches!(self.body, Body::Text(_)) {
            self.body = Body::Text(text.to_owned());
            self.is_edited = true;
        }
    }
}

/// The delivery state of a message of mine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Stored on this machine.
    Written,
    /// Acknowledged by the broker.
    AtBroker,
    /// Stored by some recipients: by how many, of how many.
    Partly(usize, usize),
    /// Stored by every recipient.
    Delivered,
    /// Read by every recipient.
    Read,
    /// Not delivered.
    Failed(DeliveryFailure),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_parses_only_what_it_prints() {
        let id = MessageId::from_bytes(std::array::from_fn(|i| u8::try_from(i * 16).unwrap()));
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "00", &"g".repeat(32), &"+1".repeat(16), &"é".repeat(16), &"0".repeat(33)] {
            assert_eq!(bad.parse::<MessageId>(), Err(MessageIdError), "{bad:?}");
        }
    }
}
