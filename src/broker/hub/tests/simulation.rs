//! Random users, groups, cuts, expiries and restarts near the quotas, beside a model of what must arrive:
//!
//! - Nobody gets a message of a group that does not name them at that moment.
//! - What was acknowledged arrives at those who stay members, in order; with QoS 2 exactly once.
//! - No client gets more at a time than its receive maximum.
//! - In the end each user knows the retained messages.

use std::collections::{BTreeSet, HashSet, VecDeque};

use mqtt5_protocol::{
    packet::{pubcomp::PubCompPacket, pubrel::PubRelPacket},
    protocol::v5::properties::Properties,
};

use super::*;

const USERS: [&str; 4] = ["alice", "bob", "carol", "dave"];
const GROUPS: [&str; 2] = ["devs", "ops"];
/// A session of alice and bob.
const SESSION: &str = "alice_bob_1763900000000";
/// How long the session of the last user outlives its connection, in seconds.
const EXPIRY: u32 = 30;

/// A small generator (xorshift), so that a seed always means the same run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

/// A message that was acknowledged with 0.
struct Expected {
    text: String,
    topic: String,
    /// Whether it must arrive: not if the user was removed from the group since.
    must_arrive: bool,
}

#[derive(Default)]
struct Client {
    connection: Option<ConnectionId>,
    receive_maximum: usize,
    /// When its session ends unless it connects; [`None`]: never.
    ends: Option<Duration>,
    has_session: bool,
    expected: VecDeque<Expected>,
    got: HashSet<String>,
    /// The last retained state by topic.
    states: BTreeMap<String, String>,
    /// QoS 2 packet identifiers received and not yet released.
    held: HashSet<u16>,
    /// The packet identifiers of deliveries on this connection that are not complete.
    open: HashSet<u16>,
    /// Deliveries that are not acknowledged.
    pending: VecDeque<PublishPacket>,
}

impl Client {
    fn cut(&mut self) {
        self.connection = None;
        self.pending.clear();
        self.open.clear();
    }
}

struct Run {
    dice: Dice,
    world: World,
    clients: BTreeMap<&'static str, Client>,
    /// The leader, then the members.
    groups: BTreeMap<&'static str, Vec<&'static str>>,
    /// Who has taken part in a group, and may lead it.
    joined: BTreeMap<&'static str, BTreeSet<&'static str>>,
    /// The leader before the one who leads the group, or the last one.
    leader_before: BTreeMap<&'static str, &'static str>,
    /// Until when the name of a group that has ended is reserved for its last leader.
    reserved: BTreeMap<&'static str, (&'static str, Duration)>,
    retained: BTreeMap<String, String>,
    count: usize,
}

impl Run {
    fn new(seed: u64) -> Self {
        let limits =
            Limits { queued_messages: 30, deliveries: 60, queued_bytes: 10_000, in_flight: 5, ..Limits::default() };
        Self {
            dice: Dice(seed * 2 + 1),
            world: World::new(true, limits),
            clients: USERS.map(|name| (name, Client::default())).into(),
            groups: BTreeMap::new(),
            joined: BTreeMap::new(),
            leader_before: BTreeMap::new(),
            reserved: BTreeMap::new(),
            retained: BTreeMap::new(),
            count: 0,
        }
    }

    fn client(&mut self, name: &str) -> &mut Client {
        self.clients.get_mut(name).unwrap()
    }

    fn step(&mut self) {
        let name = self.dice.pick(&USERS);
        match self.dice.roll(24) {
            0 => self.cut(name),
            1..=3 => self.connect(name),
            4 if self.dice.roll(3) == 0 => self.restart(),
            5 => {
                let seconds = self.dice.roll(20) as u64;
                self.world.wait(seconds);
            }
            6 | 7 => self.change_group(name),
            8 => self.change_state(name),
            9..=11 => drop(self.say(name, SESSION)),
            12..=16 => {
                let group = self.dice.pick(&GROUPS);
                if self.say(name, &format!("groups/{group}/messages")) {
                    self.joined.entry(group).or_default().insert(name);
                }
            }
            _ => self.read(name),
        }
        self.world.save();
    }

