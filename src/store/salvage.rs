//! Salvages the values of a file that redb cannot read at all, by scanning it page by page.
//!
//! Each value carries a checksum over itself and its place, so a value that is found is one that was written. It may be
//! stale: of several versions the latest wins, as far as they can be ordered. The values go into a new store with a new
//! device name, so that peers count its sequence numbers from 1 and none is reused. The outbox and the requests are
//! dropped. The damaged file is kept beside the new one.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    ops::Bound,
    path::{Path, PathBuf},
};

use redb::{StorageBackend, Value, backends::FileBackend};

use super::{
    codec::{Place, Stored, decode},
    database::Store,
    error::OpenError,
    file::known,
    opening::{FILE, lay_out},
    recovery::{NEW, remove, unused},
};
use crate::{
    domain::{ChatMessage, Conversation, ConversationId, Group, GroupName, MessageId, Progress, User, UserId},
    owner_only,
    protocol::Operation,
};

/// The alignment of redb's pages.
const PAGE: usize = 4096;
/// The first byte of a leaf.
const LEAF: u8 = 1;
/// The longest leaf: a value is at most a quarter of it.
const LONGEST: usize = 16 * 1024 * 1024;

/// The result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// The damaged file's new name.
    pub kept: PathBuf,
    /// The number of messages in the new store.
    pub messages: usize,
    /// The number of their conversations.
    pub conversations: usize,
}

impl Store {
    /// Creates a new store from the readable values of the damaged one in `folder`, and replaces it. The damaged file
    /// is renamed.
    pub fn salvage(folder: &Path, me: &UserId, device: &str) -> Result<Salvaged, OpenError> {
        let path = folder.join(FILE);
        let io = |source| OpenError::Io { path: path.clone(), source };
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(io)?;
        let file = known(&path, Ok(FileBackend::new(file)))?;
        // If files cannot be locked here, there is no lock to respect.
        if matches!(file.try_lock_range(Bound::Unbounded, Bound::Unbounded), Ok(false)) {
            return Err(OpenError::InUse);
        }
        let (operations, messages, conversations) = Found::read(&file).map_err(io)?.operations(me);
        let (new, kept) = (path.with_file_name(NEW), unused(&path));
        remove(&new).map_err(io)?;
        let made = lay_out(&new, me, device).and_then(|into| Self::start(into, path.clone(), me, Vec::new()));
        let written = made.and_then(|mut opened| {
            opened.store.commit(&operations).map_err(|error| error.at_opening(&path))?;
            // A hard link, so that a store exists at every moment.
            fs::hard_link(&path, &kept).or_else(|_| fs::copy(&path, &kept).map(drop)).map_err(io)?;
            fs::rename(&new, &path).map_err(io)?;
            owner_only::sync_dir(folder).map_err(io)
        });
        if written.is_err() {
            remove(&new).map_err(io)?;
        }
        written.map(|()| Salvaged { kept, messages, conversations })
    }
}

/// The values found, each in its latest version.
#[derive(Default)]
struct Found {
    names: BTreeMap<u32, ConversationId>,
    talks: BTreeMap<u32, Conversation>,
    messages: BTreeMap<u32, BTreeMap<MessageId, (u64, ChatMessage)>>,
    progress: BTreeMap<(u32, UserId), Progress>,
    groups: BTreeMap<GroupName, Group>,
    users: BTreeMap<UserId, User>,
}

impl Found {
    fn read(file: &FileBackend) -> std::io::Result<Self> {
        let mut found = Self::default();
        let len = file.len()?;
        for at in (0..len).step_by(PAGE) {
            if let Some(leaf) = leaf(file, at, len) {
                found.take(&leaf);
            }
        }
        Ok(found)
    }

    /// The content of a leaf shows which table it belongs to.
    fn take(&mut self, leaf: &[u8]) {
        for (key, bytes) in values(leaf, Some(12)) {
            let (Some(talk), Some(seq)) = (number(key, 0), key.get(4..12)) else { continue };
            let seq = u64::from_le_bytes(seq.try_into().expect("these are eight bytes"));
            if let Some(message) = value::<ChatMessage>("messages", key, bytes) {
                let id = message.id;
                let order = |(seq, message): &(u64, ChatMessage)| (*seq, message.is_edited, message.failure.is_some());
                put_latest(self.messages.entry(talk).or_default(), id, (seq, message), order);
            }
        }
        for (key, bytes) in values(leaf, Some(4)) {
            if let (Some(talk), Some(record)) = (number(key, 0), value::<Conversation>("talks", key, bytes)) {
                let order = |record: &Conversation| (record.len, record.sent, record.at_broker, record.active);
                put_latest(&mut self.talks, talk, record, order);
            }
        }
        for (key, bytes) in values(leaf, None) {
            if let Some(user) = value::<User>("users", key, bytes).filter(|user| user.id.as_str().as_bytes() == key) {
                put_latest(&mut self.users, user.id.clone(), user, |user| (user.seen, user.is_blocked));
            } else if let Some(group) =
                value::<Group>("groups", key, bytes).filter(|group| group.name.as_str().as_bytes() == key)
            {
                put_latest(&mut self.groups, group.name.clone(), group, |group| group.rev);
            } else if bytes[1] != 0
                && let Some(progress) = value::<Progress>("progress", key, bytes)
            {
                // The checksum covers the key, so this is a value.
                let (talk, user) = <(u32, &str)>::from_bytes(key);
                if let Ok(user) = UserId::new(user) {
                    let order = |progress: &Progress| (progress.former.iter().flatten().count(), progress.received);
                    put_latest(&mut self.progress, (talk, user), progress, order);
                }
            }
        }
        self.names.extend(topics(leaf).unwrap_or_default());
    }

