//! Publications as data that a fuzzer can bend: most of what it makes is something that a peer may say.

use arbitrary::Arbitrary;
use papo::{
    domain::{ConversationId, MessageId, SessionId, Timestamp, UserId},
    protocol::{Inbound, Peer},
};

/// When every life begins.
pub const START: Timestamp = Timestamp::from_millis(1_000_000_000_000);

/// What the shapes refer to: a peer as it stands.
pub struct Scene<'a> {
    /// Who listens.
    pub peer: Option<&'a Peer>,
    /// Its time.
    pub now: Timestamp,
    /// Makes ids that are new.
    pub step: u64,
}

impl Default for Scene<'_> {
    fn default() -> Self {
        Self { peer: None, now: START, step: 0 }
    }
}

impl Scene<'_> {
    /// One of the listener's conversations; counts around.
    pub fn talk(&self, at: u8) -> Option<ConversationId> {
        let conversations = self.peer?.conversations();
        conversations.keys().nth(usize::from(at) % conversations.len().max(1)).cloned()
    }

    /// One of its requests, from the newest on; counts around.
    pub fn request(&self, at: u8) -> MessageId {
        let requests: Vec<MessageId> = self.peer.into_iter().flat_map(Peer::requests).map(|r| r.id).collect();
        let newest_first = requests.len().checked_sub(1 + usize::from(at) % requests.len().max(1));
        newest_first.map_or(MessageId::from_bytes([at; 16]), |at| requests[at])
    }

    fn received(&self, talk: &ConversationId, author: &UserId) -> u64 {
        let known = self.peer.and_then(|peer| peer.progress(talk).find(|(user, _)| *user == author));
        known.and_then(|(_, progress)| progress.received).unwrap_or(0)
    }

    fn sent(&self, talk: &ConversationId) -> u64 {
        self.peer.and_then(|peer| peer.conversations().get(talk)).map_or(0, |talk| talk.sent)
    }
}

/// Somebody.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Who {
    Alice,
    Bob,
    Carol,
    Dave,
    Zoe,
}

impl Who {
    /// All but alice, who is the one that listens.
    pub const OTHERS: [Self; 4] = [Self::Bob, Self::Carol, Self::Dave, Self::Zoe];

    fn text(self) -> &'static str {
        match self {
            Self::Alice => "alice",
            Self::Bob => "bob",
            Self::Carol => "carol",
            Self::Dave => "d",
            Self::Zoe => "Zoë",
        }
    }

    /// The id.
    pub fn id(self) -> UserId {
        self.text().parse().expect("it is valid")
    }
}

/// A group.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Circle {
    Ops,
    Devs,
    Info,
}

impl Circle {
    pub fn text(self) -> &'static str {
        match self {
            Self::Ops => "ops",
            Self::Devs => "devs",
            Self::Info => "info",
        }
    }
}

/// A conversation.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Talk {
    /// One that the listener has.
    Known(u8),
    Circle(Circle),
    Session(Who, Who, Started),
}

impl Talk {
    pub fn id(self, scene: &Scene) -> ConversationId {
        match self {
            Self::Known(at) => scene.talk(at).unwrap_or_else(|| Self::Circle(Circle::Ops).id(scene)),
            Self::Circle(circle) => ConversationId::Group(circle.text().parse().expect("it is valid")),
            Self::Session(accepter, requester, time) => ConversationId::Session(SessionId {
                accepter: accepter.id(),
                requester: requester.id(),
                started: time.text(scene).parse().unwrap_or_else(|_| scene.now.into()),
            }),
        }
    }
}

/// A time that somebody states.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Time {
    Now,
    Ago(u8),
    Ahead(u16),
    Small(u8),
    Any(u64),
}

/// A time in a session's topic.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Started {
    At(Time),
    /// In another form than papo's own.
    Other(u8),
}

impl Started {
    /// In forms that count, and the last two do not.
    fn text(self, scene: &Scene) -> String {
        match self {
            Self::At(time) => time.at(scene).to_string(),
            Self::Other(which) => [
                "007",
                "1763900000.123",
                "2026-11-29T11:04:00Z",
                "99999999999999999999999999999999",
                "2026-11-29T11:04:00+01:00",
                "noon",
            ][usize::from(which) % 6]
                .to_owned(),
        }
    }
}