    fn cut(&mut self, name: &'static str) {
        let now = self.world.now;
        let Some(connection) = self.client(name).connection else { return };
        self.world.cut(connection);
        self.left(name, now);
    }

    fn left(&mut self, name: &'static str, now: Duration) {
        let client = self.client(name);
        client.cut();
        client.ends = expiry(name).map(|seconds| now + Duration::from_secs(seconds.into()));
    }

    fn restart(&mut self) {
        self.world.restart();
        // All connections have ended, so nothing is on its way to a group that has ended.
        self.reserved.clear();
        let now = self.world.now;
        for name in USERS {
            if self.client(name).connection.is_some() {
                self.left(name, now);
            }
        }
    }

    fn has_session(&self, name: &str) -> bool {
        let client = &self.clients[name];
        let has_ended = client.connection.is_none() && client.ends.is_some_and(|ends| ends <= self.world.now);
        client.has_session && !has_ended
    }

    fn connect(&mut self, name: &'static str) {
        if self.client(name).connection.is_some() {
            return;
        }
        let has_session = self.has_session(name);
        // Ends what is due before.
        self.world.wait(0);
        let receive_maximum = self.dice.roll(7) + 1;
        let (connection, packets) = self.world.connect_with(name, |connect| {
            connect.properties = Properties::default();
            connect.properties.set_session_expiry_interval(expiry(name).unwrap_or(u32::MAX));
            connect.properties.set_receive_maximum(u16::try_from(receive_maximum).unwrap());
        });
        assert!(
            matches!(&packets[0], Packet::ConnAck(ack) if ack.session_present == has_session),
            "{name}, {has_session}: {packets:?}"
        );
        let client = self.client(name);
        if !has_session {
            *client = Client::default();
        }
        client.connection = Some(connection);
        client.receive_maximum = receive_maximum;
        client.has_session = true;
        self.take(name, packets);
        if !has_session {
            let groups = GROUPS.map(|group| format!("groups/{group}/messages"));
            let records = GROUPS.map(|group| format!("GROUPS/{group}"));
            for filter in groups.into_iter().chain(records).chain([SESSION.to_owned()]) {
                // What is only for others is not for this session.
                if self.names(name, &filter) || filter != SESSION {
                    let answer = self.world.subscribe(connection, &filter, QoS::ExactlyOnce);
                    self.take(name, answer);
                }
            }
        }
        // Nothing of it waits while the client is away.
        let answer = self.world.subscribe(connection, "USERS/+", QoS::ExactlyOnce);
        self.take(name, answer);
    }

    /// Whether a user may read and write a topic now.
    fn names(&self, name: &str, topic: &str) -> bool {
        match topic.strip_prefix("groups/").and_then(|rest| rest.strip_suffix("/messages")) {
            Some(group) => self.groups.get(group).is_some_and(|group| group.contains(&name)),
            None => topic.split('_').any(|part| part == name),
        }
    }

    fn publish(&mut self, name: &str, topic: &str, payload: &str, retain: bool) -> Option<u8> {
        let connection = self.client(name).connection?;
        let qos = if retain || self.dice.roll(2) == 0 { QoS::AtLeastOnce } else { QoS::ExactlyOnce };
        let code = self.world.publish_with(connection, topic, payload, |packet| {
            (packet.qos, packet.retain) = (qos, retain);
        });
        if qos == QoS::ExactlyOnce && code == Some(0) {
            let released = self.world.send(connection, Packet::PubRel(PubRelPacket::new(7)));
            let name = USERS.into_iter().find(|user| *user == name).unwrap();
            self.take(name, released);
        }
        code
    }

