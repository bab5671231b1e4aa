//! Reads pages of messages, and verifies the whole store.
//!
//! Each value is compared with the entries that refer to it. There must be a message at each position below the length
//! of a conversation, and for each of my sequence numbers up to the last. So missing values are found too, not only
//! damaged ones.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Range, RangeInclusive},
};

use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable};

use super::{
    database::Store,
    error::{Damage, Fault, StoreError},
    file::verify,
    tables::{CONVERSATIONS, FramedTable, MESSAGES, MINE},
};
use crate::domain::{ChatMessage, ChatRange, ConversationId, MessageId, Piece, UserId};

/// How many of a conversation's last messages [`Store::ids`] scans.
const ID_REACH: u64 = 10_000;

/// Consecutive messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The messages with their positions, ascending.
    pub messages: Vec<(u64, ChatMessage)>,
    /// Messages of the range that are missing or unreadable.
    pub damage: Vec<Damage>,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// How many values there are, damaged ones included.
    pub values: u64,
    /// What is unreadable, missing or inconsistent.
    pub damage: Vec<Damage>,
    /// Whether the file's own checksums match; the error says which check failed.
    pub file: Result<(), String>,
}

impl Store {
    /// The last `limit` messages of a conversation before the position `before`.
    pub fn page(&self, conversation: &ConversationId, before: u64, limit: usize) -> Result<Page, StoreError> {
        let Some(&conv_key) = self.conv_keys.get(conversation) else { return Ok(Page::default()) };
        self.try_with(|database| {
            let transaction = database.begin_read()?;
            let messages = MESSAGES.read(&transaction)?;
            let end = before.min(extent(&transaction, conv_key, &self.me)?.len);
            let start = end.saturating_sub(limit as u64);
            read(&messages, (conversation, conv_key), start..end)
        })
    }

    /// These messages of a chat, with their positions in the chat.
    pub fn range(&self, range: &ChatRange) -> Result<Page, StoreError> {
        self.try_with(|database| {
            let transaction = database.begin_read()?;
            let messages = MESSAGES.read(&transaction)?;
            let mut whole = Page::default();
            for (start, Piece { conversation, positions }) in range.iter() {
                let Some(&conv_key) = self.conv_keys.get(conversation) else { continue };
                // Messages that are not stored yet are not damage.
                let end = positions.end.min(extent(&transaction, conv_key, &self.me)?.len);
                let page = read(&messages, (conversation, conv_key), positions.start.min(end)..end)?;
                let in_chat = |(seq, message)| (start + (seq - positions.start), message);
                whole.messages.extend(page.messages.into_iter().map(in_chat));
                whole.damage.extend(page.damage);
            }
            Ok(whole)
        })
    }

    /// My own messages with sequence numbers `from..=upto`, in that order.
    pub fn mine(&self, conversation: &ConversationId, from: u64, upto: u64) -> Result<Page, StoreError> {
        let Some(&conv_key) = self.conv_keys.get(conversation) else { return Ok(Page::default()) };
        self.try_with(|database| {
            let transaction = database.begin_read()?;
            let (mine, messages) = (transaction.open_table(MINE)?, MESSAGES.read(&transaction)?);
            let upto = upto.min(extent(&transaction, conv_key, &self.me)?.sent);
            own_messages(&mine, &messages, (&self.me, conv_key), from.max(1)..=upto)
        })
    }

    /// The sequence numbers and ids of `author`'s messages among the last 10,000 of a conversation, in order of
    /// arrival.
    pub fn ids(&self, conversation: &ConversationId, author: &UserId) -> Result<Vec<(u64, MessageId)>, StoreError> {
        let Some(&conv_key) = self.conv_keys.get(conversation) else { return Ok(Vec::new()) };
        self.try_with(|database| {
            let transaction = database.begin_read()?;
            let end = extent(&transaction, conv_key, &self.me)?.len;
            let mut ids = Vec::new();
            for entry in
                MESSAGES.read(&transaction)?.range((conv_key, end.saturating_sub(ID_REACH))..(conv_key, end))?
            {
                let (key, value) = entry?;
                // A damaged message is reported when it is shown.
                let Ok(message) = MESSAGES.decode(&key.value(), value.value()) else { continue };
                ids.extend(message.sequence_number.filter(|_| message.author == *author).map(|n| (n, message.id)));
            }
            Ok(ids)
        })
    }

    /// Reads and compares all values, then verifies the file's own checksums.
    pub fn check(mut self) -> Result<Checked, StoreError> {
        let (values, damage) = self.check_values()?;
        self.close();
        let file = verify(&self.path).map_err(|error| error.to_string());
        Ok(Checked { values, damage, file })
    }

