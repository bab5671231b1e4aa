//! The state of a peer, and values that a fuzzer can choose: users, groups, conversations, times, numbers and texts.

use arbitrary::Arbitrary;
use papo::{
    domain::{ConversationId, MessageId, SessionId, Timestamp, UserId},
    protocol::Peer,
};

/// The time at the start of every scenario.
pub const START_TIME: Timestamp = Timestamp::from_millis(1_000_000_000_000);

/// The state that choices refer to.
pub struct Context<'a> {
    /// The peer that receives the publications.
    pub peer: Option<&'a Peer>,
    /// The current time.
    pub now: Timestamp,
    /// The number of the step, from which new message IDs derive.
    pub step: u64,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self { peer: None, now: START_TIME, step: 0 }
    }
}

impl Context<'_> {
    /// The peer's conversation at this index, modulo their number; `None` if there are none.
    pub fn conversation(&self, index: u8) -> Option<ConversationId> {
        let conversations = self.peer?.conversations();
        conversations.keys().nth(usize::from(index) % conversations.len().max(1)).cloned()
    }

    /// The ID of the peer's request at this index from the newest, modulo their number; an unknown ID if there are
    /// none.
    pub fn request(&self, index: u8) -> MessageId {
        let requests: Vec<MessageId> = self.peer.into_iter().flat_map(Peer::requests).map(|r| r.id).collect();
        let newest_first = requests.len().checked_sub(1 + usize::from(index) % requests.len().max(1));
        newest_first.map_or(MessageId::from_bytes([index; 16]), |index| requests[index])
    }

    /// The number of the last message that the peer has received from `author`; 0 if there is none.
    pub fn received(&self, conversation: &ConversationId, author: &UserId) -> u64 {
        let known = self.peer.and_then(|peer| peer.progress(conversation).find(|(user, _)| *user == author));
        known.and_then(|(_, progress)| progress.received).unwrap_or(0)
    }

    /// The number of messages that the peer has sent.
    pub fn sent(&self, conversation: &ConversationId) -> u64 {
        self.peer.and_then(|peer| peer.conversations().get(conversation)).map_or(0, |conversation| conversation.sent)
    }
}

/// A user.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum TestUser {
    Alice,
    Bob,
    Carol,
    Dave,
    Zoe,
}

impl TestUser {
    /// All users except alice, whose peer receives the publications.
    pub const OTHERS: [Self; 4] = [Self::Bob, Self::Carol, Self::Dave, Self::Zoe];

    pub fn text(self) -> &'static str {
        match self {
            Self::Alice => "alice",
            Self::Bob => "bob",
            Self::Carol => "carol",
            Self::Dave => "d",
            Self::Zoe => "Zoë",
        }
    }

    pub fn id(self) -> UserId {
        self.text().parse().expect("a valid name")
    }
}

/// A group.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum TestGroup {
    Ops,
    Devs,
    Info,
}

impl TestGroup {
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
pub enum ConversationChoice {
    /// The peer's conversation at this index, or the group `ops` if there are none.
    Known(u8),
    Group(TestGroup),
    Session(TestUser, TestUser, SessionTime),
}

impl ConversationChoice {
    pub fn id(self, context: &Context) -> ConversationId {
        match self {
            Self::Known(index) => {
                context.conversation(index).unwrap_or_else(|| Self::Group(TestGroup::Ops).id(context))
            }
            Self::Group(group) => ConversationId::Group(group.text().parse().expect("a valid name")),
            Self::Session(accepter, requester, time) => ConversationId::Session(SessionId {
                accepter: accepter.id(),
                requester: requester.id(),
                started: time.text(context).parse().unwrap_or_else(|_| context.now.into()),
            }),
        }
    }
}

/// A time in a publication.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum TimeChoice {
    Now,
    /// This many seconds before now.
    Ago(u8),
    /// This many seconds after now.
    Ahead(u16),
    /// This many milliseconds after the epoch.
    Small(u8),
    Any(u64),
}

/// The time in a session's topic.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum SessionTime {
    At(TimeChoice),
    /// A time in another format than papo's milliseconds.
    Other(u8),
}

impl SessionTime {
    /// The text of the time. The last two formats are invalid.
    pub fn text(self, context: &Context) -> String {
        match self {
            Self::At(time) => time.at(context).to_string(),
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

impl TimeChoice {
    pub fn at(self, context: &Context) -> Timestamp {
        let now = context.now.as_millis();
        Timestamp::from_millis(match self {
            Self::Now => now,
            Self::Ago(seconds) => now.saturating_sub(u64::from(seconds) * 1000),
            Self::Ahead(seconds) => now.saturating_add(u64::from(seconds) * 1000),
            Self::Small(time) => time.into(),
            Self::Any(time) => time,
        })
    }
}

/// A sequence number or revision.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum NumberChoice {
    /// This offset from the expected number, modulo 4.
    Expected(i8),
    Small(u8),
    /// This distance from the largest number.
    Huge(u8),
}

impl NumberChoice {
    pub fn number(self, expected: u64) -> u64 {
        match self {
            Self::Expected(by) => expected.saturating_add_signed(i64::from(by % 4)),
            Self::Small(n) => n.into(),
            Self::Huge(below) => u64::MAX - u64::from(below),
        }
    }
}

/// The text of a message.
#[derive(Debug, Clone, Arbitrary)]
pub enum TextChoice {
    Short(u8),
    End,
    Any(String),
    /// A text of 65,525 to 65,540 bytes.
    Long(u16),
}

impl TextChoice {
    pub fn text(&self) -> String {
        match self {
            Self::Short(n) => format!("text {n}"),
            Self::End => "END".to_owned(),
            Self::Any(text) => text.clone(),
            Self::Long(below) => "x".repeat(65_540 - usize::from(*below) % 16),
        }
    }
}
