//! Any number of peers and one broker in virtual time, in one thread.
//!
//! Between each peer and the broker lie two queues of packets that move one at a time, so that a cut or a
//! crash can fall between any two of them. Each input of a peer becomes one commit, and its outputs leave
//! after that. Time passes only in [`World::advance`]. Nothing here decides what happens: scenarios and
//! seeded runs do.

mod packets;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Debug,
    time::Duration,
};

use papo::{
    domain::{ConversationId, GroupName, Now, Tick, Timestamp, UserId},
    protocol::{
        AckToken, Batch, Command, Event, Identity, Inbound, Input, Output, Peer, PubOutcome, Publication, Refusal,
        RowId, Subscription,
    },
};

use super::{
    broker::{Broker, Connection},
    store::Store,
};
use crate::dice::Dice;

/// When every world begins.
pub const START: Timestamp = Timestamp::from_millis(1_000_000_000_000);
/// More packets than this without rest is an endless exchange.
const RESTLESS: usize = 100_000;

/// From a client to the broker.
#[derive(Debug)]
enum Up {
    Subscribe(Vec<Subscription>),
    Unsubscribe(Vec<String>),
    Publish(Option<RowId>, Publication),
    Acknowledge(u16),
}

/// From the broker to a client.
#[derive(Debug)]
enum Down {
    Connected { session_present: bool },
    Subscribed,
    Published(RowId, PubOutcome),
    Delivery(u16, Inbound),
}

/// One program: a peer, its store and its MQTT client.
pub struct Node {
    /// Who it says it is.
    pub id: UserId,
    /// The installation.
    device: String,
    /// `None` while it does not run.
    pub peer: Option<Peer>,
    /// What it has committed.
    pub store: Store,
    /// What it has told its user since somebody last looked.
    pub events: Vec<Event>,
    /// The refusals of its user's commands since somebody last looked.
    pub refusals: Vec<Refusal>,
    connection: Option<Connection>,
    /// Whether the broker has accepted the connection.
    is_ready: bool,
    up: VecDeque<Up>,
    down: VecDeque<Down>,
    outbox: BTreeMap<RowId, Publication>,
    fetches: VecDeque<Input>,
    /// How far its clock is ahead, in milliseconds.
    pub skew: i64,
    /// Whether its disk takes nothing now; what is to be committed waits.
    is_stuck: bool,
    uncommitted: VecDeque<Batch>,
    prefix: String,
    /// As the broker knows it.
    client: String,
}

impl Node {
    fn identity(&self, seed: u64) -> Identity {
        Identity { prefix: self.prefix.clone(), ..Identity::new(self.id.clone(), self.device.clone(), seed) }
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.peer.is_some()
    }

    /// Whether it has a connection.
    pub fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Whether it takes part in a group.
    pub fn is_in(&self, group: &GroupName) -> bool {
        let talk = self.running().conversations().get(&ConversationId::Group(group.clone()));
        talk.is_some_and(|talk| talk.phase.is_open())
    }

    fn carries_message(&self, row: RowId) -> bool {
        self.running().outbox().any(|waiting| waiting.row == row && waiting.message.is_some())
    }

    /// When its peer wants to be woken, on the world's clock.
    fn next_timeout(&self) -> Option<Timestamp> {
        Some(Timestamp::from_millis(self.peer.as_ref()?.next_timeout()?.as_millis()))
    }

    /// Where deliveries stand in what comes to it, before anything of a further connection.
    fn deliveries(&self) -> Vec<usize> {
        (0..self.down.len()).filter(|at| matches!(self.down[*at], Down::Delivery(..))).collect()
    }

    /// Its disk is gone.
    pub fn lose_store(&mut self) {
        self.store = Store::new(self.id.clone());
        self.device.push_str("-anew");
    }

    /// Its peer, which runs.
    pub fn running(&self) -> &Peer {
        self.peer.as_ref().expect("it runs")
    }
}

/// Where a crash falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// The input was handled and nothing of it committed.
    BeforeCommit,
    /// It was committed and none of its outputs left.
    AfterCommit,
}

