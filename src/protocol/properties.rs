//! MQTT 5 user properties: what papo sends beside the plain-text payload.

use thiserror::Error;

use crate::domain::{DeviceHash, Group, GroupName, MessageId, RefusedName, Relation, Timestamp, UserId};

/// The user property in which a broker that names senders names the login of the publisher.
pub const SENDER: &str = "x-mqtt-sender";
/// The user property in which papo's own broker says since when it has known the group that a record or news is about,
/// in milliseconds since the Unix epoch.
pub const GROUP_SINCE: &str = "x-mqtt-group-since";
/// The user property of CONNACK with which a broker says that it names senders; its value is `1`.
pub const NAMES_SENDERS: &str = "x-mqtt-names-senders";
/// How papo's own broker begins the reason string of a CONNACK with 0x9F. The seconds to wait and ` s` follow.
pub const RETRY_AFTER: &str = "too many wrong passwords; try again in ";
/// The protocol version, the value of the property `papo`.
const VERSION: &str = "1";
/// The maximum number of user properties that are parsed. The rest are ignored.
const PROPERTY_LIMIT: usize = 64;
/// The highest valid sequence number and revision. A 64-bit float, which many scripts use for numbers, still represents
/// it exactly; and adding one cannot overflow.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// The user properties of one publication. All are optional: a plain client sends none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Properties {
    /// `papo`: the publisher supports the whole protocol.
    pub is_papo: bool,
    /// `id`: identifies the publication. A retransmission has the same ID.
    pub id: Option<MessageId>,
    /// `from`: who published it.
    pub from: Option<UserId>,
    /// `n`: the sequence number, counted per sender and conversation from 1.
    pub n: Option<u64>,
    /// `ts`: when it was written, on the sender's clock.
    pub ts: Option<Timestamp>,
    /// `rev`: the revision of a group record.
    pub rev: Option<u64>,
    /// `born`: when the group was created.
    pub born: Option<Timestamp>,
    /// `x-mqtt-group-since`: when papo's own broker learnt of the group. Only on what it delivers: see
    /// [`Group::since`].
    pub group_since: Option<Timestamp>,
    /// `left` or `removed`: the member whom this revision of a group record omits, and why.
    pub departed: Option<Departed>,
    /// `device`: the sender's installation, 1 to 64 bytes. Only on presence and messages.
    pub device: Option<String>,
    /// `kept`: the broker had kept the sender's session, with the messages for it. Only on presence.
    pub kept: bool,
    /// `words`: the control words beyond the first version that the sender reads. Only on presence.
    pub words: Words,
    /// `re`: the ID of the request or message that this answers.
    pub re: Option<MessageId>,
    /// `edit`: the ID of the message that this one replaces.
    pub edit: Option<MessageId>,
    /// `also`: the ID of a request by the sender that the same session answers. Only on acceptances.
    pub also: Option<MessageId>,
    /// `first`: group members who have acknowledged nothing since they joined, with the first sequence number (from 1)
    /// that each must get.
    pub first: Vec<(UserId, u64)>,
    /// `ask`: the author gets no receipts and does not know who lacks earlier messages. A reader who has nothing of the
    /// author's asks. Only on messages in large groups.
    pub ask: bool,
    /// `store`: the device of the recipient that the numbers in an `ACK`, `READ` or `RESEND` belong to.
    pub store: Option<DeviceHash>,
    /// `after`: the previous sequence number, if the numbers between it and `n` were never sent.
    pub after: Option<u64>,
}

/// The control words of later versions that a user's client reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Words {
    /// `HAVE`.
    pub have: bool,
}

impl Words {
    /// What this version reads.
    pub const MINE: Self = Self { have: true };

    fn parse(value: &str) -> Self {
        Self { have: value.split(' ').any(|word| word == "HAVE") }
    }

    fn to_wire(self) -> Option<String> {
        self.have.then(|| "HAVE".to_owned())
    }
}

