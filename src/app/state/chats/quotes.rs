//! The messages that others quote: found among those in memory, or looked up in the store.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::RangeInclusive,
};

use super::window::Window;
use crate::domain::{ChatMessage, MessageId, Relation, UserId};

/// How many quoted messages are kept; beyond it they are looked up again.
const QUOTE_LIMIT: usize = 200;
/// How many edits are kept for pages that were read before them and arrive after them.
const EDIT_LIMIT: usize = 50;

/// Quoted messages that are not in memory, as far as they are known.
#[derive(Debug, Clone, Default)]
pub struct Quotes {
    /// [`None`] while a message is looked up, and where it was not found.
    found: BTreeMap<MessageId, Option<(u64, ChatMessage)>>,
    edits: VecDeque<(MessageId, UserId, String)>,
}

impl Quotes {
    /// The message with this id and its place, as far as it is known.
    pub fn get<'a>(&'a self, id: MessageId, window: &'a Window) -> Option<(u64, &'a ChatMessage)> {
        let found = || self.found.get(&id)?.as_ref().map(|(seq, message)| (*seq, message));
        window.find(id).or_else(found)
    }

    /// The ids that have to be looked up so that the messages in these places can be shown, each with the place before
    /// which it lies.
    pub fn missing(&mut self, places: RangeInclusive<u64>, window: &Window) -> Vec<(MessageId, u64)> {
        let mut missing = Vec::new();
        for seq in places {
            let quoted = window.get(seq).and_then(|message| message.relation).and_then(Relation::answered);
            if let Some(id) = quoted.filter(|id| !self.found.contains_key(id) && self.get(*id, window).is_none()) {
                if self.found.len() >= QUOTE_LIMIT {
                    self.found.clear();
                }
                self.found.insert(id, None);
                missing.push((id, seq));
            }
        }
        missing
    }

    /// A message was looked up.
    pub fn found(&mut self, id: MessageId, found: Option<(u64, ChatMessage)>) {
        self.found.insert(id, found);
    }

    /// A message says something else from now on.
    pub fn edited(&mut self, id: MessageId, author: &UserId, text: &str) {
        if let Some(Some((_, message))) = self.found.get_mut(&id) {
            message.edit(author, text);
        }
        self.edits.push_back((id, author.clone(), text.to_owned()));
        if self.edits.len() > EDIT_LIMIT {
            self.edits.pop_front();
        }
    }

    /// Repeats the latest edits on a window into which a page was loaded.
    pub fn reapply_edits(&self, window: &mut Window) {
        for (id, author, text) in &self.edits {
            window.edit(*id, author, text);
        }
    }
}
