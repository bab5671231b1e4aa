//! The tables. Keys are integers, text and bytes only, which every version of redb encodes alike.
//!
//! ```text
//! meta      name            → text or number; `sum` is the checksum of the others
//! topics    conversation    → its number c
//! talks     c               → Conversation
//! messages  c, seq          → ChatMessage
//! mine      c, n            → seq, of my own messages
//! progress  c, user         → Progress
//! drafts    c               → text
//! requests  request id      → Request
//! groups    name            → Group
//! users     id              → User
//! outbox    row             → Publication and the message that it carries
//! seen      topic, slot     → order and hash of a text that came from it; missing in stores of earlier versions
//! ```
//!
//! A typed value is framed with a checksum over itself and its place. `topics` and `mine` only point to such values,
//! and count only if these agree. The first stores also had a table `ids`, which is not read any more.

use std::{borrow::Borrow, marker::PhantomData};

use redb::{
    Key, ReadTransaction, ReadableTable, ReadableTableMetadata, Table, TableDefinition, TableHandle, WriteTransaction,
};

use super::{
    codec::{CodecError, Place, Stored, body, decode, encode},
    earlier,
    error::{Damage, Fault, StoreError},
};
use crate::{
    domain::{ChatMessage, Conversation, ConversationId, Family, Group, Progress, Request, Timestamp, User},
    protocol::Publication,
};

pub(super) const META: TableDefinition<&str, &str> = TableDefinition::new("meta");
pub(super) const TOPICS: TableDefinition<&str, u32> = TableDefinition::new("topics");
pub(super) const TALKS: Values<u32, Conversation> = Values::new("talks");
pub(super) const MESSAGES: Values<(u32, u64), ChatMessage> = Values::new("messages");
pub(super) const MINE: TableDefinition<(u32, u64), u64> = TableDefinition::new("mine");
pub(super) const PROGRESS: Values<(u32, &str), Progress> = Values::new("progress");
pub(super) const DRAFTS: Values<u32, String> = Values::new("drafts");
pub(super) const REQUESTS: Values<&[u8], Request> = Values::new("requests");
pub(super) const GROUPS: Values<&str, Group> = Values::new("groups");
pub(super) const USERS: Values<&str, User> = Values::new("users");
pub(super) const OUTBOX: Values<u64, Kept> = Values::new("outbox");
pub(super) const SEEN: Values<(&str, u16), Seen> = Values::new("seen");

/// A text that has arrived on a topic, as stored.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Seen {
    pub(super) order: u64,
    pub(super) hash: u64,
}

/// An outbox row, as stored.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Kept {
    pub(super) publication: Publication,
    pub(super) message: Option<(ConversationId, u64)>,
}

/// The first layout had no notification setting, the second no time of acquaintance.
impl Stored for Conversation {
    const VERSION: u8 = 3;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        match version {
            1 => Ok(body::<earlier::Talk>(content)?.upgrade(None)),
            2 => {
                let (talk, notices): (earlier::Talk, _) = body(content)?;
                Ok(talk.upgrade(notices))
            }
            _ => Err(CodecError::Unknown(version)),
        }
    }
}

/// The first layout had no replies and edits, the second no wrong clocks.
impl Stored for ChatMessage {
    const VERSION: u8 = 3;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        let ((id, author, n, at, body, failure), (relation, is_edited)) = match version {
            1 => (body(content)?, (None, false)),
            2 => body(content)?,
            _ => return Err(CodecError::Unknown(version)),
        };
        Ok(Self { id, author, n, at, body, failure, relation, is_edited, clock_is_off: false })
    }
}

/// The first layout had the newest ID seen in place of the author's store, the second only one store, the third no
/// skipped numbers.
impl Stored for Progress {
    const VERSION: u8 = 4;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        let (joined, acked, read, received, store, former) = match version {
            1 => {
                let (joined, acked, read, received, _): (_, _, _, _, Option<[u8; 16]>) = body(content)?;
                (joined, acked, read, received, None, Default::default())
            }
            2 => {
                let (joined, acked, read, received, store) = body(content)?;
                (joined, acked, read, received, store, Default::default())
            }
            3 => body(content)?,
            _ => return Err(CodecError::Unknown(version)),
        };
        Ok(Self { joined, acked, read, received, store, former, ..Self::default() })
    }
}

impl Stored for Request {
    const VERSION: u8 = 3;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        match version {
            1 | 2 => body::<earlier::Asked>(content).map(Into::into),
            _ => Err(CodecError::Unknown(version)),
        }
    }
}

/// The first layout had no time of last presence, and no block.
impl Stored for User {
    const VERSION: u8 = 2;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        if version != 1 {
            return Err(CodecError::Unknown(version));
        }
        let (id, presence, since, is_papo, family): (_, _, Option<Timestamp>, _, Family) = body(content)?;
        // The first of the two was also used for an unknown presence.
        let family = (family == Family::Clients).then_some(family);
        Ok(Self { id, presence, since, is_papo, family, seen: since.unwrap_or_default(), is_blocked: false })
    }
}