impl Time {
    fn at(self, scene: &Scene) -> Timestamp {
        let now = scene.now.as_millis();
        Timestamp::from_millis(match self {
            Self::Now => now,
            Self::Ago(seconds) => now.saturating_sub(u64::from(seconds) * 1000),
            Self::Ahead(seconds) => now.saturating_add(u64::from(seconds) * 1000),
            Self::Small(time) => time.into(),
            Self::Any(time) => time,
        })
    }
}

/// A number.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Count {
    /// So far from the one that is due.
    Due(i8),
    Small(u8),
    /// So far below the largest.
    Huge(u8),
}

impl Count {
    fn from(self, due: u64) -> u64 {
        match self {
            Self::Due(by) => due.saturating_add_signed(i64::from(by % 4)),
            Self::Small(n) => n.into(),
            Self::Huge(below) => u64::MAX - u64::from(below),
        }
    }
}

/// What is said, and where.
#[derive(Debug, Clone, Arbitrary)]
pub enum Said {
    Presence {
        who: Who,
        online: bool,
        on_users: bool,
    },
    Request(Who),
    Accepted(Started, Who),
    Denied(Who, Option<Circle>),
    Invited(Circle),
    Ack(Talk, Count),
    Read(Talk, Count),
    Resend(Talk, Count, Option<Count>),
    Created(Circle, bool),
    Disbanded(Circle, NewsOn),
    Record {
        circle: Circle,
        leader: Who,
        members: Vec<Who>,
        on: NewsOn,
    },
    Enter(Circle, Who),
    Leave(Circle, Who),
    Joined(Circle, Who),
    Text(Talk, Who, Words),
    End(Talk),
    /// Anywhere, anything.
    Stray(String, Vec<u8>),
    /// Something where it does not belong.
    Misplaced(Box<Said>, Box<Said>),
}

/// Where news of a group stand.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum NewsOn {
    Record,
    Groups,
    Info,
}

/// A text.
#[derive(Debug, Clone, Arbitrary)]
pub enum Words {
    Short(u8),
    End,
    Any(String),
    Long(u16),
}

impl Words {
    pub fn text(&self) -> String {
        match self {
            Self::Short(n) => format!("text {n}"),
            Self::End => "END".to_owned(),
            Self::Any(text) => text.clone(),
            Self::Long(below) => "x".repeat(65_540 - usize::from(*below) % 16),
        }
    }
}

/// How it is said.
#[derive(Debug, Clone, Arbitrary)]
pub enum Manner {
    /// As papo does.
    Papo,
    /// The same once more, or with something else under the same id.
    PapoWithId(u8),
    /// In answer to one of the listener's requests.
    Answer(u8),
    /// By hand.
    Plain,
    /// With the largest numbers that there are, or those just below.
    Far(bool),
    Free(Box<Marks>),
}

/// Properties of which each may be anything; where it is a papo's, what is left out is as papo has it.
#[derive(Debug, Clone, Arbitrary)]
pub struct Marks {
    pub is_papo: bool,
    pub id: Option<u8>,
    pub from: Option<Who>,
    pub n: Option<Count>,
    pub ts: Option<Time>,
    pub rev: Option<Count>,
    pub born: Option<Time>,
    pub device: Option<u8>,
    pub re: Option<u8>,
    pub also: Option<u8>,
    pub after: Option<Count>,
    pub first: Vec<(Who, Count)>,
    pub odd: Vec<(String, String)>,
}

/// A publication that comes in.
#[derive(Debug, Clone, Arbitrary)]
pub struct Heard {
    pub said: Said,
    pub manner: Manner,
    pub retained: bool,
    pub ends_in_line_feed: bool,
    pub content_type: ContentType,
    /// Of a broker, whoever it is for; else it is for the listener.
    pub to: Option<Who>,
    pub on_clients: bool,
}

/// MQTT's content type.
#[derive(Debug, Clone, Arbitrary)]
pub enum ContentType {
    None,
    Text,
    Foreign,
    Any(String),
}

type Pairs = Vec<(String, String)>;

impl Heard {
    /// Something that is in order, from one papo to another.
    pub fn proper(said: Said, manner: Manner) -> Self {
        let content_type = ContentType::None;
        Self { said, manner, retained: false, ends_in_line_feed: false, content_type, to: None, on_clients: false }
    }

