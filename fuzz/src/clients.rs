//! Clients of papo's own broker that send anything: from bytes to packets, through the hub, and back to bytes.
//!
//! It stands for the network, the login and the disk. The rules and the limits hold whatever the clients do.

mod sent;

use std::{collections::BTreeMap, time::Duration};

use arbitrary::Arbitrary;
use bytes::{Buf, BytesMut};
use mqtt5_protocol::{
    packet::{FixedHeader, Packet, publish::PublishPacket},
    protocol::v5::properties::{PropertyId, PropertyValue},
};
use papo::domain::UserId;

use self::sent::{Sender, Sent};
use crate::broker::{
    access::may_subscribe,
    door::packets::Splitter,
    hub::{Change, ConnectionId, Hub, Limits, Saved},
};

/// The users, and the clients with their logins if the broker has users.
const USERS: [&str; 3] = ["alice", "bob", "carol"];
/// The largest CONNECT, in bytes, as at the door.
const MAX_CONNECT: usize = 64 * 1024;
/// The output taken at a time, in bytes.
const OUTPUT: usize = 4096;

/// What happens to a broker.
#[derive(Debug, Arbitrary)]
pub struct Scenario {
    /// Whether the clients have to log in.
    has_users: bool,
    steps: Vec<Step>,
}

#[derive(Debug, Arbitrary)]
enum Step {
    /// A client sends something; it opens a connection first if it has none.
    Send { client: u8, sent: Sent },
    /// The same, but a byte is another one, and some are missing at the end.
    Damaged { client: u8, sent: Sent, position: u16, byte: u8, missing: u8 },
    /// A client closes its connection without a word.
    Close { client: u8 },
    /// A client stops to read, or begins again.
    Read { client: u8, reads: bool },
    /// Time passes, in seconds.
    Wait(u16),
    /// A user is removed.
    Remove { client: u8 },
    /// The broker ends without a warning, and starts with what it has saved.
    Restart,
}

#[derive(Default)]
struct Client {
    connection: Option<ConnectionId>,
    splitter: Splitter,
    /// The protocol level, once CONNECT has come.
    level: Option<u8>,
    /// Whether the broker still takes what the client sends.
    is_heard: bool,
    /// Whether the client does not read.
    is_deaf: bool,
}

struct Broker {
    hub: Hub,
    limits: Limits,
    has_users: bool,
    saved: Saved,
    now: Duration,
    clients: [Client; USERS.len()],
    connections: u64,
}

impl Scenario {
    /// Lets everything happen. Panics if the broker breaks a rule.
    pub fn run(&self) {
        let mut broker = Broker::new(self.has_users);
        for step in &self.steps {
            broker.take(step);
            broker.save();
            for number in 0..USERS.len() {
                broker.read(number);
            }
            broker.save();
        }
        broker.check_saved();
    }
}

impl Broker {
    fn new(has_users: bool) -> Self {
        let limits = Limits {
            clients: 2,
            packet: 2048,
            aliases: 2,
            in_flight: 3,
            connections: 2,
            queued_messages: 20,
            queued_bytes: 8000,
            deliveries: 30,
            retained_messages: 5,
            retained_bytes: 2500,
            subscriptions: 4,
        };
        let now = Duration::from_secs(1_000_000_000);
        let hub = Hub::new(limits.clone(), has_users, Saved::default(), now);
        Self { hub, limits, has_users, saved: Saved::default(), now, clients: Default::default(), connections: 0 }
    }

    fn login(&self, number: usize) -> Option<UserId> {
        self.has_users.then(|| USERS[number].parse().expect("a valid name"))
    }

