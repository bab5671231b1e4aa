//! The tokenizer: finds links, code, mentions and emphasis in a message.
//!
//! All parts of papo use the same tokens: the screen styles them, notifications depend on the mentions, and a user
//! opens the links. The text does not change: marks such as asterisks stay in it.

mod links;
mod marks;
mod mentions;

use std::ops::Range;

use super::UserId;
pub use links::link_uri;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A link that [`link_uri`] turns into a URI.
    Link,
    /// Text between backticks, or a line of a fenced block.
    Code,
    /// The ID of the reader, as a whole word.
    Mention,
    /// Text between asterisks.
    Emphasis,
}

/// A marked part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its byte range.
    pub place: Range<usize>,
    /// What it is.
    pub kind: TokenKind,
}

/// The tokens of `text` for the reader `me`, in order and without overlaps. Links also count inside code; mentions do
/// not.
pub fn tokens(text: &str, me: &UserId) -> Vec<Token> {
    let mut tokens: Vec<Token> = links::links(text).map(|place| Token { place, kind: TokenKind::Link }).collect();
    for place in marks::code(text) {
        fill(&mut tokens, place, TokenKind::Code);
    }
    for place in mentions::mentions(text, me) {
        if tokens.iter().all(|token| !overlap(&token.place, &place)) {
            tokens.push(Token { place, kind: TokenKind::Mention });
        }
    }
    for place in marks::emphasis(text) {
        if !tokens.iter().any(|token| token.kind == TokenKind::Code && overlap(&token.place, &place)) {
            fill(&mut tokens, place, TokenKind::Emphasis);
        }
    }
    tokens.sort_by_key(|token| token.place.start);
    tokens
}

/// The links in a text, in order.
pub fn links(text: &str) -> impl Iterator<Item = &str> {
    links::links(text).map(|place| &text[place])
}

/// Whether a text mentions `me`.
pub fn is_mentioned(text: &str, me: &UserId) -> bool {
    // Most messages mention nobody. Only a possible mention is worth running the full tokenizer, which excludes code
    // and links.
    mentions::mentions(text, me).next().is_some()
        && tokens(text, me).iter().any(|token| token.kind == TokenKind::Mention)
}

/// Adds tokens of `kind` for the parts of `place` that no token covers yet. Adds none if a link extends beyond `place`,
/// because a mark then is part of that link.
fn fill(tokens: &mut Vec<Token>, place: Range<usize>, kind: TokenKind) {
    let mut inside: Vec<Range<usize>> =
        tokens.iter().map(|token| token.place.clone()).filter(|taken| overlap(taken, &place)).collect();
    if inside.iter().any(|taken| taken.start < place.start || place.end < taken.end) {
        return;
    }
    inside.sort_by_key(|taken| taken.start);
    let mut start = place.start;
    for taken in inside.into_iter().chain(std::iter::once(place.end..place.end)) {
        if start < taken.start {
            tokens.push(Token { place: start..taken.start, kind });
        }
        start = taken.end;
    }
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

#[cfg(test)]
mod tests {
    use super::{TokenKind::*, *};

    fn found(text: &str) -> Vec<(&str, TokenKind)> {
        let tokens = tokens(text, &"alice".parse().unwrap());
        tokens.into_iter().map(|token| (&text[token.place], token.kind)).collect()
    }

    #[test]
    fn each_kind_of_token_is_found() {
        assert_eq!(
            found("alice: run `make *all*` *now*, see https://a.org/*x*"),
            [("alice", Mention), ("`make *all*`", Code), ("*now*", Emphasis), ("https://a.org/*x", Link)]
        );
        assert_eq!(found("2 * 3 * 4, a*b*c, `` ` *"), []);
        assert_eq!(
            found("so:\n```\nlet alice = 1;\n```\n*so*").iter().map(|(_, kind)| *kind).collect::<Vec<_>>(),
            [Code, Code, Code, Emphasis]
        );
    }

    #[test]
    fn code_may_contain_links_but_no_mentions() {
        assert_eq!(found("`see http://a.org`"), [("`see ", Code), ("http://a.org", Link), ("`", Code)]);
        assert_eq!(found("`ask alice`"), [("`ask alice`", Code)]);
        assert_eq!(found("*ask alice now*"), [("*ask ", Emphasis), ("alice", Mention), (" now*", Emphasis)]);
        assert_eq!(found("*see http://a.org*"), [("*see ", Emphasis), ("http://a.org", Link), ("*", Emphasis)]);
    }

    #[test]
    fn notifications_and_screen_agree_on_mentions() {
        let alice: UserId = "alice".parse().unwrap();
        for (text, rings) in [
            ("alice?", true),
            ("*alice*, look", true),
            ("`alice`", false),
            ("https://example.org/alice", false),
            ("www.alice.org alice", true),
        ] {
            assert_eq!(is_mentioned(text, &alice), rings, "{text}");
            assert_eq!(found(text).iter().any(|(_, kind)| *kind == Mention), rings, "{text}");
        }
    }
}
