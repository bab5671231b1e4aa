//! papo's own MQTT broker.
//!
//! Each broker runs on its own thread with its own tokio runtime, so a busy broker never delays the screen. It listens
//! only on the given addresses and keeps its state in exactly one folder. Without a file of [users](Users) it lets in
//! everyone who reaches its address. With one, it lets in only those users, each under their own name, and enforces the
//! [access rules](access).
//!
//! A failed start returns a typed error. The broker never falls back to another port or to state in memory. After
//! [`StartError::AddressInUse`] the caller can connect to the broker that already listens there.

pub mod access;
mod access_control;
mod certificates;
mod error;
mod listener;
mod serve;
mod users;

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
};

use mqtt5::broker::{
    BrokerConfig, BrokerShutdownHandle, MqttBroker,
    auth::RateLimitedAuthProvider,
    config::{StorageBackend, StorageConfig, TlsConfig, WebSocketConfig},
    storage::StorageBackend as _,
};
use tokio::runtime;

use self::access_control::AccessControl;
use crate::{
    domain::Transport,
    owner_only::{self, ClaimError},
};

pub use certificates::{CertificateError, Certificates};
pub use error::StartError;
pub use listener::{Listener, ListenerError};
pub use serve::{ServeError, exposure_warning, local_warning, serve};
pub use users::{Users, UsersError};

/// The largest packet that the broker accepts, in bytes: far above what papo sends, far below what would exhaust
/// memory. MQTT allows more, but some clients refuse a broker that announces MQTT's own limit.
const MAX_PACKET: usize = 8 * 1024 * 1024;
/// How many messages the broker queues for one offline client. Beyond this limit, or [`MAX_QUEUED_BYTES`], it drops new
/// messages for that client.
const MAX_QUEUED_MESSAGES: usize = 100_000;
const MAX_QUEUED_BYTES: usize = 256 * 1024 * 1024;

/// The settings of a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The listeners; at least one.
    pub listen: Vec<Listener>,
    /// The folder for sessions, queues and retained messages; created if missing.
    pub state: PathBuf,
    /// PEM files with the broker's certificate and its key; [`None`] for those in the state folder.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

impl Settings {
    /// A broker with one plain TCP listener.
    pub fn plain_tcp(listen: SocketAddr, state: PathBuf) -> Self {
        Self { listen: vec![Listener::plain_tcp(listen)], state, certificate: None }
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
    shutdown: Shutdown,
    /// [`None`] once joined.
    thread: Option<thread::JoinHandle<()>>,
    ended: tokio::sync::watch::Receiver<bool>,
}

/// Starts a broker. Returns once it accepts connections. Blocks on disk I/O, so async code must not call this.
pub fn start(settings: Settings) -> Result<Running, StartError> {
    let has_users = !Users::of(&settings.state).read()?.is_empty();
    let (report, started) = mpsc::channel();
    let (end, ended) = tokio::sync::watch::channel(false);
    let thread = thread::Builder::new()
        .name("papo-broker".into())
        .spawn(move || {
            if let Err(error) = run(&settings, &report) {
                // `start` waits for the report, so this cannot fail.
                let _ = report.send(Err(error));
            }
            // An error means that the `Running` was dropped.
            let _ = end.send(true);
        })
        .map_err(StartError::Thread)?;
    match started.recv() {
        Ok(Ok((listeners, shutdown))) => Ok(Running { listeners, has_users, shutdown, thread: Some(thread), ended }),
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

    /// Disconnects all clients, writes the queues to disk, and waits for both. Dropping the broker does the same. On
    /// return the addresses and the state folder are free.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.0.shutdown();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(address = %self.address(), "the broker's thread panicked");
        }
    }
}

/// Tells a broker to shut down.
struct Shutdown(BrokerShutdownHandle);

impl std::fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shutdown")
    }
}

type StartReport = mpsc::Sender<Result<(Vec<Listener>, Shutdown), StartError>>;

/// The main function of the broker's thread. If it returns an error, it has sent no report.
fn run(settings: &Settings, report: &StartReport) -> Result<(), StartError> {
    let runtime = runtime::Builder::new_current_thread().enable_all().thread_name("papo-broker-disk").build();
    runtime.map_err(StartError::Thread)?.block_on(async {
        let listen = prepare(settings)?;
        let broker = create_broker(settings, &listen).await?;
        run_until_shutdown(broker, listen, report).await
    })
}

