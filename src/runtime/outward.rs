//! What leaves the update loop: groups of operations for the store, and behind each the outputs that wait
//! for its commit. Nothing here waits; what a full channel does not take is kept and offered again.
//!
//! What comes of everything that is handled while the store commits is one group, and follows when that is done: a stream
//! costs few syncs, and what comes after a pause none more than its own.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use crate::{
    mqtt,
    protocol::{Operation, Output, Publication, Row},
    store,
};

/// Operations that wait for the store. Beyond this the broker is held back, so that a flood stays with it and not here.
const MOST_GATHERED: usize = 2048;
/// So long after a commit the next waits for more, unless somebody waits for what is in it.
const GATHER: Duration = Duration::from_millis(16);
/// Where nothing more comes for so long, it waits no longer: a broker may send no more before it has acknowledgements.
const LULL: Duration = Duration::from_millis(5);
/// So much that leaves behind it is worth a commit at once.
const WORTH: usize = 16;

/// The queues to the store and to the broker, and what is held back until a commit.
pub(super) struct Outward {
    store: store::Handle,
    mqtt: mqtt::Handle,
    jobs: VecDeque<store::Job>,
    requests: VecDeque<mqtt::Request>,
    /// The group that is gathered, and what leaves behind it.
    group: (Vec<Operation>, Vec<Output>),
    /// When the last of it came.
    gathered: Option<Instant>,
    /// Whether somebody waits for it.
    is_urgent: bool,
    /// Whether somebody waits for what was handed over since something was drawn.
    is_handed_over: bool,
    /// Outputs in order, each group behind the commit with its ticket.
    held: VecDeque<(u64, Vec<Output>)>,
    /// Of the last group that was handed to the store, and of the last that is committed.
    ticket: u64,
    committed: u64,
    /// When that was.
    at: Option<Instant>,
    /// Once papo is leaving: the publications that are to be the last.
    last: Option<Vec<Publication>>,
}

impl Outward {
    pub(super) fn new(store: store::Handle, mqtt: mqtt::Handle) -> Self {
        Self {
            store,
            mqtt,
            jobs: VecDeque::new(),
            requests: VecDeque::new(),
            group: (Vec::new(), Vec::new()),
            gathered: None,
            is_urgent: false,
            is_handed_over: false,
            held: VecDeque::new(),
            ticket: 0,
            committed: 0,
            at: None,
            last: None,
        }
    }

    /// Has `operations` committed with the group that is gathered; `outputs` leave after that, and after all that went
    /// before.
    pub(super) fn commit(&mut self, operations: Vec<Operation>, outputs: Vec<Output>) {
        // What comes next and has to be committed is not waited for.
        if operations.is_empty() && self.group.0.is_empty() && self.held.is_empty() {
            return self.release(outputs);
        }
        self.group.0.extend(operations);
        self.group.1.extend(outputs);
        self.gathered = Some(Instant::now());
    }

    /// Ends the group that is gathered.
    fn seal(&mut self) {
        let (operations, outputs) = std::mem::take(&mut self.group);
        let is_urgent = std::mem::take(&mut self.is_urgent);
        if operations.is_empty() && self.held.is_empty() {
            self.release(outputs);
        } else if operations.is_empty() {
            self.held.push_back((self.ticket, outputs));
        } else {
            self.ticket += 1;
            self.is_handed_over |= is_urgent;
            self.held.push_back((self.ticket, outputs));
            self.jobs.push_back(store::Job::Commit { ticket: self.ticket, operations });
        }
    }

    /// When the group that is gathered is handed to the store; none where there is none, or the store has to be done first.
    pub(super) fn due(&self) -> Option<Instant> {
        let (operations, outputs) = &self.group;
        let is_ready = !operations.is_empty() && self.ticket == self.committed;
        let waits = !self.is_urgent && self.last.is_none() && outputs.len() < WORTH;
        let after = self.at.zip(self.gathered).filter(|_| waits);
        let after = after.map(|(at, gathered)| (at + GATHER).min(gathered + LULL));
        is_ready.then(|| after.unwrap_or_else(Instant::now))
    }

    /// Lets the store's thread get as far as the disk where it shares a processor with this one, if somebody waits for what
    /// it does: what there is to do here is done while the disk works.
    pub(super) fn give_way(&mut self) {
        if std::mem::take(&mut self.is_handed_over) {
            std::thread::yield_now();
        }
    }

    /// Whether somebody waits for what is gathered.
    pub(super) fn is_awaited(&self) -> bool {
        self.is_urgent
    }

    /// Somebody waits for what comes of what has just happened.
    pub(super) fn hurry(&mut self) {
        self.is_urgent = true;
    }

    /// Everything up to `ticket` is committed.
    pub(super) fn committed(&mut self, ticket: u64) {
        (self.committed, self.at) = (ticket, Some(Instant::now()));
        while self.held.front().is_some_and(|(behind, _)| *behind <= ticket) {
            let Some((_, outputs)) = self.held.pop_front() else { break };
            self.release(outputs);
        }
    }

    /// Reads what was asked to be committed before, too.
    pub(super) fn load(&mut self, job: store::Job) {
        self.seal();
        self.jobs.push_back(job);
    }

    /// A way to read beside the loop, of all that has happened until now.
    pub(super) fn reader(&mut self) -> store::Reader {
        self.seal();
        self.push();
        self.store.reader()
    }

    pub(super) fn ask(&mut self, request: mqtt::Request) {
        self.requests.push_back(request);
    }

    /// Whether nothing waits for a commit any more.
    pub(super) fn is_settled(&self) -> bool {
        self.held.is_empty() && self.jobs.is_empty() && self.group.0.is_empty() && self.group.1.is_empty()
    }

    /// Whether the store is so far behind that nothing more should be taken in.
    pub(super) fn is_overrun(&self) -> bool {
        self.group.0.len() > MOST_GATHERED
    }

    /// Whether something waits for room in a channel.
    pub(super) fn is_backed_up(&self) -> bool {
        !self.jobs.is_empty() || !self.requests.is_empty()
    }

    /// From here on what is for this connection only is kept for the farewell.
    pub(super) fn start_leaving(&mut self) {
        self.last.get_or_insert_default();
    }

    /// Publishes the last words and disconnects, to come back.
    pub(super) fn rest(&mut self) {
        let last = self.last.take().unwrap_or_default();
        self.ask(mqtt::Request::Rest { last });
    }

    /// Is back: what was kept for the farewell is of no use any more.
    pub(super) fn stay(&mut self) {
        self.last = None;
    }

    /// Has the store closed after all that was handed over.
    pub(super) fn close_store(&mut self) {
        self.load(store::Job::Close);
    }

    /// Publishes the last words, and disconnects.
    pub(super) fn leave(&mut self) {
        let last = self.last.take().unwrap_or_default();
        self.ask(mqtt::Request::Close { last });
    }

    /// Ends the group that is gathered, where that is due or costs nothing, and offers what waits to the channels; says
    /// whether the broker gets any of it.
    pub(super) fn push(&mut self) -> bool {
        if self.group.0.is_empty() || self.due().is_some_and(|due| due <= Instant::now()) {
            self.seal();
        }
        while let Some(job) = self.jobs.pop_front() {
            if let Err(job) = self.store.try_send(job) {
                self.jobs.push_front(job);
                break;
            }
        }
        let waiting = self.requests.len();
        while let Some(request) = self.requests.pop_front() {
            if let Err(request) = self.mqtt.try_send(request) {
                self.requests.push_front(request);
                break;
            }
        }
        self.requests.len() < waiting
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
