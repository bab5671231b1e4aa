//! The broker that papo runs itself when its own machine has none.
//!
//! Starting it must not hold up the first frame, so it happens in a thread of its own. When the papo that
//! ran it leaves, the next one that finds nobody listening takes over, with the same state on disk.

use std::{net::SocketAddr, path::PathBuf, thread};

use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::broker::{self, Running, Settings, StartError};

/// Starts brokers, and keeps the one that runs.
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
        // One attempt is under way at a time, so there is room for its answer.
        let (answer, answers) = channel(1);
        let settings = listen.map(|listen| Settings::plain(listen, state));
        Self { settings, answer, answers, running: None, starting: false }
    }

    /// Tries to start a broker, unless one runs or is being started. Something that listens there already
    /// makes the attempt fail, and is what papo then joins.
    pub(super) fn start(&mut self) {
        let Some(settings) = self.settings.clone().filter(|_| self.running.is_none() && !self.starting) else { return };
        self.starting = true;
        let answer = self.answer.clone();
        thread::spawn(move || {
            // Nobody to answer to: papo has ended meanwhile.
            let _ = answer.blocking_send(broker::start(settings));
        });
    }

    /// Stops the broker that runs here, if one does.
    pub(super) fn stop(self) {
        if let Some(running) = self.running {
            running.stop();
        }
    }

    /// Waits for the answer to an attempt; says whether a broker runs here now.
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
