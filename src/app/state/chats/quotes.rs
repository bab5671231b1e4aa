//! The messages that replies quote: found in the window, or looked up in the store.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::RangeInclusive,
};

use super::window::Window;
use crate::domain::{ChatMessage, Edit, MessageId, Relation};

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
    edits: VecDeque<Edit>,
}

impl Quotes {
    /// The message with this ID and its position, if the window has it or it was looked up.
    pub fn get<'a>(&'a self, id: MessageId, window: &'a Window) -> Option<(u64, &'a ChatMessage)> {
        let found = || self.found.get(&id)?.as_ref().map(|(seq, message)| (*seq, message));
        window.find(id).or_else(found)
    }

    /// The messages that must be looked up before those at these positions can be drawn: quoted ones, and the originals
    /// of edits. Each result is the ID of such a message, and the position of the message that refers to it.
    ///
    /// Returns each ID once: from then on it counts as being looked up.
    pub fn missing(&mut self, positions: RangeInclusive<u64>, window: &Window) -> Vec<(MessageId, u64)> {
        let mut missing = Vec::new();
        for seq in positions {
            let refers = window.get(seq).filter(|message| !message.is_hidden);
            let earlier = refers.and_then(|message| message.relation).map(Relation::id);
            if let Some(id) = earlier.filter(|id| !self.found.contains_key(id) && self.get(*id, window).is_none()) {
                if self.found.len() >= QUOTE_LIMIT {
                    self.found.clear();
                }
                self.found.insert(id, None);
                missing.push((id, seq));
            }
        }
        missing
    }

    /// Stores the result of a lookup. The store has applied the edits of a message that it has.
    pub fn found(&mut self, id: MessageId, found: Option<(u64, ChatMessage)>, window: &mut Window) {
        if let Some((_, original)) = &found {
            let applied = |edit: &&Edit| edit.original == id && edit.author == original.author;
            self.edits.iter().filter(applied).for_each(|edit| window.hide(edit.id));
        }
        self.found.insert(id, found);
    }

    /// Applies an edit to the messages in memory, and keeps it for later pages.
    pub fn edited(&mut self, edit: Edit, window: &mut Window) {
        window.edit(&edit);
        if let Some(Some((_, original))) = self.found.get_mut(&edit.original)
            && original.edit(&edit)
        {
            window.hide(edit.id);
        }
        self.edits.push_back(edit);
        if self.edits.len() > EDIT_LIMIT {
            self.edits.pop_front();
        }
    }

    /// Applies the latest edits to a window into which a page was loaded, unless the store had read the page after
    /// them.
    pub fn reapply_edits(&self, window: &mut Window) {
        let mut done: BTreeSet<MessageId> = BTreeSet::new();
        for original in self.edits.iter().map(|edit| edit.original) {
            if !done.insert(original) {
                continue;
            }
            let edits: Vec<&Edit> = self.edits.iter().filter(|edit| edit.original == original).collect();
            let latest = window.find(original).and_then(|(_, message)| message.earlier.last());
            let known = latest.and_then(|latest| edits.iter().position(|edit| edit.id == latest.replaced_by));
            edits[known.map_or(0, |known| known + 1)..].iter().for_each(|edit| window.edit(edit));
        }
    }
}
