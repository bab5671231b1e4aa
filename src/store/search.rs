//! Full-text search over all messages, on a thread of its own while the store goes on writing.
//!
//! A linear scan of the stored bytes, newest first; a candidate is decoded and matched again. There is no index, which
//! would cost space and time per message: a scan of a million messages takes well under a second.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use redb::{ReadTransaction, ReadableDatabase, ReadableTable};

use super::{database::Store, error::StoreError, redb_panic::catch_redb_panic, tables::MESSAGES};
use crate::domain::{Body, ConversationId, End, Found, Hit, Query};

/// The most hits of a search.
const MOST: usize = 1000;
/// The first hit is reported at once, later ones once per so many messages scanned.
const TELL_AFTER: usize = 16_384;

/// A consistent snapshot of the store, to search in.
pub struct Snapshot {
    transaction: ReadTransaction,
    talks: Vec<(ConversationId, u32)>,
}

/// A running search. Dropping it stops the search and waits until it has released the file.
pub(super) struct Search {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// A snapshot of these conversations.
    pub fn snapshot(&self, conversations: Vec<ConversationId>) -> Result<Snapshot, StoreError> {
        let number = |id: ConversationId| self.numbers.get(&id).map(|talk| (id, *talk));
        let talks = conversations.into_iter().filter_map(number).collect();
        self.try_with(|database| Ok(Snapshot { transaction: database.begin_read()?, talks }))
    }
}

impl Snapshot {
    /// Searches the conversations in order, each from its end, and reports hits until `tell` returns that it is enough.
    pub fn search(&self, query: &Query, mut tell: impl FnMut(Found) -> bool) {
        let mut told = 0;
        let mut hits = Vec::new();
        let searched = catch_redb_panic(|| self.look(query, &mut hits, &mut told, &mut tell));
        let end = match searched {
            Ok(None) => return,
            Ok(Some(end)) => end,
            Err(error) => End::Failed(error.to_string()),
        };
        tell(Found { hits, end: Some(end) });
    }

    /// [`None`] if it was stopped.
    fn look(
        &self,
        query: &Query,
        hits: &mut Vec<Hit>,
        told: &mut usize,
        tell: &mut impl FnMut(Found) -> bool,
    ) -> Result<Option<End>, StoreError> {
        let messages = MESSAGES.read(&self.transaction)?;
        let mut looked_at = 0_usize;
        for (conversation, talk) in &self.talks {
            for entry in messages.range((*talk, 0)..=(*talk, u64::MAX))?.rev() {
                let (key, value) = entry?;
                looked_at += 1;
                let is_first = *told == 0 && !hits.is_empty();
                if is_first || looked_at.is_multiple_of(TELL_AFTER) {
                    *told += hits.len();
                    if !tell(Found { hits: std::mem::take(hits), end: None }) {
                        return Ok(None);
                    }
                }
                if !query.may_be_in(value.value()) {
                    continue;
                }
                // Damage is reported where the conversation is read.
                let Ok(message) = MESSAGES.value(&key.value(), value.value()) else { continue };
                if matches!(&message.body, Body::Text(text) if query.is_in(text)) {
                    let (_, seq) = key.value();
                    hits.push(Hit { conversation: conversation.clone(), seq, message });
                    if *told + hits.len() == MOST {
                        return Ok(Some(End::TooMuch));
                    }
                }
            }
        }
        Ok(Some(End::Complete))
    }
}

impl Search {
    /// Starts the search; `tell` blocks until the hits are received.
    pub(super) fn start(
        snapshot: Snapshot,
        query: Query,
        mut tell: impl FnMut(Found) + Send + 'static,
    ) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let is_stopped = Arc::clone(&stop);
        let thread = thread::Builder::new().name("papo-search".to_owned()).spawn(move || {
            snapshot.search(&query, |found| {
                if !is_stopped.load(Ordering::Relaxed) {
                    tell(found);
                }
                !is_stopped.load(Ordering::Relaxed)
            });
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Its panic was reported already.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
