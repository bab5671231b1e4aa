//! What happened, entry after entry, for who reads it in lines and sees no panes.
//!
//! Kept in the linear view only, where it is taken away as soon as it is read. How people come and go, and how the
//! connection stands, is seen in the model itself.

use super::model::{Level, Model};
use crate::domain::{ChatMessage, ConversationId};

/// Something that happened, or that was asked to be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A word to the user.
    Word {
        /// What kind of word.
        label: Label,
        /// The word.
        text: String,
    },
    /// A message was stored, mine or another's.
    Message {
        /// Where.
        conversation: ConversationId,
        /// What.
        message: ChatMessage,
    },
    /// A conversation can be written in now, and did not come to the front for that.
    Opened(ConversationId),
    /// A conversation's phase has changed.
    Changed(ConversationId),
    /// A list was asked for.
    List(List),
    /// A search has come to its end: [`Model::search`] has what was found.
    Found,
}

/// What kind of word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Something was done.
    Done,
    /// Something cannot be done, or is odd.
    Warning,
    /// The user stands to lose something.
    Error,
    /// Somebody asks for something.
    Request,
    /// Somebody has answered.
    Answer,
}

/// What can be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum List {
    /// Commands and keys.
    Help,
    /// Who there is.
    Users,
    /// Which groups there are.
    Groups,
    /// Which requests wait.
    Inbox,
    /// What papo has said so far.
    Log,
    /// What waits for the broker.
    Outbox,
    /// The talks whose names hold this.
    Talks(String),
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

impl Model {
    /// Takes what has happened since it was taken last.
    pub fn take_journal(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.journal)
    }

    pub(super) fn note(&mut self, entry: Entry) {
        if self.is_line_mode() {
            self.journal.push(entry);
        }
    }
}
