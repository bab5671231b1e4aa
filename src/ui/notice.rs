//! The notice above the hints, or in its place the open question.

use std::borrow::Cow;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{header, layout, row::Row, screen::Screen, text, theme::Role};
use crate::app::{Level, PinnedQuestion};

/// A longer notice is cut; the log has all of it.
const MOST_LINES: usize = 2;
/// As [`MOST_LINES`], for a question that needs a word: the word and what is typed of it are at its end.
const MOST_LINES_WITH_WORD: usize = 4;
/// The columns left and right of the text.
const MARGIN: usize = 1;

/// The lines of the notice on a screen of this width. Empty if there is none.
pub fn lines(screen: Screen<'_>, width: u16) -> Vec<String> {
    let Some((words, _)) = shown(screen, width) else { return Vec::new() };
    let columns = usize::from(width).saturating_sub(2 * MARGIN).max(1);
    let words = text::safe_line(&words);
    let mut lines = text::wrap_at_spaces(&words, columns);
    let question = screen.model.notices.question.as_ref();
    let most = if question.is_some_and(PinnedQuestion::takes_typing) { MOST_LINES_WITH_WORD } else { MOST_LINES };
    if lines.len() > most {
        let rest = lines.drain(most - 1..).collect::<Vec<_>>().join(" ");
        lines.push(text::truncate(&rest, columns));
    }
    lines
}

/// Draws the notice. Returns the position of the cursor if the user types an answer here.
pub fn draw(screen: Screen<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let (_, role) = shown(screen, area.width)?;
    let mut end = Position::from(area);
    for (index, line) in (0..area.height).zip(lines(screen, area.width)) {
        let row = Row::of(format!(" {line}"), screen.style(role));
        let columns = layout::cells(row.left_width()).min(area.width.saturating_sub(1));
        end = Position::new(area.x + columns, area.y + index);
        row.draw(layout::row(area, index), screen.style(Role::Text), buf);
    }
    let question = screen.model.notices.question.as_ref();
    question.filter(|pinned| pinned.takes_typing()).map(|_| end)
}

/// The text to show, and its style: the question, or else the notice, or else what the header has no room for.
fn shown(screen: Screen<'_>, width: u16) -> Option<(Cow<'_, str>, Role)> {
    let notices = &screen.model.notices;
    if let Some(pinned) = &notices.question {
        let role = if pinned.question.needs_word() { Role::Warning } else { Role::Waiting };
        let words = if pinned.takes_typing() {
            format!("{}: {}", pinned.text, pinned.typed).into()
        } else {
            (&pinned.text).into()
        };
        return Some((words, role));
    }
    let Some(notice) = &notices.current else {
        return Some((header::cut_reason(screen, width)?.into(), Role::Warning));
    };
    let role = match notice.level {
        Level::Info => Role::Success,
        Level::Warning => Role::Warning,
        Level::Error => Role::Error,
    };
    Some(((&notice.text).into(), role))
}
