//! A model of an MQTT 5 broker: retained messages, persistent sessions, topic filters, no-local, wills.
//!
//! Single-threaded and without a clock. What is under way between it and a client is not its business:
//! it takes packets one at a time and hands out deliveries one at a time. `QoS` 1 deliveries that were not
//! acknowledged when a connection ends are delivered again on the next, before anything newer.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use papo::{
    domain::Timestamp,
    protocol::{Inbound, PubOutcome, Publication, Qos, Subscription},
};

/// How long after a cut the will is published.
pub const WILL_DELAY: Duration = Duration::from_secs(3);

/// One connection; numbers are never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Connection(pub u64);

/// What the broker knows of one client id.
#[derive(Debug, Default, Clone)]
struct Session {
    connection: Option<Connection>,
    /// Filter to no-local.
    subscriptions: BTreeMap<String, bool>,
    queue: VecDeque<(Qos, Inbound)>,
    in_flight: Vec<(u16, Inbound)>,
    last_packet: u16,
    will: Option<Publication>,
    will_due: Option<Timestamp>,
}

/// The broker.
#[derive(Debug, Default, Clone)]
pub struct Broker {
    retained: BTreeMap<String, Publication>,
    sessions: BTreeMap<String, Session>,
    connections: u64,
    /// Whether clients get their own publications in spite of no-local, as from a cluster of brokers.
    pub echoes: bool,
    /// Everything published since the last look: topic and payload.
    pub watched: Vec<(String, String)>,
}

impl Broker {
    /// A client connects, clean start off. Whoever was connected under its id is cut; says so.
    pub fn connect(&mut self, client: &str, will: Publication) -> (Connection, bool, Option<Connection>) {
        self.connections += 1;
        let connection = Connection(self.connections);
        let present = self.sessions.contains_key(client);
        let session = self.sessions.entry(client.to_owned()).or_default();
        let previous = session.connection.take();
        session.requeue();
        session.connection = Some(connection);
        session.will = Some(will);
        session.will_due = None;
        (connection, present, previous)
    }

    /// A connection ends: with DISCONNECT, which drops the will, or without.
    pub fn disconnect(&mut self, now: Timestamp, connection: Connection, clean: bool) {
        let Some(session) = self.sessions.values_mut().find(|s| s.connection == Some(connection)) else { return };
        session.connection = None;
        session.requeue();
        if clean {
            session.will = None;
        } else {
            session.will_due = Some(now + WILL_DELAY);
        }
    }

    /// When the next will is due.
    pub fn next_will(&self) -> Option<Timestamp> {
        self.sessions.values().filter_map(|session| session.will_due).min()
    }

    /// Publishes the wills that are due.
    pub fn publish_wills(&mut self, now: Timestamp) {
        let due = |session: &&mut Session| session.will_due.is_some_and(|due| due <= now);
        let wills: Vec<Publication> = self
            .sessions
            .values_mut()
            .filter(due)
            .filter_map(|session| {
                session.will_due = None;
                session.will.take()
            })
            .collect();
        for will in wills {
            self.publish("", will);
        }
    }

    /// Takes a publication of `client`.
    pub fn publish(&mut self, client: &str, publication: Publication) -> PubOutcome {
        self.watched.push((publication.topic.clone(), String::from_utf8_lossy(&publication.payload).into_owned()));
        let mut outcome = PubOutcome::NobodyListens;
        for (id, session) in &mut self.sessions {
            let mut matching = session.subscriptions.iter().filter(|(filter, _)| matches(filter, &publication.topic));
            let wanted = matching.any(|(_, &no_local)| self.echoes || !(no_local && id == client));
            if wanted && (session.connection.is_some() || publication.qos == Qos::AtLeastOnce) {
                session.queue.push_back((publication.qos, publication.to_inbound(false)));
                outcome = PubOutcome::Taken;
            }
        }
        if publication.retain {
            if publication.payload.is_empty() {
                self.retained.remove(&publication.topic);
            } else {
                self.retained.insert(publication.topic.clone(), publication);
            }
        }
        outcome
    }

