//! Deliveries to clients, and their acknowledgements (MQTT 5 §4.3).

use std::time::Duration;

use bytes::Bytes;
use mqtt5_protocol::{QoS, packet::PacketType};

use super::{
    ConnectionId, Hub, Output,
    change::Change,
    frames,
    frames::{Delivery, Level},
    ledger::Use,
    message::Message,
    queue::Entry,
    reason,
    session::{Connection, Session},
};
use crate::{broker::access::Groups, protocol::GROUP_SINCE};

impl Hub {
    /// The next output for a connection, about `max` bytes of publications at most. Empty: nothing until the connection
    /// is in [`take_ready`](Self::take_ready) again.
    pub fn output(&mut self, connection: ConnectionId, max: usize, now: Duration) -> Output {
        let Some(open) = self.connections.get_mut(&connection) else {
            return Output { bytes: Vec::new(), closes: true };
        };
        let mut bytes: Vec<Bytes> = std::mem::take(&mut open.answers).into();
        open.unsent = 0;
        let closes = open.closes;
        let mut size = 0;
        while !closes
            && size < max
            && let Some((head, payload)) = self.next_delivery(connection, now)
        {
            size += head.len() + payload.len();
            bytes.push(head);
            if !payload.is_empty() {
                bytes.push(payload);
            }
        }
        Output { bytes, closes }
    }

    /// The next delivery as PUBLISH and its payload, or a PUBREL.
    fn next_delivery(&mut self, connection: ConnectionId, now: Duration) -> Option<(Bytes, Bytes)> {
        self.next_repeated(connection, now).or_else(|| self.next_waiting(connection, now))
    }

    /// The next delivery of an earlier connection that the client has not acknowledged.
    fn next_repeated(&mut self, connection: ConnectionId, now: Duration) -> Option<(Bytes, Bytes)> {
        let &Connection { session, level, in_flight, packet: largest, .. } = self.connections.get(&connection)?;
        let number = session?;
        loop {
            let session = self.sessions.get_mut(&number)?;
            let sent = session.queue.next_again(in_flight)?;
            let may_receive = may_receive(self.groups.as_ref(), session, &sent.entry.message);
            if !sent.is_received
                && may_receive
                && let Some(frame) = frame(&sent.entry, sent.packet, true, level, largest, now)
            {
                return Some(frame);
            }
            if sent.entry.qos == QoS::ExactlyOnce {
                // What must not be sent again is released like what was received: the client may have it, and would take
                // the next message with this packet identifier for a repetition.
                self.mark_received(number, sent.packet);
                let release = frames::acknowledgement(PacketType::PubRel, sent.packet, reason::SUCCESS, level);
                return Some((release, Bytes::new()));
            }
            let is_saved = session.is_saved;
            if let Some(entry) = session.queue.complete(sent.packet) {
                self.release(number, &entry, is_saved);
            }
        }
    }

    /// The next delivery that was never sent.
    fn next_waiting(&mut self, connection: ConnectionId, now: Duration) -> Option<(Bytes, Bytes)> {
        let &Connection { session, level, in_flight, packet: largest, .. } = self.connections.get(&connection)?;
        let number = session?;
        loop {
            let session = self.sessions.get_mut(&number)?;
            let entry = session.queue.next(in_flight)?;
            let is_saved = session.is_saved;
            let may_receive = may_receive(self.groups.as_ref(), session, &entry.message);
            if !may_receive || entry.message.is_expired(now) {
                self.release(number, &entry, is_saved);
                continue;
            }
            if entry.qos == QoS::AtMostOnce {
                self.release(number, &entry, is_saved);
                match frame(&entry, 0, false, level, largest, now) {
                    Some(frame) => return Some(frame),
                    None => continue,
                }
            }
            let packet = session.queue.send(entry.clone());
            let Some(frame) = frame(&entry, packet, false, level, largest, now) else {
                session.queue.complete(packet);
                self.release(number, &entry, is_saved);
                continue;
            };
            if is_saved {
                let saved = entry.saved(Some(packet), false);
                self.changes.push(Change::Queued { session: number, position: entry.position, entry: Some(saved) });
            }
            return Some(frame);
        }
    }

    /// A delivery is complete: PUBACK, or PUBCOMP.
    pub(super) fn complete(&mut self, connection: ConnectionId, number: u64, packet: u16) {
        let Some(session) = self.sessions.get_mut(&number) else { return };
        let is_saved = session.is_saved;
        if let Some(entry) = session.queue.complete(packet) {
            self.release(number, &entry, is_saved);
            self.wake(connection, number);
        }
    }

    /// PUBREC: the client has received a delivery of QoS 2, or refuses it.
    pub(super) fn received(&mut self, connection: ConnectionId, number: u64, packet: u16, code: u8) {
        let Some(session) = self.sessions.get_mut(&number) else { return };
        if code >= reason::UNSPECIFIED {
            self.complete(connection, number, packet);
            return;
        }
        let is_known = session.queue.sent(packet).is_some();
        let code = if is_known { reason::SUCCESS } else { reason::PACKET_ID_NOT_FOUND };
        self.mark_received(number, packet);
        if let Some(level) = self.connections.get(&connection).map(|open| open.level) {
            self.answer(connection, frames::acknowledgement(PacketType::PubRel, packet, code, level));
        }
    }

    /// Only PUBREL and PUBCOMP are missing.
    fn mark_received(&mut self, number: u64, packet: u16) {
        let Some(session) = self.sessions.get_mut(&number) else { return };
        let is_saved = session.is_saved;
        let Some(sent) = session.queue.sent(packet).filter(|sent| !sent.is_received) else { return };
        sent.is_received = true;
        if is_saved {
            let (position, entry) = (sent.entry.position, sent.entry.saved(Some(packet), true));
            self.changes.push(Change::Queued { session: number, position, entry: Some(entry) });
        }
    }

    /// An entry has left its queue. `is_saved`: whether its session is saved.
    pub(super) fn release(&mut self, session: u64, entry: &Entry, is_saved: bool) {
        let Some(how) = Use::of(entry, is_saved) else { return };
        self.ledger.unqueue(&entry.message, how);
        if how.is_saved {
            self.changes.push(Change::Queued { session, position: entry.position, entry: None });
        }
    }
}

/// Whether the owner of a session may get a message now.
pub(super) fn may_receive(groups: Option<&Groups>, session: &Session, message: &Message) -> bool {
    match (groups, &session.login) {
        (None, _) => true,
        (Some(groups), Some(login)) => {
            let of_group = || message.user_property(GROUP_SINCE);
            groups.may_receive(login, &message.topic) && groups.is_of_current(&message.topic, of_group)
        }
        (Some(_), None) => false,
    }
}

/// A delivery as PUBLISH and its payload; [`None`] if it is larger than the client takes.
fn frame(
    entry: &Entry,
    packet: u16,
    is_again: bool,
    level: Level,
    largest: usize,
    now: Duration,
) -> Option<(Bytes, Bytes)> {
    let expiry = entry.message.expires.map(|at| u32::try_from(at.saturating_sub(now).as_secs()).unwrap_or(u32::MAX));
    let delivery = Delivery {
        level,
        qos: entry.qos,
        retain: entry.retain,
        is_again,
        packet,
        identifiers: &entry.identifiers,
        expiry,
    };
    let (head, size) = frames::publish(&entry.message, &delivery)?;
    (size <= largest).then(|| (head, entry.message.payload.clone()))
}
