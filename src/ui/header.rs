//! The line at the top of the screen: my ID, the state of the connection, and counts.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{row::Row, screen::Screen, theme::Role};
use crate::app::{Connection, localized};

/// Draws the line. If it is too long, the broker's name is left out, then also `papo` and my ID; the connection stays.
pub fn draw(screen: Screen<'_>, area: Rect, buf: &mut Buffer) {
    let mut shorter = [Parts::All, Parts::NoBroker, Parts::ConnectionOnly].into_iter().map(|parts| row(screen, parts));
    let fitting = shorter.find(|row| row.fits(area.width));
    fitting.unwrap_or_else(|| row(screen, Parts::ConnectionOnly)).draw(area, screen.style(Role::Text), buf);
}

/// The parts of the line that are shown, from the fewest to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Parts {
    ConnectionOnly,
    NoBroker,
    All,
}

fn row(screen: Screen<'_>, parts: Parts) -> Row {
    let mut row = Row::indented(1);
    if parts >= Parts::NoBroker {
        row.push("papo  ", screen.style(Role::Brand));
        row.push(screen.peer.me().as_str(), screen.style(Role::Own));
        let broker = if parts == Parts::All { format!(" @ {}  ", screen.model.broker) } else { "  ".to_owned() };
        row.push(broker, screen.style(Role::Dim));
    }
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
    counts(screen, parts, &mut row);
    // While papo is offline and the outbox is not empty, the counts stay visible even if the error text is long.
    if screen.model.connection == Connection::Online || screen.peer.outbox().len() == 0 {
        row.right_yields();
    }
    row
}

/// Adds the counts at the right end: `2 requests  3 unread  outbox 0`. Zeros are dim.
fn counts(screen: Screen<'_>, parts: Parts, row: &mut Row) {
    let (requests, unread) = (screen.model.peer.waiting_requests(), screen.model.unread());
    let outbox = screen.peer.outbox().len();
    let refused = screen.peer.outbox().filter(|waiting| waiting.failure.is_some()).count();
    let style = |is_some, role| screen.style(if is_some { role } else { Role::Dim });
    let requests_text = screen.translate(localized!("header-requests", count = requests));
    let outbox_text = screen.translate(localized!("header-outbox", count = outbox));
    let unread_text = screen.translate(localized!("header-unread", count = unread));
    if parts == Parts::ConnectionOnly {
        if outbox > 0 && screen.model.connection != Connection::Online {
            row.push_right(format!("{outbox_text} "), style(true, Role::Warning));
        } else if requests > 0 {
            row.push_right(format!("{requests_text} "), style(true, Role::Waiting));
        } else if unread > 0 {
            row.push_right(format!("{unread_text} "), style(true, Role::Unread));
        }
        return;
    }
    row.push_right(format!("{requests_text}  "), style(requests > 0, Role::Waiting));
    row.push_right(format!("{unread_text}  "), style(unread > 0, Role::Unread));
    if refused > 0 {
        let refused = screen.translate(localized!("header-refused", count = refused));
        row.push_right(format!("{refused}  "), style(true, Role::Error));
    }
    row.push_right(format!("{outbox_text} "), style(outbox > 0, Role::Warning));
}
