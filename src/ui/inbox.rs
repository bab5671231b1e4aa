//! Requests: pending ones, the history, and confirmations of mine.

use super::{row::Row, screen::Screen, text, theme::Role};
use crate::{
    app::{Action, Context, InboxView, Pane, asked, localized},
    domain::{Direction, Request, RequestKind, RequestState},
};

const TOPIC_INDENT: &str = "   ";

/// The text of an empty pane: how to get the first entry.
pub fn empty(screen: Screen<'_>) -> String {
    let key = |action| screen.key(Context::Inbox, action);
    match screen.model.inbox.view {
        InboxView::Waiting => {
            let (history, confirmations) = (key(Action::History), key(Action::Confirmations));
            screen.translate(localized!("inbox-empty", history, confirmations))
        }
        InboxView::History => screen.translate(localized!("inbox-history-empty", key = key(Action::Waiting))),
        InboxView::Confirmations => {
            screen.translate(localized!("inbox-confirmations-empty", key = key(Action::Waiting)))
        }
    }
}

/// `Inbox 2`
pub fn title(screen: Screen<'_>) -> Row {
    let mut row = Row::new();
    row.push(format!(" {} ", screen.translate("inbox-title")), screen.title(Pane::Inbox));
    match screen.model.inbox.view {
        InboxView::Waiting => {}
        InboxView::History => {
            row.push(format!("{} ", screen.translate("inbox-history")), screen.style(Role::Dim));
        }
        InboxView::Confirmations => {
            row.push(format!("{} ", screen.translate("inbox-confirmations")), screen.style(Role::Dim));
        }
    }
    let waiting = screen.model.waiting_requests();
    if waiting > 0 {
        row.push(format!("{waiting} "), screen.style(Role::Waiting));
    }
    row
}

/// How many rows of `columns` a request takes.
pub fn height(screen: Screen<'_>, request: &Request, columns: u16) -> u16 {
    u16::try_from(rows(screen, request, columns).len()).unwrap_or(u16::MAX)
}

/// The rows of a request: names are shown whole, in further rows where they need them; the time gives way first. A session
/// that came of a request of mine shows its topic below.
pub fn rows(screen: Screen<'_>, request: &Request, columns: u16) -> Vec<Row> {
    let style = match request.direction {
        Direction::Incoming if !request.waits_for_me() => Role::Dim,
        _ => Role::Text,
    };
    let words = match request.direction {
        Direction::Incoming => incoming(screen, request),
        Direction::Outgoing => outgoing(screen, request),
    };
    let mut rows = Vec::new();
    for line in text::wrap(&text::safe_line(&words), usize::from(columns).saturating_sub(TOPIC_INDENT.len()).max(1)) {
        let mut row = if rows.is_empty() { marked(screen, request) } else { indented(screen) };
        row.push(line, screen.style(style));
        rows.push(row);
    }
    let time = format!("{} ", screen.clock.time_or_day(request.answered_at.unwrap_or(request.at)));
    if let Some(last) = rows.last_mut() {
        last.push_right(time, screen.style(Role::Dim)).right_yields();
    }
    rows.extend(topic(request, columns).into_iter().map(|words| {
        let mut row = indented(screen);
        row.push(words, screen.style(Role::Dim));
        row
    }));
    rows
}

fn indented(screen: Screen<'_>) -> Row {
    let mut row = Row::new();
    row.push(TOPIC_INDENT, screen.style(Role::Dim));
    row
}

/// The whole topic of the session in rows: one needs it to follow the session with another program.
fn topic(request: &Request, columns: u16) -> Vec<String> {
    let columns = usize::from(columns).saturating_sub(TOPIC_INDENT.len()).max(1);
    match (request.direction, request.session()) {
        (Direction::Outgoing, Some(session)) => text::wrap_anywhere(&text::safe_line(&session.to_string()), columns),
        _ => Vec::new(),
    }
}

/// A request that came in: `eve wants to chat`, `denied: chat with eve`.
fn incoming(screen: Screen<'_>, request: &Request) -> String {
    let mut peer = peer(screen, request);
    if request.times > 1 {
        peer = format!("{peer} ×{}", request.times);
    }
    let what = match &request.kind {
        RequestKind::Talk if request.is_pending() => screen.translate(localized!("inbox-chat", peer)),
        RequestKind::Talk => screen.translate(localized!("inbox-my-chat", peer)),
        RequestKind::Join(group) => format!("{peer} → #{group}"),
        RequestKind::Invite(group) => screen.translate(localized!("inbox-invite", peer, group)),
        RequestKind::Lead(group) => screen.translate(localized!("inbox-lead", peer, group)),
        RequestKind::Session(_) => screen.translate(localized!("inbox-session", peer)),
    };
    if request.is_pending() { what } else { format!("{}: {what}", state(screen, request)) }
}

/// A request of mine with its state: `accepted: invite carol to #devs`.
fn outgoing(screen: Screen<'_>, request: &Request) -> String {
    let what = screen.translate(asked(&screen.model.lookalikes, request));
    format!("{}: {what}", state(screen, request))
}

fn state(screen: Screen<'_>, request: &Request) -> String {
    screen.translate(match request.state {
        RequestState::Pending => "answer-asked",
        RequestState::Accepted(_) => "answer-accepted",
        RequestState::Denied => "answer-denied",
        RequestState::Withdrawn => "answer-withdrawn",
        RequestState::Ignored => "answer-ignored",
    })
}

fn marked(screen: Screen<'_>, request: &Request) -> Row {
    let (mark, role) = match (&request.state, request.direction) {
        (RequestState::Pending, Direction::Incoming) => ("?", Role::Waiting),
        (RequestState::Pending, Direction::Outgoing) => ("…", Role::Dim),
        (RequestState::Accepted(_), _) => ("✓", Role::Success),
        (RequestState::Denied, _) => ("✗", Role::Warning),
        (RequestState::Withdrawn | RequestState::Ignored, _) => ("–", Role::Dim),
    };
    let mut row = Row::new();
    row.push(format!(" {mark}"), screen.style(role));
    match &request.peer {
        Some(peer) => {
            screen.push_doubt(&mut row, peer);
        }
        None => {
            row.push(" ", screen.style(Role::Dim));
        }
    }
    row
}

fn peer(screen: Screen<'_>, request: &Request) -> String {
    // An invitation that was typed by hand does not name its sender.
    let called = |peer| screen.translate(screen.model.lookalikes.called(peer));
    request.peer.as_ref().map_or_else(|| screen.translate("somebody"), called)
}