    /// The operations that create the store, and the number of messages and conversations.
    fn operations(self, me: &UserId) -> (Vec<Operation>, usize, usize) {
        let Self { mut names, talks, mut messages, progress, groups, users } = self;
        // A record names its conversation; a topic counts only without a record.
        names.extend(talks.iter().map(|(talk, record)| (*talk, record.id.clone())));
        let is_mine = |id: &ConversationId| match id {
            ConversationId::Session(session) => session.peer_of(me).is_some(),
            ConversationId::Group(_) => true,
        };
        names.retain(|talk, id| is_mine(id) && (talks.contains_key(talk) || messages.contains_key(talk)));
        let mut operations = Vec::new();
        let (mut count, mut conversations) = (0, BTreeMap::new());
        for (talk, id) in &names {
            let mut said: Vec<(u64, ChatMessage)> = messages.remove(talk).unwrap_or_default().into_values().collect();
            said.sort_by_key(|(seq, message)| (*seq, message.at));
            let last = said.last().map(|(_, message)| message.at).unwrap_or_default();
            let record = talks.get(talk).cloned().unwrap_or_else(|| Conversation::read_back(id.clone(), last));
            let before: u64 = conversations.get(id).copied().unwrap_or(0);
            let len = before + said.len() as u64;
            let unread = record.unread.min(len);
            operations.push(Operation::PutConversation(Conversation { len, unread, sent: 0, at_broker: 0, ..record }));
            count += said.len();
            operations.extend((before..).zip(said).map(|(seq, (_, message))| {
                // My numbers belong to a device that no longer exists.
                let n = message.n.filter(|_| message.author != *me);
                Operation::Append { conversation: id.clone(), seq, message: ChatMessage { n, ..message } }
            }));
            conversations.insert(id.clone(), len);
            let is_open = talks.get(talk).is_some_and(|record| record.phase.is_open());
            if let ConversationId::Group(name) = id
                && let Some(group) = groups.get(name).filter(|_| is_open)
            {
                operations.push(Operation::PutGroup(group.clone()));
            }
        }
        operations.extend(users.into_values().map(Operation::PutUser));
        operations.extend(progress.into_iter().filter_map(|((talk, user), progress)| {
            let conversation = names.get(&talk)?.clone();
            let progress = Progress { joined: 0, acked: 0, read: 0, ..progress };
            Some(Operation::PutProgress { conversation, user, progress })
        }));
        (operations, count, conversations.len())
    }
}

fn put_latest<K: Ord, V, O: Ord>(all: &mut BTreeMap<K, V>, key: K, value: V, order: impl Fn(&V) -> O) {
    match all.get_mut(&key) {
        Some(known) if order(known) > order(&value) => {}
        Some(known) => *known = value,
        None => {
            all.insert(key, value);
        }
    }
}

fn value<T: Stored>(table: &'static str, key: &[u8], bytes: &[u8]) -> Option<T> {
    decode(Place { table, key }, bytes).ok()
}

/// The leaf that may begin here, as far as it is readable.
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
    // A longer value has its length in its first bytes.
    for _ in 0..2 {
        let ends = 2 * count(&leaf);
        let longest = (0..ends).filter_map(|n| number(&leaf, 4 + 4 * n)).map(|end| end as usize);
        let size = longest.chain([4 + 4 * ends]).filter(|end| *end <= LONGEST).max().unwrap_or(PAGE);
        if size <= leaf.len() {
            break;
        }
        leaf = read(size)?;
    }
    Some(leaf)
}

fn count(leaf: &[u8]) -> usize {
    leaf.get(2..4).map_or(0, |bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).map(|bytes| u32::from_le_bytes(bytes.try_into().expect("these are four bytes")))
}

/// Parses a possible leaf, with keys of a fixed width if that is given: the ends of the keys (unless fixed), the ends
/// of the values, the keys, the values.
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
        // Every layout has a low number and few flags.
        matches!(bytes, [1..=15, 0 | 1, ..]).then_some((key, bytes))
    })
}

/// The content of a leaf of topics, if all of it is valid; its parts have no checksum.
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
