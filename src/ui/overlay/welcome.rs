//! The screen explained in one page, for a first start.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{Action, Context},
    domain::{Phrase, phrase},
    ui::{layout, popup, row::Row, screen::Screen, text, theme::Role},
};

const WIDTH: u16 = 68;

pub(super) fn draw(screen: Screen<'_>, area: Rect, buf: &mut Buffer) {
    let columns = usize::from(WIDTH.min(area.width.saturating_sub(4)).max(1));
    let rows: Vec<(String, Role)> = page(screen)
        .into_iter()
        .flat_map(|(words, role)| text::wrap(&text::safe(&words), columns).into_iter().map(move |line| (line, role)))
        .collect();
    let height = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let inner = popup::open(screen.theme, "papo", WIDTH, height, area, buf);
    // Where there is not room for all, the end is what one needs to get out.
    let from = rows.len().saturating_sub(usize::from(inner.height));
    for (place, (words, role)) in (0..inner.height).zip(&rows[from..]) {
        let mut row = Row::new();
        row.push(words, screen.style(*role));
        row.draw(layout::row(inner, place), screen.style(Role::Text), buf);
    }
}

fn page(screen: Screen<'_>) -> Vec<(String, Role)> {
    let global = |action| screen.key(Context::Global, action);
    let users = global(Action::FocusUsers);
    let talk = screen.key(Context::Users, Action::TalkTo);
    let inbox = global(Action::FocusInbox);
    let (accept, deny) = (screen.key(Context::Inbox, Action::Accept), screen.key(Context::Inbox, Action::Deny));
    let (groups, new) = (global(Action::FocusGroups), screen.key(Context::Groups, Action::NewGroup));
    let chat = global(Action::FocusChat);
    let (send, close) = (screen.key(Context::Composer, Action::Send), screen.key(Context::List, Action::Open));
    let part = |head: &'static str, words: Phrase| {
        [(screen.say(head), Role::Title), (format!("{}\n ", screen.say(words)), Role::Text)]
    };
    let hello = screen.say(phrase!("welcome", me = screen.peer.me(), broker = screen.model.broker));
    let mut page = vec![(hello + "\n ", Role::Text)];
    page.extend(part("welcome-left", phrase!("welcome-left-more", users, talk, groups, new, inbox, accept, deny)));
    page.extend(part("welcome-right", phrase!("welcome-right-more", chat, send)));
    let (go_to, help, quit) = (global(Action::GoTo), global(Action::Help), global(Action::Quit));
    page.extend(part("welcome-anywhere", phrase!("welcome-anywhere-more", go_to, help, quit)));
    page.push((screen.say(phrase!("welcome-close", close)), Role::Hint));
    page
}
