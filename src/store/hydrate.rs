//! Loads the state at startup: everything except the messages. Damaged records are rebuilt from the messages, and still
//! reported as damage.

use std::collections::{BTreeMap, BTreeSet};

use redb::{ReadTransaction, ReadableDatabase, ReadableTable};

use super::{
    database::Store,
    error::{Damage, Fault, StoreError},
    pages::{mine_between, stored_extent, stored_len},
    tables::{DRAFTS, GROUPS, Kept, MESSAGES, MINE, OUTBOX, PROGRESS, REQUESTS, SEEN, Seen, TALKS, TOPICS, USERS},
};
use crate::{
    domain::{ChatMessage, Conversation, ConversationId, Progress, UserId},
    protocol::{Row, Saved, SeenText, StoredRow},
};

impl Store {
    /// Loads everything except the messages, including the numbers of the conversations.
    pub(super) fn load(&mut self, damage: &mut Vec<Damage>) -> Result<Saved, StoreError> {
        let loaded = self.try_with(|database| {
            let transaction = database.begin_read()?;
            let mut hydration =
                Hydration { transaction, me: &self.me, damage, saved: Saved::default(), names: [].into() };
            hydration.conversations()?;
            hydration.progress()?;
            hydration.others()?;
            Ok((hydration.saved, hydration.names))
        });
        let (saved, names) = loaded?;
        self.numbers = names.into_iter().map(|(talk, id)| (id, talk)).collect();
        Ok(saved)
    }
}

struct Hydration<'a> {
    transaction: ReadTransaction,
    me: &'a UserId,
    damage: &'a mut Vec<Damage>,
    saved: Saved,
    names: BTreeMap<u32, ConversationId>,
}

