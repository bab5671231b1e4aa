//! What is to be delivered to one session, in order.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use mqtt5_protocol::QoS;

use super::{change::SavedEntry, message::Message};
use crate::broker::access::is_record;

/// How much of QoS 0 waits for a client that reads slowly: as many messages, and as many bytes. More is dropped.
const QOS_0_MESSAGES: usize = 1_000;
const QOS_0_BYTES: usize = 1 << 20;

/// How many messages of one account may wait in front of those of others, while the client is connected. Those of a flood
/// give way.
const IN_FRONT: usize = 1_000;

/// A message to be delivered.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Entries are delivered in this order; it is unique within a queue.
    pub(super) position: u64,
    pub(super) message: Arc<Message>,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    /// Whether it is a retained message that a new subscription asked for.
    pub(super) is_replay: bool,
    pub(super) identifiers: Box<[u32]>,
}

/// A delivery of QoS 1 or 2 that the client has not acknowledged.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) entry: Entry,
    pub(super) packet: u16,
    /// PUBREC has arrived.
    pub(super) is_received: bool,
    /// Whether it was sent on this connection.
    pub(super) is_current: bool,
}

/// Deliveries that wait, and those that the client has not acknowledged.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<Entry>,
    /// What gives way, in the order of the positions: it is delivered once nothing else waits. Empty without a connection.
    giving_way: VecDeque<Entry>,
    /// The entries in `waiting` for each account, and then in `giving_way`.
    of_account: HashMap<Arc<str>, (usize, usize)>,
    /// In the order in which they were sent.
    sent: Vec<Sent>,
    next_position: u64,
    last_packet: u16,
    /// Of the waiting entries.
    qos_0: (usize, usize),
    replays: usize,
    /// The entries of QoS 1 and 2 for each account that published them, without replays, and what they
    /// [cost](Message::cost).
    accounts: HashMap<Arc<str>, (usize, usize)>,
    /// The sum of the entries in `accounts`.
    counted: usize,
    /// How many entries there were when states were last looked for that a later one replaces.
    compacted: usize,
}

impl Queue {
    /// The entries of QoS 1 and 2, without replays.
    pub(super) fn counted(&self) -> usize {
        self.counted
    }

    /// How many of [`counted`](Self::counted) this account has published, and what they [cost](Message::cost).
    pub(super) fn counted_of(&self, account: &str) -> (usize, usize) {
        self.accounts.get(account).copied().unwrap_or_default()
    }

    /// The retained messages that wait.
    pub(super) fn replays(&self) -> usize {
        self.replays
    }

    /// Appends an entry; `entry.position` is set here. [`None`]: it is of QoS 0, and too much of that waits already.
    pub(super) fn push(&mut self, mut entry: Entry, is_connected: bool) -> Option<&Entry> {
        let size = entry.message.size();
        if entry.qos == QoS::AtMostOnce && !entry.is_replay {
            let (messages, bytes) = self.qos_0;
            if messages >= QOS_0_MESSAGES || (messages > 0 && bytes + size > QOS_0_BYTES) {
                return None;
            }
        }
        entry.position = self.next_position;
        self.next_position += 1;
        self.count(&entry);
        let (in_front, behind) = self.of_account.entry(Arc::clone(&entry.message.account)).or_default();
        let gives_way = is_connected && (*in_front >= IN_FRONT || *behind > 0);
        let (count, entries) = if gives_way { (behind, &mut self.giving_way) } else { (in_front, &mut self.waiting) };
        *count += 1;
        entries.push_back(entry);
        entries.back()
    }

    /// Lets those that give way come, if nothing else waits.
    fn let_come(&mut self) {
        if !self.waiting.is_empty() || self.giving_way.is_empty() {
            return;
        }
        let mut taken: HashMap<Arc<str>, usize> = HashMap::new();
        for entry in std::mem::take(&mut self.giving_way) {
            let taken = taken.entry(Arc::clone(&entry.message.account)).or_default();
            *taken += 1;
            if *taken <= IN_FRONT { &mut self.waiting } else { &mut self.giving_way }.push_back(entry);
        }
        self.count_accounts();
    }

    fn count_accounts(&mut self) {
        self.of_account.clear();
        for entry in &self.waiting {
            self.of_account.entry(Arc::clone(&entry.message.account)).or_default().0 += 1;
        }
        for entry in &self.giving_way {
            self.of_account.entry(Arc::clone(&entry.message.account)).or_default().1 += 1;
        }
    }

