//! What stands in front of the panes: help, questions, members, the outbox, and lists to find something in.

mod details;
mod finder;
mod help;
mod log;
mod outbox;
mod welcome;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{composer, layout, list, popup, row::Row, screen::Screen, setup::lines, text, theme::Role, users};
use crate::{
    app::{Confirm, Layout, Overlay, Prompt},
    domain::{Group, Presence, UserId, localized},
};

const WIDTH: u16 = 48;
const MEMBERS_WIDTH: u16 = 24;

/// Draws what lies over the panes, and notes what keys need to know; returns the cursor, if it is there.
pub fn draw(
    screen: Screen<'_>,
    overlay: &Overlay,
    area: Rect,
    layout: &mut Layout,
    buf: &mut Buffer,
) -> Option<Position> {
    match overlay {
        Overlay::Help { scroll } => layout.overflow = help::draw(screen, *scroll, area, buf),
        Overlay::Prompt(prompt) => return draw_prompt(screen, prompt, area, buf),
        Overlay::Confirm(confirm) => draw_confirm(screen, confirm, area, buf),
        Overlay::Talks(talks) => return finder::draw_talks(screen, talks, area, layout, buf),
        Overlay::Palette(palette) => return finder::draw_palette(screen, palette, area, layout, buf),
        Overlay::Search => return finder::draw_search(screen, area, layout, buf),
        Overlay::Welcome { scroll } => layout.overflow = welcome::draw(screen, *scroll, area, buf),
        Overlay::Log { scroll } => layout.overflow = log::draw(screen, *scroll, area, buf),
        Overlay::Details(seq) => details::draw(screen, *seq, area, buf),
        Overlay::Outbox { selected } => layout.over = outbox::draw(screen, *selected, area, buf),
        Overlay::Members { group, selected } => {
            if let Some(group) = screen.peer.groups().get(group) {
                layout.over = draw_members(screen, group, *selected, area, buf);
            }
        }
    }
    None
}

fn draw_prompt(screen: Screen<'_>, prompt: &Prompt, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let error = prompt.error.clone().map_or_else(Vec::new, |error| wrap(&screen.translate(error), area));
    let rows = 2 + u16::try_from(error.len()).unwrap_or(0);
    let inner = popup::open(screen.theme, &screen.translate(prompt.title()), WIDTH, rows, area, buf);
    let left = lines(screen.theme, &error, Role::Error, layout::below(inner, 1), buf);
    lines(screen.theme, &[screen.translate("confirm-enter")], Role::Hint, left, buf);
    composer::draw(prompt.composer.area(), String::new, layout::row(inner, 0), screen.theme, buf)
}

fn draw_confirm(screen: Screen<'_>, confirm: &Confirm, area: Rect, buf: &mut Buffer) {
    let question = wrap(&screen.translate(confirm.text(screen.peer)), area);
    let rows = u16::try_from(question.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = popup::open(screen.theme, &screen.translate("confirm-title"), WIDTH, rows, area, buf);
    let keys = screen.translate(localized!(
        "confirm-keys",
        yes = screen.translate("key-yes"),
        no = screen.translate("key-no")
    ));
    let left = lines(screen.theme, &question, Role::Text, inner, buf);
    lines(screen.theme, &[String::new(), keys], Role::Key, left, buf);
}

fn wrap(words: &str, area: Rect) -> Vec<String> {
    text::wrap(&text::safe(words), usize::from(WIDTH.min(area.width.saturating_sub(4)).max(1)))
}

fn draw_members(
    screen: Screen<'_>,
    group: &Group,
    selected: usize,
    area: Rect,
    buf: &mut Buffer,
) -> Vec<(usize, Rect)> {
    let everyone: Vec<&UserId> = group.everyone().collect();
    let height = u16::try_from(everyone.len()).unwrap_or(u16::MAX);
    let inner = popup::open(screen.theme, &format!("#{}", group.name), MEMBERS_WIDTH, height, area, buf);
    let look = (screen.theme, |_: &&UserId| 1, |id: &&UserId| vec![member(screen, group, id)]);
    list::draw(inner, &everyone, Some(selected), look, buf)
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
