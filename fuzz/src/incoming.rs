//! Incoming publications as data that a fuzzer can generate and mutate. Most of them are publications that a peer may
//! send.

use arbitrary::Arbitrary;
use papo::{
    domain::{ConversationId, MessageId, UserId},
    protocol::Inbound,
};

use crate::choices::{
    Context, ConversationChoice, NumberChoice, START_TIME, SessionTime, TestGroup, TestUser, TextChoice, TimeChoice,
};

/// The topic and the payload of a publication.
#[derive(Debug, Clone, Arbitrary)]
pub enum PublicationKind {
    Presence {
        user: TestUser,
        online: bool,
        /// Whether the topic is `USERS` instead of `USERS/ID`.
        on_users: bool,
    },
    Request(TestUser),
    Accepted(SessionTime, TestUser),
    Denied(TestUser, Option<TestGroup>),
    Invited(TestGroup),
    Ack(ConversationChoice, NumberChoice),
    Read(ConversationChoice, NumberChoice),
    Resend(ConversationChoice, NumberChoice, Option<NumberChoice>),
    /// On `groups/info` if `true`, else on `GROUPS`.
    Created(TestGroup, bool),
    Disbanded(TestGroup, GroupTopic),
    Record {
        group: TestGroup,
        leader: TestUser,
        members: Vec<TestUser>,
        on: GroupTopic,
    },
    Enter(TestGroup, TestUser),
    Leave(TestGroup, TestUser),
    Joined(TestGroup, TestUser),
    Text(ConversationChoice, TestUser, TextChoice),
    End(ConversationChoice),
    /// Any topic and payload.
    Stray(String, Vec<u8>),
    /// The topic of the first with the payload of the second.
    Misplaced(Box<PublicationKind>, Box<PublicationKind>),
}

/// The topic of a publication about a group.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum GroupTopic {
    Record,
    Groups,
    Info,
}

/// The properties of a publication.
#[derive(Debug, Clone, Arbitrary)]
pub enum PropertyStyle {
    /// papo's properties, with a new message ID.
    Papo,
    /// papo's properties with this message ID, which an earlier publication may have.
    PapoWithId(u8),
    /// papo's properties, as the answer to the peer's request at this index.
    Answer(u8),
    /// No properties, like a plain client.
    Plain,
    /// papo's properties with the largest sequence number and revision, or those one below if `true`.
    LargeNumbers(bool),
    Free(Box<FreeProperties>),
}

/// Freely chosen properties. With `is_papo`, the missing ones have papo's values.
#[derive(Debug, Clone, Arbitrary)]
pub struct FreeProperties {
    pub is_papo: bool,
    pub id: Option<u8>,
    pub from: Option<TestUser>,
    pub n: Option<NumberChoice>,
    pub ts: Option<TimeChoice>,
    pub rev: Option<NumberChoice>,
    pub born: Option<TimeChoice>,
    pub device: Option<u8>,
    pub re: Option<u8>,
    pub also: Option<u8>,
    pub after: Option<NumberChoice>,
    pub first: Vec<(TestUser, NumberChoice)>,
    pub others: Vec<(String, String)>,
}

/// A publication that the peer receives.
#[derive(Debug, Clone, Arbitrary)]
pub struct IncomingPublication {
    pub kind: PublicationKind,
    pub style: PropertyStyle,
    pub retained: bool,
    pub ends_in_line_feed: bool,
    pub content_type: ContentType,
    /// The recipient in a control topic; alice if `None`.
    pub to: Option<TestUser>,
    /// Whether the control topic is `clients/ID` instead of `ID_Control`.
    pub on_clients: bool,
}

/// The MQTT property content type.
#[derive(Debug, Clone, Arbitrary)]
pub enum ContentType {
    None,
    Text,
    Foreign,
    Any(String),
}

type UserProperties = Vec<(String, String)>;

impl IncomingPublication {
    /// A publication for alice without a content type, not retained.
    pub fn valid(kind: PublicationKind, style: PropertyStyle) -> Self {
        let content_type = ContentType::None;
        Self { kind, style, retained: false, ends_in_line_feed: false, content_type, to: None, on_clients: false }
    }

    /// The publication as the MQTT client delivers it to the peer.
    pub fn inbound(&self, prefix: &str, context: &Context) -> Inbound {
        let mut payload = self.payload(&self.kind, context);
        if self.ends_in_line_feed {
            payload.push(b'\n');
        }
        let content_type = match &self.content_type {
            ContentType::None => None,
            ContentType::Text => Some("text/plain; charset=utf-8".to_owned()),
            ContentType::Foreign => Some("application/mls".to_owned()),
            ContentType::Any(text) => Some(text.clone()),
        };
        Inbound {
            topic: format!("{prefix}{}", self.topic(&self.kind, context)),
            payload,
            retained: self.retained,
            content_type,
            expiry: None,
            properties: self.properties(context),
        }
    }

