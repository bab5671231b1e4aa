//! A model of an MQTT 5 broker: retained messages, persistent sessions, topic filters, no-local, wills.
//!
//! The model is single-threaded and has no clock. It does not know the packets in transit: callers pass in packets
//! and take out deliveries, one at a time. When a client reconnects, it first gets the `QoS` 1 deliveries that it has
//! not acknowledged.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use papo::{
    domain::{DeliveryFailure, Timestamp},
    protocol::{Inbound, PubOutcome, Publication, Qos, Subscription},
};

/// The time between a cut and the publication of the will.
pub const WILL_DELAY: Duration = Duration::from_secs(3);

/// The number of a connection. Numbers are not reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Connection(pub u64);

/// The session of one client ID.
#[derive(Debug, Default, Clone)]
struct Session {
    connection: Option<Connection>,
    /// By topic filter.
    subscriptions: BTreeMap<String, Subscription>,
    queue: VecDeque<(Qos, Inbound)>,
    in_flight: Vec<(u16, Inbound)>,
    last_packet: u16,
    will: Option<Publication>,
    will_due: Option<Timestamp>,
}

/// A retained message.
#[derive(Debug, Clone)]
struct Retained {
    /// When it was published.
    at: Timestamp,
    /// The client that published it; empty for a plain client. Where it is decides whether others get the properties,
    /// because a bridge that connects passes on what is retained.
    client: String,
    publication: Publication,
}

/// A simulated broker.
#[derive(Debug, Default, Clone)]
pub struct Broker {
    /// The retained messages by topic.
    retained: BTreeMap<String, Retained>,
    /// The record topics of the groups that `CREATE` has announced, and no `DISBAND` since.
    created: BTreeSet<String>,
    /// The leader of each group before the current one, by record topic.
    led_before: BTreeMap<String, String>,
    /// Since when it has its data.
    data_since: Timestamp,
    /// When each group was learnt of, by record topic. Of one that has ended, too.
    learnt: BTreeMap<String, Timestamp>,
    sessions: BTreeMap<String, Session>,
    connections: u64,
    /// The time at which the next packet is handled.
    pub now: Timestamp,
    /// Whether clients get their own publications despite no-local, as from some broker clusters.
    pub echoes: bool,
    /// Whether the broker names the sender of each publication, as papo's own broker with users does.
    pub names_senders: bool,
    /// Whether the broker takes the records of groups only from their leaders, and says since when it knows a group, as
    /// papo's own broker with users does.
    pub protects_groups: bool,
    /// The clients behind a bridge of MQTT 3.1.1. What passes it has no properties.
    pub behind_bridge: BTreeSet<String>,
    /// The topics and payloads published since a test last took this list.
    pub watched: Vec<(String, String)>,
}

impl Broker {
    /// Connects a client without clean start. Returns the connection, whether the broker had a session, and the
    /// previous connection of the same client ID if it was still open.
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

