//! Writes batches of operations, each in one transaction.

use std::collections::{BTreeMap, HashSet};

use redb::{ReadableTable, ReadableTableMetadata, WriteTransaction};

use super::{
    database::{Store, begin_durable},
    error::StoreError,
    lookup::find_recent,
    pages::own_messages,
    tables::{
        CONVERSATIONS, DRAFTS, GROUPS, MESSAGES, MINE, OUTBOX, OutboxRecord, PROGRESS, REQUESTS, RUNS, RunRecord, SEEN,
        SeenRecord, TABS, TOPICS, USERS,
    },
};
use crate::{
    domain::{Body, ChatMessage, ConversationId, Edit},
    protocol::{Operation, Run, SeenText, StoredRow},
};

impl Store {
    /// Writes operations in order, in one transaction: all or none. They are on the disk when this returns.
    pub fn commit<'a>(&mut self, operations: impl IntoIterator<Item = &'a Operation>) -> Result<(), StoreError> {
        self.clear_marker();
        let new_keys = self.try_with(|database| {
            let transaction = begin_durable(database)?;
            let mut writer = BatchWriter { store: self, transaction: &transaction, new_keys: BTreeMap::new() };
            let is_append = |operation: &Operation| matches!(operation, Operation::Append { .. });
            // A run of appends opens its tables only once.
            for run in without_superseded(operations).chunk_by(|one, next| is_append(one) && is_append(next)) {
                match run {
                    [only] => writer.apply(only)?,
                    appends => writer.append(appends)?,
                }
            }
            let new_keys = writer.new_keys;
            transaction.commit()?;
            Ok(new_keys)
        })?;
        self.conv_keys.extend(new_keys);
        Ok(())
    }
}

/// Drops operations that a later one overwrites. In a burst of messages, each message writes the same conversation and
/// progress again.
fn without_superseded<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> Vec<&'a Operation> {
    let mut all: Vec<&Operation> = operations.into_iter().collect();
    let mut kept = HashSet::new();
    // From the end, so that the last of each is kept.
    all.reverse();
    all.retain(|operation| match operation {
        Operation::PutConversation(conversation) => kept.insert((&conversation.id, None)),
        Operation::PutProgress { conversation, user, .. } => kept.insert((conversation, Some(user))),
        _ => true,
    });
    all.reverse();
    all
}

/// Applies operations within a transaction.
struct BatchWriter<'a> {
    store: &'a Store,
    transaction: &'a WriteTransaction,
    /// The surrogate keys of new conversations. The store learns them only if the commit succeeds.
    new_keys: BTreeMap<ConversationId, u32>,
}

