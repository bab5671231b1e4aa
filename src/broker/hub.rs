//! The broker as a state machine without clock, socket or file: packets and times go in, packets and changes to the saved
//! state come out.
//!
//! - A publication goes to everybody whom it reaches, or to nobody: if a quota is used up, its publisher is told so, and
//!   nothing that was acknowledged is dropped later.
//! - What everybody reads does not depend on the queue of one client: where there are users, the directory has QoS 0, and
//!   the record of a group takes the place of an earlier one in the queue.
//! - A publication of QoS 2 is delivered when it arrives (the second method of MQTT 5 §4.3.3), so that nothing is held back
//!   until PUBREL.
//! - Who may receive what is decided when it is published, and again when it is sent.

mod change;
mod connecting;
mod delivering;
mod frames;
mod ledger;
mod limits;
mod message;
mod publishing;
mod queue;
mod retained;
mod session;
mod subscribing;
mod subscriptions;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use mqtt5_protocol::{
    QoS,
    packet::{Packet, PacketType, disconnect::DisconnectPacket},
};

use self::{
    frames::Level,
    ledger::{Ledger, Use},
    queue::{Entry, Queue},
    retained::Retained,
    session::{Connection, FOR_EVER, Session},
    subscriptions::Subscriptions,
};
use super::access::{Groups, SavedGroup, record_of};
use crate::{
    domain::{GroupName, UserId},
    protocol::GROUP_SINCE,
};

pub use change::{Change, Saved, SavedEntry, SavedSession};
#[cfg(test)]
pub use change::{SavedSubscription, SavedWill};
pub use limits::Limits;
pub use message::Message;

/// Reason codes of MQTT 5 §2.4 that the hub sends.
mod reason {
    #![allow(missing_docs, reason = "the names are those of the specification")]
    pub const SUCCESS: u8 = 0x00;
    pub const UNSPECIFIED: u8 = 0x80;
    pub const PROTOCOL_ERROR: u8 = 0x82;
    pub const CLIENT_ID_NOT_VALID: u8 = 0x85;
    pub const NOT_AUTHORIZED: u8 = 0x87;
    pub const SERVER_BUSY: u8 = 0x89;
    pub const BAD_AUTHENTICATION_METHOD: u8 = 0x8C;
    pub const SESSION_TAKEN_OVER: u8 = 0x8E;
    pub const TOPIC_NAME_INVALID: u8 = 0x90;
    pub const PACKET_ID_NOT_FOUND: u8 = 0x92;
    pub const RECEIVE_MAXIMUM_EXCEEDED: u8 = 0x93;
    pub const TOPIC_ALIAS_INVALID: u8 = 0x94;
    pub const PACKET_TOO_LARGE: u8 = 0x95;
    pub const QUOTA_EXCEEDED: u8 = 0x97;
    pub const ADMINISTRATIVE_ACTION: u8 = 0x98;
}

/// A network connection, from CONNECT until it is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What to write to a connection.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// To be written in this order.
    pub bytes: Vec<Bytes>,
    /// Whether to close the connection after that.
    pub closes: bool,
}

/// All sessions, subscriptions and retained messages. `now` is always the time since the Unix epoch and never goes back.
#[derive(Debug)]
pub struct Hub {
    limits: Limits,
    /// [`None`]: the broker has no users, and everybody may do everything.
    groups: Option<Groups>,
    connections: HashMap<ConnectionId, Connection>,
    /// How many of them have a session.
    connected: usize,
    /// By number.
    sessions: HashMap<u64, Session>,
    clients: HashMap<Arc<str>, u64>,
    subscriptions: Subscriptions,
    retained: Retained,
    ledger: Ledger,
    next_session: u64,
    next_message: u64,
    next_client: u64,
    /// When sessions end and wills are due, by the number of the session.
    timers: BTreeSet<(Duration, u64)>,
    ready: BTreeSet<ConnectionId>,
    /// Sessions whose saved form has changed, with the client ID.
    changed_sessions: BTreeMap<u64, Arc<str>>,
    changed_groups: BTreeMap<GroupName, Option<SavedGroup>>,
    /// Changes to queues and retained messages.
    changes: Vec<Change>,
}

