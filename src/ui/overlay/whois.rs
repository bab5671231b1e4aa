//! What is known of a user or a group.

use super::draw::{Draw, Surface};
use crate::{
    app::Whois,
    ui::{popup, row::Row, text, theme::Role, whois},
};

const WIDTH: u16 = 64;
const LABEL_WIDTH: usize = 12;

impl Draw for Whois {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let room = usize::from(popup::columns(WIDTH, surface.area)).saturating_sub(LABEL_WIDTH).max(1);
        let rows = whois::lines(screen.model, screen.clock, &self.subject).into_iter().flat_map(|(label, value)| {
            let lines = text::wrap(&text::safe(&value), room).into_iter().enumerate();
            lines.map(move |(index, line)| {
                let label = if index == 0 { label.as_str() } else { "" };
                Row::of(text::fit(label, LABEL_WIDTH), screen.style(Role::Dim)).with(line, screen.style(Role::Text))
            })
        });
        let rows = rows.collect();
        surface.open_rows(&self.subject.to_string(), WIDTH, rows, |overflow| self.scroll.min(overflow));
    }
}
