//! A broker in the foreground: `papo broker`.

use std::io::{self, Write};

use thiserror::Error;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Listener, Settings, StartError, start};

/// Why a broker in the foreground ended without a signal.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The broker did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The broker was running and ended by itself; the log has the error.
    #[error("the broker stopped unexpectedly")]
    Ended,
    /// Signals cannot be caught, or the output cannot be written.
    #[error("cannot run in the foreground")]
    Io(#[from] io::Error),
}

/// The warning for a listener of a broker without users; [`None`] for a loopback address.
pub fn exposure_warning(listener: Listener) -> Option<String> {
    (!listener.is_local()).then(|| {
        format!(
            "warning: anyone who can reach port {} of this machine can take part, read and write everything",
            listener.address.port()
        )
    })
}

/// The warning for a broker without users of which all listeners have loopback addresses; [`None`] if others can reach
/// one of them, because [`exposure_warning`] then says more.
pub fn local_warning(listeners: &[Listener]) -> Option<&'static str> {
    listeners.iter().all(|listener| listener.is_local()).then_some(
        "warning: no users are defined: every account of this machine can take part, read and write everything",
    )
}

/// Runs a broker until the process receives SIGINT, SIGTERM or SIGHUP. Once the broker accepts connections, prints the
/// listeners to `out`, and prints to `warnings` who can connect to them without a login.
pub fn serve(settings: Settings, out: &mut impl Write, warnings: &mut impl Write) -> Result<(), ServeError> {
    // Catch signals before the broker starts, so that none of them kills it during the start.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _inside = runtime.enter();
    let mut signals = Signals::new()?;
    let running = start(settings)?;
    if !running.has_users()
        && let Some(warning) = local_warning(running.listeners())
    {
        writeln!(warnings, "{warning}")?;
    }
    for &listener in running.listeners() {
        if !running.has_users()
            && let Some(warning) = exposure_warning(listener)
        {
            writeln!(warnings, "{warning}")?;
        }
        if !running.has_users() && listener.is_local() && listener.transport.is_websocket() {
            let what = "whatever passes connections on to it lets everybody in, as nobody has to log in";
            writeln!(warnings, "warning: {listener}: {what}")?;
        }
        writeln!(out, "papo broker: listening on {listener}")?;
    }
    out.flush()?;
    let is_signalled = runtime.block_on(async {
        tokio::select! {
            () = signals.next() => true,
            () = running.ended() => false,
        }
    });
    running.stop();
    if is_signalled { Ok(()) } else { Err(ServeError::Ended) }
}

/// The signals that end the broker.
struct Signals([Signal; 3]);

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
