//! What the screen reads from the history.

use super::{ConversationId, MessageId, Query};

/// A read that the store answers with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Lookup {
    /// The last messages before a position.
    Page {
        conversation: ConversationId,
        /// The position after the last message wanted.
        before: u64,
        /// The maximum number of messages.
        limit: usize,
    },
    /// A message by its id, if it is before a position.
    Message {
        conversation: ConversationId,
        id: MessageId,
        /// The first position where it cannot be.
        before: u64,
    },
    /// A full-text search, answered in batches. Ends an earlier search.
    Search {
        /// Identifies the search in its answers.
        number: u64,
        query: Query,
        /// The conversations, in the order in which they are searched.
        conversations: Vec<ConversationId>,
    },
    /// Ends the search.
    StopSearch,
}