impl Hub {
    /// A broker with this state. `has_users`: whether the [access rules](super::access) apply.
    pub fn new(limits: Limits, has_users: bool, saved: Saved, now: Duration) -> Self {
        let Saved { since, sessions, queues, messages, retained, groups } = saved;
        let mut hub = Self {
            limits,
            groups: None,
            connections: HashMap::new(),
            connected: 0,
            sessions: HashMap::new(),
            clients: HashMap::new(),
            subscriptions: Subscriptions::default(),
            retained: Retained::default(),
            ledger: Ledger::default(),
            next_session: sessions.values().map(|session| session.number + 1).max().unwrap_or(0),
            next_message: messages.last_key_value().map_or(0, |(id, _)| id + 1),
            next_client: 0,
            timers: BTreeSet::new(),
            ready: BTreeSet::new(),
            changed_sessions: BTreeMap::new(),
            changed_groups: BTreeMap::new(),
            changes: Vec::new(),
        };
        for message in retained.values().filter_map(|id| messages.get(id)) {
            hub.ledger.retain(message);
            hub.retained.insert(Arc::clone(message));
        }
        for (client, session) in sessions {
            hub.restore(client, session, now);
        }
        for ((session, position), saved) in queues {
            let (Some(session), Some(message)) = (hub.sessions.get_mut(&session), messages.get(&saved.message)) else {
                continue;
            };
            hub.ledger.queue(message, Use { is_replay: false, is_saved: true });
            let entry = Entry {
                position,
                message: Arc::clone(message),
                qos: QoS::from(saved.qos),
                retain: saved.retain,
                is_replay: false,
                identifiers: saved.identifiers.clone().into(),
            };
            session.queue.restore(entry, &saved);
        }
        if has_users {
            let records = hub.retained.iter().map(|message| (&*message.topic, &message.payload[..]));
            hub.groups = Some(Groups::new(since, groups, records));
            hub.mark_records();
        }
        hub.ledger.forget_changes();
        hub
    }

    /// Marks the records that were published before the broker had users.
    fn mark_records(&mut self) {
        let Some(groups) = &self.groups else { return };
        let unmarked = self.retained.iter().filter(|message| message.user_property(GROUP_SINCE).is_none());
        let marked = unmarked.filter_map(|message| {
            let since = groups.known_since(&record_of(&message.topic)?)?;
            Some((Arc::clone(message), frames::with_group_since(message, since)))
        });
        for (before, after) in marked.collect::<Vec<_>>() {
            self.ledger.unretain(&before);
            let after = Arc::new(after);
            self.ledger.retain(&after);
            self.retained.insert(after);
        }
    }

    fn restore(&mut self, client: Arc<str>, saved: SavedSession, now: Duration) {
        let SavedSession { number, login, ends, expiry, subscriptions, unreleased, will } = saved;
        if ends.is_none() && expiry != FOR_EVER {
            // It was connected, and expires from now on even if the broker restarts again.
            self.changed_sessions.insert(number, Arc::clone(&client));
        }
        let ends = ends.or_else(|| Session::end_after(expiry, now));
        // The client may return now that the broker has.
        let will_due = will.as_ref().map(|will| now + Duration::from_secs(will.delay.into()));
        for (filter, &subscription) in &subscriptions {
            self.subscriptions.insert(number, filter, subscription);
        }
        self.timers.extend(ends.into_iter().chain(will_due).map(|at| (at, number)));
        self.clients.insert(Arc::clone(&client), number);
        let session = Session {
            number,
            client,
            login,
            expiry,
            is_saved: true,
            ends,
            connection: None,
            filters: subscriptions.keys().map(String::len).sum(),
            subscriptions,
            unreleased: unreleased.into_iter().collect(),
            queue: Queue::default(),
            will,
            will_due,
        };
        self.sessions.insert(number, session);
    }

    /// A packet after CONNECT.
    pub fn receive(&mut self, connection: ConnectionId, packet: Packet, now: Duration) {
        let Some(&Connection { session: Some(session), level, closes: false, .. }) = self.connections.get(&connection)
        else {
            return;
        };
        match packet {
            Packet::Publish(publish) => self.publish(connection, session, publish, now),
            Packet::PubAck(ack) => self.complete(connection, session, ack.packet_id),
            Packet::PubRec(ack) => self.received(connection, session, ack.packet_id, u8::from(ack.reason_code)),
            Packet::PubComp(ack) => self.complete(connection, session, ack.packet_id),
            Packet::PubRel(ack) => {
                let is_known =
                    self.sessions.get_mut(&session).is_some_and(|session| session.unreleased.remove(&ack.packet_id));
                self.touch(session);
                let reason = if is_known { reason::SUCCESS } else { reason::PACKET_ID_NOT_FOUND };
                self.answer(connection, frames::acknowledgement(PacketType::PubComp, ack.packet_id, reason, level));
            }
            Packet::Subscribe(subscribe) => self.subscribe(connection, session, &subscribe),
            Packet::Unsubscribe(unsubscribe) => self.unsubscribe(connection, session, &unsubscribe),
            // PINGRESP, without a body.
            Packet::PingReq => self.answer(connection, Bytes::from_static(&[(PacketType::PingResp as u8) << 4, 0])),
            Packet::Disconnect(disconnect) => self.disconnect(connection, session, &disconnect, now),
            Packet::Connect(_)
            | Packet::ConnAck(_)
            | Packet::SubAck(_)
            | Packet::UnsubAck(_)
            | Packet::PingResp
            | Packet::Auth(_) => self.end(connection, reason::PROTOCOL_ERROR, now),
        }
    }