    fn topic(&self, kind: &PublicationKind, context: &Context) -> String {
        let group_topic = |group: &TestGroup, on: GroupTopic| match on {
            GroupTopic::Record => format!("GROUPS/{}", group.text()),
            GroupTopic::Groups => "GROUPS".to_owned(),
            GroupTopic::Info => "groups/info".to_owned(),
        };
        match kind {
            PublicationKind::Presence { on_users: true, .. } => "USERS".to_owned(),
            PublicationKind::Presence { user, .. } => format!("USERS/{}", user.text()),
            PublicationKind::Created(group, on_info) => {
                group_topic(group, if *on_info { GroupTopic::Info } else { GroupTopic::Groups })
            }
            PublicationKind::Disbanded(group, on) | PublicationKind::Record { group, on, .. } => {
                group_topic(group, *on)
            }
            PublicationKind::Enter(group, _) | PublicationKind::Leave(group, _) => {
                format!("groups/{}/leader", group.text())
            }
            PublicationKind::Joined(group, _) => format!("groups/{}/members", group.text()),
            PublicationKind::Text(conversation, ..) | PublicationKind::End(conversation) => {
                match conversation.id(context) {
                    ConversationId::Session(session) => session.to_string(),
                    ConversationId::Group(group) => format!("groups/{group}/messages"),
                }
            }
            PublicationKind::Stray(topic, _) => topic.clone(),
            PublicationKind::Misplaced(topic_kind, _) => self.topic(topic_kind, context),
            _ => {
                let to = self.to.unwrap_or(TestUser::Alice).text();
                if self.on_clients { format!("clients/{to}") } else { format!("{to}_Control") }
            }
        }
    }

    fn payload(&self, kind: &PublicationKind, context: &Context) -> Vec<u8> {
        let control = |word: &str, conversation: &ConversationChoice, count: &NumberChoice| {
            let id = conversation.id(context);
            format!("{word} {id} {}", count.number(context.sent(&id)))
        };
        match kind {
            PublicationKind::Presence { user, online: true, .. } => format!("{} online", user.text()),
            PublicationKind::Presence { user, .. } => format!("{} offline", user.text()),
            PublicationKind::Request(user) => format!("REQUEST {}", user.text()),
            PublicationKind::Accepted(time, user) => format!("{} {}", time.text(context), user.text()),
            PublicationKind::Denied(user, None) => format!("DENIED {}", user.text()),
            PublicationKind::Denied(user, Some(group)) => format!("DENIED {} {}", user.text(), group.text()),
            PublicationKind::Invited(group) => format!("GI {}", group.text()),
            PublicationKind::Ack(conversation, n) => control("ACK", conversation, n),
            PublicationKind::Read(conversation, n) => control("READ", conversation, n),
            PublicationKind::Resend(conversation, from, None) => control("RESEND", conversation, from),
            PublicationKind::Resend(conversation, from, Some(upto)) => {
                format!(
                    "{} {}",
                    control("RESEND", conversation, from),
                    upto.number(context.sent(&conversation.id(context)))
                )
            }
            PublicationKind::Created(group, _) => format!("{} CREATE", group.text()),
            PublicationKind::Disbanded(_, GroupTopic::Record) => String::new(),
            PublicationKind::Disbanded(group, _) => format!("{} DISBAND", group.text()),
            PublicationKind::Record { group, leader, members, .. } => {
                let members = members.iter().map(|member| format!(" {}", member.text()));
                format!("{} {}{}", group.text(), leader.text(), members.collect::<String>())
            }
            PublicationKind::Enter(_, user) => format!("{} ENTER", user.text()),
            PublicationKind::Leave(_, user) => format!("{} LEAVE", user.text()),
            PublicationKind::Joined(_, user) => user.text().to_owned(),
            PublicationKind::Text(_, user, words) => format!("{} {}", user.text(), words.text()),
            PublicationKind::End(_) => "END".to_owned(),
            PublicationKind::Stray(_, payload) => return payload.clone(),
            PublicationKind::Misplaced(_, text) => return self.payload(text, context),
        }
        .into_bytes()
    }