    /// It, as it arrives at the one who listens.
    pub fn inbound(&self, prefix: &str, scene: &Scene) -> Inbound {
        let mut payload = self.payload(&self.said, scene);
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
            topic: format!("{prefix}{}", self.topic(&self.said, scene)),
            payload,
            retained: self.retained,
            content_type,
            properties: self.properties(scene),
        }
    }

    fn topic(&self, said: &Said, scene: &Scene) -> String {
        let news = |circle: &Circle, on: NewsOn| match on {
            NewsOn::Record => format!("GROUPS/{}", circle.text()),
            NewsOn::Groups => "GROUPS".to_owned(),
            NewsOn::Info => "groups/info".to_owned(),
        };
        match said {
            Said::Presence { on_users: true, .. } => "USERS".to_owned(),
            Said::Presence { who, .. } => format!("USERS/{}", who.text()),
            Said::Created(circle, on_info) => news(circle, if *on_info { NewsOn::Info } else { NewsOn::Groups }),
            Said::Disbanded(circle, on) | Said::Record { circle, on, .. } => news(circle, *on),
            Said::Enter(circle, _) | Said::Leave(circle, _) => format!("groups/{}/leader", circle.text()),
            Said::Joined(circle, _) => format!("groups/{}/members", circle.text()),
            Said::Text(talk, ..) | Said::End(talk) => match talk.id(scene) {
                ConversationId::Session(session) => session.to_string(),
                ConversationId::Group(group) => format!("groups/{group}/messages"),
            },
            Said::Stray(topic, _) => topic.clone(),
            Said::Misplaced(place, _) => self.topic(place, scene),
            _ => {
                let to = self.to.unwrap_or(Who::Alice).text();
                if self.on_clients { format!("clients/{to}") } else { format!("{to}_Control") }
            }
        }
    }

    fn payload(&self, said: &Said, scene: &Scene) -> Vec<u8> {
        let control = |word: &str, talk: &Talk, count: &Count| {
            let id = talk.id(scene);
            format!("{word} {id} {}", count.from(scene.sent(&id)))
        };
        match said {
            Said::Presence { who, online: true, .. } => format!("{} online", who.text()),
            Said::Presence { who, .. } => format!("{} offline", who.text()),
            Said::Request(who) => format!("REQUEST {}", who.text()),
            Said::Accepted(time, who) => format!("{} {}", time.text(scene), who.text()),
            Said::Denied(who, None) => format!("DENIED {}", who.text()),
            Said::Denied(who, Some(circle)) => format!("DENIED {} {}", who.text(), circle.text()),
            Said::Invited(circle) => format!("GI {}", circle.text()),
            Said::Ack(talk, n) => control("ACK", talk, n),
            Said::Read(talk, n) => control("READ", talk, n),
            Said::Resend(talk, from, None) => control("RESEND", talk, from),
            Said::Resend(talk, from, Some(upto)) => {
                format!("{} {}", control("RESEND", talk, from), upto.from(scene.sent(&talk.id(scene))))
            }
            Said::Created(circle, _) => format!("{} CREATE", circle.text()),
            Said::Disbanded(_, NewsOn::Record) => String::new(),
            Said::Disbanded(circle, _) => format!("{} DISBAND", circle.text()),
            Said::Record { circle, leader, members, .. } => {
                let members = members.iter().map(|member| format!(" {}", member.text()));
                format!("{} {}{}", circle.text(), leader.text(), members.collect::<String>())
            }
            Said::Enter(_, who) => format!("{} ENTER", who.text()),
            Said::Leave(_, who) => format!("{} LEAVE", who.text()),
            Said::Joined(_, who) => who.text().to_owned(),
            Said::Text(_, who, words) => format!("{} {}", who.text(), words.text()),
            Said::End(_) => "END".to_owned(),
            Said::Stray(_, payload) => return payload.clone(),
            Said::Misplaced(_, text) => return self.payload(text, scene),
        }
        .into_bytes()
    }

    /// Who says it, where the listener knows.
    fn author(&self, scene: &Scene) -> UserId {
        let other = |talk: &Talk| match talk.id(scene) {
            ConversationId::Session(session) => session.peer_of(&Who::Alice.id()).cloned(),
            ConversationId::Group(_) => None,
        };
        let by = match &self.said {
            Said::Presence { who, .. }
            | Said::Request(who)
            | Said::Accepted(_, who)
            | Said::Denied(who, _)
            | Said::Enter(_, who)
            | Said::Leave(_, who)
            | Said::Joined(_, who)
            | Said::Text(_, who, _)
            | Said::Record { leader: who, .. } => Some(who.id()),
            Said::Ack(talk, _) | Said::Read(talk, _) | Said::Resend(talk, ..) | Said::End(talk) => other(talk),
            _ => None,
        };
        by.unwrap_or_else(|| Who::Bob.id())
    }

    /// What is due next of its kind: the number of a message, the revision of a record.
    fn due(&self, scene: &Scene) -> u64 {
        match &self.said {
            Said::Text(talk, ..) | Said::End(talk) => {
                scene.received(&talk.id(scene), &self.author(scene)).saturating_add(1)
            }
            Said::Record { circle, .. } | Said::Disbanded(circle, _) => {
                let group = circle.text().parse().expect("it is valid");
                scene.peer.and_then(|peer| peer.groups().get(&group)).map_or(1, |group| group.rev.saturating_add(1))
            }
            _ => 1,
        }
    }

    fn properties(&self, scene: &Scene) -> Pairs {
        let fresh = MessageId::from_bytes(u128::from(scene.step).to_be_bytes());
        match &self.manner {
            Manner::Plain => Vec::new(),
            Manner::Far(just_below) => {
                let far = (u64::MAX - u64::from(*just_below)).to_string();
                let mut pairs: Pairs = ["n", "rev"].map(|name| (name.to_owned(), far.clone())).into();
                pairs.push(("after".to_owned(), "0".to_owned()));
                pairs.extend(self.as_papo(scene, fresh));
                pairs
            }
            Manner::Papo => self.as_papo(scene, fresh),
            Manner::PapoWithId(id) => self.as_papo(scene, MessageId::from_bytes([*id; 16])),
            Manner::Answer(request) => {
                let mut pairs = self.as_papo(scene, fresh);
                pairs.push(("re".to_owned(), scene.request(*request).to_string()));
                pairs
            }
            Manner::Free(marks) => {
                // Of properties that are repeated the first counts.
                let mut pairs = self.marked(marks, scene);
                if marks.is_papo {
                    pairs.extend(self.as_papo(scene, fresh));
                }
                pairs
            }
        }
    }

    fn as_papo(&self, scene: &Scene, id: MessageId) -> Pairs {
        let mut pairs = vec![
            ("papo", "1".to_owned()),
            ("id", id.to_string()),
            ("from", self.author(scene).to_string()),
            ("ts", scene.now.to_string()),
        ];
        match &self.said {
            Said::Text(..) | Said::End(_) => pairs.push(("n", self.due(scene).to_string())),
            Said::Record { circle, .. } | Said::Disbanded(circle, _) => {
                let group = circle.text().parse().expect("it is valid");
                let born = scene.peer.and_then(|peer| peer.groups().get(&group)).map_or(START, |group| group.born);
                pairs.extend([("rev", self.due(scene).to_string()), ("born", born.to_string())]);
            }
            _ => {}
        }
        if matches!(self.said, Said::Text(..) | Said::End(_) | Said::Presence { .. }) {
            pairs.push(("device", format!("of {}", self.author(scene))));
        }
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn marked(&self, marks: &Marks, scene: &Scene) -> Pairs {
        let id = |at: &u8| MessageId::from_bytes([*at; 16]).to_string();
        let number = |count: Count| count.from(self.due(scene)).to_string();
        let time = |time: Time| time.at(scene).to_string();
        let mut pairs = Vec::new();
        let mut push = |name: &str, value: Option<String>| {
            pairs.extend(value.map(|value| (name.to_owned(), value)));
        };
        push("papo", marks.is_papo.then(|| "1".to_owned()));
        push("id", marks.id.as_ref().map(id));
        push("from", marks.from.map(|who| who.text().to_owned()));
        push("n", marks.n.map(number));
        push("ts", marks.ts.map(time));
        push("rev", marks.rev.map(number));
        push("born", marks.born.map(time));
        push("device", marks.device.map(|device| format!("device {device}")));
        push("re", marks.re.map(|at| scene.request(at).to_string()));
        push("also", marks.also.as_ref().map(id));
        push("after", marks.after.map(number));
        for (who, count) in &marks.first {
            push("first", Some(format!("{} {}", who.text(), number(*count))));
        }
        pairs.extend(marks.odd.iter().cloned());
        pairs
    }
}