    /// Restores a saved entry; in the order of the positions.
    pub(super) fn restore(&mut self, entry: Entry, saved: &SavedEntry) {
        self.next_position = entry.position + 1;
        self.count(&entry);
        if let Some(packet) = saved.packet {
            self.last_packet = packet;
            self.sent.push(Sent { entry, packet, is_received: saved.is_received, is_current: false });
        } else {
            self.of_account.entry(Arc::clone(&entry.message.account)).or_default().0 += 1;
            self.waiting.push_back(entry);
        }
    }

    fn count(&mut self, entry: &Entry) {
        if entry.is_replay {
            self.replays += 1;
        } else if entry.qos == QoS::AtMostOnce {
            self.qos_0.0 += 1;
            self.qos_0.1 += entry.message.size();
        } else {
            let (count, bytes) = self.accounts.entry(Arc::clone(&entry.message.account)).or_default();
            (*count, *bytes) = (*count + 1, *bytes + entry.message.cost());
            self.counted += 1;
        }
    }

    fn uncount(&mut self, entry: &Entry) {
        if entry.is_replay {
            self.replays -= 1;
        } else if entry.qos == QoS::AtMostOnce {
            self.qos_0.0 -= 1;
            self.qos_0.1 -= entry.message.size();
        } else if let Some((count, bytes)) = self.accounts.get_mut(&entry.message.account) {
            (*count, *bytes) = (*count - 1, *bytes - entry.message.cost());
            self.counted -= 1;
            if *count == 0 {
                self.accounts.remove(&entry.message.account);
            }
        }
    }

    /// Takes the next entry that may be sent while at most `in_flight` are unacknowledged. One of QoS 1 or 2 must then
    /// be given to [`send`](Self::send), or is gone.
    pub(super) fn next(&mut self, in_flight: u16) -> Option<Entry> {
        let head = self.waiting.front()?;
        if head.qos != QoS::AtMostOnce && self.sent.len() >= usize::from(in_flight) {
            return None;
        }
        let entry = self.waiting.pop_front()?;
        self.uncount(&entry);
        if let Some(counts) = self.of_account.get_mut(&entry.message.account) {
            counts.0 -= 1;
            if *counts == (0, 0) {
                self.of_account.remove(&entry.message.account);
            }
        }
        self.let_come();
        self.compacted = self.compacted.min(self.waiting.len() + self.giving_way.len());
        Some(entry)
    }

    /// Records that an entry of QoS 1 or 2 is sent. Returns its packet identifier.
    pub(super) fn send(&mut self, entry: Entry) -> u16 {
        self.count(&entry);
        loop {
            self.last_packet = self.last_packet.checked_add(1).unwrap_or(1);
            if self.sent.iter().all(|sent| sent.packet != self.last_packet) {
                break;
            }
        }
        self.sent.push(Sent { entry, packet: self.last_packet, is_received: false, is_current: true });
        self.last_packet
    }

    /// The first delivery of an earlier connection that is to be repeated while at most `in_flight` are unacknowledged
    /// on this one; marks it as sent on this one.
    pub(super) fn next_again(&mut self, in_flight: u16) -> Option<Sent> {
        let index = self.position_again(in_flight)?;
        self.sent[index].is_current = true;
        Some(self.sent[index].clone())
    }

    fn position_again(&self, in_flight: u16) -> Option<usize> {
        // They are repeated in order, so all before it are of this connection.
        let index = self.sent.iter().position(|sent| !sent.is_current)?;
        // PUBREL is not subject to the Receive Maximum (MQTT 5 §4.9).
        (self.sent[index].is_received || index < usize::from(in_flight)).then_some(index)
    }

    /// A new connection: everything unacknowledged is to be sent again.
    pub(super) fn reconnect(&mut self) {
        self.sent.iter_mut().for_each(|sent| sent.is_current = false);
    }

    /// The connection is gone. Removes and returns what only it could have got: what is of QoS 0.
    pub(super) fn disconnect(&mut self) -> Vec<Entry> {
        self.waiting.append(&mut self.giving_way);
        self.waiting.make_contiguous().sort_by_key(|entry| entry.position);
        self.remove_waiting(|entry| entry.qos == QoS::AtMostOnce)
    }

