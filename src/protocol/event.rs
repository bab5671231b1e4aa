//! What goes into a [`Peer`](super::Peer) and what comes out, as data.

use super::{
    ignored::Ignored,
    notice::{NotForgotten, Notice},
    operation::{Operation, OutboxRow},
    publication::{AckToken, Inbound, PubOutcome, Publication, Row, Subscription},
};
use crate::domain::{
    ChatMessage, ConversationId, DeliveryFailure, GroupName, MessageId, NotifyLevel, Relation, SessionId, UserId,
};

/// What happens to a peer, beside the [`Command`]s of its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The broker has accepted the connection (CONNACK).
    Connected {
        /// Whether it still had this client's session.
        session_present: bool,
    },
    /// The broker has answered for the subscriptions that were asked for (SUBACK).
    Subscribed,
    /// Before that: it refused these of them.
    SubscribeRefused(Vec<String>),
    /// The connection is gone.
    Disconnected,
    /// Something was published.
    Received {
        /// What.
        inbound: Inbound,
        /// To be acknowledged with.
        token: AckToken,
    },
    /// The broker has answered for a row of the outbox.
    Published {
        /// Which.
        row: Row,
        /// What it said.
        outcome: PubOutcome,
    },
    /// The messages that an [`Output::Fetch`] asked for.
    Fetched {
        /// Where.
        conversation: ConversationId,
        /// The first number that was asked for.
        from: u64,
        /// The last one.
        upto: u64,
        /// My messages, by number, ascending; none where they could not be read.
        messages: Vec<ChatMessage>,
    },
    /// What an [`Output::FetchIds`] asked for.
    FetchedIds {
        /// Where.
        conversation: ConversationId,
        /// Whose messages.
        author: UserId,
        /// Their numbers and ids, in the order of arrival; none where they could not be read.
        ids: Vec<(u64, MessageId)>,
    },
    /// Messages of another history are to be put among those of a conversation. Nothing comes of it where the
    /// conversation has another length by now.
    ReadBack {
        /// Where.
        conversation: ConversationId,
        /// How many messages it had when this was made up.
        len: u64,
        /// The first place that is to hold another message than before.
        from: u64,
        /// What is to be there and behind it.
        messages: Vec<ChatMessage>,
    },
    /// The time that [`Peer::next_timeout`](super::Peer::next_timeout) named has come.
    Timeout,
}

/// What a user can want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Ask somebody for a conversation; the id need not have been seen before.
    RequestTalk(UserId),
    /// Ask no longer: a request of mine that has no answer yet. An answer that comes all the same counts.
    Withdraw(MessageId),
    /// Say yes to a request that came in: to talk, to join, to be in a group.
    Accept(MessageId),
    /// Say no to it.
    Deny(MessageId),
    /// Write; the text `END` alone is the wish to end.
    Send {
        /// Where.
        conversation: ConversationId,
        /// What; not empty, at most `TEXT_LIMIT` bytes.
        text: String,
        /// The earlier message that it answers or replaces.
        relation: Option<Relation>,
    },
    /// Say that I am writing.
    Typing(ConversationId),
    /// Say that the talk is over for me.
    End(SessionId),
    /// All of the conversation has been shown to the user.
    MarkRead(ConversationId),
    /// What is told of a conversation from now on; as usual where nothing is said.
    SetNotices {
        /// Which.
        conversation: ConversationId,
        /// What.
        notices: Option<NotifyLevel>,
    },
    /// Keep what stands in the composer.
    SaveDraft {
        /// Where.
        conversation: ConversationId,
        /// The text; empty to forget it.
        text: String,
    },
    /// Create a group and lead it.
    CreateGroup(GroupName),
    /// Ask the leader to be let in.
    JoinGroup(GroupName),
    /// Ask somebody to come into a group that I am in.
    Invite {
        /// Which group.
        group: GroupName,
        /// Whom.
        user: UserId,
    },
    /// Remove a member from a group that I lead.
    RemoveMember {
        /// Which group.
        group: GroupName,
        /// Whom.
        user: UserId,
    },
    /// Make a member the leader of a group that I lead.
    HandOver {
        /// Which group.
        group: GroupName,
        /// Whom.
        user: UserId,
    },
    /// Leave a group that somebody else leads.
    LeaveGroup(GroupName),
    /// End a group that I lead.
    DisbandGroup(GroupName),
    /// Take the lead of a group whose leader is gone for good.
    ClaimLead(GroupName),
    /// Hear nothing of somebody any more.
    Block(UserId),
    /// Hear of somebody again.
    Unblock(UserId),
    /// Clear the presence that the broker keeps of a user who has left for good.
    Forget(UserId),
    /// Write a message anew that the broker has refused; it is the newest then.
    SendAgain(Row),
    /// Do not send a message that waits in the outbox, or was refused.
    Drop(Row),
    /// Say that I leave; the outputs are the last that are to be published.
    GoOffline,
}

