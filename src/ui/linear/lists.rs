//! What is a pane or an overlay elsewhere, as lines.

use super::words::Words;
use crate::{
    app::{COMMANDS, Context, Groups, List, Talks, Users, answers, asks, outbox},
    domain::{Conversation, Direction, End, GroupStanding, Request, RequestState},
    ui::tabs,
};

/// More that was found is not printed.
const HITS: usize = 20;
/// Of what was asked, so much of the latest is printed, and of the rest what waits.
const ASKED: usize = 20;

pub(super) fn lines(words: Words<'_>, list: &List, lines: &mut Vec<String>) {
    let before = lines.len();
    match list {
        List::Help => help(words, lines),
        List::Users => users(words, lines),
        List::Groups => groups(words, lines),
        List::Inbox => inbox(words, lines),
        List::Log => lines.extend(words.model.log.lines().map(|said| format!("{} {}", words.when(said.at), said.text))),
        List::Outbox => waiting(words, lines),
        List::Talks(name) => talks(words, name, lines),
    }
    if lines.len() == before {
        lines.push(nothing(list).to_owned());
    }
}

fn nothing(list: &List) -> &'static str {
    match list {
        List::Users => "users: nobody has shown up yet. /request ID asks somebody whose id you know",
        List::Groups => "groups: none yet. /group new NAME creates one",
        List::Inbox => "inbox: nothing has been asked yet",
        List::Talks(name) if name.is_empty() => "talks: none yet. /request ID asks for one",
        List::Talks(_) => "talks: none has such a name",
        List::Log => "papo: nothing has been said so far",
        List::Help | List::Outbox => "nothing",
    }
}

/// The commands, then the keys that do something here.
fn help(words: Words<'_>, lines: &mut Vec<String>) {
    lines.push("commands:".to_owned());
    lines.extend(COMMANDS.iter().map(|command| format!("{}: {}", command.usage, command.desc)));
    lines.push("keys:".to_owned());
    for context in [Context::Composer, Context::Global] {
        for (action, keys) in words.model.keymap.bindings(context) {
            if !action.works_in_lines() {
                continue;
            }
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            lines.push(format!("{}: {}", keys.join(" or "), action.desc()));
        }
    }
}

fn users(words: Words<'_>, lines: &mut Vec<String>) {
    let peer = &words.model.peer;
    lines.extend(Users::list(peer).iter().map(|user| format!("user: {}, {}", user.id, words.whereabouts(&user.id))));
}

fn groups(words: Words<'_>, lines: &mut Vec<String>) {
    let peer = &words.model.peer;
    lines.extend(Groups::list(peer).iter().map(|group| {
        let is_outside = group.standing(peer.me()) == GroupStanding::Outsider;
        let enter = if is_outside { format!(". /join {}", group.name) } else { String::new() };
        format!("group: #{}, {}{enter}", group.name, words.members(group))
    }));
}

/// What came and what was asked, the oldest first, so that the latest is the last that is read.
fn inbox(words: Words<'_>, lines: &mut Vec<String>) {
    let requests: Vec<&Request> = words.model.peer.requests().collect();
    let latest = requests.len().saturating_sub(ASKED);
    let (earlier, latest) = requests.split_at(latest);
    let shown = earlier.iter().filter(|request| request.is_pending()).chain(latest);
    lines.extend(shown.map(|request| asked(words, request)));
}

fn asked(words: Words<'_>, request: &Request) -> String {
    let who = request.peer.as_ref().map_or("somebody", |peer| peer.as_str());
    let what = match (request.direction, request.kind.group()) {
        (Direction::Incoming, _) => asks(request),
        (Direction::Outgoing, None) => format!("you asked {who} for a talk"),
        (Direction::Outgoing, Some(group)) => format!("you asked {who} about #{group}"),
    };
    let state = match request.state {
        RequestState::Pending if request.waits_for_me() => answers(request),
        RequestState::Pending => ": no answer yet".to_owned(),
        RequestState::Accepted(_) => ": accepted".to_owned(),
        RequestState::Denied => ": denied".to_owned(),
        RequestState::Withdrawn => ": withdrawn".to_owned(),
        RequestState::Ignored => ": ignored".to_owned(),
    };
    format!("inbox: {} {what}{state}", words.when(request.answered_at.unwrap_or(request.at)))
}

/// With their numbers, which commands take.
fn waiting(words: Words<'_>, lines: &mut Vec<String>) {
    let peer = &words.model.peer;
    for (place, row) in peer.outbox().enumerate() {
        let (to, what) = outbox::words(peer, row);
        let state = row.failure.as_ref().map_or_else(|| "waits".to_owned(), |why| format!("refused: {why}"));
        let what = what.lines().next().unwrap_or_default();
        lines.push(format!("outbox {}: to {to}: {what} ({state})", place + 1));
    }
    lines.push("outbox: /resend N sends one again, /edit N takes it back, /drop N forgets it".to_owned());
}

fn talks(words: Words<'_>, name: &str, lines: &mut Vec<String>) {
    let talks = Talks::named(name.trim_start_matches('#'));
    for talk in talks.list(&words.model.peer).into_iter().rev() {
        lines.push(line_of(words, talk));
    }
}

fn line_of(words: Words<'_>, talk: &Conversation) -> String {
    let state = tabs::note(talk.phase).map_or_else(String::new, |note| format!(", {note}"));
    let unread = if talk.unread > 0 { format!(", {} unread", talk.unread) } else { String::new() };
    let front = if words.model.active() == Some(&talk.id) { ", in front" } else { "" };
    let (name, at) = (talk.id.name(words.model.me()), words.when(talk.active));
    format!("talk: {name}{state}{unread}{front}, {at}")
}

/// What a search has found, the latest last.
pub(super) fn found(words: Words<'_>, lines: &mut Vec<String>) {
    let search = &words.model.search;
    for hit in search.hits.iter().take(HITS).rev() {
        lines.push(format!("found: {}", words.message_elsewhere(&hit.conversation, &hit.message)));
    }
    let count = search.hits.len();
    let more = if count > HITS { format!(", the latest {HITS} are above") } else { String::new() };
    lines.push(match &search.end {
        Some(End::Failed(why)) => format!("search: {count} found, then: {why}"),
        Some(End::TooMuch) => format!("search: more than {count} found{more}"),
        _ if count == 0 => "search: nothing found".to_owned(),
        _ => format!("search: {count} found{more}"),
    });
}
