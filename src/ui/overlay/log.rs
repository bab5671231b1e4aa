//! All notices since the start, the latest at the bottom.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::draw::Draw;
use crate::{
    app::{Layout, Level, Log, LogEntry},
    ui::{layout, popup, row::Row, screen::Screen, text, theme::Role},
};

const WIDTH: u16 = 100;

impl Draw for Log {
    fn draw(&self, screen: Screen<'_>, area: Rect, layout: &mut Layout, buf: &mut Buffer) -> Option<Position> {
        let columns = usize::from(WIDTH.min(area.width.saturating_sub(4)).max(1));
        let mut rows: Vec<Row> =
            screen.model.notices.log.lines().flat_map(|said| lines(screen, said, columns)).collect();
        if rows.is_empty() {
            let mut row = Row::new();
            row.push(screen.translate("log-empty"), screen.style(Role::Dim));
            rows.push(row);
        }
        let height = u16::try_from(rows.len()).unwrap_or(u16::MAX);
        let inner = popup::open(screen.theme, &screen.translate("log-title"), WIDTH, height, area, buf);
        let overflow = height.saturating_sub(inner.height);
        let first = usize::from(overflow - self.scroll.min(overflow));
        for (place, row) in (0..inner.height).zip(rows.drain(first..)) {
            row.draw(layout::row(inner, place), screen.style(Role::Text), buf);
        }
        layout.overflow = overflow;
        None
    }
}

/// `09:12 ✗ not connected: nobody listens …`, continued below its text.
fn lines(screen: Screen<'_>, said: &LogEntry, columns: usize) -> Vec<Row> {
    let (mark, role) = match said.level {
        Level::Info => (" ", Role::Text),
        Level::Warning => ("!", Role::Warning),
        Level::Error => ("✗", Role::Error),
    };
    let head = format!("{} {mark} ", screen.clock.time(said.at));
    let indent = text::width(&head);
    let words = text::wrap(&text::safe(&said.text), columns.saturating_sub(indent).max(1));
    let line = |(place, words): (usize, String)| {
        let mut row = Row::new();
        let before = if place == 0 { head.clone() } else { " ".repeat(indent) };
        row.push(before, screen.style(Role::Dim)).push(words, screen.style(role));
        row
    };
    words.into_iter().enumerate().map(line).collect()
}