impl BatchWriter<'_> {
    fn apply(&mut self, operation: &Operation) -> Result<(), StoreError> {
        let transaction = self.transaction;
        match operation {
            Operation::PutConversation(conversation) => {
                CONVERSATIONS.put(transaction, self.key_of(&conversation.id)?, conversation)
            }
            Operation::Append { .. } => self.append(&[operation]),
            Operation::Edit { conversation, edit } => {
                let conv_key = self.key_of(conversation)?;
                self.edit(conv_key, edit)
            }
            Operation::SetFailure { conversation, n, failure } => {
                let conv_key = self.key_of(conversation)?;
                self.change_mine(conv_key, *n, |message| message.failure = Some(failure.clone()))
            }
            Operation::SetText { conversation, n, text } => {
                let conv_key = self.key_of(conversation)?;
                self.change_mine(conv_key, *n, |message| message.body = Body::Text(text.clone()))
            }
            Operation::Hide { conversation, n } => {
                let conv_key = self.key_of(conversation)?;
                self.change_mine(conv_key, *n, |message| message.is_hidden = true)
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
                let record = OutboxRecord { publication: publication.clone(), message: message.clone() };
                OUTBOX.put(transaction, row.0, &record)
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
            Operation::PutRun(Run { user, start, session, from }) => {
                let record = RunRecord { session: self.key_of(session)?, from: *from };
                RUNS.put(transaction, (user.as_str(), *start), &record)
            }
            Operation::ClearRuns(user) => {
                let of_user = (user.as_str(), 0)..=(user.as_str(), u64::MAX);
                RUNS.write(transaction)?.retain_in(of_user, |_, _| false)?;
                Ok(())
            }
            Operation::PutSeen(SeenText { topic, slot, order, hash }) => {
                SEEN.put(transaction, (topic.as_str(), *slot), &SeenRecord { order: *order, hash: *hash })
            }
            Operation::ForgetSeen(topic) => {
                let of_topic = (topic.as_str(), 0)..=(topic.as_str(), u16::MAX);
                SEEN.write(transaction)?.retain_in(of_topic, |_, _| false)?;
                Ok(())
            }
            Operation::PutTabs(tabs) => TABS.put(transaction, 0, tabs),
        }
    }

    /// Applies a run of [`Operation::Append`], with the tables opened once.
    fn append(&mut self, appends: &[&Operation]) -> Result<(), StoreError> {
        // Assign all keys first: assigning a new key opens the topics and messages tables, which may be open only once
        // at a time.
        let mut keyed = Vec::new();
        for operation in appends {
            let Operation::Append { conversation, seq, message } = operation else { continue };
            keyed.push(((self.key_of(conversation)?, *seq), message));
        }
        let mut messages = MESSAGES.write(self.transaction)?;
        let mut mine = self.transaction.open_table(MINE)?;
        for ((conv_key, seq), message) in keyed {
            MESSAGES.put_in(&mut messages, (conv_key, seq), message)?;
            if let Some(n) = message.sequence_number.filter(|_| message.author == self.store.me) {
                mine.insert((conv_key, n), seq)?;
            }
        }
        Ok(())
    }

    /// The surrogate key of a conversation, assigned on its first write.
    fn key_of(&mut self, id: &ConversationId) -> Result<u32, StoreError> {
        if let Some(conv_key) = self.store.conv_keys.get(id).or_else(|| self.new_keys.get(id)) {
            return Ok(*conv_key);
        }
        let name = id.to_string();
        let stored = self.transaction.open_table(TOPICS)?.get(name.as_str())?.map(|conv_key| conv_key.value());
        let conv_key = match stored {
            // A commit may reach the disk although it is reported as failed. Then this is its retry.
            Some(conv_key) if self.has_record_of(conv_key, id)? => conv_key,
            _ => self.unused_key()?,
        };
        self.transaction.open_table(TOPICS)?.insert(name.as_str(), conv_key)?;
        self.new_keys.insert(id.clone(), conv_key);
        Ok(conv_key)
    }

    /// Whether the record under this key is that of this conversation: a damaged topics table may point elsewhere.
    fn has_record_of(&self, conv_key: u32, id: &ConversationId) -> Result<bool, StoreError> {
        let record = CONVERSATIONS.get(&CONVERSATIONS.write(self.transaction)?, conv_key)?;
        Ok(record.is_some_and(|record| record.is_ok_and(|record| record.id == *id)))
    }

    /// A key that no conversation has. Conversations are never removed, so their count is an unused key, unless tables
    /// are damaged: hence the loop.
    fn unused_key(&self) -> Result<u32, StoreError> {
        let (conversations, messages) = (CONVERSATIONS.write(self.transaction)?, MESSAGES.write(self.transaction)?);
        let count = self.transaction.open_table(TOPICS)?.len()?;
        let mut conv_key = u32::try_from(count).unwrap_or(u32::MAX);
        loop {
            let is_assigned =
                self.store.conv_keys.values().chain(self.new_keys.values()).any(|known| *known == conv_key);
            let has_record = conversations.get(conv_key)?.is_some();
            let mut orphans = messages.range((conv_key, 0)..=(conv_key, u64::MAX))?;
            if !is_assigned && !has_record && orphans.next().is_none() {
                return Ok(conv_key);
            }
            conv_key = conv_key.wrapping_add(1);
        }
    }

    /// Replaces the text of the original, and hides the message of the edit.
    fn edit(&self, conv_key: u32, edit: &Edit) -> Result<(), StoreError> {
        let mut messages = MESSAGES.write(self.transaction)?;
        let Some((seq, mut original)) = find_recent(&messages, conv_key, edit.original)? else { return Ok(()) };
        if !original.edit(edit) {
            return Ok(());
        }
        MESSAGES.put_in(&mut messages, (conv_key, seq), &original)?;
        if let Some((seq, message)) = find_recent(&messages, conv_key, edit.id)? {
            let hidden = ChatMessage { is_hidden: true, ..message };
            MESSAGES.put_in(&mut messages, (conv_key, seq), &hidden)?;
        }
        Ok(())
    }

    /// Changes my message number `n`.
    fn change_mine(&self, conv_key: u32, n: u64, change: impl Fn(&mut ChatMessage)) -> Result<(), StoreError> {
        let (mine, messages) = (self.transaction.open_table(MINE)?, MESSAGES.write(self.transaction)?);
        let found = own_messages(&mine, &messages, (&self.store.me, conv_key), n..=n)?;
        // redb allows a table to be open only once at a time, and the next write opens it again.
        drop(messages);
        for (seq, mut message) in found.messages {
            change(&mut message);
            MESSAGES.put(self.transaction, (conv_key, seq), &message)?;
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
