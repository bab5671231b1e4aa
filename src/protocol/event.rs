//! The inputs and outputs of a [`Peer`](super::Peer), as data.

use std::time::Duration;

use super::{
    ignored::Ignored,
    notice::{NotForgotten, Notice},
    operation::{Operation, OutboxRow},
    publication::{AckToken, Inbound, PubOutcome, Publication, RowId, Subscription},
};
use crate::domain::{
    ChatMessage, ConversationId, DeliveryFailure, Edit, GroupName, MessageId, NotifyLevel, OpenTabs, Relation,
    SessionId, UserId,
};

/// An event that a peer must handle, other than the [`Command`]s of its user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of most fields say it")]
pub enum Input {
    /// The broker has accepted the connection (CONNACK). `session_present`: the broker still has this client's session.
    /// `names_senders`: it names the sender of each publication in `x-mqtt-sender`, and clients cannot set that
    /// property.
    Connected { session_present: bool, names_senders: bool },
    /// The broker has answered all requested subscriptions (SUBACK).
    Subscribed,
    /// The broker has refused the subscriptions to these topic filters. Comes before [`Self::Subscribed`].
    SubscribeRefused(Vec<String>),
    /// The connection is lost, or could not be established.
    Disconnected,
    /// The broker has given the ID to another client, after [`Self::Disconnected`]. The next connection takes it back.
    TakenOver,
    /// A publication has arrived. `token` identifies its acknowledgement.
    Received { inbound: Inbound, token: AckToken },
    /// The broker has accepted or refused the publication of an outbox row.
    Published { row: RowId, outcome: PubOutcome },
    /// The answer to [`Output::Fetch`] of `from..=upto`: my messages by ascending number. Empty if the store could not
    /// read them.
    Fetched { conversation: ConversationId, from: u64, upto: u64, messages: Vec<ChatMessage> },
    /// The answer to [`Output::FetchIds`]: the author's sequence numbers and message IDs in the order of arrival. Empty
    /// if the store could not read them.
    FetchedIds { conversation: ConversationId, author: UserId, ids: Vec<(u64, MessageId)> },
    /// Merges imported messages into a conversation: `messages` replace all from position `from` on, which is the first
    /// position that changes. Has no effect if the length of the conversation is no longer `len`. `changes`: how many
    /// of all its messages are changes of the group then.
    ReadBack { conversation: ConversationId, len: u64, from: u64, messages: Vec<ChatMessage>, changes: u64 },
    /// The time of [`Peer::next_timeout`](super::Peer::next_timeout) has come.
    Timeout,
}

/// A command of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of most fields say it")]
pub enum Command {
    /// Request a chat with a user, who need not be known.
    RequestChat(UserId),
    /// Cancel a pending request of mine. If an answer arrives nevertheless, it counts.
    Withdraw(MessageId),
    /// Accept a request to chat, a request to join, an invitation or a lead.
    Accept(MessageId),
    /// Deny such a request.
    Deny(MessageId),
    /// Send a message of at most [`TEXT_LIMIT`](crate::domain::TEXT_LIMIT) bytes that is not blank. In a session, the
    /// text `END` proposes to end it. `relation`: the earlier message that this one answers or replaces.
    Send { conversation: ConversationId, text: String, relation: Option<Relation> },
    /// Read the presence of all users and the records of all groups from the broker, unless papo follows them or has
    /// read them within `max_age`. Without a connection, the next one reads them.
    ReadDirectory { max_age: Duration },
    /// Announce that I am typing.
    Typing(ConversationId),
    /// Propose to end a session. It ends when both users have proposed it.
    End(SessionId),
    /// Mark all messages of the conversation as read.
    MarkRead(ConversationId),
    /// Choose which messages of a conversation notify the user; `None` for the configured default.
    SetNotifyLevel { conversation: ConversationId, level: Option<NotifyLevel> },
    /// Store the unsent text of the composer. An empty text removes the draft.
    SaveDraft { conversation: ConversationId, text: String },
    /// Store which tabs are open, for the next start.
    SaveTabs(OpenTabs),
    /// Create a group, which I lead.
    CreateGroup(GroupName),
    /// Ask the leader to let me into the group.
    JoinGroup(GroupName),
    /// Invite a user into a group that I am in.
    Invite { group: GroupName, user: UserId },
    /// Remove a member from a group that I lead.
    RemoveMember { group: GroupName, user: UserId },
    /// Make a member the leader of a group that I lead.
    HandOver { group: GroupName, user: UserId },
    /// Leave a group that another leads.
    LeaveGroup(GroupName),
    /// End a group that I lead.
    DisbandGroup(GroupName),
    /// Take over the lead of a group whose leader has been away too long.
    ClaimLead(GroupName),
    /// Ignore a user's requests, and end our sessions.
    Block(UserId),
    /// Stop ignoring the user's requests.
    Unblock(UserId),
    /// Clear the retained presence of a user who is gone for good.
    Forget(UserId),
    /// Send again a message that the broker has refused. It becomes the newest message.
    SendAgain(RowId),
    /// Remove a message from the outbox, so that it is not sent.
    Drop(RowId),
    /// Send a dropped message, my number `n`, as a new one that replaces it.
    SendDropped { conversation: ConversationId, n: u64, text: String, relation: Option<Relation> },
    /// Hide a dropped message, my number `n`.
    Hide { conversation: ConversationId, n: u64 },
    /// Announce that I am going offline. No publications follow the outputs of this command.
    GoOffline,
}

