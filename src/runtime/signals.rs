//! The signals that papo handles: to quit, to suspend and to continue.

use std::{future::poll_fn, io, task::Poll};

use signal_hook::consts::{SIGCONT, SIGTSTP};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks papo to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignalAction {
    /// SIGTERM and SIGQUIT: quit as the user does.
    Quit,
    /// SIGHUP: quit. It may arrive twice: when a terminal closes, the shell and the kernel may both send it.
    HangUp,
    /// SIGINT: quit, unless an editor has the terminal: then Ctrl-C is meant for the editor.
    Interrupt,
    /// SIGTSTP: suspend papo.
    Suspend,
    /// SIGCONT: papo was stopped, and other programs may have changed the terminal.
    Continue,
}

/// The signals that papo handles, each with its action.
pub(super) struct Signals([(Signal, SignalAction); 6]);

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self([
            (signal(SignalKind::terminate())?, SignalAction::Quit),
            (signal(SignalKind::hangup())?, SignalAction::HangUp),
            (signal(SignalKind::quit())?, SignalAction::Quit),
            (signal(SignalKind::interrupt())?, SignalAction::Interrupt),
            (signal(SignalKind::from_raw(SIGTSTP))?, SignalAction::Suspend),
            (signal(SignalKind::from_raw(SIGCONT))?, SignalAction::Continue),
        ]))
    }

    /// Waits for the next signal. Cancel safe.
    pub(super) async fn next(&mut self) -> SignalAction {
        poll_fn(|context| {
            let mut arrived = self.0.iter_mut().filter_map(|(signal, action)| match signal.poll_recv(context) {
                Poll::Ready(_) => Some(*action),
                Poll::Pending => None,
            });
            arrived.next().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
