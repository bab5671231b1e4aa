//! How the connection to the broker stands.

use std::time::Duration;

use super::log::Level;
use crate::{
    app::language::{LocalizedText, localized},
    domain::Tick,
};

/// How the connection to the broker stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field is called what it holds")]
pub enum Connection {
    /// Being made for the first time, or again as the user wants.
    Connecting,
    /// Made, and I can be reached.
    Online,
    /// Lost, for this reason; tried again at this time.
    Reconnecting { at: Tick, why: LocalizedText },
    /// Given up until the user, or another client with the id, does something.
    Stopped { why: LocalizedText },
    /// Made, but the broker refuses the subscription to my control topic.
    Deaf { why: LocalizedText },
}

impl Connection {
    /// The connection after another client has taken the id over.
    pub fn taken_over() -> Self {
        let (why, helps) = (LocalizedText::from("reason-in-use"), LocalizedText::from("stopped-watches"));
        Self::Stopped { why: localized!("stopped", why, helps) }
    }

    /// Whether there is a connection, or one is being made for the first time.
    pub fn is_reachable(&self) -> bool {
        matches!(self, Self::Online | Self::Connecting)
    }

    /// Why there is no connection.
    pub fn trouble(&self) -> Option<LocalizedText> {
        match self {
            Self::Reconnecting { why, .. } | Self::Stopped { why } => {
                Some(localized!("not-connected", why = why.clone()))
            }
            Self::Deaf { why } => Some(why.clone()),
            Self::Online | Self::Connecting => None,
        }
    }

    /// The log entry for this state.
    pub fn logged(&self, broker: &str) -> Option<(Level, LocalizedText)> {
        match self {
            Self::Connecting => None,
            Self::Online => Some((Level::Info, localized!("connected", broker))),
            Self::Reconnecting { why, .. } => Some((Level::Warning, localized!("not-connected", why))),
            Self::Stopped { why } | Self::Deaf { why } => Some((Level::Error, why.clone())),
        }
    }

    /// When the header counts down: it shows the seconds that are left, rounded up.
    pub fn next_countdown(&self, now: Tick) -> Option<Tick> {
        let Self::Reconnecting { at, .. } = self else { return None };
        let left = at.since(now);
        let part = Duration::from_millis(u64::from(left.subsec_millis()));
        (!left.is_zero()).then(|| now + if part.is_zero() { Duration::from_secs(1) } else { part })
    }
}
