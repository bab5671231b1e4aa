//! Requests: what waits for an answer, what came before, and what others answered me.

use ratatui::style::Style;

use super::{row::Row, screen::Screen, text, theme::Role};
use crate::{
    app::{Action, Context, InboxView, Pane},
    domain::{Direction, Request, RequestKind, RequestState, phrase},
};

const TOPIC_INDENT: &str = "   ";

/// What an empty pane says.
pub fn empty(screen: Screen<'_>) -> String {
    let key = |action| screen.key(Context::Inbox, action);
    match screen.model.inbox.view {
        InboxView::Waiting => {
            let (history, confirmations) = (key(Action::History), key(Action::Confirmations));
            screen.say(phrase!("inbox-empty", history, confirmations))
        }
        InboxView::History => screen.say(phrase!("inbox-history-empty", key = key(Action::Waiting))),
        InboxView::Confirmations => screen.say(phrase!("inbox-confirmations-empty", key = key(Action::Waiting))),
    }
}

/// `Inbox 2`
pub fn title(screen: Screen<'_>) -> Row {
    let mut row = Row::new();
    row.push(format!(" {} ", screen.say("inbox-title")), screen.title(Pane::Inbox));
    match screen.model.inbox.view {
        InboxView::Waiting => {}
        InboxView::History => {
            row.push(format!("{} ", screen.say("inbox-history")), screen.style(Role::Dim));
        }
        InboxView::Confirmations => {
            row.push(format!("{} ", screen.say("inbox-confirmations")), screen.style(Role::Dim));
        }
    }
    let waiting = screen.model.waiting_requests();
    if waiting > 0 {
        row.push(format!("{waiting} "), screen.style(Role::Waiting));
    }
    row
}

/// How many of `columns` wide rows a request takes: a talk that came of a request of mine shows its topic below.
pub fn height(request: &Request, columns: u16) -> u16 {
    u16::try_from(1 + topic(request, columns).len()).unwrap_or(u16::MAX)
}

/// The rows of a request.
pub fn rows(screen: Screen<'_>, request: &Request, columns: u16) -> Vec<Row> {
    match request.direction {
        Direction::Incoming => vec![incoming(screen, request)],
        Direction::Outgoing => outgoing(screen, request, columns),
    }
}

/// The whole topic of the session that was made, in rows: it is what one needs to know to follow it elsewhere.
fn topic(request: &Request, columns: u16) -> Vec<String> {
    let columns = usize::from(columns).saturating_sub(TOPIC_INDENT.len()).max(1);
    match (request.direction, request.session()) {
        (Direction::Outgoing, Some(session)) => text::wrap_anywhere(&text::safe_line(&session.to_string()), columns),
        _ => Vec::new(),
    }
}

/// A request that came in: `? eve wants to talk`.
fn incoming(screen: Screen<'_>, request: &Request) -> Row {
    let mut row = marked(screen, request);
    let style = screen.style(if request.waits_for_me() { Role::Text } else { Role::Dim });
    let mut peer = peer(screen, request);
    if request.times > 1 {
        peer = format!("{peer} ×{}", request.times);
    }
    row.push(
        match &request.kind {
            RequestKind::Talk if request.is_pending() => screen.say(phrase!("inbox-talk", peer)),
            RequestKind::Talk => screen.say(phrase!("inbox-my-talk", peer)),
            RequestKind::Join(group) => format!("{peer} → #{group}"),
            RequestKind::Invite(group) => screen.say(phrase!("inbox-invite", peer, group)),
            RequestKind::Lead(group) => screen.say(phrase!("inbox-lead", peer, group)),
            RequestKind::Session(_) => screen.say(phrase!("inbox-session", peer)),
        },
        style,
    );
    if request.waits_for_me() {
        row.right_yields();
    }
    ends_with_time(row, screen, request)
}

/// A request of mine and its answer: `✓ bob accepted 09:11`; below it the session's topic, if one was made.
fn outgoing(screen: Screen<'_>, request: &Request, columns: u16) -> Vec<Row> {
    let mut row = marked(screen, request);
    let answer = match request.state {
        RequestState::Pending => "answer-asked",
        RequestState::Accepted(_) => "answer-accepted",
        RequestState::Denied => "answer-denied",
        RequestState::Withdrawn => "answer-withdrawn",
        RequestState::Ignored => "answer-ignored",
    };
    row.push(format!("{} {}", peer(screen, request), screen.say(answer)), screen.style(Role::Text));
    if let Some(group) = request.kind.group() {
        row.push(format!(" #{group}"), screen.style(Role::Dim));
    }
    let mut rows = vec![ends_with_time(row, screen, request)];
    rows.extend(topic(request, columns).into_iter().map(|words| {
        let mut row = Row::new();
        row.push(TOPIC_INDENT, screen.style(Role::Dim)).push(words, screen.style(Role::Dim));
        row
    }));
    rows
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
    row.push(format!(" {mark} "), screen.style(role));
    row
}

fn ends_with_time(mut row: Row, screen: Screen<'_>, request: &Request) -> Row {
    let style: Style = screen.style(Role::Dim);
    row.push_right(format!("{} ", screen.clock.time_or_day(request.answered_at.unwrap_or(request.at))), style);
    row
}

fn peer(screen: Screen<'_>, request: &Request) -> String {
    // An invitation that was typed by hand does not say from whom.
    request.peer.as_ref().map_or_else(|| screen.say("somebody"), ToString::to_string)
}
