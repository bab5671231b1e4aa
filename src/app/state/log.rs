//! The log of notices since the start. The user can open it to read notices that are no longer in the bottom line.

use std::collections::VecDeque;

use crate::domain::Timestamp;

/// The most notices in the log.
const CAPACITY: usize = 500;

/// The severity of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// papo carried something out.
    Info,
    /// Something failed, or looks wrong.
    Warning,
    /// A serious failure: messages may be lost, or nobody can reach the user.
    Error,
}

/// A notice in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say what they hold")]
pub struct LogEntry {
    pub at: Timestamp,
    pub level: Level,
    pub text: String,
}

/// The latest notices, oldest first.
#[derive(Debug, Clone, Default)]
pub struct NoticeLog {
    entries: VecDeque<LogEntry>,
    /// The last notice about the connection, unless the user has asked for one since.
    connection: Option<String>,
}

impl NoticeLog {
    /// All notices in the log, the latest last.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &LogEntry> + ExactSizeIterator {
        self.entries.iter()
    }

    /// Adds a notice. If the log is full, drops the oldest one.
    pub fn note(&mut self, at: Timestamp, level: Level, text: impl Into<String>) {
        self.entries.push_back(LogEntry { at, level, text: text.into() });
        if self.entries.len() > CAPACITY {
            self.entries.pop_front();
        }
    }

    /// Adds a notice about the connection, unless the last one was the same: papo may try for hours.
    pub fn note_connection(&mut self, at: Timestamp, level: Level, text: String) {
        if self.connection.as_ref() != Some(&text) {
            self.note(at, level, text.clone());
            self.connection = Some(text);
        }
    }

    /// The user asked for a connection, so its outcome is added even if it is the same as before.
    pub fn expect_connection(&mut self) {
        self.connection = None;
    }
}
