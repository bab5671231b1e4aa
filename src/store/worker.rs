//! The thread that owns the store. Group commit: all queued groups of operations are committed in one transaction, so a
//! burst costs one sync.

use std::{
    sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError},
    thread,
    time::{Duration, Instant},
};

use tokio::sync::mpsc::Sender;

use super::{
    database::Store,
    error::{Damage, Fault, StoreError},
    pages::{Checked, Page},
    search::Search,
};
use crate::{
    domain::{
        ChatId, ChatMessage, ChatRange, ConversationId, HistoryLookup, MessageId, Query, SearchEnd, SearchProgress,
        UserId,
    },
    protocol::Operation,
};

/// How many jobs may queue. A commit takes a few milliseconds, so the queue fills only in a burst or when the disk
/// stalls. Then the caller gets its job back and keeps it, without waiting.
const QUEUE_LEN: usize = 64;
/// The most groups of operations in one transaction. This bounds how long the first group waits for its commit.
const MAX_BATCH: usize = 256;
/// The wait before a failed commit is retried.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A job for the store's thread.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Job {
    /// Commit a group of operations, all or none.
    Commit {
        /// Identifies the group; ascending.
        ticket: u64,
        operations: Vec<Operation>,
    },
    /// A read for the screen.
    Lookup(HistoryLookup),
    /// Read the last messages of a conversation before a position, for a [`Reader`] on another thread.
    Read {
        conversation: ConversationId,
        /// The position after the last message wanted.
        before: u64,
        limit: usize,
        reply: SyncSender<Page>,
    },
    /// Check all of the store, for a [`Reader`] on another thread.
    Check {
        /// Receives the report, or the error that prevented the check.
        reply: SyncSender<Result<Checked, String>>,
    },
    /// Read my own messages with sequence numbers `from..=upto`.
    Fetch { conversation: ConversationId, from: u64, upto: u64 },
    /// Read the sequence numbers and ids of an author's latest messages.
    FetchIds { conversation: ConversationId, author: UserId },
    /// Commit what was sent before, and close the store even while there are [`Reader`]s.
    Close,
}

/// An event from the store's thread, most of them the answer to a [`Job`].
#[derive(Debug)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Event {
    /// All groups of operations up to this ticket are on disk.
    Committed { ticket: u64 },
    /// A commit failed. Its operations are kept, and retried before any later ones.
    Failed { error: String },
    /// Answers [`HistoryLookup::Page`].
    Page {
        chat: ChatId,
        /// The position in the chat after the last message wanted.
        before: u64,
        /// The messages, with their positions in the chat.
        page: Page,
    },
    /// Answers [`HistoryLookup::Message`].
    Quoted {
        chat: ChatId,
        id: MessageId,
        /// The message and its position in the chat, if it was found.
        found: Option<(u64, ChatMessage)>,
    },
    /// Answers [`Job::Fetch`].
    Fetched { conversation: ConversationId, from: u64, upto: u64, page: Page },
    /// Answers [`Job::FetchIds`].
    FetchedIds {
        conversation: ConversationId,
        author: UserId,
        /// Sequence numbers and ids, in order of arrival.
        ids: Vec<(u64, MessageId)>,
    },
    /// Part of the answer to [`HistoryLookup::Search`].
    Found {
        /// Identifies the search.
        number: u64,
        found: SearchProgress,
    },
}

/// A handle to the store's thread, which starts with the first job. After the handle is dropped and all jobs are done,
/// the thread closes the store, and then the channel of events.
pub struct Handle {
    jobs: SyncSender<Job>,
    /// The worker until its thread has started.
    worker: Option<Worker>,
}

impl Handle {
    /// Wraps an open store. The thread blocks while `events` is full, so the receiver must never wait for the thread.
    pub fn new(store: Store, events: Sender<Event>) -> Self {
        let (jobs, queue) = mpsc::sync_channel(QUEUE_LEN);
        let worker =
            Worker { store, queue, events, groups: Vec::new(), retry_at: None, search: None, is_closing: false };
        Self { jobs, worker: Some(worker) }
    }

