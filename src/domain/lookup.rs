//! What the screen reads from the history.

use super::{ConversationId, MessageId, Query};

/// A read that the store answers with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The last messages before a place.
    Page {
        /// The conversation.
        conversation: ConversationId,
        /// The first place that is not wanted.
        before: u64,
        /// The most messages that are wanted.
        limit: usize,
    },
    /// A message that lies before a place, by its id.
    Message {
        /// The conversation.
        conversation: ConversationId,
        /// The id.
        id: MessageId,
        /// The first place where it cannot be.
        before: u64,
    },
    /// Messages that contain words. They are told bit by bit; an earlier search ends.
    Search {
        /// Names the search in the answers.
        number: u64,
        /// The words.
        query: Query,
        /// The conversations, in the order in which they are searched.
        conversations: Vec<ConversationId>,
    },
    /// The search ends.
    StopSearch,
}
