//! Opens the search overlay, and jumps between hits.

use crate::app::{
    event::{Event, Open, Situation, info},
    rejection::Rejection,
    state::{SearchChange, View},
};

/// Opens the search overlay, with `words` filled in. Line mode has no overlay: it searches all chats at once.
pub fn open(words: String, on: &Situation<'_>) -> Result<Vec<Event>, Rejection> {
    let words = (!words.is_empty()).then_some(words);
    match (on.view, words) {
        (View::Panes, words) => Ok(vec![Event::Search(SearchChange::Open(words)), Event::Open(Open::Search(()))]),
        (View::Lines, Some(words)) => Ok(vec![Event::Search(SearchChange::Everywhere(words))]),
        (View::Lines, None) => Err(Rejection::Usage("/search WORDS".to_owned())),
    }
}

/// Jumps to a hit: shows its chat, selects the message and highlights the words.
pub fn show(index: usize, on: &Situation<'_>) -> Vec<Event> {
    let Some(hit) = on.search.hits.get(index) else { return Vec::new() };
    let highlight = Event::Search(SearchChange::Highlight(true));
    vec![Event::Close, highlight, Event::Show(hit.conversation.clone()), Event::Choose(hit.seq)]
}

/// Jumps `by` hits forward, or back if negative; says so if there is no further one.
pub fn step(by: isize, on: &Situation<'_>) -> Vec<Event> {
    if on.search.hits.is_empty() {
        return vec![info("search-none")];
    }
    let index = on.search.neighbour(by);
    let mut events = vec![Event::Search(SearchChange::Step(by))];
    if index == on.search.selected && on.search.is_highlighted {
        events.push(info(if by < 0 { "search-at-latest" } else { "search-at-last" }));
    }
    events.extend(show(index, on));
    events
}
