//! How connections end, and the end that the caller asks for: the final publications, then DISCONNECT.

use std::{future::pending, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::now;
use crate::{domain::DisconnectReason, protocol::Publication};

/// How long a shutdown may take. The outbox may use the first half of it.
pub(super) const LIMIT: Duration = Duration::from_secs(2);

/// How a connection or a wait ended.
pub(super) enum End {
    /// The connection failed or was lost.
    Lost(DisconnectReason),
    /// The wait is over: connect.
    Connect,
    /// Ended by [`Request::Close`].
    Closed,
    /// The caller has dropped its end of a channel.
    Abandoned,
}

/// A shutdown in progress.
pub(super) struct Shutdown {
    /// The final publications; [`None`] once they are submitted.
    pub(super) last: Option<Vec<Publication>>,
    pub(super) since: Instant,
    pub(super) disconnecting: bool,
    /// Whether the actor keeps running for a later reconnect.
    pub(super) suspends: bool,
}

impl Shutdown {
    pub(super) fn new(last: Vec<Publication>, suspends: bool) -> Self {
        Self { last: Some(last), since: now(), disconnecting: false, suspends }
    }

    /// How the connection ends, even if it is lost during the shutdown. The actor does not reconnect for unacknowledged
    /// rows: they are in the outbox on disk.
    pub(super) fn end(&self) -> End {
        if self.suspends { End::Lost(DisconnectReason::PapoSuspended) } else { End::Closed }
    }
}

/// Sleeps until the next deadline of a shutdown.
pub(super) async fn shutdown_timer(shutdown: Option<&Shutdown>) {
    let Some(shutdown) = shutdown else { return pending().await };
    let limit = if shutdown.last.is_some() { LIMIT / 2 } else { LIMIT };
    sleep_until(shutdown.since + limit).await;
}
