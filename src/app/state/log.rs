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
pub struct NoticeLog(VecDeque<LogEntry>);

impl NoticeLog {
    /// All notices in the log, the latest last.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &LogEntry> + ExactSizeIterator {
        self.0.iter()
    }

    /// Adds a notice. If the log is full, drops the oldest one.
    pub fn note(&mut self, at: Timestamp, level: Level, text: impl Into<String>) {
        self.0.push_back(LogEntry { at, level, text: text.into() });
        if self.0.len() > CAPACITY {
            self.0.pop_front();
        }
    }
}
