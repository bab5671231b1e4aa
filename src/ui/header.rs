//! The line at the top of the screen: my ID, the state of the connection, and counts.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{row::Row, screen::Screen, text, theme::Role};
use crate::app::{Connection, LocalizedText, localized};

/// Draws the line. If it is too long, the broker's name is left out, then also `papo`. Then the state of the connection
/// is cut; my ID and the counts stay.
pub fn draw(screen: Screen<'_>, area: Rect, buf: &mut Buffer) {
    let row = |parts| row(screen, parts, usize::from(area.width) / 2);
    let mut shorter = [Parts::All, Parts::NoBroker].into_iter().map(row);
    let fitting = shorter.find(|row| row.fits(area.width));
    fitting.unwrap_or_else(|| row(Parts::IdOnly)).draw(area, screen.style(Role::Text), buf);
}

/// The parts of the line that are shown, from the fewest to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Parts {
    IdOnly,
    NoBroker,
    All,
}

/// The line. The counts take at most `room` columns.
fn row(screen: Screen<'_>, parts: Parts, room: usize) -> Row {
    let mut row = Row::indented(1);
    if parts >= Parts::NoBroker {
        row.push("papo  ", screen.style(Role::Brand));
    }
    row.push(screen.peer.me().as_str(), screen.style(Role::Own));
    let broker = if parts == Parts::All { format!(" @ {}  ", screen.model.broker) } else { "  ".to_owned() };
    row.push(broker, screen.style(Role::Dim));
    match (&screen.model.store_failure, &screen.model.connection) {
        (Some(why), _) => row.push(screen.translate(localized!("header-not-saved", why)), screen.style(Role::Error)),
        (None, Connection::Connecting) => row.push(screen.translate("header-connecting"), screen.style(Role::Warning)),
        (None, Connection::Online) => row.push(screen.translate("header-online"), screen.style(Role::Online)),
        (None, Connection::Reconnecting { at, why }) => {
            // Rounded up, so that the countdown does not show 0 before the next attempt.
            let seconds = at.since(screen.model.now.tick).as_millis().div_ceil(1000);
            let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
            row.push(screen.translate(localized!("header-again", seconds)), screen.style(Role::Warning));
            row.push(format!(": {}", screen.translate(why.clone())), screen.style(Role::Dim))
        }
        (None, Connection::Stopped { why } | Connection::ControlRefused { why }) => {
            row.push(format!("✗ {}", screen.translate(why.clone())), screen.style(Role::Error))
        }
    };
    let mut counts = counts(screen);
    while counts.len() > 1 && counts.iter().map(|(words, _)| text::width(words) + 2).sum::<usize>() > room {
        counts.pop();
    }
    for (at, (words, role)) in counts.iter().enumerate() {
        row.push_right(if at == 0 { "" } else { "  " }, screen.style(Role::Text))
            .push_right(words, screen.style(*role));
    }
    if !counts.is_empty() {
        row.push_right(" ", screen.style(Role::Text));
    }
    row
}

/// The counts that are not 0, the most important first: `2 requests`, `3 unread`, `1 refused`, `outbox 2`.
fn counts(screen: Screen<'_>) -> Vec<(String, Role)> {
    let (requests, unread) = (screen.model.peer.waiting_requests(), screen.model.unread());
    let outbox = screen.peer.outbox().len();
    let refused = screen.peer.outbox().filter(|waiting| waiting.failure.is_some()).count();
    let count = |is_some: bool, text: LocalizedText, role| is_some.then(|| (screen.translate(text), role));
    let waiting = count(outbox > 0, localized!("header-outbox", count = outbox), Role::Warning);
    // While papo is offline, what waits to be sent is the most important.
    let (first, last) = if screen.model.connection == Connection::Online { (None, waiting) } else { (waiting, None) };
    let counts = [
        first,
        count(requests > 0, localized!("header-requests", count = requests), Role::Waiting),
        count(unread > 0, localized!("header-unread", count = unread), Role::Unread),
        count(refused > 0, localized!("header-refused", count = refused), Role::Error),
        last,
    ];
    counts.into_iter().flatten().collect()
}
