//! Encodes typed publications to payload text and properties, and decodes them.
//!
//! A payload is text that a person can type; everything else is in the properties. Incoming publications are untrusted
//! until [`decode`] has checked them: it limits sizes, validates names, and escapes what it quotes in errors.

use std::collections::HashSet;

use thiserror::Error;

use super::{
    large_groups::{Held, Seen},
    properties::{Properties, PropertyError},
    publication::{Inbound, Publication, Qos},
    topic::{Topic, TopicError},
};
use crate::domain::{
    Body, ControlTopic, ConversationId, Group, GroupName, RefusedName, SessionIdError, SessionTime, SessionTimeError,
    TEXT_LIMIT, UserId, ensure, escaped,
};

/// The maximum length of a payload, in bytes: a text with its author's ID, or a record of a large group.
const PAYLOAD_LIMIT: usize = TEXT_LIMIT + 256;
const TEXT_PLAIN: &str = "text/plain";

/// A message on a control topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// `REQUEST <from>`
    Request(UserId),
    /// `<t> <from>`
    Accepted(SessionTime, UserId),
    /// `DENIED <from>` or `DENIED <from> <group>`
    Denied(UserId, Option<GroupName>),
    /// `GI <group>`
    Invited(GroupName),
    /// `ACK <conversation> <n>`
    Ack(ConversationId, u64),
    /// `READ <conversation> <n>`
    Read(ConversationId, u64),
    /// `RESEND <conversation> <a> [<b>]`: without `b`, all numbers from `a` on
    Resend(ConversationId, u64, Option<u64>),
    /// `TYPING <conversation>`
    Typing(ConversationId),
    /// `HAVE #<group> <writer> <store> <n> …`: a member of a large group reports to its leader
    Have(GroupName, Vec<Held>),
}

/// News about a group, on `GROUPS/<group>`, `GROUPS` or `groups/info`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupNews {
    /// `<group> CREATE`
    Created(GroupName),
    /// `<group> DISBAND`, or the empty record
    Disbanded(GroupName),
    /// `<group> <leader> <member> …`
    Record(Group),
}

/// A request to a leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// `ENTER`
    Enter,
    /// `LEAVE`
    Leave,
}

/// The decoded content of a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A user's presence; `true` is online.
    Presence(UserId, bool),
    /// The empty payload that clears this user's retained presence.
    Cleared(UserId),
    /// A message to one user.
    Control(Control),
    /// News about a group.
    News(GroupNews),
    /// A user's request to the leader of a group.
    Ask(GroupName, UserId, Ask),
    /// A new member announces itself.
    Joined(GroupName, UserId),
    /// The leader of a large group publishes what its members have.
    Seen(GroupName, UserId, Vec<Seen>),
    /// A message and its author. The author is `None` for `END` and for a foreign content type, which name none in the
    /// payload.
    Talk(ConversationId, Option<UserId>, Body),
}

/// A publication in memory. It is encoded only when it is sent or stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedPublication {
    pub(crate) topic: Topic,
    pub(crate) content: Content,
    pub(crate) properties: Properties,
}

impl TypedPublication {
    /// A publication without properties.
    pub fn new(topic: Topic, content: Content) -> Self {
        Self { topic, content, properties: Properties::default() }
    }

    /// A control message to `user`.
    pub fn control(user: &UserId, control_topic: ControlTopic, control: Control) -> Self {
        Self::new(Topic::Control(user.clone(), control_topic), Content::Control(control))
    }

    /// The group that it is about.
    pub(crate) fn group(&self) -> Option<&GroupName> {
        self.topic.group().or_else(|| self.content.named_group())
    }
}

