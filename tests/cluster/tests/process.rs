//! Processes, ports and waiting.

use std::{
    fs::{self, File},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

pub use self::ports::free_port;

#[path = "../../support/ports.rs"]
mod ports;

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A process that is killed when this is dropped, also by a test that fails.
pub struct Running(Child);

impl Running {
    /// Starts a program; `log` gets what it prints.
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log).unwrap();
        let command = command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
        Self(command.spawn().unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display())))
    }

    pub fn input(&mut self) -> &mut ChildStdin {
        self.0.stdin.as_mut().expect("the input is a pipe")
    }

    /// Whether the program has ended with success; `None` while it runs.
    pub fn ended(&mut self) -> Option<bool> {
        self.0.try_wait().unwrap().map(|status| status.success())
    }

    /// Asks the program to quit, and waits until it has.
    pub fn quit(mut self, limit: Limit) {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(asked.success());
        limit.until("the program quits", || self.ended().is_some());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Prints how long something took, and the bar for a machine with two cores that does nothing else. A test does not fail
/// for it: other programs may use the machine.
pub fn report(what: &str, took: Duration, bar: Duration) {
    let over = if took > bar { ", which is over it" } else { "" };
    println!("{what} after {took:.1?} (bar: {bar:?}{over})");
}

/// The time until which a test has to be through. Only a failing test takes as long.
#[derive(Clone, Copy)]
pub struct Limit(Instant);

impl Limit {
    pub fn of(seconds: u64) -> Self {
        Self(Instant::now() + Duration::from_secs(seconds))
    }

    /// Waits until a condition holds, and returns how long that took. Panics at the limit. `what` names the condition.
    #[track_caller]
    pub fn until(self, what: &str, holds: impl FnMut() -> bool) -> Duration {
        let began = Instant::now();
        assert!(self.allows(holds), "not in time: {what}");
        began.elapsed()
    }

    /// Waits until a condition holds. Returns whether it did before the limit.
    pub fn allows(self, mut holds: impl FnMut() -> bool) -> bool {
        while !holds() {
            if Instant::now() >= self.0 {
                return false;
            }
            thread::sleep(POLL_INTERVAL);
        }
        true
    }
}

/// The end of a log, to be shown when something fails.
pub fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().rev().take(20).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
