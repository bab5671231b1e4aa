//! Inputs and commands of a peer as data that a fuzzer can generate and mutate.

use arbitrary::Arbitrary;
use papo::{
    domain::{ControlTopic, ConversationId, GroupName, MessageId, Relation, SessionId},
    protocol::{AckToken, Command, Input, PubOutcome, RowId},
};

use crate::{
    choices::{Context, ConversationChoice, TestGroup, TestUser, TextChoice},
    incoming::IncomingPublication,
    protocol::topic::Topic,
    store::Store,
};

/// A step: an input, a command or a restart.
#[derive(Debug, Arbitrary)]
pub enum Step {
    Timeout,
    Connected {
        session_present: bool,
        names_senders: bool,
    },
    Subscribed,
    /// The broker refuses these subscriptions.
    SubscribeRefused(Vec<SubscriptionChoice>),
    Disconnected,
    TakenOver,
    Received {
        incoming: IncomingPublication,
        packet: u8,
    },
    Published {
        row: RowChoice,
        outcome: Outcome,
    },
    Fetched(FetchAnswer),
    Command(CommandChoice),
    /// papo restarts with the committed state.
    Restart,
    /// The answer to the oldest request for message IDs: all of them, or none if not `whole`.
    FetchedIds {
        whole: bool,
    },
}

/// A subscription that the peer may have requested.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum SubscriptionChoice {
    Control,
    Users,
    Groups,
    Conversation(ConversationChoice),
}

/// A row of the outbox.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum RowChoice {
    /// The row at this index of the outbox, modulo its length.
    Waiting(u8),
    Any(u64),
}

/// The outcome of a publication.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Outcome {
    Taken,
    NobodyListens,
    Refused,
}

/// The answer of the store to a request for messages.
#[derive(Debug, Arbitrary)]
pub enum FetchAnswer {
    /// All requested messages.
    Whole,
    /// No message, as if the store could not read them.
    Nothing,
    /// An answer that the peer did not request: the conversation, and the first and last number.
    Stray(ConversationChoice, u8, u8),
}

/// A command of the user. A `u8` for a request is its index from the newest, modulo their number.
#[derive(Debug, Arbitrary)]
pub enum CommandChoice {
    RequestChat(TestUser),
    Withdraw(u8),
    Accept(u8),
    Deny(u8),
    Send(ConversationChoice, TextChoice),
    End(ConversationChoice),
    MarkRead(ConversationChoice),
    /// The index of the conversation, and a number that selects the text.
    SaveDraft(u8, u8),
    CreateGroup(TestGroup),
    JoinGroup(TestGroup),
    Invite(TestGroup, TestUser),
    RemoveMember(TestGroup, TestUser),
    HandOver(TestGroup, TestUser),
    LeaveGroup(TestGroup),
    DisbandGroup(TestGroup),
    ClaimLead(TestGroup),
    Block(TestUser),
    Unblock(TestUser),
    SendAgain(RowChoice),
    Drop(RowChoice),
    GoOffline,
    Reply(ConversationChoice, u8, TextChoice),
    Edit(ConversationChoice, u8, TextChoice),
    Typing(ConversationChoice),
    Forget(TestUser),
}

impl Step {
    /// The input for the peer; `None` for a step that is no input, and for a fetch answer if no fetch is open.
    pub fn input(
        &self,
        prefix: &str,
        context: &Context,
        store: &Store,
        fetches: &mut Vec<(ConversationId, u64, u64)>,
    ) -> Option<Input> {
        Some(match self {
            Self::Timeout => Input::Timeout,
            Self::Connected { session_present, names_senders } => {
                fetches.clear();
                Input::Connected { session_present: *session_present, names_senders: *names_senders }
            }
            Self::Subscribed => Input::Subscribed,
            Self::SubscribeRefused(subscriptions) => Input::SubscribeRefused(
                subscriptions.iter().map(|subscription| subscription.filter(prefix, context)).collect(),
            ),
            Self::Disconnected => Input::Disconnected,
            Self::TakenOver => Input::TakenOver,
            Self::Received { incoming, packet } => Input::Received {
                inbound: incoming.inbound(prefix, context),
                token: AckToken { epoch: 1, packet: (*packet).into() },
            },
            Self::Published { row, outcome } => {
                let outcome = match outcome {
                    Outcome::Taken => PubOutcome::Taken,
                    Outcome::NobodyListens => PubOutcome::NobodyListens,
                    Outcome::Refused => PubOutcome::Refused("not authorized".into()),
                };
                Input::Published { row: row.id(context), outcome }
            }
            Self::Fetched(answer) => {
                let (conversation, from, upto) = match answer {
                    FetchAnswer::Stray(conversation, from, upto) => {
                        (conversation.id(context), (*from).into(), (*upto).into())
                    }
                    _ if fetches.is_empty() => return None,
                    _ => fetches.remove(0),
                };
                let messages = match answer {
                    FetchAnswer::Nothing => Vec::new(),
                    _ => store.numbered(&conversation, &TestUser::Alice.id(), from, upto),
                };
                Input::Fetched { conversation, from, upto, messages }
            }
            Self::Command(_) | Self::Restart | Self::FetchedIds { .. } => return None,
        })
    }
}

