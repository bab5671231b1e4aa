//! One row of the screen, with text at the left and at the right end.
//!
//! A row makes all its text safe, so that no pane can forget to do so.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect, style::Style, text::Span};

use super::{layout, text};
use crate::{app::Link, domain::Query};

/// A row of styled text.
#[derive(Debug, Default, Clone)]
pub struct Row {
    left: Part,
    right: Part,
    /// Whether the right part is left out if there is no room for both parts.
    yields: bool,
    /// The columns that are links, and their targets.
    links: Vec<(Range<usize>, String)>,
}

/// Styled text, and its width in columns.
#[derive(Debug, Default, Clone)]
struct Part {
    spans: Vec<Span<'static>>,
    width: usize,
}

impl Part {
    fn push(&mut self, words: &str, style: Style) {
        let words = text::safe_line(words);
        self.width += text::width(&words);
        self.spans.push(Span::styled(words, style));
    }
}

impl Row {
    /// A row that begins with these words.
    pub fn of(words: impl AsRef<str>, style: Style) -> Self {
        Self::default().with(words, style)
    }

    /// A row that begins with `columns` spaces.
    pub fn indented(columns: usize) -> Self {
        Self::of(" ".repeat(columns), Style::new())
    }

    /// Wraps a text into rows of at most `columns`.
    pub fn wrapped(words: &str, columns: usize, style: Style) -> Vec<Self> {
        text::wrap(&text::safe(words), columns).into_iter().map(|line| Self::of(line, style)).collect()
    }

    /// Adds `words` at the left.
    pub fn push(&mut self, words: impl AsRef<str>, style: Style) -> &mut Self {
        self.left.push(words.as_ref(), style);
        self
    }

    /// The row with `words` added at the left.
    #[must_use]
    pub fn with(mut self, words: impl AsRef<str>, style: Style) -> Self {
        self.push(words, style);
        self
    }

    /// Adds `words` at the left, with the matches of a query marked.
    pub fn push_marked(&mut self, words: &str, style: Style, query: Option<&Query>, mark: Style) -> &mut Self {
        let words = text::safe_line(words);
        let mut end = 0;
        for range in query.map(|query| query.places(&words)).unwrap_or_default() {
            self.push(&words[end..range.start], style).push(&words[range.clone()], style.patch(mark));
            end = range.end;
        }
        self.push(&words[end..], style)
    }

    /// Makes the next `columns` columns part of a link to `url`.
    pub fn link_next(&mut self, columns: usize, url: &str) -> &mut Self {
        let start = self.left_width();
        self.links.push((start..start + columns, url.to_owned()));
        self
    }

    /// The links on the screen if the row is drawn on `area`. Empty if the row is cut.
    pub fn links(&self, area: Rect) -> impl Iterator<Item = Link> {
        let fits = self.fits(area.width);
        self.links.iter().filter(move |_| fits).filter_map(move |(columns, url)| {
            let (x, width) = (u16::try_from(columns.start).ok()?, u16::try_from(columns.len()).ok()?);
            let area = Rect { x: area.x + x, width, height: 1, ..area };
            Some(Link { area, url: url.clone() })
        })
    }

    /// Adds `words` at the right end, after those that are already there.
    pub fn push_right(&mut self, words: impl AsRef<str>, style: Style) -> &mut Self {
        self.right.push(words.as_ref(), style);
        self
    }

    /// If there is no room for both parts, the right part is left out, instead of cutting the left part.
    pub fn right_yields(&mut self) -> &mut Self {
        self.yields = true;
        self
    }

    /// Whether the whole row fits into `columns`.
    pub fn fits(&self, columns: u16) -> bool {
        let gap = usize::from(!self.right.spans.is_empty());
        self.left_width() + gap + self.right_width() <= usize::from(columns)
    }

    /// The columns that the left part takes.
    pub fn left_width(&self) -> usize {
        self.left.width
    }

    /// The columns that the right part takes.
    pub fn right_width(&self) -> usize {
        self.right.width
    }

