//! Prints panes and overlays as lists of lines.

use super::formatter::LineFormatter;
use crate::{
    app::{
        COMMANDS, CommandRow, Context, Groups, LineModeList, LocalizedText, SETTINGS, SettingRow, Users, answers,
        localized, matches_filter, matching_chats, outbox, request_words, shown_value,
    },
    domain::{ChatId, Group, GroupStanding, Request, SearchEnd, User},
    protocol::{Chat, OutboxRow},
    ui::{chat::sessions, tabs, text, whois},
};

/// The most search results that are printed.
const HIT_LIMIT: usize = 20;
/// The number of latest requests that are printed. Earlier requests are printed only while they are pending.
const REQUEST_LIMIT: usize = 20;

pub(super) fn lines(formatter: LineFormatter<'_>, list: &LineModeList) -> Vec<String> {
    let log =
        || formatter.model.notices.log.lines().map(|entry| format!("{} {}", formatter.when(entry.at), entry.text));
    let lines = match list {
        LineModeList::Help(filter) => help(formatter, filter),
        LineModeList::Settings => settings(formatter),
        LineModeList::Whois(subject) => whois_lines(formatter, subject),
        LineModeList::Users => users(formatter),
        LineModeList::Groups => groups(formatter),
        LineModeList::Inbox => inbox(formatter),
        LineModeList::Log => log().collect(),
        LineModeList::Outbox => outbox_lines(formatter),
        LineModeList::Chats(name) => chats(formatter, name),
    };
    if lines.is_empty() { vec![formatter.translate(empty(list))] } else { lines }
}

/// The text key for an empty list.
fn empty(list: &LineModeList) -> &'static str {
    match list {
        LineModeList::Users => "list-users-empty",
        LineModeList::Groups => "list-groups-empty",
        LineModeList::Inbox => "list-inbox-empty",
        LineModeList::Chats(name) if name.is_empty() => "list-chats-empty",
        LineModeList::Chats(_) => "list-chats-none",
        LineModeList::Log => "list-log-empty",
        LineModeList::Help(_) | LineModeList::Settings | LineModeList::Whois(_) | LineModeList::Outbox => {
            "list-nothing"
        }
    }
}

/// The user's aliases, the commands, then the keys that work in line mode: those that match the filter.
fn help(formatter: LineFormatter<'_>, filter: &str) -> Vec<String> {
    let section = |title: &'static str, entries: Vec<String>| {
        let title = formatter.translate(title);
        let entries = entries.into_iter().filter(|entry| matches_filter(&format!("{title} {entry}"), filter));
        let entries: Vec<String> = entries.collect();
        (!entries.is_empty()).then_some(title).into_iter().chain(entries).collect::<Vec<_>>()
    };
    let aliases = formatter.model.aliases.iter().map(|(name, text)| format!("/{name}: {text}")).collect();
    let command = |command: &CommandRow| {
        let names = [vec![command.usage()], command.typed_aliases()].concat();
        format!("{}: {}", names.join(", "), formatter.translate(command.description))
    };
    let commands = COMMANDS.iter().map(command).collect();
    [section("help-aliases", aliases), section("list-commands", commands), section("list-keys", keys(formatter))]
        .concat()
}

fn keys(formatter: LineFormatter<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for context in [Context::Empty, Context::Composer, Context::Global] {
        for (action, keys) in formatter.model.keymap.bindings(context) {
            if action.missing_in_lines().is_some() {
                continue;
            }
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            let keys = keys.join(&format!(" {} ", formatter.translate("or")));
            lines.push(format!("{keys}: {}", formatter.translate(action.text())));
        }
    }
    lines
}

fn settings(formatter: LineFormatter<'_>) -> Vec<String> {
    let line = |row: &SettingRow| {
        let value = shown_value(row.value(&formatter.model.configured));
        formatter.translate(localized!(
            "list-settings",
            key = row.key,
            value,
            about = LocalizedText::from(row.description)
        ))
    };
    SETTINGS.iter().map(line).collect()
}

fn whois_lines(formatter: LineFormatter<'_>, subject: &ChatId) -> Vec<String> {
    let lines = whois::lines(formatter.model, formatter.clock, subject).into_iter();
    lines.map(|(label, value)| format!("{subject}: {label}: {value}")).collect()
}

fn users(formatter: LineFormatter<'_>) -> Vec<String> {
    let peer = &formatter.model.peer;
    let line = |user: &&User| {
        formatter.translate(localized!("list-user", user = user.id, about = formatter.about_user(&user.id)))
    };
    Users::list(peer).iter().map(line).chain(as_of(formatter)).collect()
}

