//! The settings page: the list of settings, or the change of one of them.

use ratatui::layout::Rect;

use super::{
    draw::{Draw, Surface, WIDTH},
    finder,
};
use crate::{
    app::{Composer, Rejection, SETTINGS, SettingEdit, SettingRow, Settings, shown_value},
    ui::{layout, popup, row::Row, screen::Screen, text, theme::Role},
};

impl Draw for Settings {
    fn draw(&self, surface: &mut Surface<'_>) {
        match &self.edit {
            None => draw_list(surface, self.selected),
            Some(SettingEdit::Choose(index)) => draw_words(surface, self.row(), *index),
            Some(SettingEdit::Type { composer, error }) => draw_field(surface, self.row(), composer, error.as_ref()),
        }
    }
}

/// All settings, and the description of the selected one below them.
fn draw_list(surface: &mut Surface<'_>, selected: usize) {
    let screen = surface.screen;
    let columns = popup::columns(finder::WIDTH, surface.area);
    let about = about(screen, &SETTINGS[selected], columns.into());
    let rows = SETTINGS.len() + about.len() + 1;
    let is_cut = rows + 2 > usize::from(surface.area.height) && selected + 1 < SETTINGS.len();
    let title = screen.translate(if is_cut { "settings-title-more" } else { "settings-title" });
    let inner = surface.open(&title, columns, rows);
    let below = layout::cells(about.len() + 1).min(inner.height.saturating_sub(1));
    let (list, rest) = (inner.height - below, layout::below(inner, inner.height - below));
    let area = Rect { height: list, ..inner };
    let key_width = SETTINGS.iter().map(|row| row.key.len()).max().unwrap_or(0) + 2;
    surface.draw_list(area, SETTINGS, Some(selected), |row| [setting_row(screen, row, key_width)]);
    surface.draw_rows([Row::default()].into_iter().chain(about), rest);
}

/// `ui.theme                 dark`
fn setting_row(screen: Screen<'_>, row: &SettingRow, key_width: usize) -> Row {
    let configured = &screen.model.configured;
    let role = if configured.contains_key(row.key) { Role::Text } else { Role::Dim };
    let value = screen.translate(shown_value(row.value(configured)));
    Row::of(text::fit(row.key, key_width), screen.style(Role::Key)).with(value, screen.style(role))
}

/// What a setting means, and whether it needs a restart.
fn about(screen: Screen<'_>, row: &SettingRow, columns: usize) -> Vec<Row> {
    let mut rows = Row::wrapped(&screen.translate(row.description), columns, screen.style(Role::Dim));
    if row.needs_restart {
        rows.push(Row::of(screen.translate("settings-restart"), screen.style(Role::Hint)));
    }
    rows
}

/// The words that a setting takes.
fn draw_words(surface: &mut Surface<'_>, row: &SettingRow, selected: usize) {
    let screen = surface.screen;
    let about = about(screen, row, popup::columns(WIDTH, surface.area).into());
    let inner = surface.open(row.key, WIDTH, row.words().len() + about.len());
    let area = Rect { height: inner.height.min(layout::cells(row.words().len())), ..inner };
    surface.draw_list(area, row.words(), Some(selected), |word| [Row::of(word, screen.style(Role::Text))]);
    surface.draw_rows(about, layout::below(inner, area.height));
}

/// The field for a new value, and why the setting does not take it.
fn draw_field(surface: &mut Surface<'_>, row: &SettingRow, composer: &Composer, error: Option<&Rejection>) {
    let about = about(surface.screen, row, popup::columns(WIDTH, surface.area).into());
    let field = surface.open_form(row.key, error, about, "confirm-enter");
    surface.draw_field(composer, || row.default.to_owned(), field);
}
