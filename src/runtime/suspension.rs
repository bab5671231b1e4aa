//! On the way to be suspended: first everything is committed, then the connection is closed in order, so that
//! others see papo offline at once and nothing is left half said. What takes too long is not waited for.

use std::time::Duration;

use tokio::time::Instant;

/// How long the store and the broker have.
const PATIENCE: Duration = Duration::from_secs(3);

/// How far papo is on that way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Suspension {
    /// When papo is suspended, come what may.
    pub(super) by: Instant,
    /// Whether there is a connection to close, and to make again afterwards.
    pub(super) reconnects: bool,
    is_closing: bool,
    is_closed: bool,
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Wait,
    CloseConnection,
    Suspend,
}

impl Suspension {
    pub(super) fn new(now: Instant, reconnects: bool) -> Self {
        Self { by: now + PATIENCE, reconnects, is_closing: false, is_closed: false }
    }

    /// The connection is closed.
    pub(super) fn closed(&mut self) {
        self.is_closed = true;
    }

    /// `is_settled`: nothing waits for the store.
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