/// An action for the MQTT client or the store. Outputs are carried out in order, once the operations of the same batch
/// are committed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of most fields say it")]
pub enum Output {
    /// Publish. With a `row`, [`Input::Published`] reports the broker's answer, and a row that is in the outbox is
    /// resent on later connections until then. Without a `row`, the publication is for this connection only and may get
    /// lost.
    Publish { row: Option<RowId>, publication: Publication },
    /// Do not publish this row, if it has not been sent yet.
    Forget(RowId),
    /// Subscribe. [`Input::Subscribed`] follows when the broker has answered all subscriptions.
    Subscribe(Vec<Subscription>),
    /// Unsubscribe from these filters.
    Unsubscribe(Vec<String>),
    /// Acknowledge a received publication (PUBACK).
    Ack(AckToken),
    /// Read my messages with numbers `from..=upto` from the store; [`Input::Fetched`] follows.
    Fetch { conversation: ConversationId, from: u64, upto: u64 },
    /// Read the IDs of the latest numbered messages of another author; [`Input::FetchedIds`] follows.
    FetchIds { conversation: ConversationId, author: UserId },
}

/// An event for the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of most fields say it")]
pub enum Event {
    /// A message, mine or another user's, was stored at position `seq`.
    Message { conversation: ConversationId, seq: u64, message: ChatMessage },
    /// The author has replaced the text of an earlier message.
    Edited { conversation: ConversationId, edit: Edit },
    /// Imported messages have changed a conversation.
    ReadBack(ConversationId),
    /// A user has started or stopped typing.
    TypingChanged,
    /// The delivery of my message number `n` has failed.
    FailureChanged { conversation: ConversationId, n: u64, failure: DeliveryFailure },
    /// The text of my message number `n`, which was not published yet, has changed.
    TextChanged { conversation: ConversationId, n: u64, text: String },
    /// My message number `n`, which was not delivered, is no longer shown.
    Hidden { conversation: ConversationId, n: u64 },
    /// A request waits for my answer.
    RequestArrived(MessageId),
    /// A request of mine has been answered.
    RequestAnswered(MessageId),
    /// A session or group is now open for writing. `mine`: a command of mine has opened it.
    ConversationOpened { conversation: ConversationId, mine: bool },
    /// The phase of a conversation has changed in another way.
    ConversationChanged(ConversationId),
    /// Another device is online with my ID and has taken over.
    TakenOver,
    /// The broker refuses the subscription to my control topic, which this is.
    ControlRefused(String),
    /// The broker has cleared the presence of this user, as I requested.
    Forgotten(UserId),
    /// My request to clear the presence of this user failed, or its result is unknown.
    NotForgotten { user: UserId, why: NotForgotten },
    /// The broker has refused an outbox row that carries no message. The row has been removed.
    RowRefused { row: Box<OutboxRow>, why: DeliveryFailure },
    /// The broker has refused the first record of a group that I created, which was in this row. There is no such group.
    GroupRefused { group: GroupName, row: RowId, why: DeliveryFailure },
    /// A notice for the user.
    Notice(Notice),
    /// An invalid or forbidden publication was ignored. The user is notified.
    Suspicious(Ignored),
    /// A harmless publication without effect was ignored. It is only logged.
    Overlooked(Ignored),
}

/// The results of inputs and commands. The store commits the operations together; the outputs wait for that commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Changes to commit together.
    pub operations: Vec<Operation>,
    /// Actions to carry out after the commit, in order.
    pub outputs: Vec<Output>,
    /// Events to show without waiting for the commit.
    pub events: Vec<Event>,
}
