//! The border above the composer: the message that one replies to or edits, and who is typing.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{Action, Context, Tab, localized},
    domain::{Relation, UserId},
    ui::{row::Row, screen::Screen, text, theme::Role},
};

/// The most columns that the words take.
const LONGEST: usize = 48;

pub(super) fn draw(screen: Screen<'_>, tab: &Tab, border: Rect, buf: &mut Buffer) {
    let inner = Rect { x: border.x + 1, width: border.width.saturating_sub(2), ..border };
    let typing = typing(screen, tab);
    let room = usize::from(inner.width).saturating_sub(text::width(&typing) + 2);
    let compose_target = compose_target(screen, tab, room);
    // The rest of the row stays a border.
    for (words, x) in [
        (&compose_target, inner.x),
        (&typing, inner.right().saturating_sub(u16::try_from(text::width(&typing)).unwrap_or(u16::MAX))),
    ] {
        let width = u16::try_from(text::width(words)).unwrap_or(u16::MAX);
        let place = Rect { x, width, ..inner }.intersection(inner);
        if width > 0 && place.width == width {
            let mut row = Row::new();
            row.push(words.as_str(), screen.style(Role::Dim));
            row.draw(place, screen.style(Role::Text), buf);
        }
    }
}

/// ` reply to bob: morning! (Esc) `
fn compose_target(screen: Screen<'_>, tab: &Tab, room: usize) -> String {
    let Some(earlier) = &tab.compose_target else { return String::new() };
    let what = match earlier.relation {
        Relation::Answers(_) => screen.translate(localized!("writing-reply", author = earlier.author)),
        Relation::Replaces(_) => screen.translate("writing-edit"),
    };
    let cancel = format!(
        " {}",
        screen.translate(localized!("writing-stops", key = screen.key(Context::Composer, Action::Cancel)))
    );
    let first = earlier.words.lines().next().unwrap_or_default();
    let words = text::truncate(&format!("{what}: {}", text::safe_line(first)), LONGEST.min(room.saturating_sub(2)));
    let has_room = text::width(&words) + text::width(&cancel) + 2 <= room;
    format!(" {words}{} ", if has_room { &cancel } else { "" })
}

/// ` bob is writing… `
fn typing(screen: Screen<'_>, tab: &Tab) -> String {
    let who: Vec<&str> = screen.peer.typing(&tab.conversation).map(UserId::as_str).collect();
    let text = match who.as_slice() {
        [] => return String::new(),
        [who] => localized!("typing-one", who = *who),
        [who, other] => localized!("typing-two", who = *who, other = *other),
        several => localized!("typing-several", count = several.len()),
    };
    format!(" {} ", text::safe_line(&screen.translate(text)))
}
