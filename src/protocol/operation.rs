//! What the store keeps: the operations that a [`Peer`](super::Peer) yields, and the state that it is restored from.

use super::{
    publication::{Publication, RowId},
    topic::Topic,
    wire::{self, Content, TypedPublication},
};
use crate::domain::{
    Body, ChatMessage, Conversation, ConversationId, DeliveryFailure, DeliveryProgress, Edit, Group, GroupName,
    MessageId, OpenTabs, Relation, Request, User, UserId,
};

/// One change of the store. The operations of a batch are committed as one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of most fields say it")]
pub enum Operation {
    /// Store this new or changed conversation.
    PutConversation(Conversation),
    /// Append a message. Its position `seq` is the length of the conversation before it: 0, 1, 2 … without gaps.
    Append { conversation: ConversationId, seq: u64, message: ChatMessage },
    /// Apply an edit: replace the text of the original, if its author is the same and it is among the last
    /// [`EDIT_LOOKBACK`](crate::domain::EDIT_LOOKBACK) messages, and hide the message of the edit.
    Edit { conversation: ConversationId, edit: Edit },
    /// Store why my message number `n` was not delivered.
    SetFailure { conversation: ConversationId, n: u64, failure: DeliveryFailure },
    /// Replace the text of my message number `n`, which was not published yet. This is no edit.
    SetText { conversation: ConversationId, n: u64, text: String },
    /// Hide my message number `n`, which was not delivered.
    Hide { conversation: ConversationId, n: u64 },
    /// Store the delivery progress with one participant.
    PutProgress { conversation: ConversationId, user: UserId, progress: DeliveryProgress },
    /// Store this new or changed request under its ID.
    PutRequest(Request),
    /// Store this new or changed group record.
    PutGroup(Group),
    /// Remove the record of a group.
    RemoveGroup(GroupName),
    /// Store this new or changed user. The row of my own ID has the time of my last connection.
    PutUser(User),
    /// Remove this user.
    RemoveUser(UserId),
    /// Store a publication until the broker accepts it, or replace one that was not published yet. If the broker
    /// refuses a message, it is kept until the user decides.
    PutOutbox(StoredRow),
    /// Remove a publication that the broker has accepted, or that is not to be sent.
    RemoveOutbox(RowId),
    /// Store the draft of a conversation. An empty text removes it.
    PutDraft { conversation: ConversationId, text: String },
    /// Store where a run of messages of a session begins in the chat with its user.
    PutRun(Run),
    /// Remove all runs of the chat with this user.
    ClearRuns(UserId),
    /// Record that a text was received on a topic. Overwrites its slot.
    PutSeen(SeenText),
    /// Remove all such records of this topic.
    ForgetSeen(String),
    /// Store which tabs are open.
    PutTabs(OpenTabs),
}

/// Where a run of messages of one session begins in the chat with a user. It ends where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The user.
    pub user: UserId,
    /// The position of the first message in the chat.
    pub start: u64,
    /// The session, which is one with the user.
    pub session: ConversationId,
    /// The position of the first message in the session.
    pub from: u64,
}

/// The record that a text was received on a topic that should have no retained message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenText {
    /// The whole topic, with the prefix.
    pub topic: String,
    /// The slot of the text among those of its topic.
    pub slot: u16,
    /// The position in the order of arrival, over all topics.
    pub order: u64,
    /// FNV-1a (64 bits) over the 16 bytes of the `id`, or over the payload if there is no `id`.
    pub hash: u64,
}

/// One publication that waits in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRow<P> {
    /// The ID of the row.
    pub row: RowId,
    /// The publication to send.
    pub publication: P,
    /// If it carries a message of mine: the conversation and the message's sequence number.
    pub message: Option<(ConversationId, u64)>,
    /// Why the broker refused the message. papo does not resend a refused message by itself.
    pub failure: Option<DeliveryFailure>,
}

/// A row in the store.
pub type StoredRow = WaitingRow<Publication>;

/// A row in memory. The error is the topic of a row that was created with another topic prefix and cannot be decoded.
pub type OutboxRow = WaitingRow<Result<TypedPublication, String>>;

