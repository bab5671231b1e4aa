//! Reads of the history for the screen.

use super::{ConversationId, MessageId, Query};

/// A request to the store, which answers with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum HistoryLookup {
    /// The last messages before the position `before`, at most `limit`.
    Page { conversation: ConversationId, before: u64, limit: usize },
    /// The message with this ID, if its position is before `before`.
    Message { conversation: ConversationId, id: MessageId, before: u64 },
    /// A full-text search of these conversations, in this order. Its results come in batches with the same `number`.
    /// Ends an earlier search.
    Search { number: u64, query: Query, conversations: Vec<ConversationId> },
    /// Ends the search.
    StopSearch,
}
