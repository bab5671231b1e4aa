//! The state of the connection to the broker.

use std::time::Duration;

use super::log::Level;
use crate::{
    app::language::{LocalizedText, localized},
    domain::{DisconnectReason, Tick},
};

/// The state of the connection to the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say what they hold")]
pub enum Connection {
    /// An attempt to connect is in progress: the first one, a retry, or one that the user asked for.
    Connecting,
    /// Connected, and subscribed to my control topic.
    Online,
    /// Lost for this reason; the next attempt is at this time.
    Reconnecting { at: Tick, why: LocalizedText },
    /// No more attempts until the user reconnects, or another client that uses my ID disconnects. `help` says so on a
    /// screen.
    Stopped { why: LocalizedText, help: LocalizedText },
    /// Connected, but the broker refuses the subscription to my control topic, so nobody can reach me.
    ControlRefused { why: LocalizedText },
}

impl Connection {
    /// The state after papo gave up connecting for this reason. `is_watching` is true if papo reconnects as soon as the
    /// other client with my ID disconnects.
    pub fn stopped(reason: &DisconnectReason, is_watching: bool) -> Self {
        use DisconnectReason as Reason;
        let help = match reason {
            _ if is_watching => "stopped-watches",
            Reason::InUse | Reason::TakenOver | Reason::TakenOverAgain => "stopped-takes",
            _ => "stopped-tries",
        };
        Self::Stopped { why: reason.into(), help: help.into() }
    }

    /// Returns whether papo is online or connecting, so that an answer may still arrive.
    pub fn is_online_or_connecting(&self) -> bool {
        matches!(self, Self::Online | Self::Connecting)
    }

    /// Returns whether papo is connecting, or does so at once: at another broker, after one has refused the login.
    pub fn is_trying(&self, now: Tick) -> bool {
        match self {
            Self::Connecting => true,
            Self::Reconnecting { at, .. } => *at <= now,
            _ => false,
        }
    }

    /// Returns whether the presence of others is known: the broker reports it.
    pub fn shows_presence(&self) -> bool {
        matches!(self, Self::Online | Self::ControlRefused { .. })
    }

    /// The connection problem to report to the user; `None` if there is none.
    pub fn problem(&self) -> Option<LocalizedText> {
        match self {
            Self::Reconnecting { why, .. } | Self::Stopped { why, .. } => {
                Some(localized!("not-connected", why = why.clone()))
            }
            Self::ControlRefused { why } => Some(why.clone()),
            Self::Online | Self::Connecting => None,
        }
    }

    /// The log entry for this state; `None` while connecting. `broker` is the broker's address.
    pub fn log_entry(&self, broker: &str) -> Option<(Level, LocalizedText)> {
        match self {
            Self::Connecting => None,
            Self::Online => Some((Level::Info, localized!("connected", broker))),
            Self::Reconnecting { why, .. } => Some((Level::Warning, localized!("not-connected", why))),
            Self::Stopped { why, help } => Some((Level::Error, with_help(why, help))),
            Self::ControlRefused { why } => Some((Level::Error, why.clone())),
        }
    }

    /// When the countdown to the next attempt changes on the screen; `None` without a countdown. The header shows whole
    /// seconds, rounded up.
    pub fn next_countdown(&self, now: Tick) -> Option<Tick> {
        let Self::Reconnecting { at, .. } = self else { return None };
        let left = at.since(now);
        let fraction = Duration::from_millis(u64::from(left.subsec_millis()));
        (!left.is_zero()).then(|| now + if fraction.is_zero() { Duration::from_secs(1) } else { fraction })
    }
}

/// Why papo gave up connecting, and what the user can do about it on the screen.
pub fn with_help(why: &LocalizedText, help: &LocalizedText) -> LocalizedText {
    localized!("stopped", why, helps = help)
}