impl Hydration<'_> {
    /// A record names its conversation. The topic table counts only if the record is missing.
    fn conversations(&mut self) -> Result<(), StoreError> {
        let mut records: BTreeMap<ConversationId, (u32, Conversation)> = BTreeMap::new();
        TALKS.all(&self.transaction, self.damage, |talk, record, _| {
            records.insert(record.id.clone(), (talk, record));
        })?;
        self.names = records.iter().map(|(id, (talk, _))| (*talk, id.clone())).collect();
        let mut named = BTreeSet::new();
        let talks = TALKS.read(&self.transaction)?;
        let topics = self.transaction.open_table(TOPICS)?;
        for entry in topics.iter()? {
            let (name, talk) = entry?;
            let (name, talk) = (name.value(), talk.value());
            let Ok(id) = name.parse::<ConversationId>() else {
                self.damage.push(topic(name, Fault::Unfit));
                continue;
            };
            named.insert(id.clone());
            match (records.get(&id), self.names.get(&talk)) {
                (Some((known, _)), _) if *known == talk => {}
                (None, None) => {
                    if talks.get(talk)?.is_none() {
                        self.damage.push(TALKS.damage(name, Fault::Missing));
                    }
                    self.names.insert(talk, id.clone());
                    records.insert(id.clone(), (talk, self.rebuilt(talk, &id)?));
                }
                _ => self.damage.push(topic(name, Fault::Unfit)),
            }
        }
        let unnamed = records.keys().filter(|id| !named.contains(id));
        self.damage.extend(unnamed.map(|id| topic(&id.to_string(), Fault::Missing)));
        for (talk, mut record) in records.into_values() {
            let stored = stored_len(&self.transaction, talk, record.len)?;
            if record.len != stored {
                let fault = if stored < record.len { Fault::Missing } else { Fault::Unfit };
                self.damage.push(MESSAGES.damage(format!("{} {stored} of {}", record.id, record.len), fault));
                // The next message must not overwrite an existing one.
                record.len = record.len.max(stored);
            }
            self.saved.conversations.push(record);
        }
        Ok(())
    }

    /// Rebuilds a damaged record from the messages: its length and my last number. Assumes that the broker has all of
    /// mine; a peer that misses some asks for them.
    fn rebuilt(&self, talk: u32, id: &ConversationId) -> Result<Conversation, StoreError> {
        let extent = stored_extent(&self.transaction, talk, self.me)?;
        let messages = MESSAGES.read(&self.transaction)?;
        let last = extent.len.checked_sub(1).map(|last| MESSAGES.get(&messages, (talk, last))).transpose()?;
        let active = last.flatten().and_then(Result::ok).map(|last| last.at).unwrap_or_default();
        let sent = extent.sent;
        Ok(Conversation { len: extent.len, sent, at_broker: sent, ..Conversation::new(id.clone(), active) })
    }

    /// Loads each author's progress. A damaged one is rebuilt; without it, that author's messages would be stored
    /// twice.
    fn progress(&mut self) -> Result<(), StoreError> {
        let before = self.damage.len();
        let mut known: BTreeMap<(u32, UserId), Progress> = BTreeMap::new();
        PROGRESS.all(&self.transaction, self.damage, |(talk, user), progress, damage| match UserId::new(user) {
            Ok(user) if self.names.contains_key(&talk) => {
                known.insert((talk, user), progress);
            }
            _ => damage.push(PROGRESS.damage(format!("{talk} {user}"), Fault::Unfit)),
        })?;
        if self.damage.len() > before {
            for (key, rebuilt) in self.rebuilt_progress()? {
                known.entry(key).or_insert(rebuilt);
            }
        }
        let known = known
            .into_iter()
            .filter_map(|((talk, user), progress)| Some((self.names.get(&talk)?.clone(), user, progress)));
        self.saved.progress.extend(known);
        Ok(())
    }

    /// Rebuilds progress from the messages. Messages are stored in sequence, so the last one stored is the last one
    /// received. What the author has received of mine is lost; they get it again and drop the duplicates.
    fn rebuilt_progress(&self) -> Result<BTreeMap<(u32, UserId), Progress>, StoreError> {
        let mut rebuilt: BTreeMap<(u32, UserId), Progress> = BTreeMap::new();
        for (talk, id) in &self.names {
            rebuilt.extend(id.peer_of(self.me).map(|peer| ((*talk, peer.clone()), Progress::default())));
        }
        for entry in PROGRESS.read(&self.transaction)?.iter()? {
            let (key, _) = entry?;
            let (talk, user) = key.value();
            if let Ok(user) = UserId::new(user) {
                rebuilt.entry((talk, user)).or_default();
            }
        }
        for entry in MESSAGES.read(&self.transaction)?.iter()? {
            let (key, value) = entry?;
            let message: Result<ChatMessage, _> = MESSAGES.value(&key.value(), value.value());
            let Ok(ChatMessage { author, n: Some(n), .. }) = message else { continue };
            if author != *self.me {
                let progress = rebuilt.entry((key.value().0, author)).or_default();
                progress.received = Some(n);
            }
        }
        Ok(rebuilt)
    }

    fn others(&mut self) -> Result<(), StoreError> {
        let Self { transaction, damage, saved, names, .. } = self;
        DRAFTS.all(transaction, damage, |talk, text, damage| match names.get(&talk) {
            Some(id) => saved.drafts.push((id.clone(), text)),
            None => damage.push(DRAFTS.damage(talk.to_string(), Fault::Unfit)),
        })?;
        REQUESTS.all(transaction, damage, |_, request, _| saved.requests.push(request))?;
        GROUPS.all(transaction, damage, |_, group, _| saved.groups.push(group))?;
        USERS.all(transaction, damage, |_, user, _| saved.users.push(user))?;
        OUTBOX.all(transaction, damage, |row, Kept { publication, message }, _| {
            saved.outbox.push(StoredRow { row: Row(row), publication, message, failure: None });
        })?;
        if SEEN.is_there(transaction)? {
            SEEN.all(transaction, damage, |(topic, slot), Seen { order, hash }, _| {
                saved.seen.push(SeenText { topic: topic.to_owned(), slot, order, hash });
            })?;
        }
        self.failures()
    }

    /// Copies the failure of each refused message from the message.
    fn failures(&mut self) -> Result<(), StoreError> {
        let talks: BTreeMap<&ConversationId, u32> = self.names.iter().map(|(talk, id)| (id, *talk)).collect();
        let (numbers, messages) = (self.transaction.open_table(MINE)?, MESSAGES.read(&self.transaction)?);
        for waiting in &mut self.saved.outbox {
            let Some((id, n)) = &waiting.message else { continue };
            let Some(&talk) = talks.get(id) else { continue };
            let found = mine_between(&numbers, &messages, (self.me, talk), *n..=*n)?;
            waiting.failure = found.messages.into_iter().find_map(|(_, message)| message.failure);
        }
        Ok(())
    }
}

fn topic(name: &str, fault: Fault) -> Damage {
    Damage { table: "topics", key: name.to_owned(), fault }
}
