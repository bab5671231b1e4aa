//! Looking for words in what was said: what is looked for, what was found, and which of it is looked at.

use super::{composer::Composer, effect::Effect, front, model::Model, overlay::Overlay};
use crate::{
    domain::{ConversationId, End, Found, Hit, LocalizedText, Query, localized},
    protocol::Peer,
};

/// What is looked for, and what was found. It is kept when the list is closed, so that one can go on.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The words, as they are typed.
    pub composer: Composer,
    /// Only this conversation is looked through; all of them where there is none.
    pub only: Option<ConversationId>,
    /// What is looked for, if the words are something to look for.
    pub query: Option<Query>,
    /// What was found: the latest first, the conversation that was in front before the others.
    pub hits: Vec<Hit>,
    /// Set when no more will be found.
    pub end: Option<End>,
    /// Which of the hits.
    pub selected: usize,
    /// Whether the words are marked where they stand in the talk.
    pub is_marked: bool,
    number: u64,
    /// Whether the hits are those of an earlier search, kept until the first of the new one come.
    is_old: bool,
}

/// Opens the list, with `words` to look for if there are any.
pub(super) fn open(model: &mut Model, words: Option<&str>, effects: &mut Vec<Effect>) {
    if model.is_line_mode() {
        return print(model, words, effects);
    }
    let front = model.active().cloned();
    let search = &mut model.search;
    let is_elsewhere = search.only.is_some() && search.only != front;
    if search.query.is_none() || is_elsewhere {
        search.only = front;
    }
    if let Some(words) = words {
        search.composer.set(words);
    }
    model.overlay = Some(Overlay::Search);
    look(model, effects);
}

/// Looks everywhere; what is found is printed at the end.
fn print(model: &mut Model, words: Option<&str>, effects: &mut Vec<Effect>) {
    match words {
        Some(words) => {
            model.search.only = None;
            model.search.composer.set(words);
            look(model, effects);
        }
        None => model.warn(localized!("usage", usage = "/search WORDS")),
    }
}

/// Looks in the conversation in front only, or everywhere.
pub(super) fn change_scope(model: &mut Model, effects: &mut Vec<Effect>) {
    let front = model.active().cloned();
    let search = &mut model.search;
    search.only = if search.only.is_some() { None } else { front };
    look(model, effects);
}

/// Looks for the words as they are now.
pub(super) fn look(model: &mut Model, effects: &mut Vec<Effect>) {
    let query = Query::new(&model.search.composer.text());
    let conversations = model.search.only.clone().map_or_else(|| everywhere(model), |only| vec![only]);
    let search = &mut model.search;
    search.number += 1;
    search.selected = 0;
    search.end = None;
    search.is_marked = false;
    search.is_old = query.is_some();
    search.query.clone_from(&query);
    if let Some(query) = query {
        effects.push(Effect::Search { number: search.number, query, conversations });
    } else {
        search.hits.clear();
        effects.push(Effect::StopSearch);
    }
}

/// The conversation in front, then the others, the latest used first.
fn everywhere(model: &Model) -> Vec<ConversationId> {
    let front = model.active().cloned();
    let mut talks: Vec<_> =
        model.peer.conversations().values().filter(|talk| Some(&talk.id) != front.as_ref()).collect();
    talks.sort_by_key(|talk| std::cmp::Reverse(talk.active));
    front.into_iter().chain(talks.into_iter().map(|talk| talk.id.clone())).collect()
}

/// Takes what was found; says whether that was the last of it.
pub(super) fn found(search: &mut Search, number: u64, found: Found) -> bool {
    if number != search.number {
        return false;
    }
    if std::mem::take(&mut search.is_old) {
        search.hits.clear();
    }
    search.hits.extend(found.hits);
    search.end = found.end;
    search.end.is_some()
}

/// The places that were found are others now.
pub(super) fn forget(search: &mut Search) {
    search.hits.clear();
    (search.selected, search.is_marked) = (0, false);
}

/// Selects a hit that lies `by` further in the list.
pub(super) fn step(search: &mut Search, by: isize) {
    let last = search.hits.len().saturating_sub(1);
    search.selected = search.selected.saturating_add_signed(by).min(last);
}

/// Brings the selected hit to the front, and what is around it.
pub(super) fn show(model: &mut Model) {
    let Some(hit) = model.search.hits.get(model.search.selected) else { return };
    let (conversation, seq) = (hit.conversation.clone(), hit.seq);
    model.overlay = None;
    model.search.is_marked = true;
    front::show(model, &conversation);
    front::choose(model, seq);
}

/// Goes to the hit that lies `by` further.
pub(super) fn go_on(model: &mut Model, by: isize) {
    let before = model.search.selected;
    if model.search.hits.is_empty() {
        return model.info("search-none");
    }
    step(&mut model.search, by);
    if model.search.selected == before && model.search.is_marked {
        model.info(if by < 0 { "search-at-latest" } else { "search-at-last" });
    }
    show(model);
}

/// What is looked through, in words.
pub fn place(search: &Search, peer: &Peer) -> LocalizedText {
    match &search.only {
        Some(only) => LocalizedText::quoted(only.name(peer.me())),
        None => "search-all-talks".into(),
    }
}
