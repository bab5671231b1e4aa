//! The question about a dropped message.

use super::draw::{Draw, Surface, WIDTH};
use crate::{
    app::Dropped,
    ui::{popup, row::Row, text, theme::Role},
};

impl Draw for Dropped {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let columns = popup::columns(WIDTH, surface.area);
        let words = Row::of(text::safe_line(text::first_line(self.words())), screen.style(Role::Dim));
        let mut rows = vec![words, Row::default()];
        rows.extend(Row::wrapped(&screen.translate("dropped-question"), columns.into(), screen.style(Role::Text)));
        surface.open_rows(&screen.translate("dropped-title"), WIDTH, rows, |_| 0);
    }
}
