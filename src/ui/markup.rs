//! Splits the rows of a message into pieces, each with the style of its token.

use std::ops::Range;

use ratatui::style::Style;

use super::theme::{Role, Theme};
use crate::domain::{Token, TokenKind};

/// A piece of a row, its style, and the whole URL if the piece is part of a link.
pub type Piece<'t> = (&'t str, Style, Option<&'t str>);

fn role(kind: TokenKind) -> Role {
    match kind {
        TokenKind::Code => Role::Code,
        TokenKind::Emphasis => Role::Emphasis,
        TokenKind::Link => Role::Link,
        TokenKind::Mention => Role::Mention,
    }
}

/// The pieces of the row `text[range]`. Text outside of tokens has the style `style`.
pub fn pieces<'t>(text: &'t str, range: Range<usize>, tokens: &[Token], style: Style, theme: &Theme) -> Vec<Piece<'t>> {
    let mut pieces = Vec::new();
    let mut at = range.start;
    for token in tokens {
        let (start, end) = (token.place.start.max(at), token.place.end.min(range.end));
        if start < end {
            pieces.push((&text[at..start], style, None));
            let link = (token.kind == TokenKind::Link).then(|| &text[token.place.clone()]);
            pieces.push((&text[start..end], style.patch(theme.style(role(token.kind))), link));
            at = end;
        }
    }
    pieces.push((&text[at..range.end], style, None));
    pieces.retain(|(words, ..)| !words.is_empty());
    pieces
}

/// The byte range in `text` of each of the `rows` that it was wrapped into. Wrapping drops only spaces between rows.
/// `None` for a row that wrapping has changed, because a character in it was too wide.
pub fn row_ranges(text: &str, rows: &[String]) -> Vec<Option<Range<usize>>> {
    let mut at = 0;
    let mut range_of = |row: &String| {
        let rest = &text[at..];
        let blanks = rest.len() - rest.trim_start().len();
        let is_start = |skipped: &usize| rest.is_char_boundary(*skipped) && rest[*skipped..].starts_with(row.as_str());
        let start = at + (0..=blanks).find(is_start)?;
        at = start + row.len();
        Some(start..at)
    };
    rows.iter().map(&mut range_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::tokens, ui::text};

    #[test]
    fn each_row_of_a_link_has_the_whole_url() {
        let words = "see https://example.org/a/long/way there";
        let rows = text::wrap(words, 16);
        let theme = Theme::builtin(crate::ui::theme::Variant::Dark);
        let tokens = tokens(words, &"alice".parse().unwrap());
        let links: Vec<_> = row_ranges(words, &rows)
            .into_iter()
            .flat_map(|range| pieces(words, range.unwrap(), &tokens, Style::new(), &theme))
            .filter_map(|(words, _, link)| link.map(|link| (words, link)))
            .collect();
        let whole = "https://example.org/a/long/way";
        assert_eq!(links, [("https://", whole), ("example.org/a/", whole), ("long/way", whole)]);
    }

    #[test]
    fn style_continues_in_the_next_row() {
        let words = "look: *this is very important*  yes";
        let rows = text::wrap(words, 12);
        let theme = Theme::builtin(crate::ui::theme::Variant::Dark);
        let tokens = tokens(words, &"alice".parse().unwrap());
        let emphasised = theme.style(Role::Emphasis);
        let seen: Vec<String> = row_ranges(words, &rows)
            .into_iter()
            .flat_map(|range| pieces(words, range.unwrap(), &tokens, Style::new(), &theme))
            .filter(|(_, style, _)| *style == emphasised)
            .map(|(words, ..)| words.to_owned())
            .collect();
        assert_eq!(seen, ["*this", "is very", "important*"]);
        assert_eq!(row_ranges("a日", &text::wrap("a日", 1)), [Some(0..1), None]);
    }
}
