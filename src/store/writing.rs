//! Writes groups of operations: each group whole or not at all.

use std::collections::{BTreeMap, HashSet};

use redb::{ReadableTable, ReadableTableMetadata, WriteTransaction};

use super::{
    database::{Store, begin_durable},
    error::StoreError,
    lookup::find,
    pages::mine_between,
    tables::{
        CONVERSATIONS, DRAFTS, GROUPS, MESSAGES, MINE, OUTBOX, OutboxRecord, PROGRESS, REQUESTS, SEEN, SeenRecord,
        TOPICS, USERS,
    },
};
use crate::{
    domain::{ChatMessage, ConversationId, DeliveryFailure},
    protocol::{Operation, SeenText, StoredRow},
};

impl Store {
    /// Writes operations, in order, in one transaction. They are on the disk when this returns.
    pub fn commit<'a>(&mut self, operations: impl IntoIterator<Item = &'a Operation>) -> Result<(), StoreError> {
        self.clear_marker();
        let new = self.try_with(|database| {
            let transaction = begin_durable(database)?;
            let mut writer = GroupWriter { store: self, transaction: &transaction, new: BTreeMap::new() };
            let mut rest = without_superseded(operations).into_iter().peekable();
            while let Some(operation) = rest.next() {
                let Some(first) = appended(operation) else {
                    writer.apply(operation)?;
                    continue;
                };
                let more = std::iter::from_fn(|| rest.next_if(|next| appended(next).is_some()).and_then(appended));
                writer.append(std::iter::once(first).chain(more))?;
            }
            let new = writer.new;
            transaction.commit()?;
            Ok(new)
        })?;
        self.conv_keys.extend(new);
        Ok(())
    }
}

/// Drops the operations that a later one overwrites: a burst of messages puts the same conversation and progress again
/// with each message.
fn without_superseded<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> Vec<&'a Operation> {
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

/// Conversation, position and message of an [`Operation::Append`].
type Appended<'a> = (&'a ConversationId, u64, &'a ChatMessage);

fn appended(operation: &Operation) -> Option<Appended<'_>> {
    match operation {
        Operation::Append { conversation, seq, message } => Some((conversation, *seq, message)),
        _ => None,
    }
}

/// A transaction in progress.
struct GroupWriter<'a> {
    store: &'a Store,
    transaction: &'a WriteTransaction,
    /// The keys it assigned to new conversations; they become known to the store only if the commit succeeds.
    new: BTreeMap<ConversationId, u32>,
}

