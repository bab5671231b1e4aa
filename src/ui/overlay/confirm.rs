//! A question, and the keys that answer it.

use super::draw::{Draw, Surface, WIDTH};
use crate::{
    app::{Confirm, localized},
    ui::{popup, row::Row, theme::Role},
};

impl Draw for Confirm {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let question = screen.translate(self.text(screen.peer));
        let [yes, no] = ["key-yes", "key-no"].map(|key| screen.translate(key));
        let keys = screen.translate(localized!("confirm-keys", yes, no));
        let columns = popup::columns(WIDTH, surface.area);
        let mut rows = Row::wrapped(&question, columns.into(), screen.style(Role::Text));
        rows.extend([Row::default(), Row::of(keys, screen.style(Role::Key))]);
        surface.open_rows(&screen.translate("confirm-title"), WIDTH, rows, |_| 0);
    }
}
