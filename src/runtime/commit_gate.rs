//! Sends operations to the store and holds outputs back until the operations before them are committed.
//!
//! Group commit: operations produced while a commit is in flight are batched into the next one, so a stream needs few
//! syncs. Nothing here blocks: what a full channel rejects is kept and offered again.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::clock;
use crate::{
    mqtt,
    protocol::{Operation, Output, Publication, RowId},
    store,
};

/// The loop stops receiving from the broker while the batch has more operations than this (back-pressure): a flood
/// queues at the broker, not here.
const OVERRUN: usize = 2048;
/// The shortest time between two commits that nobody waits for: a stream of 1,000 messages a second costs 60 syncs a
/// second, not 1,000, which would be most of its CPU time.
const COMMIT_INTERVAL: Duration = Duration::from_millis(16);
/// After a pause of this length the batch is committed before [`COMMIT_INTERVAL`] has passed. A broker with a small
/// receive window sends nothing more until it gets the acknowledgements, which wait for the commit.
const LULL: Duration = Duration::from_millis(5);
/// With this many outputs the batch is committed at once, so that the acknowledgements leave before the broker has used
/// up the receive window: half of papo's own receive maximum.
const ENOUGH_OUTPUTS: usize = mqtt::RECEIVE_MAXIMUM as usize / 2;

/// What the next commit is made of.
#[derive(Default)]
struct Batch {
    operations: Vec<Operation>,
    /// They wait for the commit.
    outputs: Vec<Output>,
}

/// The queues to the store and to the broker, and the outputs that wait for a commit.
pub(super) struct CommitGate {
    store: store::Handle,
    mqtt: mqtt::Handle,
    jobs: VecDeque<store::Job>,
    requests: VecDeque<mqtt::Request>,
    batch: Batch,
    /// When something was last added to the batch.
    last_added: Option<Instant>,
    /// Whether the user or a script waits for the batch.
    is_urgent: bool,
    /// Outputs in order, each with the ticket of the commit they wait for.
    held: VecDeque<(u64, Vec<Output>)>,
    /// The ticket of the last batch that was closed.
    last_ticket: u64,
    /// The ticket of the last batch that was committed.
    committed: u64,
    /// When the last commit finished.
    committed_at: Option<Instant>,
    /// While papo shuts down: publications without a row in the outbox, such as "offline", to send last.
    final_publications: Option<Vec<Publication>>,
}

impl CommitGate {
    pub(super) fn new(store: store::Handle, mqtt: mqtt::Handle) -> Self {
        Self {
            store,
            mqtt,
            jobs: VecDeque::new(),
            requests: VecDeque::new(),
            batch: Batch::default(),
            last_added: None,
            is_urgent: false,
            held: VecDeque::new(),
            last_ticket: 0,
            committed: 0,
            committed_at: None,
            final_publications: None,
        }
    }

    /// Adds `operations` to the current batch. `outputs` leave once it and all earlier batches are committed.
    pub(super) fn commit(&mut self, operations: Vec<Operation>, outputs: Vec<Output>) {
        // Nothing is pending that these outputs have to wait for.
        if operations.is_empty() && self.batch.operations.is_empty() && self.held.is_empty() {
            return self.release(outputs);
        }
        self.batch.operations.extend(operations);
        self.batch.outputs.extend(outputs);
        self.last_added = Some(clock::instant());
    }

    /// Closes the current batch and queues it for the store. A batch without operations needs no commit of its own: its
    /// outputs wait for the batches before it.
    fn close_batch(&mut self) {
        let Batch { operations, outputs } = std::mem::take(&mut self.batch);
        self.is_urgent = false;
        if operations.is_empty() && (outputs.is_empty() || self.held.is_empty()) {
            return self.release(outputs);
        }
        if !operations.is_empty() {
            self.last_ticket += 1;
            self.jobs.push_back(store::Job::Commit { ticket: self.last_ticket, operations });
        }
        self.held.push_back((self.last_ticket, outputs));
    }

    /// When to close the current batch; `None` if it has no operations or a commit is still in flight.
    pub(super) fn due(&self) -> Option<Instant> {
        let is_ready = !self.batch.operations.is_empty() && self.last_ticket == self.committed;
        let may_wait =
            !self.is_urgent && self.final_publications.is_none() && self.batch.outputs.len() < ENOUGH_OUTPUTS;
        let due = self.committed_at.zip(self.last_added).filter(|_| may_wait);
        let due = due.map(|(at, last_added)| (at + COMMIT_INTERVAL).min(last_added + LULL));
        is_ready.then(|| due.unwrap_or_else(clock::instant))
    }

