//! The palette: a list of all chats, users, groups, actions, settings and commands. The typed text filters it.

use std::collections::BTreeSet;

use crossterm::event::{KeyEvent, KeyEventKind};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::component::{Component, bound_key, stepped};
use crate::{
    app::{
        actions::{groups, settings, users},
        command::{self, COMMANDS, CommandRow},
        event::{Event, ModelRef},
        keymap::{Action, Context},
        language::Language,
        rejection::Rejection,
        setting::{SETTINGS, SettingRow},
        state::{Composer, Groups, Pane, Users, attention::is_read},
    },
    domain::{ChatId, GroupName, Tick, UserId},
    protocol::{Chat, Peer},
};

/// An entry of the palette.
#[derive(Debug, Clone)]
pub enum PaletteEntry {
    /// A chat, open or ended.
    Chat(ChatId),
    /// A user with whom I have no chat.
    User(UserId),
    /// A group that I was never in.
    Group(GroupName),
    /// An action that needs no selection.
    Action(Action),
    /// A setting.
    Setting(&'static SettingRow),
    /// A command, and the alias that the typed text begins, if it does not begin the command's name.
    Command(&'static CommandRow, Option<&'static str>),
}

/// The list of entries, and the field that filters it.
#[derive(Debug, Clone)]
pub struct Palette {
    /// The list shows only names that contain these letters in this order.
    pub composer: Box<Composer>,
    /// The entries that match, the best first.
    pub entries: Vec<PaletteEntry>,
    /// The index of the selected entry.
    pub selected: usize,
    /// Since when the list is as it is, or when Enter last came too early.
    since: Tick,
}

impl PaletteEntry {
    /// The name that the list shows.
    pub fn name(&self, language: &Language) -> String {
        match self {
            Self::Chat(chat) => chat.to_string(),
            Self::User(user) => user.to_string(),
            Self::Group(group) => format!("#{group}"),
            Self::Action(action) => language.translate(action.text()),
            Self::Setting(row) => row.key.to_owned(),
            Self::Command(command, _) => command.usage(),
        }
    }

    /// Returns whether it is a chat, a user or a group whose name begins with `text`.
    fn is_named(&self, text: &str) -> bool {
        let name = match self {
            Self::Chat(chat) => chat.to_string(),
            Self::User(user) => user.to_string(),
            Self::Group(group) => group.to_string(),
            Self::Action(_) | Self::Setting(_) | Self::Command(..) => return false,
        };
        let bare = |text: &str| text.trim().trim_start_matches(['#', '@']).to_lowercase();
        bare(&name).starts_with(&bare(text))
    }

    /// Returns whether it is a setting that takes a word which begins with `text`.
    fn takes(&self, text: &str) -> bool {
        matches!(self, Self::Setting(row) if row.words().iter().any(|word| word.starts_with(&text.to_lowercase())))
    }
}

impl Palette {
    pub(super) fn open(model: &ModelRef<'_>) -> Self {
        Self { composer: Box::default(), entries: all(model.peer), selected: 0, since: model.now }
    }

    /// Filters the entries by the typed text, and selects the first one. After a slash, only commands match, first those
    /// whose name or alias begins with the text.
    fn narrow(&mut self, model: &ModelRef<'_>) {
        (self.selected, self.since) = (0, model.now);
        let all = all(model.peer);
        let wanted = self.composer.text();
        let wanted = wanted.trim();
        if wanted.is_empty() {
            self.entries = all;
            return;
        }
        let is_command = wanted.starts_with('/');
        let pattern = Pattern::parse(wanted, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut score = |name: &str| pattern.score(Utf32Str::new(name, &mut buffer), &mut matcher);
        let mut scored: Vec<((u8, u32), PaletteEntry)> = all
            .into_iter()
            .filter_map(|entry| {
                let found = score(&entry.name(model.language));
                let PaletteEntry::Command(command, _) = entry else {
                    // Settings that only take the word as a value come last.
                    let found = found.or_else(|| entry.takes(wanted).then_some(0));
                    return found.filter(|_| !is_command).map(|found| ((0, found), entry));
                };
                let begun = begun_name(command, wanted);
                let rank = begun.filter(|_| is_command).map_or(0, |name| if name == bare(wanted) { 2 } else { 1 });
                let alias = begun.filter(|name| *name != command.name);
                let found = found.max(alias.and_then(|alias| score(&format!("/{alias}"))));
                Some(((rank, found?), PaletteEntry::Command(command, alias)))
            })
            .collect();
        // The sort is stable: entries with the same score keep the order of the whole list.
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        self.entries = scored.into_iter().map(|(_, entry)| entry).collect();
    }

    /// Returns whether Enter opens an entry: the user has typed the beginning of its name, or has seen it. Anything
    /// else may be typed for a chat, and be another entry than they think.
    fn may_open(&self, entry: &PaletteEntry, now: Tick) -> bool {
        entry.is_named(self.composer.as_str()) || is_read(self.since, now)
    }
}

impl Component for Palette {
    fn context(&self) -> Context {
        Context::Find
    }

    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Open]
    }

