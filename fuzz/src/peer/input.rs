//! Inputs as data that a fuzzer can bend.

use arbitrary::Arbitrary;
use papo::{
    domain::{ConversationId, ControlTopic, GroupName, MessageId, Relation, SessionId},
    protocol::{AckToken, Command, Input, PubOutcome, RowId},
};

use crate::{
    heard::{Circle, Heard, Scene, Talk, Who, Words},
    protocol::topic::Topic,
    store::Store,
};

/// What happens.
#[derive(Debug, Arbitrary)]
pub enum What {
    Timeout,
    Connected {
        session_present: bool,
    },
    Subscribed,
    /// Of what was asked for, these.
    SubscribeRefused(Vec<Wanted>),
    Disconnected,
    Received {
        heard: Heard,
        packet: u8,
    },
    Published {
        row: Place,
        outcome: Outcome,
    },
    Fetched(Fetched),
    Command(Wish),
    /// The program is started again with what was committed.
    Restart,
    /// The ids that were asked for first, or none.
    FetchedIds {
        whole: bool,
    },
}

/// A subscription that the peer asks for.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Wanted {
    Control,
    Users,
    Groups,
    Talk(Talk),
}

/// A row of the outbox.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Place {
    /// One that waits; counts around.
    Waiting(u8),
    Any(u64),
}

/// What the broker says.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Outcome {
    Taken,
    NobodyListens,
    Refused,
}

/// What is read back.
#[derive(Debug, Arbitrary)]
pub enum Fetched {
    /// What was asked for.
    Whole,
    /// It could not be read.
    Nothing,
    /// The answer to a question that nobody asked.
    Stray(Talk, u8, u8),
}

/// What the user wants.
#[derive(Debug, Arbitrary)]
pub enum Wish {
    RequestChat(Who),
    Withdraw(u8),
    Accept(u8),
    Deny(u8),
    Send(Talk, Words),
    End(Talk),
    MarkRead(Talk),
    SaveDraft(u8, u8),
    CreateGroup(Circle),
    JoinGroup(Circle),
    Invite(Circle, Who),
    RemoveMember(Circle, Who),
    HandOver(Circle, Who),
    LeaveGroup(Circle),
    DisbandGroup(Circle),
    ClaimLead(Circle),
    Block(Who),
    Unblock(Who),
    SendAgain(Place),
    Drop(Place),
    GoOffline,
    Reply(Talk, u8, Words),
    Edit(Talk, u8, Words),
    Typing(Talk),
    Forget(Who),
}

impl What {
    /// The input; `None` where there is nothing that it could be about.
    pub fn input(
        &self,
        prefix: &str,
        scene: &Scene,
        store: &Store,
        fetches: &mut Vec<(ConversationId, u64, u64)>,
    ) -> Option<Input> {
        Some(match self {
            Self::Timeout => Input::Timeout,
            Self::Connected { session_present } => {
                fetches.clear();
                Input::Connected { session_present: *session_present }
            }
            Self::Subscribed => Input::Subscribed,
            Self::SubscribeRefused(wanted) => {
                Input::SubscribeRefused(wanted.iter().map(|wanted| wanted.filter(prefix, scene)).collect())
            }
            Self::Disconnected => Input::Disconnected,
            Self::Received { heard, packet } => Input::Received {
                inbound: heard.inbound(prefix, scene),
                token: AckToken { epoch: 1, packet: (*packet).into() },
            },
            Self::Published { row, outcome } => {
                let outcome = match outcome {
                    Outcome::Taken => PubOutcome::Taken,
                    Outcome::NobodyListens => PubOutcome::NobodyListens,
                    Outcome::Refused => PubOutcome::Refused("not authorized".into()),
                };
                Input::Published { row: row.row(scene), outcome }
            }
            Self::Fetched(fetched) => {
                let (conversation, from, upto) = match fetched {
                    Fetched::Stray(talk, from, upto) => (talk.id(scene), (*from).into(), (*upto).into()),
                    _ if fetches.is_empty() => return None,
                    _ => fetches.remove(0),
                };
                let messages = match fetched {
                    Fetched::Nothing => Vec::new(),
                    _ => store.numbered(&conversation, &Who::Alice.id(), from, upto),
                };
                Input::Fetched { conversation, from, upto, messages }
            }
            Self::Command(_) | Self::Restart | Self::FetchedIds { .. } => return None,
        })
    }
}