    /// The user or a script waits for the effect of the current batch: commit it without delay.
    pub(super) fn mark_urgent(&mut self) {
        self.is_urgent = true;
    }

    /// Everything up to `ticket` is committed.
    pub(super) fn committed(&mut self, ticket: u64) {
        (self.committed, self.committed_at) = (ticket, Some(clock::instant()));
        while self.held.front().is_some_and(|(awaited, _)| *awaited <= ticket) {
            let Some((_, outputs)) = self.held.pop_front() else { break };
            self.release(outputs);
        }
    }

    /// Queues a read that sees every operation added before it.
    pub(super) fn queue_read(&mut self, job: store::Job) {
        self.close_batch();
        self.jobs.push_back(job);
    }

    /// A reader for another thread that sees everything up to now.
    pub(super) fn reader(&mut self) -> store::Reader {
        self.close_batch();
        self.flush();
        self.store.reader()
    }

    /// Queues a request to the connection, which waits for no commit.
    pub(super) fn request(&mut self, request: mqtt::Request) {
        self.requests.push_back(request);
    }

    /// Whether nothing waits for a commit.
    pub(super) fn is_settled(&self) -> bool {
        self.held.is_empty()
            && self.jobs.is_empty()
            && self.batch.operations.is_empty()
            && self.batch.outputs.is_empty()
    }

    /// Whether the store is so far behind that the loop must stop reading from the broker.
    pub(super) fn is_overrun(&self) -> bool {
        self.batch.operations.len() > OVERRUN
    }

    /// Whether something waits for room in a channel.
    pub(super) fn is_backed_up(&self) -> bool {
        !self.jobs.is_empty() || !self.requests.is_empty()
    }

    /// From now on keeps publications without a row in the outbox back, to send them just before disconnecting.
    pub(super) fn begin_shutdown(&mut self) {
        self.final_publications.get_or_insert_default();
    }

    /// Sends the final publications and disconnects until papo is resumed.
    pub(super) fn disconnect_until_resumed(&mut self) {
        let last = self.final_publications.take().unwrap_or_default();
        self.request(mqtt::Request::Suspend { last });
    }

    /// papo was resumed: drops the final publications.
    pub(super) fn cancel_shutdown(&mut self) {
        self.final_publications = None;
    }

    /// Closes the store after everything queued.
    pub(super) fn close_store(&mut self) {
        self.queue_read(store::Job::Close);
    }

    /// Sends the final publications and disconnects for good.
    pub(super) fn disconnect(&mut self) {
        let last = self.final_publications.take().unwrap_or_default();
        self.request(mqtt::Request::Close { last });
    }

    /// Closes the current batch if it is due, and sends what is queued as far as the channels have room.
    pub(super) fn flush(&mut self) {
        // A batch of outputs alone waits for no commit of its own.
        if self.batch.operations.is_empty() || self.due().is_some_and(|due| due <= clock::instant()) {
            self.close_batch();
        }
        while let Some(job) = self.jobs.pop_front() {
            if let Err(job) = self.store.try_send(job) {
                self.jobs.push_front(job);
                break;
            }
        }
        while let Some(request) = self.requests.pop_front() {
            if let Err(request) = self.mqtt.try_send(request) {
                self.requests.push_front(request);
                break;
            }
        }
    }

    fn release(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Publish { row, publication } => self.publish(row, publication),
                Output::Forget(row) => self.requests.push_back(mqtt::Request::Forget(row)),
                Output::Subscribe(wanted) => self.requests.push_back(mqtt::Request::Subscribe(wanted)),
                Output::Unsubscribe(filters) => self.requests.push_back(mqtt::Request::Unsubscribe(filters)),
                Output::Ack(token) => self.requests.push_back(mqtt::Request::Ack(token)),
                Output::Fetch { conversation, from, upto } => {
                    self.jobs.push_back(store::Job::Fetch { conversation, from, upto });
                }
                Output::FetchIds { conversation, author } => {
                    self.jobs.push_back(store::Job::FetchIds { conversation, author });
                }
            }
        }
    }

    fn publish(&mut self, row: Option<RowId>, publication: Publication) {
        match (&mut self.final_publications, row) {
            (Some(last), None) => last.push(publication),
            _ => self.requests.push_back(mqtt::Request::Publish { row, publication }),
        }
    }
}