    /// Like [`Self::check`], for a store that stays in use.
    pub(super) fn check_and_reopen(&mut self) -> Result<Checked, StoreError> {
        let (values, damage) = self.check_values()?;
        let file = self.verify_and_reopen().map_err(|error| error.to_string());
        Ok(Checked { values, damage, file })
    }

    /// Reads all values; returns how many there are, and the damage.
    fn check_values(&mut self) -> Result<(u64, Vec<Damage>), StoreError> {
        let mut damage = Vec::new();
        let saved = self.load(&mut damage)?;
        let others = saved.conversations.len() + saved.requests.len() + saved.groups.len() + saved.users.len();
        let read = others + saved.outbox.len() + saved.progress.len() + saved.drafts.len() + saved.runs.len();
        // Damaged records and progress were rebuilt, so `read` counts them already.
        let is_unread = |damage: &&Damage| {
            matches!(damage.fault, Fault::Value(_)) && !["talks", "progress"].contains(&damage.table)
        };
        let mut values = (read + damage.iter().filter(is_unread).count()) as u64;
        values += self.try_with(|database| self.check_messages(database, &mut damage))?;
        Ok((values, damage))
    }

    /// Reads all messages; returns how many there are.
    fn check_messages(&self, database: &Database, damage: &mut Vec<Damage>) -> Result<u64, StoreError> {
        let transaction = database.begin_read()?;
        let mine = transaction.open_table(MINE)?;
        let names: BTreeMap<u32, &ConversationId> =
            self.conv_keys.iter().map(|(id, conv_key)| (*conv_key, id)).collect();
        let mut ends: BTreeMap<u32, u64> = BTreeMap::new();
        let mut seen: BTreeSet<(u32, u64)> = BTreeSet::new();
        let mut values = 0;
        let messages = MESSAGES.read(&transaction)?;
        for entry in messages.iter()? {
            let (key, value) = entry?;
            let (conv_key, seq) = key.value();
            values += 1;
            let Some(id) = names.get(&conv_key) else {
                damage.push(MESSAGES.damage(format!("{conv_key} {seq}"), Fault::Inconsistent));
                continue;
            };
            let next = ends.insert(conv_key, seq + 1).unwrap_or(0);
            damage.extend(missing(id, next..seq));
            match MESSAGES.decode(&key.value(), value.value()) {
                Ok(ChatMessage { author, sequence_number: Some(n), .. }) if author == self.me => {
                    seen.insert((conv_key, n));
                    if mine.get((conv_key, n))?.is_none_or(|position| position.value() != seq) {
                        damage.push(Damage { table: "mine", key: format!("{id} {n}"), fault: Fault::Inconsistent });
                    }
                }
                Ok(_) => {}
                Err(error) => damage.push(MESSAGES.damage(format!("{id} {seq}"), error)),
            }
        }
        for entry in mine.iter()? {
            let (key, seq) = entry?;
            let (conv_key, n) = key.value();
            // An unreadable message was reported above.
            let is_reported = matches!(MESSAGES.get(&messages, (conv_key, seq.value()))?, Some(Err(_)));
            if !is_reported && !seen.contains(&(conv_key, n)) {
                damage.push(Damage { table: "mine", key: format!("{conv_key} {n}"), fault: Fault::Inconsistent });
            }
        }
        // Missing messages at the end of a conversation were reported by `load`.
        Ok(values)
    }
}

/// The messages at these positions of a conversation.
fn read(
    messages: &impl FramedTable<(u32, u64)>,
    (conversation, conv_key): (&ConversationId, u32),
    positions: Range<u64>,
) -> Result<Page, StoreError> {
    let mut page = Page::default();
    let mut next = positions.start;
    for entry in messages.range((conv_key, positions.start)..(conv_key, positions.end))? {
        let (key, value) = entry?;
        let (_, seq) = key.value();
        page.damage.extend(missing(conversation, next..seq));
        next = seq + 1;
        match MESSAGES.decode(&key.value(), value.value()) {
            Ok(message) => page.messages.push((seq, message)),
            Err(error) => page.damage.push(MESSAGES.damage(format!("{conversation} {seq}"), error)),
        }
    }
    page.damage.extend(missing(conversation, next..positions.end));
    Ok(page)
}

/// The length of a conversation in messages, how many of them are changes of the group, and my last sequence number.
pub(super) struct Extent {
    pub(super) len: u64,
    pub(super) changes: u64,
    pub(super) sent: u64,
}

