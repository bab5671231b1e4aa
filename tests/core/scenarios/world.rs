//! Any number of peers and one broker in virtual time, in one thread.
//!
//! Two queues of packets connect each peer with the broker. Packets move one at a time, so a cut or a crash can
//! happen between any two of them. Each input of a peer becomes one commit, after which its outputs are sent. Time
//! passes only in [`World::advance`]. Scenarios and seeded runs decide what happens.

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

/// The time at which every world begins.
pub const START: Timestamp = Timestamp::from_millis(1_000_000_000_000);
/// If peers are still busy after this many rounds, their exchange is endless and the test fails.
const MAX_ROUNDS: usize = 100_000;

/// A packet from a client to the broker.
#[derive(Debug)]
enum Up {
    Subscribe(Vec<Subscription>),
    Unsubscribe(Vec<String>),
    Publish(Option<RowId>, Publication),
    Acknowledge(u16),
}

/// A packet from the broker to a client.
#[derive(Debug)]
enum Down {
    Connected { session_present: bool, names_senders: bool },
    Subscribed,
    Published(RowId, PubOutcome),
    Delivery(u16, Inbound),
}

/// One program: a peer, its store and its MQTT client.
pub struct Node {
    /// The user.
    pub id: UserId,
    /// The ID of the installation.
    device: String,
    /// `None` while the program is stopped.
    pub peer: Option<Peer>,
    /// The committed state.
    pub store: Store,
    /// The events for the user that no step has checked yet.
    pub events: Vec<Event>,
    /// The refusals of commands that no step has checked yet.
    pub refusals: Vec<Refusal>,
    connection: Option<Connection>,
    /// Whether the broker has accepted the connection.
    is_ready: bool,
    /// The packets in transit to the broker, and back.
    up: VecDeque<Up>,
    down: VecDeque<Down>,
    outbox: BTreeMap<RowId, Publication>,
    fetches: VecDeque<Input>,
    /// How far the local clock is ahead of the world's, in milliseconds.
    pub skew: i64,
    /// Whether the disk is full. Batches then wait in `uncommitted`.
    is_disk_full: bool,
    uncommitted: VecDeque<Batch>,
    prefix: String,
    /// The maximum size of a group with receipts.
    pub counted_members: usize,
    /// The MQTT client ID.
    client: String,
}

impl Node {
    fn identity(&self, seed: u64) -> Identity {
        let (prefix, counted_members) = (self.prefix.clone(), self.counted_members);
        Identity { prefix, counted_members, ..Identity::new(self.id.clone(), self.device.clone(), seed) }
    }

    /// Whether the program is running.
    pub fn runs(&self) -> bool {
        self.peer.is_some()
    }

    /// Whether the client has connected, even if the broker has not accepted the connection yet.
    pub fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Whether the user is a member of a group.
    pub fn is_in(&self, group: &GroupName) -> bool {
        let chat = self.running().conversations().get(&ConversationId::Group(group.clone()));
        chat.is_some_and(|chat| chat.phase.is_open())
    }

    fn carries_message(&self, row: RowId) -> bool {
        self.running().outbox().any(|waiting| waiting.row == row && waiting.message.is_some())
    }

    /// When the peer's next timeout is due, on the world's clock.
    fn next_timeout(&self) -> Option<Timestamp> {
        Some(Timestamp::from_millis(self.peer.as_ref()?.next_timeout()?.as_millis()))
    }

    /// The indices of the deliveries in `down`.
    fn deliveries(&self) -> Vec<usize> {
        (0..self.down.len()).filter(|at| matches!(self.down[*at], Down::Delivery(..))).collect()
    }

    /// Replaces the disk: the store is empty, and the installation has a new ID.
    pub fn lose_store(&mut self) {
        self.store = Store::new(self.id.clone());
        self.device.push_str("-replaced");
    }

    /// The peer. Panics if the program is stopped.
    pub fn running(&self) -> &Peer {
        self.peer.as_ref().expect("the program is running")
    }
}

/// When a crash happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// After an input was handled, before its batch is committed.
    BeforeCommit,
    /// After the commit, before any output is sent.
    AfterCommit,
}

/// All programs and their broker.
pub struct World {
    /// The current virtual time.
    pub now: Timestamp,
    /// The broker that all programs use.
    pub broker: Broker,
    /// The programs by name. Two names may share a user ID.
    pub nodes: BTreeMap<String, Node>,
    /// The number of the input (from 1) whose program crashes and restarts, and when it crashes.
    pub crash_at: Option<(u64, Crash)>,
    /// How many inputs have been handled.
    pub inputs: u64,
    /// If set, the broker may reorder deliveries of different topics.
    pub shuffle: Option<Dice>,
    /// If it shuffles, the number of deliveries among which it keeps no order, not even within a topic.
    pub window: usize,
    /// How many of the next chat messages the broker refuses.
    pub refusals: usize,
    /// Whether the broker refuses to clear a retained presence.
    pub guards_presence: bool,
    /// Whether the broker refuses records that are published again.
    pub guards_records: bool,
    /// The name of a program, and how many of its next deliveries the broker drops.
    pub drops: Option<(String, u64)>,
    /// How long the presence of programs that are started from now on counts.
    pub presence_expiry: Duration,
    /// The limit above which programs that are started from now on follow only their contacts.
    pub directory_limit: usize,
    /// The maximum size of a group with receipts, for programs that are added later.
    pub counted_members: usize,
    prefix: String,
    seed: u64,
    /// Whether each input is printed: `PAPO_TRACE=1`.
    trace: bool,
}

