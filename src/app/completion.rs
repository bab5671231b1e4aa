//! Tab completion before the cursor: names of commands, aliases, users, groups and chats, keys and values of settings,
//! and the words that a command takes.

use std::collections::BTreeSet;

use super::{
    actions::settings::THEME,
    command::{COMMANDS, CommandRow},
    event::{Event, info},
    setting::{Aliases, SETTINGS, SettingRow},
    state::Chats,
};
use crate::{
    domain::{ChatId, Group, Request, Tick, UserId, is_destructive},
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
        let (replaced, candidates) = candidates(chats.composer().before_cursor(), known, chats.active_chat());
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

/// The number of characters before the cursor that a candidate replaces, and the candidates. A candidate replaces the
/// last word, in the name of a command such as `group invite`, too.
fn candidates(before: &str, known: Known<'_>, active: Option<&ChatId>) -> (usize, Vec<String>) {
    let Known { peer, aliases } = known;
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = &before[start..];
    let is_command = before.starts_with('/') && !before.starts_with("//");
    let mut found = if is_command {
        let skipped = before[..start].chars().count();
        let names = longer_commands(before, aliases).into_iter().map(|name| name.chars().skip(skipped).collect());
        expected_words(&before[..start], known, active).into_iter().chain(names).collect()
    } else if word.is_empty() {
        Vec::new()
    } else if word.starts_with('#') {
        groups(peer)
    } else {
        // At the start of a message a name addresses the user: `bob: `.
        let end = if start == 0 { ": " } else { " " };
        users(peer, active).into_iter().map(|user| format!("{user}{end}")).collect()
    };
    // A mention begins with `@`, in a message and as an argument.
    if word.starts_with('@') {
        found.extend(users(peer, active).into_iter().map(|user| format!("@{user} ")));
    }
    let begins = |candidate: &str| {
        let mut letters = candidate.chars().flat_map(char::to_lowercase);
        word.chars().flat_map(char::to_lowercase).all(|letter| letters.next() == Some(letter))
    };
    // The argument of a command names a group with or without its `#`.
    let is_match =
        |candidate: &String| begins(candidate) || is_command && candidate.strip_prefix('#').is_some_and(&begins);
    let mut seen = BTreeSet::new();
    found.retain(|candidate| is_match(candidate) && seen.insert(candidate.clone()));
    (word.chars().count(), found)
}

/// The commands and the user's aliases that begin with the text and are longer. Their names may still be incomplete in
/// the composer. A command has one candidate: its name, or else the first of its other names that begins with the text.
/// The command that the text names comes first, and those that may lose or end something come last.
fn longer_commands(before: &str, aliases: &Aliases) -> Vec<String> {
    let written = before.to_lowercase();
    let is_longer = |prefix: &String| prefix.len() > before.len() && prefix.starts_with(&written) && prefix != "//";
    // The second word of a name, such as `clear` of `inbox clear`, follows a command only after a space.
    let is_second = |name: &str| {
        let first = name.split_once(' ').map(|(first, _)| first);
        first.is_some_and(|first| !written.contains(' ') && COMMANDS.iter().any(|row| row.has_name(first)))
    };
    let candidate = |row: &CommandRow| {
        let exact = row.names().find(|name| written[1..] == **name);
        let longer =
            row.names().find(|name| !is_second(name) && *name != &written[1..] && is_longer(&row.prefix_as(name)));
        let name = longer.or(exact)?;
        // `/clear` only scrolls the messages out of view.
        let is_last = is_destructive(row.name) && row.name != "clear";
        let rank = (exact.is_none(), is_last, name != row.name);
        Some((rank, row.prefix_as(name))).filter(|(_, prefix)| is_longer(prefix))
    };
    let own = aliases.keys().map(|alias| ((true, false, false), format!("/{alias} ")));
    let own = own.filter(|(_, prefix)| is_longer(prefix));
    let mut found: Vec<_> = COMMANDS.iter().filter_map(candidate).collect();
    // Other names would only lengthen the list where the name of a harmless command begins with the text.
    if found.iter().any(|((_, is_last, is_other), _)| !is_last && !is_other) {
        found.retain(|((is_partial, _, is_other), _)| !is_partial || !is_other);
    }
    found.extend(own);
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, prefix)| prefix).collect()
}

