//! The trait [`Draw`] of all overlays, and the [`Surface`] that they draw on.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use crate::{
    app::{Composer, Layout, Rejection},
    ui::{
        composer, layout, list, popup,
        row::{self, Row},
        screen::Screen,
        theme::Role,
    },
};

/// The width of a question or a prompt, in columns.
pub const WIDTH: u16 = 48;

/// An overlay that can be drawn.
pub trait Draw {
    /// Draws the overlay. Records the positions of its items and the number of rows that do not fit in
    /// `surface.layout`, and the cursor's position in `surface.cursor`.
    fn draw(&self, surface: &mut Surface<'_>);
}

/// The part of the screen that an overlay may cover.
pub struct Surface<'a> {
    pub screen: Screen<'a>,
    pub area: Rect,
    pub layout: &'a mut Layout,
    /// The cursor's position; `None` until a field is drawn.
    pub cursor: Option<Position>,
    pub buf: &'a mut Buffer,
}

impl Surface<'_> {
    /// Draws an empty box for `columns` by `rows` of content. Returns the area of the content.
    pub fn open(&mut self, title: &str, columns: u16, rows: usize) -> Rect {
        popup::open(self.screen.theme, title, columns, rows, self.area, self.buf)
    }

    /// Draws a box with these rows. `first` takes the number of rows that do not fit, and returns the index of the
    /// first row to show. Returns the area of the content.
    pub fn open_rows(&mut self, title: &str, columns: u16, rows: Vec<Row>, first: impl FnOnce(u16) -> u16) -> Rect {
        let inner = self.open(title, columns, rows.len());
        self.layout.overflow = layout::cells(rows.len()).saturating_sub(inner.height);
        let skipped = first(self.layout.overflow);
        self.draw_rows(rows.into_iter().skip(skipped.into()), inner);
        inner
    }

    /// Draws a box for one value: a row for the field, the reason why the last value was rejected, more `rows`, and
    /// what Enter and Esc do, by its language key. Returns the area of the field.
    pub fn open_form(&mut self, title: &str, error: Option<&Rejection>, rows: Vec<Row>, enter: &'static str) -> Rect {
        let screen = self.screen;
        let columns = popup::columns(WIDTH, self.area).into();
        let why = error.map(|error| screen.translate(error.clone()));
        let why = why.map(|why| Row::wrapped(&why, columns, screen.style(Role::Error))).into_iter().flatten();
        let keys = Row::of(screen.translate(enter), screen.style(Role::Hint));
        let rows = [Row::default()].into_iter().chain(why).chain(rows).chain([keys]).collect();
        let inner = self.open_rows(title, WIDTH, rows, |_| 0);
        layout::row(inner, 0)
    }

    /// Draws rows from the top of `area`. Returns the rest of the area, below them.
    pub fn draw_rows(&mut self, rows: impl IntoIterator<Item = Row>, area: Rect) -> Rect {
        row::draw(rows, area, self.screen.style(Role::Text), self.buf)
    }

    /// Draws the list of the overlay. Keys and clicks select its items. `rows_of` returns the rows of an item: at least
    /// one.
    pub fn draw_list<T, R: AsRef<[Row]> + IntoIterator<Item = Row>>(
        &mut self,
        area: Rect,
        items: &[T],
        selected: Option<usize>,
        rows_of: impl Fn(&T) -> R,
    ) {
        self.layout.overlay_items = list::draw(area, items, selected, rows_of, self.screen.theme, self.buf);
    }

    /// Draws an input field that has the cursor.
    pub fn draw_field(&mut self, composer: &Composer, placeholder: impl FnOnce() -> String, area: Rect) {
        self.cursor = composer::draw_field(composer, placeholder, area, self.screen.theme, self.buf);
    }
}
