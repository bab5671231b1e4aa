//! Payload text and properties, to and from typed publications.
//!
//! The payload is what a person can type; everything else is in the properties. What comes in is hostile
//! until it has passed through here: sizes are limited, names go through their constructors, and nothing
//! raw gets into an error text.

use thiserror::Error;

use super::{
    properties::{Properties, PropertyError},
    publication::{Inbound, Publication, Qos},
    topic::{Topic, TopicError},
};
use crate::domain::{
    Body, ControlTopic, ConversationId, Group, GroupName, RefusedName, SessionIdError, SessionTime, SessionTimeError,
    TEXT_LIMIT, UserId, ensure, escaped,
};

/// The longest payload: a text with its author's id, or a record of a large group.
const PAYLOAD_LIMIT: usize = TEXT_LIMIT + 256;
const TEXT_PLAIN: &str = "text/plain";

/// What stands on a control topic.
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
    /// `RESEND <conversation> <a> [<b>]`: without b, everything from a on
    Resend(ConversationId, u64, Option<u64>),
    /// `TYPING <conversation>`
    Typing(ConversationId),
}

/// News of a group on one of its three topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupNews {
    /// `<group> CREATE`
    Created(GroupName),
    /// `<group> DISBAND`, or the empty record
    Disbanded(GroupName),
    /// `<group> <leader> <member> …`
    Record(Group),
}

/// What an outsider or a member asks of a leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// `ENTER`
    Enter,
    /// `LEAVE`
    Leave,
}

/// A publication, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Somebody is online, or not.
    Presence(UserId, bool),
    /// The broker keeps no presence of this user any more: somebody has cleared it.
    Cleared(UserId),
    /// For me alone.
    Control(Control),
    /// About a group.
    News(GroupNews),
    /// To a leader.
    Ask(GroupName, UserId, Ask),
    /// A member says that it has come in.
    Joined(GroupName, UserId),
    /// Talk. A bare `END` does not say whose it is.
    Talk(ConversationId, Option<UserId>, Body),
}

/// A publication as it is handled in memory: encoded only when it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedPublication {
    pub(crate) topic: Topic,
    pub(crate) content: Content,
    pub(crate) properties: Properties,
}

impl TypedPublication {
    /// One without properties.
    pub fn new(topic: Topic, content: Content) -> Self {
        Self { topic, content, properties: Properties::default() }
    }

    /// A control message to `user`.
    pub fn control(user: &UserId, control_topic: ControlTopic, control: Control) -> Self {
        Self::new(Topic::Control(user.clone(), control_topic), Content::Control(control))
    }
}

