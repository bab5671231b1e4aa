//! Search queries and their results.

mod fold;

use std::{fmt, ops::Range};

use regex::bytes::{Regex, RegexBuilder};

pub use self::fold::compare_names;
use self::fold::{Folded, fold};
use super::{ChatId, ChatMessage};

/// The maximum length of a query in bytes. The compiled pattern takes hundreds of bytes for each byte of the query.
const LONGEST: usize = 4_096;

/// A search query. Matching ignores case, accents and Unicode compatibility forms. In quotation marks, it ignores only
/// case.
#[derive(Debug, Clone)]
pub struct Query {
    words: String,
    /// The text to search for: folded, unless it is quoted.
    needle: String,
    is_exact: bool,
    /// Matches `needle`, ignoring case.
    pattern: Regex,
}

impl Query {
    /// Parses a query; [`None`] if it is blank or too long.
    pub fn new(words: &str) -> Option<Self> {
        let words = words.trim();
        if words.len() > LONGEST {
            return None;
        }
        let quoted = words.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|inner| !inner.is_empty());
        let folded = fold(words);
        let (needle, is_exact) = match quoted {
            Some(quoted) => (quoted.to_owned(), true),
            // The query has accents only, so folding would leave nothing.
            None if folded.trim().is_empty() => (words.to_owned(), true),
            None => (folded, false),
        };
        if needle.is_empty() {
            return None;
        }
        let pattern = RegexBuilder::new(&regex::escape(&needle)).case_insensitive(true).build().ok()?;
        Some(Self { words: words.to_owned(), needle, is_exact, pattern })
    }

    /// A prefilter on the encoded bytes of a message: false if its text cannot match. Always true for a folded query,
    /// which needs the decoded text.
    pub fn may_match(&self, bytes: &[u8]) -> bool {
        !self.is_exact || self.pattern.is_match(bytes)
    }

    /// Whether the text contains a match.
    pub fn matches(&self, text: &str) -> bool {
        // Folding changes only the case of ASCII, so the pattern suffices.
        if self.is_exact || text.is_ascii() {
            return self.pattern.is_match(text.as_bytes());
        }
        fold(text).contains(&self.needle)
    }

    /// The byte ranges of all matches in the text, in order and without overlaps.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        if self.is_exact || text.is_ascii() {
            return self.pattern.find_iter(text.as_bytes()).map(|place| place.range()).collect();
        }
        Folded::new(text).places(&self.needle)
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

/// A message that matches a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The chat it is in.
    pub chat: ChatId,
    /// Its position there.
    pub position: u64,
    /// The message.
    pub message: ChatMessage,
}

/// One batch of the results of a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchProgress {
    /// More hits, in order.
    pub hits: Vec<Hit>,
    /// Set in the last batch: how the search ended.
    pub end: Option<SearchEnd>,
}

/// How a search ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchEnd {
    /// All messages were searched.
    Complete,
    /// The search stopped at the maximum number of hits.
    TooMuch,
    /// A message could not be read; with the error text.
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_finds_what_looks_alike() {
        let places = |words: &str, text: &'static str| -> Vec<&str> {
            Query::new(words).unwrap().places(text).into_iter().map(|place| &text[place]).collect()
        };
        assert_eq!(places(" Pump? ", "a PUMP? the pump?"), ["PUMP?", "pump?"]);
        assert_eq!(places("cafe", "Café, CAFÉ, cafe\u{301}s"), ["Café", "CAFÉ", "cafe\u{301}"]);
        assert_eq!(places("café", "cafe ♥"), ["cafe"]);
        assert_eq!(places("STRASSE", "Straße, STRAẞE, strasse"), ["Straße", "STRAẞE", "strasse"]);
        assert_eq!(places("file 12", "the ﬁle\u{a0}① and ﬁle １２"), ["ﬁle １２"]);
        assert_eq!(places("ΣΟΦΟΣ", "σοφός"), ["σοφός"]);
        assert_eq!(places("ガス", "ｶﾞｽ, カス"), ["ｶﾞｽ"], "a voiced kana is a different letter");
        assert_eq!(places("a.b", "axb ä.B"), ["ä.B"], "a query is not a regular expression");
    }

    #[test]
    fn quoted_query_ignores_only_case() {
        let query = Query::new("\"Café\"").unwrap();
        assert!(query.matches("im CAFÉ") && !query.matches("im Cafe") && !query.matches("cafe\u{301}"));
        assert!(query.may_match("\0xCAFÉ".as_bytes()) && !query.may_match(b"cafe"));
        assert!(Query::new("\"").unwrap().matches("say \"so\""), "a lone quotation mark is searched for as it is");
        assert!(Query::new("a.b").unwrap().may_match(b"\xff"), "folded words need the decoded text");
    }

    #[test]
    fn each_text_finds_itself() {
        for text in ["İstanbul ıI", "ŉ ǰ ΐ", "ﷺ", "한글", "é\u{301}\u{327}", "नमस्ते", "👩‍🔬", "ẞßſ"]
        {
            let query = Query::new(text).unwrap();
            let places = query.places(text);
            assert!(query.matches(text) && places.len() == 1 && places[0] == (0..text.len()), "{text}: {places:?}");
        }
        assert!(Query::new("\u{301}").unwrap().matches("e\u{301}"), "a lone accent is searched for as it is");
    }

    #[test]
    fn blank_and_overlong_queries_are_refused() {
        assert!(Query::new(&"a".repeat(LONGEST)).is_some());
        for bad in ["", " \t", &"a".repeat(LONGEST + 1)] {
            assert_eq!(Query::new(bad), None);
        }
    }
}
