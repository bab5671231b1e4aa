//! The members of a group, and their presence.

use super::draw::{Draw, Surface};
use crate::{
    app::Members,
    domain::{Group, UserId},
    ui::{row::Row, screen::Screen, theme::Role, users},
};

const WIDTH: u16 = 24;

impl Draw for Members {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let Some(group) = self.group(screen.peer) else { return };
        let everyone: Vec<&UserId> = group.everyone().collect();
        let inner = surface.open(&format!("#{}", group.name), WIDTH, everyone.len());
        surface.draw_list(inner, &everyone, self.selected_index(screen.peer), |id| [member(screen, group, id)]);
    }
}

fn member(screen: Screen<'_>, group: &Group, id: &UserId) -> Row {
    let is_me = id == screen.peer.me();
    let (mark, role) = users::mark(users::presence(screen, id));
    let mut row = Row::of(format!("{mark} "), screen.style(role));
    row.push(id.as_str(), screen.style(if is_me { Role::Own } else { Role::Text }));
    if group.is_led_by(id) {
        row.push(format!("  {}", screen.translate("members-leads")), screen.style(Role::Leader));
    }
    row
}
