//! The trait of the overlays' views, and what they draw themselves on.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use crate::{
    app::{Composer, Layout},
    ui::{
        composer::Field,
        layout, list, popup,
        row::{self, Row},
        screen::Screen,
        theme::Role,
    },
};

/// The columns of a question or a prompt.
pub const WIDTH: u16 = 48;

/// An overlay that can be drawn.
pub trait Draw {
    /// Draws it, and notes where its items are, how many rows do not fit, and the cursor, if it is there.
    fn draw(&self, surface: &mut Surface<'_>);
}

/// The part of the screen that an overlay may cover.
pub struct Surface<'a> {
    pub screen: Screen<'a>,
    pub area: Rect,
    pub layout: &'a mut Layout,
    /// The cursor, once a field has drawn it.
    pub cursor: Option<Position>,
    pub buf: &'a mut Buffer,
}

impl Surface<'_> {
    /// Draws an empty box for `columns` by `rows` of content; returns where the content goes.
    pub fn open(&mut self, title: &str, columns: u16, rows: usize) -> Rect {
        popup::open(self.screen.theme, title, columns, rows, self.area, self.buf)
    }

    /// Draws a box with these rows; `first` tells from how many do not fit with which one it begins.
    pub fn open_rows(&mut self, title: &str, columns: u16, rows: Vec<Row>, first: impl FnOnce(u16) -> u16) -> Rect {
        let inner = self.open(title, columns, rows.len());
        self.layout.overflow = layout::cells(rows.len()).saturating_sub(inner.height);
        let skipped = first(self.layout.overflow);
        self.draw_rows(rows.into_iter().skip(skipped.into()), inner);
        inner
    }

    /// Draws rows from the top of `area`; returns what is left of it.
    pub fn draw_rows(&mut self, rows: impl IntoIterator<Item = Row>, area: Rect) -> Rect {
        row::draw(rows, area, self.screen.style(Role::Text), self.buf)
    }

    /// Draws the list whose items keys and clicks select.
    pub fn draw_list<T>(&mut self, area: Rect, items: &[T], selected: Option<usize>, row_of: impl Fn(&T) -> Row) {
        let theme = self.screen.theme;
        self.layout.overlay_items = list::draw(area, items, selected, |item| [row_of(item)], theme, self.buf);
    }

    /// Draws a field with the cursor.
    pub fn draw_field(&mut self, composer: &Composer, placeholder: impl FnOnce() -> String, area: Rect) {
        self.cursor = Field::new(composer.area(), area.width).draw(placeholder, area, self.screen.theme, self.buf);
    }
}
