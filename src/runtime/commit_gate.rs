//! Sends operations to the store, and holds outputs back until the operations before them are committed. Outputs are
//! requests to the MQTT connection, and reads of the store.
//!
//! Group commit: operations produced while a commit is in flight are batched into the next one, so a stream needs few
//! syncs. Nothing here blocks: jobs and requests that do not fit into a full channel stay queued and are sent later.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::clock;
use crate::{
    mqtt,
    protocol::{Operation, Output, Publication, RowId},
    store,
};

/// While the batch has more operations than this, the loop does not receive from the broker (back-pressure), so that a
/// flood of messages is queued at the broker.
const MAX_BATCH_OPERATIONS: usize = 2048;
/// The shortest time between two commits, unless the user or a script waits for them. So a stream of 1,000 messages a
/// second needs 60 syncs a second, not 1,000, which would take most of the CPU time.
const COMMIT_INTERVAL: Duration = Duration::from_millis(16);
/// If nothing is added to the batch for this time, it is committed before [`COMMIT_INTERVAL`] has passed. A broker that
/// has used up a small receive maximum sends nothing more until it gets the acknowledgements, which wait for the
/// commit.
const IDLE_TIME: Duration = Duration::from_millis(5);
/// A batch with this many outputs is committed at once, so that the acknowledgements are sent before the broker has
/// used up the receive maximum: half of the receive maximum that papo grants.
const MAX_BATCH_OUTPUTS: usize = mqtt::RECEIVE_MAXIMUM as usize / 2;

/// The content of the next commit.
#[derive(Default)]
struct Batch {
    operations: Vec<Operation>,
    /// The outputs that wait for the commit.
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
    /// Whether the user or a script waits for the commit of the batch.
    is_urgent: bool,
    /// The outputs of closed batches in order, each with the ticket of the commit that they wait for.
    held: VecDeque<(u64, Vec<Output>)>,
    /// The ticket of the last batch that was queued for the store. Tickets number the commits from 1.
    last_ticket: u64,
    /// The ticket of the last batch that was committed; 0 before the first.
    committed: u64,
    /// When the last commit finished.
    committed_at: Option<Instant>,
    /// Publications without a row in the outbox, such as "offline", which papo sends just before it disconnects. `None`
    /// unless papo is shutting down or about to be suspended.
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

    /// Adds `operations` and `outputs` to the current batch. The outputs are released once this batch and all earlier
    /// ones are committed.
    pub(super) fn commit(&mut self, operations: Vec<Operation>, outputs: Vec<Output>) {
        // There is no commit that these outputs have to wait for.
        if operations.is_empty() && self.batch.operations.is_empty() && self.held.is_empty() {
            return self.release(outputs);
        }
        self.batch.operations.extend(operations);
        self.batch.outputs.extend(outputs);
        self.last_added = Some(clock::instant());
    }

    /// Closes the current batch and queues it for the store. A batch without operations is not committed: its outputs
    /// wait for the batches before it.
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
            !self.is_urgent && self.final_publications.is_none() && self.batch.outputs.len() < MAX_BATCH_OUTPUTS;
        let due = self.committed_at.zip(self.last_added).filter(|_| may_wait);
        let due = due.map(|(at, last_added)| (at + COMMIT_INTERVAL).min(last_added + IDLE_TIME));
        is_ready.then(|| due.unwrap_or_else(clock::instant))
    }

    /// Has the current batch committed without delay, because the user or a script waits for its effect.
    pub(super) fn mark_urgent(&mut self) {
        self.is_urgent = true;
    }

    /// Called when all batches up to `ticket` are committed. Releases their outputs.
    pub(super) fn committed(&mut self, ticket: u64) {
        (self.committed, self.committed_at) = (ticket, Some(clock::instant()));
        while self.held.front().is_some_and(|(awaited, _)| *awaited <= ticket) {
            let Some((_, outputs)) = self.held.pop_front() else { break };
            self.release(outputs);
        }
    }

    /// Queues a read of the store that sees every operation added before.
    pub(super) fn queue_read(&mut self, job: store::Job) {
        self.close_batch();
        self.jobs.push_back(job);
    }

    /// Returns a reader of the store for another thread. It sees every operation added before.
    pub(super) fn reader(&mut self) -> store::Reader {
        self.close_batch();
        self.flush();
        self.store.reader()
    }

    /// Queues a request to the MQTT connection, without waiting for a commit.
    pub(super) fn request(&mut self, request: mqtt::Request) {
        self.requests.push_back(request);
    }

    /// Tells the MQTT connection how many users this one knows.
    pub(super) fn set_known_users(&self, count: usize) {
        self.mqtt.set_known_users(count);
    }

    /// Whether all operations are committed and all outputs are released.
    pub(super) fn is_settled(&self) -> bool {
        self.held.is_empty()
            && self.jobs.is_empty()
            && self.batch.operations.is_empty()
            && self.batch.outputs.is_empty()
    }

    /// Whether the store is so far behind that the loop must not receive from the broker.
    pub(super) fn is_overrun(&self) -> bool {
        self.batch.operations.len() > MAX_BATCH_OPERATIONS
    }

    /// Whether jobs or requests wait for room in a channel.
    pub(super) fn is_backed_up(&self) -> bool {
        !self.jobs.is_empty() || !self.requests.is_empty()
    }

    /// From now on, holds back publications without a row in the outbox, to send them just before disconnecting.
    pub(super) fn begin_shutdown(&mut self) {
        self.final_publications.get_or_insert_default();
    }

    /// Sends the final publications and disconnects until papo is resumed.
    pub(super) fn disconnect_until_resumed(&mut self) {
        let last = self.final_publications.take().unwrap_or_default();
        self.request(mqtt::Request::Suspend { last });
    }

    /// Called when papo is resumed. Drops the final publications.
    pub(super) fn cancel_shutdown(&mut self) {
        self.final_publications = None;
    }

    /// Queues the closing of the store after all jobs.
    pub(super) fn close_store(&mut self) {
        self.queue_read(store::Job::Close);
    }

    /// Sends the final publications and disconnects for good.
    pub(super) fn disconnect(&mut self) {
        let last = self.final_publications.take().unwrap_or_default();
        self.request(mqtt::Request::Close { last });
    }

    /// Closes the current batch if it is due, and sends the queued jobs and requests for which the channels have room.
    pub(super) fn flush(&mut self) {
        // A batch without operations is not committed, so it is always due.
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
