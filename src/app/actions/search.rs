//! Opening the search, and going to its hits.

use crate::app::{
    event::{Event, Open, Situation, info},
    rejection::Rejection,
    state::{SearchChange, View},
};

/// Opens the search, for these words if there are any; in line mode searches for them everywhere.
pub fn open(words: String, on: &Situation<'_>) -> Result<Vec<Event>, Rejection> {
    let words = (!words.is_empty()).then_some(words);
    match (on.view, words) {
        (View::Panes, words) => Ok(vec![Event::Search(SearchChange::Open(words)), Event::Open(Open::Search(()))]),
        (View::Lines, Some(words)) => Ok(vec![Event::Search(SearchChange::Everywhere(words))]),
        (View::Lines, None) => Err(Rejection::Usage("/search WORDS".to_owned())),
    }
}

/// Shows a hit, and the messages around it.
pub fn show(index: usize, on: &Situation<'_>) -> Vec<Event> {
    let Some(hit) = on.search.hits.get(index) else { return Vec::new() };
    let mark = Event::Search(SearchChange::Mark(true));
    vec![Event::Close, mark, Event::Show(hit.conversation.clone()), Event::Choose(hit.seq)]
}

/// Goes to the hit that lies `by` further.
pub fn next(by: isize, on: &Situation<'_>) -> Vec<Event> {
    if on.search.hits.is_empty() {
        return vec![info("search-none")];
    }
    let index = on.search.neighbour(by);
    let mut events = vec![Event::Search(SearchChange::Step(by))];
    if index == on.search.selected && on.search.is_marked {
        events.push(info(if by < 0 { "search-at-latest" } else { "search-at-last" }));
    }
    events.extend(show(index, on));
    events
}
