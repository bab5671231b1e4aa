//! The steps before papo is suspended (Ctrl-Z): papo commits everything, then disconnects, so that other users see it
//! offline at once. A time limit bounds both steps.

use std::time::Duration;

use tokio::time::Instant;

/// The time limit for committing and disconnecting.
const TIME_LIMIT: Duration = Duration::from_secs(3);

/// The progress of a suspension.
#[derive(Debug, Clone, Copy)]
pub(super) struct Suspension {
    /// papo stops at this time, even if the steps before are not complete.
    pub(super) deadline: Instant,
    /// Whether papo is connected or trying to connect, so that it disconnects now and reconnects when it is resumed.
    pub(super) reconnects: bool,
    is_connection_closing: bool,
    is_connection_closed: bool,
}

/// The next step of a suspension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Wait,
    CloseConnection,
    Suspend,
}

impl Suspension {
    pub(super) fn new(now: Instant, reconnects: bool) -> Self {
        Self { deadline: now + TIME_LIMIT, reconnects, is_connection_closing: false, is_connection_closed: false }
    }

    /// Called when the connection is closed.
    pub(super) fn connection_closed(&mut self) {
        self.is_connection_closed = true;
    }

    /// Returns the next step. `is_settled` is true if everything is committed.
    pub(super) fn step(&mut self, now: Instant, is_settled: bool) -> Step {
        if now >= self.deadline || self.is_connection_closed || is_settled && !self.reconnects {
            Step::Suspend
        } else if is_settled && !self.is_connection_closing {
            self.is_connection_closing = true;
            Step::CloseConnection
        } else {
            Step::Wait
        }
    }
}