impl<P> WaitingRow<P> {
    /// Whether it carries a message of mine in a group.
    fn is_in_group(&self) -> bool {
        matches!(self.message, Some((ConversationId::Group(_), _)))
    }
}

impl OutboxRow {
    /// The content of the publication. The error is the topic of a row that was created with another topic prefix.
    pub fn content(&self) -> Result<&Content, &str> {
        self.publication.as_ref().map(|publication| &publication.content).map_err(String::as_str)
    }

    /// The property `id` of the publication.
    pub fn id(&self) -> Option<MessageId> {
        self.publication.as_ref().ok()?.properties.id
    }

    /// The user whose control or presence topic it is for; `None` for any other topic.
    pub fn recipient(&self) -> Option<&UserId> {
        match &self.publication.as_ref().ok()?.topic {
            Topic::Control(user, _) | Topic::Presence(user) => Some(user),
            _ => None,
        }
    }

    /// The message that it carries: conversation, content, and relation to an earlier message. `None` if it carries no
    /// message, or cannot be decoded.
    pub fn decoded_message(&self) -> Option<(&ConversationId, &Body, Option<Relation>)> {
        let TypedPublication { content, properties, .. } = self.publication.as_ref().ok()?;
        match content {
            Content::Talk(conversation, _, body) => Some((conversation, body, properties.relation())),
            _ => None,
        }
    }

    /// Whether it carries a message of mine in a group that the broker has neither accepted nor refused. A row that
    /// cannot be decoded counts as one of another kind.
    pub fn is_unsent_group_message(&self) -> bool {
        self.is_in_group() && self.failure.is_none() && self.publication.is_ok()
    }

    /// The ID that an edit of the message that it carries refers to.
    pub fn original(&self) -> Option<MessageId> {
        let (_, _, relation) = self.decoded_message()?;
        relation.and_then(Relation::replaced).or(self.id())
    }

    /// The edit by `me` that it carries, if it does.
    pub fn as_edit(&self, me: &UserId) -> Option<Edit> {
        let (_, body, relation) = self.decoded_message()?;
        let original = relation?.replaced()?;
        let Body::Text(text) = body else { return None };
        let properties = &self.publication.as_ref().ok()?.properties;
        let (id, at) = (properties.id?, properties.ts.unwrap_or_default());
        Some(Edit { id, original, author: me.clone(), text: text.clone(), at, is_late: false })
    }
}

/// The stored state that a peer is restored from: everything except the messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// All conversations.
    pub conversations: Vec<Conversation>,
    /// The delivery progress with each participant.
    pub progress: Vec<(ConversationId, UserId, DeliveryProgress)>,
    /// All requests, sent and received, oldest first (by ID).
    pub requests: Vec<Request>,
    /// All known groups.
    pub groups: Vec<Group>,
    /// All known users.
    pub users: Vec<User>,
    /// The rows of the outbox, in order.
    pub outbox: Vec<StoredRow>,
    /// The unsent texts of the composers.
    pub drafts: Vec<(ConversationId, String)>,
    /// The stored runs of the chats.
    pub runs: Vec<Run>,
    /// The texts received on topics that should have no retained message.
    pub seen: Vec<SeenText>,
    /// The open tabs; `None` if they were never stored.
    pub tabs: Option<OpenTabs>,
}

impl Saved {
    /// The rows of the outbox that the MQTT client publishes at the beginning of the first connection. The peer publishes
    /// its messages in groups itself, once it knows who has the group now. A row that was created with another topic
    /// prefix cannot be decoded, but is still sent.
    pub fn backlog(&self, prefix: &str) -> Vec<(RowId, Publication)> {
        let is_held =
            |row: &StoredRow| row.is_in_group() && wire::decode(prefix, &row.publication.to_inbound(false)).is_ok();
        let sent = self.outbox.iter().filter(|row| row.failure.is_none() && !is_held(row));
        sent.map(|row| (row.row, row.publication.clone())).collect()
    }
}
