//! Loads the state at startup: everything except the messages. Damaged records are rebuilt from the messages, and still
//! reported as damage.

use std::collections::{BTreeMap, BTreeSet};

use redb::{ReadTransaction, ReadableDatabase, ReadableTable};

use super::{
    database::Store,
    error::{Damage, Fault, StoreError},
    pages::{Extent, own_messages, stored_extent, stored_len},
    tables::{
        CONVERSATIONS, DRAFTS, GROUPS, MESSAGES, MINE, OUTBOX, OutboxRecord, PROGRESS, REQUESTS, RUNS, RunRecord, SEEN,
        SeenRecord, TABS, TOPICS, USERS,
    },
};
use crate::{
    domain::{ChatMessage, Conversation, ConversationId, DeliveryProgress, UserId},
    protocol::{RowId, Run, Saved, SeenText, StoredRow},
};

impl Store {
    /// Loads everything except the messages, and sets the surrogate keys of the conversations.
    pub(super) fn load(&mut self, damage: &mut Vec<Damage>) -> Result<Saved, StoreError> {
        let loaded = self.try_with(|database| {
            let transaction = database.begin_read()?;
            let mut hydration =
                Hydration { transaction, me: &self.me, damage, saved: Saved::default(), ids: [].into() };
            hydration.conversations()?;
            hydration.progress()?;
            hydration.other_tables()?;
            Ok((hydration.saved, hydration.ids))
        });
        let (saved, ids) = loaded?;
        self.conv_keys = ids.into_iter().map(|(conv_key, id)| (id, conv_key)).collect();
        Ok(saved)
    }
}

struct Hydration<'a> {
    transaction: ReadTransaction,
    me: &'a UserId,
    damage: &'a mut Vec<Damage>,
    saved: Saved,
    ids: BTreeMap<u32, ConversationId>,
}

