//! The connection to the broker.
//!
//! One task, the actor, connects, reconnects, publishes, subscribes and acknowledges. It keeps every outbox row, in
//! order, until the broker has acknowledged or refused the row.
//!
//! Invariant: the actor drops a row only with an [`Event::Published`] or on [`Request::Forget`]. On each connection it
//! submits rows oldest first, so they reach the broker in order; after a reconnect, some may reach it again. It
//! acknowledges a delivery only on [`Request::Ack`], and only on the connection on which the delivery arrived.
//!
//! Between two connections is a pause: the actor waits for the next attempt, or probes which device holds the ID. With
//! several brokers, the next attempt is at the next of them.
//!
//! The actor writes nothing to disk, does not know what topics mean, and does not remember subscriptions: the owner of
//! the [`Handle`] subscribes again on each [`Event::Connected`].

mod actor;
mod backoff;
mod broker_probe;
mod connection;
mod convert;
mod failure;
mod options;
mod outbox;
mod packets;
mod pause;
mod presence_probe;
mod reason;
mod refusal;
mod rotation;
mod shutdown;
mod streaks;
mod takeover;
mod tls;
mod url;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::mpsc::{self, error::TrySendError},
    time::Instant,
};

use crate::{
    domain::DisconnectReason,
    protocol::{AckToken, Inbound, PubOutcome, Publication, RowId, Subscription},
};

pub use crate::domain::Credentials;
pub use broker_probe::{
    BridgeReport, CheckResult, DOCTOR_ID, ProbeReport, ProbeTarget, QUEUE_TEST_MESSAGES, probe_broker,
};
pub use connection::ServerLimits;
pub(crate) use convert::RECEIVE_MAXIMUM;
pub use options::{Options, Timeouts};
pub use tls::{Tls, TlsError, TlsFiles, fingerprint, fingerprints};
pub use url::{BrokerListError, BrokerUrl, UrlError};

/// How many requests may queue for the actor. The actor accepts them without waiting for the network, so the queue
/// fills only in a burst. Then the caller gets its request back and keeps it in its own backlog, without waiting.
const REQUEST_QUEUE: usize = 256;

/// How many events may queue for the caller. When the queue is full, the actor buffers as many again, and then stops
/// reading the socket, which puts back-pressure on the broker.
const EVENT_QUEUE: usize = 1024;

/// A request to the actor.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Request {
    /// Publish. With a row, the actor keeps the publication until the broker has acknowledged or refused it. Without a
    /// row, the actor sends it on the current connection only, and drops it if there is none.
    Publish {
        /// The row in the outbox. Each row is sent to the actor once, in ascending order.
        row: Option<RowId>,
        publication: Publication,
    },
    /// Drop a row. If it is in flight, it may still arrive.
    Forget(RowId),
    /// Subscribe on the current connection; [`Event::Subscribed`] follows.
    Subscribe(Vec<Subscription>),
    /// Unsubscribe from these filters on the current connection.
    Unsubscribe(Vec<String>),
    /// Acknowledge a delivery. A token of an earlier connection is ignored, since the broker delivers that publication
    /// again.
    Ack(AckToken),
    /// Connect now: cuts a wait short, ends a stop, and replaces an existing connection.
    Reconnect,
    /// Connect now, like [`Request::Reconnect`], with this login from now on.
    LogIn(Credentials),
    /// Give up the connection, because another installation has announced itself with this id. [`Event::Stopped`]
    /// follows.
    Yield,
    /// Shut down: publish `last` at `QoS` 1, and send DISCONNECT once the broker has acknowledged it. After two seconds
    /// the connection is dropped instead, and the broker publishes the will. [`Event::Closed`] follows.
    Close { last: Vec<Publication> },
    /// Like [`Request::Close`], but the actor keeps running and waits for a [`Request::Reconnect`]. [`Event::Stopped`]
    /// follows.
    Suspend { last: Vec<Publication> },
}

/// An event from the actor.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Event {
    /// An attempt to connect begins.
    Connecting {
        /// The address of the broker, without a password.
        broker: String,
        /// The number of attempts since the last stable connection, from 1.
        attempt: u32,
    },
    /// CONNACK was received.
    Connected {
        /// Whether the broker still had the session.
        session_present: bool,
        /// Whether the broker says that it names the sender of each publication, and the connection has a login.
        names_senders: bool,
    },
    /// The broker has answered a [`Request::Subscribe`].
    Subscribed {
        /// The filters that the broker refused.
        refused: Vec<String>,
    },
    /// A publication was delivered.
    Received {
        inbound: Inbound,
        /// Acknowledges it in a [`Request::Ack`].
        token: AckToken,
    },
    /// The broker has acknowledged or refused a row, and the actor has dropped it.
    Published { row: RowId, outcome: PubOutcome },
    /// There is no connection. The actor retries by itself. If the next broker is tried at once, sent only for an attempt
    /// with a login that the broker refuses.
    Disconnected {
        reason: DisconnectReason,
        /// A broker that refuses the login, and why, even if the last attempt was at another broker. Set until a broker
        /// accepts the connection, or the user acts.
        refused_login: Option<(String, DisconnectReason)>,
        retry_in: Duration,
    },
    /// There is no connection, and the actor does not retry. May be repeated with another reason.
    Stopped {
        reason: DisconnectReason,
        /// Whether the actor connects by itself once the id is free. If not, it waits for [`Request::Reconnect`].
        is_watching: bool,
    },
    /// The actor has ended after [`Request::Close`]. The last event.
    Closed,
}

/// A handle to the actor. Dropping it ends the actor without DISCONNECT, so the broker publishes the will.
#[derive(Debug)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
    known_users: Arc<AtomicUsize>,
}

impl Handle {
    /// Tells the actor how many users this one knows at the broker. After the loss of the broker, all of them return.
    pub fn set_known_users(&self, count: usize) {
        self.known_users.store(count, Ordering::Relaxed);
    }

    /// Sends a request without waiting. Returns it if the queue is full or the actor has ended.
    #[expect(clippy::result_large_err, reason = "the error is the request itself, for the caller's backlog")]
    pub fn try_send(&self, request: Request) -> Result<(), Request> {
        self.requests.try_send(request).map_err(TrySendError::into_inner)
    }
}

/// Starts the actor on the current tokio runtime. `backlog` has the outbox rows of earlier runs, in ascending order.
pub fn spawn(options: Options, backlog: Vec<(RowId, Publication)>) -> (Handle, mpsc::Receiver<Event>) {
    let (requests, requests_rx) = mpsc::channel(REQUEST_QUEUE);
    let (events_tx, events) = mpsc::channel(EVENT_QUEUE);
    let known_users = Arc::<AtomicUsize>::default();
    let caller = actor::Caller { requests: requests_rx, events: events_tx, known_users: Arc::clone(&known_users) };
    tokio::spawn(actor::Actor::new(options, backlog, caller).run());
    (Handle { requests, known_users }, events)
}

/// The clock for the actor's own deadlines.
#[expect(clippy::disallowed_methods, reason = "only this layer knows the time limits of a connection")]
fn now() -> Instant {
    Instant::now()
}
