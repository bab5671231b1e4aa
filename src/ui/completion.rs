//! The candidates of a completion, above the composer.

use ratatui::{buffer::Buffer, layout::Rect, widgets::Clear, widgets::Widget};

use super::{list, row::Row, screen::Screen, text, theme::Role};
use crate::app::Completion;

/// How many candidates are visible at once.
const VISIBLE_LIMIT: u16 = 8;

/// Draws the candidates above `composer`.
pub fn draw(screen: Screen<'_>, completion: &Completion, composer: Rect, buf: &mut Buffer) {
    let count = u16::try_from(completion.candidates.len()).unwrap_or(u16::MAX);
    // The border between messages and composer stays.
    let height = count.min(VISIBLE_LIMIT).min(composer.y.saturating_sub(2));
    let widest = completion.candidates.iter().map(|word| text::width(&text::safe_line(word))).max().unwrap_or(0);
    let width = u16::try_from(widest + 2).unwrap_or(u16::MAX).min(composer.width);
    let area = Rect { x: composer.x, y: composer.y.saturating_sub(height + 1), width, height };
    Clear.render(area, buf);
    let row = |word: &String| {
        let mut row = Row::new();
        row.push(" ", screen.style(Role::Popup)).push(word.trim_end(), screen.style(Role::Popup));
        vec![row]
    };
    buf.set_style(area, screen.style(Role::Popup));
    list::draw(area, &completion.candidates, Some(completion.selected), (screen.theme, |_: &String| 1, row), buf);
}
