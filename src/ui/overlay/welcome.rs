//! An explanation of the screen, shown at the first start.

use super::draw::{Draw, Surface};
use crate::{
    app::{Action, Context, LocalizedText, Welcome, localized},
    ui::{layout, popup, row::Row, screen::Screen, theme::Role},
};

const WIDTH: u16 = 68;

impl Draw for Welcome {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let columns = popup::columns(WIDTH, surface.area).into();
        let wrap = |(words, role): (String, Role)| Row::wrapped(&words, columns, screen.style(role));
        let mut rows: Vec<Row> = page(screen).into_iter().flat_map(wrap).collect();
        let end = wrap((close(screen), Role::Hint));
        let height = rows.len() + end.len();
        let is_cut = height + 2 > usize::from(surface.area.height);
        let title = if is_cut { screen.translate("welcome-title-more") } else { "papo".to_owned() };
        let inner = surface.open(&title, WIDTH, height);
        let room = usize::from(inner.height).saturating_sub(end.len());
        let overflow = rows.len().saturating_sub(room);
        rows.drain(..usize::from(self.scroll).min(overflow));
        rows.truncate(room);
        surface.draw_rows(rows.into_iter().chain(end), inner);
        surface.layout.overflow = layout::cells(overflow);
    }
}

fn page(screen: Screen<'_>) -> Vec<(String, Role)> {
    let global = |action| screen.key(Context::Global, action);
    let users = global(Action::FocusUsers);
    let start = screen.key(Context::Users, Action::StartChat);
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
