//! The users: presence, unread messages, typing.

use super::{row::Row, screen::Screen, theme::Role};
use crate::{
    app::{Action, Context, Pane, localized},
    domain::{ChatId, Presence, User, UserId},
};

/// The text of an empty pane: how to get the first entry.
pub fn empty(screen: Screen<'_>) -> String {
    let key = screen.key(Context::Users, Action::StartChat);
    screen.translate(localized!("users-empty", key))
}

/// `Users 3 online of 5`
pub fn title(screen: Screen<'_>) -> Row {
    let users = screen.peer.users();
    let online = users.values().filter(|user| user.is_online()).count();
    let mut row = screen.title(Pane::Users, "users-title");
    if !users.is_empty() {
        let online = screen.translate(localized!("users-online", online, all = users.len()));
        row.push(format!("{online} "), screen.style(Role::Dim));
    }
    row
}

/// `● bob 2            2 h ago`; `● pat plain` for a plain client.
pub fn row(screen: Screen<'_>, user: &User) -> Row {
    let (mark, role) = mark(user.presence);
    let mut row = Row::of(format!(" {mark}"), screen.style(role));
    let lookalike = screen.push_lookalike_mark(&mut row, &user.id);
    row.push(user.id.as_str(), screen.style(if user.is_online() { Role::Text } else { Role::Dim }));
    if let Some(lookalike) = lookalike {
        row.push(format!(" {lookalike}"), screen.style(Role::Warning));
    }
    if user.is_plain() {
        row.push(format!(" {}", screen.translate("user-plain")), screen.style(Role::Dim));
    }
    let unread = unread(screen, &user.id);
    if unread > 0 {
        row.push(format!(" {unread}"), screen.style(Role::Unread));
    }
    if screen.peer.is_typing(&user.id) {
        row.push_right(format!("{} ", screen.translate("user-typing")), screen.style(Role::Dim));
    } else if let (Presence::Offline, Some(since)) = (user.presence, user.since) {
        row.push_right(format!("{} ", screen.clock.ago(since)), screen.style(Role::Dim));
    }
    row
}

/// The mark of a presence, and its role in the theme. Marks differ in shape, so they can be distinguished without
/// colours.
pub const fn mark(presence: Presence) -> (&'static str, Role) {
    match presence {
        Presence::Online => ("●", Role::Online),
        Presence::Offline => ("○", Role::Offline),
        Presence::Unknown => ("?", Role::Unknown),
    }
}

fn unread(screen: Screen<'_>, user: &UserId) -> u64 {
    screen.peer.chat(&ChatId::User(user.clone())).map_or(0, |chat| chat.unread())
}
