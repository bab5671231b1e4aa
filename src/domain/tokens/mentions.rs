//! Mentions: the ID of a user as a separate word.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark, is_nfc};

use crate::domain::UserId;

/// The byte ranges that mention `user`, ignoring case and Unicode normal form. A part of a path or a mail address is
/// not a mention.
pub(super) fn mentions<'t>(text: &'t str, user: &UserId) -> impl Iterator<Item = Range<usize>> + use<'t> {
    let name = user.as_str().to_lowercase();
    let chunks = split_ranges(text, 0, char::is_whitespace).filter(|chunk| !is_path(&text[chunk.clone()]));
    let words = chunks.flat_map(|chunk| split_ranges(&text[chunk.clone()], chunk.start, |c| !is_word_char(c)));
    words.filter_map(move |word| {
        let named = name_in(&text[word.clone()], &name)?;
        (!is_in_address(text, &word)).then(|| word.start + named.start..word.start + named.end)
    })
}

/// Whether a character is part of a word. An apostrophe is, so that "don't" does not mention a user `t`.
fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '.' | '-' | '_' | '\'' | '’')
}

/// Splits a text at separators into byte ranges. The ranges, which may be empty, are relative to a text in which this
/// one begins at byte `start`.
fn split_ranges(
    text: &str,
    start: usize,
    is_separator: impl Fn(char) -> bool + Copy,
) -> impl Iterator<Item = Range<usize>> {
    let mut end = start;
    text.split_inclusive(is_separator).map(move |piece| {
        let start = end;
        end += piece.len();
        start..start + piece.trim_end_matches(is_separator).len()
    })
}

/// The byte range of the lower-case `name` in a word. The word may have signs around the name, as in `_bob_` and
/// `bob...`, or be possessive, as in `bob's`.
fn name_in(word: &str, name: &str) -> Option<Range<usize>> {
    let signs = ['.', '-', '_', '\'', '’'];
    let start = word.len() - word.trim_start_matches(signs).len();
    let rest = &word[start..];
    let trimmed = rest.trim_end_matches(signs);
    let possessor = trimmed.strip_suffix(['s', 'S']).and_then(|owner| owner.strip_suffix(['\'', '’']));
    // Also tries the untrimmed rest, because an ID may end with a sign.
    let named = [Some(trimmed), possessor, Some(rest)].into_iter().flatten().find(|part| is_same(part, name))?;
    Some(start..start + named.len())
}

/// Whether a word is `name`. Does not allocate for ASCII, which most words are.
fn is_same(word: &str, name: &str) -> bool {
    if word.is_ascii() {
        word.eq_ignore_ascii_case(name)
    } else if is_nfc(word) {
        word.to_lowercase() == name
    } else {
        word.nfc().collect::<String>().to_lowercase() == name
    }
}

/// Whether the word at this range is part of a mail address, like `bob` in `bob@example.org`, but not in `@bob`.
fn is_in_address(text: &str, word: &Range<usize>) -> bool {
    let is_followed = text[word.end..].strip_prefix('@').is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
    let is_preceded = text[..word.start].strip_suffix('@').is_some_and(|rest| rest.ends_with(char::is_alphanumeric));
    is_followed || is_preceded
}

/// Whether a chunk without white space is a file path or a URL, rather than two names with a slash between them.
fn is_path(chunk: &str) -> bool {
    let separators = ['/', '\\'];
    let chunk = chunk.trim_start_matches(['(', '[', '{', '<', '"', '\'', '`', '“', '‘', '„', '*']);
    let chunk = chunk.trim_end_matches(|c: char| !c.is_alphanumeric() && !separators.contains(&c));
    let Some(last) = chunk.rfind(separators) else { return false };
    let is_anchored =
        chunk.starts_with(['/', '\\', '~', '.']) || chunk.get(1..).is_some_and(|rest| rest.starts_with(":\\"));
    let has_extension = chunk[last + 1..].contains('.');
    is_anchored || has_extension || chunk.matches(separators).count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(text: &'t str, user: &str) -> Vec<&'t str> {
        mentions(text, &user.parse().unwrap()).map(|place| &text[place]).collect()
    }

    #[test]
    fn mention_is_a_whole_word() {
        assert_eq!(found("zoë: hi ZOË, ask Zoë.", "Zoë"), ["zoë", "ZOË", "Zoë"]);
        assert_eq!(found("zoës zoë-x a.zoë zo zoë.txt", "Zoë"), Vec::<&str>::new());
        assert_eq!(found("@zoë? (zoë) zoë/bob", "Zoë"), ["zoë", "zoë", "zoë"]);
        assert_eq!(found("bob... _bob_ 'bob' -bob-", "bob"), ["bob", "bob", "bob", "bob"]);
        assert_eq!(found("ask bob. now", "bob."), ["bob."], "an id may end with a sign");
    }

    #[test]
    fn apostrophe_is_part_of_a_word() {
        assert_eq!(found("don't won’t t", "t"), ["t"]);
        assert_eq!(found("bob's pump, BOB’S", "bob"), ["bob", "BOB"]);
        assert_eq!(found("l'bob", "bob"), Vec::<&str>::new());
    }

    #[test]
    fn decomposed_name_is_a_mention() {
        assert_eq!(found("zoe\u{308}, zoe", "Zoë"), ["zoe\u{308}"]);
    }

    #[test]
    fn paths_and_mail_addresses_are_no_mentions() {
        for text in [
            "/home/bob",
            "~/bob",
            "(./bob)",
            "src/bob/main",
            "bob/notes.txt",
            r"C:\bob",
            r"\\bob\share",
            "bob@example.org",
            "info@bob",
            "https://example.org/bob",
        ] {
            assert_eq!(found(text, "bob"), Vec::<&str>::new(), "{text}");
        }
        assert_eq!(found("bob/anna: bob @ noon, é/bob", "bob"), ["bob", "bob", "bob"]);
    }
}