impl Wanted {
    fn filter(self, prefix: &str, scene: &Scene) -> String {
        match self {
            Self::Control => Topic::Control(Who::Alice.id(), ControlTopic::Control).name(prefix),
            Self::Users => format!("{prefix}USERS/#"),
            Self::Groups => format!("{prefix}GROUPS/#"),
            Self::Talk(talk) => Topic::of(&talk.id(scene)).name(prefix),
        }
    }
}

impl Place {
    fn row(self, scene: &Scene) -> RowId {
        match self {
            Self::Waiting(at) => {
                let waiting = scene.peer.map(|peer| peer.outbox()).into_iter().flatten();
                let rows: Vec<RowId> = waiting.map(|waiting| waiting.row).collect();
                rows.get(usize::from(at) % rows.len().max(1)).copied().unwrap_or(RowId(at.into()))
            }
            Self::Any(row) => RowId(row),
        }
    }
}

impl Wish {
    /// The command; `None` where there is nothing that it could be about.
    pub fn command(&self, scene: &Scene) -> Option<Command> {
        let group = |circle: &Circle| -> GroupName { circle.text().parse().expect("it is valid") };
        Some(match self {
            Self::RequestChat(who) => Command::RequestChat(who.id()),
            Self::Withdraw(at) => Command::Withdraw(scene.request(*at)),
            Self::Accept(at) => Command::Accept(scene.request(*at)),
            Self::Deny(at) => Command::Deny(scene.request(*at)),
            Self::Send(talk, words) => {
                Command::Send { conversation: talk.id(scene), text: words.text(), relation: None }
            }
            Self::End(talk) => Command::End(session(talk.id(scene))?),
            Self::MarkRead(talk) => Command::MarkRead(talk.id(scene)),
            Self::SaveDraft(talk, n) => {
                let text = if n % 4 == 0 { String::new() } else { format!("draft {n}") };
                Command::SaveDraft { conversation: scene.talk(*talk)?, text }
            }
            Self::CreateGroup(circle) => Command::CreateGroup(group(circle)),
            Self::JoinGroup(circle) => Command::JoinGroup(group(circle)),
            Self::Invite(circle, who) => Command::Invite { group: group(circle), user: who.id() },
            Self::RemoveMember(circle, who) => Command::RemoveMember { group: group(circle), user: who.id() },
            Self::HandOver(circle, who) => Command::HandOver { group: group(circle), user: who.id() },
            Self::LeaveGroup(circle) => Command::LeaveGroup(group(circle)),
            Self::DisbandGroup(circle) => Command::DisbandGroup(group(circle)),
            Self::ClaimLead(circle) => Command::ClaimLead(group(circle)),
            Self::Block(who) => Command::Block(who.id()),
            Self::Unblock(who) => Command::Unblock(who.id()),
            Self::Forget(who) => Command::Forget(who.id()),
            Self::SendAgain(place) => Command::SendAgain(place.row(scene)),
            Self::Drop(place) => Command::Drop(place.row(scene)),
            Self::GoOffline => Command::GoOffline,
            Self::Reply(talk, of, words) => {
                let relation = Some(Relation::Answers(MessageId::from_bytes([*of; 16])));
                Command::Send { conversation: talk.id(scene), text: words.text(), relation }
            }
            Self::Edit(talk, of, words) => {
                let relation = Some(Relation::Replaces(MessageId::from_bytes([*of; 16])));
                Command::Send { conversation: talk.id(scene), text: words.text(), relation }
            }
            Self::Typing(talk) => Command::Typing(talk.id(scene)),
        })
    }
}

fn session(id: ConversationId) -> Option<SessionId> {
    match id {
        ConversationId::Session(session) => Some(session),
        ConversationId::Group(_) => None,
    }
}
