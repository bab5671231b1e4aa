//! Messages and their delivery state.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::{DeliveryFailure, Timestamp, UserId, ensure, fnv_1a_32};

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

/// The ID of a publication: a `UUIDv7` that ends with a hash of its author. Its text form is 32 hexadecimal digits. A
/// retransmission has the same ID.
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

    /// The ID that a message of `author` with this ID has: one that ends with the hash of the author, so nobody can give
    /// their message the ID of another's. An ID that ends like that stays.
    #[must_use]
    pub fn by(self, author: &UserId) -> Self {
        let id = u128::from_be_bytes(self.0);
        let (low, hash) = (id & 0xffff_ffff, u128::from(fnv_1a_32(author.as_str().as_bytes())));
        // What is replaced still distinguishes IDs that differ only there.
        let folded = if low == hash { 0 } else { low << 32 };
        Self(((id ^ low ^ folded) | hash).to_be_bytes())
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
    /// A change of the group, as papo noted it itself. It is never published, and has no sequence number. Its author is
    /// the user who made the change, or whom it concerns.
    Membership(Membership),
}

/// A change of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Membership {
    /// I created the group.
    Created,
    /// These users became members.
    Joined(Vec<UserId>),
    /// This user left.
    Left(UserId),
    /// The leader removed this user.
    Removed(UserId),
    /// These users are no longer members: they left, or the leader removed them.
    Gone(Vec<UserId>),
    /// This user leads the group now.
    Leads(UserId),
    /// The leader disbanded the group.
    Disbanded,
    /// I created the group, and the broker refused it.
    Refused,
}

impl Body {
    /// The size of the content, in bytes.
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Other { content_type, content } => content_type.len() + content.len(),
            Self::End | Self::Membership(_) => 0,
        }
    }

    /// The text, `END`, or the content type of other content; empty for a change of the group. `app::language` has the
    /// texts for the user.
    pub fn words(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::End => "END",
            Self::Other { content_type, .. } => content_type,
            Self::Membership(_) => "",
        }
    }

    /// Whether it is a text of white space only.
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }
}

/// An edit: a message that replaces the text of an earlier one by the same author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The ID of the edit itself.
    pub id: MessageId,
    /// The ID of the message whose text it replaces.
    pub original: MessageId,
    /// The author of both.
    pub author: UserId,
    /// The new text.
    pub text: String,
    /// When the edit was written.
    pub at: Timestamp,
    /// Whether it arrived after a later message of its author: then it may be older than an edit that came before it.
    pub is_late: bool,
}

/// A text that an edit has replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierText {
    /// The text.
    pub text: String,
    /// The ID of the edit that replaced it.
    pub replaced_by: MessageId,
    /// When that edit was written.
    pub replaced_at: Timestamp,
}

