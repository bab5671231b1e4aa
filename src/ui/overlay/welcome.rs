//! The screen explained in one page, for a first start.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::draw::Draw;
use crate::{
    app::{Action, Context, Layout, LocalizedText, Welcome, localized},
    ui::{layout, popup, row::Row, screen::Screen, text, theme::Role},
};

const WIDTH: u16 = 68;

impl Draw for Welcome {
    fn draw(&self, screen: Screen<'_>, area: Rect, layout: &mut Layout, buf: &mut Buffer) -> Option<Position> {
        let columns = usize::from(WIDTH.min(area.width.saturating_sub(4)).max(1));
        let wrap = |(words, role): (String, Role)| {
            text::wrap(&text::safe(&words), columns).into_iter().map(move |line| (line, role)).collect::<Vec<_>>()
        };
        let mut rows: Vec<(String, Role)> = page(screen).into_iter().flat_map(wrap).collect();
        let end = wrap((close(screen), Role::Hint));
        let size = |length| u16::try_from(length).unwrap_or(u16::MAX);
        let height = size(rows.len() + end.len());
        let is_cut = height + 2 > area.height;
        let title = if is_cut { screen.translate("welcome-title-more") } else { "papo".to_owned() };
        let inner = popup::open(screen.theme, &title, WIDTH, height, area, buf);
        let room = usize::from(inner.height).saturating_sub(end.len());
        let overflow = rows.len().saturating_sub(room);
        rows.drain(..usize::from(self.scroll).min(overflow));
        rows.truncate(room);
        rows.extend(end);
        for (place, (words, role)) in (0..inner.height).zip(&rows) {
            let mut row = Row::new();
            row.push(words, screen.style(*role));
            row.draw(layout::row(inner, place), screen.style(Role::Text), buf);
        }
        layout.overflow = size(overflow);
        None
    }
}

fn page(screen: Screen<'_>) -> Vec<(String, Role)> {
    let global = |action| screen.key(Context::Global, action);
    let users = global(Action::FocusUsers);
    let start = screen.key(Context::Users, Action::TalkTo);
    let inbox = global(Action::FocusInbox);
    let (accept, deny) = (screen.key(Context::Inbox, Action::Accept), screen.key(Context::Inbox, Action::Deny));
    let (groups, new) = (global(Action::FocusGroups), screen.key(Context::Groups, Action::NewGroup));
    let chat = global(Action::FocusChat);
    let send = screen.key(Context::Composer, Action::Send);
    let part = |head: &'static str, words: LocalizedText| {
        [(screen.translate(head), Role::Title), (format!("{}\n ", screen.translate(words)), Role::Text)]
    };
    let hello = screen.translate(localized!("welcome", me = screen.peer.me(), broker = screen.model.broker));
    let mut page = vec![(hello + "\n ", Role::Text)];
    page.extend(part("welcome-left", localized!("welcome-left-more", users, start, groups, new, inbox, accept, deny)));
    page.extend(part("welcome-right", localized!("welcome-right-more", chat, send)));
    let (go_to, help, quit) = (global(Action::GoTo), global(Action::Help), global(Action::Quit));
    page.extend(part("welcome-anywhere", localized!("welcome-anywhere-more", go_to, help, quit)));
    page
}

fn close(screen: Screen<'_>) -> String {
    screen.translate(localized!("welcome-close", close = screen.key(Context::List, Action::Open)))
}
