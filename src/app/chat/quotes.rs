//! What messages answer: found among those in memory, or asked of the store where it was said long before.

use std::collections::{BTreeMap, VecDeque};

use super::Tab;
use crate::{
    app::effect::Effect,
    domain::{ChatMessage, MessageId, Relation, UserId},
};

/// So many are kept; whoever scrolls on has them looked for again.
const MOST: usize = 200;
/// So many edits are kept for pages that were read before them and come after them.
const EDITS: usize = 50;

/// What is known of earlier messages that are not in memory.
#[derive(Debug, Clone, Default)]
pub struct Quotes {
    /// [`None`] while it is looked for, and where it was not found.
    found: BTreeMap<MessageId, Option<(u64, ChatMessage)>>,
    edits: VecDeque<(MessageId, UserId, String)>,
}

impl Tab {
    /// The message with this id and its place, as far as it is known.
    pub fn quoted(&self, id: MessageId) -> Option<(u64, &ChatMessage)> {
        let found = || self.quotes.found.get(&id)?.as_ref().map(|(seq, message)| (*seq, message));
        self.window.find(id).or_else(found)
    }

    /// What has to be looked for so that the messages in these places can be shown.
    pub(in crate::app) fn missing_quotes(&mut self, (first, last): (u64, u64)) -> Vec<Effect> {
        let mut wanted = Vec::new();
        for seq in first..=last {
            let answered = self.window.get(seq).and_then(|message| message.relation).and_then(Relation::answered);
            if let Some(id) = answered.filter(|id| !self.quotes.found.contains_key(id) && self.quoted(*id).is_none()) {
                if self.quotes.found.len() >= MOST {
                    self.quotes.found.clear();
                }
                self.quotes.found.insert(id, None);
                wanted.push(Effect::Find { conversation: self.conversation.clone(), id, before: seq });
            }
        }
        wanted
    }

    pub(in crate::app) fn quote_found(&mut self, id: MessageId, found: Option<(u64, ChatMessage)>) {
        self.quotes.found.insert(id, found);
    }

    /// A message says something else from now on.
    pub(in crate::app) fn edited(&mut self, id: MessageId, author: &UserId, text: &str) {
        self.window.edit(id, author, text);
        if let Some(Some((_, message))) = self.quotes.found.get_mut(&id) {
            message.edit(author, text);
        }
        self.quotes.edits.push_back((id, author.clone(), text.to_owned()));
        if self.quotes.edits.len() > EDITS {
            self.quotes.edits.pop_front();
        }
    }

    /// A page came, which may have been read before what was edited since.
    pub(in crate::app) fn page_came(&mut self, before: u64, messages: Vec<(u64, ChatMessage)>) {
        self.window.insert(before, messages);
        for (id, author, text) in &self.quotes.edits {
            self.window.edit(*id, author, text);
        }
    }
}