    fn sender(&self, number: usize) -> Sender<'static> {
        Sender { name: USERS[number], level: self.clients[number].level.unwrap_or(5) }
    }

    fn take(&mut self, step: &Step) {
        let index = |client: &u8| usize::from(*client) % USERS.len();
        match step {
            Step::Send { client, sent } => {
                let bytes = sent.bytes(self.sender(index(client)));
                self.receive(index(client), &bytes);
            }
            Step::Damaged { client, sent, position, byte, missing } => {
                let mut bytes = sent.bytes(self.sender(index(client)));
                if !bytes.is_empty() {
                    let position = usize::from(*position) % bytes.len();
                    bytes[position] = *byte;
                }
                bytes.truncate(bytes.len().saturating_sub((missing % 4).into()));
                self.receive(index(client), &bytes);
            }
            Step::Close { client } => self.close(index(client)),
            Step::Read { client, reads } => self.clients[index(client)].is_deaf = !reads,
            Step::Wait(seconds) => {
                self.now += Duration::from_secs((*seconds).into());
                self.hub.tick(self.now);
            }
            Step::Remove { client } => {
                if let Some(login) = self.login(index(client)) {
                    self.hub.end_login(&login, self.now);
                }
            }
            Step::Restart => {
                self.check_saved();
                self.clients = Default::default();
                self.hub = Hub::new(self.limits.clone(), self.has_users, self.saved.clone(), self.now);
            }
        }
    }

    /// What the door does with bytes from the network.
    fn receive(&mut self, number: usize, mut bytes: &[u8]) {
        let login = self.login(number);
        let client = &mut self.clients[number];
        let connection = *client.connection.get_or_insert_with(|| {
            self.connections += 1;
            (client.splitter, client.level, client.is_heard) = (Splitter::default(), None, true);
            ConnectionId(self.connections)
        });
        while client.is_heard {
            let limit = client.level.map_or(MAX_CONNECT, |_| self.limits.packet);
            let (packet, level) = match (client.splitter.next(&mut bytes, limit), client.level) {
                (Ok(None), _) => return,
                (Ok(Some(packet)), Some(level)) => (packet, level),
                (Ok(Some(packet)), None) if packet.is_connect() => match packet.protocol_level() {
                    Ok(level @ 4..=5) => (packet, level),
                    _ => return self.close(number),
                },
                (_, None) => return self.close(number),
                (Err(error), Some(_)) => {
                    client.is_heard = false;
                    return self.hub.end(connection, error.reason().into(), self.now);
                }
            };
            match (packet.decode(level), client.level) {
                (Ok(Packet::Connect(connect)), None) => {
                    client.level = Some(level);
                    self.hub.connect(connection, &connect, login.clone(), self.now);
                }
                (Ok(packet), Some(_)) => self.hub.receive(connection, packet, self.now),
                (_, None) => return self.close(number),
                (Err(error), Some(_)) => {
                    client.is_heard = false;
                    self.hub.end(connection, error.reason().into(), self.now);
                }
            }
        }
    }

    fn close(&mut self, number: usize) {
        if let Some(connection) = self.clients[number].connection.take() {
            self.hub.closed(connection, self.now);
        }
    }

    /// Reads and checks what the broker has for a client.
    fn read(&mut self, number: usize) {
        let Client { connection: Some(connection), level: Some(level), is_deaf, .. } = self.clients[number] else {
            return;
        };
        while !is_deaf {
            let output = self.hub.output(connection, OUTPUT, self.now);
            for packet in decode(output.bytes.concat().as_slice().into(), level) {
                if let Packet::Publish(publish) = packet {
                    self.check_delivery(number, level, &publish);
                }
            }
            if output.closes {
                return self.close(number);
            }
            if output.bytes.is_empty() {
                return;
            }
        }
    }

    /// With users, a client gets only what it may read, in the name of the user who published it.
    fn check_delivery(&self, number: usize, level: u8, publish: &PublishPacket) {
        let Some(login) = self.login(number) else { return };
        assert!(may_subscribe(&login, &publish.topic_name), "{login} gets {}", publish.topic_name);
        if level < 5 {
            return;
        }
        let values = |wanted: &str| -> Vec<String> {
            let all = publish.properties.get_all(PropertyId::UserProperty).unwrap_or_default();
            let value = |property: &PropertyValue| match property {
                PropertyValue::Utf8StringPair(name, value) if name == wanted => Some(value.clone()),
                _ => None,
            };
            all.iter().filter_map(value).collect()
        };
        let [sender] = values("x-mqtt-sender").try_into().expect("one sender");
        assert!(USERS.contains(&sender.as_str()), "{sender:?} has no login");
        assert!(values("from").iter().all(|from| *from == sender), "{sender} publishes as {:?}", values("from"));
    }

    fn save(&mut self) {
        fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
            match value {
                Some(value) => _ = map.insert(key, value),
                None => _ = map.remove(&key),
            }
        }
        let saved = &mut self.saved;
        for change in self.hub.take_changes() {
            match change {
                Change::Session(client, session) => put(&mut saved.sessions, client, session),
                Change::Queued { session, position, entry } => put(&mut saved.queues, (session, position), entry),
                Change::Message(id, message) => put(&mut saved.messages, id, message),
                Change::Retained(topic, id) => put(&mut saved.retained, topic, id),
                Change::Group(name, group) => put(&mut saved.groups, name, group),
            }
        }
    }

    /// Nothing that is saved refers to what is not, and no account has retained more than it may.
    fn check_saved(&self) {
        let Saved { sessions, queues, messages, retained, .. } = &self.saved;
        for ((number, position), entry) in queues {
            assert!(sessions.values().any(|session| session.number == *number), "no session for {number}/{position}");
            assert!(messages.contains_key(&entry.message), "no message for {number}/{position}");
        }
        let mut accounts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (topic, id) in retained {
            let message = messages.get(id).unwrap_or_else(|| panic!("no message for {topic}"));
            let (count, size) = accounts.entry(&message.account).or_default();
            (*count, *size) = (*count + 1, *size + message.size());
        }
        for (account, (count, size)) in accounts {
            let is_within = count <= self.limits.retained_messages && size <= self.limits.retained_bytes;
            assert!(is_within, "{account} has {count} retained messages of {size} bytes");
        }
    }
}

/// What the broker writes is nothing but packets.
fn decode(mut bytes: BytesMut, level: u8) -> Vec<Packet> {
    let mut packets = Vec::new();
    while bytes.has_remaining() {
        let header = FixedHeader::decode(&mut bytes).expect("a fixed header");
        let mut body = bytes.split_to(header.remaining_length as usize);
        let packet = Packet::decode_from_body_with_version(header.packet_type, &header, &mut body, level);
        packets.push(packet.expect("a packet"));
        assert!(!body.has_remaining(), "the packet is longer than its content");
    }
    packets
}
