//! Panes and overlays as lists of lines.

use super::words::Words;
use crate::{
    app::{
        COMMANDS, CommandRow, Context, Groups, List, Users, answers, localized, matching_chats, outbox, request_words,
    },
    domain::{Conversation, Group, GroupStanding, Request, SearchEnd, User},
    protocol::OutboxRow,
    ui::{tabs, text},
};

/// The most hits that are printed.
const HIT_LIMIT: usize = 20;
/// So many of the latest requests are printed, and of the earlier ones those that are pending.
const REQUEST_LIMIT: usize = 20;

pub(super) fn lines(words: Words<'_>, list: &List) -> Vec<String> {
    let log = || words.model.notices.log.lines().map(|said| format!("{} {}", words.when(said.at), said.text));
    let lines = match list {
        List::Help => help(words),
        List::Users => users(words),
        List::Groups => groups(words),
        List::Inbox => inbox(words),
        List::Log => log().collect(),
        List::Outbox => waiting(words),
        List::Chats(name) => chats(words, name),
    };
    if lines.is_empty() { vec![words.translate(nothing(list))] } else { lines }
}

fn nothing(list: &List) -> &'static str {
    match list {
        List::Users => "list-users-empty",
        List::Groups => "list-groups-empty",
        List::Inbox => "list-inbox-empty",
        List::Chats(name) if name.is_empty() => "list-chats-empty",
        List::Chats(_) => "list-chats-none",
        List::Log => "list-log-empty",
        List::Help | List::Outbox => "list-nothing",
    }
}

/// The commands, then the keys that do something here.
fn help(words: Words<'_>) -> Vec<String> {
    let mut lines = vec![words.translate("list-commands")];
    let line = |command: &CommandRow| format!("{}: {}", command.usage(), words.translate(command.description));
    lines.extend(COMMANDS.iter().map(line));
    lines.push(words.translate("list-keys"));
    for context in [Context::Composer, Context::Global] {
        for (action, keys) in words.model.keymap.bindings(context) {
            if action.missing_in_lines().is_some() {
                continue;
            }
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            let keys = keys.join(&format!(" {} ", words.translate("or")));
            lines.push(format!("{keys}: {}", words.translate(action.text())));
        }
    }
    lines
}

fn users(words: Words<'_>) -> Vec<String> {
    let peer = &words.model.peer;
    let line =
        |user: &&User| words.translate(localized!("list-user", user = user.id, about = words.whereabouts(&user.id)));
    Users::list(peer).iter().map(line).collect()
}

fn groups(words: Words<'_>) -> Vec<String> {
    let peer = &words.model.peer;
    let line = |group: &&Group| {
        let is_outside = group.standing(peer.me()) == GroupStanding::Outsider;
        let enter = if is_outside { format!(". /join {}", group.name) } else { String::new() };
        words.translate(localized!("list-group", group = group.name, about = words.members(group) + &enter))
    };
    Groups::list(peer).iter().map(line).collect()
}

/// Requests of both directions, the oldest first, so that the latest is read last.
fn inbox(words: Words<'_>) -> Vec<String> {
    let requests: Vec<&Request> = words.model.peer.requests().collect();
    let latest = requests.len().saturating_sub(REQUEST_LIMIT);
    let (earlier, latest) = requests.split_at(latest);
    let shown = earlier.iter().filter(|request| request.is_pending()).chain(latest);
    shown.map(|request| asked(words, request)).collect()
}

fn asked(words: Words<'_>, request: &Request) -> String {
    let what = words.translate(request_words(&words.model.lookalikes, request));
    let state = if request.waits_for_me() {
        words.translate(answers(request))
    } else {
        format!(": {}", words.translate(&request.state))
    };
    let what = format!("{} {what}{state}", words.when(request.answered_at.unwrap_or(request.at)));
    words.translate(localized!("list-inbox", what))
}

/// The outbox, with the numbers that commands take.
fn waiting(words: Words<'_>) -> Vec<String> {
    let peer = &words.model.peer;
    let line = |(place, row): (usize, &OutboxRow)| {
        let (to, what) = outbox::words(peer, row);
        let state = match &row.failure {
            Some(why) => words.translate(localized!("outbox-refused", why = words.translate(why))),
            None => words.translate("outbox-waits"),
        };
        let what = words.translate(what);
        let what = text::first_line(&what);
        words.translate(localized!("list-outbox", number = place + 1, to, what, state))
    };
    peer.outbox().enumerate().map(line).chain([words.translate("list-outbox-help")]).collect()
}

fn chats(words: Words<'_>, name: &str) -> Vec<String> {
    let chats = matching_chats(&words.model.peer, name.trim_start_matches('#'));
    chats.into_iter().rev().map(|chat| line_of(words, chat)).collect()
}

fn line_of(words: Words<'_>, chat: &Conversation) -> String {
    let note = tabs::note(chat.phase).map(|note| words.translate(note));
    let unread = (chat.unread > 0).then(|| words.translate(localized!("header-unread", count = chat.unread)));
    let is_active = words.model.chats.active_chat() == Some(&chat.id);
    let active = is_active.then(|| words.translate("lines-active"));
    let (name, when) = (chat.id.name(words.model.peer.me()), words.when(chat.active));
    let parts = [note, unread, active, Some(when)].into_iter().flatten();
    let about = parts.fold(String::new(), |about, part| about + ", " + &part);
    words.translate(localized!("lines-chat", name, about))
}

/// The hits of a search, the latest last.
pub(super) fn found(words: Words<'_>) -> Vec<String> {
    let search = &words.model.search;
    let hits = search.hits.iter().take(HIT_LIMIT).rev().map(|hit| {
        let message = words.message_elsewhere(&hit.conversation, &hit.message);
        words.translate(localized!("list-found", message))
    });
    let count = search.hits.len();
    let found = words.translate(match &search.end {
        Some(SearchEnd::Failed(why)) => localized!("search-then", count, why),
        Some(SearchEnd::TooMuch) => localized!("search-more", count),
        _ if count == 0 => localized!("search-nothing"),
        _ => localized!("search-found", count),
    });
    let has_more = count > HIT_LIMIT && !matches!(search.end, Some(SearchEnd::Failed(_)));
    let above = has_more.then(|| words.translate(localized!("list-hits-above", count = HIT_LIMIT)));
    let found = [Some(found), above].into_iter().flatten().collect::<Vec<_>>().join(", ");
    hits.chain([words.translate(localized!("list-search", found))]).collect()
}
