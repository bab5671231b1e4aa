//! The line at the top of the screen: my ID, the state of the connection, and counts.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{layout::cells, row::Row, screen::Screen, text, theme::Role};
use crate::{
    app::{Action, Connection, LocalizedText, LoginRefusal, localized, with_help},
    domain::Tick,
};

/// Draws the line. If it is too long, the broker's name is left out, then the advice in the reason why papo is offline,
/// then the reason, which the line of notices has, then also `papo`. Of a refused login a brief reason stays, of another
/// one its beginning if that says enough. Then the state of the connection is cut; my ID and the counts stay. Returns the
/// area of each count, and the action that goes to what it counts.
pub fn draw(screen: Screen<'_>, area: Rect, buf: &mut Buffer) -> Vec<(Action, Rect)> {
    let counts = counts(screen, usize::from(area.width) / 2);
    let row = |parts| row(screen, parts, &counts);
    let fitting = |forms: &[Parts]| forms.iter().map(|parts| row(*parts)).find(|row| row.fits(area.width));
    let row = fitting(&[Parts::All, Parts::NoBroker, Parts::NoAdvice])
        .or_else(|| has_room_for_reason(screen, &counts, area.width).then(|| row(Parts::NoAdvice)))
        .or_else(|| fitting(&[Parts::NoReason]))
        .unwrap_or_else(|| row(Parts::IdOnly));
    let mut x = area.right().saturating_sub(cells(row.right_width()));
    row.draw(area, screen.style(Role::Text), buf);
    let place = |count: &Count| {
        let place = Rect { x, width: cells(text::width(&count.words)), ..area }.intersection(area);
        x = place.right() + cells(GAP.len());
        (count.action, place)
    };
    counts.iter().map(place).collect()
}

/// Why papo is offline or cannot save, if the line has no room for it.
pub fn cut_reason(screen: Screen<'_>, width: u16) -> Option<String> {
    let reason = match (&screen.model.store_failure, &screen.model.connection) {
        (Some(why), _) => localized!("header-not-saved", why),
        (None, Connection::Connecting | Connection::Online) => return None,
        (None, Connection::Reconnecting { why, .. }) => localized!("not-connected", why),
        (None, Connection::Stopped { why, help }) => localized!("not-connected", why = with_help(why, help)),
        (None, Connection::ControlRefused { why }) => why.clone(),
    };
    let whole = row(screen, Parts::NoBroker, &counts(screen, usize::from(width) / 2));
    (!whole.fits(width)).then(|| screen.translate(reason))
}

/// Whether a reason that does not fit can be cut and still says something. That of a refused login has a brief form.
fn has_room_for_reason(screen: Screen<'_>, counts: &[Count], width: u16) -> bool {
    let without = row(screen, Parts::NoReason, counts);
    let taken = without.left_width() + without.right_width();
    screen.model.login.refusal.is_none() && taken + LEAST_OF_REASON <= usize::from(width)
}

/// A reason without its advice, which follows a semicolon.
fn without_advice(reason: &str) -> &str {
    reason.split_once("; ").map_or(reason, |(reason, _)| reason)
}

/// The seconds until the next attempt to connect. Rounded up, so that the countdown does not show 0 before it.
pub fn seconds_until(at: Tick, screen: Screen<'_>) -> u64 {
    let seconds = at.since(screen.model.now.tick).as_millis().div_ceil(1000);
    u64::try_from(seconds).unwrap_or(u64::MAX)
}

/// The columns that the beginning of a reason needs, to say anything.
const LEAST_OF_REASON: usize = 30;
/// What is between two counts.
const GAP: &str = "  ";

/// A number of things that wait for the user.
struct Count {
    words: String,
    role: Role,
    /// Goes to these things.
    action: Action,
}

/// The parts of the line that are shown, from the fewest to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Parts {
    IdOnly,
    NoReason,
    NoAdvice,
    NoBroker,
    All,
}