    fn disconnect(&mut self, connection: ConnectionId, session: u64, packet: &DisconnectPacket, now: Duration) {
        const WITH_WILL: u8 = 0x04;
        if let Some(session) = self.sessions.get_mut(&session)
            && let Some(expiry) = packet.properties.get_session_expiry_interval()
        {
            // MQTT 5 §3.14.2.2.2.
            if session.expiry == 0 && expiry != 0 {
                self.end(connection, reason::PROTOCOL_ERROR, now);
                return;
            }
            session.expiry = expiry;
        }
        if let Some(session) = self.sessions.get_mut(&session)
            && u8::from(packet.reason_code) != WITH_WILL
        {
            session.will = None;
        }
        self.leave(connection, now);
        self.close(connection);
    }

    /// Ends a connection with DISCONNECT and this reason code (MQTT 5 §2.4), as for a malformed packet (0x81), a packet
    /// that is too large (0x95), no packet within the keep alive (0x8D), or a shutdown (0x8B). The will is published.
    pub fn end(&mut self, connection: ConnectionId, reason: u8, now: Duration) {
        let Some(open) = self.connections.get_mut(&connection) else { return };
        if !open.closes && open.level == Level::V5 {
            open.answer(frames::disconnect(reason));
        }
        self.leave(connection, now);
        self.close(connection);
    }

    /// The network connection is closed. After [`end`](Self::end), too.
    pub fn closed(&mut self, connection: ConnectionId, now: Duration) {
        self.leave(connection, now);
        self.connections.remove(&connection);
        self.ready.remove(&connection);
        shrink(&mut self.connections);
        shrink(&mut self.sessions);
        shrink(&mut self.clients);
    }

    fn close(&mut self, connection: ConnectionId) {
        if let Some(open) = self.connections.get_mut(&connection) {
            open.closes = true;
            self.ready.insert(connection);
        }
    }

    /// Parts a session from its connection: the will is published or becomes due, and the session ends or waits.
    fn leave(&mut self, connection: ConnectionId, now: Duration) {
        let Some(number) = self.connections.get_mut(&connection).and_then(|open| open.session.take()) else { return };
        self.connected -= 1;
        let Some(session) = self.sessions.get_mut(&number) else { return };
        session.connection = None;
        let (unsent, is_saved) = (session.queue.disconnect(), session.is_saved);
        session.ends = Session::end_after(session.expiry, now);
        let is_over = session.expiry == 0;
        // If the session ends before, the will is published then.
        let delay = session.will.as_ref().map(|will| Duration::from_secs(will.delay.into()));
        session.will_due = delay.map(|delay| now + delay);
        self.timers.extend(session.ends.into_iter().chain(session.will_due).map(|at| (at, number)));
        for entry in unsent {
            self.release(number, &entry, is_saved);
        }
        if delay == Some(Duration::ZERO) {
            self.publish_will(number, now);
        }
        self.touch(number);
        if is_over {
            self.end_session(number, now);
        }
    }

    /// Ends a session with all that it holds.
    fn end_session(&mut self, number: u64, now: Duration) {
        self.publish_will(number, now);
        self.clear_timers(number);
        let Some(session) = self.sessions.remove(&number) else { return };
        self.clients.remove(&session.client);
        for filter in session.subscriptions.keys() {
            self.subscriptions.remove(number, filter);
        }
        if session.is_saved {
            self.changed_sessions.insert(number, Arc::clone(&session.client));
        }
        let is_saved = session.is_saved;
        for entry in session.queue.into_entries() {
            self.release(number, &entry, is_saved);
        }
    }

    /// The session neither ends nor has a will that is due.
    fn clear_timers(&mut self, number: u64) {
        let Some(session) = self.sessions.get_mut(&number) else { return };
        if let Some(at) = session.ends.take() {
            self.timers.remove(&(at, number));
        }
        session.will = None;
        if let Some(at) = session.will_due.take() {
            self.timers.remove(&(at, number));
        }
    }