impl GroupWriter<'_> {
    fn apply(&mut self, operation: &Operation) -> Result<(), StoreError> {
        let transaction = self.transaction;
        match operation {
            Operation::PutConversation(conversation) => {
                CONVERSATIONS.put(transaction, self.key_of(&conversation.id)?, conversation)
            }
            Operation::Append { conversation, seq, message } => {
                self.append(std::iter::once((conversation, *seq, message)))
            }
            Operation::Edit { conversation, id, author, text } => {
                let conv_key = self.key_of(conversation)?;
                let found = find(&MESSAGES.write(transaction)?, conv_key, *id, u64::MAX)?;
                found.map_or(Ok(()), |(seq, mut message)| {
                    message.edit(author, text);
                    MESSAGES.put(transaction, (conv_key, seq), &message)
                })
            }
            Operation::SetFailure { conversation, n, failure } => {
                let conv_key = self.key_of(conversation)?;
                self.set_failure(conv_key, *n, failure)
            }
            Operation::PutProgress { conversation, user, progress } => {
                PROGRESS.put(transaction, (self.key_of(conversation)?, user.as_str()), progress)
            }
            Operation::PutRequest(request) => REQUESTS.put(transaction, &request.id.as_bytes()[..], request),
            Operation::PutGroup(group) => GROUPS.put(transaction, group.name.as_str(), group),
            Operation::RemoveGroup(name) => GROUPS.remove(transaction, name.as_str()),
            Operation::PutUser(user) => USERS.put(transaction, user.id.as_str(), user),
            Operation::RemoveUser(user) => USERS.remove(transaction, user.as_str()),
            Operation::PutOutbox(StoredRow { row, publication, message, .. }) => {
                let kept = OutboxRecord { publication: publication.clone(), message: message.clone() };
                OUTBOX.put(transaction, row.0, &kept)
            }
            Operation::RemoveOutbox(row) => OUTBOX.remove(transaction, row.0),
            Operation::PutDraft { conversation, text } => {
                let conv_key = self.key_of(conversation)?;
                if text.is_empty() {
                    DRAFTS.remove(transaction, conv_key)
                } else {
                    DRAFTS.put(transaction, conv_key, text)
                }
            }
            Operation::PutSeen(SeenText { topic, slot, order, hash }) => {
                SEEN.put(transaction, (topic.as_str(), *slot), &SeenRecord { order: *order, hash: *hash })
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
            numbered.push(((self.key_of(conversation)?, seq), message));
        }
        let mut messages = MESSAGES.write(self.transaction)?;
        let mut mine = self.transaction.open_table(MINE)?;
        for ((conv_key, seq), message) in numbered {
            MESSAGES.put_in(&mut messages, (conv_key, seq), message)?;
            if let Some(n) = message.n.filter(|_| message.author == self.store.me) {
                mine.insert((conv_key, n), seq)?;
            }
        }
        Ok(())
    }

    /// The surrogate key of a conversation, assigned on its first write.
    fn key_of(&mut self, id: &ConversationId) -> Result<u32, StoreError> {
        if let Some(conv_key) = self.store.conv_keys.get(id).or_else(|| self.new.get(id)) {
            return Ok(*conv_key);
        }
        let name = id.to_string();
        let known = self.transaction.open_table(TOPICS)?.get(name.as_str())?.map(|conv_key| conv_key.value());
        let conv_key = match known {
            // A commit that was reported as failed may have reached the disk, and is being retried.
            Some(conv_key) if self.has_record_of(conv_key, id)? => conv_key,
            _ => self.unused_key()?,
        };
        self.transaction.open_table(TOPICS)?.insert(name.as_str(), conv_key)?;
        self.new.insert(id.clone(), conv_key);
        Ok(conv_key)
    }

    fn has_record_of(&self, conv_key: u32, id: &ConversationId) -> Result<bool, StoreError> {
        let record = CONVERSATIONS.get(&CONVERSATIONS.write(self.transaction)?, conv_key)?;
        Ok(record.is_some_and(|record| record.is_ok_and(|record| record.id == *id)))
    }

    /// Conversations are never removed, so their count is an unused key. Damage may break that, hence the search from
    /// there.
    fn unused_key(&self) -> Result<u32, StoreError> {
        let (talks, messages) = (CONVERSATIONS.write(self.transaction)?, MESSAGES.write(self.transaction)?);
        let count = self.transaction.open_table(TOPICS)?.len()?;
        let mut conv_key = u32::try_from(count).unwrap_or(u32::MAX);
        loop {
            let is_named = self.store.conv_keys.values().chain(self.new.values()).any(|known| *known == conv_key);
            let has_record = talks.get(conv_key)?.is_some();
            let mut stored = messages.range((conv_key, 0)..=(conv_key, u64::MAX))?;
            if !is_named && !has_record && stored.next().is_none() {
                return Ok(conv_key);
            }
            conv_key = conv_key.wrapping_add(1);
        }
    }

    fn set_failure(&self, conv_key: u32, n: u64, failure: &DeliveryFailure) -> Result<(), StoreError> {
        let (mine, messages) = (self.transaction.open_table(MINE)?, MESSAGES.write(self.transaction)?);
        let found = mine_between(&mine, &messages, (&self.store.me, conv_key), n..=n)?;
        drop(messages);
        for (seq, message) in found.messages {
            MESSAGES.put(
                self.transaction,
                (conv_key, seq),
                &ChatMessage { failure: Some(failure.clone()), ..message },
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Conversation, Timestamp};

    #[test]
    fn retry_after_reported_write_failure_does_not_duplicate() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), &"alice".parse().unwrap(), "").unwrap().store;
        let put = |name: &str| {
            [Operation::PutConversation(Conversation::new(name.parse().unwrap(), Timestamp::from_millis(1)))]
        };
        store.commit(&put("#devs")).unwrap();
        // As if the commit had been reported as failed: the store does not learn the key.
        store.conv_keys.clear();
        store.commit(&put("#devs")).unwrap();
        store.commit(&put("#others")).unwrap();
        drop(store);
        let opened = Store::open(folder.path(), &"alice".parse().unwrap(), "").unwrap();
        assert_eq!((opened.saved.conversations.len(), opened.damage), (2, vec![]));
    }
}
