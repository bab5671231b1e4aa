//! The log of notices since the start, so that a notice that left the bottom line can be read again.

use std::collections::VecDeque;

use crate::domain::Timestamp;

/// The capacity of the log.
const CAPACITY: usize = 500;

/// The severity of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something was done.
    Info,
    /// Something cannot be done, or is odd.
    Warning,
    /// The user stands to lose something.
    Error,
}

/// A notice in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field is called what it holds")]
pub struct LogEntry {
    pub at: Timestamp,
    pub level: Level,
    pub text: String,
}

/// The latest notices, oldest first.
#[derive(Debug, Clone, Default)]
pub struct NoticeLog(VecDeque<LogEntry>);

impl NoticeLog {
    /// All that is kept, the latest last.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &LogEntry> + ExactSizeIterator {
        self.0.iter()
    }

    /// Adds a notice; the oldest one goes where there is no room.
    pub fn note(&mut self, at: Timestamp, level: Level, text: impl Into<String>) {
        self.0.push_back(LogEntry { at, level, text: text.into() });
        if self.0.len() > CAPACITY {
            self.0.pop_front();
        }
    }
}