impl Hydration<'_> {
    /// Loads the conversation records. Each record contains its conversation's id. The topics table is needed only for
    /// an unreadable record: it maps the record's key to the id.
    fn conversations(&mut self) -> Result<(), StoreError> {
        let mut records: BTreeMap<ConversationId, (u32, Conversation)> = BTreeMap::new();
        CONVERSATIONS.for_each(&self.transaction, self.damage, |conv_key, record, _| {
            records.insert(record.id.clone(), (conv_key, record));
        })?;
        self.ids = records.iter().map(|(id, (conv_key, _))| (*conv_key, id.clone())).collect();
        let mut named = BTreeSet::new();
        let stored = CONVERSATIONS.read(&self.transaction)?;
        let topics = self.transaction.open_table(TOPICS)?;
        for entry in topics.iter()? {
            let (name, conv_key) = entry?;
            let (name, conv_key) = (name.value(), conv_key.value());
            let Ok(id) = name.parse::<ConversationId>() else {
                self.damage.push(topic(name, Fault::Inconsistent));
                continue;
            };
            named.insert(id.clone());
            match (records.get(&id), self.ids.get(&conv_key)) {
                (Some((known, _)), _) if *known == conv_key => {}
                (None, None) => {
                    // An undecodable record was reported above, but a missing one was not.
                    if stored.get(conv_key)?.is_none() {
                        self.damage.push(CONVERSATIONS.damage(name, Fault::Missing));
                    }
                    self.ids.insert(conv_key, id.clone());
                    records.insert(id.clone(), (conv_key, self.rebuild_record(conv_key, &id)?));
                }
                // The record has another key, or the key belongs to another record: the record wins.
                _ => self.damage.push(topic(name, Fault::Inconsistent)),
            }
        }
        let unnamed = records.keys().filter(|id| !named.contains(id));
        self.damage.extend(unnamed.map(|id| topic(&id.to_string(), Fault::Missing)));
        for (conv_key, mut record) in records.into_values() {
            let stored = stored_len(&self.transaction, conv_key, record.len)?;
            if record.len != stored {
                let fault = if stored < record.len { Fault::Missing } else { Fault::Inconsistent };
                self.damage.push(MESSAGES.damage(format!("{} {stored} of {}", record.id, record.len), fault));
                // With a length that is too small, the next message would overwrite a stored one.
                record.len = record.len.max(stored);
            }
            self.saved.conversations.push(record);
        }
        Ok(())
    }

    /// Rebuilds a damaged record from the messages: the conversation's length, and my last sequence number. Assumes
    /// that all my messages have reached the broker; a peer who misses some requests them.
    fn rebuild_record(&self, conv_key: u32, id: &ConversationId) -> Result<Conversation, StoreError> {
        let extent = stored_extent(&self.transaction, conv_key, self.me)?;
        let messages = MESSAGES.read(&self.transaction)?;
        let last = extent.len.checked_sub(1).map(|last| MESSAGES.get(&messages, (conv_key, last))).transpose()?;
        let active = last.flatten().and_then(Result::ok).map(|last| last.at).unwrap_or_default();
        let Extent { len, changes, sent } = extent;
        Ok(Conversation { len, changes, sent, broker_acked: sent, ..Conversation::new(id.clone(), active) })
    }

    /// Loads each author's progress. Rebuilds damaged progress: without it, that author's messages would be stored
    /// twice.
    fn progress(&mut self) -> Result<(), StoreError> {
        let before = self.damage.len();
        let mut known: BTreeMap<(u32, UserId), DeliveryProgress> = BTreeMap::new();
        PROGRESS.for_each(&self.transaction, self.damage, |(conv_key, user), progress, damage| {
            match UserId::new(user) {
                Ok(user) if self.ids.contains_key(&conv_key) => {
                    known.insert((conv_key, user), progress);
                }
                _ => damage.push(PROGRESS.damage(format!("{conv_key} {user}"), Fault::Inconsistent)),
            }
        })?;
        if self.damage.len() > before {
            for (key, rebuilt) in self.rebuild_progress()? {
                known.entry(key).or_insert(rebuilt);
            }
        }
        let known = known
            .into_iter()
            .filter_map(|((conv_key, user), progress)| Some((self.ids.get(&conv_key)?.clone(), user, progress)));
        self.saved.progress.extend(known);
        Ok(())
    }

    /// Rebuilds progress from the messages. Messages are stored in sequence, so the last one stored is the last one
    /// received. Which of my messages the author has received is lost: the author gets them again and drops the
    /// duplicates.
    fn rebuild_progress(&self) -> Result<BTreeMap<(u32, UserId), DeliveryProgress>, StoreError> {
        let mut rebuilt: BTreeMap<(u32, UserId), DeliveryProgress> = BTreeMap::new();
        for (conv_key, id) in &self.ids {
            rebuilt.extend(id.peer_of(self.me).map(|peer| ((*conv_key, peer.clone()), DeliveryProgress::default())));
        }
        for entry in PROGRESS.read(&self.transaction)?.iter()? {
            let (key, _) = entry?;
            let (conv_key, user) = key.value();
            if let Ok(user) = UserId::new(user) {
                rebuilt.entry((conv_key, user)).or_default();
            }
        }
        for entry in MESSAGES.read(&self.transaction)?.iter()? {
            let (key, value) = entry?;
            let message: Result<ChatMessage, _> = MESSAGES.decode(&key.value(), value.value());
            let Ok(ChatMessage { author, sequence_number: Some(n), .. }) = message else { continue };
            if author != *self.me {
                let progress = rebuilt.entry((key.value().0, author)).or_default();
                progress.received = Some(n);
            }
        }
        Ok(rebuilt)
    }

    /// Loads the tables that cannot be rebuilt: damaged values are reported and lost.
    fn other_tables(&mut self) -> Result<(), StoreError> {
        let Self { transaction, damage, saved, ids, .. } = self;
        DRAFTS.for_each(transaction, damage, |conv_key, text, damage| match ids.get(&conv_key) {
            Some(id) => saved.drafts.push((id.clone(), text)),
            None => damage.push(DRAFTS.damage(conv_key.to_string(), Fault::Inconsistent)),
        })?;
        REQUESTS.for_each(transaction, damage, |_, request, _| saved.requests.push(request))?;
        GROUPS.for_each(transaction, damage, |_, group, _| saved.groups.push(group))?;
        USERS.for_each(transaction, damage, |_, user, _| saved.users.push(user))?;
        OUTBOX.for_each(transaction, damage, |row, OutboxRecord { publication, message }, _| {
            saved.outbox.push(StoredRow { row: RowId(row), publication, message, failure: None });
        })?;
        if RUNS.exists_in(transaction)? {
            RUNS.for_each(transaction, damage, |(user, start), RunRecord { session, from }, damage| {
                match (UserId::new(user), ids.get(&session)) {
                    (Ok(user), Some(id)) => saved.runs.push(Run { user, start, session: id.clone(), from }),
                    _ => damage.push(RUNS.damage(format!("{user} {start}"), Fault::Inconsistent)),
                }
            })?;
        }
        if SEEN.exists_in(transaction)? {
            SEEN.for_each(transaction, damage, |(topic, slot), SeenRecord { order, hash }, _| {
                saved.seen.push(SeenText { topic: topic.to_owned(), slot, order, hash });
            })?;
        }
        if TABS.exists_in(transaction)? {
            TABS.for_each(transaction, damage, |_, tabs, _| saved.tabs = Some(tabs))?;
        }
        self.failures()
    }

    /// Copies the delivery failure of each refused message from the message to its outbox row.
    fn failures(&mut self) -> Result<(), StoreError> {
        let conv_keys: BTreeMap<&ConversationId, u32> = self.ids.iter().map(|(conv_key, id)| (id, *conv_key)).collect();
        let (mine, messages) = (self.transaction.open_table(MINE)?, MESSAGES.read(&self.transaction)?);
        for row in &mut self.saved.outbox {
            let Some((id, n)) = &row.message else { continue };
            let Some(&conv_key) = conv_keys.get(id) else { continue };
            let found = own_messages(&mine, &messages, (self.me, conv_key), *n..=*n)?;
            row.failure = found.messages.into_iter().find_map(|(_, message)| message.failure);
        }
        Ok(())
    }
}

fn topic(name: &str, fault: Fault) -> Damage {
    Damage { table: "topics", key: name.to_owned(), fault }
}
