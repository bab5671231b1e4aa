//! Random clients, cuts and restarts: what was acknowledged arrives, in order, and QoS 2 exactly once.

use std::collections::{BTreeMap, HashSet};

use mqtt5_protocol::packet::{pubcomp::PubCompPacket, pubrel::PubRelPacket};

use super::*;

/// A small generator (xorshift), so that a seed always means the same run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

#[derive(Default)]
struct Client {
    connection: Option<ConnectionId>,
    /// Arrived, without repetitions that MQTT allows.
    got: Vec<String>,
    /// QoS 2 packet identifiers received and not yet released.
    held: HashSet<u16>,
    /// Deliveries read but not yet acknowledged.
    pending: Vec<PublishPacket>,
    /// What was published to this client's topic and acknowledged with 0.
    taken: Vec<String>,
}

const NAMES: [&str; 3] = ["alice", "bob", "carol"];

fn run(seed: u64) {
    let mut dice = Dice(seed * 2 + 1);
    let qos = if seed.is_multiple_of(2) { QoS::AtLeastOnce } else { QoS::ExactlyOnce };
    let limits = Limits { queued_messages: 40, in_flight: 5, ..Limits::default() };
    let mut world = World::new(false, limits);
    let mut clients: BTreeMap<&str, Client> = NAMES.map(|name| (name, Client::default())).into();
    for name in NAMES {
        let connection = world.connect(name);
        world.subscribe(connection, &format!("to/{name}"), qos);
        clients.get_mut(name).unwrap().connection = Some(connection);
    }
    let sender = "sender";
    let mut from = world.connect(sender);
    for n in 0..400 {
        let name = NAMES[dice.roll(NAMES.len())];
        match dice.roll(12) {
            0 => {
                let client = clients.get_mut(name).unwrap();
                if let Some(connection) = client.connection.take() {
                    world.cut(connection);
                    client.pending.clear();
                }
            }
            1 | 2 => connect(&mut world, name, clients.get_mut(name).unwrap()),
            3 if dice.roll(5) == 0 => {
                world.restart();
                for client in clients.values_mut() {
                    client.connection = None;
                    client.pending.clear();
                }
                from = world.connect(sender);
            }
            3..=7 => {
                let text = n.to_string();
                if world.publish(from, &format!("to/{name}"), &text) == Some(0) {
                    clients.get_mut(name).unwrap().taken.push(text);
                }
                let exactly_once = |packet: &mut PublishPacket| {
                    packet.qos = QoS::ExactlyOnce;
                    packet.packet_id = Some(3);
                };
                let text = format!("{n} exactly");
                if world.publish_with(from, &format!("to/{name}"), &text, exactly_once) == Some(0) {
                    clients.get_mut(name).unwrap().taken.push(text);
                    world.send(from, Packet::PubRel(PubRelPacket::new(3)));
                }
            }
            _ => read(&mut world, clients.get_mut(name).unwrap(), &mut dice),
        }
        world.save();
    }
    for name in NAMES {
        let client = clients.get_mut(name).unwrap();
        connect(&mut world, name, client);
        // Nothing pending twice: what was acknowledged has made room for more.
        for _ in 0..2 {
            read(&mut world, client, &mut dice);
            while !client.pending.is_empty() || !client.held.is_empty() {
                read(&mut world, client, &mut dice);
            }
        }
        assert_eq!(client.got, client.taken, "seed {seed}, {name}");
    }
    world.save();
    assert!(world.saved.queues.is_empty() && world.saved.messages.is_empty(), "seed {seed}");
}

fn connect(world: &mut World, name: &str, client: &mut Client) {
    if client.connection.is_some() {
        return;
    }
    let (connection, packets) = world.connect_with(name, |_| ());
    client.connection = Some(connection);
    take(world, connection, client, packets);
}

/// Reads, and acknowledges some of what has arrived.
fn read(world: &mut World, client: &mut Client, dice: &mut Dice) {
    let Some(connection) = client.connection else { return };
    let packets = world.read(connection);
    take(world, connection, client, packets);
    let count = dice.roll(client.pending.len() + 1).max(1).min(client.pending.len());
    for publish in client.pending.drain(..count).collect::<Vec<_>>() {
        let id = publish.packet_id.unwrap();
        if publish.qos == QoS::ExactlyOnce {
            if client.held.insert(id) {
                client.got.push(text(&publish));
            }
            let answer = world.send(connection, Packet::PubRec(PubRecPacket::new(id)));
            take(world, connection, client, answer);
        } else {
            let text = text(&publish);
            // QoS 1 may repeat what was not acknowledged.
            if !client.got.contains(&text) {
                client.got.push(text);
            }
            let answer = world.send(connection, Packet::PubAck(PubAckPacket::new(id)));
            take(world, connection, client, answer);
        }
    }
}

fn take(world: &mut World, connection: ConnectionId, client: &mut Client, packets: Vec<Packet>) {
    for packet in packets {
        match packet {
            Packet::Publish(publish) => client.pending.push(publish),
            Packet::PubRel(release) => {
                client.held.remove(&release.packet_id);
                let answer = world.send(connection, Packet::PubComp(PubCompPacket::new(release.packet_id)));
                take(world, connection, client, answer);
            }
            _ => {}
        }
    }
}

#[test]
fn what_was_acknowledged_arrives_in_order() {
    (0..300).for_each(run);
}
