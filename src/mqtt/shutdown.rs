//! How connections end, and the end that the caller asks for: the final publications, then DISCONNECT.

use std::{future::pending, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::{
    connection::{Connection, Origin},
    now,
    outbox::Outbox,
};
use crate::{
    domain::DisconnectReason,
    protocol::{Publication, Qos},
};

/// How long a shutdown may take. The outbox may use the first half of it.
const LIMIT: Duration = Duration::from_secs(2);

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
    since: Instant,
    disconnecting: bool,
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

    /// Takes the next step: sends the final publications once the outbox is empty, then DISCONNECT. Returns whether the
    /// time limit is exceeded.
    pub(super) fn advance(&mut self, outbox: &Outbox, connection: &mut Connection) -> bool {
        let elapsed = self.since.elapsed();
        if (outbox.next().is_none() || elapsed >= LIMIT / 2)
            && let Some(last) = self.last.take()
        {
            for publication in last {
                connection.publish(Origin::Final, Publication { qos: Qos::AtLeastOnce, ..publication });
            }
        }
        if self.last.is_none() && !self.disconnecting && connection.are_final_acknowledged() {
            self.disconnecting = true;
            connection.disconnect();
        }
        elapsed >= LIMIT
    }
}

/// Sleeps until the next deadline of a shutdown.
pub(super) async fn shutdown_timer(shutdown: Option<&Shutdown>) {
    let Some(shutdown) = shutdown else { return pending().await };
    let limit = if shutdown.last.is_some() { LIMIT / 2 } else { LIMIT };
    sleep_until(shutdown.since + limit).await;
}
