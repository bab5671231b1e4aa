//! What stands out in a message: code, emphasis, links, my own name. Nothing is taken away: the marks stay where they
//! were typed, so that what is read is what was written.

use std::ops::Range;

use ratatui::style::Style;

use super::theme::{Role, Theme};
use crate::domain::{UserId, links, mentions};

/// A part of a text, and what it is.
pub type Part = (Range<usize>, Role);

/// A piece of a row, its style, and the link that it is part of.
pub type Piece<'t> = (&'t str, Style, Option<&'t str>);

/// The parts of a safe text that stand out, in order, none within another.
pub fn parts(text: &str, me: &UserId) -> Vec<Part> {
    let mut parts: Vec<Part> = code(text).map(|place| (place, Role::Code)).collect();
    let others = links(text).map(|place| (place, Role::Link));
    let others = others.chain(emphasis(text).map(|place| (place, Role::Emphasis)));
    let others = others.chain(mentions(text, me).map(|place| (place, Role::Mention)));
    for (place, role) in others {
        let is_free = parts.iter().all(|(taken, _)| taken.end <= place.start || place.end <= taken.start);
        if is_free {
            parts.push((place, role));
        }
    }
    parts.sort_by_key(|(place, _)| place.start);
    parts
}

/// The pieces of the row that is `text[place]`, each with its style.
pub fn pieces<'t>(text: &'t str, place: Range<usize>, parts: &[Part], style: Style, theme: &Theme) -> Vec<Piece<'t>> {
    let mut pieces = Vec::new();
    let mut at = place.start;
    for (part, role) in parts {
        let (start, end) = (part.start.max(at), part.end.min(place.end));
        if start < end {
            pieces.push((&text[at..start], style, None));
            let link = (*role == Role::Link).then(|| &text[part.clone()]);
            pieces.push((&text[start..end], style.patch(theme.style(*role)), link));
            at = end;
        }
    }
    pieces.push((&text[at..place.end], style, None));
    pieces.retain(|(words, ..)| !words.is_empty());
    pieces
}

/// Where the rows stand in the text from which they were broken; only blanks are lost between them. `None` where a
/// row is not as it was, since something in it was too wide.
pub fn places(text: &str, rows: &[String]) -> Vec<Option<Range<usize>>> {
    let mut at = 0;
    let mut place = |row: &String| {
        let rest = &text[at..];
        let blanks = rest.len() - rest.trim_start().len();
        let is_start = |skipped: &usize| rest.is_char_boundary(*skipped) && rest[*skipped..].starts_with(row.as_str());
        let start = at + (0..=blanks).find(is_start)?;
        at = start + row.len();
        Some(start..at)
    };
    rows.iter().map(&mut place).collect()
}

/// `code`, and lines between lines of three marks.
fn code(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut is_block = false;
    let mut start = 0;
    text.split_inclusive('\n').flat_map(move |line| {
        let at = start;
        start += line.len();
        let words = line.trim_end_matches('\n');
        let is_fence = words.trim_start().starts_with("```");
        let is_code = is_block || is_fence;
        is_block ^= is_fence;
        let spans: Vec<Range<usize>> = if is_code {
            std::iter::once(0..words.len()).collect()
        } else {
            between(words, '`', |_, inside| !inside.trim().is_empty())
        };
        spans.into_iter().map(move |span| at + span.start..at + span.end)
    })
}

/// `*emphasis*`, as words are: not `2 * 3 * 4`.
fn emphasis(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    text.split_inclusive('\n').flat_map(move |line| {
        let at = start;
        start += line.len();
        let is_word = |before: &str, inside: &str| {
            !before.ends_with(char::is_alphanumeric) && !inside.starts_with(' ') && !inside.ends_with(' ')
        };
        between(line, '*', is_word).into_iter().map(move |span| at + span.start..at + span.end)
    })
}

/// The spans from one mark to the next, with both, where something stands between them that `fits`.
fn between(line: &str, mark: char, fits: impl Fn(&str, &str) -> bool) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(start) = line[from..].find(mark).map(|at| from + at) {
        let inside = start + mark.len_utf8();
        let Some(end) = line[inside..].find(mark).map(|at| inside + at) else { break };
        let follows = line[end + mark.len_utf8()..].chars().next();
        let is_alone = mark == '`' || !follows.is_some_and(char::is_alphanumeric);
        if end > inside && is_alone && fits(&line[..start], &line[inside..end]) {
            spans.push(start..end + mark.len_utf8());
            from = end + mark.len_utf8();
        } else {
            // Two marks with nothing between them are no beginning either.
            from = if end == inside { end + mark.len_utf8() } else { inside };
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::text;

    fn found(text: &str) -> Vec<(&str, Role)> {
        parts(text, &"alice".parse().unwrap()).into_iter().map(|(place, role)| (&text[place], role)).collect()
    }

    #[test]
    fn code_emphasis_links_and_my_name_stand_out() {
        assert_eq!(
            found("alice: run `make *all*` *now*, see https://a.org/*x*"),
            [
                ("alice", Role::Mention),
                ("`make *all*`", Role::Code),
                ("*now*", Role::Emphasis),
                ("https://a.org/*x", Role::Link)
            ]
        );
        assert_eq!(found("2 * 3 * 4, a*b*c, `` ` *"), []);
        assert_eq!(
            found("so:\n```\nlet alice = 1;\n```\n*so*").iter().map(|(_, role)| *role).collect::<Vec<_>>(),
            [Role::Code, Role::Code, Role::Code, Role::Emphasis]
        );
    }

    #[test]
    fn each_row_of_a_link_knows_all_of_it() {
        let words = "see https://example.org/a/long/way there";
        let rows = text::wrap(words, 16);
        let theme = Theme::shipped(crate::ui::theme::Variant::Dark);
        let parts = parts(words, &"alice".parse().unwrap());
        let links: Vec<_> = places(words, &rows)
            .into_iter()
            .flat_map(|place| pieces(words, place.unwrap(), &parts, Style::new(), &theme))
            .filter_map(|(words, _, link)| link.map(|link| (words, link)))
            .collect();
        let whole = "https://example.org/a/long/way";
        assert_eq!(links, [("https://", whole), ("example.org/a/", whole), ("long/way", whole)]);
    }

    #[test]
    fn what_stands_out_goes_on_in_the_next_row() {
        let words = "look: *this is very important*  yes";
        let rows = text::wrap(words, 12);
        let theme = Theme::shipped(crate::ui::theme::Variant::Dark);
        let parts = parts(words, &"alice".parse().unwrap());
        let emphasised = theme.style(Role::Emphasis);
        let seen: Vec<String> = places(words, &rows)
            .into_iter()
            .flat_map(|place| pieces(words, place.unwrap(), &parts, Style::new(), &theme))
            .filter(|(_, style, _)| *style == emphasised)
            .map(|(words, ..)| words.to_owned())
            .collect();
        assert_eq!(seen, ["*this", "is very", "important*"]);
        assert_eq!(places("a日", &text::wrap("a日", 1)), [Some(0..1), None]);
    }
}
