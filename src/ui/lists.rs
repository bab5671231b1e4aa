//! The column of lists: users, groups and inbox, each below its title.

use ratatui::buffer::Buffer;

use super::{
    frame, groups, inbox,
    layout::{self, PaneRect, Regions},
    list,
    row::Row,
    screen::Screen,
    users,
};
use crate::{
    app::{Groups, Layout, ListLayout, ListPane, Pane},
    domain::UserId,
};

/// Draws the visible lists, and records the positions of their items in `layout`.
pub fn draw(screen: Screen<'_>, regions: &Regions, layout: &mut Layout, buf: &mut Buffer) {
    let (model, peer) = (screen.model, screen.peer);
    if let Some(area) = regions.users {
        let view =
            ListView { area, pane: Pane::Users, state: &model.users, title: users::title(screen, area.outer.width) };
        let items = model.users.ids(peer);
        let row = |id: &&UserId| [users::row(screen, id, area.inner.width)];
        layout.users = view.draw(screen, &items, row, peer.users().is_empty().then_some(users::empty), buf);
    }
    if let Some(area) = regions.groups {
        let title = groups::title(screen, area.outer.width);
        let view = ListView { area, pane: Pane::Groups, state: &model.groups, title };
        let (rows, groups) = (groups::Rows::new(screen, area.inner.width), Groups::list(peer));
        layout.groups =
            view.draw(screen, &groups, |group| rows.of(group), groups.is_empty().then_some(groups::empty), buf);
    }
    if let Some(area) = regions.inbox {
        let view = ListView { area, pane: Pane::Inbox, state: &model.inbox, title: inbox::title(screen) };
        let selected = inbox::selected(screen);
        let rows = |request: &_| inbox::rows(screen, request, selected, area.inner.width);
        let requests = model.inbox.list(peer);
        layout.inbox =
            view.draw(screen, &requests, |request| rows(request), requests.is_empty().then_some(inbox::empty), buf);
    }
}

/// A list and its pane.
struct ListView<'a> {
    area: PaneRect,
    pane: Pane,
    state: &'a dyn ListPane,
    title: Row,
}

impl ListView<'_> {
    fn draw<T, R: AsRef<[Row]> + IntoIterator<Item = Row>>(
        self,
        screen: Screen<'_>,
        items: &[T],
        rows_of: impl Fn(&T) -> R,
        hint: Option<fn(Screen<'_>) -> String>,
        buf: &mut Buffer,
    ) -> ListLayout {
        let PaneRect { outer, inner } = self.area;
        if inner != outer {
            frame::rule(outer, screen.frame(self.pane), buf);
            frame::title(outer, 0, self.title, buf);
        }
        // Keys move the selection only in the focused pane, so it is shown only there.
        let has_focus = screen.model.focus == self.pane;
        let selected = if has_focus { self.state.selected_index(screen.peer) } else { None };
        let items = list::draw(inner, items, selected, rows_of, screen.theme, buf);
        if let Some(hint) = hint {
            let bottom = items.last().map_or(inner.y, |(_, item)| item.bottom());
            let rest = layout::below(inner, bottom - inner.y);
            list::draw_empty(rest, &hint(screen), screen.theme, buf);
        }
        ListLayout { area: outer, items }
    }
}
