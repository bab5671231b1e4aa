//! The embedded broker, which papo runs if no broker listens on this machine.
//!
//! It starts on a separate thread, so that it does not delay the first frame. When the papo that runs the broker quits,
//! the next papo whose connection is refused starts one with the same state on disk.

use std::{net::SocketAddr, path::PathBuf, thread};

use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::broker::{self, Running, Settings, StartError};

/// Starts and stops the embedded broker.
pub(super) struct Hosting {
    /// `None` if papo must not run a broker.
    settings: Option<Settings>,
    /// The channel for the results of attempts to start the broker.
    result_sender: Sender<Result<Running, StartError>>,
    results: Receiver<Result<Running, StartError>>,
    running: Option<Running>,
    is_starting: bool,
}

impl Hosting {
    /// `listen` is the address to listen on; with `None`, papo never runs a broker. `state` is the folder of the
    /// broker's state.
    pub(super) fn new(listen: Option<SocketAddr>, state: PathBuf) -> Self {
        // Only one attempt is made at a time, so there is always room for its result.
        let (result_sender, results) = channel(1);
        let settings = listen.map(|listen| Settings::plain_tcp(listen, state));
        Self { settings, result_sender, results, running: None, is_starting: false }
    }

    /// Tries to start the broker, unless it is running or starting. If another program already listens on the address,
    /// the attempt fails, and papo connects to that program.
    pub(super) fn start(&mut self) {
        let Some(settings) = self.settings.clone().filter(|_| self.running.is_none() && !self.is_starting) else {
            return;
        };
        self.is_starting = true;
        let result_sender = self.result_sender.clone();
        thread::spawn(move || {
            // An error is ignored: papo has quit.
            let _ = result_sender.blocking_send(broker::start(settings));
        });
    }

    /// Stops the broker, if it is running.
    pub(super) fn stop(self) {
        if let Some(running) = self.running {
            running.stop();
        }
    }

    /// Waits until an attempt to start the broker ends. Returns whether the broker is running now. Cancel safe.
    pub(super) async fn started(&mut self) -> bool {
        let Some(result) = self.results.recv().await else { return std::future::pending().await };
        self.is_starting = false;
        match result {
            Ok(running) => {
                tracing::info!(address = %running.address(), "running a broker");
                self.running = Some(running);
            }
            Err(error) => tracing::info!(%error, "not running a broker"),
        }
        self.running.is_some()
    }
}
