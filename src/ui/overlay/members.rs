//! The members of a group, and their presence.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::draw::Draw;
use crate::{
    app::{Layout, Members},
    domain::{Group, Presence, UserId},
    ui::{list, popup, row::Row, screen::Screen, theme::Role, users},
};

const WIDTH: u16 = 24;

impl Draw for Members {
    fn draw(&self, screen: Screen<'_>, area: Rect, layout: &mut Layout, buf: &mut Buffer) -> Option<Position> {
        let group = self.group(screen.peer)?;
        let everyone: Vec<&UserId> = group.everyone().collect();
        let height = u16::try_from(everyone.len()).unwrap_or(u16::MAX);
        let inner = popup::open(screen.theme, &format!("#{}", group.name), WIDTH, height, area, buf);
        let look = (screen.theme, |_: &&UserId| 1, |id: &&UserId| vec![member(screen, group, id)]);
        layout.overlay_items = list::draw(inner, &everyone, self.index(screen.peer), look, buf);
        None
    }
}

fn member(screen: Screen<'_>, group: &Group, id: &UserId) -> Row {
    let is_me = id == screen.peer.me();
    let presence = if is_me {
        Presence::Online
    } else {
        screen.peer.users().get(id).map_or(Presence::Unknown, |user| user.presence)
    };
    let (mark, role) = users::mark(presence);
    let mut row = Row::new();
    row.push(format!("{mark} "), screen.style(role));
    row.push(id.as_str(), screen.style(if is_me { Role::Own } else { Role::Text }));
    if group.is_led_by(id) {
        row.push(format!("  {}", screen.translate("members-leads")), screen.style(Role::Leader));
    }
    row
}
