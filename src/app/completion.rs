//! What Tab makes of the word before the cursor: names of commands, users and groups.

use super::{
    command::{COMMANDS, CommandHelp},
    model::{Model, Pane},
};
use crate::{
    domain::{ConversationId, Group, UserId},
    protocol::Peer,
};

/// Words that fit, one of which stands in the text for the time being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The words, as they are put into the text.
    pub candidates: Vec<String>,
    /// Which of them stands there.
    pub selected: usize,
}

/// Puts the next word that fits before the cursor, or the one before with a negative `by`; says whether there is
/// something to complete at all.
pub(super) fn complete(model: &mut Model, by: isize) -> bool {
    if model.focus != Pane::Chat || model.overlay.is_some() || model.chats.composer().is_empty() {
        return false;
    }
    let (replaced, completion) = if let Some(Completion { candidates, selected }) = model.completion.take() {
        let count = candidates.len();
        let replaced = candidates.get(selected).map_or(0, |word| word.chars().count());
        let selected = (selected + count).saturating_add_signed(by.signum()) % count.max(1);
        (replaced, Completion { candidates, selected })
    } else {
        let (word, candidates) = candidates(&model.chats.composer().before_cursor(), &model.peer, model.active());
        if candidates.is_empty() {
            model.info("completion-none");
            return true;
        }
        (word, Completion { candidates, selected: 0 })
    };
    let word = completion.candidates.get(completion.selected).cloned().unwrap_or_default();
    let now = model.now.tick;
    model.chats.write(now, |composer| {
        composer.replace_before_cursor(replaced, &word);
        true
    });
    // One that is alone needs no choice.
    model.completion = Some(completion).filter(|completion| completion.candidates.len() > 1);
    true
}

/// How many characters before the cursor are completed, and what they can become.
fn candidates(before: &str, peer: &Peer, active: Option<&ConversationId>) -> (usize, Vec<String>) {
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = &before[start..];
    let is_command = before.starts_with('/') && !before.starts_with("//");
    let mut found = if is_command {
        let mut found = commands(before);
        found.extend(arguments(&before[..start]).flat_map(|kind| names(kind, peer, active)));
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
    let mut found: Vec<String> = COMMANDS.iter().map(CommandHelp::beginning).collect();
    found.retain(|beginning| beginning.len() > before.len() && beginning != "//");
    found
}

/// What can stand behind these words of a command, as its description says.
fn arguments(words: &str) -> impl Iterator<Item = Kind> {
    let words = words.to_owned();
    let of = move |usage: &str, beginning: &str| {
        let given = words.strip_prefix(beginning)?.split_whitespace().count();
        let wanted: Vec<&str> = usage[beginning.trim_end().len()..].split_whitespace().collect();
        // What may be left out may also stand for the one behind it.
        let optional = wanted.iter().take_while(|word| word.starts_with('[')).count();
        let places = wanted.get(given..=(given + optional).min(wanted.len().checked_sub(1)?))?;
        let kind = |place: &&str| match place.trim_matches(['[', ']']) {
            "ID" => Some(Kind::Users),
            "GROUP" => Some(Kind::Groups),
            _ => None,
        };
        Some(places.iter().filter_map(kind).collect::<Vec<_>>())
    };
    COMMANDS.iter().filter_map(move |command| of(command.usage, &command.beginning())).flatten()
}

/// The names there are, those in the talk in front first.
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