/// Checks for errors that the library would only log or report as text. Returns the listeners with their final ports.
/// For port 0 the library reports the system's choice only if there is a single TCP listener, so for other listeners
/// the port is chosen here.
fn prepare(settings: &Settings) -> Result<Vec<Listener>, StartError> {
    if settings.listen.iter().any(|listener| listener.transport.is_tls()) {
        let (certificate, key) = settings.certificate();
        for path in [certificate, key] {
            if let Err(source) = std::fs::File::open(&path) {
                return Err(StartError::Certificate { path, source });
            }
        }
        // Fails only if a provider is installed already.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    }
    // The library reports the port of a single TCP listener.
    if let [Listener { transport: Transport::Tcp, .. }] = settings.listen[..] {
        return Ok(settings.listen.clone());
    }
    let chosen = |listener: &Listener| {
        let bound = TcpListener::bind(listener.address).and_then(|bound| bound.local_addr());
        let address = bound.map_err(|source| listen_error(listener.address, source))?;
        Ok(Listener { address, ..*listener })
    };
    settings.listen.iter().map(chosen).collect()
}

async fn create_broker(settings: &Settings, listen: &[Listener]) -> Result<MqttBroker, StartError> {
    owner_only::claim_dir(&settings.state).map_err(|error| match error {
        ClaimError::Owner => StartError::StateOwner(settings.state.clone()),
        ClaimError::Io(source) => StartError::State { state: settings.state.clone(), source: source.into() },
    })?;
    let users = Users::of(&settings.state);
    let logins = users.read()?;
    let config = config(settings, listen);
    let failed = |error| diagnose(settings, error);
    if logins.is_empty() {
        return MqttBroker::with_config(config).await.map_err(failed);
    }
    let access = AccessControl::new(users, logins);
    let config = config.with_event_handler(Arc::clone(&access) as _);
    let broker = MqttBroker::with_config(config).await.map_err(failed)?;
    if let Some(storage) = broker.storage() {
        let records = storage.get_retained_messages("GROUPS/+").await.map_err(failed)?;
        access.learn_records(records.iter().map(|(topic, kept)| (topic.as_str(), kept.payload.as_slice())));
    }
    access.set_router(&broker.router());
    let provider = RateLimitedAuthProvider::with_default_limits(access as _);
    Ok(broker.with_auth_provider(Arc::new(provider)))
}

fn config(settings: &Settings, listen: &[Listener]) -> BrokerConfig {
    let storage = StorageConfig::new()
        .with_backend(StorageBackend::File)
        .with_base_dir(settings.state.clone())
        .with_max_queued_messages_per_client(MAX_QUEUED_MESSAGES)
        .with_max_queued_bytes_per_client(MAX_QUEUED_BYTES);
    let at = |transport| -> Vec<SocketAddr> {
        listen.iter().filter(|listener| listener.transport == transport).map(|listener| listener.address).collect()
    };
    let [tcp, tls, ws, wss] = [Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss].map(at);
    let mut config = BrokerConfig::new()
        .with_bind_addresses(tcp)
        .with_max_packet_size(MAX_PACKET)
        .with_storage(storage)
        // The `$SYS` topics would wake the machine every ten seconds.
        .with_sys_topics_enabled(false);
    if !tls.is_empty() || !wss.is_empty() {
        let (certificate, key) = settings.certificate();
        config = config.with_tls(TlsConfig::new(certificate, key).with_bind_addresses(tls));
    }
    if !ws.is_empty() {
        config = config.with_websocket(WebSocketConfig::new().with_bind_addresses(ws));
    }
    if !wss.is_empty() {
        config = config.with_websocket_tls(WebSocketConfig::new().with_bind_addresses(wss).with_tls(true));
    }
    config
}

/// Runs the broker until it is shut down. Reports once it accepts connections; returns an error if it never did.
async fn run_until_shutdown(
    mut broker: MqttBroker,
    mut listen: Vec<Listener>,
    report: &StartReport,
) -> Result<(), StartError> {
    let mut ready = broker.ready_receiver();
    if let ([only], Some(address)) = (&mut listen[..], broker.local_addr()) {
        only.address = address;
    }
    let shutdown = Shutdown(broker.shutdown_handle());
    let storage = broker.storage();
    let running = broker.run();
    tokio::pin!(running);
    let started = tokio::select! {
        biased;
        end = &mut running => Err(end.map_or_else(|error| StartError::Broker(error.into()), |()| StartError::Died)),
        _ = ready.wait_for(|&ready| ready) => Ok(()),
    };
    if started.is_ok() {
        // `start` waits for the report, so this cannot fail.
        let _ = report.send(Ok((listen, shutdown)));
        if let Err(error) = running.await {
            tracing::error!(%error, "the broker has failed");
        }
    }
    // On shutdown the library writes its queues before the last connections have ended. This writes what those
    // connections have queued.
    if let Some(storage) = storage
        && let Err(error) = storage.shutdown().await
    {
        tracing::error!(%error, "the broker's queues could not be written out");
    }
    started
}

/// Finds the cause of a failed start. The library reports all causes with one error and a text, so this tests for the
/// common causes again.
fn diagnose(settings: &Settings, error: mqtt5::MqttError) -> StartError {
    for Listener { address, .. } in &settings.listen {
        if let Err(source) = TcpListener::bind(address) {
            return listen_error(*address, source);
        }
    }
    let lock = std::fs::File::open(settings.state.join(".lock"));
    if lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(std::fs::TryLockError::WouldBlock))) {
        return StartError::StateInUse(settings.state.clone());
    }
    StartError::State { state: settings.state.clone(), source: error.into() }
}

fn listen_error(address: SocketAddr, source: std::io::Error) -> StartError {
    match source.kind() {
        std::io::ErrorKind::AddrInUse => StartError::AddressInUse(address),
        _ => StartError::Listen { address, source },
    }
}
