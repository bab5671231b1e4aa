//! What is to be kept: the operations of which each input to [`Peer`](super::Peer) yields one group, and
//! the state that a start gets back.

use super::{
    publication::{Publication, RowId},
    topic::Topic,
    wire::{Content, TypedPublication},
};
use crate::domain::{
    Body, ChatMessage, Conversation, ConversationId, DeliveryFailure, Group, GroupName, MessageId, Progress, Relation,
    Request, User, UserId,
};

/// One change of the store. A group of them is committed whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of most fields say it")]
pub enum Operation {
    /// Keep this conversation, new or changed.
    PutConversation(Conversation),
    /// Append a message. Its place `seq` is the length of the conversation before it: 0, 1, 2 … without gaps.
    Append { conversation: ConversationId, seq: u64, message: ChatMessage },
    /// Replace the text of the message with this id, if it is by `author`. Only the last
    /// [`EDIT_REACH`](crate::domain::EDIT_REACH) messages are looked at.
    Edit { conversation: ConversationId, id: MessageId, author: UserId, text: String },
    /// Note on my message number `n` why it is not delivered.
    SetFailure { conversation: ConversationId, n: u64, failure: DeliveryFailure },
    /// Keep how far I have come with one participant.
    PutProgress { conversation: ConversationId, user: UserId, progress: Progress },
    /// Keep this request, new or changed; requests are found by their id.
    PutRequest(Request),
    /// Keep this group record, new or changed.
    PutGroup(Group),
    /// Forget the record of a group that has ended.
    RemoveGroup(GroupName),
    /// Keep this user, new or changed; under my own id, when I was connected last.
    PutUser(User),
    /// Forget this user.
    RemoveUser(UserId),
    /// Keep a publication until the broker has taken it or, where it refuses, until the user decides.
    PutOutbox(StoredRow),
    /// The broker has taken it, or is not to get it.
    RemoveOutbox(RowId),
    /// Keep what stands in the composer of a conversation; an empty text removes it.
    PutDraft { conversation: ConversationId, text: String },
    /// Keep that a text has come from a topic, in place of what was in its slot.
    PutSeen(SeenText),
    /// Forget what has come from this topic.
    ForgetSeen(String),
}

/// A text that has come from a topic on which the broker should keep nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenText {
    /// The whole topic, with the prefix.
    pub topic: String,
    /// Its place among the topic's.
    pub slot: u16,
    /// Counts what has come, over all topics.
    pub order: u64,
    /// FNV-1a (64 bits) over the payload or, where there is one, the 16 bytes of the `id`.
    pub hash: u64,
}

/// One publication that waits in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRow<P> {
    /// Its place.
    pub row: RowId,
    /// What is to be sent.
    pub publication: P,
    /// The message of mine that it carries, if it carries one.
    pub message: Option<(ConversationId, u64)>,
    /// Why the broker refused the message; it is not sent again by itself.
    pub failure: Option<DeliveryFailure>,
}

/// A row as it is stored.
pub type StoredRow = WaitingRow<Publication>;

/// A row as it is in memory; only its topic where it was made under another topic prefix.
pub type OutboxRow = WaitingRow<Result<TypedPublication, String>>;

impl OutboxRow {
    /// What it says; the error is its topic, where it was made under another topic prefix.
    pub fn content(&self) -> Result<&Content, &str> {
        self.publication.as_ref().map(|publication| &publication.content).map_err(String::as_str)
    }

    /// To whom it goes, if it is for one user only.
    pub fn recipient(&self) -> Option<&UserId> {
        match &self.publication.as_ref().ok()?.topic {
            Topic::Control(user, _) | Topic::Presence(user) => Some(user),
            _ => None,
        }
    }

    /// The message that it carries, and what that has to do with an earlier one.
    pub fn written(&self) -> Option<(&ConversationId, &Body, Option<Relation>)> {
        let TypedPublication { content, properties, .. } = self.publication.as_ref().ok()?;
        match content {
            Content::Talk(conversation, _, body) => Some((conversation, body, properties.relation())),
            _ => None,
        }
    }
}

/// Everything but the messages: what a start gets from the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// All conversations.
    pub conversations: Vec<Conversation>,
    /// Who has come how far in them.
    pub progress: Vec<(ConversationId, UserId, Progress)>,
    /// All requests ever, both ways, oldest first (by id).
    pub requests: Vec<Request>,
    /// All groups known.
    pub groups: Vec<Group>,
    /// All users known.
    pub users: Vec<User>,
    /// What waits for the broker, in order.
    pub outbox: Vec<StoredRow>,
    /// What stands in the composers.
    pub drafts: Vec<(ConversationId, String)>,
    /// What has come from which topic.
    pub seen: Vec<SeenText>,
}
