//! The tables of the store. Keys are integers, text and bytes only, which every version of redb encodes alike.
//!
//! ```text
//! meta      name            → text or number; `sum` is the checksum of the others
//! topics    conversation    → its surrogate key c
//! talks     c               → Conversation
//! messages  c, seq          → ChatMessage
//! mine      c, n            → seq, of my own messages
//! progress  c, user         → DeliveryProgress
//! drafts    c               → text
//! requests  request id      → Request
//! groups    name            → Group
//! users     id              → User
//! outbox    row             → Publication and the message that it carries
//! runs      user, position → the session, and the position in it, at which a run of its messages begins in the chat
//!                            with this user; missing in stores of earlier versions
//! seen      topic, slot     → order and hash of a text received from it; missing in stores of earlier versions
//! tabs      0               → OpenTabs; missing in stores of earlier versions
//! ```
//!
//! Other tables name a conversation by its short surrogate key `c`. In a conversation, `seq` is the position of a
//! message on this machine, and `n` its author's sequence number, which goes over the wire.
//!
//! A typed value is framed with a checksum over itself and its location. `topics` and `mine` only point to such values;
//! an entry that contradicts its value is ignored. Early stores also have a table `ids`, which is no longer read.

use std::{borrow::Borrow, marker::PhantomData};

use redb::{
    Key, ReadTransaction, ReadableTable, ReadableTableMetadata, Table, TableDefinition, TableHandle, WriteTransaction,
};

use super::{
    codec::{CodecError, Location, Stored, decode, decode_body, encode},
    earlier,
    error::{Damage, Fault, StoreError},
};
use crate::{
    domain::{
        ChatMessage, ControlTopic, Conversation, ConversationId, DeliveryProgress, Group, OpenTabs, Request, Timestamp,
        User,
    },
    protocol::Publication,
};

pub(super) const META: TableDefinition<&str, &str> = TableDefinition::new("meta");
pub(super) const TOPICS: TableDefinition<&str, u32> = TableDefinition::new("topics");
pub(super) const CONVERSATIONS: TypedTable<u32, Conversation> = TypedTable::new("talks");
pub(super) const MESSAGES: TypedTable<(u32, u64), ChatMessage> = TypedTable::new("messages");
pub(super) const MINE: TableDefinition<(u32, u64), u64> = TableDefinition::new("mine");
pub(super) const PROGRESS: TypedTable<(u32, &str), DeliveryProgress> = TypedTable::new("progress");
pub(super) const DRAFTS: TypedTable<u32, String> = TypedTable::new("drafts");
pub(super) const REQUESTS: TypedTable<&[u8], Request> = TypedTable::new("requests");
pub(super) const GROUPS: TypedTable<&str, Group> = TypedTable::new("groups");
pub(super) const USERS: TypedTable<&str, User> = TypedTable::new("users");
pub(super) const OUTBOX: TypedTable<u64, OutboxRecord> = TypedTable::new("outbox");
pub(super) const RUNS: TypedTable<(&str, u64), RunRecord> = TypedTable::new("runs");
pub(super) const SEEN: TypedTable<(&str, u16), SeenRecord> = TypedTable::new("seen");
pub(super) const TABS: TypedTable<u32, OpenTabs> = TypedTable::new("tabs");

/// Where a run of messages of a session begins in the chat with a user.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct RunRecord {
    /// The surrogate key of the session.
    pub(super) session: u32,
    /// The position in the session.
    pub(super) from: u64,
}

/// The hash of a text received on a topic, and its rank by age.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct SeenRecord {
    pub(super) order: u64,
    pub(super) hash: u64,
}

/// A row of the outbox as stored.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct OutboxRecord {
    pub(super) publication: Publication,
    /// The conversation and sequence number of the message that it carries.
    pub(super) message: Option<(ConversationId, u64)>,
}

