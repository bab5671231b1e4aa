//! A question, and the keys that answer it.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::draw::{Draw, WIDTH, wrap};
use crate::{
    app::{Confirm, Layout, localized},
    ui::{popup, screen::Screen, setup::lines, theme::Role},
};

impl Draw for Confirm {
    fn draw(&self, screen: Screen<'_>, area: Rect, _: &mut Layout, buf: &mut Buffer) -> Option<Position> {
        let question = wrap(&screen.translate(self.text(screen.peer)), area);
        let rows = u16::try_from(question.len()).unwrap_or(u16::MAX).saturating_add(2);
        let inner = popup::open(screen.theme, &screen.translate("confirm-title"), WIDTH, rows, area, buf);
        let [yes, no] = ["key-yes", "key-no"].map(|key| screen.translate(key));
        let keys = screen.translate(localized!("confirm-keys", yes, no));
        let left = lines(screen.theme, &question, Role::Text, inner, buf);
        lines(screen.theme, &[String::new(), keys], Role::Key, left, buf);
        None
    }
}
