//! Salvages the values of a file that redb cannot read at all, by scanning it page by page.
//!
//! Each value carries a checksum over itself and its location, so the scan finds only values that papo has written. A
//! value may be stale: of several versions the latest wins, as far as they can be ordered. The values go into a new
//! store with a new device name, so that peers count its sequence numbers from 1 and none is reused. The outbox and the
//! requests are dropped. The damaged file is kept beside the new one.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    ops::Bound,
    path::{Path, PathBuf},
};

use redb::{StorageBackend, Value, backends::FileBackend};

use super::{
    codec::{Location, Stored, decode},
    database::Store,
    error::OpenError,
    file::map_open_error,
    opening::{FILE, create_empty},
    recovery::{NEW, replace_damaged, unused_name},
};
use crate::{
    domain::{ChatMessage, Conversation, ConversationId, DeliveryProgress, Group, GroupName, MessageId, User, UserId},
    owner_only::remove_if_present,
    protocol::Operation,
};

/// The alignment of redb's pages in bytes.
const PAGE: usize = 4096;
/// The first byte of a leaf page.
const LEAF: u8 = 1;
/// The longest leaf page in bytes; the longest value is a quarter of it.
const MAX_LEAF: usize = 16 * 1024 * 1024;

/// The result of a salvage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// Where the damaged file was moved to.
    pub kept: PathBuf,
    /// How many messages the new store has.
    pub messages: usize,
    /// How many conversations they are from.
    pub conversations: usize,
}

impl Store {
    /// Creates a new store from what can be read of the damaged one in `folder`, and replaces it. The damaged file is
    /// renamed.
    pub fn salvage(folder: &Path, me: &UserId, device: &str) -> Result<Salvaged, OpenError> {
        let path = folder.join(FILE);
        let io = |source| OpenError::Io { path: path.clone(), source };
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(io)?;
        let file = map_open_error(&path, Ok(FileBackend::new(file)))?;
        // An error means that this file system has no locks, so nobody holds one.
        if matches!(file.try_lock_range(Bound::Unbounded, Bound::Unbounded), Ok(false)) {
            return Err(OpenError::InUse);
        }
        let (operations, messages, conversations) = SalvagedValues::read(&file).map_err(io)?.operations(me);
        let (new, kept) = (path.with_file_name(NEW), unused_name(&path));
        remove_if_present(&new).map_err(io)?;
        let made =
            create_empty(&new, me, device).and_then(|into| Self::from_database(into, path.clone(), me, Vec::new()));
        let written = made.and_then(|mut opened| {
            opened.store.commit(&operations).map_err(|error| error.at_opening(&path))?;
            replace_damaged(&path, &new, &kept).map_err(io)
        });
        if written.is_err() {
            remove_if_present(&new).map_err(io)?;
        }
        written.map(|()| Salvaged { kept, messages, conversations })
    }
}

/// The values found, each in its latest version.
#[derive(Default)]
struct SalvagedValues {
    ids: BTreeMap<u32, ConversationId>,
    records: BTreeMap<u32, Conversation>,
    messages: BTreeMap<u32, BTreeMap<MessageId, (u64, ChatMessage)>>,
    progress: BTreeMap<(u32, UserId), DeliveryProgress>,
    groups: BTreeMap<GroupName, Group>,
    users: BTreeMap<UserId, User>,
}

impl SalvagedValues {
    fn read(file: &FileBackend) -> std::io::Result<Self> {
        let mut found = Self::default();
        let len = file.len()?;
        for at in (0..len).step_by(PAGE) {
            if let Some(leaf) = leaf(file, at, len) {
                found.collect(&leaf);
            }
        }
        Ok(found)
    }

