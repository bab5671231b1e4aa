//! PUBLISH from clients (MQTT 5 §3.3), wills, and how they reach subscribers.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use mqtt5_protocol::{
    QoS,
    packet::{PacketType, publish::PublishPacket},
    protocol::v5::properties::{Properties, PropertyId, PropertyValue},
    validation::is_valid_topic_name,
};

use super::{
    ConnectionId, Hub,
    change::{Change, SavedWill},
    delivering::may_receive,
    frames,
    frames::Level,
    ledger::Use,
    message::Message,
    queue::Entry,
    reason,
    session::Session,
    subscriptions::{MAX_LEVELS, Match},
};
use crate::{
    broker::access::{Publishing, Refusal, is_record, private_topics},
    protocol::{GROUP_SINCE, KnownSince},
};

/// Publications of QoS 2 in flight from a client of MQTT 3.1.1, which cannot be told how many it may have. Only their
/// packet identifiers are kept.
const OLD_IN_FLIGHT: u16 = 1000;

/// Whether a text is a topic name that the broker takes.
pub(super) fn is_topic(topic: &str) -> bool {
    is_valid_topic_name(topic) && topic.split('/').count() <= MAX_LEVELS
}

/// Whom a publication must reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Everybody who gets it, or else nobody.
    All,
    /// Everybody whose queue has room for it.
    WithRoom,
}

impl Hub {
    pub(super) fn publish(&mut self, connection: ConnectionId, number: u64, mut publish: PublishPacket, now: Duration) {
        if let Err(reason) = self.resolve_topic(connection, &mut publish) {
            self.end(connection, reason, now);
            return;
        }
        let Some(level) = self.connections.get(&connection).map(|open| open.level) else { return };
        let packet = publish.packet_id.unwrap_or(0);
        if publish.qos == QoS::ExactlyOnce
            && let Some(session) = self.sessions.get(&number)
        {
            if session.unreleased.contains(&packet) {
                self.answer(connection, frames::acknowledgement(PacketType::PubRec, packet, reason::SUCCESS, level));
                return;
            }
            let most = if level == Level::V5 { self.limits.in_flight } else { OLD_IN_FLIGHT };
            if session.unreleased.len() >= usize::from(most) {
                self.end(connection, reason::RECEIVE_MAXIMUM_EXCEEDED, now);
                return;
            }
        }
        let from = senders(&publish.properties);
        let publishing = Publishing {
            topic: &publish.topic_name,
            payload: &publish.payload,
            properties: publish.properties.encoded_len(),
            retain: publish.retain,
            from: &from,
            since: publish.properties.get_user_property_value(GROUP_SINCE),
        };
        let outcome = self.check(number, publishing, now).and_then(|takes_effect| {
            if takes_effect {
                let since = self.since(number, publishing, now);
                let message = self.message(number, &publish, since, now);
                self.deliver(number, message, publish.retain, Reach::All)?;
                self.learn(number, publishing, now);
            }
            Ok(())
        });
        if outcome.is_err() && publish.qos != QoS::AtMostOnce && level == Level::V4 {
            // MQTT 3.1.1 has no way to refuse a publication, and an acknowledgement would be a lie (§3.3.5).
            self.end(connection, reason::UNSPECIFIED, now);
            return;
        }
        let code = outcome.err().unwrap_or(reason::SUCCESS);
        match publish.qos {
            QoS::AtMostOnce => {}
            QoS::AtLeastOnce => {
                self.answer(connection, frames::acknowledgement(PacketType::PubAck, packet, code, level));
            }
            QoS::ExactlyOnce => {
                if code == reason::SUCCESS
                    && let Some(session) = self.sessions.get_mut(&number)
                {
                    session.unreleased.insert(packet);
                    self.touch(number);
                }
                self.answer(connection, frames::acknowledgement(PacketType::PubRec, packet, code, level));
            }
        }
    }

    /// Replaces a topic alias by the topic, and checks it. The error is the reason to end the connection.
    fn resolve_topic(&mut self, connection: ConnectionId, publish: &mut PublishPacket) -> Result<(), u8> {
        let Some(open) = self.connections.get_mut(&connection) else { return Ok(()) };
        if publish.properties.contains(PropertyId::SubscriptionIdentifier) {
            return Err(reason::PROTOCOL_ERROR);
        }
        if let Some(alias) = publish.properties.get_topic_alias() {
            if alias == 0 || alias > self.limits.aliases {
                return Err(reason::TOPIC_ALIAS_INVALID);
            }
            if publish.topic_name.is_empty() {
                publish.topic_name.clone_from(open.aliases.get(&alias).ok_or(reason::PROTOCOL_ERROR)?);
            } else {
                open.aliases.insert(alias, publish.topic_name.clone());
            }
        } else if publish.topic_name.is_empty() {
            return Err(reason::PROTOCOL_ERROR);
        }
        if is_topic(&publish.topic_name) { Ok(()) } else { Err(reason::TOPIC_NAME_INVALID) }
    }