impl SubscriptionChoice {
    fn filter(self, prefix: &str, context: &Context) -> String {
        match self {
            Self::Control => Topic::Control(TestUser::Alice.id(), ControlTopic::Control).name(prefix),
            Self::Users => format!("{prefix}USERS/#"),
            Self::Groups => format!("{prefix}GROUPS/#"),
            Self::Conversation(conversation) => Topic::of(&conversation.id(context)).name(prefix),
        }
    }
}

impl RowChoice {
    fn id(self, context: &Context) -> RowId {
        match self {
            Self::Waiting(at) => {
                let waiting = context.peer.map(|peer| peer.outbox()).into_iter().flatten();
                let rows: Vec<RowId> = waiting.map(|waiting| waiting.row).collect();
                rows.get(usize::from(at) % rows.len().max(1)).copied().unwrap_or(RowId(at.into()))
            }
            Self::Any(row) => RowId(row),
        }
    }
}

impl CommandChoice {
    /// The command for the peer; `None` if it needs a session or conversation that does not exist.
    pub fn command(&self, context: &Context) -> Option<Command> {
        let name = |group: &TestGroup| -> GroupName { group.text().parse().expect("a valid group name") };
        Some(match self {
            Self::RequestChat(user) => Command::RequestChat(user.id()),
            Self::Withdraw(at) => Command::Withdraw(context.request(*at)),
            Self::Accept(at) => Command::Accept(context.request(*at)),
            Self::Deny(at) => Command::Deny(context.request(*at)),
            Self::Send(conversation, text) => {
                Command::Send { conversation: conversation.id(context), text: text.text(), relation: None }
            }
            Self::End(conversation) => Command::End(session(conversation.id(context))?),
            Self::MarkRead(conversation) => Command::MarkRead(conversation.id(context)),
            Self::SaveDraft(conversation, n) => {
                let text = if n % 4 == 0 { String::new() } else { format!("draft {n}") };
                Command::SaveDraft { conversation: context.conversation(*conversation)?, text }
            }
            Self::CreateGroup(group) => Command::CreateGroup(name(group)),
            Self::JoinGroup(group) => Command::JoinGroup(name(group)),
            Self::Invite(group, user) => Command::Invite { group: name(group), user: user.id() },
            Self::RemoveMember(group, user) => Command::RemoveMember { group: name(group), user: user.id() },
            Self::HandOver(group, user) => Command::HandOver { group: name(group), user: user.id() },
            Self::LeaveGroup(group) => Command::LeaveGroup(name(group)),
            Self::DisbandGroup(group) => Command::DisbandGroup(name(group)),
            Self::ClaimLead(group) => Command::ClaimLead(name(group)),
            Self::Block(user) => Command::Block(user.id()),
            Self::Unblock(user) => Command::Unblock(user.id()),
            Self::Forget(user) => Command::Forget(user.id()),
            Self::SendAgain(row) => Command::SendAgain(row.id(context)),
            Self::Drop(row) => Command::Drop(row.id(context)),
            Self::GoOffline => Command::GoOffline,
            Self::Reply(conversation, message, text) => {
                let relation = Some(Relation::Answers(MessageId::from_bytes([*message; 16])));
                Command::Send { conversation: conversation.id(context), text: text.text(), relation }
            }
            Self::Edit(conversation, message, text) => {
                let relation = Some(Relation::Replaces(MessageId::from_bytes([*message; 16])));
                Command::Send { conversation: conversation.id(context), text: text.text(), relation }
            }
            Self::Typing(conversation) => Command::Typing(conversation.id(context)),
        })
    }
}

fn session(id: ConversationId) -> Option<SessionId> {
    match id {
        ConversationId::Session(session) => Some(session),
        ConversationId::Group(_) => None,
    }
}
