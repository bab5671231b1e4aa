//! All notices since papo started, the latest at the bottom.

use super::draw::{Draw, Surface};
use crate::{
    app::{Level, Log, LogEntry},
    ui::{popup, row::Row, screen::Screen, text, theme::Role},
};

const WIDTH: u16 = 100;

impl Draw for Log {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let columns = popup::columns(WIDTH, surface.area).into();
        let mut rows: Vec<Row> =
            screen.model.notices.log.lines().flat_map(|entry| lines(screen, entry, columns)).collect();
        if rows.is_empty() {
            rows.push(Row::of(screen.translate("log-empty"), screen.style(Role::Dim)));
        }
        let first = |overflow: u16| overflow.saturating_sub(self.scroll);
        surface.open_rows(&screen.translate("log-title"), WIDTH, rows, first);
    }
}

/// The rows of a notice: `09:12 ✗ not connected: nobody listens …`. Further rows are indented to the text.
fn lines(screen: Screen<'_>, entry: &LogEntry, columns: usize) -> Vec<Row> {
    let (mark, role) = match entry.level {
        Level::Info => (" ", Role::Text),
        Level::Warning => ("!", Role::Warning),
        Level::Error => ("✗", Role::Error),
    };
    let head = format!("{} {mark} ", screen.clock.time(entry.at));
    let indent = text::width(&head);
    let words = text::wrap(&text::safe(&entry.text), columns.saturating_sub(indent).max(1));
    let line = |(index, words): (usize, String)| {
        let before = if index == 0 { head.clone() } else { " ".repeat(indent) };
        Row::of(before, screen.style(Role::Dim)).with(words, screen.style(role))
    };
    words.into_iter().enumerate().map(line).collect()
}