fn groups(formatter: LineFormatter<'_>) -> Vec<String> {
    let peer = &formatter.model.peer;
    let line = |group: &&Group| {
        let is_outside = group.standing(peer.me()) == GroupStanding::Outsider;
        let join = if is_outside { format!(". /join {}", group.name) } else { String::new() };
        formatter.translate(localized!("list-group", group = group.name, about = formatter.members(group) + &join))
    };
    Groups::list(peer).iter().map(line).chain(as_of(formatter)).collect()
}

/// When the list was read, if papo does not follow all users and groups.
fn as_of(formatter: LineFormatter<'_>) -> Option<String> {
    let at = formatter.model.peer.directory_as_of()?;
    Some(formatter.translate(localized!("lines-as-of", time = formatter.clock.time(at))))
}

/// Incoming and outgoing requests, the latest last, next to the prompt.
fn inbox(formatter: LineFormatter<'_>) -> Vec<String> {
    let requests: Vec<&Request> = formatter.model.peer.requests().collect();
    let latest = requests.len().saturating_sub(REQUEST_LIMIT);
    let (earlier, latest) = requests.split_at(latest);
    let shown = earlier.iter().filter(|request| request.is_pending()).chain(latest);
    shown.map(|request| request_line(formatter, request)).collect()
}

fn request_line(formatter: LineFormatter<'_>, request: &Request) -> String {
    let what = formatter.translate(request_words(&formatter.model.lookalikes, request));
    let state = if request.waits_for_me() {
        formatter.translate(answers(request))
    } else {
        format!(": {}", formatter.translate(&request.state))
    };
    let what = format!("{} {what}{state}", formatter.when(request.answered_at.unwrap_or(request.at)));
    formatter.translate(localized!("list-inbox", what))
}

/// The outbox, with the numbers that commands take.
fn outbox_lines(formatter: LineFormatter<'_>) -> Vec<String> {
    let peer = &formatter.model.peer;
    let line = |(index, row): (usize, &OutboxRow)| {
        let (to, what) = outbox::words(peer, row);
        let state = match (&row.failure, outbox::reason_to_wait(peer, row)) {
            (Some(why), _) => formatter.translate(localized!("outbox-refused", why = formatter.translate(why))),
            (None, Some(why)) => {
                formatter.translate(localized!("outbox-waits-because", why = formatter.translate(why)))
            }
            (None, None) => formatter.translate("outbox-waits"),
        };
        let what = formatter.translate(what);
        let what = text::first_line(&what);
        formatter.translate(localized!("list-outbox", number = index + 1, to, what, state))
    };
    peer.outbox().enumerate().map(line).chain([formatter.translate("list-outbox-help")]).collect()
}

fn chats(formatter: LineFormatter<'_>, name: &str) -> Vec<String> {
    let chats = matching_chats(&formatter.model.peer, name.trim_start_matches('#'));
    chats.into_iter().rev().map(|chat| chat_line(formatter, &chat)).collect()
}

fn chat_line(formatter: LineFormatter<'_>, chat: &Chat<'_>) -> String {
    let note = tabs::note(chat.phase()).map(|note| formatter.translate(note));
    let unread = chat.unread();
    let unread = (unread > 0).then(|| formatter.translate(localized!("header-unread", count = unread)));
    let is_active = formatter.model.chats.active_chat() == Some(chat.id());
    let active = is_active.then(|| formatter.translate("lines-active"));
    let (name, when) = (chat.id().to_string(), formatter.when(chat.active()));
    let parts = [note, unread, active, Some(when)].into_iter().flatten();
    let about = parts.fold(String::new(), |about, part| about + ", " + &part);
    formatter.translate(localized!("lines-chat", name, about))
}

/// The results of a search, the latest last.
pub(super) fn found(formatter: LineFormatter<'_>) -> Vec<String> {
    let search = &formatter.model.search;
    let hits = search.hits.iter().take(HIT_LIMIT).rev().map(|hit| {
        let chat = formatter.model.peer.chat(&hit.chat);
        let phase = chat.and_then(|chat| sessions::phase_at(&chat, hit.position));
        let message = formatter.message_elsewhere(&hit.chat, &hit.message, phase);
        formatter.translate(localized!("list-found", message))
    });
    let count = search.hits.len();
    let found = formatter.translate(match &search.end {
        Some(SearchEnd::Failed(why)) => localized!("search-then", count, why),
        Some(SearchEnd::TooMuch) => localized!("search-more", count),
        _ if count == 0 => localized!("search-nothing"),
        _ => localized!("search-found", count),
    });
    let has_more = count > HIT_LIMIT && !matches!(search.end, Some(SearchEnd::Failed(_)));
    let above = has_more.then(|| formatter.translate(localized!("list-hits-above", count = HIT_LIMIT)));
    let found = [Some(found), above].into_iter().flatten().collect::<Vec<_>>().join(", ");
    hits.chain([formatter.translate(localized!("list-search", found))]).collect()
}
