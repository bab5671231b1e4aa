//! What the actor does between two connections: it waits, or probes which device holds the id.

use std::{future::pending, pin::Pin, time::Duration};

use tokio::time::{Instant, sleep_until, timeout};

use super::{
    Options, now,
    presence_probe::{self, PresenceReport},
    takeover::Watch,
};
use crate::{domain::DisconnectReason, protocol::Holder};

/// The time limit of a probe.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);
/// The wait before the first probe, unless the interval is shorter: the other client has announced itself by then.
const FIRST_PROBE: Duration = Duration::from_secs(2);

/// What the actor waits for.
pub(super) enum Pause {
    /// Until the next attempt.
    Until(Instant),
    /// Until [`Request::Reconnect`](super::Request::Reconnect).
    UntilRequest,
    /// Until the id is free: another client has it.
    Watching(Box<PeriodicProbe>),
}

/// Probes the presence periodically.
pub(super) struct PeriodicProbe {
    pub(super) watch: Watch,
    /// When the pause began.
    pub(super) since: Instant,
    /// When to probe next.
    next: Instant,
    probe: Option<Pin<Box<dyn Future<Output = Option<Holder>> + Send>>>,
}

impl PeriodicProbe {
    /// Schedules the first probe.
    pub(super) fn new(watch: Watch, options: &Options) -> Self {
        let since = now();
        Self { watch, since, next: since + options.timeouts.probe_interval.min(FIRST_PROBE), probe: None }
    }

    /// The result of the next probe; [`None`] if it failed. Cancel safe.
    async fn next_probe(&mut self, options: &Options) -> Option<Holder> {
        sleep_until(self.next).await;
        let probe = self.probe.get_or_insert_with(|| {
            let options = options.clone();
            Box::pin(async move { probe(&options).await.map_or_else(|_| None, |seen| Some(seen.holder)) })
        });
        let holder = probe.await;
        self.probe = None;
        self.next = now() + options.timeouts.probe_interval;
        holder
    }
}

/// Probes once which device holds the id; [`Holder::Unknown`] if no presence topic is configured. [`Err`]`(None)` is a
/// timeout.
pub(super) async fn probe(options: &Options) -> Result<PresenceReport, Option<DisconnectReason>> {
    let Some(own) = &options.own_presence else {
        return Ok(PresenceReport { holder: Holder::Unknown, took_session: false });
    };
    match timeout(PROBE_TIMEOUT, presence_probe::probe(options, own)).await {
        Ok(seen) => seen.map_err(Some),
        Err(_) => Err(None),
    }
}

/// Waits for the end of a pause; while watching, for the result of the next probe.
pub(super) async fn pause_end(pause: &mut Pause, options: &Options) -> Option<Holder> {
    match pause {
        Pause::Until(at) => {
            sleep_until(*at).await;
            None
        }
        Pause::UntilRequest => pending().await,
        Pause::Watching(watching) => watching.next_probe(options).await,
    }
}
