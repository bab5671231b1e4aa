//! Sends operations to the store and holds outputs back until the operations before them are committed.
//!
//! Group commit: operations produced while a commit is in flight are batched into the next one, so a stream needs few
//! syncs. Nothing here blocks: what a full channel rejects is kept and offered again.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::clock;
use crate::{
    mqtt,
    protocol::{Operation, Output, Publication, Row},
    store,
};

/// The most operations that wait for the store. Beyond this, papo stops reading from the broker, so that a flood waits
/// there.
const MOST_GATHERED: usize = 2048;
/// The shortest time between two commits that no one waits for. A stream of 1,000 messages a second then costs 60 syncs
/// a second, not 1,000, which would take most of the CPU time.
const INTERVAL: Duration = Duration::from_millis(16);
/// If nothing new arrives for this long, the commit starts. A broker with a small receive maximum sends nothing more
/// before it gets its acknowledgements, which leave after the commit.
const LULL: Duration = Duration::from_millis(5);
/// This many outputs start a commit at once, for the same reason: half of papo's own receive maximum.
const WORTH: usize = mqtt::RECEIVE_MAXIMUM as usize / 2;

/// The queues to the store and to the broker, and the outputs that wait for a commit.
pub(super) struct CommitGate {
    store: store::Handle,
    mqtt: mqtt::Handle,
    jobs: VecDeque<store::Job>,
    requests: VecDeque<mqtt::Request>,
    /// The batch being collected, and the outputs that follow its commit.
    group: (Vec<Operation>, Vec<Output>),
    /// When its last operation arrived.
    gathered: Option<Instant>,
    /// Whether the user or a script waits for it.
    is_urgent: bool,
    /// Outputs in order, each with the ticket of the commit they wait for.
    held: VecDeque<(u64, Vec<Output>)>,
    /// The last batch sent to the store, and the last one committed.
    ticket: u64,
    committed: u64,
    /// When the last commit finished.
    at: Option<Instant>,
    /// While papo shuts down: the publications to send last.
    last: Option<Vec<Publication>>,
}

impl CommitGate {
    pub(super) fn new(store: store::Handle, mqtt: mqtt::Handle) -> Self {
        Self {
            store,
            mqtt,
            jobs: VecDeque::new(),
            requests: VecDeque::new(),
            group: (Vec::new(), Vec::new()),
            gathered: None,
            is_urgent: false,
            held: VecDeque::new(),
            ticket: 0,
            committed: 0,
            at: None,
            last: None,
        }
    }

    /// Adds `operations` to the current batch. `outputs` leave once it and all earlier batches are committed.
    pub(super) fn commit(&mut self, operations: Vec<Operation>, outputs: Vec<Output>) {
        // Later operations do not delay this commit.
        if operations.is_empty() && self.group.0.is_empty() && self.held.is_empty() {
            return self.release(outputs);
        }
        self.group.0.extend(operations);
        self.group.1.extend(outputs);
        self.gathered = Some(clock::instant());
    }

    /// Closes the current batch and queues it for the store.
    fn seal(&mut self) {
        let (operations, outputs) = std::mem::take(&mut self.group);
        self.is_urgent = false;
        if operations.is_empty() && self.held.is_empty() {
            self.release(outputs);
        } else if operations.is_empty() {
            self.held.push_back((self.ticket, outputs));
        } else {
            self.ticket += 1;
            self.held.push_back((self.ticket, outputs));
            self.jobs.push_back(store::Job::Commit { ticket: self.ticket, operations });
        }
    }

    /// When the current batch goes to the store; `None` if there is none, or if the store is still busy.
    pub(super) fn due(&self) -> Option<Instant> {
        let (operations, outputs) = &self.group;
        let is_ready = !operations.is_empty() && self.ticket == self.committed;
        let waits = !self.is_urgent && self.last.is_none() && outputs.len() < WORTH;
        let after = self.at.zip(self.gathered).filter(|_| waits);
        let after = after.map(|(at, gathered)| (at + INTERVAL).min(gathered + LULL));
        is_ready.then(|| after.unwrap_or_else(clock::instant))
    }

    /// Someone waits for the result of the latest input.
    pub(super) fn hurry(&mut self) {
        self.is_urgent = true;
    }

    /// Everything up to `ticket` is committed.
    pub(super) fn committed(&mut self, ticket: u64) {
        (self.committed, self.at) = (ticket, Some(clock::instant()));
        while self.held.front().is_some_and(|(behind, _)| *behind <= ticket) {
            let Some((_, outputs)) = self.held.pop_front() else { break };
            self.release(outputs);
        }
    }

    /// Queues a read that sees every operation added before it.
    pub(super) fn load(&mut self, job: store::Job) {
        self.seal();
        self.jobs.push_back(job);
    }

    /// A reader for another thread that sees everything up to now.
    pub(super) fn reader(&mut self) -> store::Reader {
        self.seal();
        self.push();
        self.store.reader()
    }

    pub(super) fn ask(&mut self, request: mqtt::Request) {
        self.requests.push_back(request);
    }

    /// Whether nothing waits for a commit.
    pub(super) fn is_settled(&self) -> bool {
        self.held.is_empty() && self.jobs.is_empty() && self.group.0.is_empty() && self.group.1.is_empty()
    }

    /// Whether the store is so far behind that the loop must stop reading from the broker.
    pub(super) fn is_overrun(&self) -> bool {
        self.group.0.len() > MOST_GATHERED
    }

    /// Whether something waits for room in a channel.
    pub(super) fn is_backed_up(&self) -> bool {
        !self.jobs.is_empty() || !self.requests.is_empty()
    }

    /// Keeps publications that belong to this connection only for the shutdown, from now on.
    pub(super) fn start_leaving(&mut self) {
        self.last.get_or_insert_default();
    }

    /// Publishes the last publications and disconnects until papo resumes.
    pub(super) fn rest(&mut self) {
        let last = self.last.take().unwrap_or_default();
        self.ask(mqtt::Request::Suspend { last });
    }

    /// papo resumed: drops the publications kept for the shutdown.
    pub(super) fn stay(&mut self) {
        self.last = None;
    }

    /// Closes the store after everything queued.
    pub(super) fn close_store(&mut self) {
        self.load(store::Job::Close);
    }

    /// Publishes the last publications and disconnects for good.
    pub(super) fn leave(&mut self) {
        let last = self.last.take().unwrap_or_default();
        self.ask(mqtt::Request::Close { last });
    }

    /// Closes the current batch if it is due or empty, and sends what is queued as far as the channels have room.
    pub(super) fn push(&mut self) {
        if self.group.0.is_empty() || self.due().is_some_and(|due| due <= clock::instant()) {
            self.seal();
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

    fn publish(&mut self, row: Option<Row>, publication: Publication) {
        match (&mut self.last, row) {
            (Some(last), None) => last.push(publication),
            _ => self.requests.push_back(mqtt::Request::Publish { row, publication }),
        }
    }
}