fn row(screen: Screen<'_>, parts: Parts, counts: &[Count]) -> Row {
    let mut row = Row::indented(1);
    if parts >= Parts::NoReason {
        row.push("papo  ", screen.style(Role::Brand));
    }
    row.push(screen.peer.me().as_str(), screen.style(Role::Own));
    let broker = if parts == Parts::All { format!(" @ {}  ", screen.model.broker) } else { "  ".to_owned() };
    row.push(broker, screen.style(Role::Dim));
    let refusal = screen.model.login.refusal;
    match (&screen.model.store_failure, &screen.model.connection) {
        (Some(why), _) => row.push(screen.translate(localized!("header-not-saved", why)), screen.style(Role::Error)),
        (None, Connection::Connecting) => row.push(screen.translate("header-connecting"), screen.style(Role::Warning)),
        (None, Connection::Online) => row.push(screen.translate("header-online"), screen.style(Role::Online)),
        (None, Connection::Reconnecting { at, why }) => {
            let seconds = seconds_until(*at, screen);
            row.push(screen.translate(localized!("header-again", seconds)), screen.style(Role::Warning));
            let why = screen.translate(why.clone());
            if parts >= Parts::NoBroker {
                row.push(format!(": {why}"), screen.style(Role::Dim));
            } else if parts == Parts::NoAdvice {
                row.push(format!(": {}", without_advice(&why)), screen.style(Role::Dim));
            } else if let Some(refusal) = refusal {
                row.push(format!(": {}", screen.translate(refusal.brief())), screen.style(Role::Warning));
            }
            &mut row
        }
        (None, Connection::Stopped { why, help }) if parts == Parts::NoAdvice => {
            let why = screen.translate(why.clone());
            let why = with_help(&LocalizedText::quoted(without_advice(&why)), help);
            row.push(format!("✗ {}", screen.translate(why)), screen.style(Role::Error))
        }
        (None, Connection::Stopped { .. }) if parts < Parts::NoAdvice => {
            let why = refusal.map_or_else(|| "status-offline".into(), LoginRefusal::brief);
            row.push(format!("✗ {}", screen.translate(why)), screen.style(Role::Error))
        }
        (None, Connection::Stopped { why, help }) => {
            row.push(format!("✗ {}", screen.translate(with_help(why, help))), screen.style(Role::Error))
        }
        (None, Connection::ControlRefused { why }) => {
            row.push(format!("✗ {}", screen.translate(why.clone())), screen.style(Role::Error))
        }
    };
    for (at, count) in counts.iter().enumerate() {
        row.push_right(if at == 0 { "" } else { GAP }, screen.style(Role::Text))
            .push_right(&count.words, screen.style(count.role));
    }
    if !counts.is_empty() {
        row.push_right(" ", screen.style(Role::Text));
    }
    row
}

/// The counts that are not 0, the most important first: `2 requests`, `3 unread`, `1 refused`, `outbox 2`. All but the
/// first are left out where they take more than `room` columns.
fn counts(screen: Screen<'_>, room: usize) -> Vec<Count> {
    let (requests, unread) = (screen.model.peer.waiting_requests(), screen.model.unread());
    let outbox = screen.peer.outbox().len();
    let refused = screen.peer.outbox().filter(|waiting| waiting.failure.is_some()).count();
    let count = |is_some: bool, text: LocalizedText, role, action| {
        is_some.then(|| Count { words: text::safe_line(&screen.translate(text)), role, action })
    };
    let waiting = count(outbox > 0, localized!("header-outbox", count = outbox), Role::Warning, Action::Outbox);
    // While papo is offline, what waits to be sent is the most important.
    let (first, last) = if screen.model.connection == Connection::Online { (None, waiting) } else { (waiting, None) };
    let counts = [
        first,
        count(requests > 0, localized!("header-requests", count = requests), Role::Waiting, Action::FocusInbox),
        count(unread > 0, localized!("header-unread", count = unread), Role::Unread, Action::NextUnread),
        count(refused > 0, localized!("header-refused", count = refused), Role::Error, Action::Outbox),
        last,
    ];
    let mut counts: Vec<Count> = counts.into_iter().flatten().collect();
    while counts.len() > 1 && counts.iter().map(|count| text::width(&count.words) + GAP.len()).sum::<usize>() > room {
        counts.pop();
    }
    counts
}
