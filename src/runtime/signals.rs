//! Signals to quit, and signals of a shell that suspends and continues papo.

use std::io;

use signal_hook::consts::{SIGCONT, SIGTSTP};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The meaning of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// SIGTERM and SIGQUIT: quit.
    Quit,
    /// SIGHUP: the same. The shell and the kernel may both send it for one terminal that closes.
    HangUp,
    /// SIGINT: quit, unless another program has the terminal; then it is meant for that program.
    Interrupt,
    /// SIGTSTP: suspend.
    Suspend,
    /// SIGCONT: papo was stopped, and other programs may have changed the terminal.
    Continue,
}

/// The handled signals.
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

    /// Waits for a signal.
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
