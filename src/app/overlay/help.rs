//! Help: all keys and commands. The typed words filter them.

use crossterm::event::{KeyCode, KeyEvent};

use super::component::{Component, scrolled, type_into_field};
use crate::app::{
    command::{COMMANDS, CommandRow, VIM_COMMANDS},
    event::{Event, ModelRef},
    keymap::{Action, Context},
    localized,
    setting::{SETTINGS, SettingRow},
    state::Composer,
};

/// The help page.
#[derive(Debug, Clone, Default)]
pub struct Help {
    /// The page shows only what contains these words.
    pub composer: Box<Composer>,
    /// The index of the first visible row.
    pub scroll: u16,
}

/// A part of the help page: the keys of a context, or commands of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpSection {
    /// The label of the context, or of the kind of commands.
    pub title: String,
    /// Whether these are keys, not commands.
    pub is_keys: bool,
    /// At least one.
    pub entries: Vec<HelpEntry>,
}

/// The keys of an action, or one command, and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpEntry {
    /// All keys of the action, or the one command.
    pub typed: Vec<String>,
    /// The description in the user's language.
    pub does: String,
}

impl HelpEntry {
    fn command(typed: String, does: String) -> Self {
        Self { typed: vec![typed], does }
    }
}

impl Help {
    /// What matches the filter, by section. A filter that matches the title of a section finds all of it.
    pub fn sections(&self, model: &ModelRef<'_>) -> Vec<HelpSection> {
        let filter = self.composer.text();
        let translate = |key: &'static str| model.language.translate(key);
        let keys = Context::ALL.map(|context| (translate(context.text()), true, keys(model, context)));
        let aliases = model.aliases.iter().map(|(name, text)| HelpEntry::command(format!("/{name}"), text.clone()));
        let of_vim = VIM_COMMANDS.iter().filter(|_| model.keymap.is_modal()).map(|command| {
            let words: Vec<String> = command.words.iter().map(|word| format!(":{word}")).collect();
            HelpEntry::command(words.join(" "), translate(command.description))
        });
        let commands = COMMANDS.iter().map(|row| HelpEntry::command(row.usage(), about(model, row)));
        // The settings have a page of their own; here the filter finds them.
        let settings = SETTINGS.iter().filter(|_| !filter.trim().is_empty()).map(|row| setting(model, row));
        let commands = [
            (translate("help-aliases"), false, aliases.collect()),
            (translate("help-vim"), false, of_vim.collect()),
            (translate("help-commands"), false, commands.collect()),
            (translate("help-settings"), false, settings.collect()),
        ];
        let sections = keys.into_iter().chain(commands).map(|(title, is_keys, mut entries)| {
            entries.retain(|HelpEntry { typed, does }| {
                matches_filter(&format!("{title} {} {does}", typed.join(" ")), &filter)
            });
            HelpSection { title, is_keys, entries }
        });
        sections.filter(|section| !section.entries.is_empty()).collect()
    }

    pub(super) fn open(filter: String, _: &ModelRef<'_>) -> Self {
        Self { composer: Box::new(Composer::new(&filter)), scroll: 0 }
    }
}

/// Returns whether a text contains all words of a filter, in any case.
pub fn matches_filter(text: &str, filter: &str) -> bool {
    let text = text.to_lowercase();
    filter.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// The keys of a context and what they do. The keys that go to a tab by its number share one entry.
fn keys(model: &ModelRef<'_>, context: Context) -> Vec<HelpEntry> {
    let (mut entries, mut tabs) = (Vec::new(), Vec::new());
    for (action, keys) in model.keymap.bindings(context) {
        let typed = keys.iter().map(ToString::to_string).collect();
        let entries = if action.tab().is_some() { &mut tabs } else { &mut entries };
        entries.push(HelpEntry { typed, does: model.language.translate(action.text()) });
    }
    match (tabs.first(), tabs.last()) {
        (Some(first), Some(last)) if tabs.len() > 1 => {
            let does = model.language.translate(localized!("help-tabs", last = last.does.clone()));
            entries.push(HelpEntry::command(format!("{} … {}", first.typed[0], last.typed[0]), does));
        }
        _ => entries.extend(tabs),
    }
    entries
}

/// The command that changes a setting, and what it means: `/set ui.keymap` · `Keys (default, vim)`.
fn setting(model: &ModelRef<'_>, row: &SettingRow) -> HelpEntry {
    let (about, words) = (model.language.translate(row.description), row.words().join(", "));
    let does = if words.is_empty() { about } else { format!("{about} ({words})") };
    HelpEntry::command(format!("/set {}", row.key), does)
}

/// What a command does, and its other names.
fn about(model: &ModelRef<'_>, command: &CommandRow) -> String {
    let about = model.language.translate(command.description);
    if command.aliases.is_empty() {
        return about;
    }
    format!("{about} ({} {})", model.language.translate("help-also"), command.aliases.join(", "))
}

impl Component for Help {
    fn context(&self) -> Context {
        Context::Find
    }

    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Up, Action::Down]
    }

    fn act(&mut self, action: Action, _: &ModelRef<'_>) -> Vec<Event> {
        if matches!(action, Action::Open | Action::Help) { vec![Event::Close] } else { Vec::new() }
    }

    fn field(&mut self) -> Option<&mut Composer> {
        Some(&mut self.composer)
    }

    fn field_changed(&mut self, _: &ModelRef<'_>) -> Vec<Event> {
        self.scroll = 0;
        Vec::new()
    }

    fn finds_nothing(&self, model: &ModelRef<'_>) -> bool {
        self.sections(model).is_empty()
    }

    /// Home and End scroll: a filter is too short to need them.
    fn typed(&mut self, key: KeyEvent, model: &ModelRef<'_>) -> Vec<Event> {
        match key.code {
            KeyCode::Home => self.scroll = 0,
            KeyCode::End => self.scroll = model.layout.overflow,
            _ => return type_into_field(self, key, model),
        }
        Vec::new()
    }

    fn scroll(&mut self, rows: i64, model: &ModelRef<'_>) -> bool {
        self.scroll = scrolled(self.scroll, -rows, model);
        true
    }
}
