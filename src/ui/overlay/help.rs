//! Help: a field for a filter, the current key bindings in columns, and the commands and aliases below them.

use ratatui::layout::Rect;

use super::draw::{Draw, Surface};
use crate::{
    app::{COMMANDS, CommandRow, Context, Help, SETTINGS, SettingRow, VIM_COMMANDS, localized, matches_filter},
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
        let filter = self.composer.text();
        let room = usize::from(surface.area.width.saturating_sub(4)).clamp(1, MAX_WIDTH);
        let keys = keys(screen, &filter);
        let widest = keys.iter().map(Row::left_width).max().unwrap_or(0);
        let cell = widest + GUTTER;
        let count = ((room + GUTTER) / cell).clamp(1, COLUMNS);
        let height = keys.len().div_ceil(count);
        let mut below = commands(screen, &filter, room);
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

/// The key bindings that match a filter, by context. A filter that matches the name of a context shows all of it.
fn keys(screen: Screen<'_>, filter: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for context in Context::ALL {
        let label = screen.translate(context.text());
        let mut entries = entries(screen, context);
        entries.retain(|(keys, does)| matches_filter(&format!("{label} {keys} {does}"), filter));
        if entries.is_empty() {
            continue;
        }
        rows.push(heading(screen, &label));
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

/// The commands and the user's aliases that match a filter.
fn commands(screen: Screen<'_>, filter: &str, room: usize) -> Vec<Row> {
    let section = |title: &'static str, entries: Vec<(String, String)>| {
        let title = screen.translate(title);
        let is_match = |(left, right): &(String, String)| matches_filter(&format!("{title} {left} {right}"), filter);
        let rows: Vec<Row> =
            entries.iter().filter(|entry| is_match(entry)).flat_map(|entry| entry_rows(screen, entry, room)).collect();
        let head = (!rows.is_empty()).then(|| [Row::default(), heading(screen, &title)]);
        head.into_iter().flatten().chain(rows).collect::<Vec<_>>()
    };
    let commands = COMMANDS.iter().map(|command| (command.usage(), about(screen, command))).collect();
    let aliases = screen.model.aliases.iter().map(|(name, text)| (format!("/{name}"), text.clone())).collect();
    // The settings have a page of their own; here the filter finds them.
    let settings = SETTINGS.iter().filter(|_| !filter.trim().is_empty()).map(|row| setting(screen, row)).collect();
    let of_vim = VIM_COMMANDS.iter().filter(|_| screen.model.keymap.is_modal()).map(|command| {
        let words: Vec<String> = command.words.iter().map(|word| format!(":{word}")).collect();
        (words.join(" "), screen.translate(command.description))
    });
    let of_vim = section("help-vim", of_vim.collect());
    [section("help-aliases", aliases), of_vim, section("help-commands", commands), section("help-settings", settings)]
        .concat()
}

/// The command that changes a setting, and what it means: `/set ui.keymap` · `Keys (default, vim)`.
fn setting(screen: Screen<'_>, row: &SettingRow) -> (String, String) {
    let (about, words) = (screen.translate(row.description), row.words().join(", "));
    (format!("/set {}", row.key), if words.is_empty() { about } else { format!("{about} ({words})") })
}

/// What a command does, and its other names.
fn about(screen: Screen<'_>, command: &CommandRow) -> String {
    let about = screen.translate(command.description);
    if command.aliases.is_empty() {
        return about;
    }
    format!("{about} ({} {})", screen.translate("help-also"), command.aliases.join(", "))
}

/// A command or an alias, and what it does, in as many rows as it needs.
fn entry_rows(screen: Screen<'_>, (left, right): &(String, String), room: usize) -> Vec<Row> {
    let width = USAGE_WIDTH.min(room / 2);
    let (key, style) = (screen.style(Role::Key), screen.style(Role::Text));
    let mut lines = text::wrap(&text::safe(right), room.saturating_sub(width + 3).max(1)).into_iter();
    let fits = text::width(left) <= width;
    let mut first = Row::of(format!(" {}  ", if fits { text::fit(left, width) } else { left.clone() }), key);
    if fits {
        first.push(lines.next().unwrap_or_default(), style);
    }
    [first].into_iter().chain(lines.map(|line| Row::indented(width + 3).with(line, style))).collect()
}

fn heading(screen: Screen<'_>, words: &str) -> Row {
    Row::of(words, screen.style(Role::TitleFocused))
}
