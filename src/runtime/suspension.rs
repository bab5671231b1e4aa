//! Steps before a suspension: first commit everything, then disconnect, so that peers see papo offline at once. There
//! is a time limit.

use std::time::Duration;

use tokio::time::Instant;

/// The time limit for committing and disconnecting.
const TIME_LIMIT: Duration = Duration::from_secs(3);

/// The progress towards being suspended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Suspension {
    /// When papo stops at the latest.
    pub(super) by: Instant,
    /// Whether there is a connection to close now, and to open again once papo is resumed.
    pub(super) reconnects: bool,
    is_closing: bool,
    is_closed: bool,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Wait,
    CloseConnection,
    Suspend,
}

impl Suspension {
    pub(super) fn new(now: Instant, reconnects: bool) -> Self {
        Self { by: now + TIME_LIMIT, reconnects, is_closing: false, is_closed: false }
    }

    /// The connection is closed.
    pub(super) fn closed(&mut self) {
        self.is_closed = true;
    }

    /// The next step; `is_settled` says that everything is committed.
    pub(super) fn step(&mut self, now: Instant, is_settled: bool) -> Step {
        if now >= self.by || self.is_closed || is_settled && !self.reconnects {
            Step::Suspend
        } else if is_settled && !self.is_closing {
            self.is_closing = true;
            Step::CloseConnection
        } else {
            Step::Wait
        }
    }
}
