//! Reads of the history for the screen.

use super::{ChatRange, MessageId, Query};

/// A request to the store, which answers with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum HistoryLookup {
    /// These messages.
    Page(ChatRange),
    /// The message with this ID, if it is one of these.
    Message { id: MessageId, among: ChatRange },
    /// A full-text search of these messages, chat by chat in this order, each from its end. Its results come in batches
    /// with the same `number`. Ends an earlier search.
    Search { number: u64, query: Query, chats: Vec<ChatRange> },
    /// Ends the search.
    StopSearch,
}
