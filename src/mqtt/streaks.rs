//! Counts connections that ended in the same way, one after the other: what looks like a chance the first time has a
//! cause the third time. And remembers the login that was wrong. Pure.

use std::time::Duration;

use super::{Timeouts, rotation::Failure};
use crate::domain::{Credentials, DisconnectReason};

/// After this many aborted connections in a row, the reason becomes [`DisconnectReason::RepeatedlyAborted`].
const MAX_ABORTS: u32 = 3;

/// How many connections in a row ended in the same way.
#[derive(Debug, Default)]
pub(super) struct Streaks {
    /// The broker closed the connection early, without DISCONNECT.
    aborts: u32,
    /// A take-over ended the connection before it was stable.
    takeovers: u32,
    /// The broker stopped answering.
    stalls: u32,
    /// The last login that a broker found wrong.
    wrong_login: Option<Credentials>,
}

impl Streaks {
    /// How many connections in a row ended because the broker stopped answering.
    pub(super) fn stalls(&self) -> u32 {
        self.stalls
    }

    /// The user asked for a connection, so that the next aborts and take-overs have another cause.
    pub(super) fn user_acted(&mut self) {
        (self.aborts, self.takeovers) = (0, 0);
    }

    /// How the broker has failed. Another try with a `login` that is known to be wrong would only cost an attempt, so the
    /// limit of attempts is then a refusal, too.
    pub(super) fn failure(&mut self, reason: &DisconnectReason, login: Option<&Credentials>) -> Failure {
        if matches!(reason, DisconnectReason::BadCredentials | DisconnectReason::NotAuthorized) {
            self.wrong_login = login.cloned();
        }
        let is_known_wrong = login.is_some() && self.wrong_login.as_ref() == login;
        if is_known_wrong && *reason == DisconnectReason::TooManyAttempts { Failure::Refusal } else { reason.failure() }
    }

    /// Counts the end of a connection that lasted this long, [`None`] if there was no CONNACK. Returns the reason,
    /// refined by the counts.
    pub(super) fn classify(
        &mut self,
        reason: DisconnectReason,
        lasted: Option<Duration>,
        timeouts: &Timeouts,
    ) -> DisconnectReason {
        let is_stable = lasted.is_some_and(|lasted| lasted >= timeouts.stable);
        match (&reason, lasted) {
            (DisconnectReason::NoAnswer(_), Some(_)) => self.stalls += 1,
            _ if is_stable => self.stalls = 0,
            _ => {}
        }
        if is_stable {
            self.takeovers = 0;
        }
        match lasted {
            Some(lasted) if reason == DisconnectReason::Closed && lasted < timeouts.short_lived => self.aborts += 1,
            // A failed attempt does not interrupt a series of aborts.
            None => {}
            Some(_) => self.aborts = 0,
        }
        self.takeovers += u32::from(reason == DisconnectReason::TakenOver);
        match reason {
            DisconnectReason::TakenOver if self.takeovers > 1 => DisconnectReason::TakenOverAgain,
            DisconnectReason::Closed if self.aborts >= MAX_ABORTS => DisconnectReason::RepeatedlyAborted,
            _ => reason,
        }
    }
}
