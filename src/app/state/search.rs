//! The search in messages: the words, the hits, and the selected hit. It remains when its overlay closes, so that the
//! user can jump to the next hit.

use super::chats::latest_first;
use crate::{
    app::{effect::Effect, language::LocalizedText},
    domain::{ChatId, ChatRange, HistoryLookup, Hit, Query, SearchEnd, SearchProgress},
    protocol::{Chat, Peer},
};

/// A search and its hits.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The words as the user typed them.
    pub text: String,
    /// The chat to search; `None` to search all.
    pub only: Option<ChatId>,
    /// The parsed query; `None` if the text has no words to search for.
    pub query: Option<Query>,
    /// The messages that were found: those of the active chat first, in each chat the latest first.
    pub hits: Vec<Hit>,
    /// How the search ended; `None` while it runs.
    pub end: Option<SearchEnd>,
    /// The index of the selected hit.
    pub selected: usize,
    /// True if the words are those of the last time that the search was open.
    pub has_old_words: bool,
    /// True if the words are highlighted in the chat.
    pub is_highlighted: bool,
    /// The number of the search. Hits of a search with another number are ignored.
    number: u64,
    /// True if the hits are those of the previous search. They are kept until the first hits of this one arrive.
    is_old: bool,
    /// The number of the search whose first hit is to be opened as soon as it arrives.
    opens_first_of: Option<u64>,
}

/// A change of the search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchChange {
    /// Open the search, with these words or the last ones. It searches the active chat, unless the last search was in
    /// all chats.
    Open(Option<String>),
    /// Search for these words.
    Words(String),
    /// Search for these words in all chats.
    Everywhere(String),
    /// Switch between the active chat and all chats.
    ToggleScope,
    /// Open the first hit as soon as it arrives.
    OpenFirst,
    /// Select the hit this many steps further, or back if negative.
    Step(isize),
    /// Turn the highlighting of the words in the chat on or off.
    Highlight(bool),
}

impl Search {
    /// Changes the search. Returns the lookup in the store that the change needs. `active` is the active chat.
    pub fn update(&mut self, change: SearchChange, peer: &Peer, active: Option<&ChatId>) -> Option<Effect> {
        match change {
            SearchChange::Open(words) => {
                let is_elsewhere = self.only.is_some() && self.only.as_ref() != active;
                if self.query.is_none() || is_elsewhere {
                    self.only = active.cloned();
                }
                self.has_old_words = words.is_none();
                self.text = words.unwrap_or_else(|| std::mem::take(&mut self.text));
            }
            SearchChange::Words(words) => self.text = words,
            SearchChange::Everywhere(words) => {
                self.only = None;
                self.text = words;
            }
            SearchChange::ToggleScope => self.only = if self.only.is_some() { None } else { active.cloned() },
            SearchChange::OpenFirst => {
                self.opens_first_of = Some(self.number);
                return None;
            }
            SearchChange::Step(by) => {
                self.opens_first_of = None;
                self.selected = self.neighbour(by);
                return None;
            }
            SearchChange::Highlight(is_highlighted) => {
                self.is_highlighted = is_highlighted;
                return None;
            }
        }
        Some(self.start(peer, active))
    }

    /// The index of the hit `by` steps further, or back if negative, limited to the first and last hit.
    pub fn neighbour(&self, by: isize) -> usize {
        self.selected.saturating_add_signed(by).min(self.hits.len().saturating_sub(1))
    }

    fn start(&mut self, peer: &Peer, active: Option<&ChatId>) -> Effect {
        let query = Query::new(&self.text);
        self.number += 1;
        self.selected = 0;
        self.end = None;
        self.is_highlighted = false;
        self.is_old = query.is_some();
        self.query.clone_from(&query);
        if let Some(query) = query {
            let only = |only: &ChatId| peer.chat(only).iter().map(Chat::whole).collect();
            let chats = self.only.as_ref().map_or_else(|| all_chats(peer, active), only);
            Effect::Lookup(HistoryLookup::Search { number: self.number, query, chats })
        } else {
            self.hits.clear();
            Effect::Lookup(HistoryLookup::StopSearch)
        }
    }

    /// Adds the hits of search `number`. Returns whether they were the last ones.
    pub fn found(&mut self, number: u64, found: SearchProgress) -> bool {
        if number != self.number {
            return false;
        }
        if std::mem::take(&mut self.is_old) {
            self.hits.clear();
        }
        self.hits.extend(found.hits);
        self.end = found.end;
        self.end.is_some()
    }

    /// Returns whether no hit of this search has arrived yet, but one may.
    pub fn waits_for_hits(&self) -> bool {
        self.query.is_some() && self.end.is_none() && (self.is_old || self.hits.is_empty())
    }

    /// Returns whether to open the first hit now.
    pub fn must_open_first(&mut self) -> bool {
        if self.waits_for_hits() {
            return false;
        }
        self.opens_first_of.take() == Some(self.number) && !self.hits.is_empty()
    }

    /// Drops the hits. Called after an import, because it may move their messages to other positions.
    pub fn forget(&mut self) {
        self.hits.clear();
        (self.selected, self.is_highlighted) = (0, false);
    }

    /// The text for the scope: the name of the chat, or "all chats".
    pub fn scope(&self) -> LocalizedText {
        match &self.only {
            Some(only) => LocalizedText::quoted(only.to_string()),
            None => "search-all-chats".into(),
        }
    }
}

/// All chats: the active one first, then the others, the most recently used first.
fn all_chats(peer: &Peer, active: Option<&ChatId>) -> Vec<ChatRange> {
    let mut chats = latest_first(peer);
    chats.sort_by_key(|chat| Some(chat.id()) != active);
    chats.iter().map(Chat::whole).collect()
}
