//! The candidates of a completion, above the composer.

use ratatui::{buffer::Buffer, layout::Rect, widgets::Clear, widgets::Widget};

use super::{layout::cells, list, row::Row, screen::Screen, text, theme::Role};
use crate::app::Completion;

/// How many candidates are visible at once.
const VISIBLE_LIMIT: u16 = 8;

/// Draws the candidates above `composer`.
pub fn draw(screen: Screen<'_>, completion: &Completion, composer: Rect, buf: &mut Buffer) {
    let count = cells(completion.candidates.len());
    // The border between messages and composer stays.
    let height = count.min(VISIBLE_LIMIT).min(composer.y.saturating_sub(2));
    let widest = completion.candidates.iter().map(|word| text::width(&text::safe_line(word))).max().unwrap_or(0);
    let width = cells(widest + 2).min(composer.width);
    let area = Rect { x: composer.x, y: composer.y.saturating_sub(height + 1), width, height };
    Clear.render(area, buf);
    let style = screen.style(Role::Popup);
    buf.set_style(area, style);
    let row = |word: &String| [Row::of(format!(" {}", word.trim_end()), style)];
    list::draw(area, &completion.candidates, Some(completion.selected), row, screen.theme, buf);
}
