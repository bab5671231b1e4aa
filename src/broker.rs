//! papo's own MQTT broker.
//!
//! Each broker runs on its own thread with its own tokio runtime, so a busy broker never delays the screen. It listens
//! only on the given addresses and keeps its state in exactly one folder. Without a file of [users](Users) it lets in
//! everyone who reaches its address. With one, it lets in only those users, each under their own name, and enforces the
//! [access rules](access).
//!
//! | part | contents |
//! |---|---|
//! | `door` | from the network to packets and back: handshakes, logins, what is bounded before a login |
//! | `hub` | sessions, subscriptions, retained messages and quotas, as a state machine without input or output |
//! | [`access`] | who may read and write which topic |
//! | `state` | what the hub keeps, in one file |
//!
//! A failed start returns a typed error. The broker never falls back to another port or to state in memory. After
//! [`StartError::AddressInUse`] the caller can connect to the broker that already listens there.

pub mod access;
mod certificates;
mod clock;
mod door;
mod error;
mod hub;
mod listener;
mod passwords;
mod serve;
mod state;
mod users;

use std::{cell::RefCell, net::SocketAddr, path::PathBuf, sync::mpsc, thread};

use tokio::{runtime, sync::watch};

use self::{clock::Clock, door::Door, hub::Hub, state::State};

pub use certificates::{CertificateError, Certificates};
pub use error::StartError;
pub use hub::Limits;
pub use listener::{Listener, ListenerError};
pub use serve::{ServeError, exposure_warning, local_warning, serve};
pub use state::is_in_use;
pub use users::{Users, UsersError};

/// The settings of a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The listeners; at least one.
    pub listen: Vec<Listener>,
    /// The folder for sessions, queues and retained messages; created if missing.
    pub state: PathBuf,
    /// PEM files with the broker's certificate and its key; [`None`] for those in the state folder.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// How much its clients may use.
    pub limits: Limits,
}

impl Settings {
    /// A broker with one plain TCP listener.
    pub fn plain_tcp(listen: SocketAddr, state: PathBuf) -> Self {
        Self { listen: vec![Listener::plain_tcp(listen)], state, certificate: None, limits: Limits::default() }
    }

    fn certificate(&self) -> (PathBuf, PathBuf) {
        self.certificate.clone().unwrap_or_else(|| Certificates::of(&self.state).server())
    }
}

/// A running broker. Dropping it stops the broker.
#[derive(Debug)]
pub struct Running {
    /// At least one.
    listeners: Vec<Listener>,
    has_users: bool,
    /// Tells the broker to stop.
    stop: watch::Sender<bool>,
    /// [`None`] once joined.
    thread: Option<thread::JoinHandle<()>>,
    ended: watch::Receiver<bool>,
}

/// Starts a broker. Returns once it accepts connections. Blocks on disk I/O, so async code must not call this.
pub fn start(settings: Settings) -> Result<Running, StartError> {
    let has_users = !Users::of(&settings.state).read()?.is_empty();
    let (report, started) = mpsc::channel();
    let (end, ended) = watch::channel(false);
    let (stop, stopped) = watch::channel(false);
    let thread = thread::Builder::new()
        .name("papo-broker".into())
        .spawn(move || {
            if let Err(error) = run(&settings, &report, stopped) {
                // `start` waits for the report, so this cannot fail.
                let _ = report.send(Err(error));
            }
            // An error means that the `Running` was dropped.
            let _ = end.send(true);
        })
        .map_err(StartError::Thread)?;
    match started.recv() {
        Ok(Ok(listeners)) => Ok(Running { listeners, has_users, stop, thread: Some(thread), ended }),
        Ok(Err(error)) => {
            // Join the thread, so that the addresses and the folder are free on return.
            let _ = thread.join();
            Err(error)
        }
        Err(mpsc::RecvError) => Err(StartError::Died),
    }
}

impl Running {
    /// Whether clients must log in as a user of the user file.
    pub fn has_users(&self) -> bool {
        self.has_users
    }

    /// The address of the first listener.
    pub fn address(&self) -> SocketAddr {
        self.listeners[0].address
    }

    /// The listeners in the order of the settings, with the ports that the system chose for port 0.
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    /// Waits until the broker has ended. Unless stopped, it ends only after an error.
    pub async fn ended(&self) {
        // An error means that the thread has panicked, so the broker has ended as well.
        let _ = self.ended.clone().wait_for(|&ended| ended).await;
    }

    /// Disconnects all clients, writes the state to disk, and waits for both. Dropping the broker does the same. On
    /// return the addresses and the state folder are free.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(address = %self.address(), "the broker's thread panicked");
        }
    }
}

type StartReport = mpsc::Sender<Result<Vec<Listener>, StartError>>;

/// The main function of the broker's thread. If it returns an error, it has sent no report.
fn run(settings: &Settings, report: &StartReport, mut stopped: watch::Receiver<bool>) -> Result<(), StartError> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
    let _inside = runtime.enter();
    let (certificate, key) = settings.certificate();
    let door = Door::open(&settings.listen, &certificate, &key)?;
    let listeners = door.listeners().collect();
    let users = Users::of(&settings.state);
    let users = (!users.read()?.is_empty()).then_some(users);
    let now = Clock::new().since_epoch();
    let (state, saved) = State::open(&settings.state, now)?;
    let late = state.late();
    let hub = Hub::new(settings.limits.clone(), users.is_some(), saved, now);
    let state = RefCell::new(state);
    // `start` waits for the report, so this cannot fail.
    let _ = report.send(Ok(listeners));
    let stop = async {
        // An error means that the `Running` is gone.
        let _ = stopped.wait_for(|&stopped| stopped).await;
    };
    runtime.block_on(door.serve(
        hub,
        users,
        settings.limits.packet,
        move |changes| state.borrow_mut().apply(changes),
        late,
        stop,
    ))
}
