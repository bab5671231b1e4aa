//! The settings of the actor.

use std::{fmt, time::Duration};

use super::{BrokerUrl, Tls};
use crate::protocol::{OwnPresence, Publication};

/// A user name and password for the broker.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).field("password", &"…").finish()
    }
}

/// Settings of the actor.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address of the broker.
    pub broker: BrokerUrl,
    /// MQTT's client identifier, under which the broker keeps the session.
    pub client_id: String,
    /// The login; without one, that of the URL.
    pub credentials: Option<Credentials>,
    /// TLS settings; required if the broker is reached by TLS.
    pub tls: Option<Tls>,
    /// The topic of the presence that shows whether the ID is in use elsewhere. It is probed before the first
    /// connection, and while another client has the ID.
    pub own_presence: Option<OwnPresence>,
    /// The last will.
    pub will: Publication,
    /// The will delay; longer than a reconnect takes.
    pub will_delay: Duration,
    /// The session expiry.
    pub session_expiry: Duration,
    /// The keep-alive; at least 5 s.
    pub keep_alive: Duration,
    /// The actor's timeouts.
    pub timeouts: Timeouts,
}

impl Options {
    /// Options with a session of seven days, a keep-alive of 15 s and a will delay of 10 s.
    pub fn new(broker: BrokerUrl, client_id: impl Into<String>, will: Publication) -> Self {
        Self {
            broker,
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

    /// The keep-alive, within what rumqttc (5 s) and the wire (16 bits) can carry.
    pub(super) fn keep_alive(&self) -> Duration {
        self.keep_alive.clamp(Duration::from_secs(5), Duration::from_secs(u64::from(u16::MAX)))
    }

    /// How long a connection may be silent.
    pub(super) fn silence(&self) -> Duration {
        self.timeouts.silence.unwrap_or(self.keep_alive() * 2 + Duration::from_secs(3))
    }
}

/// The actor's timeouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For name look-up, TCP and CONNACK together.
    pub connect: Duration,
    /// For any packet; by default twice the keep-alive plus 3 s.
    pub silence: Option<Duration>,
    /// For the next PUBACK while publications are in flight.
    pub progress: Duration,
    /// A connection that ends silently sooner than this counts as an abort. After three in a row the reason suggests
    /// that the ID is in use elsewhere.
    pub short_lived: Duration,
    /// After this long, a connection counts as stable and earlier failures are forgotten.
    pub stable: Duration,
    /// The first wait of the back-off.
    pub first_retry: Duration,
    /// The longest wait of the back-off.
    pub longest_retry: Duration,
    /// Between two probes while another client has the ID.
    pub probe_interval: Duration,
    /// Before the ID is taken back from a client that announces no presence.
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
