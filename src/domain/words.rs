//! What stands out in a text that somebody wrote: links, and names of people.

use std::ops::Range;

use super::UserId;

const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// Where the links are. Only what RFC 3986 lets stand in a link is part of one, so a link can go anywhere as it is.
pub fn links(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(from..).filter(|rest| rest.contains(':'))?;
            let starts = SCHEMES.iter().filter_map(|scheme| Some((find(rest, scheme)?, *scheme)));
            let (at, scheme) = starts.min()?;
            let start = from + at;
            let end = start + length(&text[start..]);
            from = end.max(start + scheme.len());
            if end > start + scheme.len() && starts_a_word(text, start) {
                return Some(start..end);
            }
        }
    })
}

/// Where `user` is named: its id as a word of its own, in either case.
pub fn mentions<'t>(text: &'t str, user: &UserId) -> impl Iterator<Item = Range<usize>> + use<'t> {
    let name = user.as_str().to_lowercase();
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let mut words = text.char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let (start, _) = *words.peek()?;
            let mut end = start;
            while let Some((at, c)) = words.next_if(|(_, c)| is_name(*c)) {
                end = at + c.len_utf8();
            }
            // The full stop behind a name ends the sentence.
            let word = text[start..end].trim_end_matches(['.', '-']);
            if end == start {
                words.next();
            } else if is_lowered(word, &name) {
                return Some(start..start + word.len());
            }
        }
    })
}

/// Whether a word in lower case is `name`; nearly all words are of ASCII, and are not copied for that.
fn is_lowered(word: &str, name: &str) -> bool {
    if word.is_ascii() { word.eq_ignore_ascii_case(name) } else { word.to_lowercase() == name }
}

fn find(text: &str, scheme: &str) -> Option<usize> {
    let letters = scheme.as_bytes();
    text.as_bytes().windows(letters.len()).position(|window| window.eq_ignore_ascii_case(letters))
}

fn starts_a_word(text: &str, start: usize) -> bool {
    text[..start].chars().next_back().is_none_or(|before| !before.is_alphanumeric())
}

/// How long the link is with which the text begins: without the punctuation of the sentence around it.
fn length(text: &str) -> usize {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    let mut link = &text[..text.find(|c| !allowed(c)).unwrap_or(text.len())];
    loop {
        let count = |bracket| link.matches(bracket).count();
        let is_unopened =
            link.ends_with(')') && count(')') > count('(') || link.ends_with(']') && count(']') > count('[');
        let is_punctuation = link.ends_with(['.', ',', ';', ':', '!', '?', '\'', '*']);
        match link.char_indices().next_back() {
            Some((last, _)) if is_unopened || is_punctuation => link = &link[..last],
            _ => return link.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        links(text).map(|place| &text[place]).collect()
    }

    #[test]
    fn links_end_where_the_sentence_goes_on() {
        assert_eq!(found("see https://example.org/a?b=c#d."), ["https://example.org/a?b=c#d"]);
        assert_eq!(found("(http://example.org/x_(y)), HTTPS://b.org!"), ["http://example.org/x_(y)", "HTTPS://b.org"]);
        assert_eq!(found("mailto:a@b.org or *https://c.org*"), ["mailto:a@b.org", "https://c.org"]);
        assert_eq!(found("https:// xhttp://no.org http://日本 file:///etc"), Vec::<&str>::new());
        assert_eq!(found("http://a.org/\u{1b}]8;;evil"), ["http://a.org/"]);
    }

    #[test]
    fn names_are_words_of_their_own() {
        let zoe: UserId = "Zoë".parse().unwrap();
        let found = |text: &'static str| mentions(text, &zoe).map(|place| &text[place]).collect::<Vec<_>>();
        assert_eq!(found("zoë: hi ZOË, ask Zoë."), ["zoë", "ZOË", "Zoë"]);
        assert_eq!(found("zoës zoë-x a.zoë zo"), Vec::<&str>::new());
        assert_eq!(found("@zoë?"), ["zoë"]);
    }
}
