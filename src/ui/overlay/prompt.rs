//! The view of a prompt: the line to type in, an error, and the hint for Enter.

use super::draw::{Draw, Surface, WIDTH};
use crate::{
    app::Prompt,
    ui::{layout, popup, row::Row, theme::Role},
};

impl Draw for Prompt {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let columns = popup::columns(WIDTH, surface.area).into();
        let mut rows = vec![Row::default()];
        if let Some(error) = &self.error {
            rows.extend(Row::wrapped(&screen.translate(error.clone()), columns, screen.style(Role::Error)));
        }
        rows.push(Row::of(screen.translate("confirm-enter"), screen.style(Role::Hint)));
        let inner = surface.open_rows(&screen.translate(self.title()), WIDTH, rows, |_| 0);
        surface.draw_field(&self.composer, String::new, layout::row(inner, 0));
    }
}
