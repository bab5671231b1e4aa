//! User properties: what goes beside the plain text for peers that know more.

use thiserror::Error;

use crate::domain::{DeviceHash, Group, GroupName, MessageId, RefusedName, Relation, Timestamp, UserId};

/// The protocol version that papo states.
const VERSION: &str = "1";
/// More of them on one publication are not looked at.
const PROPERTY_LIMIT: usize = 64;
/// The highest number and revision that is believed: there is always a next one, and what computes with floating
/// point numbers, as many scripts do, still has it exactly.
const HIGHEST: u64 = (1 << 53) - 1;

/// The user properties of one publication. All are optional: a plain peer has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Properties {
    /// `papo`: the publisher speaks the whole protocol.
    pub is_papo: bool,
    /// `id`: the same publication sent again has the same id.
    pub id: Option<MessageId>,
    /// `from`: who published it.
    pub from: Option<UserId>,
    /// `n`: the number per sender and conversation.
    pub n: Option<u64>,
    /// `ts`: when, on the sender's clock.
    pub ts: Option<Timestamp>,
    /// `rev`: of a group record.
    pub rev: Option<u64>,
    /// `born`: of a group record.
    pub born: Option<Timestamp>,
    /// `device`: of presence and messages, the installation.
    pub device: Option<String>,
    /// `kept`: of presence, its sender was cut off for a while only, and the broker had kept what was sent to it.
    pub kept: bool,
    /// `re`: the id of what this answers.
    pub re: Option<MessageId>,
    /// `edit`: the id of the message that this one replaces.
    pub edit: Option<MessageId>,
    /// `also`: of an acceptance, a request of its sender's own that the same session settles.
    pub also: Option<MessageId>,
    /// `first`: readers of a group who have acknowledged nothing since they came in, and the first number that
    /// each is owed; from 1.
    pub first: Vec<(UserId, u64)>,
    /// `store`: of receipts and of what is asked for again, whose numbers are meant: those of this store of theirs.
    pub store: Option<DeviceHash>,
    /// `after`: the number before `n`, where those between were never sent.
    pub after: Option<u64>,
}

/// A property is not what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PropertyError {
    /// Of a name that is papo's own.
    #[error("the user property {0} is malformed")]
    Malformed(&'static str),
    /// `from` is no id.
    #[error("the user property from: {0}")]
    From(#[from] RefusedName),
}

impl Properties {
    /// Reads the properties of a publication. Unknown ones are left alone; of repeated ones the first counts. A message is
    /// as good without a time, or without what it refers to: where those are malformed they are missing.
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
                "device" => fill(&mut properties.device, "device", device(value))?,
                "kept" => properties.kept = true,
                "re" => properties.re = properties.re.or_else(|| value.parse().ok()),
                "edit" => properties.edit = properties.edit.or_else(|| value.parse().ok()),
                "also" => fill(&mut properties.also, "also", value.parse().ok())?,
                "store" => fill(&mut properties.store, "store", value.parse().ok())?,
                "after" => fill(&mut properties.after, "after", number(value))?,
                "first" => properties.first.push(reader(value).ok_or(PropertyError::Malformed("first"))?),
                _ => {}
            }
        }
        Ok(properties)
    }

    /// What the message that they stand on has to do with an earlier one.
    pub fn relation(&self) -> Option<Relation> {
        self.edit.map(Relation::Replaces).or(self.re.map(Relation::Answers))
    }

    /// The group record that they stand on, whose payload says who leads and who is a member. Without a revision and a
    /// time it was typed by hand.
    pub fn record(&self, name: GroupName, leader: UserId, members: Vec<UserId>) -> Group {
        let (rev, born) = self.rev.filter(|&rev| rev > 0).zip(self.born).unwrap_or_default();
        Group { members, rev, ..Group::new(name, Some(leader), born) }
    }

    /// These, with what the payload of a group's record does not say.
    #[must_use]
    pub fn with_record(self, group: &Group) -> Self {
        Self { rev: Some(group.rev), born: Some(group.born), ..self }
    }

    /// As they go over the wire.
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
            text("device", self.device.clone()),
            text("kept", self.kept.then(|| "1".to_owned())),
            text("re", self.re.map(|re| re.to_string())),
            text("edit", self.edit.map(|edit| edit.to_string())),
            text("also", self.also.map(|also| also.to_string())),
            text("store", self.store.map(|store| store.to_string())),
            text("after", self.after.map(|after| after.to_string())),
        ]
        .into_iter()
        .chain(first)
        .flatten()
        .collect()
    }
}

fn reader(value: &str) -> Option<(UserId, u64)> {
    let (user, n) = value.split_once(' ')?;
    Some((user.parse().ok()?, number(n).filter(|&n| n > 0)?))
}

fn fill<T>(slot: &mut Option<T>, name: &'static str, value: Option<T>) -> Result<(), PropertyError> {
    let value = value.ok_or(PropertyError::Malformed(name))?;
    slot.get_or_insert(value);
    Ok(())
}

fn number(value: &str) -> Option<u64> {
    value.parse().ok().filter(|&number| number <= HIGHEST)
}

fn time(value: &str) -> Option<Timestamp> {
    value.parse().ok().map(Timestamp::from_millis)
}

/// A device is compared, never shown; it only has to be short.
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
    fn the_first_of_repeated_properties_counts_and_strangers_are_left_alone() {
        let parsed = Properties::parse(&pairs(&[("n", "3"), ("n", "4"), ("x-mqtt-sender", "bob")])).unwrap();
        assert_eq!(parsed, Properties { n: Some(3), ..Properties::default() });
    }

    #[test]
    fn malformed_values_and_numbers_without_a_next_are_errors() {
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
    fn what_a_message_can_do_without_is_missing_where_it_is_malformed() {
        for name in ["ts", "re", "edit"] {
            for value in ["", "soon", "-1", "1e9", "99999999999999999999"] {
                let parsed = Properties::parse(&pairs(&[(name, value), ("n", "3")]));
                assert_eq!(parsed, Ok(Properties { n: Some(3), ..Properties::default() }), "{name}={value}");
            }
        }
    }

    #[test]
    fn a_refused_sender_is_named_escaped() {
        let error = Properties::parse(&pairs(&[("from", "a_b\u{1b}")])).unwrap_err().to_string();
        assert_eq!(
            error,
            r#"the user property from: "a_b\u{1b}" is refused as a name: '_' is not allowed in a name: use letters, digits, . and -"#
        );
    }
}