impl Stored for String {}
impl Stored for Group {}
impl Stored for Seen {}

impl Stored for Kept {
    const VERSION: u8 = 2;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        if version != 1 {
            return Err(CodecError::Unknown(version));
        }
        let (publication, message): (_, Option<(earlier::NumberedId, u64)>) = body(content)?;
        Ok(Self { publication, message: message.map(|(id, n)| (id.into(), n)) })
    }
}

/// A table of framed values of one type.
pub(super) struct Values<K: Key + 'static, T> {
    name: &'static str,
    types: PhantomData<fn() -> (K, T)>,
}

/// The same table, open in a transaction.
pub(super) trait Frames<K: Key + 'static>: ReadableTable<K, &'static [u8]> {}

impl<K: Key + 'static, R: ReadableTable<K, &'static [u8]>> Frames<K> for R {}

impl<K: Key + 'static, T: Stored> Values<K, T> {
    const fn new(name: &'static str) -> Self {
        Self { name, types: PhantomData }
    }

    pub(super) const fn definition(&self) -> TableDefinition<'static, K, &'static [u8]> {
        TableDefinition::new(self.name)
    }

    /// Whether the file has the table: earlier versions had fewer.
    pub(super) fn is_there(&self, transaction: &ReadTransaction) -> Result<bool, StoreError> {
        Ok(transaction.list_tables()?.any(|table| table.name() == self.name))
    }

    pub(super) fn read(&self, transaction: &ReadTransaction) -> Result<impl Frames<K> + use<K, T>, StoreError> {
        Ok(transaction.open_table(self.definition())?)
    }

    pub(super) fn write<'t>(
        &self,
        transaction: &'t WriteTransaction,
    ) -> Result<Table<'t, K, &'static [u8]>, StoreError> {
        Ok(transaction.open_table(self.definition())?)
    }

    /// Stores a value at its place.
    pub(super) fn put<'k>(
        &self,
        transaction: &WriteTransaction,
        key: impl Borrow<K::SelfType<'k>>,
        value: &T,
    ) -> Result<(), StoreError> {
        self.put_in(&mut self.write(transaction)?, key, value)
    }

    /// The same, in a table that is open already.
    pub(super) fn put_in<'k>(
        &self,
        table: &mut Table<'_, K, &'static [u8]>,
        key: impl Borrow<K::SelfType<'k>>,
        value: &T,
    ) -> Result<(), StoreError> {
        let bytes = encode(self.place(K::as_bytes(key.borrow()).as_ref()), value)?;
        table.insert(key, bytes.as_slice())?;
        Ok(())
    }

    pub(super) fn remove<'k>(
        &self,
        transaction: &WriteTransaction,
        key: impl Borrow<K::SelfType<'k>>,
    ) -> Result<(), StoreError> {
        self.write(transaction)?.remove(key)?;
        Ok(())
    }

    /// The value at a place, if any; the inner [`Err`] is damage.
    pub(super) fn get<'k>(
        &self,
        table: &impl Frames<K>,
        key: impl Borrow<K::SelfType<'k>>,
    ) -> Result<Option<Result<T, CodecError>>, StoreError> {
        let bytes = table.get(key.borrow())?;
        Ok(bytes.map(|bytes| self.value(key.borrow(), bytes.value())))
    }

    /// Decodes the bytes at a place.
    pub(super) fn value(&self, key: &K::SelfType<'_>, bytes: &[u8]) -> Result<T, CodecError> {
        decode(self.place(K::as_bytes(key).as_ref()), bytes)
    }

    /// Passes on all readable values one by one, and notes damaged and missing ones.
    pub(super) fn all(
        &self,
        transaction: &ReadTransaction,
        damage: &mut Vec<Damage>,
        mut take: impl FnMut(K::SelfType<'_>, T, &mut Vec<Damage>),
    ) -> Result<(), StoreError> {
        let table = self.read(transaction)?;
        let mut count = 0;
        for entry in table.iter()? {
            let (key, bytes) = entry?;
            count += 1;
            match self.value(&key.value(), bytes.value()) {
                Ok(value) => take(key.value(), value, damage),
                Err(error) => damage.push(self.damage(format!("{:?}", key.value()), error)),
            }
        }
        let expected = table.len()?;
        if count != expected {
            damage.push(self.damage(format!("{count} of {expected}"), Fault::Missing));
        }
        Ok(())
    }

    pub(super) fn damage(&self, key: impl Into<String>, fault: impl Into<Fault>) -> Damage {
        Damage { table: self.name, key: key.into(), fault: fault.into() }
    }

    fn place<'b>(&self, key: &'b [u8]) -> Place<'b> {
        Place { table: self.name, key }
    }
}