    /// Returns whether the broker has taken it.
    fn say(&mut self, name: &'static str, topic: &str) -> bool {
        self.count += 1;
        let text = format!("{name} {}", self.count);
        // Before, because the answer may already deliver it.
        let addressed: Vec<&str> =
            USERS.into_iter().filter(|user| self.has_session(user) && self.names(user, topic)).collect();
        if self.client(name).connection.is_none() {
            return false;
        }
        for user in &addressed {
            let expected = Expected { text: text.clone(), topic: topic.to_owned(), must_arrive: true };
            self.client(user).expected.push_back(expected);
        }
        let code = self.publish(name, topic, &text, false);
        let is_allowed = self.names(name, topic);
        match code {
            Some(reason::SUCCESS) => assert!(is_allowed, "{name} writes to {topic}"),
            Some(reason::QUOTA_EXCEEDED) => assert!(is_allowed),
            Some(reason::NOT_AUTHORIZED) => assert!(!is_allowed, "{name} may write to {topic}"),
            other => panic!("{other:?}"),
        }
        if code != Some(reason::SUCCESS) {
            for user in addressed {
                let refused = self.client(user).expected.pop_back().unwrap();
                assert_eq!(refused.text, text, "a refused message has arrived");
            }
        }
        code == Some(reason::SUCCESS)
    }

    /// Creates, changes, hands over or disbands a group, or tries to.
    fn change_group(&mut self, name: &'static str) {
        let group = self.dice.pick(&GROUPS);
        let mut named: Vec<&'static str> = USERS.into_iter().filter(|_| self.dice.roll(3) > 0).collect();
        if let Some(first) = named.len().checked_sub(1) {
            named.rotate_right(self.dice.roll(first + 1));
        }
        let is_end = named.is_empty() || self.dice.roll(8) == 0;
        let record = if is_end { String::new() } else { format!("{group} {}", named.join(" ")) };
        let leader = self.groups.get(group).map(|named| named[0]);
        let is_repeated = !is_end && leader == Some(named[0]) && self.leader_before.get(group) == Some(&name);
        let is_repeated = is_repeated && leader != Some(name);
        // Nobody makes somebody else the leader of a new group, or of one in which they have not taken part.
        let consents = is_end || named[0] == name || self.joined.get(group).is_some_and(|all| all.contains(named[0]));
        let now = self.world.now;
        let is_reserved = self.reserved.get(group).is_some_and(|(last, until)| *last != name && now < *until);
        let may_take = is_end || (named[0] == name && !is_reserved);
        let may_change = is_repeated || leader.map_or(may_take, |leader| leader == name && consents);
        match self.publish(name, &format!("GROUPS/{group}"), &record, true) {
            Some(reason::SUCCESS) => assert!(may_change, "{name} changes {group}"),
            Some(reason::NOT_AUTHORIZED) => {
                assert!(!may_change, "{name} may change {group}");
                return;
            }
            Some(reason::QUOTA_EXCEEDED) | None => return,
            other => panic!("{other:?}"),
        }
        if is_repeated {
            return;
        }
        self.retained.insert(format!("GROUPS/{group}"), record);
        match leader {
            Some(leader) if is_end || named[0] != leader => drop(self.leader_before.insert(group, leader)),
            Some(_) => {}
            None => drop(self.leader_before.remove(group)),
        }
        if is_end {
            if let Some(last) = leader {
                self.reserved.insert(group, (last, now + Duration::from_secs(60)));
            }
            self.groups.remove(group);
            self.joined.remove(group);
        } else {
            let joined = self.joined.entry(group).or_default();
            let before = self.groups.get(group);
            joined.retain(|user| named.contains(user) || before.is_none_or(|before| !before.contains(user)));
            joined.insert(name);
            self.groups.insert(group, named);
        }
        for user in USERS {
            let topic = format!("groups/{group}/messages");
            if !self.names(user, &topic) {
                let gone = self.client(user).expected.iter_mut().filter(|expected| expected.topic == topic);
                gone.for_each(|expected| expected.must_arrive = false);
            }
        }
    }

    fn change_state(&mut self, name: &'static str) {
        let (topic, payload) = (format!("USERS/{name}"), format!("{name} {}", self.dice.pick(&["online", "offline"])));
        if self.publish(name, &topic, &payload, true) == Some(reason::SUCCESS) {
            self.retained.insert(topic, payload);
        }
    }

    /// Reads, and acknowledges some of what has arrived.
    fn read(&mut self, name: &'static str) {
        let Some(connection) = self.client(name).connection else { return };
        let packets = self.world.read(connection);
        self.take(name, packets);
        let count = self.dice.roll(self.clients[name].pending.len() + 1).max(1);
        for _ in 0..count {
            let Some(publish) = self.client(name).pending.pop_front() else { return };
            let id = publish.packet_id.unwrap();
            let answer = if publish.qos == QoS::ExactlyOnce {
                Packet::PubRec(PubRecPacket::new(id))
            } else {
                self.client(name).open.remove(&id);
                Packet::PubAck(PubAckPacket::new(id))
            };
            let packets = self.world.send(connection, answer);
            self.take(name, packets);
        }
    }

