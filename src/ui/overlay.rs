//! What stands in front of the panes: help, a question with a field, a question with yes and no, members.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use ratatui_textarea::TextArea;

use super::{
    composer, hints::Hint, layout, list, popup, row::Row, screen::Screen, setup::lines, text, theme::Role, users,
};
use crate::domain::{Group, Presence, UserId};

const PROMPT_WIDTH: u16 = 48;
/// Blanks between the columns of the help.
const GUTTER: usize = 3;

/// The keys of one place, under its name.
#[derive(Debug, Clone)]
pub struct Section {
    /// Where they hold.
    pub title: String,
    /// What they do.
    pub hints: Vec<Hint>,
}

/// Draws the live keymap in as many columns as fit, from row `scroll` on; returns how far it can be scrolled.
pub fn help(screen: Screen<'_>, sections: &[Section], scroll: u16, area: Rect, buf: &mut Buffer) -> u16 {
    let key_width = sections.iter().flat_map(|section| &section.hints).map(|hint| text::width(&hint.key)).max();
    let key_width = key_width.unwrap_or(0);
    let rows: Vec<Row> = sections.iter().flat_map(|section| section_rows(screen, section, key_width)).collect();
    let width = rows.iter().map(Row::left_width).max().unwrap_or(0) + GUTTER;
    let room = usize::from(area.width.saturating_sub(4));
    let count = (room / width.max(1)).clamp(1, 3);
    let height = rows.len().div_ceil(count);
    let columns = u16::try_from(count * width).unwrap_or(u16::MAX);
    let inner = popup::open(screen.theme, "Keys", columns, u16::try_from(height).unwrap_or(u16::MAX), area, buf);
    let most = u16::try_from(height).unwrap_or(u16::MAX).saturating_sub(inner.height);
    let first = usize::from(scroll.min(most));
    let width = u16::try_from(width).unwrap_or(u16::MAX);
    for (column, rows) in (0_u16..).zip(rows.chunks(height.max(1))) {
        let x = inner.x + column * width;
        for (place, row) in (0..inner.height).zip(rows.iter().skip(first)) {
            let cell = Rect { x, width: width.min(inner.right().saturating_sub(x)), ..layout::row(inner, place) };
            row.clone().draw(cell, screen.style(Role::Text), buf);
        }
    }
    most
}

fn section_rows(screen: Screen<'_>, section: &Section, key_width: usize) -> Vec<Row> {
    let mut title = Row::new();
    title.push(&section.title, screen.style(Role::Title));
    let keys = section.hints.iter().map(|hint| {
        let mut row = Row::new();
        row.push(format!("  {}  ", text::fit(&hint.key, key_width)), screen.style(Role::Key));
        row.push(&hint.does, screen.style(Role::Text));
        row
    });
    std::iter::once(title).chain(keys).chain([Row::new()]).collect()
}

/// Draws a field with a title, and below it what is wrong with what stands in it; returns the cursor.
pub fn prompt(
    screen: Screen<'_>,
    title: &str,
    field: &TextArea<'_>,
    error: Option<&str>,
    area: Rect,
    buf: &mut Buffer,
) -> Option<Position> {
    let error = error.map_or_else(Vec::new, |error| text::wrap(&text::safe_line(error), usize::from(PROMPT_WIDTH)));
    let rows = 2 + u16::try_from(error.len()).unwrap_or(0);
    let inner = popup::open(screen.theme, title, PROMPT_WIDTH, rows, area, buf);
    let cursor = composer::draw(field, "", layout::row(inner, 0), screen.theme, buf);
    lines(screen.theme, &error, Role::Error, layout::below(inner, 1), buf);
    let last = layout::below(inner, inner.height.saturating_sub(1).max(1));
    lines(screen.theme, &["Enter does it, Esc leaves it".to_owned()], Role::Hint, last, buf);
    cursor
}

/// Draws a question and its answers.
pub fn confirm(screen: Screen<'_>, title: &str, question: &str, answers: &str, area: Rect, buf: &mut Buffer) {
    let words = text::wrap(&text::safe(question), usize::from(PROMPT_WIDTH.min(area.width.saturating_sub(4)).max(1)));
    let rows = u16::try_from(words.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = popup::open(screen.theme, title, PROMPT_WIDTH, rows, area, buf);
    lines(screen.theme, &words, Role::Text, inner, buf);
    let last = layout::below(inner, inner.height.saturating_sub(1));
    lines(screen.theme, &[answers.to_owned()], Role::Key, last, buf);
}

/// Draws who is in a group; returns where each is.
pub fn members(
    screen: Screen<'_>,
    group: &Group,
    selected: Option<usize>,
    area: Rect,
    buf: &mut Buffer,
) -> Vec<(usize, Rect)> {
    let everyone: Vec<&UserId> = group.everyone().collect();
    let height = u16::try_from(everyone.len()).unwrap_or(u16::MAX);
    let inner = popup::open(screen.theme, &format!("#{}", group.name), PROMPT_WIDTH / 2, height, area, buf);
    let look = (screen.theme, |_: &&UserId| 1, |id: &&UserId| vec![member(screen, group, id)]);
    list::draw(inner, &everyone, selected, look, buf)
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
        row.push("  ★ leads", screen.style(Role::Leader));
    }
    row
}
