//! The inbox: pending requests, the history of requests, or the confirmations of requests that I sent.

use super::{row::Row, screen::Screen, text, theme::Role};
use crate::{
    app::{Action, Context, InboxView, Pane, asked, localized, request_peer},
    domain::{Direction, MessageId, Request, RequestKind, RequestState},
};

/// The indentation of all rows of a request but the first, in columns.
const INDENT: usize = 3;

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
    let mut row = screen.title(Pane::Inbox, "inbox-title");
    let view = match screen.model.inbox.view {
        InboxView::Waiting => None,
        InboxView::History => Some("inbox-history"),
        InboxView::Confirmations => Some("inbox-confirmations"),
    };
    if let Some(view) = view {
        row.push(format!("{} ", screen.translate(view)), screen.style(Role::Dim));
    }
    let waiting = screen.model.peer.waiting_requests();
    if waiting > 0 {
        row.push(format!("{waiting} "), screen.style(Role::Waiting));
    }
    row
}

/// The request that is selected while the inbox has the focus.
pub fn selected(screen: Screen<'_>) -> Option<MessageId> {
    let inbox = Some(&screen.model.inbox).filter(|_| screen.model.focus == Pane::Inbox);
    inbox.and_then(|inbox| inbox.selected(screen.peer)).map(|request| request.id)
}

/// The rows of a request. Long names are wrapped, never cut; the time is left out if there is no room. If the
/// [`selected`] request is mine and has started a session, the topic of the session follows.
pub fn rows(screen: Screen<'_>, request: &Request, selected: Option<MessageId>, columns: u16) -> Vec<Row> {
    let style = match request.direction {
        Direction::Incoming if !request.waits_for_me() => Role::Dim,
        _ => Role::Text,
    };
    let words = match request.direction {
        Direction::Incoming => incoming(screen, request),
        Direction::Outgoing => outgoing(screen, request),
    };
    let columns = usize::from(columns).saturating_sub(INDENT).max(1);
    let mut rows = Vec::new();
    for line in text::wrap(&text::safe_line(&words), columns) {
        let row = if rows.is_empty() { marked(screen, request) } else { Row::indented(INDENT) };
        rows.push(row.with(line, screen.style(style)));
    }
    let time = format!("{} ", screen.clock.time_or_day(request.answered_at.unwrap_or(request.at)));
    if let Some(last) = rows.last_mut() {
        last.push_right(time, screen.style(Role::Dim)).right_yields();
    }
    // The user needs the whole topic to follow the session with another program. Between the names of other requests it
    // would only be in the way.
    let is_selected = selected == Some(request.id);
    if let (Direction::Outgoing, Some(session), true) = (request.direction, request.session(), is_selected) {
        let topic = text::safe_line(&screen.translate(localized!("inbox-topic", topic = session.to_string())));
        let topic = text::wrap_anywhere(&topic, columns);
        rows.extend(topic.into_iter().map(|part| Row::indented(INDENT).with(part, screen.style(Role::Dim))));
    }
    rows
}

/// A request that I received: `eve wants to chat`, `denied: chat with eve`.
fn incoming(screen: Screen<'_>, request: &Request) -> String {
    let mut peer = screen.translate(request_peer(&screen.model.lookalikes, request));
    if request.times > 1 {
        peer = format!("{peer} ×{}", request.times);
    }
    let what = match &request.kind {
        RequestKind::Chat if request.is_pending() => screen.translate(localized!("inbox-chat", peer)),
        RequestKind::Chat => screen.translate(localized!("inbox-my-chat", peer)),
        RequestKind::Join(group) => format!("{peer} → #{group}"),
        RequestKind::Invite(group) => screen.translate(localized!("inbox-invite", peer, group)),
        RequestKind::Lead(group) => screen.translate(localized!("inbox-lead", peer, group)),
        RequestKind::UnknownSession(_) => screen.translate(localized!("inbox-session", peer)),
    };
    if request.is_pending() { what } else { format!("{}: {what}", screen.translate(&request.state)) }
}

/// A request of mine with its state: `accepted: invite carol to #devs`.
fn outgoing(screen: Screen<'_>, request: &Request) -> String {
    let what = screen.translate(asked(&screen.model.lookalikes, request));
    format!("{}: {what}", screen.translate(&request.state))
}

/// A row with the mark of the request's state, and the mark before the peer's ID.
fn marked(screen: Screen<'_>, request: &Request) -> Row {
    let (mark, role) = match (&request.state, request.direction) {
        (RequestState::Pending, Direction::Incoming) => ("?", Role::Waiting),
        (RequestState::Pending, Direction::Outgoing) => ("…", Role::Dim),
        (RequestState::Accepted(_), _) => ("✓", Role::Success),
        (RequestState::Denied, _) => ("✗", Role::Warning),
        (RequestState::Withdrawn | RequestState::Ignored, _) => ("–", Role::Dim),
    };
    let mut row = Row::of(format!(" {mark}"), screen.style(role));
    match &request.peer {
        Some(peer) => drop(screen.push_lookalike_mark(&mut row, peer)),
        None => drop(row.push(" ", screen.style(Role::Dim))),
    }
    row
}