    /// Sends a job without waiting; returns it if the queue is full or the thread has ended.
    pub fn try_send(&mut self, job: Job) -> Result<(), Job> {
        self.start();
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(job) | TrySendError::Disconnected(job) => job,
        })
    }

    /// A reader for another thread. Without [`Job::Close`] the store stays open as long as a reader exists.
    pub fn reader(&mut self) -> Reader {
        self.start();
        Reader { jobs: self.jobs.clone() }
    }

    fn start(&mut self) {
        let Some(worker) = self.worker.take() else { return };
        let thread = thread::Builder::new().name("papo-store".to_owned());
        if let Err(error) = thread.spawn(move || worker.run()) {
            // The worker was dropped with the closure: the store is closed, and the events end.
            tracing::error!(%error, "the store's thread cannot start");
        }
    }
}

/// Reads from another thread; each call blocks until the store's thread has answered.
#[derive(Debug)]
pub struct Reader {
    jobs: SyncSender<Job>,
}

impl Reader {
    /// The last `limit` messages before the position `before`; [`None`] if the store's thread has ended.
    pub fn page(&self, conversation: ConversationId, before: u64, limit: usize) -> Option<Page> {
        let (reply, page) = mpsc::sync_channel(1);
        self.jobs.send(Job::Read { conversation, before, limit, reply }).ok()?;
        page.recv().ok()
    }

    /// Checks the store, which commits nothing during the check; [`None`] if its thread has ended.
    pub fn check(&self) -> Option<Result<Checked, String>> {
        let (reply, checked) = mpsc::sync_channel(1);
        self.jobs.send(Job::Check { reply }).ok()?;
        checked.recv().ok()
    }
}

struct Worker {
    /// The running search. It holds the file open, so it is declared first and dropped before the store.
    search: Option<Search>,
    store: Store,
    queue: Receiver<Job>,
    /// Declared after the store, so that the channel closes only once the store is closed.
    events: Sender<Event>,
    /// The groups of operations for the next commit, with their tickets, in order.
    groups: Vec<(u64, Vec<Operation>)>,
    /// Set while commits fail: the time of the next attempt.
    retry_at: Option<Instant>,
    /// Whether [`Job::Close`] was received.
    is_closing: bool,
}

