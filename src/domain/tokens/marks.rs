//! Marks that people type around words: backticks and asterisks.

use std::ops::Range;

/// The byte ranges of code between backticks, and of the lines of fenced blocks, including the fences.
pub(super) fn code(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut is_block = false;
    let mut start = 0;
    text.split_inclusive('\n').flat_map(move |line| {
        let at = start;
        start += line.len();
        let content = line.trim_end_matches('\n');
        let is_fence = content.trim_start().starts_with("```");
        let is_code = is_block || is_fence;
        is_block ^= is_fence;
        let spans: Vec<Range<usize>> = if is_code {
            std::iter::once(0..content.len()).collect()
        } else {
            between(content, '`', |_, inside| !inside.trim().is_empty())
        };
        spans.into_iter().map(move |span| at + span.start..at + span.end)
    })
}

/// The byte ranges of `*emphasis*`, marks included. Only marks around whole words count, so not those in `2 * 3 * 4`.
pub(super) fn emphasis(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
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

/// The byte ranges from one mark to the next, both included, with text in between. `fits` decides by the text before
/// the range and the text between the marks.
fn between(line: &str, mark: char, fits: impl Fn(&str, &str) -> bool) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(start) = line[from..].find(mark).map(|at| from + at) {
        let inside = start + mark.len_utf8();
        let Some(end) = line[inside..].find(mark).map(|at| inside + at) else { break };
        let follows = line[end + mark.len_utf8()..].chars().next();
        let ends_word = mark == '`' || !follows.is_some_and(char::is_alphanumeric);
        if end > inside && ends_word && fits(&line[..start], &line[inside..end]) {
            spans.push(start..end + mark.len_utf8());
            from = end + mark.len_utf8();
        } else {
            // Neither of two adjacent marks can start a range.
            from = if end == inside { end + mark.len_utf8() } else { inside };
        }
    }
    spans
}
