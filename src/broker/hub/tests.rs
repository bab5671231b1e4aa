//! The hub by itself: packets in, packets out, and a restart from what it saved.

mod delivery;
mod namesakes;
mod quotas;
mod rules;
mod simulation;

use std::{collections::BTreeMap, time::Duration};

use bytes::{Buf, BytesMut};
use mqtt5_protocol::{
    ConnectOptions, QoS,
    packet::{
        FixedHeader, Packet,
        connect::ConnectPacket,
        disconnect::DisconnectPacket,
        puback::PubAckPacket,
        publish::PublishPacket,
        pubrec::PubRecPacket,
        subscribe::{SubscribePacket, TopicFilter},
        subscribe_options::SubscriptionOptions,
    },
    types::{ReasonCode, WillMessage},
};

use super::*;
use crate::domain::UserId;

/// A hub with a disk.
struct World {
    hub: Hub,
    limits: Limits,
    has_users: bool,
    saved: Saved,
    now: Duration,
    next: u64,
}

impl World {
    fn new(has_users: bool, limits: Limits) -> Self {
        let now = Duration::from_secs(1_700_000_000);
        let hub = Hub::new(limits.clone(), has_users, Saved::default(), now);
        Self { hub, limits, has_users, saved: Saved::default(), now, next: 0 }
    }

    /// Ends the hub without a warning and starts another one with what was saved.
    fn restart(&mut self) {
        self.save();
        self.hub = Hub::new(self.limits.clone(), self.has_users, self.saved.clone(), self.now);
    }

    fn save(&mut self) {
        for change in self.hub.take_changes() {
            self.saved.apply(change);
        }
        self.check_saved();
    }

    /// Nothing on disk refers to what is not there, and nothing is there in vain.
    fn check_saved(&self) {
        let numbers: Vec<u64> = self.saved.sessions.values().map(|session| session.number).collect();
        for ((session, position), entry) in &self.saved.queues {
            assert!(numbers.contains(session), "the session of the entry {session}/{position} is not saved");
            assert!(
                self.saved.messages.contains_key(&entry.message),
                "the message of {session}/{position} is not saved"
            );
        }
        for id in self.saved.messages.keys() {
            let is_used = self.saved.retained.values().any(|used| used == id)
                || self.saved.queues.values().any(|entry| entry.message == *id);
            assert!(is_used, "message {id} is saved in vain: {:?}", self.saved.messages[id]);
        }
        assert!(self.saved.retained.values().all(|id| self.saved.messages.contains_key(id)));
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.hub.tick(self.now);
    }

    /// Connects with MQTT 5 and a session that never ends. Returns the connection, and the answer with what is delivered.
    fn connect_with(&mut self, id: &str, change: impl FnOnce(&mut ConnectPacket)) -> (ConnectionId, Vec<Packet>) {
        let connection = self.open(id, change);
        let answer = self.read(connection);
        (connection, answer)
    }

    fn open(&mut self, id: &str, change: impl FnOnce(&mut ConnectPacket)) -> ConnectionId {
        let mut connect = ConnectPacket::new(ConnectOptions::new(id).with_clean_start(false));
        connect.properties.set_session_expiry_interval(u32::MAX);
        change(&mut connect);
        self.next += 1;
        let connection = ConnectionId(self.next);
        let login: Option<UserId> = self.has_users.then(|| connect.username.as_deref().unwrap_or(id).parse().unwrap());
        self.hub.connect(connection, &connect, login, self.now);
        connection
    }

    /// Connects, and leaves what is delivered in the queue.
    fn connect(&mut self, id: &str) -> ConnectionId {
        let connection = self.open(id, |_| ());
        let answer = decode(self.hub.output(connection, 0, self.now).bytes.concat().as_slice().into(), 5);
        assert!(
            matches!(&answer[0], Packet::ConnAck(ack) if ack.reason_code == ReasonCode::Success),
            "{id} is let in: {answer:?}"
        );
        connection
    }

    fn read(&mut self, connection: ConnectionId) -> Vec<Packet> {
        let mut bytes = BytesMut::new();
        loop {
            let output = self.hub.output(connection, 64 * 1024, self.now);
            if output.bytes.is_empty() {
                break;
            }
            output.bytes.iter().for_each(|part| bytes.extend_from_slice(part));
            if output.closes {
                break;
            }
        }
        decode(bytes, 5)
    }

    fn send(&mut self, connection: ConnectionId, packet: Packet) -> Vec<Packet> {
        self.hub.receive(connection, packet, self.now);
        self.read(connection)
    }

