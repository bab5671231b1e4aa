//! Signals: those that ask papo to leave, and those of a shell that suspends it and continues it.

use std::io;

use signal_hook::consts::{SIGCONT, SIGTSTP};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// SIGTERM and SIGQUIT: to leave as if the user had quit.
    Quit,
    /// SIGHUP: the same. The shell and the kernel may both send it for one terminal that closes.
    HangUp,
    /// SIGINT: the same, but where another program has the terminal: then it is meant for that.
    Interrupt,
    /// SIGTSTP: to stop.
    Suspend,
    /// SIGCONT: papo was stopped, and the terminal may be as others left it.
    Continue,
}

/// The signals that papo listens to.
pub(super) struct Signals {
    terminate: Signal,
    hang_up: Signal,
    quit: Signal,
    interrupt: Signal,
    stop: Signal,
    go_on: Signal,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(SIGTSTP))?,
            go_on: signal(SignalKind::from_raw(SIGCONT))?,
        })
    }

    /// Waits for one of them.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Quit,
            _ = self.hang_up.recv() => Asked::HangUp,
            _ = self.quit.recv() => Asked::Quit,
            _ = self.interrupt.recv() => Asked::Interrupt,
            _ = self.stop.recv() => Asked::Suspend,
            _ = self.go_on.recv() => Asked::Continue,
        }
    }
}