/// The extent according to the conversation's record. The messages decide if they go further or the record is
/// unreadable.
fn extent(transaction: &ReadTransaction, conv_key: u32, me: &UserId) -> Result<Extent, StoreError> {
    match CONVERSATIONS.get(&CONVERSATIONS.read(transaction)?, conv_key)? {
        Some(Ok(record)) => {
            let stored = stored_len(transaction, conv_key, record.len)?;
            Ok(Extent { len: record.len.max(stored), changes: record.changes, sent: record.sent })
        }
        _ => stored_extent(transaction, conv_key, me),
    }
}

/// The position after the last message. Beyond `len`, the length in the record, only readable messages count: the key
/// of an unreadable message may be damaged too, and be any number.
pub(super) fn stored_len(transaction: &ReadTransaction, conv_key: u32, len: u64) -> Result<u64, StoreError> {
    let messages = MESSAGES.read(transaction)?;
    for entry in messages.range((conv_key, 0)..=(conv_key, u64::MAX))?.rev() {
        let (key, value) = entry?;
        let (_, seq) = key.value();
        if seq < len || MESSAGES.decode(&key.value(), value.value()).is_ok() {
            return Ok(seq + 1);
        }
    }
    Ok(0)
}

/// The extent according to the messages. An unreadable message counts if it is at the next position. If it is mine, its
/// sequence number comes from the `mine` table. That scan is bounded, since I cannot have sent more messages than there
/// are.
pub(super) fn stored_extent(transaction: &ReadTransaction, conv_key: u32, me: &UserId) -> Result<Extent, StoreError> {
    let mut extent = Extent { len: 0, changes: 0, sent: 0 };
    for entry in MESSAGES.read(transaction)?.range((conv_key, 0)..=(conv_key, u64::MAX))? {
        let (key, value) = entry?;
        let (_, seq) = key.value();
        match MESSAGES.decode(&key.value(), value.value()) {
            Ok(message) => {
                extent.len = seq + 1;
                extent.changes += ChatMessage::count_changes([&message]);
                extent.sent = extent.sent.max(message.sequence_number.filter(|_| message.author == *me).unwrap_or(0));
            }
            Err(_) if seq == extent.len => extent.len = seq + 1,
            Err(_) => {}
        }
    }
    for entry in transaction.open_table(MINE)?.range((conv_key, 0)..=(conv_key, extent.len))? {
        let (key, seq) = entry?;
        if seq.value() < extent.len {
            extent.sent = extent.sent.max(key.value().1);
        }
    }
    Ok(extent)
}

/// My messages with these sequence numbers. If the `mine` table misses one or points elsewhere, scans all messages of
/// the conversation.
pub(super) fn own_messages(
    mine: &impl ReadableTable<(u32, u64), u64>,
    messages: &impl FramedTable<(u32, u64)>,
    (me, conv_key): (&UserId, u32),
    wanted: RangeInclusive<u64>,
) -> Result<Page, StoreError> {
    let is_mine = |message: &ChatMessage, n: u64| message.author == *me && message.sequence_number == Some(n);
    let mut found: BTreeMap<u64, (u64, ChatMessage)> = BTreeMap::new();
    let mut damage = Vec::new();
    let mut must_scan = false;
    for n in wanted.clone() {
        let key = format!("{conv_key} {n}");
        let Some(seq) = mine.get((conv_key, n))?.map(|seq| seq.value()) else {
            damage.push(Damage { table: "mine", key, fault: Fault::Missing });
            must_scan = true;
            continue;
        };
        match MESSAGES.get(messages, (conv_key, seq))? {
            Some(Ok(message)) if is_mine(&message, n) => {
                found.insert(n, (seq, message));
            }
            Some(Err(error)) => damage.push(MESSAGES.damage(format!("{conv_key} {seq}"), error)),
            _ => {
                damage.push(Damage { table: "mine", key, fault: Fault::Inconsistent });
                must_scan = true;
            }
        }
    }
    if must_scan {
        for entry in messages.range((conv_key, 0)..=(conv_key, u64::MAX))? {
            let (key, value) = entry?;
            let Ok(message) = MESSAGES.decode(&key.value(), value.value()) else { continue };
            if let Some(n) = message.sequence_number.filter(|n| wanted.contains(n) && is_mine(&message, *n)) {
                found.insert(n, (key.value().1, message));
            }
        }
    }
    Ok(Page { messages: found.into_values().collect(), damage })
}

/// The damage of a range of positions without a message; [`None`] if the range is empty.
fn missing(conversation: &ConversationId, positions: Range<u64>) -> Option<Damage> {
    let key = match positions.end.checked_sub(positions.start)? {
        0 => return None,
        1 => format!("{conversation} {}", positions.start),
        _ => format!("{conversation} {} to {}", positions.start, positions.end - 1),
    };
    Some(MESSAGES.damage(key, Fault::Missing))
}