    /// Ends a connection. `clean` means with DISCONNECT, which discards the will.
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
        self.now = now;
        let due = |session: &Session| session.will_due.is_some_and(|due| due <= now);
        let due = self.sessions.iter_mut().filter(|(_, session)| due(session));
        let wills = due.filter_map(|(client, session)| {
            session.will_due = None;
            Some((client.clone(), session.will.take()?))
        });
        for (client, will) in wills.collect::<Vec<_>>() {
            self.distribute(&client, false, will);
        }
    }

    /// Forgets all wills, as a node of a cluster does when it fails.
    pub fn lose_wills(&mut self) {
        for session in self.sessions.values_mut() {
            (session.will, session.will_due) = (None, None);
        }
    }

    /// Queues a publication of `client` for its subscribers.
    pub fn publish(&mut self, client: &str, mut publication: Publication) -> PubOutcome {
        if self.protects_groups && self.is_for_another_group(&publication) {
            return PubOutcome::Refused(DeliveryFailure::NotAllowed);
        }
        publication.properties.retain(|(name, _)| name != "x-mqtt-group-since");
        match self.may_write_record(client, &publication) {
            Ok(true) => {}
            Ok(false) => return PubOutcome::NobodyListens,
            Err(why) => return PubOutcome::Refused(why),
        }
        if self.names_senders && !client.is_empty() {
            // The client ID is the topic prefix, in which `_` replaces `/`, and the login.
            let login = client.rsplit('_').next().unwrap_or_default();
            publication.properties.push(("x-mqtt-sender".to_owned(), login.to_owned()));
        }
        if let Some(since) = self.since(&publication).filter(|_| self.protects_groups) {
            publication.properties.push(("x-mqtt-group-since".to_owned(), since));
        }
        if let (Some(prefix), Ok(news)) =
            (publication.topic.strip_suffix("GROUPS"), str::from_utf8(&publication.payload))
        {
            match news.split_once(' ') {
                Some((group, "CREATE")) => self.created.insert(format!("{prefix}GROUPS/{group}")),
                Some((group, "DISBAND")) => self.created.remove(&format!("{prefix}GROUPS/{group}")),
                _ => false,
            };
        }
        self.distribute(client, !self.echoes, publication)
    }

    /// Since when the group is known that a publication is about, and since when there are any data, as papo's own broker
    /// with users says it.
    fn since(&mut self, publication: &Publication) -> Option<String> {
        let text = str::from_utf8(&publication.payload).ok()?;
        let topic = self.record_topic(&publication.topic, text)?;
        let is_news = publication.topic.contains("GROUPS");
        let begins = !self.knows(&topic) && is_news && !text.is_empty() && !text.ends_with(" DISBAND");
        if begins {
            self.learnt.insert(topic.clone(), self.now);
        }
        self.learnt.get(&topic).map(|learnt| format!("{learnt} {}", self.data_since))
    }

    /// The record topic of the group that a publication is about.
    fn record_topic(&self, topic: &str, text: &str) -> Option<String> {
        let record = |prefix: &str, group: &str| format!("{prefix}GROUPS/{group}");
        if let Some((prefix, rest)) = topic.split_once("GROUPS") {
            let group = rest.strip_prefix('/').or_else(|| text.split(' ').next());
            return group.filter(|name| !name.is_empty()).map(|group| record(prefix, group));
        }
        if let Some((prefix, rest)) = topic.split_once("groups/") {
            return rest.split_once('/').map(|(group, _)| record(prefix, group));
        }
        let (prefix, _) = topic.rsplit_once('/').map_or(("", topic), |(prefix, _)| topic.split_at(prefix.len() + 1));
        text.strip_prefix("GI ").map(|group| record(prefix, group)).filter(|topic| self.knows(topic))
    }

    /// Whether there is a group with this record topic.
    fn knows(&self, record: &str) -> bool {
        self.retained.contains_key(record) || self.created.contains(record)
    }

    /// Whether a publication is meant for an earlier group of the same name.
    fn is_for_another_group(&self, publication: &Publication) -> bool {
        let meant = publication.properties.iter().find(|(name, _)| name == "x-mqtt-group-since");
        let topic = self.record_topic(&publication.topic, "");
        meant.zip(topic).is_some_and(|((_, meant), topic)| {
            self.learnt.get(&topic).is_none_or(|learnt| learnt.to_string() != *meant)
        })
    }

    /// Whether a publication has an effect, or is only acknowledged. The leader before the
    /// current one may repeat the hand-over.
    fn may_write_record(&mut self, client: &str, publication: &Publication) -> Result<bool, DeliveryFailure> {
        let user = client.rsplit('_').next().unwrap_or_default();
        let is_record = publication.topic.contains("GROUPS/") && publication.retain;
        if !self.protects_groups || client.is_empty() || !is_record {
            return Ok(true);
        }
        let leader_of = |payload: &[u8]| {
            let text = str::from_utf8(payload).ok()?;
            text.split(' ').nth(1).map(str::to_owned)
        };
        let next = leader_of(&publication.payload);
        let leader = self.retained.get(&publication.topic).and_then(|it| leader_of(&it.publication.payload));
        let is_led_before = self.led_before.get(&publication.topic).is_some_and(|before| before == user);
        match leader {
            None if next.is_none() => Ok(false),
            None if next.as_deref() == Some(user) => Ok(true),
            Some(leader) if leader == user => {
                if next.as_ref() != Some(&leader) {
                    self.led_before.insert(publication.topic.clone(), leader);
                }
                Ok(true)
            }
            leader if is_led_before && next == leader => Ok(false),
            _ => Err(DeliveryFailure::NotAllowed),
        }
    }

    /// Queues a publication of `client` for its subscribers. `heeds_no_local`: not for itself, if it wants that.
    fn distribute(&mut self, client: &str, heeds_no_local: bool, publication: Publication) -> PubOutcome {
        self.watched.push((publication.topic.clone(), String::from_utf8_lossy(&publication.payload).into_owned()));
        let mut outcome = PubOutcome::NobodyListens;
        for (id, session) in &mut self.sessions {
            let matching = session.subscriptions.values().filter(|it| matches(&it.filter, &publication.topic));
            let wanted = matching.filter(|it| !(heeds_no_local && it.no_local && id == client));
            let Some(qos) = wanted.map(|it| it.qos.min(publication.qos)).max() else {
                continue;
            };
            if session.connection.is_some() || qos == Qos::AtLeastOnce {
                let passes_bridge = self.behind_bridge.contains(client) != self.behind_bridge.contains(id);
                session.queue.push_back((qos, delivered(&publication, false, passes_bridge)));
                outcome = PubOutcome::Taken;
            }
        }
        if publication.retain {
            if publication.payload.is_empty() {
                self.retained.remove(&publication.topic);
            } else {
                let retained = Retained { at: self.now, client: client.to_owned(), publication };
                self.retained.insert(retained.publication.topic.clone(), retained);
            }
        }
        outcome
    }

    /// Whether it refuses a message because it does not know the group, as papo's own broker with users does.
    pub fn refuses_as_unknown(&self, publication: &Publication) -> bool {
        let group = publication.topic.split_once("groups/");
        let group = group.and_then(|(prefix, rest)| Some((prefix, rest.strip_suffix("/messages")?)));
        self.names_senders && group.is_some_and(|(prefix, name)| !self.knows(&format!("{prefix}GROUPS/{name}")))
    }

    /// Subscribes, replacing subscriptions with the same filters. Queues the retained messages each time, also for
    /// an existing subscription (retain handling 0, MQTT 5 §3.8.3.1). Peers rely on that.
    pub fn subscribe(&mut self, client: &str, wanted: Vec<Subscription>) {
        let Some(session) = self.sessions.get_mut(client) else { return };
        for subscription in wanted {
            let all = self.retained.values();
            for retained in all.filter(|retained| matches(&subscription.filter, &retained.publication.topic)) {
                let publication = &retained.publication;
                let age = u32::try_from(self.now.since(retained.at).as_secs()).unwrap_or(u32::MAX);
                if publication.expiry.is_none_or(|expiry| age < expiry) {
                    let passes_bridge =
                        self.behind_bridge.contains(&retained.client) != self.behind_bridge.contains(client);
                    let inbound = delivered(publication, true, passes_bridge);
                    let expiry = inbound.expiry.map(|expiry| expiry - age);
                    session.queue.push_back((subscription.qos.min(publication.qos), Inbound { expiry, ..inbound }));
                }
            }
            session.subscriptions.insert(subscription.filter.clone(), subscription);
        }
    }

    /// Removes the subscriptions with these filters.
    pub fn unsubscribe(&mut self, client: &str, filters: &[String]) {
        if let Some(session) = self.sessions.get_mut(client) {
            session.subscriptions.retain(|filter, _| !filters.contains(filter));
        }
    }

    /// Takes the next delivery on a connection, with its packet ID (0 for `QoS` 0).
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

    /// Handles the PUBACK of a delivery.
    pub fn acknowledge(&mut self, client: &str, packet: u16) {
        if let Some(session) = self.sessions.get_mut(client) {
            session.in_flight.retain(|(open, _)| *open != packet);
        }
    }

    /// Restarts with the sessions and retained messages of `saved`. No client is connected afterwards.
    pub fn restart_as(&mut self, saved: Self) {
        let has_data = !saved.sessions.is_empty() || !saved.retained.is_empty();
        let data_since = if has_data { saved.data_since } else { self.now };
        let watched = std::mem::take(&mut self.watched);
        *self = Self {
            connections: self.connections,
            now: self.now,
            data_since,
            watched,
            echoes: self.echoes,
            names_senders: self.names_senders,
            protects_groups: self.protects_groups,
            behind_bridge: std::mem::take(&mut self.behind_bridge),
            ..saved
        };
        for session in self.sessions.values_mut() {
            session.connection = None;
            (session.will, session.will_due) = (None, None);
            session.requeue();
        }
    }

    /// Drops the queued delivery at index `at` (modulo the queue's length), as a full queue would.
    pub fn drop_queued(&mut self, client: &str, at: usize) {
        let Some(session) = self.sessions.get_mut(client) else { return };
        if !session.queue.is_empty() {
            session.queue.remove(at % session.queue.len());
        }
    }
}

impl Session {
    /// Drops queued `QoS` 0 deliveries, and puts the unacknowledged `QoS` 1 deliveries at the front of the queue.
    fn requeue(&mut self) {
        self.queue.retain(|(qos, _)| *qos == Qos::AtLeastOnce);
        for (_, inbound) in self.in_flight.drain(..).rev() {
            self.queue.push_front((Qos::AtLeastOnce, inbound));
        }
    }
}

/// A publication as a client gets it. A bridge of MQTT 3.1.1 removes everything that this version does not know.
fn delivered(publication: &Publication, retained: bool, passes_bridge: bool) -> Inbound {
    let inbound = publication.to_inbound(retained);
    if passes_bridge {
        Inbound { content_type: None, properties: Vec::new(), expiry: None, ..inbound }
    } else {
        inbound
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
