//! The journal: what line mode must print, in order.
//!
//! papo keeps it in line mode only. There the view takes the entries after each update and prints them. Changes of
//! presence and of the connection are not in the journal: the view compares both with their last printed state.

use super::{log::Level, panes::View};
use crate::domain::{ChatId, ChatMessage, ConversationId};

/// An event or a list to print.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say what they hold")]
pub enum JournalEntry {
    /// A notice was shown.
    Notice { label: NoticeLabel, text: String },
    /// A message was stored: mine, or one of another user.
    Message { conversation: ConversationId, message: ChatMessage },
    /// A chat other than the active one was opened, so that I can write in it.
    Opened(ChatId),
    /// The phase of a chat changed, for example because its session ended.
    Changed(ChatId),
    /// The user requested a list.
    List(LineModeList),
    /// A search ended. The state of the search holds the hits.
    Found,
    /// The user asked for a connection, so its outcome is printed even if it is the same as before.
    Reconnecting,
}

/// The label of a printed notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeLabel {
    /// papo carried something out.
    Done,
    /// Something failed, or looks wrong.
    Warning,
    /// A serious failure: messages may be lost, or nobody can reach the user.
    Error,
    /// A request arrived.
    Request,
    /// A request of mine was answered.
    Answer,
    /// papo asks the user to confirm an action with Enter.
    Question,
}

/// A list that line mode prints.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what is listed")]
pub enum LineModeList {
    /// The commands and keys that match these words.
    Help(String),
    Settings,
    Users,
    Groups,
    Inbox,
    Log,
    Outbox,
    /// What is known of a user or a group.
    Whois(ChatId),
    /// The chats whose names contain this text.
    Chats(String),
}

impl From<Level> for NoticeLabel {
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
    entries: Vec<JournalEntry>,
}

impl Journal {
    /// An empty journal. Outside line mode, it ignores all entries.
    pub fn new(view: View) -> Self {
        Self { is_kept: view == View::Lines, entries: Vec::new() }
    }

    /// Adds an entry, if papo is in line mode.
    pub fn note(&mut self, entry: JournalEntry) {
        if self.is_kept {
            self.entries.push(entry);
        }
    }

    /// Takes the entries that were added since the last call.
    pub fn take(&mut self) -> Vec<JournalEntry> {
        std::mem::take(&mut self.entries)
    }
}
