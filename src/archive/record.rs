//! A message as a JSON object on one line.

use std::{fmt::Write, ops::Not};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::json;
use crate::domain::{
    Body, ChatMessage, ConversationId, DeliveryFailure, EarlierText, Membership, MessageId, Relation, TEXT_LIMIT,
    Timestamp, UserId,
};

/// A message with its conversation. A missing field means null or false.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent fields of the format")]
pub struct Record {
    /// The topic of the session, or `#group`.
    conversation: String,
    /// The other user of a session. Only for people who read the export; ignored on import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    with: Option<String>,
    /// The message ID, in hex.
    id: String,
    author: String,
    /// The author's sequence number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<u64>,
    /// The time of the message, in RFC 3339.
    time: jiff::Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The message proposes to end the session.
    #[serde(default, skip_serializing_if = "Not::not")]
    end: bool,
    /// Content that papo cannot show, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    /// The ID of the message that this one replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answers: Option<String>,
    /// The ID of the message that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edits: Option<String>,
    /// The text was edited.
    #[serde(default, skip_serializing_if = "Not::not")]
    edited: bool,
    /// papo does not show it: an edit whose text an earlier message has, or a message that was not delivered and that
    /// the user has removed.
    #[serde(default, skip_serializing_if = "Not::not")]
    hidden: bool,
    /// The texts that edits have replaced, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<EarlierRecord>,
    /// A change of the group, as papo noted it: created, joined, left, removed, gone, leads or disbanded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    change: Option<String>,
    /// The users whom the change concerns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    users: Vec<String>,
    /// The time is that of arrival, because the author's clock is off.
    #[serde(default, skip_serializing_if = "Not::not")]
    clock_off: bool,
    /// Why the message was not delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
}

/// A text that an edit has replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct EarlierRecord {
    text: String,
    /// The ID of the edit.
    by: String,
    /// When the edit was written.
    at: jiff::Timestamp,
}

