//! What the actor does between two connections: it waits, or looks who has the id.

use std::{future::pending, pin::Pin, time::Duration};

use tokio::time::{Instant, sleep_until, timeout};

use super::{
    Options, Reason,
    looking::{self, Seen},
    takeover::Watch,
};
use crate::protocol::Holder;

/// How long looking whether the id is in use may take.
const LOOKING: Duration = Duration::from_secs(3);

/// What a wait is for.
pub(super) enum Pause {
    /// Until a moment, to try again.
    Until(Instant),
    /// Until the actor is asked.
    Asked,
    /// Another client has the id.
    Watching(Box<Watching>),
}

/// Looks at the presence again and again.
pub(super) struct Watching {
    pub(super) watch: Watch,
    pub(super) since: Instant,
    next: Instant,
    look: Option<Pin<Box<dyn Future<Output = Option<Holder>> + Send>>>,
}

impl Watching {
    /// From now on, with the first look after a while.
    pub(super) fn new(watch: Watch, options: &Options) -> Self {
        let since = Instant::now();
        Self { watch, since, next: since + options.timeouts.look, look: None }
    }

    /// What the next look shows. May be dropped while it waits.
    async fn look(&mut self, options: &Options) -> Option<Holder> {
        sleep_until(self.next).await;
        let look = self.look.get_or_insert_with(|| {
            let options = options.clone();
            Box::pin(async move { look(&options).await.map_or_else(|_| None, |seen| Some(seen.holder)) })
        });
        let holder = look.await;
        self.look = None;
        self.next = Instant::now() + options.timeouts.look;
        holder
    }
}

/// Looks once who has the id. Where it is not said where to look, nothing is to be seen.
pub(super) async fn look(options: &Options) -> Result<Seen, Option<Reason>> {
    let Some(own) = &options.own_presence else {
        return Ok(Seen { holder: Holder::Unknown, took_session: false });
    };
    match timeout(LOOKING, looking::look(options, own)).await {
        Ok(seen) => seen.map_err(Some),
        Err(_) => Err(None),
    }
}

/// Waits for the end of a pause; for one that watches, for what the next look shows.
pub(super) async fn pause_end(pause: &mut Pause, options: &Options) -> Option<Holder> {
    match pause {
        Pause::Until(at) => {
            sleep_until(*at).await;
            None
        }
        Pause::Asked => pending().await,
        Pause::Watching(watching) => watching.look(options).await,
    }
}
