//! The connection to the broker.
//!
//! Owns one task, the actor, which connects, reconnects, publishes, subscribes and acknowledges. The actor keeps every
//! outbox row, in order, until the broker has answered for it.
//!
//! Invariant: a row leaves the actor only by [`Event::Published`]. On each connection rows are submitted oldest first,
//! so they first arrive at the broker in order. A delivery is acknowledged only on [`Request::Ack`], and only on the
//! connection that it came by.
//!
//! It stores nothing, does not know what topics mean, and does not remember subscriptions: the owner of the [`Handle`]
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

/// Capacity of the request channel. The actor receives requests without waiting for the network, so it fills only in a
/// burst. The caller then gets its request back, keeps it in its own backlog, and never waits.
const REQUESTS: usize = 256;

/// Capacity of the event channel. If the caller falls this far behind, the actor buffers as many events again and then
/// stops reading the socket, which puts back-pressure on the broker.
const EVENTS: usize = 1024;

/// A request to the actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Publish. The actor keeps a publication with a row until the broker has answered for it. One without a row is for
    /// the current connection only, and dropped if there is none.
    Publish {
        /// Its place in the outbox; rows are handed over once, ascending.
        row: Option<Row>,
        /// The publication.
        publication: Publication,
    },
    /// Forget a row that must not be published any more. It may arrive anyway if it was already sent.
    Forget(Row),
    /// Subscribe on the current connection; [`Event::Subscribed`] follows.
    Subscribe(Vec<Subscription>),
    /// Unsubscribe from these filters on the current connection.
    Unsubscribe(Vec<String>),
    /// Acknowledge a delivery. One of an earlier connection is ignored, because the broker delivers it again.
    Ack(AckToken),
    /// Connect now: end a wait, restart after a stop, or replace the current connection.
    Reconnect,
    /// Drop the connection, because another installation has announced the ID; [`Event::Stopped`] follows.
    Yield,
    /// Publish these at `QoS` 1, and DISCONNECT once they are acknowledged. After two seconds the connection is dropped
    /// instead, so that the broker publishes the will. [`Event::Closed`] follows.
    Close {
        /// The last publications.
        last: Vec<Publication>,
    },
    /// The same, with a later return by [`Request::Reconnect`]; [`Event::Stopped`] follows.
    Rest {
        /// The last publications.
        last: Vec<Publication>,
    },
}

/// An event from the actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The actor is trying to connect.
    Connecting {
        /// The number of attempts since the last stable connection, from 1.
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
    /// A publication has arrived.
    Received {
        /// The publication.
        inbound: Inbound,
        /// The token to acknowledge it with.
        token: AckToken,
    },
    /// The broker has answered for a row; the actor has forgotten it.
    Published {
        /// The row.
        row: Row,
        /// The answer.
        outcome: PubOutcome,
    },
    /// The connection is lost; the actor tries again.
    Disconnected {
        /// Why.
        reason: DisconnectReason,
        /// The wait before the next attempt.
        retry_in: Duration,
    },
    /// The connection is lost, and the actor does not retry. The event may come again with another reason.
    Stopped {
        /// Why.
        reason: DisconnectReason,
        /// Whether the actor connects by itself once the ID is free; otherwise only [`Request::Reconnect`] helps.
        is_watching: bool,
    },
    /// The actor has ended as requested; no event follows.
    Closed,
}

/// The handle of the actor. Dropping it ends the actor without DISCONNECT, so that the broker publishes the will.
#[derive(Debug)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
}

impl Handle {
    /// Sends a request without waiting.
    ///
    /// Returns it if the channel is full or the actor has ended.
    #[expect(clippy::result_large_err, reason = "the error is the request itself, for the caller's backlog")]
    pub fn try_send(&self, request: Request) -> Result<(), Request> {
        self.requests.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(request) | mpsc::error::TrySendError::Closed(request) => request,
        })
    }
}

/// Starts the actor on the current tokio runtime. `backlog` holds the rows left by earlier runs, ascending.
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
