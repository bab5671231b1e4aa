//! The search in messages: its words, its hits, and which of them is selected. Kept when its overlay is closed, so that
//! the user can go on to the next hit.

use super::chats::latest_first;
use crate::{
    app::{effect::Effect, language::LocalizedText},
    domain::{ConversationId, Hit, Lookup, Query, SearchEnd, SearchProgress},
    protocol::Peer,
};

/// A search and what it has found.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The words, as they are typed.
    pub text: String,
    /// The only conversation that is searched; all of them where there is none.
    pub only: Option<ConversationId>,
    /// The query, if the words are something to search for.
    pub query: Option<Query>,
    /// The messages that were found: the latest first, those of the active chat before the others.
    pub hits: Vec<Hit>,
    /// Set when no more will be found.
    pub end: Option<SearchEnd>,
    /// The index of the selected hit.
    pub selected: usize,
    /// Whether the words are marked in the chat.
    pub is_highlighted: bool,
    number: u64,
    /// Whether the hits are those of an earlier search, kept until the first of the new one come.
    is_old: bool,
}

/// A change of the search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchChange {
    /// It is opened: in the active chat, unless the last search was there or everywhere.
    Open(Option<String>),
    /// Other words are searched for.
    Words(String),
    /// These words are searched for everywhere.
    Everywhere(String),
    /// The active chat is searched, or everywhere.
    ToggleScope,
    /// A hit that lies so many places further is selected.
    Step(isize),
    /// The words are marked in the chat from now on, or not.
    Highlight(bool),
}

impl Search {
    /// Changes the search; returns the read that follows. `active` is the active chat.
    pub fn update(&mut self, change: SearchChange, peer: &Peer, active: Option<&ConversationId>) -> Option<Effect> {
        match change {
            SearchChange::Open(words) => {
                let is_elsewhere = self.only.is_some() && self.only.as_ref() != active;
                if self.query.is_none() || is_elsewhere {
                    self.only = active.cloned();
                }
                self.text = words.unwrap_or_else(|| std::mem::take(&mut self.text));
            }
            SearchChange::Words(words) => self.text = words,
            SearchChange::Everywhere(words) => {
                self.only = None;
                self.text = words;
            }
            SearchChange::ToggleScope => self.only = if self.only.is_some() { None } else { active.cloned() },
            SearchChange::Step(by) => {
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

    /// The index of the hit that lies `by` further, as far as there are any.
    pub fn neighbour(&self, by: isize) -> usize {
        self.selected.saturating_add_signed(by).min(self.hits.len().saturating_sub(1))
    }

    fn start(&mut self, peer: &Peer, active: Option<&ConversationId>) -> Effect {
        let query = Query::new(&self.text);
        self.number += 1;
        self.selected = 0;
        self.end = None;
        self.is_highlighted = false;
        self.is_old = query.is_some();
        self.query.clone_from(&query);
        if let Some(query) = query {
            let conversations = self.only.clone().map_or_else(|| everywhere(peer, active), |only| vec![only]);
            Effect::Lookup(Lookup::Search { number: self.number, query, conversations })
        } else {
            self.hits.clear();
            Effect::Lookup(Lookup::StopSearch)
        }
    }

    /// Takes the hits of search `number`; returns whether they were the last.
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

    /// Forgets the hits, whose messages are at other places now.
    pub fn forget(&mut self) {
        self.hits.clear();
        (self.selected, self.is_highlighted) = (0, false);
    }

    /// The scope in words.
    pub fn scope(&self, peer: &Peer) -> LocalizedText {
        match &self.only {
            Some(only) => LocalizedText::quoted(only.name(peer.me())),
            None => "search-all-chats".into(),
        }
    }
}

/// The active chat, then the others, the latest used first.
fn everywhere(peer: &Peer, active: Option<&ConversationId>) -> Vec<ConversationId> {
    let others = latest_first(peer).into_iter().map(|chat| &chat.id).filter(|id| Some(*id) != active);
    active.into_iter().chain(others).cloned().collect()
}
