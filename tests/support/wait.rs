//! Polls in real time for things that send no event: a process, a file, a port.
#![expect(clippy::disallowed_methods, reason = "a test waits in real time")]

use std::{
    thread,
    time::{Duration, Instant},
};

const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// The timeout of a test. Longer than any step takes on a busy machine, and longer than papo waits before it requests a
/// lost message again. Only a failing test waits this long.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// Polls until `poll` returns a value; `None` on timeout.
pub fn poll_for<T>(timeout: Duration, mut poll: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + timeout;
    loop {
        let found = poll();
        if found.is_some() || Instant::now() >= deadline {
            return found;
        }
        thread::sleep(POLL_INTERVAL);
    }
}

/// Waits until a condition holds; panics on timeout. `what` names the condition.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    assert!(poll_for(PATIENCE, || holds().then_some(())).is_some(), "never: {what}");
}
