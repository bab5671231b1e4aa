//! Changes that wait for the next transaction: the last one of each key.

use std::{collections::BTreeMap, sync::Arc};

use redb::{Key, Table, WriteTransaction};

use super::{
    super::{
        access::SavedGroup,
        hub::{Change, Message, SavedEntry, SavedSession},
    },
    rows::{GROUPS, MESSAGES, QUEUES, RETAINED, SESSIONS, put_message, remove_message},
};
use crate::{
    domain::GroupName,
    store::{
        StoreError,
        codec::{CodecError, Stored},
        tables::TypedTable,
    },
};

/// What a row takes besides the content of a message, in bytes.
const ROW: usize = 100;

/// What a transaction has changed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// Whether it has changed anything. It has not if all that came has gone, too.
    pub(super) has_changed: bool,
    /// The size in bytes of the messages that were added.
    pub(super) added: u64,
    /// The size in bytes of the messages that were removed.
    pub(super) removed: u64,
}

/// What to write for each key; [`None`] removes it. The order of the keys makes the tables grow at their ends, which
/// fills their pages.
#[derive(Debug, Default)]
pub(super) struct Pending {
    sessions: BTreeMap<Arc<str>, Option<SavedSession>>,
    queues: BTreeMap<(u64, u64), Option<SavedEntry>>,
    messages: BTreeMap<u64, Option<Arc<Message>>>,
    retained: BTreeMap<Box<str>, Option<u64>>,
    groups: BTreeMap<GroupName, Option<SavedGroup>>,
    /// The size in bytes of the messages to be added.
    added: usize,
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.sessions.is_empty()
            && self.queues.is_empty()
            && self.messages.is_empty()
            && self.retained.is_empty()
            && self.groups.is_empty()
    }

    /// About how much there is to write, in bytes.
    pub(super) fn size(&self) -> usize {
        let rows = self.sessions.len() + self.queues.len() + self.messages.len() + self.retained.len();
        self.added + ROW * (rows + self.groups.len())
    }

    /// Adds later changes, which replace earlier ones.
    pub(super) fn append(&mut self, mut later: Self) {
        self.sessions.append(&mut later.sessions);
        self.queues.append(&mut later.queues);
        for (id, message) in later.messages {
            self.put_message(id, message);
        }
        self.retained.append(&mut later.retained);
        self.groups.append(&mut later.groups);
    }

    fn put_message(&mut self, id: u64, message: Option<Arc<Message>>) {
        let size = |message: Option<&Arc<Message>>| message.map_or(0, |message| message.size());
        self.added += size(message.as_ref());
        let replaced = self.messages.insert(id, message).flatten();
        self.added -= size(replaced.as_ref());
    }

    pub(super) fn write(&self, transaction: &WriteTransaction) -> Result<Written, StoreError> {
        let (mut has_changed, mut added, mut removed) = (false, 0, 0);
        if !self.sessions.is_empty() {
            let mut table = SESSIONS.write(transaction)?;
            for (id, session) in &self.sessions {
                has_changed |= write_value(&SESSIONS, &mut table, &id.as_ref(), session.as_ref())?;
            }
        }
        if !self.queues.is_empty() {
            let mut table = QUEUES.write(transaction)?;
            for (key, entry) in &self.queues {
                has_changed |= write_value(&QUEUES, &mut table, key, entry.as_ref())?;
            }
        }
        if !self.messages.is_empty() {
            let mut table = transaction.open_table(MESSAGES)?;
            for (id, message) in &self.messages {
                match message {
                    Some(message) => {
                        put_message(&mut table, message)?;
                        added += message.size() as u64;
                        has_changed = true;
                    }
                    None => removed += remove_message(&mut table, *id)?,
                }
            }
        }
        if !self.retained.is_empty() {
            let mut table = transaction.open_table(RETAINED)?;
            for (topic, id) in &self.retained {
                has_changed |= match id {
                    Some(id) => table.insert(topic.as_ref(), id).map(|_| true)?,
                    None => table.remove(topic.as_ref())?.is_some(),
                };
            }
        }
        if !self.groups.is_empty() {
            let mut table = GROUPS.write(transaction)?;
            for (name, group) in &self.groups {
                has_changed |= write_value(&GROUPS, &mut table, &name.as_str(), group.as_ref())?;
            }
        }
        Ok(Written { has_changed: has_changed || removed > 0, added, removed })
    }
}

impl Extend<Change> for Pending {
    fn extend<T: IntoIterator<Item = Change>>(&mut self, changes: T) {
        for change in changes {
            match change {
                Change::Session(id, session) => drop(self.sessions.insert(id, session)),
                Change::Queued { session, position, entry } => drop(self.queues.insert((session, position), entry)),
                Change::Message(id, message) => self.put_message(id, message),
                Change::Retained(topic, id) => drop(self.retained.insert(topic, id)),
                Change::Group(name, group) => drop(self.groups.insert(name, group)),
            }
        }
    }
}

/// Puts or removes a value, and returns whether the table has changed. A value that is too long is removed: it can
/// never be written, and would hold up all others.
fn write_value<K: Key + 'static, T: Stored>(
    typed: &TypedTable<K, T>,
    table: &mut Table<'_, K, &'static [u8]>,
    key: &K::SelfType<'_>,
    value: Option<&T>,
) -> Result<bool, StoreError> {
    if let Some(value) = value {
        match typed.put_in(table, key, value) {
            Err(StoreError::Codec(error @ CodecError::TooLong)) => {
                tracing::error!(key = ?key, %error, "a part of the broker's state cannot be saved");
            }
            written => return written.map(|()| true),
        }
    }
    Ok(table.remove(key)?.is_some())
}
