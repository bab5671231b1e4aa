//! A broker in the foreground: `papo broker`.

use std::io::{self, Write};

use thiserror::Error;

use super::{Listener, Settings, StartError, Way, start};

/// Why a broker in the foreground ended unasked.
#[derive(Debug, Error)]
pub enum ServeError {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It stopped by itself; the log has the reason.
    #[error("the broker stopped unexpectedly")]
    Ended,
    /// Signals or output are unavailable.
    #[error("cannot run in the foreground")]
    Io(#[from] io::Error),
}

/// A warning for the operator of a broker without logins. `None` on a loopback address.
pub fn exposure_warning(listener: Listener) -> Option<String> {
    (!listener.is_local()).then(|| {
        format!(
            "warning: anyone who can reach port {} of this machine can take part, read and write everything",
            listener.address.port()
        )
    })
}

/// Runs a broker until it is interrupted or terminated. Prints its addresses to `out` once it listens, and a warning
/// about open access to `warnings`.
pub fn serve(settings: Settings, out: &mut impl Write, warnings: &mut impl Write) -> Result<(), ServeError> {
    // Signals are caught before the broker starts, so that none can end it half-way.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _inside = runtime.enter();
    let mut signals = Signals::new()?;
    let running = start(settings)?;
    for &listener in running.listeners() {
        if !running.has_users()
            && let Some(warning) = exposure_warning(listener)
        {
            writeln!(warnings, "{warning}")?;
        }
        if !running.has_users() && listener.is_local() && matches!(listener.way, Way::Ws | Way::Wss) {
            let what = "whatever passes connections on to it lets everybody in, as nobody has to log in";
            writeln!(warnings, "warning: {listener}: {what}")?;
        }
        writeln!(out, "papo broker: listening on {listener}")?;
    }
    out.flush()?;
    let asked = runtime.block_on(async {
        tokio::select! {
            () = signals.next() => true,
            () = running.ended() => false,
        }
    });
    running.stop();
    if asked { Ok(()) } else { Err(ServeError::Ended) }
}

/// The signals that end the broker.
#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
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

/// The key that ends the broker.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
