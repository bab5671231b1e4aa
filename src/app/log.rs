//! What papo has said since it started, so that a word that went from the bottom line can be read again.

use std::collections::VecDeque;

use super::{
    journal::List,
    linear,
    model::{Level, Model},
    overlay::Overlay,
};
use crate::domain::Timestamp;

/// So much is kept.
const MOST: usize = 500;

/// A word to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// How it is meant.
    pub level: Level,
    /// The word.
    pub text: String,
}

/// The last words, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Log(VecDeque<Said>);

impl Log {
    /// All that is kept, the latest last.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Said> + ExactSizeIterator {
        self.0.iter()
    }

    pub(super) fn note(&mut self, at: Timestamp, level: Level, text: impl Into<String>) {
        self.0.push_back(Said { at, level, text: text.into() });
        if self.0.len() > MOST {
            self.0.pop_front();
        }
    }
}

pub(super) fn open(model: &mut Model) {
    if !linear::prints(model, List::Log) {
        model.overlay = Some(Overlay::Log { scroll: 0 });
    }
}
