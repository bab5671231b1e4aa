//! The settings of the actor.

use std::{slice, time::Duration};

use super::{BrokerUrl, Tls};
use crate::{
    domain::Credentials,
    protocol::{OwnPresence, Publication},
};

/// Settings of the actor.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "`timeouts` is described by its type")]
pub struct Options {
    /// The broker's address. With `other_brokers`, one of them; the actor changes it to the one in use.
    pub broker: BrokerUrl,
    /// Further brokers of the same system: when one is out of reach, the next has the same users and topics.
    pub other_brokers: Vec<BrokerUrl>,
    /// MQTT's client identifier, under which the broker keeps the session.
    pub client_id: String,
    /// The login; [`None`] for that of the URL, if any.
    pub credentials: Option<Credentials>,
    /// Authorities and client certificate; required if the URL says TLS.
    pub tls: Option<Tls>,
    /// How to probe whether another client uses the id: before the first connection, and as long as another client uses
    /// it. [`None`] disables the probes.
    pub own_presence: Option<OwnPresence>,
    /// The last will: what the broker publishes if the connection is lost.
    pub will: Publication,
    /// How long the broker waits before it publishes the will; longer than a reconnect takes.
    pub will_delay: Duration,
    /// How long the broker keeps the session after a disconnect.
    pub session_expiry: Duration,
    /// The keep-alive interval; at least 5 s.
    pub keep_alive: Duration,
    pub timeouts: Timeouts,
}

impl Options {
    /// Options with a session of seven days, a keep-alive of 15 s and a will delay of 10 s.
    pub fn new(broker: BrokerUrl, client_id: impl Into<String>, will: Publication) -> Self {
        Self {
            broker,
            other_brokers: Vec::new(),
            client_id: client_id.into(),
            credentials: None,
            tls: None,
            own_presence: None,
            will,
            will_delay: Duration::from_secs(10),
            session_expiry: Duration::from_secs(7 * 24 * 60 * 60),
            keep_alive: Duration::from_secs(15),
            timeouts: Timeouts::default(),
        }
    }

    /// All brokers; at least one.
    pub fn brokers(&self) -> Vec<BrokerUrl> {
        [slice::from_ref(&self.broker), &self.other_brokers].concat()
    }

    /// Whether CONNECT has a user name.
    pub(super) fn has_login(&self) -> bool {
        self.login().is_some()
    }

    /// The login: that of the options, else that of the URL.
    pub(super) fn login(&self) -> Option<&Credentials> {
        self.credentials.as_ref().or(self.broker.credentials())
    }

    /// The keep-alive interval within its limits: rumqttc requires at least 5 s, and MQTT has 16 bits for the seconds.
    pub(super) fn keep_alive(&self) -> Duration {
        self.keep_alive.clamp(Duration::from_secs(5), Duration::from_secs(u64::from(u16::MAX)))
    }

    /// How long the broker may be silent before the connection counts as dead.
    pub(super) fn silence(&self) -> Duration {
        self.timeouts.silence.unwrap_or(self.keep_alive() * 2 + Duration::from_secs(3))
    }
}

/// The timeouts of the actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// The limit for name look-up, TCP, TLS and CONNACK together.
    pub connect: Duration,
    /// The limit for the next packet of any kind; [`None`] for twice the keep-alive plus 3 s.
    pub silence: Option<Duration>,
    /// The limit for the next PUBACK while publications are in flight.
    pub progress: Duration,
    /// A connection that the broker closes without DISCONNECT before this time counts as aborted. After three in a row,
    /// the reason tells the user to check whether the id is in use elsewhere.
    pub short_lived: Duration,
    /// A connection that lasts this long resets the counts of failures.
    pub stable: Duration,
    /// The wait before the second attempt. Each later wait is twice as long.
    pub first_retry: Duration,
    /// The longest wait between attempts.
    pub longest_retry: Duration,
    /// The interval of presence probes while another client has the id.
    pub probe_interval: Duration,
    /// The wait before the id is taken back from a client that announces no presence.
    pub take_back: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: None,
            progress: Duration::from_secs(12),
            short_lived: Duration::from_secs(10),
            stable: Duration::from_secs(20),
            first_retry: Duration::from_millis(500),
            longest_retry: Duration::from_secs(60),
            probe_interval: Duration::from_secs(60),
            take_back: Duration::from_secs(5 * 60),
        }
    }
}
