//! Writes groups of operations: each group whole or not at all.

use std::collections::{BTreeMap, HashSet};

use redb::{ReadableTable, ReadableTableMetadata, WriteTransaction};

use super::{
    database::{Store, begin},
    error::StoreError,
    lookup::find,
    pages::mine_between,
    tables::{DRAFTS, GROUPS, Kept, MESSAGES, MINE, OUTBOX, PROGRESS, REQUESTS, SEEN, Seen, TALKS, TOPICS, USERS},
};
use crate::{
    domain::{ChatMessage, ConversationId, DeliveryFailure},
    protocol::{Operation, SeenText, StoredRow},
};

impl Store {
    /// Writes groups of operations in one transaction, in order. They are on disk when this returns.
    pub fn commit<'a>(&mut self, operations: impl IntoIterator<Item = &'a Operation>) -> Result<(), StoreError> {
        self.clear_marker();
        let new = self.try_with(|database| {
            let transaction = begin(database)?;
            let mut writing = Writing { store: self, transaction: &transaction, new: BTreeMap::new() };
            let mut rest = lasting(operations).into_iter().peekable();
            while let Some(operation) = rest.next() {
                let Some(first) = appended(operation) else {
                    writing.apply(operation)?;
                    continue;
                };
                let more = std::iter::from_fn(|| rest.next_if(|next| appended(next).is_some()).and_then(appended));
                writing.append(std::iter::once(first).chain(more))?;
            }
            let new = writing.new;
            transaction.commit()?;
            Ok(new)
        })?;
        self.numbers.extend(new);
        Ok(())
    }
}

/// The operations that matter: of repeated writes of one value, only the last.
fn lasting<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> Vec<&'a Operation> {
    let mut all: Vec<&Operation> = operations.into_iter().collect();
    let mut kept = HashSet::new();
    all.reverse();
    all.retain(|operation| match operation {
        Operation::PutConversation(conversation) => kept.insert((&conversation.id, None)),
        Operation::PutProgress { conversation, user, .. } => kept.insert((conversation, Some(user))),
        _ => true,
    });
    all.reverse();
    all
}

/// The conversation, the place and the message.
type Appended<'a> = (&'a ConversationId, u64, &'a ChatMessage);

fn appended(operation: &Operation) -> Option<Appended<'_>> {
    match operation {
        Operation::Append { conversation, seq, message } => Some((conversation, *seq, message)),
        _ => None,
    }
}

/// A group being written.
struct Writing<'a> {
    store: &'a Store,
    transaction: &'a WriteTransaction,
    /// The conversation numbers that it assigns.
    new: BTreeMap<ConversationId, u32>,
}