    fn since(&self, number: u64, publishing: Publishing<'_>, now: Duration) -> Option<KnownSince> {
        let login = self.sessions.get(&number)?.login.as_ref()?;
        self.groups.as_ref()?.since(login, publishing, now)
    }

    /// Whether a publication takes effect under the rules, or is only acknowledged. The error is the reason to refuse it.
    fn check(&self, number: u64, publishing: Publishing<'_>, now: Duration) -> Result<bool, u8> {
        let Some(groups) = &self.groups else { return Ok(true) };
        let Some(login) = self.sessions.get(&number).and_then(|session| session.login.as_ref()) else {
            return Err(reason::NOT_AUTHORIZED);
        };
        match groups.check(login, publishing, now) {
            Ok(()) => Ok(true),
            Err(Refusal::Repeated) => Ok(false),
            Err(Refusal::Quota) => Err(reason::QUOTA_EXCEEDED),
            Err(Refusal::NotAuthorized) => {
                tracing::debug!(user = login.as_str(), topic = publishing.topic, "a publication is not allowed");
                Err(reason::NOT_AUTHORIZED)
            }
        }
    }

    fn learn(&mut self, number: u64, publishing: Publishing<'_>, now: Duration) {
        let Some(groups) = self.groups.as_mut() else { return };
        let Some(login) = self.sessions.get(&number).and_then(|session| session.login.as_ref()) else { return };
        let Some((name, group)) = groups.learn(login, publishing, now) else { return };
        let is_free = groups.is_free(&name);
        if is_free {
            // Another group may take the name.
            for topic in private_topics(&name) {
                self.forget_retained(&topic);
            }
        }
        self.changed_groups.insert(name, group);
    }

    fn message(&mut self, number: u64, publish: &PublishPacket, since: Option<KnownSince>, now: Duration) -> Message {
        let id = self.next_id();
        let session = self.sessions.get(&number);
        let sender = session.and_then(|session| session.login.as_ref());
        let expiry = publish.message_expiry_interval();
        Message {
            id,
            topic: publish.topic_name.as_str().into(),
            // A copy, because a slice would keep all that was read with it.
            payload: Bytes::copy_from_slice(&publish.payload),
            properties: frames::message_properties(&publish.properties, sender, since),
            qos: publish.qos,
            is_state: publish.retain,
            expires: expiry.map(|seconds| now + Duration::from_secs(seconds.into())),
            account: session.map_or_else(|| "".into(), Session::account),
        }
    }

    fn next_id(&mut self) -> u64 {
        self.next_message += 1;
        self.next_message - 1
    }

    /// Publishes the will of a session, if it has one. Nobody waits for an answer, so it reaches as many as it can.
    pub(super) fn publish_will(&mut self, number: u64, now: Duration) {
        let Some(session) = self.sessions.get_mut(&number) else { return };
        let account = session.account();
        let Some(will) = session.will.take() else { return };
        self.touch(number);
        let SavedWill { topic, payload, properties, qos, retain, delay: _, expiry } = will;
        let message = Message {
            id: self.next_id(),
            topic: topic.into(),
            payload: payload.into(),
            properties: properties.into(),
            qos: QoS::from(qos),
            is_state: retain,
            expires: expiry.map(|seconds| now + Duration::from_secs(seconds.into())),
            account,
        };
        if self.deliver(number, message, retain, Reach::WithRoom).is_err() {
            tracing::warn!(session = number, "a quota leaves no room to retain a last will");
        }
    }

    /// Gives a publication to everybody who gets it, and retains it; or does neither. The error is a reason code.
    fn deliver(&mut self, publisher: u64, message: Message, retain: bool, reach: Reach) -> Result<(), u8> {
        let mut found = self.subscriptions.matching(&message.topic, Some(publisher));
        found.retain(|number, _| {
            self.sessions.get(number).is_some_and(|session| may_receive(self.groups.as_ref(), session, &message))
        });
        self.make_room(&message, &mut found, reach)?;
        let message = Arc::new(message);
        if retain && message.payload.is_empty() {
            self.forget_retained(&message.topic);
        } else if retain {
            self.retain(&message)?;
        }
        for (number, Match { qos, retain_as_published, identifiers }) in found {
            let entry = Entry {
                position: 0,
                message: Arc::clone(&message),
                qos: QoS::from(qos.min(message.qos.into())),
                retain: retain && retain_as_published,
                is_replay: false,
                identifiers: identifiers.into(),
            };
            self.enqueue(number, entry);
        }
        Ok(())
    }