    /// Collects the values of a leaf. A page does not name its table, so the leaf is tried as a page of each table. A
    /// checksum, which covers the table's name, matches only for the right table.
    fn collect(&mut self, leaf: &[u8]) {
        for (key, bytes) in values(leaf, Some(12)) {
            let (Some(conv_key), Some(seq)) = (number(key, 0), key.get(4..12)) else { continue };
            let seq = u64::from_le_bytes(seq.try_into().expect("these are eight bytes"));
            if let Some(message) = value::<ChatMessage>("messages", key, bytes) {
                let id = message.id;
                let order = |(seq, message): &(u64, ChatMessage)| (*seq, message.is_edited, message.failure.is_some());
                put_latest(self.messages.entry(conv_key).or_default(), id, (seq, message), order);
            }
        }
        for (key, bytes) in values(leaf, Some(4)) {
            if let (Some(conv_key), Some(record)) = (number(key, 0), value::<Conversation>("talks", key, bytes)) {
                let order = |record: &Conversation| (record.len, record.sent, record.broker_acked, record.active);
                put_latest(&mut self.records, conv_key, record, order);
            }
        }
        for (key, bytes) in values(leaf, None) {
            if let Some(user) = value::<User>("users", key, bytes).filter(|user| user.id.as_str().as_bytes() == key) {
                put_latest(&mut self.users, user.id.clone(), user, |user| (user.seen, user.is_blocked));
            } else if let Some(group) =
                value::<Group>("groups", key, bytes).filter(|group| group.name.as_str().as_bytes() == key)
            {
                put_latest(&mut self.groups, group.name.clone(), group, |group| group.rev);
            // Flags of 0 mean that the checksum does not cover the key, so the key could be anything.
            } else if bytes[1] != 0
                && let Some(progress) = value::<DeliveryProgress>("progress", key, bytes)
            {
                // Cannot panic: the checksum covers the key, so it is a valid one.
                let (conv_key, user) = <(u32, &str)>::from_bytes(key);
                if let Ok(user) = UserId::new(user) {
                    let order =
                        |progress: &DeliveryProgress| (progress.former.iter().flatten().count(), progress.received);
                    put_latest(&mut self.progress, (conv_key, user), progress, order);
                }
            }
        }
        self.ids.extend(topics(leaf).unwrap_or_default());
    }

    /// The operations that fill the new store, and how many messages and conversations they contain.
    fn operations(self, me: &UserId) -> (Vec<Operation>, usize, usize) {
        let Self { mut ids, records, mut messages, progress, groups, users } = self;
        // A record contains its conversation's id. The topics table, which has no checksums, is used only if the record
        // is missing.
        ids.extend(records.iter().map(|(conv_key, record)| (*conv_key, record.id.clone())));
        let is_mine = |id: &ConversationId| match id {
            ConversationId::Session(session) => session.peer_of(me).is_some(),
            ConversationId::Group(_) => true,
        };
        ids.retain(|conv_key, id| is_mine(id) && (records.contains_key(conv_key) || messages.contains_key(conv_key)));
        let mut operations = Vec::new();
        // Two keys may belong to one conversation if one of the keys is stale. The messages of the second key are
        // appended to those of the first.
        let (mut count, mut conversations) = (0, BTreeMap::new());
        for (conv_key, id) in &ids {
            let mut found: Vec<(u64, ChatMessage)> =
                messages.remove(conv_key).unwrap_or_default().into_values().collect();
            found.sort_by_key(|(seq, message)| (*seq, message.at));
            let last = found.last().map(|(_, message)| message.at).unwrap_or_default();
            let record = records.get(conv_key).cloned().unwrap_or_else(|| Conversation::read_back(id.clone(), last));
            let (before, changes_before) = conversations.get(id).copied().unwrap_or((0, 0));
            let len = before + found.len() as u64;
            let changes = changes_before + ChatMessage::count_changes(found.iter().map(|(_, message)| message));
            let unread = record.unread.min(len);
            operations.push(Operation::PutConversation(Conversation {
                len,
                changes,
                unread,
                sent: 0,
                broker_acked: 0,
                ..record
            }));
            count += found.len();
            operations.extend((before..).zip(found).map(|(seq, (_, message))| {
                // My sequence numbers belong to the old device name and end with it.
                let n = message.sequence_number.filter(|_| message.author != *me);
                Operation::Append {
                    conversation: id.clone(),
                    seq,
                    message: ChatMessage { sequence_number: n, ..message },
                }
            }));
            conversations.insert(id.clone(), (len, changes));
            let is_open = records.get(conv_key).is_some_and(|record| record.phase.is_open());
            if let ConversationId::Group(name) = id
                && let Some(group) = groups.get(name).filter(|_| is_open)
            {
                operations.push(Operation::PutGroup(group.clone()));
            }
        }
        operations.extend(users.into_values().map(Operation::PutUser));
        operations.extend(progress.into_iter().filter_map(|((conv_key, user), progress)| {
            let conversation = ids.get(&conv_key)?.clone();
            let progress = DeliveryProgress { joined: 0, acked: 0, read: 0, ..progress };
            Some(Operation::PutProgress { conversation, user, progress })
        }));
        (operations, count, conversations.len())
    }
}

