//! What goes into a [`Peer`](super::Peer) and what comes out, as data.

use super::{
    ignored::Ignored,
    notice::{NotForgotten, Notice},
    operation::{Operation, OutboxRow},
    publication::{AckToken, Inbound, PubOutcome, Publication, RowId, Subscription},
};
use crate::domain::{
    ChatMessage, ConversationId, DeliveryFailure, GroupName, MessageId, NotifyLevel, Relation, SessionId, UserId,
};

/// What happens to a peer, beside the [`Command`]s of its user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of most fields say it")]
pub enum Input {
    /// The broker has accepted the connection (CONNACK). `session_present`: it still had this client's session.
    Connected { session_present: bool },
    /// The broker has answered all subscriptions that were asked for (SUBACK).
    Subscribed,
    /// Before that: it refused these of them.
    SubscribeRefused(Vec<String>),
    /// The connection is gone, or was not made.
    Disconnected,
    /// A publication has arrived; it is acknowledged with the token.
    Received { inbound: Inbound, token: AckToken },
    /// The broker has answered for a row of the outbox.
    Published { row: RowId, outcome: PubOutcome },
    /// The answer to [`Output::Fetch`] of `from..=upto`: my messages by ascending number; none where they could not be
    /// read.
    Fetched { conversation: ConversationId, from: u64, upto: u64, messages: Vec<ChatMessage> },
    /// The answer to [`Output::FetchIds`]: the author's numbers and ids in the order of arrival; none where they could
    /// not be read.
    FetchedIds { conversation: ConversationId, author: UserId, ids: Vec<(u64, MessageId)> },
    /// Imported messages are put among those of a conversation: `messages` are all from place `from` on, the first that
    /// holds another message than before. Nothing happens if the conversation no longer has the length `len`.
    ReadBack { conversation: ConversationId, len: u64, from: u64, messages: Vec<ChatMessage> },
    /// The time that [`Peer::next_timeout`](super::Peer::next_timeout) named has come.
    Timeout,
}

/// What a user can want.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of most fields say it")]
pub enum Command {
    /// Ask a user for a chat; the id need not have been seen before.
    RequestChat(UserId),
    /// Cancel a request of mine that has no answer yet. An answer that comes all the same counts.
    Withdraw(MessageId),
    /// Accept a request to chat, to join a group, to be in one, or to lead one.
    Accept(MessageId),
    /// Deny such a request.
    Deny(MessageId),
    /// Send a message of at most `TEXT_LIMIT` bytes that is not blank; the text `END` alone proposes to end the session.
    /// `relation`: the earlier message that it answers or replaces.
    Send { conversation: ConversationId, text: String, relation: Option<Relation> },
    /// Tell the others that I am writing.
    Typing(ConversationId),
    /// Propose to end a session; it ends when both have.
    End(SessionId),
    /// The user has seen all of the conversation.
    MarkRead(ConversationId),
    /// Choose which messages of a conversation notify the user; `None` for the configured ones.
    SetNotifyLevel { conversation: ConversationId, level: Option<NotifyLevel> },
    /// Keep what stands in the composer; an empty text removes it.
    SaveDraft { conversation: ConversationId, text: String },
    /// Create a group, which I lead.
    CreateGroup(GroupName),
    /// Ask the leader to be let in.
    JoinGroup(GroupName),
    /// Ask a user to come into a group that I am in.
    Invite { group: GroupName, user: UserId },
    /// Remove a member from a group that I lead.
    RemoveMember { group: GroupName, user: UserId },
    /// Make a member the leader of a group that I lead.
    HandOver { group: GroupName, user: UserId },
    /// Leave a group that another leads.
    LeaveGroup(GroupName),
    /// End a group that I lead.
    DisbandGroup(GroupName),
    /// Take the lead of a group whose leader is gone for good.
    ClaimLead(GroupName),
    /// Get no requests of a user any more, and end our sessions.
    Block(UserId),
    /// Get the user's requests again.
    Unblock(UserId),
    /// Clear the presence that the broker keeps of a user who has left for good.
    Forget(UserId),
    /// Send a message again that the broker has refused; it becomes the newest.
    SendAgain(RowId),
    /// Do not send a message that waits in the outbox, or was refused.
    Drop(RowId),
    /// Announce that I leave; the outputs are the last that are to be published.
    GoOffline,
}

/// What leaves the machine, in order, once the operations before it are committed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of most fields say it")]
pub enum Output {
    /// Publish. With a row it stays in the outbox until the broker has it, over any number of connections; without, it
    /// is for this connection only and may get lost.
    Publish { row: Option<RowId>, publication: Publication },
    /// Do not publish this row, if it has not left yet.
    Forget(RowId),
    /// Subscribe; [`Input::Subscribed`] follows when the broker has answered all of them.
    Subscribe(Vec<Subscription>),
    /// Unsubscribe from these filters.
    Unsubscribe(Vec<String>),
    /// Acknowledge a delivery.
    Ack(AckToken),
    /// Read my messages with numbers `from..=upto` from the store; [`Input::Fetched`] follows.
    Fetch { conversation: ConversationId, from: u64, upto: u64 },
    /// Read the ids of the latest numbered messages of another; [`Input::FetchedIds`] follows.
    FetchIds { conversation: ConversationId, author: UserId },
}

/// What a user should learn of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of most fields say it")]
pub enum Event {
    /// A message was stored at place `seq`, mine or another's.
    Message { conversation: ConversationId, seq: u64, message: ChatMessage },
    /// The author has replaced the text of an earlier message.
    Edited { conversation: ConversationId, id: MessageId, author: UserId, text: String },
    /// Imported messages have changed a conversation.
    ReadBack(ConversationId),
    /// Somebody has begun or ceased to write.
    TypingChanged,
    /// My message number `n` is not delivered.
    FailureChanged { conversation: ConversationId, n: u64, failure: DeliveryFailure },
    /// A request waits for my answer.
    RequestArrived(MessageId),
    /// A request of mine was answered.
    RequestAnswered(MessageId),
    /// A session or group can now be written in. `mine`: a command of mine has opened it.
    ConversationOpened { conversation: ConversationId, mine: bool },
    /// The phase of a conversation has changed otherwise.
    ConversationChanged(ConversationId),
    /// The retained presence of my id is online from another device.
    TakenOver,
    /// The broker refuses the subscription to my control topic, which is this.
    ControlRefused(String),
    /// The broker has cleared the presence of this user, as I wanted.
    Forgotten(UserId),
    /// The presence of this user was not cleared, as far as is known.
    NotForgotten { user: UserId, why: NotForgotten },
    /// The broker has refused a row that is no message of mine; the row is gone.
    NotTaken { waited: Box<OutboxRow>, why: DeliveryFailure },
    /// A line for the user.
    Notice(Notice),
    /// A publication was ignored that is invalid or not allowed: the user is told.
    Suspicious(Ignored),
    /// A publication was ignored that means nothing here, and is nobody's fault: it is only logged.
    Overlooked(Ignored),
}

/// What one input or command came to. The operations are one group for the store; the outputs wait for its commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// To be committed together.
    pub operations: Vec<Operation>,
    /// To leave after that, in order.
    pub outputs: Vec<Output>,
    /// For the user, at once.
    pub events: Vec<Event>,
}
