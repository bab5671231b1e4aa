//! What happened, entry after entry, for a user who reads lines and sees no panes.
//!
//! Kept in line mode only, where the view takes it after each update. Presence and the connection are no entries: the
//! view compares them with what it printed last.

use super::{log::Level, panes::View};
use crate::domain::{ChatMessage, ConversationId};

/// Something that happened, or a list that is to be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field is called what it holds")]
pub enum Entry {
    /// A notice was shown.
    Notice { label: Label, text: String },
    /// A message was stored, mine or another's.
    Message { conversation: ConversationId, message: ChatMessage },
    /// A conversation can be written in now, and is not the active one.
    Opened(ConversationId),
    /// A conversation's phase has changed.
    Changed(ConversationId),
    /// A list was asked for.
    List(List),
    /// A search has come to its end: the state of the search has the hits.
    Found,
}

/// The label of a printed notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Something was done.
    Done,
    /// Something cannot be done, or is odd.
    Warning,
    /// The user stands to lose something.
    Error,
    /// A request came.
    Request,
    /// A request of mine was answered.
    Answer,
}

/// A list that line mode prints.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is called what it lists")]
pub enum List {
    Help,
    Users,
    Groups,
    Inbox,
    Log,
    Outbox,
    /// The chats whose names contain this.
    Chats(String),
}

impl From<Level> for Label {
    fn from(level: Level) -> Self {
        match level {
            Level::Info => Self::Done,
            Level::Warning => Self::Warning,
            Level::Error => Self::Error,
        }
    }
}

/// The entries that the view has not printed yet.
#[derive(Debug, Default)]
pub struct Journal {
    is_kept: bool,
    entries: Vec<Entry>,
}

impl Journal {
    /// An empty journal, kept in line mode only.
    pub fn new(view: View) -> Self {
        Self { is_kept: view == View::Lines, entries: Vec::new() }
    }

    /// Adds an entry, in line mode.
    pub fn note(&mut self, entry: Entry) {
        if self.is_kept {
            self.entries.push(entry);
        }
    }

    /// Takes the entries since they were taken last.
    pub fn take(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }
}
