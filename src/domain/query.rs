//! What is searched for in texts, and what is found.

mod fold;

use std::{fmt, ops::Range};

use regex::bytes::{Regex, RegexBuilder};

use self::fold::{Folded, fold};
use super::{ChatMessage, ConversationId};

/// The longest words, in bytes: a pattern takes hundreds of bytes for each of theirs.
const LONGEST: usize = 4_096;

/// Words to search for. They find what looks the same: in either case, with or without accents, in any Unicode
/// compatibility form. In quotes they find only themselves, in either case.
#[derive(Debug, Clone)]
pub struct Query {
    words: String,
    /// The words as they are compared: folded, unless they are quoted.
    sought: String,
    is_exact: bool,
    /// `sought` in either case.
    pattern: Regex,
}

impl Query {
    /// What to search for; [`None`] where that is only blanks, or too long.
    pub fn new(words: &str) -> Option<Self> {
        let words = words.trim();
        if words.len() > LONGEST {
            return None;
        }
        let quoted = words.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|inner| !inner.is_empty());
        let folded = fold(words);
        let (sought, is_exact) = match quoted {
            Some(quoted) => (quoted.to_owned(), true),
            // Accents without letters are themselves.
            None if folded.trim().is_empty() => (words.to_owned(), true),
            None => (folded, false),
        };
        if sought.is_empty() {
            return None;
        }
        let pattern = RegexBuilder::new(&regex::escape(&sought)).case_insensitive(true).build().ok()?;
        Some(Self { words: words.to_owned(), sought, is_exact, pattern })
    }

    /// Whether encoded bytes may hold a text that fits. Of folded words only the decoded text can tell.
    pub fn may_be_in(&self, bytes: &[u8]) -> bool {
        !self.is_exact || self.pattern.is_match(bytes)
    }

    /// Whether it is in the text.
    pub fn is_in(&self, text: &str) -> bool {
        // Folding changes nothing but the case of ASCII.
        if self.is_exact || text.is_ascii() {
            return self.pattern.is_match(text.as_bytes());
        }
        fold(text).contains(&self.sought)
    }

    /// Where it is in the text, in order and without overlaps.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        if self.is_exact || text.is_ascii() {
            return self.pattern.find_iter(text.as_bytes()).map(|place| place.range()).collect();
        }
        Folded::new(text).places(&self.sought)
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
    fn words_find_what_looks_the_same() {
        let places = |words: &str, text: &'static str| -> Vec<&str> {
            Query::new(words).unwrap().places(text).into_iter().map(|place| &text[place]).collect()
        };
        assert_eq!(places(" Pump? ", "a PUMP? the pump?"), ["PUMP?", "pump?"]);
        assert_eq!(places("cafe", "Café, CAFÉ, cafe\u{301}s"), ["Café", "CAFÉ", "cafe\u{301}"]);
        assert_eq!(places("café", "cafe ♥"), ["cafe"]);
        assert_eq!(places("STRASSE", "Straße, STRAẞE, strasse"), ["Straße", "STRAẞE", "strasse"]);
        assert_eq!(places("file 12", "the ﬁle\u{a0}① and ﬁle １２"), ["ﬁle １２"]);
        assert_eq!(places("ΣΟΦΟΣ", "σοφός"), ["σοφός"]);
        assert_eq!(places("ガス", "ｶﾞｽ, カス"), ["ｶﾞｽ"], "a voiced sound is another sound");
        assert_eq!(places("a.b", "axb ä.B"), ["ä.B"], "words stand for themselves");
    }

    #[test]
    fn quoted_words_find_only_themselves() {
        let query = Query::new("\"Café\"").unwrap();
        assert!(query.is_in("im CAFÉ") && !query.is_in("im Cafe") && !query.is_in("cafe\u{301}"));
        assert!(query.may_be_in("\0xCAFÉ".as_bytes()) && !query.may_be_in(b"cafe"));
        assert!(Query::new("\"").unwrap().is_in("say \"so\""), "one quote is itself");
        assert!(Query::new("a.b").unwrap().may_be_in(b"\xff"), "folded words need the decoded text");
    }

    #[test]
    fn each_text_finds_itself() {
        for text in ["İstanbul ıI", "ŉ ǰ ΐ", "ﷺ", "한글", "é\u{301}\u{327}", "नमस्ते", "👩‍🔬", "ẞßſ"]
        {
            let query = Query::new(text).unwrap();
            let places = query.places(text);
            assert!(query.is_in(text) && places.len() == 1 && places[0] == (0..text.len()), "{text}: {places:?}");
        }
        assert!(Query::new("\u{301}").unwrap().is_in("e\u{301}"), "an accent alone is itself");
    }

    #[test]
    fn blanks_are_nothing_to_search_for() {
        assert_eq!((Query::new(""), Query::new(" \t")), (None, None));
    }

    #[test]
    fn endless_words_are_not_searched_for() {
        assert!(Query::new(&"a".repeat(LONGEST)).is_some());
        assert_eq!(Query::new(&"a".repeat(LONGEST + 1)), None);
    }
}