/// Keeps the greater of two versions by `order`; of equal ones the one found last.
fn put_latest<K: Ord, V, O: Ord>(all: &mut BTreeMap<K, V>, key: K, value: V, order: impl Fn(&V) -> O) {
    if all.get(&key).is_none_or(|known| order(known) <= order(&value)) {
        all.insert(key, value);
    }
}

fn value<T: Stored>(table: &'static str, key: &[u8], bytes: &[u8]) -> Option<T> {
    decode(Location { table, key }, bytes).ok()
}

/// Reads the page at byte `at` of a file of `len` bytes; [`None`] if it is not a leaf or cannot be read.
fn leaf(file: &FileBackend, at: u64, len: u64) -> Option<Vec<u8>> {
    let read = |size: usize| {
        let left = usize::try_from(len - at).unwrap_or(usize::MAX);
        let mut bytes = vec![0; size.min(left)];
        file.read(at, &mut bytes).ok().map(|()| bytes)
    };
    let mut leaf = read(PAGE)?;
    if leaf.first() != Some(&LEAF) {
        return None;
    }
    // A leaf ends where its last value ends. The end offsets themselves may fill more than a page, hence two rounds.
    for _ in 0..2 {
        let ends = 2 * count(&leaf);
        let longest = (0..ends).filter_map(|n| number(&leaf, 4 + 4 * n)).map(|end| end as usize);
        let size = longest.chain([4 + 4 * ends]).filter(|end| *end <= MAX_LEAF).max().unwrap_or(PAGE);
        if size <= leaf.len() {
            break;
        }
        leaf = read(size)?;
    }
    Some(leaf)
}

/// The number of entries, bytes 2 and 3 of a leaf.
fn count(leaf: &[u8]) -> usize {
    leaf.get(2..4).map_or(0, |bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])))
}

/// The little-endian 32-bit number at byte `at`.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).map(|bytes| u32::from_le_bytes(bytes.try_into().expect("these are four bytes")))
}

/// The keys and framed values of a leaf. Its layout after the four bytes of header: the end offsets of the keys (unless
/// they have the fixed width `key_width`), the end offsets of the values, the keys, the values. Any of these may be
/// damaged, so an entry that does not fit in the page is skipped.
fn values(leaf: &[u8], key_width: Option<usize>) -> impl Iterator<Item = (&[u8], &[u8])> {
    let count = count(leaf);
    let value_ends = 4 + if key_width.is_none() { 4 * count } else { 0 };
    let keys = value_ends + 4 * count;
    let end = |ends, n| number(leaf, ends + 4 * n).map(|end| end as usize);
    let key_end = move |n| key_width.map_or_else(|| end(4, n), |width| Some(keys + width * (n + 1)));
    let key_start = move |n: usize| n.checked_sub(1).map_or(Some(keys), key_end);
    let value_start = move |n: usize| n.checked_sub(1).map_or_else(|| key_end(count - 1), |n| end(value_ends, n));
    (0..count).filter_map(move |n| {
        let key = leaf.get(key_start(n)?..key_end(n)?)?;
        let bytes = leaf.get(value_start(n)?..end(value_ends, n)?)?;
        // A cheap test before the checksum: version numbers are low, and there is one flag.
        matches!(bytes, [1..=15, 0 | 1, ..]).then_some((key, bytes))
    })
}

/// The entries of a leaf of the topics table. Its values have no checksums, so one bad entry discredits the whole leaf.
fn topics(leaf: &[u8]) -> Option<Vec<(u32, ConversationId)>> {
    let count = count(leaf);
    let keys = 4 + 4 * count;
    let end = |n: usize| number(leaf, 4 + 4 * n).map(|end| end as usize);
    let values = end(count.checked_sub(1)?)?;
    let topic = |n: usize| {
        let start = n.checked_sub(1).map_or(Some(keys), end)?;
        let name = str::from_utf8(leaf.get(start..end(n)?)?).ok()?;
        Some((number(leaf, values + 4 * n)?, name.parse().ok()?))
    };
    (0..count).map(topic).collect()
}
