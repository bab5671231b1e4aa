//! Folding: texts that look the same become the same text.
//!
//! Compatibility decomposition (NFKD, UAX 15), then case folding, without accents. Case is folded by way of the capital
//! letters, which joins ß with SS and the two small sigmas.

use std::ops::Range;

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};

/// A folded text with a map back to its source.
pub(super) struct Folded {
    text: String,
    /// For each byte of `text`, the start of its character in the source.
    sources: Vec<usize>,
    source_len: usize,
}

/// Folds a text, without the map.
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

    /// The ranges of the folded text `needle` in the source, extended to whole characters with the accents after them.
    pub(super) fn places(&self, needle: &str) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = Vec::new();
        for (at, _) in self.text.match_indices(needle) {
            let start = self.sources[at];
            let last = self.sources[at + needle.len() - 1];
            let rest = &self.sources[at + needle.len()..];
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
            // By way of lower case, since a capital ß (ẞ) has no upper-case mapping, but ß has: SS.
            let capitals = part.to_lowercase().flat_map(char::to_uppercase);
            capitals.flat_map(char::to_lowercase).filter(|c| !is_accent(*c)).for_each(&mut push);
        }
    });
}

/// Whether a mark is an accent that people leave out when they type. Not the voicing of kana (combining class 8), the
/// virama (9) or a spacing vowel sign (0): these change the letter.
fn is_accent(c: char) -> bool {
    !matches!(canonical_combining_class(c), 0 | 8 | 9)
}
