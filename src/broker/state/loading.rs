//! Reads the saved state, and leaves out what refers to nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use redb::{Database, ReadTransaction, ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _};

use super::{
    super::hub::{Change, Message, Saved, SavedSession},
    rows::{GROUPS, MESSAGES, META, QUEUES, RETAINED, SESSIONS, SINCE, decode_message},
};
use crate::store::{Damage, Fault, StoreError};

/// Reads all tables. Values that cannot be read are added to `damage`.
pub(super) fn load(database: &Database, damage: &mut Vec<Damage>) -> Result<Saved, StoreError> {
    let transaction = database.begin_read()?;
    let mut saved = Saved::default();
    SESSIONS.for_each(&transaction, damage, |id, session, _| drop(saved.sessions.insert(id.into(), session)))?;
    QUEUES.for_each(&transaction, damage, |key, entry, _| drop(saved.queues.insert(key, entry)))?;
    GROUPS.for_each(&transaction, damage, |name, group, damage| match name.parse() {
        Ok(name) => drop(saved.groups.insert(name, group)),
        Err(_) => damage.push(GROUPS.damage(name, Fault::Inconsistent)),
    })?;
    for entry in transaction.open_table(RETAINED)?.iter()? {
        let (topic, id) = entry?;
        saved.retained.insert(topic.value().into(), id.value());
    }
    let since = transaction.open_table(META)?.get(SINCE)?.map(|since| Duration::from_millis(since.value()));
    saved.since = since.unwrap_or_default();
    saved.messages = load_messages(&transaction, damage)?;
    Ok(saved)
}

fn load_messages(
    transaction: &ReadTransaction,
    damage: &mut Vec<Damage>,
) -> Result<BTreeMap<u64, Arc<Message>>, StoreError> {
    let mut messages = BTreeMap::new();
    let mut is_damaged = |id: u64, fault| damage.push(Damage { table: "messages", key: id.to_string(), fault });
    let table = transaction.open_table(MESSAGES)?;
    let (expected, mut count) = (table.len()?, 0);
    // The message whose chunks are being read, and how many there were.
    let mut reading: Option<(u64, u32, Vec<u8>)> = None;
    let mut finish = |(id, _, row)| match decode_message(id, row) {
        Ok(message) => drop(messages.insert(id, Arc::new(message))),
        Err(error) => is_damaged(id, error.into()),
    };
    for entry in table.iter()? {
        let (key, chunk) = entry?;
        let (id, number) = key.value();
        count += 1;
        // A damaged tree may have a cycle.
        if count > expected {
            break;
        }
        if reading.as_ref().is_some_and(|(of, ..)| *of != id) {
            reading.take().map(&mut finish);
        }
        // A missing chunk shows when the message is decoded.
        let (_, next, row) = reading.get_or_insert((id, 0, Vec::new()));
        if number == *next {
            *next += 1;
            row.extend(chunk.value());
        }
    }
    reading.map(finish);
    if count != expected {
        let fault = Fault::Missing;
        damage.push(Damage { table: "messages", key: format!("{count} of {expected} chunks"), fault });
    }
    Ok(messages)
}

/// Removes what refers to nothing, and messages to which nothing refers. Returns the removals.
pub(super) fn prune(saved: &mut Saved) -> Vec<Change> {
    let Saved { sessions, queues, messages, retained, .. } = saved;
    let mut removals = Vec::new();
    let numbers: BTreeSet<u64> = sessions.values().map(|session| session.number).collect();
    queues.retain(|&(session, position), entry| {
        let is_kept = numbers.contains(&session) && messages.contains_key(&entry.message);
        if !is_kept {
            removals.push(Change::Queued { session, position, entry: None });
        }
        is_kept
    });
    retained.retain(|topic, id| {
        let is_kept = messages.get(id).is_some_and(|message| message.topic == *topic);
        if !is_kept {
            removals.push(Change::Retained(topic.clone(), None));
        }
        is_kept
    });
    let lost = removals.len();
    let used: BTreeSet<u64> = queues.values().map(|entry| entry.message).chain(retained.values().copied()).collect();
    messages.retain(|id, _| {
        let is_kept = used.contains(id);
        if !is_kept {
            removals.push(Change::Message(*id, None));
        }
        is_kept
    });
    let unused = removals.len() - lost;
    if !removals.is_empty() {
        tracing::warn!(
            lost,
            unused,
            "deliveries without a message or session, and messages without either, are removed"
        );
    }
    removals
}

/// About the size in bytes that this takes in the file, were its pages full.
pub(super) fn size(saved: &Saved) -> u64 {
    /// Of a row besides its text or payload.
    const ROW: usize = 60;
    let session = |session: &SavedSession| session.subscriptions.keys().map(|filter| filter.len() + ROW).sum::<usize>();
    let sessions: usize = saved.sessions.iter().map(|(id, saved)| id.len() + ROW + session(saved)).sum();
    let messages: usize = saved.messages.values().map(|message| message.size() + ROW).sum();
    let retained: usize = saved.retained.keys().map(|topic| topic.len() + ROW).sum();
    (sessions + messages + retained + ROW * saved.queues.len()) as u64
}
