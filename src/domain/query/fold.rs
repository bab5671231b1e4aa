//! Folding: texts that look the same become the same text.
//!
//! Compatibility decomposition (NFKD, UAX 15), then case folding, without accents. Case is folded by way of the capital
//! letters, which joins ß with SS and the two small sigmas.

use std::ops::Range;

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};

/// A folded text, with the place that each of its bytes comes from.
pub(super) struct Folded {
    text: String,
    /// For each byte of `text` the start of its character in the source.
    sources: Vec<usize>,
    source_len: usize,
}

/// The folded text alone.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        fold_char(c, |c| folded.push(c));
    }
    folded
}

impl Folded {
    pub(super) fn new(source: &str) -> Self {
        let mut folded = Self { text: String::new(), sources: Vec::new(), source_len: source.len() };
        for (at, c) in source.char_indices() {
            fold_char(c, |c| folded.text.push(c));
            folded.sources.resize(folded.text.len(), at);
        }
        folded
    }

    /// Where `sought`, which is folded, stands in the source: whole characters, with the accents behind them.
    pub(super) fn places(&self, sought: &str) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = Vec::new();
        for (at, _) in self.text.match_indices(sought) {
            let start = self.sources[at];
            let last = self.sources[at + sought.len() - 1];
            let rest = &self.sources[at + sought.len()..];
            let end = rest.iter().copied().find(|source| *source > last).unwrap_or(self.source_len);
            if places.last().is_none_or(|place| place.end <= start) {
                places.push(start..end);
            }
        }
        places
    }
}

fn fold_char(c: char, mut push: impl FnMut(char)) {
    if c.is_ascii() {
        return push(c.to_ascii_lowercase());
    }
    decompose_compatible(c, |part| {
        if !is_accent(part) {
            // A capital ß has no capital form of its own.
            let capitals = part.to_lowercase().flat_map(char::to_uppercase);
            capitals.flat_map(char::to_lowercase).filter(|c| !is_accent(*c)).for_each(&mut push);
        }
    });
}

/// A mark that readers leave out. One that makes another sound of a letter is none: the voicing of kana (combining class
/// 8) and the virama (9); nor is a vowel sign that takes a place of its own (0).
fn is_accent(c: char) -> bool {
    !matches!(canonical_combining_class(c), 0 | 8 | 9)
}
