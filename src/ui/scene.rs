//! The whole screen, put together from the panes.
//!
//! A [`Scene`] is what is to be seen, gathered from the model; drawing it says where things ended up. It
//! knows the arrangement of the panes, and of each pane no more than its name.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use ratatui_textarea::TextArea;

use super::{
    chat::{self, Spot, Talk},
    composer, frame,
    frame::Edge,
    groups, header,
    hints::{self, Hint},
    inbox,
    layout::{Areas, Focus, Pane, Wishes},
    list,
    row::Row,
    screen::Screen,
    tabs::{self, Tab},
    theme::Role,
    users,
};
use crate::domain::{Direction, Group, Request, User};

/// Items of a list, and which of them is selected.
#[derive(Debug, Clone, Default)]
pub struct Listing<'a, T> {
    /// In order.
    pub items: Vec<&'a T>,
    /// Which.
    pub selected: Option<usize>,
}

/// What the inbox shows.
#[derive(Debug, Clone)]
pub struct Inbox<'a> {
    /// The requests.
    pub requests: Listing<'a, Request>,
    /// `2`, `history`, `confirmations`.
    pub title: String,
    /// What it says when there are none.
    pub empty: &'static str,
}

/// Where in the conversation the screen stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading {
    /// The lowest row that is seen; `None` for the newest.
    pub bottom: Option<Spot>,
    /// By how many rows it is to be moved.
    pub by: i64,
}

/// What the composer's place is used for.
#[derive(Debug, Clone)]
pub enum Writing<'a> {
    /// There is nothing to write in.
    Hidden,
    /// This is being written.
    Open {
        /// What.
        text: &'a TextArea<'static>,
        /// Said while it is empty.
        placeholder: String,
    },
    /// Nothing can be written any more; why.
    Closed(&'static str),
}

/// What is to be seen, overlays apart.
pub struct Scene<'a> {
    /// The broker, as the header calls it.
    pub broker: &'a str,
    /// How the connection stands.
    pub link: header::Link<'a>,
    /// Which pane has the focus.
    pub focus: Focus,
    /// The users.
    pub users: Listing<'a, User>,
    /// The groups.
    pub groups: Listing<'a, Group>,
    /// The inbox.
    pub inbox: Inbox<'a>,
    /// The open conversations.
    pub tabs: Vec<Tab>,
    /// Which of them is shown.
    pub active: Option<usize>,
    /// Its messages.
    pub talk: Option<Talk<'a>>,
    /// Where in them.
    pub reading: Reading,
    /// Where it is written.
    pub composer: Writing<'a>,
    /// Said instead of the hints.
    pub notice: Option<(String, Role)>,
    /// What the keys do.
    pub hints: Vec<Hint>,
}

/// Where things ended up.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The panes.
    pub areas: Areas,
    /// Users by place in the list.
    pub users: Vec<(usize, Rect)>,
    /// Groups by place in the list.
    pub groups: Vec<(usize, Rect)>,
    /// Requests by place in the list.
    pub requests: Vec<(usize, Rect)>,
    /// Tabs by place.
    pub tabs: Vec<(usize, Rect)>,
    /// Rows of messages, from the top.
    pub messages: Vec<Spot>,
    /// The lowest row that is seen, settled; `None` for the newest.
    pub bottom: Option<Spot>,
    /// Where the cursor stands.
    pub cursor: Option<Position>,
}

