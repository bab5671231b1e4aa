//! What is looked for in texts, and what is found.

use std::{fmt, ops::Range};

use regex::bytes::{Regex, RegexBuilder};

use super::{ChatMessage, ConversationId};

/// Words to look for, as they stand there but in upper or lower case alike.
#[derive(Debug, Clone)]
pub struct Query {
    words: String,
    pattern: Regex,
}

impl Query {
    /// What to look for; `None` where that is nothing but blanks, or too long to look for.
    pub fn new(words: &str) -> Option<Self> {
        let words = words.trim();
        if words.is_empty() {
            return None;
        }
        let pattern = RegexBuilder::new(&regex::escape(words)).case_insensitive(true).build().ok()?;
        Some(Self { words: words.to_owned(), pattern })
    }

    /// Whether bytes may hold a text that fits: a quick look at what is not decoded yet.
    pub fn may_be_in(&self, bytes: &[u8]) -> bool {
        self.pattern.is_match(bytes)
    }

    /// Whether it is in the text.
    pub fn is_in(&self, text: &str) -> bool {
        self.pattern.is_match(text.as_bytes())
    }

    /// Where it is in the text.
    pub fn places<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        self.pattern.find_iter(text.as_bytes()).map(|place| place.range())
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words.fmt(f)
    }
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

impl Eq for Query {}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Where.
    pub conversation: ConversationId,
    /// Its place.
    pub seq: u64,
    /// The message.
    pub message: ChatMessage,
}

/// What is found, bit by bit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// More of it, in order.
    pub hits: Vec<Hit>,
    /// Set in the last word: what was found is all there is, or only the first of it.
    pub end: Option<End>,
}

/// How a search ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// All was looked at.
    Complete,
    /// So much was found that the rest was not looked at.
    TooMuch,
    /// Something could not be read; why.
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_either_case_and_stand_for_themselves() {
        let query = Query::new(" Pump? ").unwrap();
        assert_eq!(query.places("a PUMP? the pump?").collect::<Vec<_>>(), [2..7, 12..17]);
        assert!(!query.is_in("pum"));
        assert!(Query::new("ÄRGER").unwrap().is_in("kein ärger"));
        assert!(Query::new("a.b").unwrap().may_be_in(b"\x00\xffxA.B") && !Query::new("a.b").unwrap().is_in("acb"));
    }

    #[test]
    fn blanks_are_nothing_to_look_for() {
        assert_eq!((Query::new(""), Query::new(" \t")), (None, None));
    }
}