    /// The delivery with this packet identifier.
    pub(super) fn sent(&mut self, packet: u16) -> Option<&mut Sent> {
        self.sent.iter_mut().find(|sent| sent.packet == packet)
    }

    /// Removes a delivery that is complete.
    pub(super) fn complete(&mut self, packet: u16) -> Option<Entry> {
        let index = self.sent.iter().position(|sent| sent.packet == packet)?;
        let entry = self.sent.remove(index).entry;
        self.uncount(&entry);
        Some(entry)
    }

    /// Removes retained messages that wait and that a later one in the queue replaces, so that a client that is away for
    /// long gets the last state of a topic instead of each. Also removes repetitions of messages that wait: papo publishes
    /// a message again, with its `id`, for all members of a group if one asks for it. Looks only if the queue has grown
    /// since the last time.
    ///
    /// A message that may never be delivered replaces none: one of QoS 0, or one that expires. The first end of a group
    /// stays, so that its members learn of it, whoever uses the name afterwards.
    pub(super) fn compact(&mut self) -> Vec<Entry> {
        if self.waiting.len() + self.giving_way.len() < self.compacted + self.compacted / 100 + 1 {
            return Vec::new();
        }
        let mut ends: HashMap<&str, u64> = HashMap::new();
        let mut later = HashSet::new();
        let mut replaced = HashSet::new();
        let mut entries: Vec<&Entry> = self.waiting.iter().chain(&self.giving_way).collect();
        entries.sort_unstable_by_key(|entry| Reverse(entry.position));
        let mut known = HashSet::new();
        for Entry { position, message, qos, .. } in entries.iter().rev() {
            let is_lasting = *qos != QoS::AtMostOnce && message.expires.is_none() && !message.is_state;
            if is_lasting
                && message.has_id()
                && !known.insert((&message.account, &message.topic, &message.properties, &message.payload))
            {
                replaced.insert(*position);
            }
        }
        for entry in entries.into_iter().filter(|entry| entry.message.is_state) {
            let Entry { position, message, qos, .. } = entry;
            if message.payload.is_empty() && is_record(&message.topic) {
                ends.insert(&message.topic, *position);
            }
            if later.contains(&*message.topic) {
                replaced.insert(*position);
            } else if *qos != QoS::AtMostOnce && message.expires.is_none() {
                later.insert(&*message.topic);
            }
        }
        // From the latest to the earliest, so that the first end was noted last.
        for first in ends.into_values() {
            replaced.remove(&first);
        }
        let gone = self.remove_waiting(|entry| replaced.contains(&entry.position));
        self.compacted = self.waiting.len() + self.giving_way.len();
        gone
    }

    fn remove_waiting(&mut self, mut is_gone: impl FnMut(&Entry) -> bool) -> Vec<Entry> {
        let mut all_gone = Vec::new();
        for entries in [&mut self.waiting, &mut self.giving_way] {
            let (gone, kept): (Vec<Entry>, Vec<Entry>) =
                std::mem::take(entries).into_iter().partition(|entry| is_gone(entry));
            *entries = kept.into();
            all_gone.extend(gone);
        }
        for entry in &all_gone {
            self.uncount(entry);
        }
        self.count_accounts();
        self.let_come();
        all_gone
    }

    /// All entries, when the session ends.
    pub(super) fn into_entries(self) -> impl Iterator<Item = Entry> {
        self.sent.into_iter().map(|sent| sent.entry).chain(self.waiting).chain(self.giving_way)
    }

    /// Whether anything can be sent while at most `in_flight` are unacknowledged.
    pub(super) fn has_output(&self, in_flight: u16) -> bool {
        let is_open = |head: &Entry| head.qos == QoS::AtMostOnce || self.sent.len() < usize::from(in_flight);
        self.position_again(in_flight).is_some() || self.waiting.front().is_some_and(is_open)
    }
}

impl Entry {
    /// How it is saved.
    pub(super) fn saved(&self, packet: Option<u16>, is_received: bool) -> SavedEntry {
        SavedEntry {
            message: self.message.id,
            qos: self.qos.into(),
            retain: self.retain,
            identifiers: self.identifiers.to_vec(),
            packet,
            is_received,
        }
    }
}