    /// The sender; bob if the kind of publication does not name one.
    fn author(&self, context: &Context) -> UserId {
        let other = |conversation: &ConversationChoice| match conversation.id(context) {
            ConversationId::Session(session) => session.peer_of(&TestUser::Alice.id()).cloned(),
            ConversationId::Group(_) => None,
        };
        let sender = match &self.kind {
            PublicationKind::Presence { user, .. }
            | PublicationKind::Request(user)
            | PublicationKind::Accepted(_, user)
            | PublicationKind::Denied(user, _)
            | PublicationKind::Enter(_, user)
            | PublicationKind::Leave(_, user)
            | PublicationKind::Joined(_, user)
            | PublicationKind::Text(_, user, _)
            | PublicationKind::Record { leader: user, .. } => Some(user.id()),
            PublicationKind::Ack(conversation, _)
            | PublicationKind::Read(conversation, _)
            | PublicationKind::Resend(conversation, ..)
            | PublicationKind::End(conversation) => other(conversation),
            _ => None,
        };
        sender.unwrap_or_else(|| TestUser::Bob.id())
    }

    /// The next expected sequence number of a message or revision of a record; 1 for other kinds.
    fn expected(&self, context: &Context) -> u64 {
        match &self.kind {
            PublicationKind::Text(conversation, ..) | PublicationKind::End(conversation) => {
                context.received(&conversation.id(context), &self.author(context)).saturating_add(1)
            }
            PublicationKind::Record { group, .. } | PublicationKind::Disbanded(group, _) => {
                let group = group.text().parse().expect("a valid name");
                context.peer.and_then(|peer| peer.groups().get(&group)).map_or(1, |group| group.rev.saturating_add(1))
            }
            _ => 1,
        }
    }

    fn properties(&self, context: &Context) -> UserProperties {
        let new_id = MessageId::from_bytes(u128::from(context.step).to_be_bytes());
        match &self.style {
            PropertyStyle::Plain => Vec::new(),
            PropertyStyle::LargeNumbers(is_one_below) => {
                let largest = (u64::MAX - u64::from(*is_one_below)).to_string();
                let mut pairs: UserProperties = ["n", "rev"].map(|name| (name.to_owned(), largest.clone())).into();
                pairs.push(("after".to_owned(), "0".to_owned()));
                pairs.extend(self.papo_properties(context, new_id));
                pairs
            }
            PropertyStyle::Papo => self.papo_properties(context, new_id),
            PropertyStyle::PapoWithId(id) => self.papo_properties(context, MessageId::from_bytes([*id; 16])),
            PropertyStyle::Answer(request) => {
                let mut pairs = self.papo_properties(context, new_id);
                pairs.push(("re".to_owned(), context.request(*request).to_string()));
                pairs
            }
            PropertyStyle::Free(choices) => {
                // If a property is repeated, the first one counts.
                let mut pairs = self.free_properties(choices, context);
                if choices.is_papo {
                    pairs.extend(self.papo_properties(context, new_id));
                }
                pairs
            }
        }
    }

    fn papo_properties(&self, context: &Context, id: MessageId) -> UserProperties {
        let mut pairs = vec![
            ("papo", "1".to_owned()),
            ("id", id.to_string()),
            ("from", self.author(context).to_string()),
            ("ts", context.now.to_string()),
        ];
        match &self.kind {
            PublicationKind::Text(..) | PublicationKind::End(_) => {
                pairs.push(("n", self.expected(context).to_string()))
            }
            PublicationKind::Record { group, .. } | PublicationKind::Disbanded(group, _) => {
                let group = group.text().parse().expect("a valid name");
                let born =
                    context.peer.and_then(|peer| peer.groups().get(&group)).map_or(START_TIME, |group| group.born);
                pairs.extend([("rev", self.expected(context).to_string()), ("born", born.to_string())]);
            }
            _ => {}
        }
        if matches!(self.kind, PublicationKind::Text(..) | PublicationKind::End(_) | PublicationKind::Presence { .. }) {
            pairs.push(("device", format!("of {}", self.author(context))));
        }
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn free_properties(&self, choices: &FreeProperties, context: &Context) -> UserProperties {
        let id = |byte: &u8| MessageId::from_bytes([*byte; 16]).to_string();
        let number = |count: NumberChoice| count.number(self.expected(context)).to_string();
        let time = |time: TimeChoice| time.at(context).to_string();
        let mut pairs = Vec::new();
        let mut push = |name: &str, value: Option<String>| {
            pairs.extend(value.map(|value| (name.to_owned(), value)));
        };
        push("papo", choices.is_papo.then(|| "1".to_owned()));
        push("id", choices.id.as_ref().map(id));
        push("from", choices.from.map(|user| user.text().to_owned()));
        push("n", choices.n.map(number));
        push("ts", choices.ts.map(time));
        push("rev", choices.rev.map(number));
        push("born", choices.born.map(time));
        push("device", choices.device.map(|device| format!("device {device}")));
        push("re", choices.re.map(|index| context.request(index).to_string()));
        push("also", choices.also.as_ref().map(id));
        push("after", choices.after.map(number));
        for (user, count) in &choices.first {
            push("first", Some(format!("{} {}", user.text(), number(*count))));
        }
        pairs.extend(choices.others.iter().cloned());
        pairs
    }
}
