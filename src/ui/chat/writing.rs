//! The border above the composer: the message that the user replies to or edits, and who is typing.

use std::collections::BTreeSet;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{Action, Context, Tab, localized},
    domain::{Relation, UserId},
    protocol::Chat,
    ui::{layout::cells, row::Row, screen::Screen, text, theme::Role},
};

/// The maximum width of the quoted message, in columns.
const TARGET_WIDTH: usize = 48;

pub(super) fn draw(screen: Screen<'_>, tab: &Tab, border: Rect, buf: &mut Buffer) {
    let inner = Rect { x: border.x + 1, width: border.width.saturating_sub(2), ..border };
    let typing = typing(screen, tab);
    let room = usize::from(inner.width).saturating_sub(text::width(&typing) + 2);
    let compose_target = compose_target(screen, tab, room);
    // The rest of the row stays a border.
    let typing_x = inner.right().saturating_sub(cells(text::width(&typing)));
    for (words, x) in [(compose_target, inner.x), (typing, typing_x)] {
        let width = cells(text::width(&words));
        let place = Rect { x, width, ..inner }.intersection(inner);
        if width > 0 && place.width == width {
            Row::of(words, screen.style(Role::Dim)).draw(place, screen.style(Role::Text), buf);
        }
    }
}

/// ` reply to bob: morning! (Esc) `
fn compose_target(screen: Screen<'_>, tab: &Tab, room: usize) -> String {
    let Some(target) = &tab.compose_target else { return String::new() };
    let what = match target.relation {
        Relation::Answers(_) => screen.translate(localized!("writing-reply", author = target.author)),
        Relation::Replaces(_) => screen.translate("writing-edit"),
    };
    let key = screen.key(Context::Composer, Action::Cancel);
    let cancel = format!(" {}", screen.translate(localized!("writing-stops", key)));
    let words = text::truncate(
        &format!("{what}: {}", text::safe_line(text::first_line(&target.words))),
        TARGET_WIDTH.min(room.saturating_sub(2)),
    );
    let has_room = text::width(&words) + text::width(&cancel) + 2 <= room;
    format!(" {words}{} ", if has_room { &cancel } else { "" })
}

/// ` bob is writing… `
fn typing(screen: Screen<'_>, tab: &Tab) -> String {
    let chat = screen.peer.chat(&tab.chat);
    let conversations = chat.iter().flat_map(Chat::conversations);
    let who: BTreeSet<&str> =
        conversations.flat_map(|known| screen.peer.typing(&known.id)).map(UserId::as_str).collect();
    let who: Vec<&str> = who.into_iter().collect();
    let text = match who.as_slice() {
        [] => return String::new(),
        [who] => localized!("typing-one", who = *who),
        [who, other] => localized!("typing-two", who = *who, other = *other),
        several => localized!("typing-several", count = several.len()),
    };
    format!(" {} ", text::safe_line(&screen.translate(text)))
}