    /// Subscribes, replacing what stood for the same filters; what is retained follows each time, also where
    /// the subscription stood already (retain handling 0, MQTT 5 §3.8.3.1): peers count on that.
    pub fn subscribe(&mut self, client: &str, wanted: Vec<Subscription>) {
        let Some(session) = self.sessions.get_mut(client) else { return };
        for subscription in wanted {
            for publication in self.retained.values().filter(|kept| matches(&subscription.filter, &kept.topic)) {
                session.queue.push_back((publication.qos, publication.to_inbound(true)));
            }
            session.subscriptions.insert(subscription.filter, subscription.no_local);
        }
    }

    /// Unsubscribes.
    pub fn unsubscribe(&mut self, client: &str, filters: &[String]) {
        if let Some(session) = self.sessions.get_mut(client) {
            session.subscriptions.retain(|filter, _| !filters.contains(filter));
        }
    }

    /// The next delivery on a connection; packet 0 where it needs no acknowledgement.
    pub fn next_delivery(&mut self, connection: Connection) -> Option<(u16, Inbound)> {
        let session = self.sessions.values_mut().find(|session| session.connection == Some(connection))?;
        let (qos, inbound) = session.queue.pop_front()?;
        if qos == Qos::AtMostOnce {
            return Some((0, inbound));
        }
        session.last_packet = session.last_packet.checked_add(1).unwrap_or(1);
        session.in_flight.push((session.last_packet, inbound.clone()));
        Some((session.last_packet, inbound))
    }

    /// A delivery was acknowledged.
    pub fn acknowledge(&mut self, client: &str, packet: u16) {
        if let Some(session) = self.sessions.get_mut(client) {
            session.in_flight.retain(|(open, _)| *open != packet);
        }
    }

    /// The broker comes up with what another had saved, which may be nothing. Nobody is connected.
    pub fn restart_as(&mut self, saved: Self) {
        let watched = std::mem::take(&mut self.watched);
        *self = Self { connections: self.connections, watched, echoes: self.echoes, ..saved };
        for session in self.sessions.values_mut() {
            session.connection = None;
            (session.will, session.will_due) = (None, None);
            session.requeue();
        }
    }

    /// Drops what waits for a client at this place, counted around, as a full queue would.
    pub fn drop_queued(&mut self, client: &str, at: usize) {
        let Some(session) = self.sessions.get_mut(client) else { return };
        if !session.queue.is_empty() {
            session.queue.remove(at % session.queue.len());
        }
    }
}

impl Session {
    /// What the client has not acknowledged is to be delivered again, first.
    fn requeue(&mut self) {
        self.queue.retain(|(qos, _)| *qos == Qos::AtLeastOnce);
        for (_, inbound) in self.in_flight.drain(..).rev() {
            self.queue.push_front((Qos::AtLeastOnce, inbound));
        }
    }
}

/// Whether a topic filter with `+` and `#` matches a topic (MQTT 5 §4.7).
fn matches(filter: &str, topic: &str) -> bool {
    let (mut filter, mut topic) = (filter.split('/'), topic.split('/'));
    loop {
        match (filter.next(), topic.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(_)) => {}
            (Some(wanted), Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
}

#[test]
fn filters_match_as_the_standard_says() {
    for (filter, topic) in [("a/#", "a"), ("a/#", "a/b/c"), ("+/b", "a/b"), ("#", "a"), ("a/b", "a/b")] {
        assert!(matches(filter, topic), "{filter} {topic}");
    }
    for (filter, topic) in [("a/+", "a"), ("a", "a/b"), ("a/b", "a"), ("+", "a/b"), ("a/#", "ab")] {
        assert!(!matches(filter, topic), "{filter} {topic}");
    }
}
