//! The screen explained in one page, for a first start.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{Action, Context},
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
    let part = |head: &str, words: String| [(head.to_owned(), Role::Title), (format!("{words}\n "), Role::Text)];
    let me = screen.peer.me();
    let mut page = vec![(format!("Welcome, {me}. Your broker is {}.\n ", screen.model.broker), Role::Text)];
    page.extend(part(
        "Left: who there is",
        format!(
            "{users} goes to the users; Enter asks one for a talk, {talk} somebody whose id you know. {groups} goes to \
             the groups, where {new} makes one. {inbox} goes to the inbox: who asks you for something waits there \
             until you accept ({accept}) or deny ({deny})."
        ),
    ));
    page.extend(part(
        "Right: your talks, a tab for each",
        format!(
            "{chat} goes to where you write, {send} sends. … is on your disk, ✓ with the broker, ✓✓ with the other. \
             A line that starts with / is a command: /help, /quit."
        ),
    ));
    page.extend(part(
        "Anywhere",
        format!(
            "{} goes to anything by its name, {} shows all keys, {} leaves. The line at the bottom says what can be \
             done where you are.",
            global(Action::GoTo),
            global(Action::Help),
            global(Action::Quit)
        ),
    ));
    page.push((format!("{close} closes this page; /welcome shows it again."), Role::Hint));
    page
}
