//! The outbox, in order: recipient, text, and the broker's reason if it refused the message.

use super::draw::{Draw, Surface};
use crate::{
    app::{Outbox, outbox},
    protocol::OutboxRow,
    ui::{row::Row, screen::Screen, text, theme::Role},
};

const WIDTH: u16 = 72;
/// The width of the recipient column. After a longer recipient, the text of that row starts further right.
const NAME_LIMIT: usize = 12;

impl Draw for Outbox {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let waiting: Vec<(usize, &OutboxRow)> = screen.peer.outbox().enumerate().collect();
        let inner = surface.open(&screen.translate("outbox-title"), WIDTH, waiting.len());
        let selected = outbox::selected_index(screen.peer, self.selected);
        surface.draw_list(inner, &waiting, selected, |(index, row)| line(screen, *index, row));
    }
}

/// `2 bob   shall we look at the pump?            ✗ not authorized`
fn line(screen: Screen<'_>, index: usize, waiting: &OutboxRow) -> Row {
    let (to, what) = outbox::words(screen.peer, waiting);
    let (to, what) = (text::safe_line(&to), screen.translate(what));
    let padding = NAME_LIMIT.saturating_sub(text::width(&to)).max(1);
    let role = if waiting.message.is_some() { Role::Text } else { Role::Dim };
    let (state, state_role) = match &waiting.failure {
        Some(why) => (format!(" ✗ {}", text::safe_line(&screen.translate(why))), Role::Error),
        None => (format!(" {}", screen.translate("outbox-waits")), Role::Dim),
    };
    let mut row = Row::of(format!("{:>3} ", index + 1), screen.style(Role::Dim))
        .with(to + &" ".repeat(padding), screen.style(Role::Text))
        .with(text::safe_line(text::first_line(&what)), screen.style(role));
    row.push_right(state, screen.style(state_role));
    row
}
