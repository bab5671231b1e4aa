//! The clock: the one place where papo reads it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::Timestamp;

/// What time it is. A clock before 1970 reads as 1970.
#[expect(clippy::disallowed_methods, reason = "this is the runtime's clock, from which all others get the time")]
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