/// A member whom a group record no longer lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Departed {
    /// They asked to leave.
    Left(UserId),
    /// The leader removed them.
    Removed(UserId),
}

/// A property has an invalid value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PropertyError {
    /// The value of a property of this protocol is malformed; with the property's name.
    #[error("the user property {0} is malformed")]
    Malformed(&'static str),
    /// The value of `from` is not a user ID.
    #[error("the user property from: {0}")]
    From(#[from] RefusedName),
}

impl Properties {
    /// Parses the properties of a publication. Unknown properties are ignored; of repeated ones the first counts. A
    /// malformed `ts`, `re`, `edit`, `left` or `removed` counts as missing, since a publication is useful without them.
    /// Any other malformed property is an error.
    pub fn parse(raw: &[(String, String)]) -> Result<Self, PropertyError> {
        let mut properties = Self::default();
        for (name, value) in raw.iter().take(PROPERTY_LIMIT) {
            match name.as_str() {
                "papo" => properties.is_papo = true,
                "id" => fill(&mut properties.id, "id", value.parse().ok())?,
                "from" => {
                    let from = UserId::from_wire(value)?;
                    properties.from.get_or_insert(from);
                }
                "n" => fill(&mut properties.n, "n", number(value).filter(|&n| n > 0))?,
                "ts" => properties.ts = properties.ts.or_else(|| time(value)),
                "rev" => fill(&mut properties.rev, "rev", number(value))?,
                "born" => fill(&mut properties.born, "born", time(value))?,
                "left" => properties.departed = properties.departed.or_else(|| value.parse().ok().map(Departed::Left)),
                "removed" => {
                    properties.departed = properties.departed.or_else(|| value.parse().ok().map(Departed::Removed));
                }
                "device" => fill(&mut properties.device, "device", device(value))?,
                "kept" => properties.kept = true,
                "ask" => properties.ask = true,
                "words" => properties.words = Words::parse(value),
                "re" => properties.re = properties.re.or_else(|| value.parse().ok()),
                "edit" => properties.edit = properties.edit.or_else(|| value.parse().ok()),
                "also" => fill(&mut properties.also, "also", value.parse().ok())?,
                "store" => fill(&mut properties.store, "store", value.parse().ok())?,
                "after" => fill(&mut properties.after, "after", number(value))?,
                "first" => properties.first.push(user_and_number(value).ok_or(PropertyError::Malformed("first"))?),
                _ => {}
            }
        }
        Ok(properties)
    }

    /// How the message relates to an earlier one. `edit` takes precedence over `re`.
    pub fn relation(&self) -> Option<Relation> {
        self.edit.map(Relation::Replaces).or(self.re.map(Relation::Answers))
    }

    /// The group record with these properties and this payload. Without a revision and a creation time it counts as
    /// typed by hand, with revision 0.
    pub fn record(&self, name: GroupName, leader: UserId, members: Vec<UserId>) -> Group {
        let (rev, born) = self.rev.filter(|&rev| rev > 0).zip(self.born).unwrap_or_default();
        Group { members, rev, ..Group::new(name, Some(leader), born) }
    }

    /// Adds the revision and the creation time of a group, which the payload of its record lacks.
    #[must_use]
    pub fn with_record(self, group: &Group) -> Self {
        Self { rev: Some(group.rev), born: Some(group.born), ..self }
    }

    /// The properties as name-value pairs for the wire.
    pub fn to_wire(&self) -> Vec<(String, String)> {
        let text = |name: &str, value: Option<String>| value.map(|value| (name.to_owned(), value));
        let first = self.first.iter().map(|(user, n)| text("first", Some(format!("{user} {n}"))));
        [
            text("papo", self.is_papo.then(|| VERSION.to_owned())),
            text("id", self.id.map(|id| id.to_string())),
            text("from", self.from.as_ref().map(ToString::to_string)),
            text("n", self.n.map(|n| n.to_string())),
            text("ts", self.ts.map(|ts| ts.to_string())),
            text("rev", self.rev.map(|rev| rev.to_string())),
            text("born", self.born.map(|born| born.to_string())),
            self.departed.as_ref().map(Departed::to_wire),
            text("device", self.device.clone()),
            text("kept", self.kept.then(|| "1".to_owned())),
            text("words", self.words.to_wire()),
            text("re", self.re.map(|re| re.to_string())),
            text("edit", self.edit.map(|edit| edit.to_string())),
            text("also", self.also.map(|also| also.to_string())),
            text("store", self.store.map(|store| store.to_string())),
            text("ask", self.ask.then(|| "1".to_owned())),
            text("after", self.after.map(|after| after.to_string())),
        ]
        .into_iter()
        .chain(first)
        .flatten()
        .collect()
    }
}

impl Departed {
    fn to_wire(&self) -> (String, String) {
        let (name, user) = match self {
            Self::Left(user) => ("left", user),
            Self::Removed(user) => ("removed", user),
        };
        (name.to_owned(), user.to_string())
    }
}

fn user_and_number(value: &str) -> Option<(UserId, u64)> {
    let (user, n) = value.split_once(' ')?;
    Some((user.parse().ok()?, number(n).filter(|&n| n > 0)?))
}

fn fill<T>(slot: &mut Option<T>, name: &'static str, value: Option<T>) -> Result<(), PropertyError> {
    let value = value.ok_or(PropertyError::Malformed(name))?;
    slot.get_or_insert(value);
    Ok(())
}

/// A sequence number, a revision or a count; `None` if it is malformed or above 2^53 − 1.
pub(super) fn number(value: &str) -> Option<u64> {
    value.parse().ok().filter(|&number| number <= MAX_NUMBER)
}

fn time(value: &str) -> Option<Timestamp> {
    value.parse().ok().map(Timestamp::from_millis)
}

/// Only the length is checked: a device is compared, but never shown.
fn device(value: &str) -> Option<String> {
    (!value.is_empty() && value.len() <= 64).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(raw: &[(&str, &str)]) -> Vec<(String, String)> {
        raw.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn first_of_repeated_properties_counts_and_unknown_ones_are_ignored() {
        let parsed = Properties::parse(&pairs(&[("n", "3"), ("n", "4"), ("x-mqtt-sender", "bob")])).unwrap();
        assert_eq!(parsed, Properties { n: Some(3), ..Properties::default() });
    }

    #[test]
    fn malformed_values_and_too_high_numbers_are_errors() {
        for name in ["n", "rev", "after"] {
            assert!(Properties::parse(&pairs(&[(name, "9007199254740991")])).is_ok(), "{name}");
            assert!(Properties::parse(&pairs(&[(name, "9007199254740992")])).is_err(), "{name}");
        }
        let too_far = [("first", "bob 9007199254740992"), ("first", "bob 18446744073709551615")];
        let malformed = [("n", "0"), ("n", "-1"), ("id", "xyz"), ("from", "a b"), ("device", "")];
        for (name, value) in too_far.into_iter().chain(malformed) {
            assert!(Properties::parse(&pairs(&[(name, value)])).is_err(), "{name}={value}");
        }
    }

    #[test]
    fn malformed_time_or_reference_counts_as_missing() {
        for name in ["ts", "re", "edit"] {
            for value in ["", "soon", "-1", "1e9", "99999999999999999999"] {
                let parsed = Properties::parse(&pairs(&[(name, value), ("n", "3")]));
                assert_eq!(parsed, Ok(Properties { n: Some(3), ..Properties::default() }), "{name}={value}");
            }
        }
    }

    #[test]
    fn error_quotes_invalid_sender_escaped() {
        let error = Properties::parse(&pairs(&[("from", "a_b\u{1b}")])).unwrap_err().to_string();
        assert_eq!(
            error,
            r#"the user property from: "a_b\u{1b}" is refused as a name: '_' is not allowed in a name: use letters, digits, . and -"#
        );
    }
}
