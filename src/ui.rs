//! The view: draws a [`Model`] and changes nothing.
//!
//! [`view`] draws all panes and returns a [`Layout`], the positions that clicks and page keys need. Each pane and each
//! overlay has its own file. Every `row` passes its text through [`text`], so text of other users cannot control the
//! terminal. [`theme`] has the colours. Nothing here reads a clock: the model has the current time.

pub mod canvas;
pub mod clock;
pub mod line_mode;
pub mod theme;

mod changes;
mod chat;
mod completion;
mod composer;
mod frame;
mod groups;
mod header;
mod hints;
mod inbox;
mod layout;
mod list;
mod lists;
mod markup;
mod members;
mod notice;
mod overlay;
mod painter;
mod popup;
mod row;
mod screen;
mod setup;
mod tabs;
mod users;
mod whois;

use std::cell::Cell;

use jiff::tz::TimeZone;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    widgets::{Clear, Widget as _},
};

pub use self::setup::view as setup_view;
use self::{
    clock::Clock,
    layout::{BesideHints, Regions, SizeHints},
    overlay::{Draw as _, Surface},
    screen::Screen,
    theme::{Role, Theme},
};
use crate::app::{Groups, Layout, Model, with_component};
pub use crate::text;

/// Draws the model, with times in `zone`. Returns the layout, and the cursor's position if the cursor is visible.
pub fn view(model: &Model, theme: &Theme, zone: &TimeZone, buf: &mut Buffer) -> (Layout, Option<Position>) {
    let stale_at = Cell::new(None);
    let clock = Clock { now: model.now.wall, zone, language: &model.language, stale_at: &stale_at };
    let screen = Screen { model, peer: &model.peer, theme, clock };
    let mut layout = Layout::default();
    let area = buf.area;
    let regions = Regions::split(area, size_hints(screen, area));
    if let Some(area) = regions.header {
        layout.counts = header::draw(screen, area, buf);
    }
    if let Some(area) = regions.hints {
        layout.hints = hints::draw(screen, area, buf);
    }
    lists::draw(screen, &regions, &mut layout, buf);
    if let Some(rule) = regions.lists_rule.filter(|_| area.width >= layout::WIDE) {
        (layout.lists_rule, layout.lists_width) = (rule, model.ui.width.min(area.width / 2));
    }
    let cursor = chat::draw(screen, &regions, &mut layout, buf);
    if let Some(area) = regions.members {
        members::draw(screen, area, buf);
    }
    for rule in [regions.lists_rule, regions.beside_rule, regions.members_rule].into_iter().flatten() {
        frame::divide(rule, screen.style(Role::Frame), buf);
    }
    let cursor = match &model.overlay {
        // An overlay covers neither the hints nor the notice.
        Some(overlay) => {
            layout.chat.links.clear();
            layout.beside.links.clear();
            let height = regions.hints.map_or(area.height, |hints| hints.y - regions.taken);
            let area = Rect { height, ..area };
            let mut surface = Surface { screen, area, layout: &mut layout, cursor: None, buf };
            with_component!(overlay, it => it.draw(&mut surface));
            surface.cursor
        }
        None => cursor,
    };
    let notice = regions.notice.or_else(|| {
        // A question is shown even where there is no room for notices.
        let first = Some(layout::row(area, 0)).filter(|_| model.notices.question.is_some() && !area.is_empty())?;
        Clear.render(first, buf);
        Some(first)
    });
    let cursor = notice.and_then(|area| notice::draw(screen, area, buf)).or(cursor);
    layout.stale_at = stale_at.get();
    (layout, cursor)
}

/// The title of the terminal's window: `(3) papo — alice`, with the number of unread messages.
pub fn window_title(model: &Model) -> String {
    let unread = match model.unread() {
        0 => String::new(),
        unread => format!("({unread}) "),
    };
    format!("{unread}papo — {}", text::safe_line(model.peer.me().as_str()))
}

fn size_hints(screen: Screen<'_>, area: Rect) -> SizeHints<'_> {
    // Items beyond the height of the screen are not laid out.
    let height = |heights: &mut dyn Iterator<Item = usize>| {
        let mut sum = 0;
        while let Some(height) = heights.next().filter(|_| sum < area.height) {
            sum = sum.saturating_add(layout::cells(height));
        }
        sum
    };
    let (groups, requests) = (Groups::list(screen.peer), screen.model.inbox.list(screen.peer));
    let selected = inbox::selected(screen);
    let ui = &screen.model.ui;
    let columns = ui.width.saturating_sub(1);
    let rows = groups::Rows::new(screen, columns);
    let size_hints = SizeHints {
        ui,
        focus: screen.model.focus,
        groups: height(&mut groups.into_iter().map(|group| rows.of(group).len())),
        inbox: height(&mut requests.into_iter().map(|request| inbox::rows(screen, request, selected, columns).len())),
        composer: 1,
        notice: layout::cells(notice::lines(screen, area.width).len()),
        beside: screen.model.chats.beside().map(|(_, is_left)| BesideHints { is_left, composer: 1 }),
        has_members: members::group(screen).is_some(),
    };
    // The composer's width does not depend on its height.
    let regions = Regions::split(area, size_hints);
    let columns = regions.composer.map_or(1, |composer| composer.width);
    let beside = size_hints.beside.zip(regions.beside).zip(screen.model.chats.beside_tab());
    SizeHints {
        composer: chat::composer(screen, columns).height(),
        beside: beside.map(|((hints, half), tab)| BesideHints {
            composer: composer::Field::new(&tab.composer, half.composer.width).height(),
            ..hints
        }),
        ..size_hints
    }
}