    /// Ends the connection of a user who was removed, or whose password has changed.
    pub fn end_login(&mut self, login: &UserId, now: Duration) {
        let is_theirs = |session: &&Session| session.login.as_ref() == Some(login);
        let open: Vec<ConnectionId> =
            self.sessions.values().filter(is_theirs).filter_map(|session| session.connection).collect();
        for connection in open {
            self.end(connection, reason::ADMINISTRATIVE_ACTION, now);
        }
    }

    /// Ends the sessions of users who were removed: their queues would fill up, and then nobody could publish to anything
    /// to which they have subscribed. Has no effect on a broker without users.
    pub fn keep_logins(&mut self, is_user: impl Fn(&UserId) -> bool, now: Duration) {
        if self.groups.is_none() {
            return;
        }
        let is_theirs = |session: &&Session| !session.login.as_ref().is_some_and(&is_user);
        let removed: Vec<(u64, Option<ConnectionId>)> =
            self.sessions.values().filter(is_theirs).map(|session| (session.number, session.connection)).collect();
        for (number, connection) in removed {
            if let Some(connection) = connection {
                self.end(connection, reason::ADMINISTRATIVE_ACTION, now);
            }
            self.end_session(number, now);
        }
    }

    /// Ends what has expired: sessions, delayed wills. Returns when to call again, at the latest.
    pub fn tick(&mut self, now: Duration) -> Option<Duration> {
        while let Some(&(at, number)) = self.timers.first().filter(|(at, _)| *at <= now) {
            self.timers.remove(&(at, number));
            let Some(session) = self.sessions.get_mut(&number) else { continue };
            if session.will_due.take_if(|at| *at <= now).is_some() {
                self.publish_will(number, now);
            }
            let has_ended = |session: &Session| session.ends.is_some_and(|at| at <= now);
            if self.sessions.get(&number).is_some_and(has_ended) {
                self.end_session(number, now);
            }
        }
        self.timers.first().map(|(at, _)| *at)
    }

    /// Queues an answer. If it is larger than the client takes, the client would wait for it in vain, so its connection
    /// ends (MQTT 5 §3.1.2.11.4).
    fn answer(&mut self, connection: ConnectionId, bytes: Bytes) {
        let Some(open) = self.connections.get_mut(&connection) else { return };
        if bytes.len() <= open.packet {
            open.answer(bytes);
            self.ready.insert(connection);
        } else if !open.closes {
            open.answer(frames::disconnect(reason::PACKET_TOO_LARGE));
            self.close(connection);
        }
    }

    /// Marks a connection whose session has something to send.
    fn wake(&mut self, connection: ConnectionId, session: u64) {
        let Some(open) = self.connections.get(&connection) else { return };
        if self.sessions.get(&session).is_some_and(|session| session.queue.has_output(open.in_flight)) {
            self.ready.insert(connection);
        }
    }

    /// Marks a session whose saved form has changed.
    fn touch(&mut self, number: u64) {
        if let Some(session) = self.sessions.get(&number).filter(|session| session.is_saved) {
            self.changed_sessions.insert(number, Arc::clone(&session.client));
        }
    }

    /// About the memory of the answers that wait for [`output`](Self::output), in bytes, without publications. The
    /// caller stops reading from a client that lets them grow.
    pub fn unsent(&self, connection: ConnectionId) -> usize {
        self.connections.get(&connection).map_or(0, |open| open.unsent)
    }

    /// The connections that have output since the last call.
    pub fn take_ready(&mut self) -> Vec<ConnectionId> {
        std::mem::take(&mut self.ready).into_iter().collect()
    }

    /// The changes to the saved state since the last call.
    pub fn take_changes(&mut self) -> Vec<Change> {
        let mut changes: Vec<Change> = self.ledger.take_changes().collect();
        changes.append(&mut self.changes);
        for (number, client) in std::mem::take(&mut self.changed_sessions) {
            let saved = self.sessions.get(&number).filter(|session| session.is_saved).map(Session::saved);
            // Another session of this client may have begun since.
            let successor = self.clients.get(&client).and_then(|number| self.sessions.get(number));
            let is_replaced = saved.is_none() && successor.is_some_and(|session| session.is_saved);
            if !is_replaced {
                changes.push(Change::Session(client, saved));
            }
        }
        changes.extend(
            std::mem::take(&mut self.changed_groups).into_iter().map(|(name, group)| Change::Group(name, group)),
        );
        changes
    }
}

/// Gives memory back that many clients have needed before.
fn shrink<K: Eq + std::hash::Hash, V>(map: &mut HashMap<K, V>) {
    if map.capacity() > 64 && map.len() < map.capacity() / 8 {
        map.shrink_to(map.len() * 2);
    }
}