impl Scene<'_> {
    /// Draws it all.
    pub fn draw(&self, screen: Screen<'_>, area: Rect, buf: &mut Buffer) -> Places {
        let areas = Areas::split(area, self.wishes(area));
        let mut places = Places { areas, ..Places::default() };
        if let Some(area) = areas.header {
            header::draw(screen, self.broker, self.link, area, buf);
        }
        if let Some(area) = areas.hints {
            match &self.notice {
                Some((words, role)) => hints::draw_notice(screen, words, *role, area, buf),
                None => hints::draw(screen, &self.hints, area, buf),
            }
        }
        self.draw_frames(screen, &areas, buf);
        self.draw_lists(screen, &mut places, buf);
        self.draw_chat(screen, &mut places, buf);
        places
    }

    fn wishes(&self, area: Rect) -> Wishes {
        let count = |len| u16::try_from(len).unwrap_or(u16::MAX);
        let inbox = self.inbox.requests.items.iter().map(|request| usize::from(request_height(request))).sum::<usize>();
        let wishes = Wishes {
            focus: self.focus,
            groups: count(self.groups.items.len()),
            inbox: count(inbox),
            composer: u16::from(!matches!(self.composer, Writing::Hidden)),
        };
        let Writing::Open { text, .. } = &self.composer else {
            return wishes;
        };
        // The width does not hang on the height.
        let columns = Areas::split(area, wishes).composer.map_or(1, |composer| composer.width);
        Wishes { composer: composer::height(text, columns), ..wishes }
    }

    fn draw_frames(&self, screen: Screen<'_>, areas: &Areas, buf: &mut Buffer) {
        let panes = [(Focus::Users, areas.users), (Focus::Groups, areas.groups), (Focus::Inbox, areas.inbox)];
        let style = |focus| screen.style(if focus == self.focus { Role::FrameFocused } else { Role::Frame });
        if let Some(column) = areas.left {
            frame::draw(column, Edge::End, Edge::End, screen.style(Role::Frame), buf);
            // The focused one last: its border goes all around it.
            let focused_last = |&(focus, _): &(Focus, Option<Pane>)| focus == self.focus;
            let (last, rest): (Vec<_>, Vec<_>) = panes.into_iter().partition(focused_last);
            for (focus, pane) in rest.into_iter().chain(last) {
                let Some(pane) = pane else { continue };
                let whole = Rect { height: pane.inner.height + 2, ..pane.outer };
                let edge = |is_end| if is_end { Edge::End } else { Edge::Shared };
                let (top, bottom) = (edge(whole.y == column.y), edge(whole.bottom() == column.bottom()));
                frame::draw(whole, top, bottom, style(focus), buf);
            }
            for (focus, pane) in panes {
                if let Some(pane) = pane {
                    frame::title(pane.outer, self.title(screen, focus), buf);
                }
            }
        }
        if let Some(right) = areas.right {
            let composer = areas.divider.map(|divider| Rect { height: right.bottom() - divider.y, ..divider });
            let messages = Rect { height: right.height - composer.map_or(0, |area| area.height - 1), ..right };
            frame::draw(right, Edge::End, Edge::End, screen.style(Role::Frame), buf);
            let bottom = if composer.is_some() { Edge::Shared } else { Edge::End };
            frame::draw(messages, Edge::End, bottom, style(Focus::Chat), buf);
            if let Some(composer) = composer
                && self.focus == Focus::Composer
            {
                frame::draw(composer, Edge::Shared, Edge::End, style(Focus::Composer), buf);
            }
        }
    }

    fn title(&self, screen: Screen<'_>, focus: Focus) -> Row {
        let role = if focus == self.focus { Role::TitleFocused } else { Role::Title };
        match focus {
            Focus::Users => users::title(screen, role),
            Focus::Groups => groups::title(screen, role),
            _ => inbox::title(screen, role, &self.inbox.title),
        }
    }

    fn draw_lists(&self, screen: Screen<'_>, places: &mut Places, buf: &mut Buffer) {
        let selected = |focus, selected: Option<usize>| selected.filter(|_| self.focus == focus);
        if let Some(pane) = places.areas.users {
            let look = (screen.theme, |_: &&User| 1, |user: &&User| vec![users::row(screen, user)]);
            let chosen = selected(Focus::Users, self.users.selected);
            places.users = list::draw(pane.inner, &self.users.items, chosen, look, buf);
            if self.users.items.is_empty() {
                list::draw_empty(pane.inner, users::EMPTY, screen.theme, buf);
            }
        }
        if let Some(pane) = places.areas.groups {
            let width = groups::name_width(screen);
            let look = (screen.theme, |_: &&Group| 1, |group: &&Group| vec![groups::row(screen, group, width)]);
            let chosen = selected(Focus::Groups, self.groups.selected);
            places.groups = list::draw(pane.inner, &self.groups.items, chosen, look, buf);
            if self.groups.items.is_empty() {
                list::draw_empty(pane.inner, groups::EMPTY, screen.theme, buf);
            }
        }
        if let Some(pane) = places.areas.inbox {
            let look = (
                screen.theme,
                |request: &&Request| request_height(request),
                |request: &&Request| match request.direction {
                    Direction::Incoming => vec![inbox::incoming(screen, request)],
                    Direction::Outgoing => inbox::outgoing(screen, request),
                },
            );
            let chosen = selected(Focus::Inbox, self.inbox.requests.selected);
            places.requests = list::draw(pane.inner, &self.inbox.requests.items, chosen, look, buf);
            if self.inbox.requests.items.is_empty() {
                list::draw_empty(pane.inner, self.inbox.empty, screen.theme, buf);
            }
        }
    }

    fn draw_chat(&self, screen: Screen<'_>, places: &mut Places, buf: &mut Buffer) {
        if let Some(area) = places.areas.tabs {
            places.tabs = tabs::draw(screen, &self.tabs, self.active, area, buf);
        }
        if let Some(area) = places.areas.messages {
            match &self.talk {
                Some(talk) => {
                    let window = chat::draw(screen, talk, self.reading, area, buf);
                    places.messages = window.rows.iter().map(|(spot, _)| *spot).collect();
                    places.bottom = window.bottom;
                }
                None => list::draw_empty(area, chat::NO_TALK, screen.theme, buf),
            }
        }
        match (places.areas.composer, &self.composer) {
            (Some(area), Writing::Open { text, placeholder }) => {
                let cursor = composer::draw(text, placeholder, area, screen.theme, buf);
                places.cursor = cursor.filter(|_| self.focus == Focus::Composer);
            }
            (Some(area), Writing::Closed(why)) => {
                let mut row = Row::new();
                row.push(why, screen.style(Role::Notice));
                row.draw(area, screen.style(Role::Text), buf);
            }
            (Some(_), Writing::Hidden) | (None, _) => {}
        }
    }
}

/// A talk that came of a request of mine shows its topic on a row of its own.
fn request_height(request: &Request) -> u16 {
    if request.direction == Direction::Outgoing && request.session().is_some() { 2 } else { 1 }
}
