//! The composer's text and cursor.
//!
//! papo does not use the widget of [`TextArea`]: it would write pasted control characters to the terminal, and it draws
//! its own cursor instead of the terminal's.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use ratatui_textarea::TextArea;

use super::{
    layout::cells,
    row::{self, Row},
    text,
    theme::{Role, Theme},
};

/// Text wrapped into rows, and the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    rows: Vec<String>,
    /// The column and the row.
    cursor: (usize, usize),
}

impl Field {
    /// Wraps the text at `columns`.
    pub fn new(area: &TextArea<'_>, columns: u16) -> Self {
        let columns = usize::from(columns);
        let cursor_in_text = area.cursor();
        let mut rows = Vec::new();
        let mut cursor = (0, 0);
        for (number, line) in area.lines().iter().enumerate() {
            let wrapped = text::wrap_anywhere(&text::safe_line(line), columns);
            if number == cursor_in_text.0 {
                let before: String = line.chars().take(cursor_in_text.1).collect();
                let is_at_end = before.len() == line.len();
                let before =
                    if is_at_end { &wrapped } else { &text::wrap_anywhere(&text::safe_line(&before), columns) };
                let last = before.last().map_or(0, |row| text::width(row));
                let is_full = last >= columns.max(1);
                cursor = (if is_full { 0 } else { last }, rows.len() + before.len() - usize::from(!is_full));
            }
            rows.extend(wrapped);
            // After a full last row, the cursor is in the next row, which may not exist yet.
            if number == cursor_in_text.0 && cursor.1 >= rows.len() {
                rows.push(String::new());
            }
        }
        Self { rows, cursor }
    }

    /// The number of rows.
    pub fn height(&self) -> u16 {
        cells(self.rows.len())
    }

    /// Draws the rows around the cursor. `area` must be as wide as the text was wrapped. Returns the cursor's position
    /// on the screen; `None` if `area` is empty.
    pub fn draw(
        &self,
        placeholder: impl FnOnce() -> String,
        area: Rect,
        theme: &Theme,
        buf: &mut Buffer,
    ) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        let (x, y) = self.cursor;
        let first = (y + 1).saturating_sub(usize::from(area.height));
        let is_empty = self.rows.iter().all(String::is_empty) && self.rows.len() == 1;
        if is_empty {
            let row = Row::of(placeholder(), theme.style(Role::Placeholder));
            row.draw(area, theme.style(Role::Text), buf);
        } else {
            let rows = self.rows.iter().skip(first).map(|words| Row::of(words, theme.style(Role::Text)));
            row::draw(rows, area, theme.style(Role::Text), buf);
        }
        let x = u16::try_from(x).ok()?.min(area.width - 1);
        let y = u16::try_from(y - first).ok()?;
        Some(Position::new(area.x + x, area.y + y))
    }
}

#[cfg(test)]
mod tests {
    use ratatui_textarea::CursorMove;

    use super::*;

    fn field(text: &str, columns: u16, row: u16, col: u16) -> Field {
        let mut area = TextArea::from(text.split('\n'));
        area.move_cursor(CursorMove::Jump(row, col));
        Field::new(&area, columns)
    }

    #[test]
    fn cursor_is_where_the_next_character_goes() {
        assert_eq!(field("abc", 10, 0, 3).cursor, (3, 0));
        assert_eq!(field("日本", 10, 0, 1).cursor, (2, 0));
        assert_eq!(field("ab\ncd", 10, 1, 1).cursor, (1, 1));
        assert_eq!(field("abcdef", 4, 0, 5).cursor, (1, 1));
        assert_eq!(field("a\u{1b}b", 10, 0, 2).cursor, (2, 0));
    }

    #[test]
    fn cursor_after_a_full_row_is_in_the_next_row() {
        let field = field("abcd", 4, 0, 4);
        assert_eq!((field.rows.len(), field.cursor), (2, (0, 1)));
    }
}