/// Layout 1 has no `notify_level` and later fields, layout 2 no `since` and `changes`, layout 3 no `changes`: changes
/// that a group had then still count as messages.
impl Stored for Conversation {
    const VERSION: u8 = 4;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        match version {
            1 => Ok(decode_body::<earlier::ConversationV1>(content)?.upgrade(None)),
            2 => {
                let (conversation, notify_level): (earlier::ConversationV1, _) = decode_body(content)?;
                Ok(conversation.upgrade(notify_level))
            }
            3 => decode_body::<earlier::ConversationV3>(content).map(Into::into),
            _ => Err(CodecError::Unknown(version)),
        }
    }
}

/// Layout 1 has no `relation` and later fields, layout 2 no `clock_is_off`, layout 3 no `earlier` and `is_hidden`.
impl Stored for ChatMessage {
    const VERSION: u8 = 4;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        let ((id, author, n, at, body, failure), (relation, is_edited), clock_is_off) = match version {
            1 => (decode_body(content)?, (None, false), false),
            2 => {
                let (message, edited) = decode_body(content)?;
                (message, edited, false)
            }
            3 => decode_body(content)?,
            _ => return Err(CodecError::Unknown(version)),
        };
        let message = Self { sequence_number: n, failure, relation, is_edited, ..Self::new(id, author, at, body) };
        Ok(Self { clock_is_off, ..message })
    }
}

/// Layout 1 has the newest message id in place of `store`, and no later fields. Layout 2 has no `former` and `skipped`,
/// layout 3 no `skipped`, layout 4 no `stays`.
impl Stored for DeliveryProgress {
    const VERSION: u8 = 5;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        let ((joined, acked, read, received, store, former), skipped) = match version {
            1 => {
                let (joined, acked, read, received, _): (_, _, _, _, Option<[u8; 16]>) = decode_body(content)?;
                ((joined, acked, read, received, None, Default::default()), Default::default())
            }
            2 => {
                let (joined, acked, read, received, store) = decode_body(content)?;
                ((joined, acked, read, received, store, Default::default()), Default::default())
            }
            3 => (decode_body(content)?, Default::default()),
            4 => decode_body(content)?,
            _ => return Err(CodecError::Unknown(version)),
        };
        Ok(Self { joined, acked, read, received, store, former, skipped, ..Self::default() })
    }
}

impl Stored for Request {
    const VERSION: u8 = 3;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        match version {
            1 | 2 => decode_body::<earlier::RequestV2>(content).map(Into::into),
            _ => Err(CodecError::Unknown(version)),
        }
    }
}

/// Layout 1 has no `since`.
impl Stored for Group {
    const VERSION: u8 = 2;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        if version != 1 {
            return Err(CodecError::Unknown(version));
        }
        let (name, leader, members, rev, born) = decode_body(content)?;
        Ok(Self { name, leader, members, rev, born, since: None })
    }
}

/// Layout 1 has no `seen` and `is_blocked`, and its `control_topic` is not optional.
impl Stored for User {
    const VERSION: u8 = 2;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        if version != 1 {
            return Err(CodecError::Unknown(version));
        }
        let (id, presence, since, is_papo, control_topic): (_, _, Option<Timestamp>, _, ControlTopic) =
            decode_body(content)?;
        // In layout 1 the default, `Control`, also means "unknown".
        let control_topic = (control_topic == ControlTopic::Clients).then_some(control_topic);
        Ok(Self { id, presence, since, is_papo, control_topic, seen: since.unwrap_or_default(), is_blocked: false })
    }
}

impl Stored for String {}
impl Stored for RunRecord {}
impl Stored for SeenRecord {}
impl Stored for OpenTabs {}

impl Stored for OutboxRecord {
    const VERSION: u8 = 2;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        if version != 1 {
            return Err(CodecError::Unknown(version));
        }
        let (publication, message): (_, Option<(earlier::MillisConversationId, u64)>) = decode_body(content)?;
        Ok(Self { publication, message: message.map(|(id, n)| (id.into(), n)) })
    }
}

/// A table of framed values of one type.
pub(crate) struct TypedTable<K: Key + 'static, T> {
    name: &'static str,
    types: PhantomData<fn() -> (K, T)>,
}