impl Writing<'_> {
    fn apply(&mut self, operation: &Operation) -> Result<(), StoreError> {
        let transaction = self.transaction;
        match operation {
            Operation::PutConversation(conversation) => {
                TALKS.put(transaction, self.number(&conversation.id)?, conversation)
            }
            Operation::Append { conversation, seq, message } => {
                self.append(std::iter::once((conversation, *seq, message)))
            }
            Operation::Edit { conversation, id, author, text } => {
                let talk = self.number(conversation)?;
                let found = find(&MESSAGES.write(transaction)?, talk, *id, u64::MAX)?;
                found.map_or(Ok(()), |(seq, mut message)| {
                    message.edit(author, text);
                    MESSAGES.put(transaction, (talk, seq), &message)
                })
            }
            Operation::SetFailure { conversation, n, failure } => {
                let talk = self.number(conversation)?;
                self.set_failure(talk, *n, failure)
            }
            Operation::PutProgress { conversation, user, progress } => {
                PROGRESS.put(transaction, (self.number(conversation)?, user.as_str()), progress)
            }
            Operation::PutRequest(request) => REQUESTS.put(transaction, &request.id.as_bytes()[..], request),
            Operation::PutGroup(group) => GROUPS.put(transaction, group.name.as_str(), group),
            Operation::RemoveGroup(name) => GROUPS.remove(transaction, name.as_str()),
            Operation::PutUser(user) => USERS.put(transaction, user.id.as_str(), user),
            Operation::RemoveUser(user) => USERS.remove(transaction, user.as_str()),
            Operation::PutOutbox(StoredRow { row, publication, message, .. }) => {
                let kept = Kept { publication: publication.clone(), message: message.clone() };
                OUTBOX.put(transaction, row.0, &kept)
            }
            Operation::RemoveOutbox(row) => OUTBOX.remove(transaction, row.0),
            Operation::PutDraft { conversation, text } => {
                let talk = self.number(conversation)?;
                if text.is_empty() { DRAFTS.remove(transaction, talk) } else { DRAFTS.put(transaction, talk, text) }
            }
            Operation::PutSeen(SeenText { topic, slot, order, hash }) => {
                SEEN.put(transaction, (topic.as_str(), *slot), &Seen { order: *order, hash: *hash })
            }
            Operation::ForgetSeen(topic) => {
                let of_topic = (topic.as_str(), 0)..=(topic.as_str(), u16::MAX);
                SEEN.write(transaction)?.retain_in(of_topic, |_, _| false)?;
                Ok(())
            }
        }
    }

    /// Appends a run of messages, with the tables opened once.
    fn append<'a>(&mut self, run: impl Iterator<Item = Appended<'a>>) -> Result<(), StoreError> {
        let mut numbered = Vec::new();
        for (conversation, seq, message) in run {
            numbered.push(((self.number(conversation)?, seq), message));
        }
        let mut messages = MESSAGES.write(self.transaction)?;
        let mut mine = self.transaction.open_table(MINE)?;
        for ((talk, seq), message) in numbered {
            MESSAGES.put_in(&mut messages, (talk, seq), message)?;
            if let Some(n) = message.n.filter(|_| message.author == self.store.me) {
                mine.insert((talk, n), seq)?;
            }
        }
        Ok(())
    }

    /// The number of a conversation, assigned at its first write.
    fn number(&mut self, id: &ConversationId) -> Result<u32, StoreError> {
        if let Some(talk) = self.store.numbers.get(id).or_else(|| self.new.get(id)) {
            return Ok(*talk);
        }
        let name = id.to_string();
        let known = self.transaction.open_table(TOPICS)?.get(name.as_str())?.map(|talk| talk.value());
        let talk = match known {
            // A commit that was reported as failed may have reached the disk.
            Some(talk) if self.is_kept_as(talk, id)? => talk,
            _ => self.unused_number()?,
        };
        self.transaction.open_table(TOPICS)?.insert(name.as_str(), talk)?;
        self.new.insert(id.clone(), talk);
        Ok(talk)
    }

    fn is_kept_as(&self, talk: u32, id: &ConversationId) -> Result<bool, StoreError> {
        let record = TALKS.get(&TALKS.write(self.transaction)?, talk)?;
        Ok(record.is_some_and(|record| record.is_ok_and(|record| record.id == *id)))
    }

    /// Conversations are never removed, so the next number is their count, unless some are damaged.
    fn unused_number(&self) -> Result<u32, StoreError> {
        let (talks, messages) = (TALKS.write(self.transaction)?, MESSAGES.write(self.transaction)?);
        let count = self.transaction.open_table(TOPICS)?.len()?;
        let mut talk = u32::try_from(count).unwrap_or(u32::MAX);
        loop {
            let is_named = self.store.numbers.values().chain(self.new.values()).any(|known| *known == talk);
            let has_record = talks.get(talk)?.is_some();
            let mut there = messages.range((talk, 0)..=(talk, u64::MAX))?;
            if !is_named && !has_record && there.next().is_none() {
                return Ok(talk);
            }
            talk = talk.wrapping_add(1);
        }
    }

    fn set_failure(&self, talk: u32, n: u64, failure: &DeliveryFailure) -> Result<(), StoreError> {
        let (numbers, messages) = (self.transaction.open_table(MINE)?, MESSAGES.write(self.transaction)?);
        let found = mine_between(&numbers, &messages, (&self.store.me, talk), n..=n)?;
        drop(messages);
        for (seq, message) in found.messages {
            MESSAGES.put(self.transaction, (talk, seq), &ChatMessage { failure: Some(failure.clone()), ..message })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Conversation, Timestamp};

    #[test]
    fn what_reached_the_disk_though_it_was_reported_as_failed_is_not_stored_beside_itself() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), &"alice".parse().unwrap(), "").unwrap().store;
        let put = |name: &str| {
            [Operation::PutConversation(Conversation::new(name.parse().unwrap(), Timestamp::from_millis(1)))]
        };
        store.commit(&put("#devs")).unwrap();
        store.numbers.clear();
        store.commit(&put("#devs")).unwrap();
        store.commit(&put("#others")).unwrap();
        drop(store);
        let opened = Store::open(folder.path(), &"alice".parse().unwrap(), "").unwrap();
        assert_eq!((opened.saved.conversations.len(), opened.damage), (2, vec![]));
    }
}
