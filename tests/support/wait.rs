//! Waiting in real time for what gives no sign when it happens: a process, a file, a port.
#![expect(clippy::disallowed_methods, reason = "a test waits in real time")]

use std::{
    thread,
    time::{Duration, Instant},
};

/// The polling interval.
const EVERY: Duration = Duration::from_millis(5);
/// Longer than anything here takes on a busy machine, and than papo lets pass before it asks again for a lost message;
/// only a failure waits this long.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// Polls until there is a value; `None` on timeout.
pub fn poll_for<T>(patience: Duration, mut poll: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        let found = poll();
        if found.is_some() || Instant::now() >= deadline {
            return found;
        }
        thread::sleep(EVERY);
    }
}

/// Waits until a condition holds.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    assert!(poll_for(PATIENCE, || holds().then_some(())).is_some(), "never: {what}");
}