    fn subscribe(&mut self, connection: ConnectionId, filter: &str, qos: QoS) -> Vec<Packet> {
        let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
        self.subscribe_with(connection, filter, options)
    }

    fn subscribe_with(&mut self, connection: ConnectionId, filter: &str, options: SubscriptionOptions) -> Vec<Packet> {
        let packet = SubscribePacket::new(9).add_filter_with_options(TopicFilter::with_options(filter, options));
        self.send(connection, Packet::Subscribe(packet))
    }

    /// Subscribes, and leaves what is delivered in the queue.
    fn subscribe_unread(&mut self, connection: ConnectionId, filter: &str) {
        let packet = SubscribePacket::new(9).add_filter(filter, QoS::AtLeastOnce);
        self.hub.receive(connection, Packet::Subscribe(packet), self.now);
    }

    /// Publishes with QoS 1. Returns the reason code of PUBACK; [`None`] if there is none.
    fn publish(&mut self, connection: ConnectionId, topic: &str, payload: &str) -> Option<u8> {
        self.publish_with(connection, topic, payload, |_| ())
    }

    fn publish_with(
        &mut self,
        connection: ConnectionId,
        topic: &str,
        payload: &str,
        change: impl FnOnce(&mut PublishPacket),
    ) -> Option<u8> {
        let mut packet = PublishPacket::new(topic, payload.as_bytes().to_vec(), QoS::AtLeastOnce);
        packet.packet_id = Some(7);
        change(&mut packet);
        self.hub.receive(connection, Packet::Publish(packet), self.now);
        // Only the answers: deliveries stay in the queue.
        let open = self.hub.connections.get_mut(&connection)?;
        let answers: Vec<Bytes> = open.answers.drain(..).collect();
        decode(answers.concat().as_slice().into(), 5).iter().find_map(|packet| match packet {
            Packet::PubAck(ack) => Some(u8::from(ack.reason_code)),
            Packet::PubRec(ack) => Some(u8::from(ack.reason_code)),
            Packet::Disconnect(end) => Some(u8::from(end.reason_code)),
            _ => None,
        })
    }

    /// The payloads that arrive, each acknowledged.
    fn texts(&mut self, connection: ConnectionId) -> Vec<String> {
        self.publications(connection).iter().map(text).collect()
    }

    /// The publications that arrive, each acknowledged.
    fn publications(&mut self, connection: ConnectionId) -> Vec<PublishPacket> {
        let mut all = Vec::new();
        loop {
            let packets = self.read(connection);
            if packets.is_empty() {
                return all;
            }
            for packet in packets {
                let Packet::Publish(publish) = packet else { continue };
                if let Some(id) = publish.packet_id.filter(|_| publish.qos == QoS::AtLeastOnce) {
                    self.hub.receive(connection, Packet::PubAck(PubAckPacket::new(id)), self.now);
                }
                all.push(publish);
            }
        }
    }

    fn leave(&mut self, connection: ConnectionId) {
        self.hub.receive(connection, Packet::Disconnect(DisconnectPacket::normal()), self.now);
        self.hub.closed(connection, self.now);
    }

    fn cut(&mut self, connection: ConnectionId) {
        self.hub.closed(connection, self.now);
    }
}

impl Saved {
    fn apply(&mut self, change: Change) {
        fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
            match value {
                Some(value) => _ = map.insert(key, value),
                None => _ = map.remove(&key),
            }
        }
        match change {
            Change::Session(client, session) => put(&mut self.sessions, client, session),
            Change::Queued { session, position, entry } => put(&mut self.queues, (session, position), entry),
            Change::Message(id, message) => put(&mut self.messages, id, message),
            Change::Retained(topic, id) => put(&mut self.retained, topic, id),
            Change::Group(name, group) => put(&mut self.groups, name, group),
        }
    }
}

fn decode(mut bytes: BytesMut, version: u8) -> Vec<Packet> {
    let mut packets = Vec::new();
    while bytes.has_remaining() {
        let header = FixedHeader::decode(&mut bytes).unwrap();
        let mut body = bytes.split_to(header.remaining_length as usize);
        packets.push(Packet::decode_from_body_with_version(header.packet_type, &header, &mut body, version).unwrap());
        assert!(!body.has_remaining(), "the packet is longer than its content");
    }
    packets
}

fn text(publish: &PublishPacket) -> String {
    String::from_utf8_lossy(&publish.payload).into_owned()
}

fn is_ended_with(packets: &[Packet], code: u8) -> bool {
    matches!(packets.last(), Some(Packet::Disconnect(end)) if u8::from(end.reason_code) == code)
}
