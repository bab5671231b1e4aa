//! The database: what is kept where, written in groups and read in pages.

use std::path::PathBuf;

use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata, WriteTransaction};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    codec::{decode, encode},
    error::{Damage, StoreError},
    tables::{DRAFTS, GROUPS, IDS, MESSAGES, MINE, OUTBOX, PROGRESS, REQUESTS, TALKS, TOPICS, USERS},
};
use crate::{
    domain::{ChatMessage, Conversation, ConversationId, UserId},
    protocol::{Operation, OutboxRow, Publication, Row, Saved},
};

/// An open store.
#[derive(Debug)]
pub struct Store {
    /// Missing only after a failed attempt to open the file again.
    pub(super) database: Option<Database>,
    pub(super) path: PathBuf,
    pub(super) me: UserId,
    pub(super) device: String,
}

/// What opening a store gives.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// What was saved, without the messages.
    pub saved: Saved,
    /// What could not be read of it.
    pub damage: Vec<Damage>,
}

/// A run of messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// With their places, ascending.
    pub messages: Vec<(u64, ChatMessage)>,
    /// What could not be read among them.
    pub damage: Vec<Damage>,
}

/// What a check has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// How many values there are, the damaged ones among them.
    pub values: u64,
    /// Values that cannot be read.
    pub damage: Vec<Damage>,
    /// Whether the file's own checksums fit, or what is wrong.
    pub file: Result<(), String>,
}

/// A row of the outbox as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) publication: Publication,
    pub(super) message: Option<(ConversationId, u64)>,
}

