//! Commands about settings.

use crate::app::{
    effect::Effect,
    event::{Event, ModelRef, OpenOverlay, info},
    language::{LocalizedText, localized},
    rejection::Rejection,
    setting::{SETTINGS, SettingRow, shown_value},
    state::LineModeList,
};

/// The key of the theme, which the settings page previews.
pub const THEME: &str = "ui.theme";

/// Opens the settings page, with the setting of this key selected. Line mode prints all settings.
pub fn open(key: Option<&'static str>, model: &ModelRef<'_>) -> Event {
    model.open(OpenOverlay::Settings(key), LineModeList::Settings)
}

/// `/set`: opens the settings page, at the settings of a table such as `ui` if it is named. With a key, shows its
/// value; with a value, changes it.
pub fn set((key, value): (String, String), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    if key.is_empty() {
        return Ok(vec![open(None, model)]);
    }
    let is_in_table = |row: &&SettingRow| row.key.split_once('.').is_some_and(|(table, _)| table == key);
    if let (Some(first), true) = (SETTINGS.iter().find(is_in_table), value.is_empty()) {
        return Ok(vec![open(Some(first.key), model)]);
    }
    let row = SettingRow::find(&key)?;
    if value.is_empty() { Ok(vec![show(row, model)]) } else { Ok(vec![change(row, &value)?]) }
}

/// Shows the value of a setting, and the words that it takes.
fn show(row: &SettingRow, model: &ModelRef<'_>) -> Event {
    let (key, value, words) = (row.key, shown_value(row.value(model.configured)), row.words().join(", "));
    info(if words.is_empty() {
        localized!("set-is", key, value)
    } else {
        localized!("set-is-one-of", key, value, words)
    })
}

/// The event that writes a new value to the configuration file and applies it.
pub fn change(row: &SettingRow, value: &str) -> Result<Event, Rejection> {
    let checked = row.checked(value)?;
    let done = done(row, LocalizedText::quoted(&checked.shown));
    Ok(Event::Effect(Effect::Set { key: row.key.to_owned(), value: Some(checked.toml), done }))
}

fn done(row: &SettingRow, value: LocalizedText) -> LocalizedText {
    if row.needs_restart {
        localized!("set-done-restart", key = row.key, value)
    } else {
        localized!("set-done", key = row.key, value)
    }
}

/// `/unset`: removes a key from the configuration file, so that the default applies.
pub fn unset(key: String, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let row = SettingRow::find(&key)?;
    if !model.configured.contains_key(row.key) {
        return Ok(vec![show(row, model)]);
    }
    Ok(vec![remove(row)])
}

/// The event that removes the key of a setting from the configuration file.
pub fn remove(row: &SettingRow) -> Event {
    Event::Effect(Effect::Set { key: row.key.to_owned(), value: None, done: done(row, shown_value(row.default)) })
}

/// `/theme`: shows or changes the theme.
pub fn theme(name: String, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    set((THEME.to_owned(), name), model)
}
