//! The groups: name, leader, other members, and how to get in.

use super::{row::Row, screen::Screen, text, theme::Role};
use crate::{
    app::{Action, Context, Pane},
    domain::{ConversationId, Direction, Group, GroupStanding, Presence, RequestKind, UserId, phrase},
};

/// Longer names are not lined up.
const NAME_LIMIT: usize = 10;

/// What an empty pane says.
pub fn empty(screen: Screen<'_>) -> String {
    screen.say(phrase!("groups-empty", key = screen.key(Context::Groups, Action::NewGroup)))
}

/// `Groups`
pub fn title(screen: Screen<'_>) -> Row {
    let mut row = Row::new();
    row.push(format!(" {} ", screen.say("groups-title")), screen.title(Pane::Groups));
    row
}

/// The column that the names of all groups share.
pub fn name_width(screen: Screen<'_>) -> usize {
    let names = screen.peer.groups().keys();
    names.map(|name| text::width(name.as_str())).max().unwrap_or(0).min(NAME_LIMIT)
}

/// `#devs  ★alice bob carol`, and for an outsider `(ask to join)`.
pub fn row(screen: Screen<'_>, group: &Group, name_width: usize) -> Row {
    let standing = group.standing(screen.peer.me());
    let mut row = Row::new();
    row.push(format!(" #{}", group.name), screen.style(Role::Text));
    let unread = screen
        .peer
        .conversations()
        .get(&ConversationId::Group(group.name.clone()))
        .map_or(0, |conversation| conversation.unread);
    if unread > 0 {
        row.push(format!(" {unread}"), screen.style(Role::Unread));
    }
    let padding = (name_width + 3).saturating_sub(row.left_width()).max(1);
    row.push(" ".repeat(padding), screen.style(Role::Text));
    match &group.leader {
        Some(leader) => row.push(format!("★{leader}"), screen.style(Role::Leader)),
        None => row.push(screen.say("group-no-leader"), screen.style(Role::Dim)),
    };
    for member in &group.members {
        row.push(format!(" {member}"), screen.style(Role::Dim));
    }
    if standing == GroupStanding::Outsider {
        let words = match &group.leader {
            _ if !is_asked(screen, group) => screen.say("group-ask"),
            // It answers when it is back.
            Some(leader) if is_away(screen, leader) => screen.say("group-asked-away"),
            _ => screen.say("group-asked"),
        };
        row.push_right(words, screen.style(Role::Hint));
    }
    row
}

/// Whether it would be known to be here: plain peers may never say so.
fn is_away(screen: Screen<'_>, user: &UserId) -> bool {
    let known = screen.peer.users().get(user);
    known.is_some_and(|user| user.presence == Presence::Offline || user.is_papo && !user.is_online())
}

fn is_asked(screen: Screen<'_>, group: &Group) -> bool {
    screen.peer.requests().any(|request| {
        request.is_pending()
            && request.direction == Direction::Outgoing
            && matches!(&request.kind, RequestKind::Join(name) if *name == group.name)
    })
}
