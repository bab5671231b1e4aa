//! A field, and below it the list that what one types there leaves: of all talks, or of what was found.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use crate::{
    app::{Action, Composer, Context, Goal, Layout, Palette, Search, Talks, search},
    domain::{Body, Conversation, End, Hit, Presence, Query, localized},
    ui::{composer, layout, list, popup, row::Row, screen::Screen, tabs, text, theme::Role},
};

const WIDTH: u16 = 76;
/// Longer names are not lined up.
const NAME_LIMIT: usize = 12;
/// So much of a text is seen for certain: what was found in it must end within.
const SEEN: usize = 40;
/// How much is seen before what was found further behind.
const BEFORE: usize = 16;

/// All talks: `bob     ended         21 Nov  12 messages`.
pub(super) fn draw_talks(
    screen: Screen<'_>,
    talks: &Talks,
    area: Rect,
    layout: &mut Layout,
    buf: &mut Buffer,
) -> Option<Position> {
    let listed = talks.list(screen.peer);
    let index = talks.index(&listed);
    let (field, rows, foot) = open(screen, &screen.translate("talks-title"), area, buf);
    let look = (screen.theme, |_: &&Conversation| 1, |talk: &&Conversation| vec![talk_row(screen, talk)]);
    layout.over = list::draw(rows, &listed, index, look, buf);
    let words = match listed.len() {
        0 => screen.translate("talks-none"),
        count => screen.translate(localized!("talks-count", count)),
    };
    say(screen, &words, foot, buf);
    draw_field(screen, &talks.composer, &screen.translate("talks-placeholder"), field, buf)
}

/// Everything: `bob     talk, ended`.
pub(super) fn draw_palette(
    screen: Screen<'_>,
    palette: &Palette,
    area: Rect,
    layout: &mut Layout,
    buf: &mut Buffer,
) -> Option<Position> {
    let (field, rows, foot) = open(screen, &screen.translate("palette-title"), area, buf);
    let selected = (!palette.goals.is_empty()).then_some(palette.selected);
    let look = (screen.theme, |_: &Goal| 1, |goal: &Goal| vec![goal_row(screen, goal)]);
    layout.over = list::draw(rows, &palette.goals, selected, look, buf);
    let words =
        if palette.goals.is_empty() { screen.translate("palette-none") } else { screen.translate("palette-what") };
    say(screen, &words, foot, buf);
    draw_field(screen, &palette.composer, &screen.translate("palette-placeholder"), field, buf)
}

/// What was found: `bob   21 Nov  bob: shall we look at the pump?`.
pub(super) fn draw_search(screen: Screen<'_>, area: Rect, layout: &mut Layout, buf: &mut Buffer) -> Option<Position> {
    let looked = &screen.model.search;
    let title = screen.translate(localized!("search-title", place = search::place(looked, screen.peer)));
    let (field, rows, foot) = open(screen, &title, area, buf);
    let selected = (!looked.hits.is_empty()).then_some(looked.selected);
    let look = (screen.theme, |_: &Hit| 1, |hit: &Hit| vec![hit_row(screen, hit, looked.query.as_ref())]);
    layout.over = list::draw(rows, &looked.hits, selected, look, buf);
    say(screen, &state(screen, looked), foot, buf);
    draw_field(screen, &looked.composer, &screen.translate("search-placeholder"), field, buf)
}

/// Where it is lower, the list gets all the room there is.
const ROOMY: u16 = 12;

/// The box, as high as there is room for, so that it stands still while one types: its field, list and last line.
fn open(screen: Screen<'_>, title: &str, area: Rect, buf: &mut Buffer) -> (Rect, Rect, Rect) {
    let is_roomy = area.height >= ROOMY;
    let around = if is_roomy { 4 } else { 2 };
    let inner = popup::open(screen.theme, title, WIDTH, area.height.saturating_sub(around), area, buf);
    let field = layout::row(inner, 0);
    if !is_roomy {
        let list = layout::below(inner, 1);
        return (field, list, layout::below(list, list.height));
    }
    let mut rule = Row::new();
    rule.push("─".repeat(usize::from(inner.width)), screen.style(Role::Frame));
    rule.draw(layout::row(inner, 1), screen.style(Role::Text), buf);
    let below = layout::below(inner, 2);
    let list = Rect { height: below.height.saturating_sub(1), ..below };
    (field, list, layout::below(below, list.height))
}