    fn act(&mut self, action: Action, model: &ModelRef<'_>) -> Vec<Event> {
        match (action, self.entries.get(self.selected).cloned()) {
            (Action::GoTo, _) => vec![Event::Close],
            (Action::Open, Some(entry)) if !self.may_open(&entry, model.now) => {
                self.since = model.now;
                Vec::new()
            }
            (Action::Open, Some(entry)) => {
                let typed = self.composer.text();
                [Event::Close].into_iter().chain(go_to(entry, typed.trim(), model)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A key that is held opens nothing that the user has not typed: each repetition starts the time again.
    fn key(&mut self, key: KeyEvent, action: Option<Action>, model: &ModelRef<'_>) -> Vec<Event> {
        if key.kind == KeyEventKind::Repeat && action == Some(Action::Open) {
            self.since = model.now;
        }
        bound_key(self, key, action, model)
    }

    fn field(&mut self) -> Option<&mut Composer> {
        Some(&mut self.composer)
    }

    fn field_changed(&mut self, model: &ModelRef<'_>) -> Vec<Event> {
        self.narrow(model);
        Vec::new()
    }

    /// Entries that only have the letters of the text here and there do not count.
    fn finds_nothing(&self, model: &ModelRef<'_>) -> bool {
        let wanted = self.composer.as_str().trim().to_lowercase();
        let finds = |entry: &PaletteEntry| {
            let is_alias = matches!(entry, PaletteEntry::Command(_, Some(_)));
            is_alias || entry.name(model.language).to_lowercase().contains(&wanted)
        };
        !self.entries.iter().any(finds)
    }

    fn selected(&self, _: &ModelRef<'_>) -> Option<usize> {
        (!self.entries.is_empty()).then_some(self.selected)
    }

    fn step(&mut self, by: isize, _: &ModelRef<'_>) -> Vec<Event> {
        self.selected = stepped(self.selected, by, self.entries.len());
        Vec::new()
    }
}

/// A command as the user typed it, without its slash.
fn bare(text: &str) -> String {
    text.strip_prefix('/').unwrap_or(text).to_lowercase()
}

/// The name or alias of a command that the typed text is, or begins; the name before the aliases.
fn begun_name(command: &CommandRow, typed: &str) -> Option<&'static str> {
    let typed = bare(typed);
    command.names().find(|name| *name == typed).or_else(|| command.names().find(|name| name.starts_with(&typed)))
}

fn go_to(entry: PaletteEntry, typed: &str, model: &ModelRef<'_>) -> Vec<Event> {
    match entry {
        PaletteEntry::Chat(chat) => vec![Event::Show(chat)],
        PaletteEntry::User(user) => users::open(user, model),
        PaletteEntry::Group(group) => groups::open(group, model),
        PaletteEntry::Action(action) => vec![Event::Act(action)],
        PaletteEntry::Setting(row) => vec![settings::open(Some(row.key), model)],
        PaletteEntry::Command(command, alias) => run_or_insert(command, alias, typed, model),
    }
}

/// Runs a command that needs no arguments, if the typed text begins its name or an alias. Inserts the name of any other
/// into the composer, where the user sees and completes it.
fn run_or_insert(command: &CommandRow, alias: Option<&'static str>, typed: &str, model: &ModelRef<'_>) -> Vec<Event> {
    if !command.requires_arguments() && begun_name(command, typed).is_some() {
        return command::run(command, "", model).unwrap_or_else(|why| vec![Event::Reject(why)]);
    }
    if model.chats.composer().is_empty() {
        vec![Event::Focus(Pane::Chat), Event::Insert(command.prefix_as(alias.unwrap_or(command.name)))]
    } else {
        vec![Event::Focus(Pane::Chat), Event::Reject(Rejection::ComposerNotEmpty)]
    }
}

/// All entries in the order of the list: chats with unread messages, other open chats, users, groups, ended chats,
/// actions, settings, commands.
fn all(peer: &Peer) -> Vec<PaletteEntry> {
    let mut chats: Vec<_> = peer.chats().collect();
    chats.sort_by_key(|chat| (chat.unread() == 0, std::cmp::Reverse(chat.active())));
    let (open, ended): (Vec<_>, Vec<_>) = chats.into_iter().partition(|chat| chat.is_open() || chat.unread() > 0);
    let entry = |chat: &Chat<'_>| PaletteEntry::Chat(chat.id().clone());
    let known = || open.iter().chain(&ended);
    let chatted_with: BTreeSet<&UserId> = known().filter_map(|chat| chat.id().user()).collect();
    let users = Users::list(peer).into_iter().map(|user| &user.id).filter(|user| !chatted_with.contains(user));
    let is_in = |name: &GroupName| known().any(|chat| chat.id().group() == Some(name));
    let groups = Groups::list(peer).into_iter().map(|group| &group.name).filter(|name| !is_in(name));
    let mut all: Vec<PaletteEntry> = open.iter().map(entry).collect();
    all.extend(users.cloned().map(PaletteEntry::User));
    all.extend(groups.cloned().map(PaletteEntry::Group));
    all.extend(ended.iter().map(entry));
    let actions = Action::ALL.iter().copied().filter(|action| action.is_in_palette());
    all.extend(actions.map(PaletteEntry::Action));
    all.extend(SETTINGS.iter().map(PaletteEntry::Setting));
    all.extend(COMMANDS.iter().map(|command| PaletteEntry::Command(command, None)));
    all
}
