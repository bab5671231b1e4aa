//! The members of the active chat's group, beside its messages.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    frame,
    layout::PaneRect,
    row::{self, Row},
    screen::Screen,
    theme::Role,
    users,
};
use crate::{
    app::localized,
    domain::{ChatId, Group, UserId},
};

/// The group of the active chat, if I am a member of it.
pub fn group(screen: Screen<'_>) -> Option<&Group> {
    let Some(ChatId::Group(name)) = screen.model.chats.active_chat() else { return None };
    screen.peer.groups().get(name).filter(|group| group.includes(screen.peer.me()))
}

/// Draws the column: the leader first. If not all members fit, the last row counts the others.
pub fn draw(screen: Screen<'_>, area: PaneRect, buf: &mut Buffer) {
    let Some(group) = group(screen) else { return };
    let members: Vec<&UserId> = group.everyone().collect();
    frame::rule(area.outer, screen.style(Role::Frame), buf);
    let title = screen.translate(localized!("members-title", count = members.len()));
    frame::title(area.outer, 0, Row::of(format!(" {title} "), screen.style(Role::Title)), buf);
    let room = usize::from(area.inner.height);
    let shown = if members.len() > room { room.saturating_sub(1) } else { members.len() };
    let rows = members.iter().take(shown).map(|id| member(screen, group, id));
    let rest = row::draw(rows, area.inner, screen.style(Role::Text), buf);
    if shown < members.len() {
        let more = format!(" +{}", members.len() - shown);
        Row::of(more, screen.style(Role::Hint)).draw(Rect { height: 1, ..rest }, screen.style(Role::Text), buf);
    }
}

/// `● ★bob`, and `you` beside my own name.
fn member(screen: Screen<'_>, group: &Group, id: &UserId) -> Row {
    let (mark, role) = users::mark(users::presence(screen, id));
    let mut row = Row::of(format!(" {mark} "), screen.style(role));
    row.push(if group.is_led_by(id) { "★" } else { " " }, screen.style(Role::Leader));
    row.push(id.as_str(), screen.style(if id == screen.peer.me() { Role::Own } else { Role::Text }));
    if id == screen.peer.me() {
        row.push_right(format!("{} ", screen.translate("user-me")), screen.style(Role::Dim)).right_yields();
    }
    row
}
