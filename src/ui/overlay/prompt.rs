//! The view of a prompt: the line to type in, an error, and the hint for Enter.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::draw::{Draw, WIDTH, wrap};
use crate::{
    app::{Layout, Prompt},
    ui::{composer, layout, popup, screen::Screen, setup::lines, theme::Role},
};

impl Draw for Prompt {
    fn draw(&self, screen: Screen<'_>, area: Rect, _: &mut Layout, buf: &mut Buffer) -> Option<Position> {
        let error = self.error.clone().map_or_else(Vec::new, |error| wrap(&screen.translate(error), area));
        let rows = 2 + u16::try_from(error.len()).unwrap_or(0);
        let inner = popup::open(screen.theme, &screen.translate(self.title()), WIDTH, rows, area, buf);
        let below = lines(screen.theme, &error, Role::Error, layout::below(inner, 1), buf);
        lines(screen.theme, &[screen.translate("confirm-enter")], Role::Hint, below, buf);
        composer::draw(self.composer.area(), String::new, layout::row(inner, 0), screen.theme, buf)
    }
}
