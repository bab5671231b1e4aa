//! The users: presence, unread messages, typing.

use super::{row::Row, screen::Screen, text, theme::Role};
use crate::{
    app::{Action, Context, Pane, localized},
    domain::{ChatId, Presence, User, UserId},
};

/// What to do if nobody else is known.
pub fn empty(screen: Screen<'_>) -> String {
    let key = screen.key(Context::Users, Action::StartChat);
    screen.translate(localized!("users-empty", key))
}

/// `Users 4 of 6 online`, me among them; where that does not fit into `columns`, `Users 4/6 online` or `Users 4/6`. If
/// papo does not follow all users, `Users 4 of 6 online as of 11:42`, or as much of that as fits: `Users 4/6 as of 11:42`.
/// While it is not known who is online, only how many are known. Never a part of a number.
pub fn title(screen: Screen<'_>, columns: u16) -> Row {
    let users = screen.peer.users();
    let (online, all) = (users.values().filter(|user| user.is_online()).count() + 1, users.len() + 1);
    let read = screen.peer.directory_as_of().map(|at| screen.clock.time(at));
    let is_known = screen.peer.follows_all() || read.is_some();
    let counts = if screen.model.connection.shows_presence() && is_known {
        let short = format!("{online}/{all}");
        let dated = read.into_iter().flat_map(|time| {
            [
                localized!("users-online-as-of", online, all, time = time.clone()),
                localized!("users-as-of", online, all, time = time.clone()),
                localized!("users-as-of-short", count = short.clone(), time),
            ]
        });
        let live = [localized!("users-online", online, all), localized!("users-online-short", count = short.clone())];
        dated.chain(live).map(|text| screen.translate(text)).chain([short.clone()]).collect()
    } else {
        vec![all.to_string()]
    };
    let title = || screen.title(Pane::Users, "users-title");
    let with = |count: String| title().with(format!("{count} "), screen.style(Role::Dim));
    counts.into_iter().map(with).find(|row| row.fits(columns)).unwrap_or_else(title)
}

/// `● bob          2 2 h ago`; `● pat plain` for a plain client; `● alice         you`.
pub fn row(screen: Screen<'_>, id: &UserId, columns: u16) -> Row {
    let shown = presence(screen, id);
    let (mark, role) = mark(shown);
    let mut row = Row::of(format!(" {mark}"), screen.style(role));
    let lookalike = screen.push_lookalike_mark(&mut row, id);
    let is_me = id == screen.peer.me();
    let name_role = match shown {
        _ if is_me => Role::Own,
        Presence::Online => Role::Text,
        Presence::Offline | Presence::Unknown => Role::Dim,
    };
    row.push(id.as_str(), screen.style(name_role));
    if let Some(lookalike) = lookalike {
        row.push(format!(" {lookalike}"), screen.style(Role::Warning));
    }
    let user = screen.peer.users().get(id);
    if user.is_some_and(|user| user.is_blocked) {
        row.push(format!(" {}", screen.translate("user-blocked")), screen.style(Role::Warning));
    }
    if user.is_some_and(User::is_plain) {
        row.push(format!(" {}", screen.translate("user-plain")), screen.style(Role::Dim));
    }
    let unread = match unread(screen, id) {
        0 => String::new(),
        unread => format!("{unread} "),
    };
    row.push_right(&unread, screen.style(Role::Unread));
    let state = match (shown, user.and_then(|user| user.since)) {
        _ if is_me => screen.translate("user-me"),
        _ if screen.peer.is_typing(id) => screen.translate("user-typing"),
        (Presence::Offline, Some(since)) => screen.clock.ago(since),
        _ => String::new(),
    };
    // The number of unread messages is more important than the state.
    let has_room = text::width(&unread) + text::width(&state) < usize::from(columns) / 2;
    if !state.is_empty() && (unread.is_empty() || has_room) {
        row.push_right(format!("{state} "), screen.style(Role::Dim));
    }
    row
}

/// Whether a user is online, as far as I can know: nothing is known while I am offline myself.
pub fn presence(screen: Screen<'_>, id: &UserId) -> Presence {
    match (screen.model.connection.shows_presence(), id == screen.peer.me()) {
        (true, true) => Presence::Online,
        (true, false) => screen.peer.users().get(id).map_or(Presence::Unknown, |user| user.presence),
        (false, true) => Presence::Offline,
        (false, false) => Presence::Unknown,
    }
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
