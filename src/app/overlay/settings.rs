//! The settings page: every key of the configuration with its value. Enter changes the selected one.

use super::component::{Component, stepped};
use crate::{
    app::{
        actions::settings::{THEME, change, remove},
        effect::Effect,
        event::{Event, ModelRef},
        keymap::{Action, Context},
        rejection::Rejection,
        setting::{SETTINGS, SettingKind, SettingRow},
        state::Composer,
    },
    domain::ThemeName,
};

/// The settings page.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The index of the selected row of [`SETTINGS`].
    pub selected: usize,
    /// The change of the selected setting, if one is under way.
    pub edit: Option<SettingEdit>,
}

/// How the user gives a new value.
#[derive(Debug, Clone)]
pub enum SettingEdit {
    /// By selecting one of the words that the setting takes; the index of the selected one.
    Choose(usize),
    /// By typing it.
    Type {
        /// The field.
        composer: Box<Composer>,
        /// Why the setting does not take the typed value.
        error: Option<Rejection>,
    },
}

impl Settings {
    pub(super) fn open(key: Option<&'static str>, _: &ModelRef<'_>) -> Self {
        Self { selected: SETTINGS.iter().position(|row| Some(row.key) == key).unwrap_or(0), edit: None }
    }

    /// The selected setting.
    pub fn row(&self) -> &'static SettingRow {
        &SETTINGS[self.selected.min(SETTINGS.len() - 1)]
    }

    /// Enter on a setting: turns a switch, or else begins to change the value.
    fn begin(&mut self, model: &ModelRef<'_>) -> Vec<Event> {
        let row = self.row();
        let value = row.value(model.configured);
        match row.kind {
            SettingKind::Switch => return changed(row, if value == "on" { "off" } else { "on" }),
            SettingKind::Choice(words) => {
                self.edit = Some(SettingEdit::Choose(words.iter().position(|word| *word == value).unwrap_or(0)));
            }
            SettingKind::Several(_) | SettingKind::Number { .. } | SettingKind::Text | SettingKind::Brokers => {
                self.edit = Some(SettingEdit::Type { composer: Box::new(Composer::new(value)), error: None });
            }
        }
        Vec::new()
    }

    /// Enter while a value is chosen or typed. A value that the setting does not take stays in the field.
    fn finish(&mut self, model: &ModelRef<'_>) -> Vec<Event> {
        let row = self.row();
        match &mut self.edit {
            None => return Vec::new(),
            Some(SettingEdit::Choose(index)) => {
                let word = row.words().get(*index).copied().unwrap_or(row.default);
                self.edit = None;
                return changed(row, word);
            }
            Some(SettingEdit::Type { composer, error }) => {
                let text = composer.text();
                if text.trim().is_empty() {
                    self.edit = None;
                    return if model.configured.contains_key(row.key) { vec![remove(row)] } else { Vec::new() };
                }
                match change(row, &text) {
                    Ok(event) => {
                        self.edit = None;
                        return vec![event];
                    }
                    Err(why) => *error = Some(why),
                }
            }
        }
        Vec::new()
    }

    /// Ends a change without a new value. Restores the theme if another one was previewed.
    fn stop(&mut self, model: &ModelRef<'_>) -> Vec<Event> {
        let row = self.row();
        let is_preview = matches!(self.edit.take(), Some(SettingEdit::Choose(_))) && row.key == THEME;
        if is_preview { preview(row.value(model.configured)) } else { Vec::new() }
    }
}

fn changed(row: &SettingRow, value: &str) -> Vec<Event> {
    vec![change(row, value).unwrap_or_else(Event::Reject)]
}

/// The event that shows the theme with this name.
fn preview(name: &str) -> Vec<Event> {
    let theme = ThemeName::ALL.into_iter().find(|theme| theme.name() == name);
    theme.map(|theme| Event::Effect(Effect::PreviewTheme(theme))).into_iter().collect()
}

impl Component for Settings {
    fn context(&self) -> Context {
        if matches!(self.edit, Some(SettingEdit::Type { .. })) { Context::Find } else { Context::List }
    }

    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Open, Action::Up, Action::Down]
    }

    fn act(&mut self, action: Action, model: &ModelRef<'_>) -> Vec<Event> {
        match (action, &self.edit) {
            (Action::Open, None) => self.begin(model),
            (Action::Open, Some(_)) => self.finish(model),
            (Action::Settings, _) => self.stop(model).into_iter().chain([Event::Close]).collect(),
            _ => Vec::new(),
        }
    }

    fn field(&mut self) -> Option<&mut Composer> {
        match &mut self.edit {
            Some(SettingEdit::Type { composer, .. }) => Some(composer),
            _ => None,
        }
    }

    fn field_changed(&mut self, _: &ModelRef<'_>) -> Vec<Event> {
        if let Some(SettingEdit::Type { error, .. }) = &mut self.edit {
            *error = None;
        }
        Vec::new()
    }

    fn selected(&self, _: &ModelRef<'_>) -> Option<usize> {
        match self.edit {
            None => Some(self.selected),
            Some(SettingEdit::Choose(index)) => Some(index),
            Some(SettingEdit::Type { .. }) => None,
        }
    }

    fn step(&mut self, by: isize, _: &ModelRef<'_>) -> Vec<Event> {
        let row = self.row();
        match &mut self.edit {
            None => self.selected = stepped(self.selected, by, SETTINGS.len()),
            Some(SettingEdit::Choose(index)) => {
                *index = stepped(*index, by, row.words().len());
                if row.key == THEME {
                    return preview(row.words()[*index]);
                }
            }
            Some(SettingEdit::Type { .. }) => {}
        }
        Vec::new()
    }

    /// Esc ends a change before it closes the page.
    fn cancel(&mut self, model: &ModelRef<'_>) -> Vec<Event> {
        if self.edit.is_some() { self.stop(model) } else { vec![Event::Close] }
    }

    fn before_leaving(&mut self, model: &ModelRef<'_>) -> Vec<Event> {
        self.stop(model)
    }
}