    /// Checks the quotas of the publisher, and those of the queues that the message goes to. Leaves out those that it
    /// need not reach.
    fn make_room(&mut self, message: &Message, found: &mut BTreeMap<u64, Match>, reach: Reach) -> Result<(), u8> {
        if message.qos == QoS::AtMostOnce {
            return Ok(());
        }
        let is_queued = |wanted: &Match| wanted.qos > 0;
        let before = found.len();
        found.retain(|&number, wanted| !is_queued(wanted) || self.has_room(number, message));
        if reach == Reach::All && found.len() < before {
            return Err(reason::QUOTA_EXCEEDED);
        }
        let deliveries = found.values().filter(|wanted| is_queued(wanted)).count();
        if deliveries > 0 && !self.ledger.may_queue(message, deliveries, &self.limits) {
            if reach == Reach::All {
                return Err(reason::QUOTA_EXCEEDED);
            }
            found.retain(|_, wanted| !is_queued(wanted));
        }
        Ok(())
    }

    /// Whether the queue of a session has room for a message of QoS 1 or 2.
    fn has_room(&mut self, number: u64, message: &Message) -> bool {
        if !self.is_full(number, message) {
            return true;
        }
        let Some(session) = self.sessions.get_mut(&number) else { return true };
        let is_saved = session.is_saved;
        for entry in session.queue.compact() {
            self.release(number, &entry, is_saved);
        }
        // A member that is away cannot stop the leader, even from removing it. Each record replaces the one before in the
        // queue, so there are no more of them than subscriptions. One that expires would not.
        let is_lasting = message.is_state && message.expires.is_none();
        let replaces_others = self.groups.is_some() && is_lasting && is_record(&message.topic);
        replaces_others || !self.is_full(number, message)
    }

    /// Whether the queue of a session holds as much of an account as may be, in messages or in bytes.
    fn is_full(&self, number: u64, message: &Message) -> bool {
        let Some(session) = self.sessions.get(&number) else { return false };
        let (count, bytes) = session.queue.counted_of(&message.account);
        // Few publishers cannot use up what others need of a queue, and few queues not what a publisher needs for others.
        count >= self.limits.queued_messages.saturating_sub(session.queue.counted())
            || bytes >= self.limits.queued_bytes.saturating_sub(self.ledger.queued_bytes(&message.account))
    }

    fn retain(&mut self, message: &Arc<Message>) -> Result<(), u8> {
        if !self.ledger.may_retain(message, self.retained.get(&message.topic).map(|old| &**old), &self.limits) {
            return Err(reason::QUOTA_EXCEEDED);
        }
        if let Some(old) = self.retained.insert(Arc::clone(message)) {
            self.ledger.unretain(&old);
        }
        self.ledger.retain(message);
        self.changes.push(Change::Retained(message.topic.clone(), Some(message.id)));
        Ok(())
    }

    pub(super) fn forget_retained(&mut self, topic: &str) {
        if let Some(old) = self.retained.remove(topic) {
            self.ledger.unretain(&old);
            self.changes.push(Change::Retained(old.topic.clone(), None));
        }
    }

    /// Appends an entry to the queue of a session. QoS 0 is only for a client that is connected.
    pub(super) fn enqueue(&mut self, number: u64, entry: Entry) {
        let Some(session) = self.sessions.get_mut(&number) else { return };
        if session.connection.is_none() && entry.qos == QoS::AtMostOnce {
            return;
        }
        let Some(entry) = session.queue.push(entry, session.connection.is_some()) else { return };
        let how = Use::of(entry, session.is_saved);
        if let Some(how) = how {
            self.ledger.queue(&entry.message, how);
        }
        if how.is_some_and(|how| how.is_saved) {
            let saved = entry.saved(None, false);
            self.changes.push(Change::Queued { session: number, position: entry.position, entry: Some(saved) });
        }
        if let Some(connection) = session.connection {
            self.wake(connection, number);
        }
    }
}

/// The values of the user property `from`.
pub(super) fn senders(properties: &Properties) -> Vec<&str> {
    let all = properties.get_all(PropertyId::UserProperty).unwrap_or_default();
    all.iter()
        .filter_map(|property| match property {
            PropertyValue::Utf8StringPair(name, value) if name == "from" => Some(value.as_str()),
            _ => None,
        })
        .collect()
}