impl Worker {
    fn run(mut self) {
        self.store.clear_marker();
        loop {
            // A failed commit is retried at fixed intervals: not with every job that arrives, and not only when the
            // queue runs empty.
            let job = match self.retry_at {
                Some(retry_at) if retry_at <= now() => Err(RecvTimeoutError::Timeout),
                Some(retry_at) => self.queue.recv_timeout(retry_at.saturating_duration_since(now())),
                None => self.queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match job {
                Ok(job) if self.retry_at.is_some() => self.accept(job),
                Ok(job) => {
                    // Group commit: everything that queued up during the last commit shares one sync.
                    self.accept(job);
                    while !self.is_closing
                        && self.groups.len() < MAX_BATCH
                        && let Ok(job) = self.queue.try_recv()
                    {
                        self.accept(job);
                    }
                    self.commit();
                }
                Err(RecvTimeoutError::Timeout) => self.commit(),
                Err(RecvTimeoutError::Disconnected) => return self.commit(),
            }
            if self.is_closing {
                // One last attempt, if the last commit failed.
                return self.commit();
            }
        }
    }

    /// Collects commits and answers reads. A read sees all operations sent before it, so it commits them first.
    fn accept(&mut self, job: Job) {
        match job {
            Job::Commit { ticket, operations } => self.groups.push((ticket, operations)),
            Job::Lookup(lookup) => self.look_up(lookup),
            Job::Read { conversation, before, limit, reply } => {
                self.commit_before_reading();
                // The reader may have gone.
                let _ = reply.send(page_or_damage(self.store.page(&conversation, before, limit), &conversation));
            }
            Job::Check { reply } => {
                self.commit_before_reading();
                // The check has to close the file, which a search would hold open.
                self.search = None;
                let checked = self.store.check_and_reopen().map_err(|error| error.to_string());
                // The reader may have gone.
                let _ = reply.send(checked);
            }
            Job::Fetch { conversation, from, upto } => {
                self.commit_before_reading();
                let page = self.store.mine(&conversation, from, upto);
                self.emit(Event::Fetched { page: page_or_damage(page, &conversation), conversation, from, upto });
            }
            Job::FetchIds { conversation, author } => {
                self.commit_before_reading();
                let ids = self.store.ids(&conversation, &author).unwrap_or_else(|error| {
                    tracing::error!(%error, "the ids of messages could not be read");
                    Vec::new()
                });
                self.emit(Event::FetchedIds { conversation, author, ids });
            }
            Job::Close => self.is_closing = true,
        }
    }

    fn look_up(&mut self, lookup: HistoryLookup) {
        self.commit_before_reading();
        match lookup {
            HistoryLookup::Page(range) => {
                let page = page_or_damage(self.store.range(&range), &range.chat);
                self.emit(Event::Page { page, before: range.end(), chat: range.chat });
            }
            HistoryLookup::Message { id, among } => {
                let found = self.store.find(id, &among).unwrap_or_else(|error| {
                    tracing::error!(%error, "a message could not be looked up");
                    None
                });
                self.emit(Event::Quoted { chat: among.chat, id, found });
            }
            HistoryLookup::Search { number, query, chats } => {
                if let Err(why) = self.search(number, query, chats) {
                    let found = SearchProgress { end: Some(SearchEnd::Failed(why)), ..SearchProgress::default() };
                    self.emit(Event::Found { number, found });
                }
            }
            HistoryLookup::StopSearch => self.search = None,
        }
    }

    fn search(&mut self, number: u64, query: Query, chats: Vec<ChatRange>) -> Result<(), String> {
        self.search = None;
        let snapshot = self.store.snapshot(chats).map_err(|error| error.to_string())?;
        let events = self.events.clone();
        let emit = move |found| {
            // An error means that the event loop has ended.
            let _ = events.blocking_send(Event::Found { number, found });
        };
        self.search = Some(Search::start(snapshot, query, emit).map_err(|error| error.to_string())?);
        Ok(())
    }

    /// Commits the waiting operations, so that a read sees them. While commits fail, a read does not see them.
    fn commit_before_reading(&mut self) {
        if self.retry_at.is_none() {
            self.commit();
        }
    }

    fn commit(&mut self) {
        let Some((ticket, _)) = self.groups.last() else { return };
        let ticket = *ticket;
        match self.store.commit(self.groups.iter().flat_map(|(_, operations)| operations)) {
            Ok(()) => {
                self.groups.clear();
                self.retry_at = None;
                self.emit(Event::Committed { ticket });
            }
            Err(error) => {
                tracing::error!(%error, "a commit failed");
                self.search = None;
                // After an I/O error redb refuses reads too until the file is reopened.
                if let Err(error) = self.store.reopen() {
                    tracing::error!(%error, "the store could not be opened again");
                }
                self.retry_at = Some(now() + RETRY_AFTER);
                self.emit(Event::Failed { error: error.to_string() });
            }
        }
    }

    fn emit(&self, event: Event) {
        // An error means that the event loop has ended.
        let _ = self.events.blocking_send(event);
    }
}

/// Turns an error into an empty page with damage.
fn page_or_damage(page: Result<Page, StoreError>, of: &impl ToString) -> Page {
    let page = page.unwrap_or_else(|error| {
        let fault = Fault::Unreadable(error.to_string());
        Page { messages: Vec::new(), damage: vec![Damage { table: "messages", key: of.to_string(), fault }] }
    });
    for damage in &page.damage {
        tracing::error!(%damage, "a message is damaged");
    }
    page
}

#[expect(clippy::disallowed_methods, reason = "the thread blocks on its queue and has to know for how long")]
fn now() -> Instant {
    Instant::now()
}
