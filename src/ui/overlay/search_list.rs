//! The results of a search: `bob   21 Nov  bob: shall we look at the pump?`.

use super::{
    draw::{Draw, Surface},
    finder::Finder,
};
use crate::{
    app::{Action, Context, Search, SearchList, localized},
    domain::{Body, Hit, Query, SearchEnd},
    ui::{row::Row, screen::Screen, text, theme::Role},
};

/// The width of the column of names. A longer name pushes the next column to the right.
const NAME_LIMIT: usize = 12;
/// The columns of a message that are always visible. If the first match ends later, the start of the message is cut.
const VISIBLE_WIDTH: usize = 40;
/// The columns that are shown before such a match.
const WIDTH_BEFORE_MATCH: usize = 16;

impl Draw for SearchList {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let search = &screen.model.search;
        let selected = (!search.hits.is_empty()).then_some(search.selected);
        let finder = Finder {
            title: screen.translate(localized!("search-title", place = search.scope())),
            composer: &self.composer,
            placeholder: "search-placeholder",
            foot: state(screen, search),
        };
        let row = |hit: &Hit| hit_row(screen, hit, search.query.as_ref());
        finder.draw(surface, &search.hits, selected, row);
    }
}

fn hit_row(screen: Screen<'_>, hit: &Hit, query: Option<&Query>) -> Row {
    let mut row = Row::of(hit.chat.to_string(), screen.style(Role::Text));
    let padding = (NAME_LIMIT + 1).saturating_sub(row.left_width()).max(1);
    let when = screen.clock.time_or_date(hit.message.at);
    row.push(format!("{}{when:>11} ", " ".repeat(padding)), screen.style(Role::Dim));
    let author = &hit.message.author;
    row.push(format!("{author}: "), screen.theme.author(author, screen.peer.me()));
    if let Body::Text(words) = &hit.message.body {
        row.push_marked(&excerpt(words, query), screen.style(Role::Text), query, screen.style(Role::Match));
    }
    row
}

/// A message as one line. If the match would not be visible, the line begins shortly before it.
fn excerpt(words: &str, query: Option<&Query>) -> String {
    let line = text::safe_line(words);
    let Some(range) = query.and_then(|query| query.places(&line).into_iter().next()) else { return line };
    if text::width(&line[..range.end]) <= VISIBLE_WIDTH {
        return line;
    }
    let columns = text::width(&line[..range.start]).saturating_sub(WIDTH_BEFORE_MATCH);
    format!("{}{}", text::ELLIPSIS, text::tail(&line, columns))
}

/// The progress of the search, and the key that changes its scope.
fn state(screen: Screen<'_>, search: &Search) -> String {
    let count = search.hits.len();
    let found = match (&search.query, &search.end) {
        // There is no query yet: a hint says that the search ignores case.
        (None, _) => return screen.translate("search-case"),
        (Some(_), Some(SearchEnd::Failed(why))) => screen.translate(localized!("search-then", count, why)),
        (Some(_), Some(SearchEnd::TooMuch)) => screen.translate(localized!("search-latest", count)),
        (Some(_), Some(SearchEnd::Complete)) if count == 0 => screen.translate("search-nothing"),
        (Some(_), Some(SearchEnd::Complete)) => screen.translate(localized!("search-found", count)),
        (Some(_), None) => screen.translate(localized!("search-looking", count)),
    };
    let key = screen.key(Context::Find, Action::ChangeScope);
    match (&search.only, screen.model.chats.active_chat()) {
        (Some(_), _) => screen.translate(localized!("search-widen", found, key)),
        (None, Some(_)) => screen.translate(localized!("search-narrow", found, key)),
        (None, None) => found,
    }
}
