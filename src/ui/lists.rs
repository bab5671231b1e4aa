//! The column of lists: users, groups and inbox, each with its frame.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    frame,
    frame::BorderJoin,
    groups, inbox,
    layout::{PaneRect, Regions},
    list,
    row::Row,
    screen::Screen,
    users,
};
use crate::app::{Groups, Layout, ListLayout, ListPane, Pane, Users};

/// Draws the visible lists, and records the positions of their items in `layout`.
pub fn draw(screen: Screen<'_>, regions: &Regions, layout: &mut Layout, buf: &mut Buffer) {
    draw_frames(screen, regions, buf);
    let (model, peer) = (screen.model, screen.peer);
    if let Some(area) = regions.users {
        let view = ListView { area, pane: Pane::Users, state: &model.users, title: users::title(screen) };
        let items = Users::list(peer);
        layout.users = view.draw(screen, &items, |user| [users::row(screen, user)], users::empty, buf);
    }
    if let Some(area) = regions.groups {
        let title = screen.title(Pane::Groups, "groups-title");
        let view = ListView { area, pane: Pane::Groups, state: &model.groups, title };
        let rows = groups::Rows::new(screen, area.inner.width);
        layout.groups = view.draw(screen, &Groups::list(peer), |group| rows.of(group), groups::empty, buf);
    }
    if let Some(area) = regions.inbox {
        let view = ListView { area, pane: Pane::Inbox, state: &model.inbox, title: inbox::title(screen) };
        let rows = |request: &_| inbox::rows(screen, request, area.inner.width);
        layout.inbox = view.draw(screen, &model.inbox.list(peer), |request| rows(request), inbox::empty, buf);
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
        empty: impl FnOnce(Screen<'_>) -> String,
        buf: &mut Buffer,
    ) -> ListLayout {
        let PaneRect { outer, inner } = self.area;
        if inner != outer {
            frame::title(outer, self.title, buf);
        }
        if items.is_empty() {
            list::draw_empty(inner, &empty(screen), screen.theme, buf);
        }
        // Keys move the selection only in the focused pane, so it is shown only there.
        let has_focus = screen.model.focus == self.pane;
        let selected = if has_focus { self.state.selected_index(screen.peer) } else { None };
        let items = list::draw(inner, items, selected, rows_of, screen.theme, buf);
        ListLayout { area: outer, items }
    }
}

fn draw_frames(screen: Screen<'_>, regions: &Regions, buf: &mut Buffer) {
    let Some(column) = regions.lists else { return };
    let panes = [(Pane::Users, regions.users), (Pane::Groups, regions.groups), (Pane::Inbox, regions.inbox)];
    // The focused pane is drawn last, because its border replaces those that it shares.
    let (last, rest): (Vec<_>, Vec<_>) = panes.into_iter().partition(|(name, _)| *name == screen.model.focus);
    for (name, pane) in rest.into_iter().chain(last) {
        let Some(pane) = pane else { continue };
        let whole = Rect { height: pane.inner.height + 2, ..pane.outer };
        let join = |is_end| if is_end { BorderJoin::End } else { BorderJoin::Shared };
        let (top, bottom) = (join(whole.y == column.y), join(whole.bottom() == column.bottom()));
        frame::draw(whole, top, bottom, screen.frame(name), buf);
    }
}
