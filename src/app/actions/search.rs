//! Opens the search overlay, and jumps between hits.

use crate::app::{
    event::{Event, ModelRef, OpenOverlay, info},
    rejection::Rejection,
    state::{SearchChange, View},
};

/// Opens the search overlay, with `words` filled in. Line mode has no overlay: it searches all chats at once.
pub fn open(words: String, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let words = (!words.is_empty()).then_some(words);
    match (model.view, words) {
        (View::Panes, words) => Ok(vec![Event::Search(SearchChange::Open(words)), Event::Open(OpenOverlay::Search)]),
        (View::Lines, Some(words)) => Ok(vec![Event::Search(SearchChange::Everywhere(words))]),
        (View::Lines, None) => Err(Rejection::Usage("/search WORDS".to_owned())),
    }
}

/// Jumps to a hit: shows its chat, selects the message and highlights the words.
pub fn show(index: usize, model: &ModelRef<'_>) -> Vec<Event> {
    let Some(hit) = model.search.hits.get(index) else { return Vec::new() };
    let highlight = Event::Search(SearchChange::Highlight(true));
    vec![Event::Close, highlight, Event::Show(hit.chat.clone()), Event::Choose(hit.position)]
}

/// Jumps `by` hits forward, or back if negative. Shows a notice if there is no further hit.
pub fn step(by: isize, model: &ModelRef<'_>) -> Vec<Event> {
    if model.search.hits.is_empty() {
        return vec![info("search-none")];
    }
    let index = model.search.neighbour(by);
    let mut events = vec![Event::Search(SearchChange::Step(by))];
    if index == model.search.selected && model.search.is_highlighted {
        events.push(info(if by < 0 { "search-at-latest" } else { "search-at-last" }));
    }
    events.extend(show(index, model));
    events
}