/// How many earlier texts of a message are kept: the first one and the latest.
const EARLIER_LIMIT: usize = 10;
/// How many bytes they have at most, unless the first and the latest alone have more.
const EARLIER_BYTES: usize = 64 * 1024;

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
    /// The texts that edits have replaced: the first one and the latest, oldest first. Those replaced by papo before it
    /// kept them are missing.
    pub earlier: Vec<EarlierText>,
    /// Whether it is not shown: an edit of a message in this history, which has its text, or a message of mine that was
    /// not delivered and that I have removed.
    pub is_hidden: bool,
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
            earlier: Vec::new(),
            is_hidden: false,
        }
    }

    /// The edit that this message is; [`None`] if it is another kind of message.
    pub fn as_edit(&self) -> Option<Edit> {
        let original = self.relation?.replaced()?;
        let Body::Text(text) = &self.body else { return None };
        let (author, text) = (self.author.clone(), text.clone());
        Some(Edit { id: self.id, original, author, text, at: self.at, is_late: false })
    }

    /// The change of the group that it notes; [`None`] if it is another kind of message.
    pub fn as_change(&self) -> Option<&Membership> {
        match &self.body {
            Body::Membership(change) => Some(change),
            Body::Text(_) | Body::End | Body::Other { .. } => None,
        }
    }

    /// How many of these messages are changes of a group.
    pub fn count_changes<'a>(messages: impl IntoIterator<Item = &'a Self>) -> u64 {
        messages.into_iter().filter(|message| message.as_change().is_some()).count() as u64
    }

    /// Whether it counts as unread until the user has seen it, and may notify: edits and changes of a group do not.
    pub fn asks_for_attention(&self) -> bool {
        self.relation.and_then(Relation::replaced).is_none() && self.as_change().is_none()
    }

    /// The ID that replies and edits refer to. For an edit, this is the ID of the message that it replaces.
    pub fn original(&self) -> MessageId {
        self.relation.and_then(Relation::replaced).unwrap_or(self.id)
    }

    /// Replaces the text, if the edit's author wrote the message. Returns whether the message has the edit now. A late
    /// edit that is older than one before it only becomes an earlier text. Has no effect on an edit, which must not
    /// change because it may be retransmitted. A further edit refers to the original message.
    pub fn edit(&mut self, edit: &Edit) -> bool {
        let is_edit = self.relation.and_then(Relation::replaced).is_some();
        let Body::Text(text) = &mut self.body else { return false };
        if self.author != edit.author || is_edit {
            return false;
        }
        if self.earlier.iter().any(|earlier| earlier.replaced_by == edit.id) {
            return true;
        }
        let newer = self.earlier.iter().position(|earlier| edit.is_late && earlier.replaced_by > edit.id);
        let replaced = newer.map_or(text, |newer| &mut self.earlier[newer].text);
        let text = std::mem::replace(replaced, edit.text.clone());
        let earlier = EarlierText { text, replaced_by: edit.id, replaced_at: edit.at };
        self.earlier.insert(newer.unwrap_or(self.earlier.len()), earlier);
        self.drop_earlier();
        self.is_edited = true;
        true
    }

    /// Drops earlier texts beyond the limits. The first and the latest stay.
    fn drop_earlier(&mut self) {
        let bytes = |earlier: &[EarlierText]| earlier.iter().map(|one| one.text.len()).sum::<usize>();
        while self.earlier.len() > EARLIER_LIMIT || self.earlier.len() > 2 && bytes(&self.earlier) > EARLIER_BYTES {
            self.earlier.remove(1);
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
    fn id_ends_with_its_author() {
        let id = |text: &str| text.parse::<MessageId>().unwrap();
        let by = |id: MessageId, author: &str| id.by(&author.parse().unwrap());
        let of_bob = id("0123456789abcdef0123456786c6a0d4");
        assert_eq!(by(of_bob, "bob"), of_bob);
        assert_ne!(by(by(of_bob, "eve"), "bob"), of_bob, "there is no way back");
        let (one, other) = (id("0123456789abcdef0000000000000001"), id("0123456789abcdef0000000000000002"));
        assert_eq!(by(one, "bob"), id("0123456789abcdef0000000186c6a0d4"));
        assert_eq!(by(other, "bob"), id("0123456789abcdef0000000286c6a0d4"));
    }

    fn edit(n: u8, text: &str) -> Edit {
        let id = |n| MessageId::from_bytes([n; 16]);
        let (author, at) = ("bob".parse().unwrap(), Timestamp::from_millis(n.into()));
        Edit { id: id(n), original: id(0), author, text: text.to_owned(), at, is_late: false }
    }

    fn original() -> ChatMessage {
        let body = Body::Text("first".to_owned());
        ChatMessage::new(MessageId::from_bytes([0; 16]), "bob".parse().unwrap(), Timestamp::from_millis(0), body)
    }

    fn earlier(message: &ChatMessage) -> Vec<(&str, u8)> {
        message.earlier.iter().map(|one| (one.text.as_str(), one.replaced_by.as_bytes()[0])).collect()
    }

    #[test]
    fn earlier_texts_are_bounded_by_bytes_but_the_first_and_the_latest_stay() {
        let mut message = original();
        for n in 1..=9 {
            assert!(message.edit(&edit(n, &n.to_string().repeat(TEXT_LIMIT / 3))));
        }
        let kept: Vec<u8> = message.earlier.iter().map(|one| one.replaced_by.as_bytes()[0]).collect();
        assert_eq!(kept, [1, 8, 9]);
        assert_eq!(message.earlier[0].text, "first");
        for n in 10..=12 {
            message.edit(&edit(n, &"x".repeat(TEXT_LIMIT)));
        }
        assert_eq!(message.earlier.len(), 2);
    }

    #[test]
    fn late_older_edit_becomes_an_earlier_text() {
        let mut message = original();
        message.edit(&edit(3, "third"));
        assert!(message.edit(&Edit { is_late: true, ..edit(2, "second") }));
        assert_eq!(message.body.words(), "third");
        assert_eq!(earlier(&message), [("first", 2), ("second", 3)]);
        message.edit(&Edit { is_late: true, ..edit(4, "fourth") });
        assert_eq!(message.body.words(), "fourth", "nothing newer came before it");
    }

    #[test]
    fn edit_that_is_hidden_again_changes_nothing() {
        let mut message = original();
        message.edit(&edit(1, "second"));
        let once = message.clone();
        assert!(message.edit(&edit(1, "second")));
        assert_eq!(message, once);
    }

    #[test]
    fn id_parses_only_what_it_prints() {
        let id = MessageId::from_bytes(std::array::from_fn(|i| u8::try_from(i * 16).unwrap()));
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "00", &"g".repeat(32), &"+1".repeat(16), &"é".repeat(16), &"0".repeat(33)] {
            assert_eq!(bad.parse::<MessageId>(), Err(MessageIdError), "{bad:?}");
        }
    }
}