/// Everybody.
pub struct World {
    /// The time.
    pub now: Timestamp,
    /// What all are connected to.
    pub broker: Broker,
    /// Everybody by name; two names may have one user id.
    pub nodes: BTreeMap<String, Node>,
    /// At which input, counted from 1, whoever gets it crashes and is started again.
    pub crash_at: Option<(u64, Crash)>,
    /// How many inputs have been handled.
    pub inputs: u64,
    /// Set where the broker may send topics in any order relative to each other.
    pub shuffle: Option<Dice>,
    /// How many of the next messages the broker refuses.
    pub refusals: usize,
    /// Whether the broker lets nobody clear a presence.
    pub guards_presence: bool,
    /// To whom the broker drops how many of the next deliveries.
    pub drops: Option<(String, u64)>,
    prefix: String,
    seed: u64,
    /// Whether each input is printed: `PAPO_TRACE=1`.
    trace: bool,
}

impl World {
    /// A world without anybody.
    pub fn new(prefix: &str, seed: u64) -> Self {
        Self {
            now: START,
            broker: Broker::default(),
            nodes: BTreeMap::new(),
            crash_at: None,
            inputs: 0,
            shuffle: None,
            refusals: 0,
            guards_presence: false,
            drops: None,
            prefix: prefix.to_owned(),
            seed,
            trace: std::env::var_os("PAPO_TRACE").is_some(),
        }
    }

    /// Installs a program and starts it.
    pub fn add(&mut self, name: &str, id: UserId) {
        self.add_below(&self.prefix.clone(), name, id);
    }

    /// As [`Self::add`], under another prefix.
    pub fn add_below(&mut self, prefix: &str, name: &str, id: UserId) {
        let node = Node {
            store: Store::new(id.clone()),
            id,
            device: format!("device-of-{name}"),
            peer: None,
            events: Vec::new(),
            refusals: Vec::new(),
            connection: None,
            is_ready: false,
            up: VecDeque::new(),
            down: VecDeque::new(),
            outbox: BTreeMap::new(),
            fetches: VecDeque::new(),
            skew: 0,
            is_stuck: false,
            uncommitted: VecDeque::new(),
            prefix: prefix.to_owned(),
            client: String::new(),
        };
        self.nodes.insert(name.to_owned(), node);
        self.start(name);
    }

