//! The thread that owns the store: what has queued is committed together, so that a burst costs one sync.

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

/// Jobs that wait for the store. A commit takes a few milliseconds at worst, so this fills only in a burst or
/// when the disk stalls; the caller then gets its job back, keeps it, and never waits.
const JOBS: usize = 64;
/// At most so many groups in one transaction, to bound how long the first of them waits.
const MAX_BATCH: usize = 256;
/// How soon a failed commit is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What the store is asked to do.
#[derive(Debug)]
pub enum Job {
    /// Commit a group of operations.
    Commit {
        /// Names the group; tickets go up.
        ticket: u64,
        /// The group.
        operations: Vec<Operation>,
    },
    /// Read for the screen.
    Lookup(Lookup),
    /// Read as [`Lookup::Page`], for somebody beside the loop.
    Read {
        /// Where.
        conversation: ConversationId,
        /// The first place that is not wanted.
        before: u64,
        /// How many at most.
        limit: usize,
        /// Where it goes.
        reply: SyncSender<Page>,
    },
    /// See whether everything is as it was written, for somebody beside the loop.
    Check {
        /// Where what was found goes, or why nothing could be.
        reply: SyncSender<Result<Checked, String>>,
    },
    /// Read my own messages with numbers `from..=upto`.
    Fetch {
        /// Where.
        conversation: ConversationId,
        /// The first number.
        from: u64,
        /// The last number.
        upto: u64,
    },
    /// Read the ids of the latest numbered messages of somebody.
    FetchIds {
        /// Where.
        conversation: ConversationId,
        /// Whose.
        author: UserId,
    },
    /// Commit what was handed over before, and close the store, though there are readers.
    Close,
}

/// What the store tells.
#[derive(Debug)]
pub enum Event {
    /// All groups up to this ticket are on the disk.
    Committed {
        /// The last of them.
        ticket: u64,
    },
    /// A commit failed. It is kept and tried again, before anything later.
    Failed {
        /// Why.
        error: String,
    },
    /// A page that was asked for.
    Page {
        /// Where.
        conversation: ConversationId,
        /// The first place that was not wanted.
        before: u64,
        /// What there is.
        page: Page,
    },
    /// What a message says that was asked for by its id.
    Quoted {
        /// Where.
        conversation: ConversationId,
        /// Which.
        id: MessageId,
        /// Its place and itself, where it was found.
        found: Option<(u64, ChatMessage)>,
    },
    /// Messages that were asked for by number.
    Fetched {
        /// Where.
        conversation: ConversationId,
        /// The first number that was asked for.
        from: u64,
        /// The last one.
        upto: u64,
        /// What there is.
        page: Page,
    },
    /// Ids that were asked for.
    FetchedIds {
        /// Where.
        conversation: ConversationId,
        /// Whose messages.
        author: UserId,
        /// Their numbers and ids, in the order of arrival.
        ids: Vec<(u64, MessageId)>,
    },
    /// A search has found something, or has come to its end.
    Found {
        /// Which search.
        number: u64,
        /// What.
        found: Found,
    },
}

/// The way to the thread that keeps a store, which starts with the first job. Once this is gone and everything that was
/// handed over is done, the store is closed, and then the events end.
pub struct Handle {
    jobs: SyncSender<Job>,
    /// Who is to be the thread, until it has started.
    worker: Option<Worker>,
}

impl Handle {
    /// For a store. The thread blocks while `events` is full: whoever holds the other end always takes them.
    pub fn new(store: Store, events: Sender<Event>) -> Self {
        let (jobs, queue) = mpsc::sync_channel(JOBS);
        let worker =
            Worker { store, queue, events, groups: Vec::new(), retry_at: None, search: None, is_closing: false };
        Self { jobs, worker: Some(worker) }
    }

    /// Hands a job over without waiting; gives it back where the channel is full.
    pub fn try_send(&mut self, job: Job) -> Result<(), Job> {
        self.start();
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(job) | TrySendError::Disconnected(job) => job,
        })
    }

    /// A way to read beside the loop. Without [`Job::Close`] the store is not closed as long as there is one.
    pub fn reader(&mut self) -> Reader {
        self.start();
        Reader { jobs: self.jobs.clone() }
    }

    fn start(&mut self) {
        let Some(worker) = self.worker.take() else { return };
        let thread = thread::Builder::new().name("papo-store".to_owned());
        if let Err(error) = thread.spawn(move || worker.run()) {
            // The store is closed again, and the events end.
            tracing::error!(%error, "the store's thread cannot start");
        }
    }
}

/// Reads in a thread of its own, while the store goes on writing.
#[derive(Debug)]
pub struct Reader {
    jobs: SyncSender<Job>,
}

