//! Folding for searches: texts that look the same become the same text.
//!
//! The steps are compatibility decomposition (NFKD, UAX 15), removal of accents, and case folding. Case is folded by
//! conversion to upper case and back, so that ß equals SS and the two small sigmas are equal.

use std::{cmp::Ordering, ops::Range};

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};

/// A folded text with a map to its source.
pub(super) struct Folded {
    text: String,
    /// For each byte of `text`, the byte position in the source of the character that it comes from.
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

/// Compares two names as readers sort them: case and accents decide only between names that are otherwise equal.
pub fn compare_names(name: &str, other: &str) -> Ordering {
    let folded = if name.is_ascii() && other.is_ascii() {
        let lower = |byte: u8| byte.to_ascii_lowercase();
        name.bytes().map(lower).cmp(other.bytes().map(lower))
    } else {
        fold(name).cmp(&fold(other))
    };
    folded.then_with(|| name.cmp(other))
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

    /// The byte ranges of the source whose folded form is `needle`, which must be folded. They are extended to whole
    /// characters and the accents after them.
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
            // To lower case first: ẞ has no other upper-case form, but its lower case ß has, SS.
            let capitals = part.to_lowercase().flat_map(char::to_uppercase);
            capitals.flat_map(char::to_lowercase).filter(|c| !is_accent(*c)).for_each(&mut push);
        }
    });
}

/// Whether a mark is an accent that people often leave out when they type. Voicing marks of kana (combining class 8),
/// the virama (9) and spacing vowel signs (0) are none: they change the letter.
fn is_accent(c: char) -> bool {
    !matches!(canonical_combining_class(c), 0 | 8 | 9)
}
