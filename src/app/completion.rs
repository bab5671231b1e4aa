//! Tab completion before the cursor: names of commands, aliases, users, groups and chats, keys and values of settings, and
//! the words that a command takes.

use std::collections::BTreeSet;

use super::{
    actions::settings::THEME,
    command::{COMMANDS, CommandRow},
    event::{Event, info},
    setting::{Aliases, SETTINGS, SettingRow},
    state::Chats,
};
use crate::{
    domain::{ConversationId, Group, Tick, UserId},
    protocol::Peer,
};

/// Several candidates for one word. The selected one is already in the composer; Tab replaces it with the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The candidates as they appear in the composer, including the space or colon after the name.
    pub candidates: Vec<String>,
    /// The index of the candidate that is in the composer.
    pub selected: usize,
}

/// What names are completed from, besides the built-in ones.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub peer: &'a Peer,
    pub aliases: &'a Aliases,
}

/// Completes the word before the cursor. A repeated call replaces the candidate with the next one, or with the previous
/// one if `direction` is negative. Returns a notice if there is no candidate.
pub fn complete(
    completion: &mut Option<Completion>,
    chats: &mut Chats,
    known: Known<'_>,
    direction: isize,
    now: Tick,
) -> Option<Event> {
    let (replaced, next) = if let Some(Completion { candidates, selected }) = completion.take() {
        let count = candidates.len();
        let replaced = candidates.get(selected).map_or(0, |word| word.chars().count());
        // `count` is added first, as the direction may be -1.
        let selected = (selected + count).saturating_add_signed(direction.signum()) % count.max(1);
        (replaced, Completion { candidates, selected })
    } else {
        let (replaced, candidates) = candidates(&chats.composer().before_cursor(), known, chats.active_chat());
        if candidates.is_empty() {
            return Some(info("completion-none"));
        }
        (replaced, Completion { candidates, selected: 0 })
    };
    let word = next.candidates.get(next.selected).cloned().unwrap_or_default();
    chats.edit(now).replace_before_cursor(replaced, &word);
    // With a single candidate there is nothing to cycle through: the next Tab starts a new completion.
    *completion = Some(next).filter(|next| next.candidates.len() > 1);
    None
}

/// The number of characters before the cursor that a candidate replaces, and the candidates.
///
/// Candidates for the name of a command begin with a slash and replace the whole text, because a name such as
/// `group invite` contains a space. All others replace the last word.
fn candidates(before: &str, known: Known<'_>, active: Option<&ConversationId>) -> (usize, Vec<String>) {
    let Known { peer, aliases } = known;
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = &before[start..];
    let is_command = before.starts_with('/') && !before.starts_with("//");
    let mut found = if is_command {
        let mut found = longer_commands(before, aliases);
        found.extend(expected_words(&before[..start], known, active));
        found
    } else if word.is_empty() {
        Vec::new()
    } else if word.starts_with('#') {
        groups(peer)
    } else {
        // At the start of a message a name addresses the user: `bob: `.
        let end = if start == 0 { ": " } else { " " };
        let users = users(peer, active);
        users.into_iter().map(|name| name.trim_end().to_owned() + end).collect()
    };
    // A mention begins with `@`, in a message and as an argument.
    if word.starts_with('@') {
        found.extend(users(peer, active).into_iter().map(|name| format!("@{name}")));
    }
    let matches = |candidate: &String| {
        let written = if candidate.starts_with('/') { before } else { word };
        let mut letters = candidate.chars().flat_map(char::to_lowercase);
        written.chars().flat_map(char::to_lowercase).all(|letter| letters.next() == Some(letter))
    };
    found.retain(matches);
    // No command name begins with the name of a command with arguments. So the candidates are all commands, or none is.
    let replaces_all = found.first().is_some_and(|first| first.starts_with('/'));
    (if replaces_all { before } else { word }.chars().count(), found)
}

