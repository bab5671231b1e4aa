//! Completion: Tab turns the word before the cursor into the name of a command, user or group.

use super::{
    command::{COMMANDS, CommandRow},
    event::{Event, info},
    state::Chats,
};
use crate::{
    domain::{ConversationId, Group, Tick, UserId},
    protocol::Peer,
};

/// Words that fit, one of which is in the composer for the time being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The words, as they are put into the text.
    pub candidates: Vec<String>,
    /// The index of the word that is in the text.
    pub selected: usize,
}

/// Puts the next word that fits before the cursor, or the previous one with a negative `by`. Returns a notice where none
/// fits.
pub fn complete(
    completion: &mut Option<Completion>,
    chats: &mut Chats,
    peer: &Peer,
    by: isize,
    now: Tick,
) -> Option<Event> {
    let (replaced, next) = if let Some(Completion { candidates, selected }) = completion.take() {
        let count = candidates.len();
        let replaced = candidates.get(selected).map_or(0, |word| word.chars().count());
        let selected = (selected + count).saturating_add_signed(by.signum()) % count.max(1);
        (replaced, Completion { candidates, selected })
    } else {
        let (word, candidates) = candidates(&chats.composer().before_cursor(), peer, chats.active_chat());
        if candidates.is_empty() {
            return Some(info("completion-none"));
        }
        (word, Completion { candidates, selected: 0 })
    };
    let word = next.candidates.get(next.selected).cloned().unwrap_or_default();
    chats.edit_composer(now, |composer| {
        composer.replace_before_cursor(replaced, &word);
        true
    });
    // A single one needs no choice.
    *completion = Some(next).filter(|next| next.candidates.len() > 1);
    None
}

/// How many characters before the cursor are completed, and the candidates for them.
fn candidates(before: &str, peer: &Peer, active: Option<&ConversationId>) -> (usize, Vec<String>) {
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = &before[start..];
    let is_command = before.starts_with('/') && !before.starts_with("//");
    let mut found = if is_command {
        let mut found = commands(before);
        found.extend(arguments(&before[..start]).into_iter().flat_map(|kind| names(kind, peer, active)));
        found
    } else if word.is_empty() {
        Vec::new()
    } else if word.starts_with('#') {
        names(Kind::Groups, peer, active)
    } else {
        let end = if start == 0 { ": " } else { " " };
        let users = names(Kind::Users, peer, active);
        users.into_iter().map(|name| name.trim_end().to_owned() + end).collect()
    };
    let whole = if is_command { before } else { word };
    let fits = |candidate: &String| {
        let written = if candidate.starts_with('/') { whole } else { word };
        let mut letters = candidate.chars().flat_map(char::to_lowercase);
        written.chars().flat_map(char::to_lowercase).all(|letter| letters.next() == Some(letter))
    };
    found.retain(fits);
    let replaces_all = found.first().is_some_and(|first| first.starts_with('/'));
    (if replaces_all { before } else { word }.chars().count(), found)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Users,
    Groups,
}

/// The commands whose names are not yet complete.
fn commands(before: &str) -> Vec<String> {
    let mut found: Vec<String> = COMMANDS.iter().map(CommandRow::beginning).collect();
    found.retain(|beginning| beginning.len() > before.len() && beginning != "//");
    found
}

/// The kinds of names that may follow these words of a command, as its arguments say.
fn arguments(words: &str) -> Vec<Kind> {
    let of = |command: &CommandRow| {
        let given = words.strip_prefix(&command.beginning())?.split_whitespace().count();
        let wanted: Vec<&str> = command.arguments.split_whitespace().collect();
        // An optional argument may also stand for the one behind it.
        let optional = wanted.iter().take_while(|word| word.starts_with('[')).count();
        let places = wanted.get(given..=(given + optional).min(wanted.len().checked_sub(1)?))?;
        let kind = |place: &&str| match place.trim_matches(['[', ']']) {
            "ID" => Some(Kind::Users),
            "GROUP" => Some(Kind::Groups),
            _ => None,
        };
        Some(places.iter().filter_map(kind).collect::<Vec<_>>())
    };
    COMMANDS.iter().filter_map(of).flatten().collect()
}

/// The names there are, those in the active chat first.
fn names(kind: Kind, peer: &Peer, active: Option<&ConversationId>) -> Vec<String> {
    match kind {
        Kind::Groups => peer.groups().keys().map(|group| format!("#{group} ")).collect(),
        Kind::Users => {
            let here: Vec<&UserId> = match active {
                Some(ConversationId::Group(group)) => {
                    peer.groups().get(group).into_iter().flat_map(Group::everyone).collect()
                }
                Some(session) => session.peer_of(peer.me()).into_iter().collect(),
                None => Vec::new(),
            };
            let here: Vec<&UserId> = here.into_iter().filter(|user| *user != peer.me()).collect();
            let others = peer.users().keys().filter(|user| !here.contains(user));
            here.iter().copied().chain(others).map(|user| format!("{user} ")).collect()
        }
    }
}
