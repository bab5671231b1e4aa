//! The thread that owns the store. Group commit: queued groups are committed together, so that a burst costs one sync.

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
    domain::{ChatMessage, ConversationId, End, Found, Lookup, MessageId, Query, UserId},
    protocol::Operation,
};

/// Capacity of the job channel. A commit takes a few milliseconds at worst, so it fills only in a burst or when the
/// disk stalls. The caller then gets its job back, keeps it, and never waits.
const JOBS: usize = 64;
/// The most groups in one transaction, which bounds how long the first of them waits.
const TOGETHER: usize = 256;
/// The interval at which a failed commit is retried.
const AGAIN: Duration = Duration::from_secs(1);

/// A job for the store.
#[derive(Debug)]
pub enum Job {
    /// Commit a group of operations.
    Commit {
        /// The number of the group; tickets ascend.
        ticket: u64,
        /// The group.
        operations: Vec<Operation>,
    },
    /// Read for the screen.
    Lookup(Lookup),
    /// Like [`Lookup::Page`], for a reader beside the loop.
    Read {
        /// The conversation.
        conversation: ConversationId,
        /// The place after the last message.
        before: u64,
        /// The most messages.
        limit: usize,
        /// The receiver.
        reply: SyncSender<Page>,
    },
    /// Verify the store, for a reader beside the loop.
    Check {
        /// The receiver of the result.
        reply: SyncSender<Result<Checked, String>>,
    },
    /// Read my own messages with numbers `from..=upto`.
    Fetch {
        /// The conversation.
        conversation: ConversationId,
        /// The first number.
        from: u64,
        /// The last number.
        upto: u64,
    },
    /// Read the IDs of an author's latest numbered messages.
    FetchIds {
        /// The conversation.
        conversation: ConversationId,
        /// The author.
        author: UserId,
    },
    /// Commit everything queued, and close the store even if there are readers.
    Close,
}

/// An event from the store.
#[derive(Debug)]
pub enum Event {
    /// All groups up to this ticket are on disk.
    Committed {
        /// The last of them.
        ticket: u64,
    },
    /// A commit failed. It is kept and retried before anything later.
    Failed {
        /// The error.
        error: String,
    },
    /// A requested page.
    Page {
        /// The conversation.
        conversation: ConversationId,
        /// The place after the last message, as requested.
        before: u64,
        /// The page.
        page: Page,
    },
    /// A message requested by its ID.
    Quoted {
        /// The conversation.
        conversation: ConversationId,
        /// The ID.
        id: MessageId,
        /// Its place and the message, if it was found.
        found: Option<(u64, ChatMessage)>,
    },
    /// Messages requested by number.
    Fetched {
        /// The conversation.
        conversation: ConversationId,
        /// The first requested number.
        from: u64,
        /// The last requested number.
        upto: u64,
        /// The messages.
        page: Page,
    },
    /// Requested IDs.
    FetchedIds {
        /// The conversation.
        conversation: ConversationId,
        /// The author.
        author: UserId,
        /// Their numbers and ids, in the order of arrival.
        ids: Vec<(u64, MessageId)>,
    },
    /// Hits of a search, or its end.
    Found {
        /// The search.
        number: u64,
        /// The result.
        found: Found,
    },
}

/// The handle of the store's thread, which starts with the first job. After it is dropped and all jobs are done, the
/// store is closed and the events end.
pub struct Handle {
    jobs: SyncSender<Job>,
    /// The thread's state until it has started.
    keeper: Option<Worker>,
}

impl Handle {
    /// Creates the handle of a store. The thread blocks while `events` is full, so its receiver must always drain it.
    pub fn new(store: Store, events: Sender<Event>) -> Self {
        let (jobs, queue) = mpsc::sync_channel(JOBS);
        let keeper = Worker { store, queue, events, groups: Vec::new(), again: None, search: None, is_closing: false };
        Self { jobs, keeper: Some(keeper) }
    }

    /// Sends a job without waiting; returns it if the channel is full.
    pub fn try_send(&mut self, job: Job) -> Result<(), Job> {
        self.start();
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(job) | TrySendError::Disconnected(job) => job,
        })
    }

    /// A reader beside the loop. The store stays open while there is one, unless [`Job::Close`] is sent.
    pub fn reader(&mut self) -> Reader {
        self.start();
        Reader { jobs: self.jobs.clone() }
    }

    fn start(&mut self) {
        let Some(keeper) = self.keeper.take() else { return };
        let thread = thread::Builder::new().name("papo-store".to_owned());
        if let Err(error) = thread.spawn(move || keeper.run()) {
            // The store is closed, and the events end.
            tracing::error!(%error, "the store's thread cannot start");
        }
    }
}

/// Reads in a separate thread while the store keeps writing.
#[derive(Debug)]
pub struct Reader {
    jobs: SyncSender<Job>,
}

impl Reader {
    /// Waits for the last `limit` messages before a place; [`None`] if the store has ended.
    pub fn page(&self, conversation: ConversationId, before: u64, limit: usize) -> Option<Page> {
        let (reply, page) = mpsc::sync_channel(1);
        self.jobs.send(Job::Read { conversation, before, limit, reply }).ok()?;
        page.recv().ok()
    }

    /// Verifies the store; [`None`] if it has ended. Nothing is written meanwhile.
    pub fn check(&self) -> Option<Result<Checked, String>> {
        let (reply, checked) = mpsc::sync_channel(1);
        self.jobs.send(Job::Check { reply }).ok()?;
        checked.recv().ok()
    }
}