/// The commands and the user's aliases that begin with the text and are longer. Their names may still be incomplete in
/// the composer. If there are none, the other names of commands that begin with it.
fn longer_commands(before: &str, aliases: &Aliases) -> Vec<String> {
    let written = before.to_lowercase();
    let is_longer = |prefix: &String| prefix.len() > before.len() && prefix.starts_with(&written) && prefix != "//";
    let own = aliases.keys().map(|alias| format!("/{alias} "));
    let found: Vec<String> = COMMANDS.iter().map(CommandRow::prefix).chain(own).filter(is_longer).collect();
    if !found.is_empty() {
        return found;
    }
    let others = COMMANDS.iter().flat_map(|row| row.aliases.iter().map(|alias| row.prefix_as(alias)));
    others.filter(is_longer).collect()
}

/// The words that the command in `words` accepts as its next argument.
fn expected_words(words: &str, known: Known<'_>, active: Option<&ConversationId>) -> Vec<String> {
    let expected_by = |(command, name): (&CommandRow, &str)| {
        let given = words.strip_prefix(&command.prefix_as(name))?;
        let last = given.split_whitespace().next_back().unwrap_or_default();
        let given = given.split_whitespace().count();
        let parameters: Vec<&str> = command.parameters.split_whitespace().collect();
        // Optional parameters at the start may have been left out: with `[GROUP] ID`, the first word may be either. Those
        // at the end are in order: with `[KEY] [VALUE]`, the first word is the key.
        let optional = parameters.iter().take_while(|word| word.starts_with('[')).count();
        let skipped = if optional < parameters.len() { optional } else { 0 };
        let next = parameters.get(given..=(given + skipped).min(parameters.len().checked_sub(1)?))?;
        Some(next.iter().flat_map(|parameter| words_for(parameter, last, known, active)).collect::<Vec<_>>())
    };
    let names = COMMANDS.iter().flat_map(|row| row.names().map(move |name| (row, name)));
    // A word may be expected in several ways.
    let found: Vec<String> = names.filter_map(expected_by).flatten().collect();
    let mut seen = BTreeSet::new();
    found.into_iter().filter(|word| seen.insert(word.clone())).collect()
}

/// The words that a parameter takes. `last` is the argument before it.
fn words_for(parameter: &str, last: &str, known: Known<'_>, active: Option<&ConversationId>) -> Vec<String> {
    let Known { peer, aliases } = known;
    let spaced = |words: &[&str]| words.iter().map(|word| format!("{word} ")).collect::<Vec<_>>();
    match parameter.trim_matches(['[', ']']) {
        "ID" => users(peer, active),
        "GROUP" => groups(peer),
        "NAME" => [users(peer, active), groups(peer)].concat(),
        "N|NAME" => peer.conversations().keys().map(|id| format!("{} ", id.name(peer.me()))).collect(),
        "KEY" => spaced(&SETTINGS.iter().map(|row| row.key).collect::<Vec<_>>()),
        "VALUE" => SettingRow::find(last).map(|row| spaced(row.words())).unwrap_or_default(),
        "THEME" => SettingRow::find(THEME).map(|row| spaced(row.words())).unwrap_or_default(),
        "ALIAS" => aliases.keys().map(|alias| format!("{alias} ")).collect(),
        "WORD" => COMMANDS.iter().filter(|row| row.name != "/").map(|row| format!("{} ", row.name)).collect(),
        words if words.contains('|') => spaced(&words.split('|').collect::<Vec<_>>()),
        _ => Vec::new(),
    }
}

fn groups(peer: &Peer) -> Vec<String> {
    peer.groups().keys().map(|group| format!("#{group} ")).collect()
}

/// The names of all known users. Those of the active chat come first.
fn users(peer: &Peer, active: Option<&ConversationId>) -> Vec<String> {
    let here: Vec<&UserId> = match active {
        Some(ConversationId::Group(group)) => peer.groups().get(group).into_iter().flat_map(Group::everyone).collect(),
        Some(session) => session.peer_of(peer.me()).into_iter().collect(),
        None => Vec::new(),
    };
    let here: Vec<&UserId> = here.into_iter().filter(|user| *user != peer.me()).collect();
    let others = peer.users().keys().filter(|user| !here.contains(user));
    here.iter().copied().chain(others).map(|user| format!("{user} ")).collect()
}
