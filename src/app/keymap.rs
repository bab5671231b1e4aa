//! The keymap: which key does what in which context. `assets/keymap.toml` is the default; the user's file overrides it.
//!
//! Help and hints are generated from the current bindings, so they are always correct.

mod action;
mod key;

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent};
use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use crate::domain::{KeymapName, did_you_mean, suggestion};

pub use action::Action;
pub use key::{Key, KeyError};

/// The built-in keymap file.
const BUILTIN: &str = include_str!("../../assets/keymap.toml");
/// What the keys of vim change in it.
const VIM: &str = include_str!("../../assets/keymap.vim.toml");

/// Where a key is pressed. A key is looked up in the bindings of its context, then in those of the wider context if it
/// has one, and last in the global ones. The wider context of a list and of the chosen message is `List`; that of the
/// composer without text is `Composer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the others are named after their pane or overlay")]
pub enum Context {
    /// Everywhere.
    Global,
    /// In every list.
    List,
    Users,
    Groups,
    Inbox,
    Members,
    Outbox,
    /// In a list that the typed text filters.
    Find,
    /// On the chosen message.
    Messages,
    /// In the composer while it has no text.
    Empty,
    Composer,
}

impl Context {
    /// All contexts, in the order of the help.
    pub const ALL: [Self; 11] = [
        Self::Global,
        Self::List,
        Self::Users,
        Self::Groups,
        Self::Inbox,
        Self::Members,
        Self::Outbox,
        Self::Find,
        Self::Messages,
        Self::Empty,
        Self::Composer,
    ];

    /// The language key of the label.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Global => "context-global",
            Self::List => "context-list",
            Self::Users => "context-users",
            Self::Groups => "context-groups",
            Self::Inbox => "context-inbox",
            Self::Members => "context-members",
            Self::Outbox => "context-outbox",
            Self::Find => "context-find",
            Self::Messages => "context-messages",
            Self::Empty => "context-empty",
            Self::Composer => "context-composer",
        }
    }

    /// The context's name in the keymap file.
    pub fn name(self) -> &'static str {
        self.text().trim_start_matches("context-")
    }

    /// Returns whether a character that is pressed twice can be a key there.
    fn has_doubled_keys(self) -> bool {
        matches!(self, Self::List | Self::Users | Self::Groups | Self::Inbox | Self::Messages)
    }

    /// The contexts in which a key is looked up, in this order.
    fn chain(self) -> impl Iterator<Item = Self> {
        let wider = match self {
            Self::Users | Self::Groups | Self::Inbox | Self::Members | Self::Outbox | Self::Messages => {
                Some(Self::List)
            }
            Self::Empty => Some(Self::Composer),
            Self::Global | Self::List | Self::Find | Self::Composer => None,
        };
        [self].into_iter().chain(wider).chain([Self::Global])
    }
}

/// Why a keymap file is rejected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the names of the fields say what they hold")]
pub enum KeymapError {
    /// The file is not TOML, or does not have the form of a keymap.
    #[error("{0}")]
    Form(String),
    /// The file binds a key to an unknown action.
    #[error("[{context}] {on:?}: there is no action {run:?}{}", did_you_mean(*suggestion))]
    Action {
        context: &'static str,
        on: String,
        run: String,
        /// The known action with the most similar name.
        suggestion: Option<&'static str>,
    },
    /// The file names an unknown key.
    #[error("[{context}] {source}")]
    Key { context: &'static str, source: KeyError },
    /// The file binds a character twice in a context where papo does not wait for the second one.
    #[error("[{context}] {on:?}: a character twice is a key only in users, groups, inbox, messages and list")]
    Doubled { context: &'static str, on: String },
    /// An entry of the file is rejected.
    #[error("line {line}: {why}")]
    Line { line: usize, why: Box<Self> },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    on: Spanned<String>,
    run: String,
}

/// The current bindings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keymap {
    /// In the order of the file, which is also the order of the help.
    bindings: Vec<(Context, Key, Action)>,
}

impl Keymap {
    /// The built-in keymap.
    pub fn builtin() -> Self {
        let mut map = Self::default();
        map.merge(BUILTIN).expect("tests parse the built-in keymap");
        map
    }

    /// The built-in keymap with this name.
    pub fn named(name: KeymapName) -> Self {
        let mut map = Self::builtin();
        if name == KeymapName::Vim {
            map.merge(VIM).expect("tests parse the keys of vim");
        }
        map
    }

