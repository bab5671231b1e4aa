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
use crate::app::{Groups, Layout, ListLayout, ListPane as _, Pane, Users};

/// Draws the panes that have a place, and notes where things are.
pub fn draw(screen: Screen<'_>, regions: &Regions, layout: &mut Layout, buf: &mut Buffer) {
    draw_frames(screen, regions, buf);
    if let Some(pane) = regions.users {
        let users = Users::list(screen.peer);
        let index = screen.model.users.place(&users);
        let part =
            Part { pane, name: Pane::Users, selected: index, title: users::title(screen), empty: users::empty(screen) };
        layout.users = part.draw(screen, &users, |_| 1, |user| vec![users::row(screen, user)], buf);
    }
    if let Some(pane) = regions.groups {
        let groups = Groups::list(screen.peer);
        let index = screen.model.groups.index(screen.peer);
        let rows = groups::Rows::new(screen, pane.inner.width);
        let part = Part {
            pane,
            name: Pane::Groups,
            selected: index,
            title: groups::title(screen),
            empty: groups::empty(screen),
        };
        layout.groups = part.draw(screen, &groups, |group| rows.height(group), |group| rows.of(group), buf);
    }
    if let Some(pane) = regions.inbox {
        let columns = pane.inner.width;
        let requests = screen.model.inbox.list(screen.peer);
        let index = screen.model.inbox.index(screen.peer);
        let part =
            Part { pane, name: Pane::Inbox, selected: index, title: inbox::title(screen), empty: inbox::empty(screen) };
        layout.inbox = part.draw(
            screen,
            &requests,
            |request| inbox::height(screen, request, columns),
            |request| inbox::rows(screen, request, columns),
            buf,
        );
    }
}

/// One of the lists.
struct Part {
    pane: PaneRect,
    name: Pane,
    selected: Option<usize>,
    title: Row,
    empty: String,
}

impl Part {
    fn draw<T>(
        self,
        screen: Screen<'_>,
        items: &[T],
        height_of: impl Fn(&T) -> u16,
        rows_of: impl Fn(&T) -> Vec<Row>,
        buf: &mut Buffer,
    ) -> ListLayout {
        let PaneRect { outer, inner } = self.pane;
        if inner != outer {
            frame::title(outer, self.title, buf);
        }
        if items.is_empty() {
            list::draw_empty(inner, &self.empty, screen.theme, buf);
        }
        // A selection that no key moves is not shown.
        let selected = self.selected.filter(|_| screen.model.focus == self.name);
        let items = list::draw(inner, items, selected, (screen.theme, height_of, rows_of), buf);
        ListLayout { area: outer, items }
    }
}

fn draw_frames(screen: Screen<'_>, regions: &Regions, buf: &mut Buffer) {
    let Some(column) = regions.left else { return };
    let panes = [(Pane::Users, regions.users), (Pane::Groups, regions.groups), (Pane::Inbox, regions.inbox)];
    // The focused one last: its border goes all around it.
    let (last, rest): (Vec<_>, Vec<_>) = panes.into_iter().partition(|(name, _)| *name == screen.model.focus);
    for (name, pane) in rest.into_iter().chain(last) {
        let Some(pane) = pane else { continue };
        let whole = Rect { height: pane.inner.height + 2, ..pane.outer };
        let join = |is_end| if is_end { BorderJoin::End } else { BorderJoin::Shared };
        let (top, bottom) = (join(whole.y == column.y), join(whole.bottom() == column.bottom()));
        frame::draw(whole, top, bottom, screen.frame(name), buf);
    }
}
