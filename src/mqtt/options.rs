//! What the actor has to be told before it connects.

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
    /// Where the broker is.
    pub broker: BrokerUrl,
    /// MQTT's client identifier: the broker keeps the session under this name.
    pub client_id: String,
    /// Who logs in; where absent, those of the URL are taken.
    pub credentials: Option<Credentials>,
    /// Whom to trust; must be there for a broker that is reached by TLS.
    pub tls: Option<Tls>,
    /// Where to probe whether the id is in use elsewhere: before the first connection, and while another client has it.
    pub own_presence: Option<OwnPresence>,
    /// What the broker publishes when the connection is lost.
    pub will: Publication,
    /// How long it waits before that; longer than a reconnect takes.
    pub will_delay: Duration,
    /// How long the broker keeps the session without a connection.
    pub session_expiry: Duration,
    /// How often to let the broker hear; at least 5 s.
    pub keep_alive: Duration,
    /// How long the actor waits for what.
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

/// How long the actor waits for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For name look-up, TCP and CONNACK together.
    pub connect: Duration,
    /// For any packet; where absent, twice the keep-alive and 3 s.
    pub silence: Option<Duration>,
    /// For the next PUBACK while publications are open.
    pub progress: Duration,
    /// A connection that ends without a word sooner than this counts as an abort; after three in a row the reason
    /// asks whether the id is in use elsewhere.
    pub short_lived: Duration,
    /// After this long, earlier failures are forgotten.
    pub stable: Duration,
    /// Before the second attempt; each wait doubles the one before.
    pub first_retry: Duration,
    /// Between attempts at most.
    pub longest_retry: Duration,
    /// Between two probes of the presence of the id while another client has it.
    pub probe_interval: Duration,
    /// Before the id is taken back from a client that announces no presence.
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
