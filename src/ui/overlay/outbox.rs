//! The outbox, in order: recipient, text, and the broker's reason if it refused the message.

use super::draw::{Draw, Surface};
use crate::{
    app::{Outbox, localized, outbox},
    protocol::OutboxRow,
    ui::{popup, row::Row, screen::Screen, text, theme::Role},
};

const WIDTH: u16 = 72;
/// The width of the recipient column. After a longer recipient, the text of that row starts further right.
const NAME_LIMIT: usize = 12;
/// The width of the numbers and of that column.
const INDENT: usize = 4 + NAME_LIMIT;

impl Draw for Outbox {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let waiting: Vec<(usize, &OutboxRow)> = screen.peer.outbox().enumerate().collect();
        let columns = popup::columns(WIDTH, surface.area).into();
        let rows_of = |(index, row): &(usize, &OutboxRow)| rows(screen, *index, row, columns);
        // More items than the screen has rows fill it in any case.
        let height = waiting.iter().take(surface.area.height.into()).map(|item| rows_of(item).len()).sum();
        let inner = surface.open(&screen.translate("outbox-title"), WIDTH, height);
        let selected = outbox::selected_index(screen.peer, self.selected);
        surface.draw_list(inner, &waiting, selected, rows_of);
    }
}

/// `2 bob   shall we look at the pump?            ✗ not authorized`. A long reason has rows of its own.
fn rows(screen: Screen<'_>, index: usize, waiting: &OutboxRow, columns: usize) -> Vec<Row> {
    let (to, what) = outbox::words(screen.peer, waiting);
    let (to, what) = (text::safe_line(&to), screen.translate(what));
    let padding = NAME_LIMIT.saturating_sub(text::width(&to)).max(1);
    let role = if waiting.message.is_some() { Role::Text } else { Role::Dim };
    let (state, state_role) = match (&waiting.failure, outbox::reason_to_wait(screen.peer, waiting)) {
        (Some(why), _) => (format!("✗ {}", screen.translate(why)), Role::Error),
        (None, Some(why)) => {
            (screen.translate(localized!("outbox-waits-because", why = screen.translate(why))), Role::Warning)
        }
        (None, None) => (screen.translate("outbox-waits"), Role::Dim),
    };
    let (state, style) = (text::safe_line(&state), screen.style(state_role));
    let mut row = Row::of(format!("{:>3} ", index + 1), screen.style(Role::Dim))
        .with(to + &" ".repeat(padding), screen.style(Role::Text))
        .with(text::safe_line(text::first_line(&what)), screen.style(role));
    if text::width(&state) < columns / 2 {
        row.push_right(format!(" {state}"), style);
        return vec![row];
    }
    let indent = INDENT.min(columns / 2);
    let below = text::wrap(&state, columns - indent).into_iter();
    [row].into_iter().chain(below.map(|line| Row::indented(indent).with(line, style))).collect()
}
