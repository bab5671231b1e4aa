//! Help: the bindings in force in columns, and the commands below.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::draw::Draw;
use crate::{
    app::{COMMANDS, Context, Help, Layout, localized},
    ui::{layout, popup, row::Row, screen::Screen, text, theme::Role},
};

/// The most columns of keys.
const COLUMNS: usize = 3;
/// Room for the names of keys; an action with more keys shows the first ones.
const KEYS_WIDTH: usize = 13;
/// Blanks between the columns.
const GUTTER: usize = 3;

impl Draw for Help {
    fn draw(&self, screen: Screen<'_>, area: Rect, layout: &mut Layout, buf: &mut Buffer) -> Option<Position> {
        let keys = keys(screen);
        let commands = commands(screen);
        let widest = |rows: &[Row]| rows.iter().map(Row::left_width).max().unwrap_or(0);
        let room = usize::from(area.width.saturating_sub(4));
        let cell = widest(&keys) + GUTTER;
        let count = ((room + GUTTER) / cell).clamp(1, COLUMNS);
        let height = keys.len().div_ceil(count);
        let columns = (count * cell - GUTTER).max(widest(&commands));
        let rows = height + commands.len();
        let size = |length| u16::try_from(length).unwrap_or(u16::MAX);
        let is_cut = rows + 2 > usize::from(area.height);
        let title = screen.translate(if is_cut { "help-title-more" } else { "help-title" });
        let inner = popup::open(screen.theme, &title, size(columns), size(rows), area, buf);
        let overflow = size(rows).saturating_sub(inner.height);
        let first = usize::from(self.scroll.min(overflow));
        for place in 0..inner.height {
            let line = first + usize::from(place);
            let area = layout::row(inner, place);
            if let Some(row) = line.checked_sub(height) {
                if let Some(row) = commands.get(row) {
                    row.clone().draw(area, screen.style(Role::Text), buf);
                }
                continue;
            }
            for column in 0..count {
                let Some(row) = keys.get(column * height + line) else { continue };
                let x = size(column * cell).min(area.width);
                let width = size(cell - 1).min(area.width - x);
                row.clone().draw(Rect { x: area.x + x, width, ..area }, screen.style(Role::Text), buf);
            }
        }
        layout.overflow = overflow;
        None
    }
}

fn keys(screen: Screen<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for context in Context::ALL {
        let entries = entries(screen, context);
        if entries.is_empty() {
            continue;
        }
        rows.push(heading(screen, &screen.translate(context.text())));
        rows.extend(entries.into_iter().map(|(keys, does)| {
            let mut row = Row::new();
            row.push(format!(" {} ", text::fit(&keys, KEYS_WIDTH)), screen.style(Role::Key));
            row.push(does, screen.style(Role::Text));
            row
        }));
    }
    rows
}

/// The keys of a context and what they do; the keys that go to a tab by its number share a line.
fn entries(screen: Screen<'_>, context: Context) -> Vec<(String, String)> {
    let (mut entries, mut tabs) = (Vec::new(), Vec::new());
    for (action, keys) in screen.model.keymap.bindings(context) {
        let mut keys = keys.iter().map(ToString::to_string);
        let first = keys.next().unwrap_or_default();
        let shown = keys.fold(first, |shown, key| {
            let both = format!("{shown} {key}");
            if text::width(&both) <= KEYS_WIDTH { both } else { shown }
        });
        if action.tab().is_some() {
            tabs.push((shown, screen.translate(action.text())));
        } else {
            entries.push((shown, screen.translate(action.text())));
        }
    }
    match (tabs.first(), tabs.last()) {
        (Some((first, _)), Some((last, to))) if tabs.len() > 1 => {
            entries.push((format!("{first} … {last}"), screen.translate(localized!("help-tabs", last = to))));
        }
        _ => entries.extend(tabs),
    }
    entries
}

fn commands(screen: Screen<'_>) -> Vec<Row> {
    let width = COMMANDS.iter().map(|command| text::width(&command.usage())).max().unwrap_or(0);
    let rows = COMMANDS.iter().map(|command| {
        let mut row = Row::new();
        row.push(format!(" {}  ", text::fit(&command.usage(), width)), screen.style(Role::Key));
        row.push(screen.translate(command.description), screen.style(Role::Text));
        row
    });
    [Row::new(), heading(screen, &screen.translate("help-commands"))].into_iter().chain(rows).collect()
}

fn heading(screen: Screen<'_>, words: &str) -> Row {
    let mut row = Row::new();
    row.push(words, screen.style(Role::TitleFocused));
    row
}