    /// Draws the row on the first line of `area`, over a background of `style`. If there is no room for both parts, the
    /// left one is cut; but a right part of more than half the width is left out.
    pub fn draw(self, area: Rect, style: Style, buf: &mut Buffer) {
        let area = Rect { height: area.height.min(1), ..area }.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        if style != Style::new() {
            buf.set_style(area, style);
        }
        let columns = usize::from(area.width);
        let (left, right) = (self.left_width(), self.right_width());
        let fits = left + 1 + right <= columns;
        let room = if right > 0 && (fits || (right <= columns / 2 && !self.yields)) {
            columns.saturating_sub(right + 1)
        } else {
            columns
        };
        let spans = if left <= room { self.left.spans } else { cut(self.left.spans, room) };
        let x = put(&spans, area, buf);
        debug_assert!(usize::from(x - area.x) <= room, "a cut line fits");
        if right > 0 && room < columns {
            let start = area.right() - u16::try_from(right).unwrap_or(area.width).min(area.width);
            put(&self.right.spans, Rect { x: start, width: area.right() - start, ..area }, buf);
        }
    }
}

/// Draws rows from the top of `area`, over a background of `style`. Returns the rest of the area, below them.
pub fn draw(rows: impl IntoIterator<Item = Row>, area: Rect, style: Style, buf: &mut Buffer) -> Rect {
    let mut left = area;
    for row in rows.into_iter().take(area.height.into()) {
        row.draw(left, style, buf);
        left = layout::below(left, 1);
    }
    left
}

/// Writes spans into one row, one after the other. Returns the column after them. Simple text is written character by
/// character, which is faster than finding grapheme clusters.
fn put(spans: &[Span<'_>], area: Rect, buf: &mut Buffer) -> u16 {
    let mut x = area.x;
    for span in spans {
        let room = area.right() - x;
        if text::is_simple(&span.content) {
            let start = if room > 0 { buf.index_of(x, area.y) } else { 0 };
            let cells = &mut buf.content[start..start + usize::from(room)];
            for (cell, letter) in cells.iter_mut().zip(span.content.chars()) {
                cell.set_char(letter).set_style(span.style);
                x += 1;
            }
        } else {
            (x, _) = buf.set_span(x, area.y, span, room);
        }
    }
    x
}

/// Cuts spans that do not fit into `columns`, and adds an ellipsis.
fn cut(spans: Vec<Span<'static>>, columns: usize) -> Vec<Span<'static>> {
    let mut left = columns;
    let mut kept = Vec::with_capacity(spans.len());
    for span in spans {
        let length = text::width(&span.content);
        if length < left {
            left -= length;
            kept.push(span);
        } else {
            // Part of this span, or text after it, is missing. The ellipsis makes sure that `truncate` cuts.
            let content = text::truncate(&format!("{}{}", span.content, text::ELLIPSIS), left);
            kept.push(Span::styled(content, span.style));
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(row: Row, width: u16) -> String {
        let mut buf = Buffer::empty(Rect::new(0, 0, width, 1));
        row.draw(buf.area, Style::new(), &mut buf);
        buf.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    fn row(left: &str, right: &str) -> Row {
        let mut row = Row::of(left, Style::new());
        if !right.is_empty() {
            row.push_right(right, Style::new());
        }
        row
    }

    #[test]
    fn left_part_is_cut_if_the_right_part_takes_at_most_half() {
        assert_eq!(drawn(row("bob", "2 h"), 10), "bob    2 h");
        assert_eq!(drawn(row("bartholomew", "2 h"), 10), "barth… 2 h");
        assert_eq!(drawn(row("bob", "long ago indeed"), 10), "bob       ");
        assert_eq!(drawn(row("bartholomew", ""), 4), "bar…");
        assert_eq!(drawn(row("bartholomew", "2 h").right_yields().clone(), 11), "bartholomew");
    }

    #[test]
    fn pushed_words_are_made_safe() {
        assert_eq!(drawn(row("a\u{1b}\nb", ""), 6), "a␛␊b  ");
    }
}
