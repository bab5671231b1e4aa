//! The broker that papo runs if its machine has none.
//!
//! It starts in a thread, so that it does not delay the first frame. When the papo that runs it quits, the next papo
//! that finds nothing listening takes over, with the same state on disk.

use std::{net::SocketAddr, path::PathBuf, thread};

use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::broker::{self, Running, Settings, StartError};

/// Starts brokers, and owns the running one.
pub(super) struct Hosting {
    settings: Option<Settings>,
    answer: Sender<Result<Running, StartError>>,
    answers: Receiver<Result<Running, StartError>>,
    running: Option<Running>,
    starting: bool,
}

impl Hosting {
    /// Runs a broker at `listen`, if any, with its state in `state`.
    pub(super) fn new(listen: Option<SocketAddr>, state: PathBuf) -> Self {
        // There is one attempt at a time, so there is room for its result.
        let (answer, answers) = channel(1);
        let settings = listen.map(|listen| Settings::plain(listen, state));
        Self { settings, answer, answers, running: None, starting: false }
    }

    /// Tries to start a broker, unless one is running or starting. If something listens there already, the attempt
    /// fails, and papo connects to it.
    pub(super) fn start(&mut self) {
        let Some(settings) = self.settings.clone().filter(|_| self.running.is_none() && !self.starting) else { return };
        self.starting = true;
        let answer = self.answer.clone();
        thread::spawn(move || {
            // papo has quit meanwhile.
            let _ = answer.blocking_send(broker::start(settings));
        });
    }

    /// Stops the broker, if it is running.
    pub(super) fn stop(self) {
        if let Some(running) = self.running {
            running.stop();
        }
    }

    /// Waits for the result of an attempt; returns whether a broker is running here.
    pub(super) async fn answered(&mut self) -> bool {
        let Some(answer) = self.answers.recv().await else { return std::future::pending().await };
        self.starting = false;
        match answer {
            Ok(running) => {
                tracing::info!(address = %running.address(), "running a broker");
                self.running = Some(running);
            }
            Err(error) => tracing::info!(%error, "not running a broker"),
        }
        self.running.is_some()
    }
}
