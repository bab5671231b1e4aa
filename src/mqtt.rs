//! The connection to the broker.
//!
//! Owns: one task (the actor) that connects, connects again, publishes, subscribes and acknowledges. It keeps
//! every row of the outbox, in order, until the broker has answered for it.
//!
//! Invariant: a row leaves the actor only by [`Event::Published`]; rows are submitted oldest first on each
//! connection, so their first arrivals at the broker are in order. A delivery is acknowledged only on
//! [`Request::Ack`], and only on the connection it came by.
//!
//! Does not: store anything, know a topic's meaning, or remember subscriptions: whoever holds the [`Handle`]
//! subscribes again on each [`Event::Connected`].

mod actor;
mod backoff;
mod broker_probe;
mod connection;
mod convert;
mod failure;
mod options;
mod outbox;
mod pause;
mod presence_probe;
mod reason;
mod takeover;
mod tls;
mod url;

use std::time::Duration;

use tokio::{sync::mpsc, time::Instant};

use crate::{
    domain::DisconnectReason,
    protocol::{AckToken, Inbound, PubOutcome, Publication, Row, Subscription},
};

pub use broker_probe::{CheckResult, DOCTOR, ProbeReport, ProbeTarget, SLEEPERS_MESSAGES, probe_broker};
pub use connection::ServerLimits;
pub(crate) use convert::RECEIVE_MAXIMUM;
pub use options::{Credentials, Options, Timeouts};
pub use tls::{Tls, TlsError, TlsFiles, fingerprint, fingerprints};
pub use url::{BrokerUrl, Transport, UrlError};

/// Requests that wait for the actor. It takes them in without waiting for the network, so this fills only in a
/// burst; the caller then gets its request back, keeps it in its own backlog, and never waits.
const REQUESTS: usize = 256;

/// Events that wait for the caller. When it falls behind this far, the actor keeps as many again and then stops
/// reading the socket, which holds the broker back.
const EVENTS: usize = 1024;

/// What the actor is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Publish. With a row it is kept until the broker has answered for it; without, it is for the current
    /// connection only and dropped where there is none.
    Publish {
        /// Its place in the outbox; rows are handed over once, ascending.
        row: Option<Row>,
        /// What.
        publication: Publication,
    },
    /// Forget a row that is not to be published. One that has left already may arrive all the same.
    Forget(Row),
    /// Subscribe on the current connection; [`Event::Subscribed`] follows.
    Subscribe(Vec<Subscription>),
    /// Unsubscribe from these filters on the current connection.
    Unsubscribe(Vec<String>),
    /// Acknowledge a delivery; one of an earlier connection is ignored, since the broker delivers it again.
    Ack(AckToken),
    /// Connect now: instead of waiting, after having stopped, or in place of the connection there is.
    Reconnect,
    /// Give the connection up, since another installation has announced the id; [`Event::Stopped`] follows.
    Yield,
    /// Publish these at `QoS` 1 and leave with DISCONNECT once they are acknowledged. Where that takes more than
    /// two seconds the connection is dropped instead, and the will speaks. [`Event::Closed`] follows.
    Close {
        /// The last words.
        last: Vec<Publication>,
    },
    /// The same, but to come back with [`Request::Reconnect`]; [`Event::Stopped`] follows.
    Rest {
        /// The last words.
        last: Vec<Publication>,
    },
}

/// What the actor tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It tries to connect.
    Connecting {
        /// Counts the attempts since the last stable connection, from 1.
        attempt: u32,
    },
    /// The broker has accepted the connection.
    Connected {
        /// Whether it still had this client's session.
        session_present: bool,
    },
    /// The broker has answered a [`Request::Subscribe`].
    Subscribed {
        /// The filters that it refused.
        refused: Vec<String>,
    },
    /// Something was published.
    Received {
        /// What.
        inbound: Inbound,
        /// To be acknowledged with.
        token: AckToken,
    },
    /// The broker has answered for a row; the actor has forgotten it.
    Published {
        /// Which.
        row: Row,
        /// What it said.
        outcome: PubOutcome,
    },
    /// There is no connection; the actor tries again.
    Disconnected {
        /// Why.
        reason: DisconnectReason,
        /// How long it waits before.
        retry_in: Duration,
    },
    /// There is no connection. It may come again with another reason.
    Stopped {
        /// Why.
        reason: DisconnectReason,
        /// Whether the actor connects by itself once the id is free; else only [`Request::Reconnect`] helps.
        is_watching: bool,
    },
    /// The actor has left, as it was asked to; nothing follows.
    Closed,
}

/// The way to the actor. Dropping it ends the actor without DISCONNECT, so that the will is published.
#[derive(Debug)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
}

impl Handle {
    /// Hands a request over without waiting.
    ///
    /// Gives it back where the channel is full or the actor has ended.
    #[expect(clippy::result_large_err, reason = "the error is the request itself, for the caller's backlog")]
    pub fn try_send(&self, request: Request) -> Result<(), Request> {
        self.requests.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(request) | mpsc::error::TrySendError::Closed(request) => request,
        })
    }
}

/// Starts the actor on the current tokio runtime. `backlog` holds the rows that earlier runs left, ascending.
pub fn spawn(options: Options, backlog: Vec<(Row, Publication)>) -> (Handle, mpsc::Receiver<Event>) {
    let (requests, requests_rx) = mpsc::channel(REQUESTS);
    let (events_tx, events) = mpsc::channel(EVENTS);
    tokio::spawn(actor::Actor::new(options, backlog, requests_rx, events_tx).run());
    (Handle { requests }, events)
}

/// The time of the actor's own deadlines.
#[expect(clippy::disallowed_methods, reason = "a connection has time limits, which no other layer knows")]
fn now() -> Instant {
    Instant::now()
}
