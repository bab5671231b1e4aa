//! The composer's text and cursor.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{
    layout::cells,
    row::{self, Row},
    text::EditedRows,
    theme::{Role, Theme},
};
use crate::app::Composer;

/// Text wrapped into rows, and the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'t> {
    rows: EditedRows<'t>,
    /// The column and the row.
    cursor: (usize, usize),
    /// The style of the text. That of a held text shows that the next character replaces it.
    role: Role,
}

impl<'t> Field<'t> {
    /// Wraps the text at `columns`.
    pub fn new(composer: &'t Composer, columns: u16) -> Self {
        let rows = composer.rows(columns.into());
        let cursor = rows.place(composer.cursor());
        let role = if composer.is_held() { Role::Selected } else { Role::Text };
        Self { rows, cursor, role }
    }

    /// Draws the text in a role of its own.
    pub fn in_role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// The number of rows.
    pub fn height(&self) -> u16 {
        cells(self.rows.height())
    }

    /// The index of the first row to show in `height` rows, so that the cursor is visible. `before` is the one that was
    /// shown before; it stays if it can.
    pub fn first_row(&self, height: u16, before: usize) -> usize {
        let (y, height) = (self.cursor.1, usize::from(height));
        before.min(self.rows.height().saturating_sub(height)).max((y + 1).saturating_sub(height)).min(y)
    }

    /// Draws the rows from `first` on, which must show the cursor. `area` must be as wide as the text was wrapped.
    /// Returns the cursor's position on the screen; `None` if `area` is empty.
    pub fn draw(
        &self,
        placeholder: impl FnOnce() -> String,
        first: usize,
        area: Rect,
        theme: &Theme,
        buf: &mut Buffer,
    ) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        if self.rows.is_empty() {
            let row = Row::of(placeholder(), theme.style(Role::Placeholder));
            row.draw(area, theme.style(Role::Text), buf);
        } else {
            let shown = self.rows.shown().skip(first).take(area.height.into());
            row::draw(shown.map(|words| Row::of(words, theme.style(self.role))), area, theme.style(Role::Text), buf);
        }
        let x = u16::try_from(self.cursor.0).ok()?.min(area.width - 1);
        let y = u16::try_from(self.cursor.1.checked_sub(first)?).ok()?;
        Some(Position::new(area.x + x, area.y + y))
    }
}

/// Draws the rows around the cursor. Returns the cursor's position.
pub fn draw_field(
    composer: &Composer,
    placeholder: impl FnOnce() -> String,
    area: Rect,
    theme: &Theme,
    buf: &mut Buffer,
) -> Option<Position> {
    let field = Field::new(composer, area.width);
    field.draw(placeholder, field.first_row(area.height, 0), area, theme, buf)
}
