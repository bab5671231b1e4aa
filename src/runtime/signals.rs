//! Signals to quit, and signals of a shell that suspends and continues papo.

use std::io;

use signal_hook::consts::{SIGCONT, SIGTSTP};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks papo to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignalAction {
    /// SIGTERM and SIGQUIT: quit as the user does.
    Quit,
    /// SIGHUP: quit. When a terminal closes, the shell and the kernel may both send it.
    HangUp,
    /// SIGINT: quit, unless another program has the terminal; then it is meant for that program.
    Interrupt,
    /// SIGTSTP: stop.
    Suspend,
    /// SIGCONT: papo was stopped, and other programs may have changed the terminal.
    Continue,
}

/// The signals that papo handles.
pub(super) struct Signals {
    terminate: Signal,
    hang_up: Signal,
    quit: Signal,
    interrupt: Signal,
    suspend: Signal,
    resume: Signal,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            interrupt: signal(SignalKind::interrupt())?,
            suspend: signal(SignalKind::from_raw(SIGTSTP))?,
            resume: signal(SignalKind::from_raw(SIGCONT))?,
        })
    }

    /// Waits for the next signal. Cancel safe.
    pub(super) async fn next(&mut self) -> SignalAction {
        tokio::select! {
            _ = self.terminate.recv() => SignalAction::Quit,
            _ = self.hang_up.recv() => SignalAction::HangUp,
            _ = self.quit.recv() => SignalAction::Quit,
            _ = self.interrupt.recv() => SignalAction::Interrupt,
            _ = self.suspend.recv() => SignalAction::Suspend,
            _ = self.resume.recv() => SignalAction::Continue,
        }
    }
}