impl World {
    /// A world without programs.
    pub fn new(prefix: &str, seed: u64) -> Self {
        Self {
            now: START,
            broker: Broker::default(),
            nodes: BTreeMap::new(),
            crash_at: None,
            inputs: 0,
            shuffle: None,
            window: 1,
            refusals: 0,
            guards_presence: false,
            guards_records: false,
            drops: None,
            presence_expiry: Duration::from_secs(15 * 60),
            directory_limit: 500,
            counted_members: 32,
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
            is_disk_full: false,
            uncommitted: VecDeque::new(),
            prefix: prefix.to_owned(),
            counted_members: self.counted_members,
            client: String::new(),
        };
        self.nodes.insert(name.to_owned(), node);
        self.start(name);
    }

    /// The program with this name. Panics if there is none.
    pub fn node(&self, name: &str) -> &Node {
        self.nodes.get(name).unwrap_or_else(|| panic!("there is no program {name}"))
    }

    fn node_mut(&mut self, name: &str) -> &mut Node {
        self.nodes.get_mut(name).unwrap_or_else(|| panic!("there is no program {name}"))
    }

    /// Starts a program from its committed state.
    pub fn start(&mut self, name: &str) {
        self.seed += 1;
        let (seed, presence_expiry, directory_limit) = (self.seed, self.presence_expiry, self.directory_limit);
        let node = self.node_mut(name);
        assert!(!node.runs(), "{name} is already running");
        let saved = node.store.saved();
        node.outbox = saved.backlog(&node.prefix).into_iter().collect();
        let peer = Peer::restore(Identity { presence_expiry, directory_limit, ..node.identity(seed) }, saved);
        node.client = peer.client_id();
        node.peer = Some(peer);
    }

    /// Kills a program.
    pub fn crash(&mut self, name: &str) {
        self.lose_connection(name, false);
        let node = self.node_mut(name);
        node.peer = None;
        node.outbox.clear();
        node.fetches.clear();
        node.uncommitted.clear();
        node.is_disk_full = false;
    }

    /// Connects a program. The broker cuts an earlier connection with the same client ID.
    pub fn connect(&mut self, name: &str) {
        let node = self.node(name);
        let (client, will) = (node.client.clone(), node.running().will());
        let names_senders = self.broker.names_senders;
        let (connection, session_present, previous) = self.broker.connect(&client, will);
        let cut = self.nodes.iter().find(|(_, node)| node.connection.is_some() && node.connection == previous);
        if let Some(cut) = cut.map(|(name, _)| name.clone()) {
            self.lose_connection(&cut, false);
            self.input(&cut, Input::Disconnected);
        }
        let node = self.node_mut(name);
        node.connection = Some(connection);
        node.down.push_back(Down::Connected { session_present, names_senders });
    }

    /// Breaks a program's connection. The packets in transit are lost.
    pub fn cut(&mut self, name: &str) {
        if self.lose_connection(name, false) {
            self.input(name, Input::Disconnected);
        }
    }

    /// Publishes that the user is offline, then sends DISCONNECT.
    pub fn go_offline(&mut self, name: &str) {
        self.command(name, Command::GoOffline);
        while self.step_up(name) {}
        self.lose_connection(name, true);
        self.input(name, Input::Disconnected);
    }

    /// Returns false if there was no connection. `clean` means with DISCONNECT.
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

    /// The broker loses its state, and all connections break.
    pub fn wipe_broker(&mut self) {
        self.restart_broker(Broker::default());
    }

    /// The broker is killed and restarts with a saved state.
    pub fn restart_broker(&mut self, saved: Broker) {
        self.broker.restart_as(saved);
        let names: Vec<String> = self.nodes.keys().cloned().collect();
        for name in names {
            self.cut(&name);
        }
    }

    /// Executes a user's command.
    pub fn command(&mut self, name: &str, command: Command) {
        // A crash before the commit loses the command. The user sees that, so it is not a fault: always crash after.
        let crash = self.count_input(name, &command).map(|_| Crash::AfterCommit);
        let now = self.local_time(name);
        let node = self.node_mut(name);
        let Some(peer) = node.peer.as_mut() else { return };
        node.refusals.extend(peer.command(now, command).err());
        self.commit(name, crash);
    }