/// Why a line cannot be parsed as a message.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The line is not JSON, or lacks required fields.
    #[error("not a message: {0}")]
    Shape(#[from] serde_json::Error),
    /// The value of this field is invalid.
    #[error("the value of {0} is invalid")]
    Value(&'static str),
}

impl Record {
    /// The record of a message in the history of `me`.
    pub fn of(conversation: &ConversationId, message: &ChatMessage, me: &UserId) -> Self {
        let (text, content, content_type) = match &message.body {
            Body::Text(text) => (Some(text.clone()), None, None),
            Body::End | Body::Membership(_) => (None, None, None),
            Body::Other { content_type, content } => (None, Some(hex(content)), Some(content_type.clone())),
        };
        let (change, users) = match &message.body {
            Body::Membership(change) => Some(change_and_users(change)).unzip(),
            Body::Text(_) | Body::End | Body::Other { .. } => (None, None),
        };
        Self {
            conversation: conversation.to_string(),
            with: conversation.peer_of(me).map(ToString::to_string),
            id: message.id.to_string(),
            author: message.author.to_string(),
            n: message.sequence_number,
            time: time(message.at),
            text,
            end: message.body == Body::End,
            content,
            content_type,
            answers: message.relation.and_then(Relation::answered).map(|id| id.to_string()),
            edits: message.relation.and_then(Relation::replaced).map(|id| id.to_string()),
            edited: message.is_edited,
            hidden: message.is_hidden,
            earlier: message.earlier.iter().map(EarlierRecord::of).collect(),
            change: change.map(str::to_owned),
            users: users.unwrap_or_default().iter().map(ToString::to_string).collect(),
            clock_off: message.clock_is_off,
            failed: message.failure.clone().map(String::from),
        }
    }

    /// One line of JSON, with its line feed.
    pub fn line(&self) -> String {
        let mut line = json(self);
        line.push('\n');
        line
    }

    /// Parses a line. Returns the conversation and the message.
    pub fn read(line: &str) -> Result<(ConversationId, ChatMessage), RecordError> {
        serde_json::from_str::<Self>(line)?.message()
    }

    fn message(self) -> Result<(ConversationId, ChatMessage), RecordError> {
        let conversation = self.conversation.parse().map_err(|_| RecordError::Value("conversation"))?;
        let change = self.change.map(|change| membership(&change, self.users)).transpose()?;
        let body = match (self.text, self.end, self.content, self.content_type) {
            (None, false, None, None) => Body::Membership(change.ok_or(RecordError::Value("text"))?),
            _ if change.is_some() => return Err(RecordError::Value("change")),
            (Some(text), false, None, None) if text.len() <= TEXT_LIMIT => Body::Text(text),
            (None, true, None, None) => Body::End,
            (None, false, Some(content), Some(content_type)) => {
                Body::Other { content_type, content: bytes(&content).ok_or(RecordError::Value("content"))? }
            }
            _ => return Err(RecordError::Value("text")),
        };
        let id = |text: &str| text.parse::<MessageId>();
        let relation = match (self.answers, self.edits) {
            (Some(earlier), None) => Some(Relation::Answers(id(&earlier).map_err(|_| RecordError::Value("answers"))?)),
            (None, Some(earlier)) => Some(Relation::Replaces(id(&earlier).map_err(|_| RecordError::Value("edits"))?)),
            (None, None) => None,
            (Some(_), Some(_)) => return Err(RecordError::Value("edits")),
        };
        let earlier = self.earlier.into_iter().map(EarlierRecord::text).collect::<Result<_, _>>()?;
        let message = ChatMessage {
            id: id(&self.id).map_err(|_| RecordError::Value("id"))?,
            author: self.author.parse().map_err(|_| RecordError::Value("author"))?,
            sequence_number: self.n,
            at: timestamp(self.time).ok_or(RecordError::Value("time"))?,
            body,
            failure: self.failed.map(DeliveryFailure::from),
            relation,
            is_edited: self.edited,
            clock_is_off: self.clock_off,
            earlier,
            is_hidden: self.hidden,
        };
        Ok((conversation, message))
    }
}

impl EarlierRecord {
    fn of(earlier: &EarlierText) -> Self {
        let EarlierText { text, replaced_by, replaced_at } = earlier;
        Self { text: text.clone(), by: replaced_by.to_string(), at: time(*replaced_at) }
    }

    fn text(self) -> Result<EarlierText, RecordError> {
        let invalid = || RecordError::Value("earlier");
        let replaced_by = self.by.parse().map_err(|_| invalid())?;
        if self.text.len() > TEXT_LIMIT {
            return Err(invalid());
        }
        Ok(EarlierText { text: self.text, replaced_by, replaced_at: timestamp(self.at).ok_or_else(invalid)? })
    }
}

/// The name of a change of a group, and the users whom it concerns.
fn change_and_users(change: &Membership) -> (&'static str, Vec<UserId>) {
    match change {
        Membership::Created => ("created", Vec::new()),
        Membership::Joined(users) => ("joined", users.clone()),
        Membership::Left(user) => ("left", vec![user.clone()]),
        Membership::Removed(user) => ("removed", vec![user.clone()]),
        Membership::Gone(users) => ("gone", users.clone()),
        Membership::Leads(user) => ("leads", vec![user.clone()]),
        Membership::Disbanded => ("disbanded", Vec::new()),
        Membership::Refused => ("refused", Vec::new()),
    }
}

fn membership(change: &str, users: Vec<String>) -> Result<Membership, RecordError> {
    let users = users.iter().map(|user| user.parse::<UserId>()).collect::<Result<Vec<_>, _>>();
    let mut users = users.map_err(|_| RecordError::Value("users"))?;
    Ok(match (change, users.as_slice()) {
        ("created", []) => Membership::Created,
        ("joined", [_, ..]) => Membership::Joined(users),
        ("left", [_]) => Membership::Left(users.remove(0)),
        ("removed", [_]) => Membership::Removed(users.remove(0)),
        ("gone", [_, ..]) => Membership::Gone(users),
        ("leads", [_]) => Membership::Leads(users.remove(0)),
        ("disbanded", []) => Membership::Disbanded,
        ("refused", []) => Membership::Refused,
        _ => return Err(RecordError::Value("change")),
    })
}

fn timestamp(time: jiff::Timestamp) -> Option<Timestamp> {
    u64::try_from(time.as_millisecond()).ok().map(Timestamp::from_millis)
}

/// Converts a time. A peer can send a time that is too large for the calendar; it becomes the last time of the
/// calendar.
fn time(at: Timestamp) -> jiff::Timestamp {
    let millis = i64::try_from(at.as_millis()).ok();
    millis.and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok()).unwrap_or(jiff::Timestamp::MAX)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        hex
    })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        hex.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(body: Body, relation: Option<Relation>) -> ChatMessage {
        let (id, at) = (MessageId::from_bytes([7; 16]), Timestamp::from_millis(1_763_900_000_123));
        ChatMessage {
            sequence_number: Some(3),
            failure: Some("\u{1b}[2J".into()),
            relation,
            is_edited: true,
            ..ChatMessage::new(id, "bob".parse().unwrap(), at, body)
        }
    }

    #[test]
    fn record_is_one_line_without_control_characters() {
        let conversation: ConversationId = "bob_alice_1".parse().unwrap();
        let me = "alice".parse().unwrap();
        let line = Record::of(&conversation, &message(Body::Text("a\n\u{1b}[2Jb".into()), None), &me).line();
        assert_eq!(
            line,
            "{\"conversation\":\"bob_alice_1\",\"with\":\"bob\",\"id\":\"07070707070707070707070707070707\",\
             \"author\":\"bob\",\"n\":3,\"time\":\"2025-11-23T12:13:20.123Z\",\"text\":\"a\\n\\u001b[2Jb\",\
             \"edited\":true,\"failed\":\"\\u001b[2J\"}\n"
        );
    }

    proptest! {
        #[test]
        fn record_survives_encoding(text in "\\PC{1,40}", kind in 0..5, relation in 0..3_usize) {
            let id = MessageId::from_bytes([9; 16]);
            let body = match kind {
                0 => Body::Text(text),
                1 => Body::End,
                2 => Body::Membership(Membership::Gone(vec!["bob".parse().unwrap(), "eve".parse().unwrap()])),
                3 => Body::Membership(Membership::Created),
                _ => Body::Other { content_type: "image/png".into(), content: text.into_bytes() },
            };
            let relation = [None, Some(Relation::Answers(id)), Some(Relation::Replaces(id))][relation];
            let (conversation, message) = ("#devs".parse().unwrap(), message(body, relation));
            let earlier = EarlierText { text: "half\nodd".into(), replaced_by: id, replaced_at: message.at };
            let message = ChatMessage { earlier: vec![earlier], is_hidden: true, ..message };
            let line = Record::of(&conversation, &message, &"alice".parse().unwrap()).line();
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert_eq!(Record::read(&line).unwrap(), (conversation, message));
        }

        #[test]
        fn decoding_any_line_never_panics(line in any::<String>(), key in "[a-z_]{1,12}", value in any::<String>()) {
            let _ = Record::read(&line);
            let mut record = serde_json::to_value(Record::of(
                &"#devs".parse().unwrap(),
                &message(Body::End, None),
                &"alice".parse().unwrap(),
            ))
            .unwrap();
            record[key] = value.into();
            let _ = Record::read(&record.to_string());
        }
    }
}