/// The words that the command in `words` accepts as its next argument.
fn expected_words(words: &str, known: Known<'_>, active: Option<&ChatId>) -> Vec<String> {
    let words = words.to_lowercase();
    let expected_by = |(command, name): (&CommandRow, &str)| {
        let given = words.strip_prefix(&command.prefix_as(name))?;
        let argument = Argument { command, last: given.split_whitespace().next_back().unwrap_or_default(), active };
        let given = given.split_whitespace().count();
        let parameters: Vec<&str> = command.parameters.split_whitespace().collect();
        // Optional parameters at the start may have been left out: with `[GROUP] ID`, the first word may be either.
        // Those at the end are in order: with `[KEY] [VALUE]`, the first word is the key.
        let optional = parameters.iter().take_while(|word| word.starts_with('[')).count();
        let skipped = if optional < parameters.len() { optional } else { 0 };
        let next = parameters.get(given..=(given + skipped).min(parameters.len().checked_sub(1)?))?;
        // The group is mostly that of the chat, so users come first.
        Some(next.iter().rev().flat_map(|parameter| argument.words(parameter, known)).collect::<Vec<_>>())
    };
    let names = COMMANDS.iter().flat_map(|row| row.names().map(move |name| (row, name)));
    names.filter_map(expected_by).flatten().collect()
}

/// An argument to complete.
struct Argument<'a> {
    command: &'a CommandRow,
    /// The argument before it.
    last: &'a str,
    active: Option<&'a ChatId>,
}

impl<'a> Argument<'a> {
    /// The words that a parameter takes.
    fn words(&self, parameter: &str, Known { peer, aliases }: Known<'a>) -> Vec<String> {
        let names = |users: Vec<&UserId>| users.into_iter().map(|user| format!("{user} ")).collect::<Vec<_>>();
        let spaced = |words: &[&str]| words.iter().map(|word| format!("{word} ")).collect::<Vec<_>>();
        let commands = || COMMANDS.iter().filter(|row| row.name != "/").map(|row| format!("{} ", row.name)).collect();
        match parameter.trim_matches(['[', ']']) {
            "ID" => names(self.users(peer)),
            "GROUP" if matches!(self.command.name, "accept" | "deny") => waiting_groups(peer, self.last),
            "GROUP" => groups(peer),
            "NAME" => [names(users(peer, self.active)), groups(peer)].concat(),
            "N|NAME" => peer.chats().map(|chat| format!("{} ", chat.id())).collect(),
            "KEY" => spaced(&SETTINGS.iter().map(|row| row.key).collect::<Vec<_>>()),
            "VALUE" => SettingRow::find(self.last).map(|row| spaced(row.words())).unwrap_or_default(),
            "THEME" => SettingRow::find(THEME).map(|row| spaced(row.words())).unwrap_or_default(),
            "ALIAS" => aliases.keys().map(|alias| format!("{alias} ")).collect(),
            "WORD" | "COMMAND" => commands(),
            words if words.contains('|') => spaced(&words.split('|').collect::<Vec<_>>()),
            _ => Vec::new(),
        }
    }

    /// The users that the command can be about.
    fn users(&self, peer: &'a Peer) -> Vec<&'a UserId> {
        let named = self.last.trim_start_matches('#');
        let group = peer.groups().values().find(|group| match self.active {
            _ if !named.is_empty() => group.name.as_str().to_lowercase() == named,
            Some(ChatId::Group(active)) => group.name == *active,
            _ => false,
        });
        let is_member = |user: &UserId| group.is_some_and(|group| group.includes(user));
        let is_asking = |user: &UserId, is_asked: fn(&Request) -> bool| {
            peer.requests().any(|request| is_asked(request) && request.peer.as_ref() == Some(user))
        };
        let is_possible = |user: &UserId| match self.command.name {
            "accept" | "deny" => is_asking(user, Request::waits_for_me),
            "withdraw" => is_asking(user, Request::waits_for_peer),
            "unblock" => peer.users().get(user).is_some_and(|user| user.is_blocked),
            "group invite" => user != peer.me() && !is_member(user),
            "group kick" | "group lead" => group.is_none() || user != peer.me() && is_member(user),
            _ => true,
        };
        users(peer, self.active).into_iter().filter(|user| is_possible(user)).collect()
    }
}

/// The groups that pending requests of a user are about.
fn waiting_groups(peer: &Peer, user: &str) -> Vec<String> {
    let from = |request: &&Request| request.peer.as_ref().is_some_and(|peer| peer.as_str().to_lowercase() == user);
    let waiting = peer.requests().filter(|request| request.waits_for_me()).filter(from);
    waiting.filter_map(|request| request.kind.group()).map(|group| format!("#{group} ")).collect()
}

fn groups(peer: &Peer) -> Vec<String> {
    peer.groups().keys().map(|group| format!("#{group} ")).collect()
}

/// All known users. Those of the active chat come first.
fn users<'p>(peer: &'p Peer, active: Option<&'p ChatId>) -> Vec<&'p UserId> {
    let here: Vec<&UserId> = match active {
        Some(ChatId::Group(group)) => peer.groups().get(group).into_iter().flat_map(Group::everyone).collect(),
        Some(ChatId::User(user)) => vec![user],
        None => Vec::new(),
    };
    let here: Vec<&UserId> = here.into_iter().filter(|user| *user != peer.me()).collect();
    let others = peer.users().keys().filter(|user| !here.contains(user));
    here.iter().copied().chain(others).collect()
}