    /// Passes an input to a peer, commits the result and sends the outputs.
    fn input(&mut self, name: &str, input: Input) {
        let crash = self.count_input(name, &input);
        let now = self.local_time(name);
        let Some(peer) = self.node_mut(name).peer.as_mut() else { return };
        peer.handle_input(now, input);
        self.commit(name, crash);
    }

    /// Counts an input or command. Returns the crash that is due at it, if any.
    fn count_input(&mut self, name: &str, input: &impl Debug) -> Option<Crash> {
        self.inputs += 1;
        if self.trace {
            println!("{} #{} {name}: {input:?}", self.now.since(START).as_millis(), self.inputs);
        }
        self.crash_at.filter(|(at, _)| *at == self.inputs).map(|(_, crash)| crash)
    }

    /// Commits the batch that an input or command has produced, then sends its outputs.
    fn commit(&mut self, name: &str, crash: Option<Crash>) {
        let node = self.node_mut(name);
        let Some(peer) = node.peer.as_mut() else { return };
        let batch = peer.take_batch();
        if crash == Some(Crash::BeforeCommit) {
            return self.restart(name);
        }
        if node.is_disk_full {
            node.uncommitted.push_back(batch);
            return;
        }
        node.store.commit(batch.operations);
        node.events.extend(batch.events);
        if crash == Some(Crash::AfterCommit) {
            return self.restart(name);
        }
        for output in batch.outputs {
            node.send(output);
        }
    }

    /// The time on a node's clock. Deadlines use the world's clock, which is monotonic.
    fn local_time(&self, name: &str) -> Now {
        let millis = self.now.as_millis();
        let wall = Timestamp::from_millis(millis.saturating_add_signed(self.node(name).skew));
        Now { wall, tick: Tick::from_millis(millis) }
    }

    /// Sets a node's wall clock. Its deadlines do not move.
    pub fn set_clock(&mut self, name: &str, skew: i64) {
        self.node_mut(name).skew = skew;
        self.input(name, Input::Timeout);
    }

    /// Fills a node's disk until [`Self::free_disk`] is called.
    pub fn fill_disk(&mut self, name: &str) {
        self.node_mut(name).is_disk_full = true;
    }

    /// Commits the batches that waited for a full disk, and sends their outputs.
    pub fn free_disk(&mut self, name: &str) {
        let node = self.node_mut(name);
        node.is_disk_full = false;
        for batch in std::mem::take(&mut node.uncommitted) {
            node.store.commit(batch.operations);
            node.events.extend(batch.events);
            for output in batch.outputs {
                node.send(output);
            }
        }
    }

    fn restart(&mut self, name: &str) {
        let was_connected = self.node(name).is_connected();
        self.crash(name);
        self.start(name);
        if was_connected {
            self.connect(name);
        }
    }

    /// Moves packets until none is in transit and no timeout is due. Time does not pass.
    pub fn settle(&mut self) {
        let names: Vec<String> = self.nodes.keys().cloned().collect();
        self.pump();
        for _ in 0..MAX_ROUNDS {
            let mut moved = false;
            for name in &names {
                moved |= self.step_up(name);
                moved |= self.step_down(name);
            }
            if !moved && !self.fire_timeouts() {
                return;
            }
        }
        panic!("the peers never stop exchanging packets");
    }

    /// Lets time pass up to `until`, and stops at each due timeout and will.
    pub fn advance(&mut self, until: Timestamp) {
        self.settle();
        for _ in 0..MAX_ROUNDS {
            let timeouts = self.nodes.values().filter_map(Node::next_timeout);
            let Some(next) = timeouts.chain(self.broker.next_will()).min().filter(|next| *next <= until) else {
                self.now = self.now.max(until);
                return;
            };
            self.now = self.now.max(next);
            self.broker.publish_wills(self.now);
            self.pump();
            self.settle();
        }
        panic!("the peers' timeouts never stop");
    }

    /// Returns whether any timeout was due.
    fn fire_timeouts(&mut self) -> bool {
        let now = self.now;
        let is_due = |node: &Node| node.next_timeout().is_some_and(|due| due <= now);
        let due: Vec<String> =
            self.nodes.iter().filter(|(_, node)| is_due(node)).map(|(name, _)| name.clone()).collect();
        for name in &due {
            self.input(name, Input::Timeout);
        }
        !due.is_empty()
    }

    /// As [`Self::advance`], by a span.
    pub fn wait(&mut self, span: Duration) {
        self.advance(self.now + span);
    }

    /// Checks that each peer's state equals the state that a restart would restore.
    pub fn check_stores(&self) {
        for (name, node) in self.nodes.iter().filter(|(_, node)| node.runs()) {
            let peer = node.running();
            let restored = Peer::restore(node.identity(0), node.store.saved());
            assert_eq!(peer.conversations(), restored.conversations(), "conversations of {name}");
            let order = |peer: &Peer| peer.chats().map(|chat| chat.whole()).collect::<Vec<_>>();
            assert_eq!(order(peer), order(&restored), "order of the messages of {name}");
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