/// Why a publication means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WireError {
    /// The topic is invalid; says why.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// A user property is invalid; says which and why.
    #[error(transparent)]
    Property(#[from] PropertyError),
    /// Longer than anything the protocol knows.
    #[error("the payload is too long ({0} bytes)")]
    TooLong(usize),
    /// Not UTF-8.
    #[error("the payload is not UTF-8")]
    NotText,
    /// Nothing, as what clears a retained publication.
    #[error("the payload is empty")]
    Empty,
    /// A word that a later version may know.
    #[error("the control word {0} is unknown")]
    Word(String),
    /// None of the forms of its topic.
    #[error("the payload has none of the forms of its topic")]
    Form,
    /// See [`RefusedName`].
    #[error(transparent)]
    Name(#[from] RefusedName),
    /// See [`SessionTimeError`].
    #[error("the acceptance has an invalid time: {0}")]
    Time(#[from] SessionTimeError),
    /// See [`SessionIdError`].
    #[error(transparent)]
    Conversation(#[from] SessionIdError),
    /// Says it is from one and is by another.
    #[error("the payload and the property disagree about who sent it")]
    Forged,
}

impl WireError {
    /// Whether it is no fault: what a later version says, and what clears a retained publication, is left alone as
    /// unknown properties are.
    pub fn is_harmless(&self) -> bool {
        matches!(self, Self::Empty | Self::Word(_))
    }
}

/// Understands a publication.
pub fn decode(prefix: &str, inbound: &Inbound) -> Result<TypedPublication, WireError> {
    let topic = Topic::parse(prefix, &inbound.topic)?;
    ensure(inbound.payload.len() <= PAYLOAD_LIMIT, WireError::TooLong(inbound.payload.len()))?;
    let properties = Properties::parse(&inbound.properties)?;
    let content = content(&topic, inbound, &properties)?;
    let is_forged = content.speaker().zip(properties.from.as_ref()).is_some_and(|(said, stated)| said != stated);
    ensure(!is_forged, WireError::Forged)?;
    Ok(TypedPublication { topic, content, properties })
}

fn content(topic: &Topic, inbound: &Inbound, properties: &Properties) -> Result<Content, WireError> {
    let conversation = topic.conversation();
    if let (Some(conversation), Some(content_type)) = (&conversation, foreign_type(inbound)) {
        let body = Body::Other { content_type, content: inbound.payload.clone() };
        return Ok(Content::Talk(conversation.clone(), properties.from.clone(), body));
    }
    if let (Topic::Presence(owner), true) = (topic, inbound.payload.is_empty()) {
        return Ok(Content::Cleared(owner.clone()));
    }
    let text = std::str::from_utf8(&inbound.payload).map_err(|_| WireError::NotText)?;
    // A line typed by hand or written by a script may end in a line feed.
    let line_of_text = text.trim_end_matches(['\r', '\n']);
    ensure(!line_of_text.is_empty() || matches!(topic, Topic::GroupRecord(_)), WireError::Empty)?;
    match conversation {
        Some(conversation) => talk(conversation, if properties.is_papo { text } else { line_of_text }),
        None => line(topic, line_of_text, properties),
    }
}

/// The content type, unless it is text; parameters such as a charset do not matter. It is cut before it is looked
/// at, so that what is written of it reads back.
fn foreign_type(inbound: &Inbound) -> Option<String> {
    let content_type = inbound.content_type.as_deref()?;
    let essence: String = content_type.split(';').next().unwrap_or_default().trim_start().chars().take(64).collect();
    let essence = essence.trim_end();
    (!essence.is_empty() && !essence.eq_ignore_ascii_case(TEXT_PLAIN)).then(|| essence.to_owned())
}

fn talk(conversation: ConversationId, text: &str) -> Result<Content, WireError> {
    let is_session = matches!(conversation, ConversationId::Session(_));
    if is_session && text.trim_end_matches(['\r', '\n']) == "END" {
        return Ok(Content::Talk(conversation, None, Body::End));
    }
    let (author, text) = text.split_once(' ').ok_or(WireError::Form)?;
    ensure(text.len() <= TEXT_LIMIT, WireError::TooLong(text.len()))?;
    let author = UserId::from_wire(author)?;
    Ok(Content::Talk(conversation, Some(author), Body::Text(text.to_owned())))
}

fn line(topic: &Topic, text: &str, properties: &Properties) -> Result<Content, WireError> {
    if let (Topic::GroupRecord(group), "") = (topic, text) {
        return Ok(Content::News(GroupNews::Disbanded(group.clone())));
    }
    let mut words = text.split(' ');
    let content = match topic {
        Topic::Users | Topic::Presence(_) => presence(topic, &mut words)?,
        Topic::Control(..) => Content::Control(control(&mut words)?),
        Topic::GroupNews(_) | Topic::GroupRecord(_) => Content::News(news(topic, &mut words, properties)?),
        Topic::GroupLeader(group) => Content::Ask(group.clone(), id(&mut words)?, ask(next(&mut words)?)?),
        Topic::GroupMembers(group) => Content::Joined(group.clone(), id(&mut words)?),
        Topic::Session(_) | Topic::GroupMessages(_) => return Err(WireError::Form),
    };
    ensure(words.next().is_none(), WireError::Form)?;
    Ok(content)
}

type Words<'a> = std::str::Split<'a, char>;

fn next<'a>(words: &mut Words<'a>) -> Result<&'a str, WireError> {
    words.next().ok_or(WireError::Form)
}

fn id(words: &mut Words<'_>) -> Result<UserId, WireError> {
    Ok(UserId::from_wire(next(words)?)?)
}

fn group(words: &mut Words<'_>) -> Result<GroupName, WireError> {
    Ok(GroupName::from_wire(next(words)?)?)
}

fn number(word: &str) -> Result<u64, WireError> {
    word.parse().map_err(|_| WireError::Form)
}

fn presence(topic: &Topic, words: &mut Words<'_>) -> Result<Content, WireError> {
    let state = |word: &str| match word {
        "online" => Ok(true),
        "offline" => Ok(false),
        _ => Err(WireError::Form),
    };
    match (topic, next(words)?, words.next()) {
        // The topic says whose it is.
        (Topic::Presence(owner), online, None) => Ok(Content::Presence(owner.clone(), state(online)?)),
        (_, _, None) => Err(WireError::Form),
        (topic, user, Some(online)) => match (topic, UserId::from_wire(user)?, state(online)?) {
            (Topic::Presence(owner), user, _) if *owner != user => Err(WireError::Forged),
            (_, user, online) => Ok(Content::Presence(user, online)),
        },
    }
}

fn control(words: &mut Words<'_>) -> Result<Control, WireError> {
    Ok(match next(words)? {
        "REQUEST" => Control::Request(id(words)?),
        "DENIED" => Control::Denied(id(words)?, words.next().map(GroupName::from_wire).transpose()?),
        "GI" => Control::Invited(group(words)?),
        "ACK" => Control::Ack(next(words)?.parse()?, number(next(words)?)?),
        "READ" => Control::Read(next(words)?.parse()?, number(next(words)?)?),
        "TYPING" => Control::Typing(next(words)?.parse()?),
        "RESEND" => {
            let conversation = next(words)?.parse()?;
            Control::Resend(conversation, number(next(words)?)?, words.next().map(number).transpose()?)
        }
        // No word begins with a digit, and every time does.
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
            for word in words.by_ref().filter(|word| !word.is_empty()) {
                let member = UserId::from_wire(word)?;
                if member != leader && !members.contains(&member) {
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
        _ => Err(WireError::Form),
    }
}

impl Content {
    /// Who says it, where the text says who. A group's record may be published by an earlier leader, and anybody may
    /// clear a presence.
    pub(crate) fn speaker(&self) -> Option<&UserId> {
        match self {
            Self::Presence(user, _) | Self::Ask(_, user, _) | Self::Joined(_, user) => Some(user),
            Self::Talk(_, author, _) => author.as_ref(),
            Self::Control(Control::Request(from) | Control::Accepted(_, from) | Control::Denied(from, _)) => Some(from),
            Self::Cleared(_) | Self::Control(_) | Self::News(_) => None,
        }
    }

    /// The text that goes over the wire.
    pub fn payload(&self) -> Vec<u8> {
        match self {
            Self::Presence(user, online) => format!("{user} {}", if *online { "online" } else { "offline" }),
            Self::Cleared(_) => String::new(),
            Self::Control(control) => control.text(),
            Self::News(news) => news.text(),
            Self::Ask(_, user, Ask::Enter) => format!("{user} ENTER"),
            Self::Ask(_, user, Ask::Leave) => format!("{user} LEAVE"),
            Self::Joined(_, user) => user.to_string(),
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

/// Writes a publication, with QoS 1. The broker keeps presences and group records; the end of a
/// group takes its record away.
pub fn encode(prefix: &str, TypedPublication { topic, content, properties }: &TypedPublication) -> Publication {
    let content_type = match content {
        Content::Talk(_, _, Body::Other { content_type, .. }) => content_type.clone(),
        _ => TEXT_PLAIN.to_owned(),
    };
    let is_erased = matches!((topic, content), (Topic::GroupRecord(_), Content::News(GroupNews::Disbanded(_))));
    Publication {
        topic: topic.name(prefix),
        payload: if is_erased { Vec::new() } else { content.payload() },
        retain: matches!(topic, Topic::Presence(_) | Topic::GroupRecord(_)),
        qos: Qos::AtLeastOnce,
        content_type: Some(content_type),
        expiry: None,
        properties: properties.to_wire(),
    }
}

#[cfg(test)]
mod tests;
