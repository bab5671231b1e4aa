//! Polls in real time for things that send no event: a process, a file, a port.
#![expect(clippy::disallowed_methods, reason = "a test waits in real time")]
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{
    process::{Child, ExitStatus, Output},
    thread,
    time::{Duration, Instant},
};

const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// The timeout of a test. Longer than any step takes on a busy machine, and longer than papo waits before it requests a
/// lost message again. Only a failing test waits this long.
pub const PATIENCE: Duration = Duration::from_secs(45);
/// The timeout of a command. Longer than the import of a large file takes on a busy machine.
const COMMAND_PATIENCE: Duration = Duration::from_secs(180);

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

/// Waits until a process has exited. Kills it and panics on timeout.
#[track_caller]
pub fn exit(child: &mut Child) -> ExitStatus {
    let status = poll_for(PATIENCE, || child.try_wait().expect("the child can be waited for"));
    status.unwrap_or_else(|| {
        let _ = child.kill();
        let _ = child.wait();
        panic!("process {} does not exit", child.id());
    })
}

/// Waits until a process has exited and closed its output. Panics on timeout.
#[track_caller]
pub fn output(child: Child) -> Output {
    let id = child.id();
    let reading = thread::spawn(move || child.wait_with_output());
    if poll_for(COMMAND_PATIENCE, || reading.is_finished().then_some(())).is_none() {
        let _ = std::process::Command::new("kill").args(["-KILL", &id.to_string()]).status();
        panic!("process {id} does not exit");
    }
    reading.join().expect("the output can be read").expect("the child can be waited for")
}