/// An open table of framed values, in a read or a write transaction.
pub(crate) trait FramedTable<K: Key + 'static>: ReadableTable<K, &'static [u8]> {}

impl<K: Key + 'static, R: ReadableTable<K, &'static [u8]>> FramedTable<K> for R {}

impl<K: Key + 'static, T: Stored> TypedTable<K, T> {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, types: PhantomData }
    }

    pub(crate) const fn definition(&self) -> TableDefinition<'static, K, &'static [u8]> {
        TableDefinition::new(self.name)
    }

    /// Whether the file has the table: files of earlier versions lack the newest ones.
    pub(super) fn exists_in(&self, transaction: &ReadTransaction) -> Result<bool, StoreError> {
        Ok(transaction.list_tables()?.any(|table| table.name() == self.name))
    }

    pub(crate) fn read(&self, transaction: &ReadTransaction) -> Result<impl FramedTable<K> + use<K, T>, StoreError> {
        Ok(transaction.open_table(self.definition())?)
    }

    pub(crate) fn write<'t>(
        &self,
        transaction: &'t WriteTransaction,
    ) -> Result<Table<'t, K, &'static [u8]>, StoreError> {
        Ok(transaction.open_table(self.definition())?)
    }

    /// Encodes and inserts a value.
    pub(super) fn put<'k>(
        &self,
        transaction: &WriteTransaction,
        key: impl Borrow<K::SelfType<'k>>,
        value: &T,
    ) -> Result<(), StoreError> {
        self.put_in(&mut self.write(transaction)?, key, value)
    }

    /// Like [`Self::put`], in a table that is open already.
    pub(crate) fn put_in<'k>(
        &self,
        table: &mut Table<'_, K, &'static [u8]>,
        key: impl Borrow<K::SelfType<'k>>,
        value: &T,
    ) -> Result<(), StoreError> {
        let bytes = encode(self.location(K::as_bytes(key.borrow()).as_ref()), value)?;
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

    /// The value of a key, if there is one; the inner error says why it cannot be decoded.
    pub(super) fn get<'k>(
        &self,
        table: &impl FramedTable<K>,
        key: impl Borrow<K::SelfType<'k>>,
    ) -> Result<Option<Result<T, CodecError>>, StoreError> {
        let bytes = table.get(key.borrow())?;
        Ok(bytes.map(|bytes| self.decode(key.borrow(), bytes.value())))
    }

    /// Decodes the bytes stored under `key`.
    pub(super) fn decode(&self, key: &K::SelfType<'_>, bytes: &[u8]) -> Result<T, CodecError> {
        decode(self.location(K::as_bytes(key).as_ref()), bytes)
    }

    /// Passes each readable value to `take`. Unreadable and missing values are added to `damage`.
    pub(crate) fn for_each(
        &self,
        transaction: &ReadTransaction,
        damage: &mut Vec<Damage>,
        mut take: impl FnMut(K::SelfType<'_>, T, &mut Vec<Damage>),
    ) -> Result<(), StoreError> {
        let table = self.read(transaction)?;
        let expected = table.len()?;
        let mut count = 0;
        for entry in table.iter()? {
            let (key, bytes) = entry?;
            count += 1;
            // A damaged tree may have a cycle.
            if count > expected {
                break;
            }
            match self.decode(&key.value(), bytes.value()) {
                Ok(value) => take(key.value(), value, damage),
                Err(error) => damage.push(self.damage(format!("{:?}", key.value()), error)),
            }
        }
        if count != expected {
            damage.push(self.damage(format!("{count} of {expected}"), Fault::Missing));
        }
        Ok(())
    }

    pub(crate) fn damage(&self, key: impl Into<String>, fault: impl Into<Fault>) -> Damage {
        Damage { table: self.name, key: key.into(), fault: fault.into() }
    }

    fn location<'b>(&self, key: &'b [u8]) -> Location<'b> {
        Location { table: self.name, key }
    }
}