fn draw_field(screen: Screen<'_>, field: &Composer, hint: &str, area: Rect, buf: &mut Buffer) -> Option<Position> {
    composer::draw(field.area(), || hint.to_owned(), area, screen.theme, buf)
}

fn say(screen: Screen<'_>, words: &str, area: Rect, buf: &mut Buffer) {
    let mut row = Row::new();
    row.push(words, screen.style(Role::Dim));
    row.draw(area, screen.style(Role::Text), buf);
}

fn goal_row(screen: Screen<'_>, goal: &Goal) -> Row {
    let mut row = Row::new();
    row.push(goal.name(screen.peer.me()), screen.style(Role::Text));
    let about = match goal {
        Goal::Talk(id) => {
            let talk = screen.peer.conversations().get(id);
            if let Some(talk) = talk.filter(|talk| talk.unread > 0) {
                row.push(format!(" {}", talk.unread), screen.style(Role::Unread));
            }
            talk.and_then(|talk| tabs::note(talk.phase)).unwrap_or("palette-talk")
        }
        Goal::User(user) => match screen.peer.users().get(user).map(|user| user.presence) {
            Some(Presence::Online) => "palette-online",
            _ => "palette-user",
        },
        Goal::Group(_) => "palette-group",
        Goal::Command(command) => command.text,
    };
    row.push_right(screen.translate(about), screen.style(Role::Dim));
    row
}

fn talk_row(screen: Screen<'_>, talk: &Conversation) -> Row {
    let mut row = Row::new();
    let name = talk.id.name(screen.peer.me());
    row.push(name, screen.style(Role::Text));
    if talk.unread > 0 {
        row.push(format!(" {}", talk.unread), screen.style(Role::Unread));
    }
    let padding = (NAME_LIMIT + 2).saturating_sub(row.left_width()).max(1);
    let state = tabs::note(talk.phase).map_or_else(String::new, |note| screen.translate(note));
    row.push(" ".repeat(padding), screen.style(Role::Text)).push(state, screen.style(Role::Dim));
    let messages = screen.translate(localized!("messages-count", count = talk.len));
    row.push_right(format!("{messages}  {:>11}", screen.clock.time_or_date(talk.active)), screen.style(Role::Dim));
    row
}

fn hit_row(screen: Screen<'_>, hit: &Hit, query: Option<&Query>) -> Row {
    let mut row = Row::new();
    let name = hit.conversation.name(screen.peer.me());
    row.push(name, screen.style(Role::Text));
    let padding = (NAME_LIMIT + 1).saturating_sub(row.left_width()).max(1);
    let when = screen.clock.time_or_date(hit.message.at);
    row.push(format!("{}{when:>11} ", " ".repeat(padding)), screen.style(Role::Dim));
    let author = &hit.message.author;
    row.push(format!("{author}: "), screen.theme.author(author, screen.peer.me()));
    if let Body::Text(words) = &hit.message.body {
        row.push_marked(&around(words, query), screen.style(Role::Text), query, screen.style(Role::Match));
    }
    row
}

/// The text as one line, from a little before what was found in it.
fn around(words: &str, query: Option<&Query>) -> String {
    let line = text::safe_line(words);
    let Some(place) = query.and_then(|query| query.places(&line).into_iter().next()) else { return line };
    if text::width(&line[..place.end]) <= SEEN {
        return line;
    }
    let columns = text::width(&line[..place.start]).saturating_sub(BEFORE);
    format!("{}{}", text::ELLIPSIS, text::tail(&line, columns))
}

/// How the search stands, and what else can be done.
fn state(screen: Screen<'_>, looked: &Search) -> String {
    let count = looked.hits.len();
    let found = match (&looked.query, &looked.end) {
        (None, _) => return screen.translate("search-case"),
        (Some(_), Some(End::Failed(why))) => screen.translate(localized!("search-then", count, why)),
        (Some(_), Some(End::TooMuch)) => screen.translate(localized!("search-latest", count)),
        (Some(_), Some(End::Complete)) if count == 0 => screen.translate("search-nothing"),
        (Some(_), Some(End::Complete)) => screen.translate(localized!("search-found", count)),
        (Some(_), None) => screen.translate(localized!("search-looking", count)),
    };
    let key = screen.key(Context::Find, Action::ChangeScope);
    match (&looked.only, screen.model.active()) {
        (Some(_), _) => screen.translate(localized!("search-widen", found, key)),
        (None, Some(_)) => screen.translate(localized!("search-narrow", found, key)),
        (None, None) => found,
    }
}
