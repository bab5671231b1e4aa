//! The messages that replies quote: found in the window, or looked up in the store.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::RangeInclusive,
};

use super::window::Window;
use crate::domain::{ChatMessage, MessageId, Relation, UserId};

/// The most quoted messages to keep. When that many are kept, papo drops them all and looks them up again when needed.
const QUOTE_LIMIT: usize = 200;
/// The most edits to keep. A page that the store read before an edit may arrive after it, and then needs the edit
/// again.
const EDIT_LIMIT: usize = 50;

/// The quoted messages that are outside the window, and the latest edits.
#[derive(Debug, Clone, Default)]
pub struct Quotes {
    /// [`None`] while a message is being looked up, and if the store does not have it.
    found: BTreeMap<MessageId, Option<(u64, ChatMessage)>>,
    edits: VecDeque<(MessageId, UserId, String)>,
}

impl Quotes {
    /// The message with this ID and its position, if the window has it or it was looked up.
    pub fn get<'a>(&'a self, id: MessageId, window: &'a Window) -> Option<(u64, &'a ChatMessage)> {
        let found = || self.found.get(&id)?.as_ref().map(|(seq, message)| (*seq, message));
        window.find(id).or_else(found)
    }

    /// The quoted messages that must be looked up before the messages at these positions can be drawn. Each result is
    /// the ID of a quoted message, and the position of the message that quotes it.
    ///
    /// Returns each ID once: from then on it counts as being looked up.
    pub fn missing(&mut self, positions: RangeInclusive<u64>, window: &Window) -> Vec<(MessageId, u64)> {
        let mut missing = Vec::new();
        for seq in positions {
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

    /// Stores the result of a lookup.
    pub fn found(&mut self, id: MessageId, found: Option<(u64, ChatMessage)>) {
        self.found.insert(id, found);
    }

    /// Applies an edit to a quoted message, and keeps the edit for later pages.
    pub fn edited(&mut self, id: MessageId, author: &UserId, text: &str) {
        if let Some(Some((_, message))) = self.found.get_mut(&id) {
            message.edit(author, text);
        }
        self.edits.push_back((id, author.clone(), text.to_owned()));
        if self.edits.len() > EDIT_LIMIT {
            self.edits.pop_front();
        }
    }

    /// Applies the latest edits again to a window into which a page was loaded.
    pub fn reapply_edits(&self, window: &mut Window) {
        for (id, author, text) in &self.edits {
            window.edit(*id, author, text);
        }
    }
}