    /// Somebody of that name.
    pub fn node(&self, name: &str) -> &Node {
        self.nodes.get(name).unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    fn node_mut(&mut self, name: &str) -> &mut Node {
        self.nodes.get_mut(name).unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// Starts a program from what it has committed.
    pub fn start(&mut self, name: &str) {
        self.seed += 1;
        let seed = self.seed;
        let node = self.node_mut(name);
        assert!(!node.runs(), "{name} runs");
        let saved = node.store.saved();
        node.outbox = saved
            .outbox
            .iter()
            .filter(|row| row.failure.is_none())
            .map(|row| (row.row, row.publication.clone()))
            .collect();
        let peer = Peer::restore(node.identity(seed), saved);
        node.client = peer.client_id();
        node.peer = Some(peer);
    }

    /// Ends a program without any warning.
    pub fn crash(&mut self, name: &str) {
        self.lose_connection(name, false);
        let node = self.node_mut(name);
        node.peer = None;
        node.outbox.clear();
        node.fetches.clear();
        node.uncommitted.clear();
        node.is_stuck = false;
    }

    /// Connects. Who was connected under the same id is cut.
    pub fn connect(&mut self, name: &str) {
        let node = self.node(name);
        let (client, will) = (node.client.clone(), node.running().will());
        let (connection, session_present, previous) = self.broker.connect(&client, will);
        let cut = self.nodes.iter().find(|(_, node)| node.connection.is_some() && node.connection == previous);
        if let Some(cut) = cut.map(|(name, _)| name.clone()) {
            self.lose_connection(&cut, false);
            self.input(&cut, Input::Disconnected);
        }
        let node = self.node_mut(name);
        node.connection = Some(connection);
        node.down.push_back(Down::Connected { session_present });
    }

    /// The connection breaks, with everything that was under way on it.
    pub fn cut(&mut self, name: &str) {
        if self.lose_connection(name, false) {
            self.input(name, Input::Disconnected);
        }
    }

    /// Says goodbye and disconnects.
    pub fn go_offline(&mut self, name: &str) {
        self.command(name, Command::GoOffline);
        while self.step_up(name) {}
        self.lose_connection(name, true);
        self.input(name, Input::Disconnected);
    }

    fn lose_connection(&mut self, name: &str, clean: bool) -> bool {
        let now = self.now;
        let node = self.node_mut(name);
        node.up.clear();
        node.down.clear();
        node.is_ready = false;
        let connection = node.connection.take();
        if let Some(connection) = connection {
            self.broker.disconnect(now, connection, clean);
        }
        connection.is_some()
    }

    /// The broker loses everything, and all their connections.
    pub fn wipe_broker(&mut self) {
        self.restart_broker(Broker::default());
    }

    /// The broker is killed and comes up with what it had saved.
    pub fn restart_broker(&mut self, saved: Broker) {
        self.broker.restart_as(saved);
        let names: Vec<String> = self.nodes.keys().cloned().collect();
        for name in names {
            self.cut(&name);
        }
    }

    /// Somebody wants something.
    pub fn command(&mut self, name: &str, command: Command) {
        // What a user has ordered and not seen done is not done; that is no fault to be found.
        let crash = self.count_input(name, &command).map(|_| Crash::AfterCommit);
        let now = self.local_time(name);
        let node = self.node_mut(name);
        let Some(peer) = node.peer.as_mut() else { return };
        node.refusals.extend(peer.command(now, command).err());
        self.commit(name, crash);
    }

    /// Hands an input to a peer, commits, and lets its outputs go.
    fn input(&mut self, name: &str, input: Input) {
        let crash = self.count_input(name, &input);
        let now = self.local_time(name);
        let Some(peer) = self.node_mut(name).peer.as_mut() else { return };
        peer.handle_input(now, input);
        self.commit(name, crash);
    }

    /// Counts an input or command; says which crash falls on it.
    fn count_input(&mut self, name: &str, input: &impl Debug) -> Option<Crash> {
        self.inputs += 1;
        if self.trace {
            println!("{} #{} {name}: {input:?}", self.now.since(START).as_millis(), self.inputs);
        }
        self.crash_at.filter(|(at, _)| *at == self.inputs).map(|(_, crash)| crash)
    }

    /// Commits what came of an input or command, and lets the outputs go.
    fn commit(&mut self, name: &str, crash: Option<Crash>) {
        let node = self.node_mut(name);
        let Some(peer) = node.peer.as_mut() else { return };
        let batch = peer.take_batch();
        if crash == Some(Crash::BeforeCommit) {
            return self.start_again(name);
        }
        if node.is_stuck {
            node.uncommitted.push_back(batch);
            return;
        }
        node.store.commit(batch.operations);
        node.events.extend(batch.events);
        if crash == Some(Crash::AfterCommit) {
            return self.start_again(name);
        }
        for output in batch.outputs {
            node.send(output);
        }
    }

    /// What time a node believes it to be. Its deadlines go by the world's clock, which nobody sets.
    fn local_time(&self, name: &str) -> Now {
        let millis = self.now.as_millis();
        let wall = Timestamp::from_millis(millis.saturating_add_signed(self.node(name).skew));
        Now { wall, tick: Tick::from_millis(millis) }
    }

    /// A node's clock is set; whatever it was waiting for comes when it would have come.
    pub fn set_clock(&mut self, name: &str, skew: i64) {
        self.node_mut(name).skew = skew;
        self.input(name, Input::Timeout);
    }

    /// A node's disk is full, until it is freed.
    pub fn fill_disk(&mut self, name: &str) {
        self.node_mut(name).is_stuck = true;
    }

    /// There is room again: what waits is committed, and its outputs leave.
    pub fn free_disk(&mut self, name: &str) {
        let node = self.node_mut(name);
        node.is_stuck = false;
        for batch in std::mem::take(&mut node.uncommitted) {
            node.store.commit(batch.operations);
            node.events.extend(batch.events);
            for output in batch.outputs {
                node.send(output);
            }
        }
    }

    /// The broker drops a delivery to a client without cutting it; `at` counts around.
    pub fn lose_delivery(&mut self, name: &str, at: usize) {
        let node = self.nodes.get_mut(name).expect("known");
        let client = node.client.clone();
        let deliveries = node.deliveries();
        if deliveries.is_empty() {
            return self.broker.drop_queued(&client, at);
        }
        if let Some(Down::Delivery(packet, lost)) = node.down.remove(deliveries[at % deliveries.len()]) {
            if self.trace {
                println!("{} {name} loses {lost:?}", self.now.since(START).as_millis());
            }
            self.broker.acknowledge(&client, packet);
        }
    }

    /// A delivery arrives twice; `at` counts around.
    pub fn double_delivery(&mut self, name: &str, at: usize) {
        let node = self.node_mut(name);
        let deliveries = node.deliveries();
        if let Some(&at) = deliveries.get(at % deliveries.len().max(1))
            && let Down::Delivery(packet, inbound) = &node.down[at]
        {
            let again = Down::Delivery(*packet, inbound.clone());
            node.down.push_back(again);
        }
    }

    fn start_again(&mut self, name: &str) {
        let was_connected = self.node(name).is_connected();
        self.crash(name);
        self.start(name);
        if was_connected {
            self.connect(name);
        }
    }

    /// Until nothing is under way; time stands still.
    pub fn settle(&mut self) {
        let names: Vec<String> = self.nodes.keys().cloned().collect();
        self.pump();
        for _ in 0..RESTLESS {
            let mut moved = false;
            for name in &names {
                moved |= self.step_up(name);
                moved |= self.step_down(name);
            }
            if !moved {
                return;
            }
        }
        panic!("the peers do not come to rest");
    }

    /// Lets time pass up to `until`, stopping wherever somebody or the broker has something to do.
    pub fn advance(&mut self, until: Timestamp) {
        self.settle();
        for _ in 0..RESTLESS {
            let timeouts = self.nodes.values().filter_map(Node::next_timeout);
            let Some(next) = timeouts.chain(self.broker.next_will()).min().filter(|next| *next <= until) else {
                self.now = self.now.max(until);
                return;
            };
            self.now = self.now.max(next);
            self.broker.publish_wills(self.now);
            self.pump();
            self.fire_timeouts();
            self.settle();
        }
        panic!("the peers' timeouts do not come to rest");
    }

    fn fire_timeouts(&mut self) {
        let now = self.now;
        let is_due = |node: &Node| node.next_timeout().is_some_and(|due| due <= now);
        let due: Vec<String> =
            self.nodes.iter().filter(|(_, node)| is_due(node)).map(|(name, _)| name.clone()).collect();
        for name in due {
            self.input(&name, Input::Timeout);
        }
    }

    /// As [`Self::advance`], by a span.
    pub fn wait(&mut self, span: Duration) {
        self.advance(self.now + span);
    }

    /// What a peer knows and what it would know after a start must be the same.
    pub fn check_stores(&self) {
        for (name, node) in self.nodes.iter().filter(|(_, node)| node.runs()) {
            let peer = node.running();
            let restored = Peer::restore(node.identity(0), node.store.saved());
            assert_eq!(peer.conversations(), restored.conversations(), "conversations of {name}");
            assert_eq!(peer.groups(), restored.groups(), "groups of {name}");
            let by_id = |peer: &Peer| peer.requests().map(|r| (r.id, r.clone())).collect::<BTreeMap<_, _>>();
            assert_eq!(by_id(peer), by_id(&restored), "requests of {name}");
            assert_eq!(peer.outbox().collect::<Vec<_>>(), restored.outbox().collect::<Vec<_>>(), "outbox of {name}");
            assert!(peer.users().keys().eq(restored.users().keys()), "users of {name}");
            for id in peer.conversations().keys() {
                assert!(peer.progress(id).eq(restored.progress(id)), "progress of {name} in {id}");
            }
        }
    }
}
