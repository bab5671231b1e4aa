//! Full-text search over all messages, on a thread of its own while the store goes on writing.
//!
//! A search scans the stored bytes, newest message first. It decodes each candidate and matches its text. There is no
//! index, which would cost space and time per message: a scan of a million messages takes well under a second.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use redb::{ReadTransaction, ReadableDatabase, ReadableTable};

use super::{database::Store, error::StoreError, redb_panic::catch_redb_panic, tables::MESSAGES};
use crate::domain::{Body, ChatRange, ConversationId, Hit, Piece, Query, SearchEnd, SearchProgress};

/// A search ends after this many hits.
const MAX_HITS: usize = 1000;
/// Hits are reported each time this many messages have been scanned. The first hit is reported at once.
const REPORT_EVERY: usize = 16_384;

/// A consistent snapshot of the store for a search.
pub struct Snapshot {
    transaction: ReadTransaction,
    chats: Vec<ChatRange>,
    conv_keys: BTreeMap<ConversationId, u32>,
}

/// A running search. Dropping it stops the search and waits until it has released the file.
pub(super) struct Search {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// A snapshot of these messages.
    pub fn snapshot(&self, chats: Vec<ChatRange>) -> Result<Snapshot, StoreError> {
        let conv_keys = self.conv_keys.clone();
        self.try_with(|database| Ok(Snapshot { transaction: database.begin_read()?, chats, conv_keys }))
    }
}

impl Snapshot {
    /// Searches the chats in order, each from its newest message. Passes the hits to `report` in batches, until
    /// `report` returns false. The last report has a [`SearchEnd`].
    pub fn search(&self, query: &Query, mut report: impl FnMut(SearchProgress) -> bool) {
        let mut hits = Vec::new();
        let searched = catch_redb_panic(|| self.scan(query, &mut hits, &mut report));
        let end = match searched {
            Ok(None) => return,
            Ok(Some(end)) => end,
            Err(error) => SearchEnd::Failed(error.to_string()),
        };
        report(SearchProgress { hits, end: Some(end) });
    }

    /// Scans the messages; returns [`None`] if `report` stopped the scan.
    fn scan(
        &self,
        query: &Query,
        hits: &mut Vec<Hit>,
        report: &mut impl FnMut(SearchProgress) -> bool,
    ) -> Result<Option<SearchEnd>, StoreError> {
        let messages = MESSAGES.read(&self.transaction)?;
        let (mut scanned, mut reported) = (0_usize, 0);
        let pieces = self.chats.iter().flat_map(|chat| chat.iter().rev().map(|piece| (&chat.chat, piece)));
        for (chat, (start, Piece { conversation, positions })) in pieces {
            let Some(&conv_key) = self.conv_keys.get(conversation) else { continue };
            for entry in messages.range((conv_key, positions.start)..(conv_key, positions.end))?.rev() {
                let (key, value) = entry?;
                scanned += 1;
                let is_first = reported == 0 && !hits.is_empty();
                if is_first || scanned.is_multiple_of(REPORT_EVERY) {
                    reported += hits.len();
                    if !report(SearchProgress { hits: std::mem::take(hits), end: None }) {
                        return Ok(None);
                    }
                }
                if !query.may_match(value.value()) {
                    continue;
                }
                // A damaged message is reported when it is shown.
                let Ok(message) = MESSAGES.decode(&key.value(), value.value()) else { continue };
                if !message.is_hidden && matches!(&message.body, Body::Text(text) if query.matches(text)) {
                    let (_, seq) = key.value();
                    let position = start + (seq - positions.start);
                    hits.push(Hit { chat: chat.clone(), position, message });
                    if reported + hits.len() == MAX_HITS {
                        return Ok(Some(SearchEnd::TooMuch));
                    }
                }
            }
        }
        Ok(Some(SearchEnd::Complete))
    }
}

impl Search {
    /// Starts the thread. `report` may block, which puts back-pressure on the search.
    pub(super) fn start(
        snapshot: Snapshot,
        query: Query,
        mut report: impl FnMut(SearchProgress) + Send + 'static,
    ) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let is_stopped = Arc::clone(&stop);
        let thread = thread::Builder::new().name("papo-search".to_owned()).spawn(move || {
            snapshot.search(&query, |found| {
                if !is_stopped.load(Ordering::Relaxed) {
                    report(found);
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
        // A panic of the thread was reported by the panic hook.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
