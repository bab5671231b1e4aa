//! The log of notices since the start, so that a notice that left the bottom line can be read again.

use std::collections::VecDeque;

use super::{
    journal::List,
    line_mode,
    model::{Level, Model},
    overlay::Overlay,
};
use crate::domain::Timestamp;

/// The capacity of the log.
const MOST: usize = 500;

/// A notice in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// When it was shown.
    pub at: Timestamp,
    /// Its severity.
    pub level: Level,
    /// Its text.
    pub text: String,
}

/// The latest notices, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Log(VecDeque<LogEntry>);

impl Log {
    /// All that is kept, the latest last.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &LogEntry> + ExactSizeIterator {
        self.0.iter()
    }

    pub(super) fn note(&mut self, at: Timestamp, level: Level, text: impl Into<String>) {
        self.0.push_back(LogEntry { at, level, text: text.into() });
        if self.0.len() > MOST {
            self.0.pop_front();
        }
    }
}

pub(super) fn open(model: &mut Model) {
    if !line_mode::prints(model, List::Log) {
        model.overlay = Some(Overlay::Log { scroll: 0 });
    }
}
