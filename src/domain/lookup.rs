//! What the screen reads from the history.

use super::{ConversationId, MessageId, Query};

/// A read that the store answers with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Lookup {
    /// At most `limit` messages: the last before the position `before`.
    Page { conversation: ConversationId, before: u64, limit: usize },
    /// A message by its id, if it is before the position `before`.
    Message { conversation: ConversationId, id: MessageId, before: u64 },
    /// A full-text search of the conversations in this order, answered in batches that have its `number`. Ends an
    /// earlier search.
    Search { number: u64, query: Query, conversations: Vec<ConversationId> },
    /// Ends the search.
    StopSearch,
}