/// What leaves the machine, in order, once the operations before it are committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Publish. With a row it stays in the outbox until the broker has it, over any number of
    /// connections; without, it is for this connection only and is not missed if it gets lost.
    Publish {
        /// Its place in the outbox.
        row: Option<Row>,
        /// What.
        publication: Publication,
    },
    /// Do not publish this row, if it has not left yet.
    Forget(Row),
    /// Subscribe; [`Input::Subscribed`] follows when all of them stand.
    Subscribe(Vec<Subscription>),
    /// Unsubscribe from these filters.
    Unsubscribe(Vec<String>),
    /// Acknowledge a delivery.
    Ack(AckToken),
    /// Read my messages with numbers `from..=upto` back from the store; [`Input::Fetched`] follows.
    Fetch {
        /// Where.
        conversation: ConversationId,
        /// The first number.
        from: u64,
        /// The last number.
        upto: u64,
    },
    /// Read the ids of the latest numbered messages of somebody else; [`Input::FetchedIds`] follows.
    FetchIds {
        /// Where.
        conversation: ConversationId,
        /// Whose.
        author: UserId,
    },
}

/// What a user should learn of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A message was stored at place `seq`, mine or another's.
    Message {
        /// Where.
        conversation: ConversationId,
        /// Its place.
        seq: u64,
        /// What.
        message: ChatMessage,
    },
    /// An earlier message says something else now, as its author wants.
    Edited {
        /// Where.
        conversation: ConversationId,
        /// Which.
        id: MessageId,
        /// Its author.
        author: UserId,
        /// What it says.
        text: String,
    },
    /// A conversation has other messages at other places.
    ReadBack(ConversationId),
    /// Somebody writes, or does so no more.
    TypingChanged,
    /// My message number `n` is not delivered.
    FailureChanged {
        /// Where.
        conversation: ConversationId,
        /// My number.
        n: u64,
        /// Why.
        failure: DeliveryFailure,
    },
    /// A request waits for my answer.
    RequestArrived(MessageId),
    /// A request of mine was answered.
    RequestAnswered(MessageId),
    /// A session or group can now be written in. `mine` where I caused it by an action just now.
    ConversationOpened {
        /// Which.
        conversation: ConversationId,
        /// Whether I did it.
        mine: bool,
    },
    /// Its phase changed otherwise.
    ConversationChanged(ConversationId),
    /// The retained presence of my id is online from another device.
    TakenOver,
    /// The broker refuses the subscription to my control topic, which is this.
    Deaf(String),
    /// The broker keeps no presence of this user any more, as I wanted.
    Forgotten(UserId),
    /// The presence of this user was not cleared, as far as is known.
    NotForgotten {
        /// Whose.
        user: UserId,
        /// Why.
        why: NotForgotten,
    },
    /// The broker has refused what a row carried, which is no message of mine; the row is gone.
    NotTaken {
        /// The row.
        waited: Box<OutboxRow>,
        /// What the broker said.
        why: DeliveryFailure,
    },
    /// A line for the user.
    Notice(Notice),
    /// Something came that is no valid publication or was not allowed: the user is told.
    Suspicious(Ignored),
    /// Something came that means nothing here, and is nobody's fault: only logged.
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
