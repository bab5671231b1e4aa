//! The environment of a run: a broker, the users' home folders, and a thread that runs the proxies.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::mpsc,
    thread,
};

use tempfile::TempDir;
use tokio::runtime::{self, Handle};

use crate::{broker::Broker, own::OwnBroker, proxy::Proxy};

/// The kind of broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerKind {
    /// mosquitto with persistence.
    Persistent,
    /// mosquitto without persistence: a kill loses its sessions, queues and retained messages.
    Forgetful,
    /// `papo broker`.
    Own,
}

impl fmt::Display for BrokerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Persistent => "mosquitto",
            Self::Forgetful => "forgetful",
            Self::Own => "own",
        })
    }
}

impl FromStr for BrokerKind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let kinds = [Self::Persistent, Self::Forgetful, Self::Own];
        kinds.into_iter().find(|kind| kind.to_string() == text).ok_or("not mosquitto, forgetful or own")
    }
}

enum AnyBroker {
    Mosquitto(Broker),
    Own(OwnBroker),
}

/// A broker, home folders for users, and proxies between the users and the broker.
pub struct Site {
    broker: AnyBroker,
    proxies: Handle,
    /// Ends the thread of the proxies when dropped.
    _carrier: mpsc::Sender<()>,
    homes: Option<TempDir>,
}

impl Site {
    pub fn new(kind: BrokerKind) -> Self {
        let homes = tempfile::tempdir().unwrap();
        let broker = match kind {
            BrokerKind::Persistent => AnyBroker::Mosquitto(Broker::start()),
            BrokerKind::Forgetful => AnyBroker::Mosquitto(Broker::start_forgetful()),
            BrokerKind::Own => AnyBroker::Own(OwnBroker::start(&homes.path().join("broker"))),
        };
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let proxies = runtime.handle().clone();
        let (carrier, end) = mpsc::channel();
        thread::spawn(move || {
            let ended = tokio::task::spawn_blocking;
            runtime.block_on(async move { ended(move || end.recv().is_err()).await.unwrap() });
        });
        Self { broker, proxies, _carrier: carrier, homes: Some(homes) }
    }

    /// Creates and returns the home folder of this user.
    pub fn home(&self, user: &str) -> PathBuf {
        let home = self.homes.as_ref().expect("the homes exist until `keep`").path().join(user);
        std::fs::create_dir_all(&home).unwrap();
        home
    }

    /// A new proxy to the broker.
    pub fn proxy(&self) -> Proxy {
        let port = match &self.broker {
            AnyBroker::Mosquitto(broker) => broker.port(),
            AnyBroker::Own(broker) => broker.port(),
        };
        self.proxies.block_on(Proxy::start(port))
    }

    pub fn kill_broker(&mut self) {
        match &mut self.broker {
            AnyBroker::Mosquitto(broker) => broker.kill(),
            AnyBroker::Own(broker) => broker.kill(),
        }
    }

    pub fn restart_broker(&mut self) {
        match &mut self.broker {
            AnyBroker::Mosquitto(broker) => broker.restart(),
            AnyBroker::Own(broker) => broker.restart(),
        }
    }

    /// Deletes the state of papo's own broker, which must not be running. Does nothing for mosquitto, because
    /// [`BrokerKind::Forgetful`] saves no state.
    pub fn wipe_broker(&mut self) {
        if let AnyBroker::Own(broker) = &self.broker {
            broker.wipe();
        }
    }

    /// Keeps the homes, with their stores and logs, to debug a failure; returns their folder.
    pub fn keep(&mut self) -> PathBuf {
        self.homes.take().expect("`keep` is called once").keep()
    }
}

/// The folder of a user's store in their home folder.
pub fn store_in(home: &Path, user: &str) -> PathBuf {
    home.join(".local/share/papo").join(user)
}
