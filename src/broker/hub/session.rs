//! The state of a client that outlives its connection (MQTT 5 §4.1), and that of the connection.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use mqtt5_protocol::{packet::connect::ConnectPacket, types::WillMessage};

use super::{
    ConnectionId,
    change::{SavedSession, SavedSubscription, SavedWill},
    frames::{Level, message_properties},
    queue::Queue,
};
use crate::domain::UserId;

/// The session expiry interval of a session that never ends.
pub(super) const FOR_EVER: u32 = u32::MAX;

/// A session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) number: u64,
    pub(super) client: Arc<str>,
    /// [`None`] on a broker without users.
    pub(super) login: Option<UserId>,
    /// How long it outlives its connection, in seconds.
    pub(super) expiry: u32,
    /// Whether it is kept on disk: it outlives its first connection.
    pub(super) is_saved: bool,
    /// When it ends, while it has no connection.
    pub(super) ends: Option<Duration>,
    pub(super) connection: Option<ConnectionId>,
    pub(super) subscriptions: BTreeMap<String, SavedSubscription>,
    /// The length of all filters, in bytes.
    pub(super) filters: usize,
    /// The packet identifiers of QoS 2 publications that the client has not released.
    pub(super) unreleased: BTreeSet<u16>,
    pub(super) queue: Queue,
    pub(super) will: Option<SavedWill>,
    /// When the will is published, unless the client returns before.
    pub(super) will_due: Option<Duration>,
}

impl Session {
    /// Whose quotas its publications count against.
    pub(super) fn account(&self) -> Arc<str> {
        self.login.as_ref().map_or_else(|| Arc::clone(&self.client), |login| login.as_str().into())
    }

    /// How it is saved.
    pub(super) fn saved(&self) -> SavedSession {
        SavedSession {
            number: self.number,
            login: self.login.clone(),
            ends: self.ends,
            expiry: self.expiry,
            subscriptions: self.subscriptions.clone(),
            unreleased: self.unreleased.iter().copied().collect(),
            will: self.will.clone(),
        }
    }

    /// When it ends if its connection ends now; [`None`] is never.
    pub(super) fn end_after(expiry: u32, now: Duration) -> Option<Duration> {
        (expiry != FOR_EVER).then(|| now + Duration::from_secs(expiry.into()))
    }
}

impl SavedWill {
    /// The will of a CONNECT packet. `sender`: the login.
    pub(super) fn new(will: &WillMessage, connect: &ConnectPacket, sender: Option<&UserId>) -> Self {
        Self {
            topic: will.topic.clone(),
            payload: will.payload.clone(),
            properties: message_properties(&connect.will_properties, sender, None).into(),
            qos: will.qos.into(),
            retain: will.retain,
            delay: will.properties.will_delay_interval.unwrap_or(0),
            expiry: will.properties.message_expiry_interval,
        }
    }
}

/// A connection whose client was let in, or is just being refused.
#[derive(Debug)]
pub(super) struct Connection {
    /// The number of the session; [`None`] once it has ended for this connection.
    pub(super) session: Option<u64>,
    pub(super) level: Level,
    /// How many deliveries the client takes unacknowledged.
    pub(super) in_flight: u16,
    /// The largest packet that the client takes, in bytes.
    pub(super) packet: usize,
    /// The topic aliases that the client has set.
    pub(super) aliases: HashMap<u16, String>,
    /// Answers that wait, and their size.
    pub(super) answers: VecDeque<Bytes>,
    pub(super) unsent: usize,
    /// Whether it is closed after the answers.
    pub(super) closes: bool,
}

impl Connection {
    /// `largest`: the largest packet that the client takes, in bytes.
    pub(super) fn new(level: Level, largest: usize) -> Self {
        Self {
            session: None,
            level,
            in_flight: 0,
            packet: largest,
            aliases: HashMap::new(),
            answers: VecDeque::new(),
            unsent: 0,
            closes: false,
        }
    }

    pub(super) fn answer(&mut self, bytes: Bytes) {
        self.unsent += bytes.len() + size_of::<Bytes>();
        self.answers.push_back(bytes);
    }
}