struct Worker {
    /// The running search. It holds the file open, and is dropped before the store.
    search: Option<Search>,
    store: Store,
    queue: Receiver<Job>,
    /// Dropped after the store is closed, which ends the events.
    events: Sender<Event>,
    /// The groups to commit next, in order.
    groups: Vec<(u64, Vec<Operation>)>,
    /// While commits fail: when to retry.
    again: Option<Instant>,
    /// Whether the store accepts no more jobs.
    is_closing: bool,
}

impl Worker {
    fn run(mut self) {
        self.store.clear_marker();
        loop {
            // Failed commits are retried at intervals: not with each new job, and not only after the last one.
            let job = match self.again {
                Some(again) if again <= now() => Err(RecvTimeoutError::Timeout),
                Some(again) => self.queue.recv_timeout(again.saturating_duration_since(now())),
                None => self.queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match job {
                Ok(job) if self.again.is_some() => self.take(job),
                Ok(job) => {
                    self.take(job);
                    while !self.is_closing
                        && self.groups.len() < TOGETHER
                        && let Ok(job) = self.queue.try_recv()
                    {
                        self.take(job);
                    }
                    self.commit();
                }
                Err(RecvTimeoutError::Timeout) => self.commit(),
                Err(RecvTimeoutError::Disconnected) => return self.commit(),
            }
            if self.is_closing {
                // Only failed commits are left.
                return self.commit();
            }
        }
    }

    /// Commits are batched; a read sees everything requested before it.
    fn take(&mut self, job: Job) {
        match job {
            Job::Commit { ticket, operations } => self.groups.push((ticket, operations)),
            Job::Lookup(lookup) => self.look_up(lookup),
            Job::Read { conversation, before, limit, reply } => {
                self.commit_before_reading();
                // The requester may be gone.
                let _ = reply.send(readable(self.store.page(&conversation, before, limit), &conversation));
            }
            Job::Check { reply } => {
                self.commit_before_reading();
                // It holds the file open.
                self.search = None;
                let checked = self.store.check_and_reopen().map_err(|error| error.to_string());
                // The requester may be gone.
                let _ = reply.send(checked);
            }
            Job::Fetch { conversation, from, upto } => {
                self.commit_before_reading();
                let page = self.store.mine(&conversation, from, upto);
                self.tell(Event::Fetched { page: readable(page, &conversation), conversation, from, upto });
            }
            Job::FetchIds { conversation, author } => {
                self.commit_before_reading();
                let ids = self.store.ids(&conversation, &author).unwrap_or_else(|error| {
                    tracing::error!(%error, "the ids of messages could not be read");
                    Vec::new()
                });
                self.tell(Event::FetchedIds { conversation, author, ids });
            }
            Job::Close => self.is_closing = true,
        }
    }

    fn look_up(&mut self, lookup: Lookup) {
        self.commit_before_reading();
        match lookup {
            Lookup::Page { conversation, before, limit } => {
                let page = self.store.page(&conversation, before, limit);
                self.tell(Event::Page { page: readable(page, &conversation), conversation, before });
            }
            Lookup::Message { conversation, id, before } => {
                let found = self.store.find(&conversation, id, before).unwrap_or_else(|error| {
                    tracing::error!(%error, "a message could not be looked for");
                    None
                });
                self.tell(Event::Quoted { conversation, id, found });
            }
            Lookup::Search { number, query, conversations } => {
                if let Err(why) = self.search(number, query, conversations) {
                    let found = Found { end: Some(End::Failed(why)), ..Found::default() };
                    self.tell(Event::Found { number, found });
                }
            }
            Lookup::StopSearch => self.search = None,
        }
    }

    fn search(&mut self, number: u64, query: Query, conversations: Vec<ConversationId>) -> Result<(), String> {
        self.search = None;
        let snapshot = self.store.snapshot(conversations).map_err(|error| error.to_string())?;
        let events = self.events.clone();
        let tell = move |found| {
            // The loop has ended; no one needs the result.
            let _ = events.blocking_send(Event::Found { number, found });
        };
        self.search = Some(Search::start(snapshot, query, tell).map_err(|error| error.to_string())?);
        Ok(())
    }

    fn commit_before_reading(&mut self) {
        if self.again.is_none() {
            self.commit();
        }
    }

    fn commit(&mut self) {
        let Some((ticket, _)) = self.groups.last() else { return };
        let ticket = *ticket;
        match self.store.commit(self.groups.iter().flat_map(|(_, operations)| operations)) {
            Ok(()) => {
                self.groups.clear();
                self.again = None;
                self.tell(Event::Committed { ticket });
            }
            Err(error) => {
                tracing::error!(%error, "a commit failed");
                self.search = None;
                // At once, so that what is on disk stays readable.
                if let Err(error) = self.store.reopen() {
                    tracing::error!(%error, "the store could not be opened again");
                }
                self.again = Some(now() + AGAIN);
                self.tell(Event::Failed { error: error.to_string() });
            }
        }
    }

    fn tell(&self, event: Event) {
        // The loop has ended; the commit stands.
        let _ = self.events.blocking_send(event);
    }
}

/// The readable messages; if none is, that is reported as damage.
fn readable(page: Result<Page, StoreError>, conversation: &ConversationId) -> Page {
    let page = page.unwrap_or_else(|error| {
        let fault = Fault::Unreadable(error.to_string());
        Page { messages: Vec::new(), damage: vec![Damage { table: "messages", key: conversation.to_string(), fault }] }
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