    /// Adds the entries of a file. An entry replaces the existing binding of its key; `run = "none"` only removes it.
    ///
    /// On an error, the entries before the faulty one stay merged.
    pub fn merge(&mut self, file: &str) -> Result<(), KeymapError> {
        let entries: BTreeMap<Context, Vec<Entry>> =
            toml::from_str(file).map_err(|error| KeymapError::Form(error.to_string()))?;
        for (context, entries) in entries {
            for Entry { on, run } in entries {
                let line = file[..on.span().start].matches('\n').count() + 1;
                let bound = self.bind(context, on.get_ref(), &run);
                bound.map_err(|why| KeymapError::Line { line, why: Box::new(why) })?;
            }
        }
        Ok(())
    }

    fn bind(&mut self, context: Context, on: &str, run: &str) -> Result<(), KeymapError> {
        let key: Key = on.parse().map_err(|source| KeymapError::Key { context: context.name(), source })?;
        if key.is_doubled() && !context.has_doubled_keys() {
            return Err(KeymapError::Doubled { context: context.name(), on: on.to_owned() });
        }
        self.bindings.retain(|(place, bound, _)| (*place, *bound) != (context, key));
        if run != "none" {
            let action = Action::from_name(run).ok_or_else(|| KeymapError::Action {
                context: context.name(),
                on: on.to_owned(),
                suggestion: suggestion(run, Action::ALL.iter().map(|action| action.name())),
                run: run.to_owned(),
            })?;
            self.bindings.push((context, key, action));
        }
        Ok(())
    }

    /// The action that a key triggers in a context, or `None` if the key is not bound there.
    pub fn action(&self, context: Context, event: &KeyEvent) -> Option<Action> {
        self.action_of(context, Key::from(event))
    }

    /// The action of a character that is pressed twice.
    pub fn doubled(&self, context: Context, event: &KeyEvent) -> Option<Action> {
        self.action_of(context, Key::from(event).doubled())
    }

    fn action_of(&self, context: Context, key: Key) -> Option<Action> {
        self.bindings_in_reach(context).find(|(bound, _)| *bound == key).map(|(_, action)| action)
    }

    /// Returns whether the composer is a mode that Esc leaves, as with the keys of vim.
    pub fn is_modal(&self) -> bool {
        let esc = Key::from(&KeyEvent::from(KeyCode::Esc));
        self.action_of(Context::Composer, esc) == Some(Action::Choose)
    }

    /// The context's own bindings, in the order of the file. Each action occurs once, with all its keys.
    pub fn bindings(&self, context: Context) -> Vec<(Action, Vec<Key>)> {
        let mut grouped: Vec<(Action, Vec<Key>)> = Vec::new();
        for (key, action) in self.own_bindings(context) {
            match grouped.iter_mut().find(|(known, _)| *known == action) {
                Some((_, keys)) => keys.push(key),
                None => grouped.push((action, vec![key])),
            }
        }
        grouped
    }

    /// The first key that triggers `action` in a context.
    pub fn key_for(&self, context: Context, action: Action) -> Option<Key> {
        // A narrower context may bind the key to another action.
        let triggers = |(key, bound): &(Key, Action)| *bound == action && self.action_of(context, *key) == Some(action);
        self.bindings_in_reach(context).find(triggers).map(|(key, _)| key)
    }

    /// The name of the first key that triggers `action` in a context; the action's name if there is none.
    pub fn key_or_name(&self, context: Context, action: Action) -> String {
        self.key_for(context, action).map_or_else(|| action.name().to_owned(), |key| key.to_string())
    }

    /// The name of a key that triggers the first of `actions` that has one in a context: `Esc`. Empty if none has one.
    pub fn name_of_key(&self, context: Context, actions: &[Action]) -> String {
        let key = actions.iter().find_map(|action| self.key_for(context, *action));
        key.map_or_else(String::new, |key| key.to_string())
    }

    /// The first key that triggers `action` in any context.
    pub fn any_key_for(&self, action: Action) -> Option<Key> {
        self.bindings.iter().find(|(_, _, bound)| *bound == action).map(|(_, key, _)| *key)
    }

    /// The bindings in which a key is looked up, including those of wider contexts after the context's own.
    fn bindings_in_reach(&self, context: Context) -> impl Iterator<Item = (Key, Action)> {
        context.chain().flat_map(|context| self.own_bindings(context))
    }

