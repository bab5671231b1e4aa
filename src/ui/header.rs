//! The line at the top: my id, the connection, and counts.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{row::Row, screen::Screen, theme::Role};
use crate::app::{Connection, localized};

/// Draws the line. If it is too long, the broker's name is left out, then the program's and mine; the connection stays.
pub fn draw(screen: Screen<'_>, area: Rect, buf: &mut Buffer) {
    let mut shorter = [Parts::All, Parts::NoBroker, Parts::Link].into_iter().map(|parts| row(screen, parts));
    let fitting = shorter.find(|row| row.fits(area.width));
    fitting.unwrap_or_else(|| row(screen, Parts::Link)).draw(area, screen.style(Role::Text), buf);
}

/// The parts of the line that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Parts {
    Link,
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
            // Rounded up, so that it never shows 0 while it waits.
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
    // The outbox stays in sight even if the reason is long.
    if screen.model.connection == Connection::Online || screen.peer.outbox().len() == 0 {
        row.right_yields();
    }
    row
}

/// `2 requests  3 unread  outbox 0`; zeros are dim.
fn counts(screen: Screen<'_>, parts: Parts, row: &mut Row) {
    let (requests, unread) = (screen.model.peer.waiting_requests(), screen.model.unread());
    let outbox = screen.peer.outbox().len();
    let refused = screen.peer.outbox().filter(|waiting| waiting.failure.is_some()).count();
    let style = |is_some, role| screen.style(if is_some { role } else { Role::Dim });
    let asked = screen.translate(localized!("header-requests", count = requests));
    let outboxed = screen.translate(localized!("header-outbox", count = outbox));
    let fresh = screen.translate(localized!("header-unread", count = unread));
    if parts == Parts::Link {
        if outbox > 0 && screen.model.connection != Connection::Online {
            row.push_right(format!("{outboxed} "), style(true, Role::Warning));
        } else if requests > 0 {
            row.push_right(format!("{asked} "), style(true, Role::Waiting));
        } else if unread > 0 {
            row.push_right(format!("{fresh} "), style(true, Role::Unread));
        }
        return;
    }
    row.push_right(format!("{asked}  "), style(requests > 0, Role::Waiting));
    row.push_right(format!("{fresh}  "), style(unread > 0, Role::Unread));
    if refused > 0 {
        let refused = screen.translate(localized!("header-refused", count = refused));
        row.push_right(format!("{refused}  "), style(true, Role::Error));
    }
    row.push_right(format!("{outboxed} "), style(outbox > 0, Role::Warning));
}