impl Reader {
    /// The last `limit` messages before a place. Waits for them; [`None`] where the store has ended.
    pub fn page(&self, conversation: ConversationId, before: u64, limit: usize) -> Option<Page> {
        let (reply, page) = mpsc::sync_channel(1);
        self.jobs.send(Job::Read { conversation, before, limit, reply }).ok()?;
        page.recv().ok()
    }

    /// Whether everything is as it was written; [`None`] where the store has ended. Nothing is written meanwhile.
    pub fn check(&self) -> Option<Result<Checked, String>> {
        let (reply, checked) = mpsc::sync_channel(1);
        self.jobs.send(Job::Check { reply }).ok()?;
        checked.recv().ok()
    }
}

struct Worker {
    /// What is being looked for. It holds the file open, and goes before the store does.
    search: Option<Search>,
    store: Store,
    queue: Receiver<Job>,
    /// They end when the store is closed: it goes before they do.
    events: Sender<Event>,
    /// What is to be committed next, in order.
    groups: Vec<(u64, Vec<Operation>)>,
    /// Set while commits fail: when they are tried next.
    retry_at: Option<Instant>,
    /// Whether no more jobs are taken.
    is_closing: bool,
}

impl Worker {
    fn run(mut self) {
        self.store.clear_marker();
        loop {
            // While commits fail they are tried at intervals: not with each job that comes, and not only once
            // none comes.
            let job = match self.retry_at {
                Some(retry_at) if retry_at <= now() => Err(RecvTimeoutError::Timeout),
                Some(retry_at) => self.queue.recv_timeout(retry_at.saturating_duration_since(now())),
                None => self.queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match job {
                Ok(job) if self.retry_at.is_some() => self.accept(job),
                Ok(job) => {
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
                // Nothing is left but what could not be committed.
                return self.commit();
            }
        }
    }

    /// Commits are gathered; what is read sees all that was asked for before it.
    fn accept(&mut self, job: Job) {
        match job {
            Job::Commit { ticket, operations } => self.groups.push((ticket, operations)),
            Job::Lookup(lookup) => self.look_up(lookup),
            Job::Read { conversation, before, limit, reply } => {
                self.commit_before_reading();
                // Whoever asked may have gone.
                let _ = reply.send(page_or_damage(self.store.page(&conversation, before, limit), &conversation));
            }
            Job::Check { reply } => {
                self.commit_before_reading();
                // It holds the file open.
                self.search = None;
                let checked = self.store.check_and_reopen().map_err(|error| error.to_string());
                // Whoever asked may have gone.
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

    fn look_up(&mut self, lookup: Lookup) {
        self.commit_before_reading();
        match lookup {
            Lookup::Page { conversation, before, limit } => {
                let page = self.store.page(&conversation, before, limit);
                self.emit(Event::Page { page: page_or_damage(page, &conversation), conversation, before });
            }
            Lookup::Message { conversation, id, before } => {
                let found = self.store.find(&conversation, id, before).unwrap_or_else(|error| {
                    tracing::error!(%error, "a message could not be looked for");
                    None
                });
                self.emit(Event::Quoted { conversation, id, found });
            }
            Lookup::Search { number, query, conversations } => {
                if let Err(why) = self.search(number, query, conversations) {
                    let found = Found { end: Some(End::Failed(why)), ..Found::default() };
                    self.emit(Event::Found { number, found });
                }
            }
            Lookup::StopSearch => self.search = None,
        }
    }

    fn search(&mut self, number: u64, query: Query, conversations: Vec<ConversationId>) -> Result<(), String> {
        self.search = None;
        let snapshot = self.store.snapshot(conversations).map_err(|error| error.to_string())?;
        let events = self.events.clone();
        let emit = move |found| {
            // The loop has gone; nobody wants to know any more.
            let _ = events.blocking_send(Event::Found { number, found });
        };
        self.search = Some(Search::start(snapshot, query, emit).map_err(|error| error.to_string())?);
        Ok(())
    }

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
                // At once, so that what is on the disk stays readable.
                if let Err(error) = self.store.reopen() {
                    tracing::error!(%error, "the store could not be opened again");
                }
                self.retry_at = Some(now() + RETRY_AFTER);
                self.emit(Event::Failed { error: error.to_string() });
            }
        }
    }

    fn emit(&self, event: Event) {
        // The loop has gone; what is committed is committed.
        let _ = self.events.blocking_send(event);
    }
}

/// What could be read. Where nothing could, that is the damage.
fn page_or_damage(page: Result<Page, StoreError>, conversation: &ConversationId) -> Page {
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
