//! Help: a field for a filter, the current key bindings in columns, and the commands and aliases below them.

use ratatui::layout::Rect;

use super::draw::{Draw, Surface};
use crate::{
    app::{Help, HelpEntry, HelpSection},
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
/// The width of the box's content at most.
const MAX_WIDTH: usize = 110;
/// The columns for the usage of a command. The description of one that does not fit begins in the next row.
const USAGE_WIDTH: usize = 28;

impl Draw for Help {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let sections = self.sections(&screen.model.read_only());
        let room = usize::from(surface.area.width.saturating_sub(4)).clamp(1, MAX_WIDTH);
        let keys = keys(screen, &sections);
        let widest = keys.iter().map(Row::left_width).max().unwrap_or(0);
        let cell = widest + GUTTER;
        let count = ((room + GUTTER) / cell).clamp(1, COLUMNS);
        let height = keys.len().div_ceil(count);
        let mut below = commands(screen, &sections, room);
        if keys.is_empty() && below.is_empty() {
            below.push(Row::of(screen.translate("help-none"), screen.style(Role::Dim)));
        } else if keys.is_empty() {
            // The empty row that separates the commands from the keys.
            below.remove(0);
        }
        let rows = height + below.len();
        // The field, and an empty row below it.
        let head = if surface.area.height < 8 { 1 } else { 2 };
        let available = usize::from(surface.area.height).saturating_sub(2 + head).max(1);
        let overflow = cells(rows.saturating_sub(available));
        let first = self.scroll.min(overflow);
        let title = screen.translate(if first < overflow { "help-title-more" } else { "help-title" });
        // The box has the height of the whole help, so that it does not move while the user types.
        let inner = surface.open(&title, cells(room), usize::from(surface.area.height));
        surface.layout.overflow = overflow;
        surface.draw_field(&self.composer, || screen.translate("help-filter"), layout::row(inner, 0));
        let inner = layout::below(inner, cells(head));
        let first = usize::from(first);
        for (column, keys) in keys.chunks(height.max(1)).enumerate() {
            let x = cells(column * cell).min(inner.width);
            let area = Rect { x: inner.x + x, width: cells(cell - 1).min(inner.width - x), ..inner };
            surface.draw_rows(keys.iter().skip(first).cloned(), area);
        }
        let rest = layout::below(inner, cells(height.saturating_sub(first)));
        surface.draw_rows(below.into_iter().skip(first.saturating_sub(height)), rest);
    }
}

/// The rows of the key bindings, by context.
fn keys(screen: Screen<'_>, sections: &[HelpSection]) -> Vec<Row> {
    let mut rows = Vec::new();
    for section in sections.iter().filter(|section| section.is_keys) {
        rows.push(heading(screen, &section.title));
        rows.extend(section.entries.iter().map(|HelpEntry { typed, does }| {
            Row::of(format!(" {} ", text::fit(&shown_keys(typed), KEYS_WIDTH)), screen.style(Role::Key))
                .with(does.clone(), screen.style(Role::Text))
        }));
    }
    rows
}

/// The first of some keys, and the others that fit beside it.
fn shown_keys(keys: &[String]) -> String {
    let mut keys = keys.iter();
    let first = keys.next().cloned().unwrap_or_default();
    keys.fold(first, |shown, key| {
        let both = format!("{shown} {key}");
        if text::width(&both) <= KEYS_WIDTH { both } else { shown }
    })
}

/// The rows of the commands, the aliases and the settings.
fn commands(screen: Screen<'_>, sections: &[HelpSection], room: usize) -> Vec<Row> {
    let rows = |section: &HelpSection| {
        let rows = section.entries.iter().flat_map(|entry| entry_rows(screen, entry, room));
        [Row::default(), heading(screen, &section.title)].into_iter().chain(rows).collect::<Vec<_>>()
    };
    sections.iter().filter(|section| !section.is_keys).flat_map(rows).collect()
}

/// A command or an alias, and what it does, in as many rows as it needs.
fn entry_rows(screen: Screen<'_>, entry: &HelpEntry, room: usize) -> Vec<Row> {
    let (left, right) = (entry.typed.join(" "), &entry.does);
    let width = USAGE_WIDTH.min(room / 2);
    let (key, style) = (screen.style(Role::Key), screen.style(Role::Text));
    let mut lines = text::wrap(&text::safe(right), room.saturating_sub(width + 3).max(1)).into_iter();
    let fits = text::width(&left) <= width;
    let mut first = Row::of(format!(" {}  ", if fits { text::fit(&left, width) } else { left }), key);
    if fits {
        first.push(lines.next().unwrap_or_default(), style);
    }
    [first].into_iter().chain(lines.map(|line| Row::indented(width + 3).with(line, style))).collect()
}

fn heading(screen: Screen<'_>, words: &str) -> Row {
    Row::of(words, screen.style(Role::TitleFocused))
}