    fn take(&mut self, name: &'static str, packets: Vec<Packet>) {
        let mut inbox = VecDeque::from(packets);
        while let Some(packet) = inbox.pop_front() {
            match packet {
                Packet::Publish(publish) => self.deliver(name, publish),
                Packet::PubRel(release) => {
                    let client = self.client(name);
                    client.held.remove(&release.packet_id);
                    client.open.remove(&release.packet_id);
                    client.pending.retain(|publish| publish.packet_id != Some(release.packet_id));
                    let connection = client.connection.unwrap();
                    let done = Packet::PubComp(PubCompPacket::new(release.packet_id));
                    inbox.extend(self.world.send(connection, done));
                }
                _ => {}
            }
        }
    }

    fn deliver(&mut self, name: &'static str, publish: PublishPacket) {
        let (topic, text) = (publish.topic_name.clone(), text(&publish));
        let is_state = topic.starts_with("USERS/") || topic.starts_with("GROUPS/");
        assert!(is_state || self.names(name, &topic), "{name} gets {text:?} on {topic}");
        let client = self.client(name);
        if publish.qos == QoS::AtMostOnce {
            client.states.insert(topic, text);
            return;
        }
        let id = publish.packet_id.unwrap();
        assert!(client.open.insert(id), "{name} gets {id} twice on one connection");
        assert!(client.open.len() <= client.receive_maximum, "{name} takes {}", client.receive_maximum);
        let is_new = match publish.qos {
            QoS::ExactlyOnce => client.held.insert(id),
            // QoS 1 may repeat what was not acknowledged.
            _ => is_state || client.got.insert(text.clone()) || !publish.dup,
        };
        client.pending.push_back(publish);
        if is_state {
            client.states.insert(topic, text);
        } else if is_new {
            loop {
                let Some(expected) = client.expected.pop_front() else { panic!("{name} gets {text:?} in vain") };
                if expected.text == text {
                    break;
                }
                assert!(!expected.must_arrive, "{name} gets {text:?} and not {:?}", expected.text);
            }
        }
    }

    /// Everybody returns and reads everything.
    fn finish(&mut self) {
        for name in USERS {
            self.connect(name);
        }
        for _ in 0..200 {
            for name in USERS {
                self.read(name);
            }
        }
        for (name, client) in &self.clients {
            assert!(client.pending.is_empty() && client.held.is_empty(), "{name} has not read everything");
            let lost: Vec<&str> =
                client.expected.iter().filter(|expected| expected.must_arrive).map(|lost| &*lost.text).collect();
            assert!(lost.is_empty(), "{name} has lost {lost:?}");
            let kept = |states: &BTreeMap<String, String>| -> BTreeMap<String, String> {
                states.iter().filter(|(_, text)| !text.is_empty()).map(|(a, b)| (a.clone(), b.clone())).collect()
            };
            assert_eq!(kept(&client.states), kept(&self.retained), "{name}");
        }
        self.world.save();
        assert!(self.world.saved.queues.is_empty());
        assert_eq!(self.world.saved.messages.len(), self.world.saved.retained.len());
    }
}

/// How long the session of a user outlives its connection, in seconds; [`None`] is for ever.
fn expiry(name: &str) -> Option<u32> {
    (name == USERS[3]).then_some(EXPIRY)
}

fn run(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let outcome = std::panic::catch_unwind(|| {
            let mut run = Run::new(seed);
            (0..400).for_each(|_| run.step());
            run.finish();
        });
        assert!(outcome.is_ok(), "seed {seed}");
    }
}

#[test]
fn what_was_acknowledged_arrives_in_order() {
    run(0..200);
}

#[test]
#[ignore = "takes minutes: for changes to the hub, in an optimised build"]
fn what_was_acknowledged_arrives_in_order_in_many_runs() {
    run(0..20_000);
}