impl Store {
    /// The name of this installation, made up when the store was.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Writes groups of operations, in order, in one transaction: on the disk when this returns.
    pub fn commit<'a>(&self, operations: impl IntoIterator<Item = &'a Operation>) -> Result<(), StoreError> {
        let transaction = self.database()?.begin_write()?;
        for operation in operations {
            self.apply(&transaction, operation)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// The last `limit` messages of a conversation before a place.
    pub fn page(&self, conversation: &ConversationId, before: u64, limit: usize) -> Result<Page, StoreError> {
        let transaction = self.database()?.begin_read()?;
        let mut page = Page::default();
        let Some(talk) = number(&transaction, conversation)? else { return Ok(page) };
        let messages = transaction.open_table(MESSAGES)?;
        for entry in messages.range((talk, 0)..(talk, before))?.rev().take(limit) {
            let (key, value) = entry?;
            let (_, seq) = key.value();
            match decode(value.value()) {
                Ok(message) => page.messages.push((seq, message)),
                Err(error) => {
                    page.damage.push(Damage { table: "messages", key: format!("{conversation} {seq}"), error });
                }
            }
        }
        page.messages.reverse();
        Ok(page)
    }

    /// My own messages of a conversation with numbers `from..=upto`, ascending; what cannot be read is left out.
    pub fn mine(&self, conversation: &ConversationId, from: u64, upto: u64) -> Result<Vec<ChatMessage>, StoreError> {
        let transaction = self.database()?.begin_read()?;
        let Some(talk) = number(&transaction, conversation)? else { return Ok(Vec::new()) };
        let (numbers, messages) = (transaction.open_table(MINE)?, transaction.open_table(MESSAGES)?);
        let mut found = Vec::new();
        for entry in numbers.range((talk, from)..=(talk, upto))? {
            let (_, seq) = entry?;
            if let Some(value) = messages.get((talk, seq.value()))?
                && let Ok(message) = decode(value.value())
            {
                found.push(message);
            }
        }
        Ok(found)
    }

    /// Reads everything, then has the file's own checksums checked.
    pub fn check(mut self) -> Result<Checked, StoreError> {
        let mut damage = Vec::new();
        let saved = self.saved(&mut damage)?;
        let others = saved.conversations.len() + saved.requests.len() + saved.groups.len() + saved.users.len();
        let read = others + saved.outbox.len() + saved.progress.len() + saved.drafts.len();
        // A damaged conversation is among those that were read, since it is rebuilt.
        let unread = damage.iter().filter(|damage| damage.table != "talks").count();
        let mut values = (read + unread) as u64;
        let transaction = self.database()?.begin_read()?;
        let messages = transaction.open_table(MESSAGES)?;
        values += messages.len()?;
        for entry in messages.iter()? {
            let (key, value) = entry?;
            if let Err(error) = decode::<ChatMessage>(value.value()) {
                damage.push(Damage { table: "messages", key: format!("{:?}", key.value()), error });
            }
        }
        drop(messages);
        drop(transaction);
        let database = self.database.as_mut().ok_or(StoreError::Closed)?;
        let file = database.check_integrity().map(|_| ()).map_err(|error| error.to_string());
        Ok(Checked { values, damage, file })
    }

    fn database(&self) -> Result<&Database, StoreError> {
        self.database.as_ref().ok_or(StoreError::Closed)
    }

    fn apply(&self, transaction: &WriteTransaction, operation: &Operation) -> Result<(), StoreError> {
        match operation {
            Operation::PutConversation(conversation) => {
                let talk = number_of(transaction, &conversation.id)?;
                transaction.open_table(TALKS)?.insert(talk, encode(conversation)?.as_slice())?;
            }
            Operation::Append { conversation, seq, message } => {
                self.append(transaction, conversation, *seq, message)?;
            }
            Operation::SetFailure { conversation, n, failure } => {
                set_failure(transaction, conversation, *n, failure)?;
            }
            Operation::PutProgress { conversation, user, progress } => {
                let talk = number_of(transaction, conversation)?;
                let value = encode(progress)?;
                transaction.open_table(PROGRESS)?.insert((talk, user.as_str()), value.as_slice())?;
            }
            Operation::PutRequest(request) => {
                transaction.open_table(REQUESTS)?.insert(&request.id.as_bytes()[..], encode(request)?.as_slice())?;
            }
            Operation::PutGroup(group) => {
                transaction.open_table(GROUPS)?.insert(group.name.as_str(), encode(group)?.as_slice())?;
            }
            Operation::RemoveGroup(name) => {
                transaction.open_table(GROUPS)?.remove(name.as_str())?;
            }
            Operation::PutUser(user) => {
                transaction.open_table(USERS)?.insert(user.id.as_str(), encode(user)?.as_slice())?;
            }
            Operation::PutOutbox(OutboxRow { row, publication, message, .. }) => {
                let kept = Kept { publication: publication.clone(), message: message.clone() };
                transaction.open_table(OUTBOX)?.insert(row.0, encode(&kept)?.as_slice())?;
            }
            Operation::RemoveOutbox(row) => {
                transaction.open_table(OUTBOX)?.remove(row.0)?;
            }
            Operation::PutDraft { conversation, text } => {
                let talk = number_of(transaction, conversation)?;
                let mut drafts = transaction.open_table(DRAFTS)?;
                if text.is_empty() {
                    drafts.remove(talk)?;
                } else {
                    drafts.insert(talk, encode(text)?.as_slice())?;
                }
            }
        }
        Ok(())
    }

    fn append(
        &self,
        transaction: &WriteTransaction,
        conversation: &ConversationId,
        seq: u64,
        message: &ChatMessage,
    ) -> Result<(), StoreError> {
        let talk = number_of(transaction, conversation)?;
        transaction.open_table(MESSAGES)?.insert((talk, seq), encode(message)?.as_slice())?;
        transaction.open_table(IDS)?.insert(&message.id.as_bytes()[..], (talk, seq))?;
        if let Some(n) = message.n.filter(|_| message.author == self.me) {
            transaction.open_table(MINE)?.insert((talk, n), seq)?;
        }
        Ok(())
    }

    pub(super) fn saved(&self, damage: &mut Vec<Damage>) -> Result<Saved, StoreError> {
        let transaction = self.database()?.begin_read()?;
        let mut names = std::collections::BTreeMap::new();
        for entry in transaction.open_table(TOPICS)?.iter()? {
            let (name, talk) = entry?;
            if let Ok(id) = name.value().parse::<ConversationId>() {
                names.insert(talk.value(), id);
            }
        }
        let mut saved = Saved::default();
        for entry in transaction.open_table(TALKS)?.iter()? {
            let (key, value) = entry?;
            let kept = read("talks", || key.value().to_string(), value.value(), damage);
            // Without it the next message would be stored over the first.
            saved.conversations.extend(match (kept, names.get(&key.value())) {
                (None, Some(id)) => Some(rebuilt(&transaction, key.value(), id)?),
                (kept, _) => kept,
            });
        }
        for entry in transaction.open_table(PROGRESS)?.iter()? {
            let (key, value) = entry?;
            let (talk, user) = key.value();
            let progress = read("progress", || format!("{talk} {user}"), value.value(), damage);
            if let (Some(progress), Some(id), Ok(user)) = (progress, names.get(&talk), UserId::new(user)) {
                saved.progress.push((id.clone(), user, progress));
            }
        }
        for entry in transaction.open_table(DRAFTS)?.iter()? {
            let (key, value) = entry?;
            let text = read("drafts", || key.value().to_string(), value.value(), damage);
            if let (Some(text), Some(id)) = (text, names.get(&key.value())) {
                saved.drafts.push((id.clone(), text));
            }
        }
        for entry in transaction.open_table(REQUESTS)?.iter()? {
            let (key, value) = entry?;
            saved.requests.extend(read("requests", || format!("{:02x?}", key.value()), value.value(), damage));
        }
        for entry in transaction.open_table(GROUPS)?.iter()? {
            let (key, value) = entry?;
            saved.groups.extend(read("groups", || key.value().to_owned(), value.value(), damage));
        }
        for entry in transaction.open_table(USERS)?.iter()? {
            let (key, value) = entry?;
            saved.users.extend(read("users", || key.value().to_owned(), value.value(), damage));
        }
        for entry in transaction.open_table(OUTBOX)?.iter()? {
            let (key, value) = entry?;
            let kept: Option<Kept> = read("outbox", || key.value().to_string(), value.value(), damage);
            let Some(Kept { publication, message }) = kept else { continue };
            let failure = match &message {
                Some((conversation, n)) => failure(&transaction, conversation, *n)?,
                None => None,
            };
            saved.outbox.push(OutboxRow { row: Row(key.value()), publication, message, failure });
        }
        Ok(saved)
    }
}

/// The value, or nothing and a note of the damage.
fn read<T: DeserializeOwned>(
    table: &'static str,
    key: impl FnOnce() -> String,
    bytes: &[u8],
    damage: &mut Vec<Damage>,
) -> Option<T> {
    decode(bytes).map_err(|error| damage.push(Damage { table, key: key(), error })).ok()
}

/// A conversation whose record is damaged, as far as its messages tell: how long it is, and how far I counted. All
/// of mine is taken to be with the broker; whoever misses some asks for it.
fn rebuilt(transaction: &ReadTransaction, talk: u32, id: &ConversationId) -> Result<Conversation, StoreError> {
    let last = transaction.open_table(MESSAGES)?.range((talk, 0)..=(talk, u64::MAX))?.next_back().transpose()?;
    let active = last.as_ref().and_then(|(_, value)| decode::<ChatMessage>(value.value()).ok()).map(|last| last.at);
    let len = last.map_or(0, |(key, _)| key.value().1 + 1);
    let mine = transaction.open_table(MINE)?.range((talk, 0)..=(talk, u64::MAX))?.next_back().transpose()?;
    let sent = mine.map_or(0, |(key, _)| key.value().1);
    Ok(Conversation { len, sent, at_broker: sent, ..Conversation::new(id.clone(), active.unwrap_or_default()) })
}

/// Why my message number `n` was not delivered.
fn failure(transaction: &ReadTransaction, id: &ConversationId, n: u64) -> Result<Option<String>, StoreError> {
    let Some(talk) = number(transaction, id)? else { return Ok(None) };
    let Some(seq) = transaction.open_table(MINE)?.get((talk, n))?.map(|seq| seq.value()) else { return Ok(None) };
    let messages = transaction.open_table(MESSAGES)?;
    let message = messages.get((talk, seq))?.and_then(|value| decode::<ChatMessage>(value.value()).ok());
    Ok(message.and_then(|message| message.failure))
}

fn number(transaction: &ReadTransaction, id: &ConversationId) -> Result<Option<u32>, StoreError> {
    Ok(transaction.open_table(TOPICS)?.get(id.to_string().as_str())?.map(|talk| talk.value()))
}

/// The number of a conversation, given to it when it is first written.
fn number_of(transaction: &WriteTransaction, id: &ConversationId) -> Result<u32, StoreError> {
    let mut topics = transaction.open_table(TOPICS)?;
    let name = id.to_string();
    let known = topics.get(name.as_str())?.map(|talk| talk.value());
    if let Some(talk) = known {
        return Ok(talk);
    }
    // Conversations are never removed, so their count is free.
    let talk = u32::try_from(topics.len()?).unwrap_or(u32::MAX);
    topics.insert(name.as_str(), talk)?;
    Ok(talk)
}

fn set_failure(
    transaction: &WriteTransaction,
    conversation: &ConversationId,
    n: u64,
    failure: &str,
) -> Result<(), StoreError> {
    let talk = number_of(transaction, conversation)?;
    let Some(seq) = transaction.open_table(MINE)?.get((talk, n))?.map(|seq| seq.value()) else { return Ok(()) };
    let mut messages = transaction.open_table(MESSAGES)?;
    let known: Option<ChatMessage> = messages.get((talk, seq))?.and_then(|value| decode(value.value()).ok());
    if let Some(mut message) = known {
        message.failure = Some(failure.to_owned());
        messages.insert((talk, seq), encode(&message)?.as_slice())?;
    }
    Ok(())
}
