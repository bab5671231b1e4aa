//! Tab completion of command, user and group names before the cursor.

use super::{
    command::{COMMANDS, CommandRow},
    event::{Event, info},
    state::Chats,
};
use crate::{
    domain::{ChatId, Group, Tick, UserId},
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

/// Completes the word before the cursor. A repeated call replaces the candidate with the next one, or with the previous
/// one if `direction` is negative. Returns a notice if there is no candidate.
pub fn complete(
    completion: &mut Option<Completion>,
    chats: &mut Chats,
    peer: &Peer,
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
        let (replaced, candidates) = candidates(&chats.composer().before_cursor(), peer, chats.active_chat());
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
fn candidates(before: &str, peer: &Peer, active: Option<&ChatId>) -> (usize, Vec<String>) {
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = &before[start..];
    let is_command = before.starts_with('/') && !before.starts_with("//");
    let mut found = if is_command {
        let mut found = longer_commands(before);
        found.extend(expected_names(&before[..start], peer, active));
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

/// The commands whose prefix is longer than the text. Their names may still be incomplete in the composer.
fn longer_commands(before: &str) -> Vec<String> {
    let mut found: Vec<String> = COMMANDS.iter().map(CommandRow::prefix).collect();
    found.retain(|prefix| prefix.len() > before.len() && prefix != "//");
    found
}

/// The user and group names that the command in `words` accepts as its next argument.
fn expected_names(words: &str, peer: &Peer, active: Option<&ChatId>) -> Vec<String> {
    let expected_by = |command: &CommandRow| {
        let given = words.strip_prefix(&command.prefix())?.split_whitespace().count();
        let parameters: Vec<&str> = command.parameters.split_whitespace().collect();
        // Optional parameters at the start may have been left out: with `[GROUP] ID`, the first word may be either.
        let optional = parameters.iter().take_while(|word| word.starts_with('[')).count();
        let next = parameters.get(given..=(given + optional).min(parameters.len().checked_sub(1)?))?;
        let names = |parameter: &&str| match parameter.trim_matches(['[', ']']) {
            "ID" => users(peer, active),
            "GROUP" => groups(peer),
            _ => Vec::new(),
        };
        Some(next.iter().flat_map(names).collect::<Vec<_>>())
    };
    COMMANDS.iter().filter_map(expected_by).flatten().collect()
}

fn groups(peer: &Peer) -> Vec<String> {
    peer.groups().keys().map(|group| format!("#{group} ")).collect()
}

/// The names of all known users. Those of the active chat come first.
fn users(peer: &Peer, active: Option<&ChatId>) -> Vec<String> {
    let here: Vec<&UserId> = match active {
        Some(ChatId::Group(group)) => peer.groups().get(group).into_iter().flat_map(Group::everyone).collect(),
        Some(ChatId::User(user)) => vec![user],
        None => Vec::new(),
    };
    let here: Vec<&UserId> = here.into_iter().filter(|user| *user != peer.me()).collect();
    let others = peer.users().keys().filter(|user| !here.contains(user));
    here.iter().copied().chain(others).map(|user| format!("{user} ")).collect()
}
