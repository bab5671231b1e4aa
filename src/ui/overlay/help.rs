//! Help: the current key bindings in columns, and the commands below them.

use ratatui::layout::Rect;

use super::draw::{Draw, Surface};
use crate::{
    app::{COMMANDS, Context, Help, localized},
    ui::{
        layout::{self, cells},
        row::Row,
        screen::Screen,
        text,
        theme::Role,
    },
};

/// The maximum number of columns of key bindings.
const COLUMNS: usize = 3;
/// The columns for the keys of an action. Keys that do not fit are left out.
const KEYS_WIDTH: usize = 13;
/// The spaces between two columns of key bindings.
const GUTTER: usize = 3;

impl Draw for Help {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let keys = keys(screen);
        let commands = commands(screen);
        let widest = |rows: &[Row]| rows.iter().map(Row::left_width).max().unwrap_or(0);
        let room = usize::from(surface.area.width.saturating_sub(4));
        let cell = widest(&keys) + GUTTER;
        let count = ((room + GUTTER) / cell).clamp(1, COLUMNS);
        let height = keys.len().div_ceil(count);
        let columns = (count * cell - GUTTER).max(widest(&commands));
        let rows = height + commands.len();
        let is_cut = rows + 2 > usize::from(surface.area.height);
        let title = screen.translate(if is_cut { "help-title-more" } else { "help-title" });
        let inner = surface.open(&title, cells(columns), rows);
        surface.layout.overflow = cells(rows).saturating_sub(inner.height);
        let first = usize::from(self.scroll.min(surface.layout.overflow));
        for (column, keys) in keys.chunks(height.max(1)).enumerate() {
            let x = cells(column * cell).min(inner.width);
            let area = Rect { x: inner.x + x, width: cells(cell - 1).min(inner.width - x), ..inner };
            surface.draw_rows(keys.iter().skip(first).cloned(), area);
        }
        let below = layout::below(inner, cells(height.saturating_sub(first)));
        surface.draw_rows(commands.into_iter().skip(first.saturating_sub(height)), below);
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
            Row::of(format!(" {} ", text::fit(&keys, KEYS_WIDTH)), screen.style(Role::Key))
                .with(does, screen.style(Role::Text))
        }));
    }
    rows
}

/// The keys of a context and what they do. The keys that go to a tab by its number share one entry.
fn entries(screen: Screen<'_>, context: Context) -> Vec<(String, String)> {
    let (mut entries, mut tabs) = (Vec::new(), Vec::new());
    for (action, keys) in screen.model.keymap.bindings(context) {
        let mut keys = keys.iter().map(ToString::to_string);
        let first = keys.next().unwrap_or_default();
        let shown = keys.fold(first, |shown, key| {
            let both = format!("{shown} {key}");
            if text::width(&both) <= KEYS_WIDTH { both } else { shown }
        });
        let entries = if action.tab().is_some() { &mut tabs } else { &mut entries };
        entries.push((shown, screen.translate(action.text())));
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
        Row::of(format!(" {}  ", text::fit(&command.usage(), width)), screen.style(Role::Key))
            .with(screen.translate(command.description), screen.style(Role::Text))
    });
    [Row::default(), heading(screen, &screen.translate("help-commands"))].into_iter().chain(rows).collect()
}

fn heading(screen: Screen<'_>, words: &str) -> Row {
    Row::of(words, screen.style(Role::TitleFocused))
}