    /// The context's own bindings.
    fn own_bindings(&self, context: Context) -> impl Iterator<Item = (Key, Action)> {
        let bindings = self.bindings.iter().filter(move |(place, ..)| *place == context);
        bindings.map(|(_, key, action)| (*key, *action))
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyModifiers;

    use super::*;

    #[test]
    fn builtin_keymaps_bind_every_action() {
        let map = Keymap::named(KeymapName::Vim);
        for action in Action::ALL {
            let bound = Context::ALL.iter().any(|context| map.bindings(*context).iter().any(|(a, _)| a == action));
            assert!(bound, "action {} has no key", action.name());
        }
    }

    #[test]
    fn narrower_context_takes_precedence() {
        let map = Keymap::builtin();
        let i = KeyEvent::new(KeyCode::Char('i'), KeyModifiers::NONE);
        assert_eq!(map.action(Context::Groups, &i), Some(Action::Invite));
        assert_eq!(map.action(Context::Messages, &i), Some(Action::Details));
        assert_eq!(map.action(Context::Composer, &i), None);
    }

    #[test]
    fn keys_of_the_empty_composer_do_not_apply_to_text() {
        let map = Keymap::builtin();
        let ctrl = |letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
        for (letter, action) in [('k', Action::GoTo), ('f', Action::Search)] {
            assert_eq!(map.action(Context::Empty, &ctrl(letter)), Some(action));
            assert_eq!(map.action(Context::Composer, &ctrl(letter)), None);
        }
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        assert_eq!(map.action(Context::Empty, &enter), Some(Action::Send), "the others are those of the composer");
    }

    #[test]
    fn no_key_of_readline_is_bound_while_the_composer_has_text() {
        let map = Keymap::builtin();
        for (letters, modifiers) in [("aebfwukydth_", KeyModifiers::CONTROL), ("bfd", KeyModifiers::ALT)] {
            for letter in letters.chars() {
                let key = KeyEvent::new(KeyCode::Char(letter), modifiers);
                assert_eq!(map.action(Context::Composer, &key), None, "{letter}");
            }
        }
        for letter in ['p', 'n'] {
            let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
            assert_eq!(map.action(Context::Empty, &key), None, "{letter} walks through the sent lines");
        }
    }

    #[test]
    fn keys_of_vim_are_on_top_of_the_default_ones() {
        let map = Keymap::named(KeymapName::Vim);
        let key = |code| KeyEvent::new(code, KeyModifiers::NONE);
        assert_eq!(map.action(Context::Composer, &key(KeyCode::Esc)), Some(Action::Choose));
        assert_eq!(map.action(Context::Messages, &key(KeyCode::Char('i'))), Some(Action::FocusChat));
        assert_eq!(map.action(Context::Messages, &key(KeyCode::Char('j'))), Some(Action::Down));
        assert_eq!(map.action(Context::Messages, &key(KeyCode::Char('/'))), Some(Action::Search));
        assert_eq!(map.action(Context::Users, &key(KeyCode::Char(':'))), Some(Action::Command));
        assert_eq!(map.action(Context::Users, &key(KeyCode::Esc)), Some(Action::Cancel));
        assert_eq!(map.key_for(Context::Messages, Action::Details).map(|key| key.to_string()).as_deref(), Some("K"));
        assert_eq!(map.key_for(Context::Composer, Action::Cancel), None, "Esc is another action there");
        assert_eq!(Keymap::named(KeymapName::Default), Keymap::builtin());
    }

    #[test]
    fn merge_removes_and_adds_bindings() {
        let mut map = Keymap::builtin();
        map.merge("groups = [{ on = \"J\", run = \"none\" }, { on = \"ctrl-j\", run = \"join\" }]").unwrap();
        let join = |code, modifiers| map.action(Context::Groups, &KeyEvent::new(code, modifiers));
        assert_eq!(join(KeyCode::Char('J'), KeyModifiers::NONE), None);
        assert_eq!(join(KeyCode::Char('j'), KeyModifiers::CONTROL), Some(Action::Join));
    }

    #[test]
    fn errors_name_the_line_and_context_and_suggest_an_action() {
        let mut map = Keymap::builtin();
        let error = map.merge("list = []\ninbox = [\n    { on = \"a\", run = \"acept\" },\n]").unwrap_err();
        assert_eq!(error.to_string(), "line 3: [inbox] \"a\": there is no action \"acept\"; did you mean \"accept\"?");
        let error = map.merge("inbox = [{ on = \"hyper-a\", run = \"accept\" }]").unwrap_err();
        assert!(error.to_string().contains("hyper-a"), "{error}");
    }

    #[test]
    fn doubled_keys_are_rejected_where_they_never_work() {
        for context in Context::ALL {
            let error = Keymap::builtin().merge(&format!("{} = [{{ on = \"yy\", run = \"copy\" }}]", context.name()));
            let place = context.name();
            match context {
                Context::List | Context::Users | Context::Groups | Context::Inbox | Context::Messages => {
                    assert_eq!(error, Ok(()), "{place}");
                }
                _ => {
                    let why = "a character twice is a key only in users, groups, inbox, messages and list";
                    assert_eq!(error.unwrap_err().to_string(), format!("line 1: [{place}] \"yy\": {why}"));
                }
            }
        }
    }
}