/// Why a publication cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WireError {
    /// The topic is invalid.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// A user property is invalid.
    #[error(transparent)]
    Property(#[from] PropertyError),
    /// The payload, or its text, is longer than the protocol allows; with its length in bytes.
    #[error("the payload is too long ({0} bytes)")]
    TooLong(usize),
    /// The payload is not UTF-8.
    #[error("the payload is not UTF-8")]
    NotText,
    /// The payload is empty, as in a publication that clears a retained message.
    #[error("the payload is empty")]
    Empty,
    /// An unknown first word of a control message; a later version may know it.
    #[error("the control word {0} is unknown")]
    Word(String),
    /// The payload has none of the forms that its topic allows.
    #[error("the payload has none of the forms of its topic")]
    Malformed,
    /// See [`RefusedName`].
    #[error(transparent)]
    Name(#[from] RefusedName),
    /// See [`SessionTimeError`].
    #[error("the acceptance has an invalid time: {0}")]
    Time(#[from] SessionTimeError),
    /// See [`SessionIdError`].
    #[error(transparent)]
    Conversation(#[from] SessionIdError),
    /// The payload and the property `from` name different senders, or the payload and the topic different users or
    /// groups.
    #[error("the payload and the property disagree about who sent it")]
    Forged,
}

impl WireError {
    /// Whether the publication is not a mistake: it clears a retained message, or comes from a later version. It is
    /// ignored without a warning, like unknown properties.
    pub fn is_harmless(&self) -> bool {
        matches!(self, Self::Empty | Self::Word(_))
    }
}

/// Decodes a publication under the topic prefix `prefix`. The error says which part is invalid.
pub fn decode(prefix: &str, inbound: &Inbound) -> Result<TypedPublication, WireError> {
    let topic = Topic::parse(prefix, &inbound.topic)?;
    ensure(inbound.payload.len() <= PAYLOAD_LIMIT, WireError::TooLong(inbound.payload.len()))?;
    let properties = Properties::parse(&inbound.properties)?;
    let content = parse_content(&topic, inbound, &properties)?;
    let is_forged = content.speaker().zip(properties.from.as_ref()).is_some_and(|(named, property)| named != property);
    ensure(!is_forged, WireError::Forged)?;
    Ok(TypedPublication { topic, content, properties })
}

fn parse_content(topic: &Topic, inbound: &Inbound, properties: &Properties) -> Result<Content, WireError> {
    let conversation = topic.conversation();
    if let (Some(conversation), Some(content_type)) = (&conversation, foreign_content_type(inbound)) {
        let body = Body::Other { content_type, content: inbound.payload.clone() };
        return Ok(Content::Talk(conversation.clone(), None, body));
    }
    if let (Topic::Presence(owner), true) = (topic, inbound.payload.is_empty()) {
        return Ok(Content::Cleared(owner.clone()));
    }
    let text = std::str::from_utf8(&inbound.payload).map_err(|_| WireError::NotText)?;
    // A line from a person or a script may end in a line feed.
    let trimmed = text.trim_end_matches(['\r', '\n']);
    ensure(!trimmed.is_empty() || matches!(topic, Topic::GroupRecord(_)), WireError::Empty)?;
    match conversation {
        Some(conversation) => message(conversation, if properties.is_papo { text } else { trimmed }),
        None => protocol_line(topic, trimmed, properties),
    }
}

/// The content type without parameters such as a charset; `None` if it is `text/plain`. It is truncated to 64
/// characters first, so that the encoded form decodes to the same value.
fn foreign_content_type(inbound: &Inbound) -> Option<String> {
    let content_type = inbound.content_type.as_deref()?;
    let essence: String = content_type.split(';').next().unwrap_or_default().trim_start().chars().take(64).collect();
    let essence = essence.trim_end();
    (!essence.is_empty() && !essence.eq_ignore_ascii_case(TEXT_PLAIN)).then(|| essence.to_owned())
}

fn message(conversation: ConversationId, text: &str) -> Result<Content, WireError> {
    let is_session = matches!(conversation, ConversationId::Session(_));
    if is_session && text.trim_end_matches(['\r', '\n']) == "END" {
        return Ok(Content::Talk(conversation, None, Body::End));
    }
    let (author, text) = text.split_once(' ').ok_or(WireError::Malformed)?;
    ensure(text.len() <= TEXT_LIMIT, WireError::TooLong(text.len()))?;
    let author = UserId::from_wire(author)?;
    Ok(Content::Talk(conversation, Some(author), Body::Text(text.to_owned())))
}

fn protocol_line(topic: &Topic, text: &str, properties: &Properties) -> Result<Content, WireError> {
    if let (Topic::GroupRecord(group), "") = (topic, text) {
        return Ok(Content::News(GroupNews::Disbanded(group.clone())));
    }
    let mut words = text.split(' ');
    let content = match topic {
        Topic::Users | Topic::Presence(_) => presence(topic, &mut words)?,
        Topic::Control(..) => Content::Control(control(&mut words)?),
        Topic::GroupNews(_) | Topic::GroupRecord(_) => Content::News(news(topic, &mut words, properties)?),
        Topic::GroupLeader(group) => Content::Ask(group.clone(), user_id(&mut words)?, ask(next(&mut words)?)?),
        Topic::GroupMembers(group) => Content::Joined(group.clone(), user_id(&mut words)?),
        Topic::GroupSeen(group) => {
            let leader = user_id(&mut words)?;
            Content::Seen(group.clone(), leader, Seen::parse_all(&mut words).ok_or(WireError::Malformed)?)
        }
        Topic::Session(_) | Topic::GroupMessages(_) => return Err(WireError::Malformed),
    };
    ensure(words.next().is_none(), WireError::Malformed)?;
    Ok(content)
}

type Words<'a> = std::str::Split<'a, char>;

fn next<'a>(words: &mut Words<'a>) -> Result<&'a str, WireError> {
    words.next().ok_or(WireError::Malformed)
}

fn user_id(words: &mut Words<'_>) -> Result<UserId, WireError> {
    Ok(UserId::from_wire(next(words)?)?)
}

fn group(words: &mut Words<'_>) -> Result<GroupName, WireError> {
    Ok(GroupName::from_wire(next(words)?)?)
}

fn number(word: &str) -> Result<u64, WireError> {
    word.parse().map_err(|_| WireError::Malformed)
}

fn presence(topic: &Topic, words: &mut Words<'_>) -> Result<Content, WireError> {
    let state = |word: &str| match word {
        "online" => Ok(true),
        "offline" => Ok(false),
        _ => Err(WireError::Malformed),
    };
    match (topic, next(words)?, words.next()) {
        // The topic names the user.
        (Topic::Presence(owner), online, None) => Ok(Content::Presence(owner.clone(), state(online)?)),
        (_, _, None) => Err(WireError::Malformed),
        (topic, user, Some(online)) => match (topic, UserId::from_wire(user)?, state(online)?) {
            (Topic::Presence(owner), user, _) if *owner != user => Err(WireError::Forged),
            (_, user, online) => Ok(Content::Presence(user, online)),
        },
    }
}

fn control(words: &mut Words<'_>) -> Result<Control, WireError> {
    Ok(match next(words)? {
        "REQUEST" => Control::Request(user_id(words)?),
        "DENIED" => Control::Denied(user_id(words)?, words.next().map(GroupName::from_wire).transpose()?),
        "GI" => Control::Invited(group(words)?),
        "ACK" => Control::Ack(next(words)?.parse()?, number(next(words)?)?),
        "READ" => Control::Read(next(words)?.parse()?, number(next(words)?)?),
        "HAVE" => {
            let name = next(words)?.strip_prefix('#').ok_or(WireError::Malformed)?;
            Control::Have(GroupName::from_wire(name)?, Held::parse_all(words).ok_or(WireError::Malformed)?)
        }
        "TYPING" => Control::Typing(next(words)?.parse()?),
        "RESEND" => {
            let conversation = next(words)?.parse()?;
            Control::Resend(conversation, number(next(words)?)?, words.next().map(number).transpose()?)
        }
        // A time starts with a digit; no reserved word does.
        time if time.starts_with(|first: char| first.is_ascii_digit()) => {
            let from = next(words)?;
            Control::Accepted(time.parse()?, UserId::from_wire(from)?)
        }
        word => return Err(WireError::Word(escaped(word))),
    })
}

fn news(topic: &Topic, words: &mut Words<'_>, properties: &Properties) -> Result<GroupNews, WireError> {
    let name = group(words)?;
    ensure(!matches!(topic, Topic::GroupRecord(owner) if *owner != name), WireError::Forged)?;
    Ok(match next(words)? {
        "CREATE" => GroupNews::Created(name),
        "DISBAND" => GroupNews::Disbanded(name),
        leader => {
            let leader = UserId::from_wire(leader)?;
            let mut members: Vec<UserId> = Vec::new();
            // Found in the time that the length of the record takes, not its square.
            let mut seen = HashSet::from([leader.clone()]);
            for word in words.by_ref().filter(|word| !word.is_empty()) {
                let member = UserId::from_wire(word)?;
                if seen.insert(member.clone()) {
                    members.push(member);
                }
            }
            GroupNews::Record(properties.record(name, leader, members))
        }
    })
}

fn ask(word: &str) -> Result<Ask, WireError> {
    match word {
        "ENTER" => Ok(Ask::Enter),
        "LEAVE" => Ok(Ask::Leave),
        _ => Err(WireError::Malformed),
    }
}

impl Content {
    /// The sender, if the payload names one. A group record names none: a former leader may publish it. Neither does a
    /// cleared presence: any user may clear it.
    pub(crate) fn speaker(&self) -> Option<&UserId> {
        match self {
            Self::Presence(user, _) | Self::Ask(_, user, _) | Self::Joined(_, user) | Self::Seen(_, user, _) => {
                Some(user)
            }
            Self::Talk(_, author, _) => author.as_ref(),
            Self::Control(Control::Request(from) | Control::Accepted(_, from) | Control::Denied(from, _)) => Some(from),
            Self::Cleared(_) | Self::Control(_) | Self::News(_) => None,
        }
    }

    /// The group that news or an invitation is about.
    pub(crate) fn named_group(&self) -> Option<&GroupName> {
        match self {
            Self::Control(Control::Invited(group))
            | Self::News(
                GroupNews::Created(group) | GroupNews::Disbanded(group) | GroupNews::Record(Group { name: group, .. }),
            ) => Some(group),
            _ => None,
        }
    }

    /// The payload on the wire.
    pub fn payload(&self) -> Vec<u8> {
        match self {
            Self::Presence(user, online) => format!("{user} {}", if *online { "online" } else { "offline" }),
            // Changes of a group are noted, never published.
            Self::Cleared(_) | Self::Talk(_, _, Body::Membership(_)) => String::new(),
            Self::Control(control) => control.text(),
            Self::News(news) => news.text(),
            Self::Ask(_, user, Ask::Enter) => format!("{user} ENTER"),
            Self::Ask(_, user, Ask::Leave) => format!("{user} LEAVE"),
            Self::Joined(_, user) => user.to_string(),
            Self::Seen(_, leader, seen) => format!("{leader}{}", seen.iter().map(Seen::text).collect::<String>()),
            Self::Talk(_, _, Body::End) => "END".to_owned(),
            Self::Talk(_, author, Body::Text(text)) => match author {
                Some(author) => format!("{author} {text}"),
                None => text.clone(),
            },
            Self::Talk(_, _, Body::Other { content, .. }) => return content.clone(),
        }
        .into_bytes()
    }
}

impl Control {
    fn text(&self) -> String {
        match self {
            Self::Request(from) => format!("REQUEST {from}"),
            Self::Accepted(time, from) => format!("{time} {from}"),
            Self::Denied(from, None) => format!("DENIED {from}"),
            Self::Denied(from, Some(group)) => format!("DENIED {from} {group}"),
            Self::Invited(group) => format!("GI {group}"),
            Self::Ack(conversation, n) => format!("ACK {conversation} {n}"),
            Self::Read(conversation, n) => format!("READ {conversation} {n}"),
            Self::Have(group, held) => format!("HAVE #{group}{}", held.iter().map(Held::text).collect::<String>()),
            Self::Typing(conversation) => format!("TYPING {conversation}"),
            Self::Resend(conversation, from, None) => format!("RESEND {conversation} {from}"),
            Self::Resend(conversation, from, Some(upto)) => format!("RESEND {conversation} {from} {upto}"),
        }
    }
}

impl GroupNews {
    fn text(&self) -> String {
        match self {
            Self::Created(group) => format!("{group} CREATE"),
            Self::Disbanded(group) => format!("{group} DISBAND"),
            Self::Record(group) => {
                let words = std::iter::once(group.name.as_str()).chain(group.everyone().map(UserId::as_str));
                words.collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// Encodes a publication, with QoS 1. Presence and group records are retained. The end of a group is an empty record,
/// which removes the retained one.
pub fn encode(prefix: &str, TypedPublication { topic, content, properties }: &TypedPublication) -> Publication {
    let content_type = match content {
        Content::Talk(_, _, Body::Other { content_type, .. }) => content_type.clone(),
        _ => TEXT_PLAIN.to_owned(),
    };
    let is_removal = matches!((topic, content), (Topic::GroupRecord(_), Content::News(GroupNews::Disbanded(_))));
    Publication {
        topic: topic.name(prefix),
        payload: if is_removal { Vec::new() } else { content.payload() },
        retain: matches!(topic, Topic::Presence(_) | Topic::GroupRecord(_)),
        qos: Qos::AtLeastOnce,
        content_type: Some(content_type),
        expiry: None,
        properties: properties.to_wire(),
    }
}

#[cfg(test)]
mod tests;
