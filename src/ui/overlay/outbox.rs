//! The outbox, in order: recipient, text, and the broker's reason where it refused.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::draw::Draw;
use crate::{
    app::{Layout, Outbox, outbox},
    protocol::OutboxRow,
    ui::{list, popup, row::Row, screen::Screen, text, theme::Role},
};

const WIDTH: u16 = 72;
/// Longer names are not lined up.
const NAME_LIMIT: usize = 12;

impl Draw for Outbox {
    fn draw(&self, screen: Screen<'_>, area: Rect, layout: &mut Layout, buf: &mut Buffer) -> Option<Position> {
        let waiting: Vec<(usize, &OutboxRow)> = screen.peer.outbox().enumerate().collect();
        let height = u16::try_from(waiting.len()).unwrap_or(u16::MAX);
        let inner = popup::open(screen.theme, &screen.translate("outbox-title"), WIDTH, height, area, buf);
        let look = (
            screen.theme,
            |_: &(usize, &OutboxRow)| 1,
            |(place, row): &(usize, &OutboxRow)| vec![line(screen, *place, row)],
        );
        layout.overlay_items = list::draw(inner, &waiting, outbox::place(screen.peer, self.selected), look, buf);
        None
    }
}

/// `2 bob   shall we look at the pump?            ✗ not authorized`
fn line(screen: Screen<'_>, place: usize, waiting: &OutboxRow) -> Row {
    let (to, what) = outbox::words(screen.peer, waiting);
    let (to, what) = (text::safe_line(&to), screen.translate(what));
    let padding = NAME_LIMIT.saturating_sub(text::width(&to)).max(1);
    let mut row = Row::new();
    row.push(format!("{:>3} ", place + 1), screen.style(Role::Dim));
    row.push(to, screen.style(Role::Text)).push(" ".repeat(padding), screen.style(Role::Text));
    let role = if waiting.message.is_some() { Role::Text } else { Role::Dim };
    row.push(text::safe_line(what.lines().next().unwrap_or_default()), screen.style(role));
    match &waiting.failure {
        Some(why) => {
            row.push_right(format!(" ✗ {}", text::safe_line(&screen.translate(why))), screen.style(Role::Error))
        }
        None => row.push_right(format!(" {}", screen.translate("outbox-waits")), screen.style(Role::Dim)),
    };
    row
}
