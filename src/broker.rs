//! papo's own MQTT broker.
//!
//! A broker runs on its own thread with its own runtime, so that it costs nothing unless it is started, and a busy
//! broker never delays the screen. It listens only on the given addresses and keeps its state in exactly one folder.
//! Without a file of [users](Users) it lets in everyone who reaches its address. With one, it lets in only those users,
//! each under their own name, and enforces the [access rules](access).
//!
//! A failed start is a typed error, never a broker on another port or without a disk. A caller that gets
//! [`StartError::AddressInUse`] finds a broker at that address and joins it.

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

use self::{access::Groups, access_control::AccessControl};
use crate::owner_only;

pub use certificates::{CertificateError, Certificates};
pub use error::StartError;
pub use listener::{Listener, ListenerError, Way};
pub use serve::{ServeError, exposure_warning, serve};
pub use users::{Users, UsersError};

/// The largest packet accepted: far above what papo sends, far below what would exhaust the memory. Some clients refuse
/// a broker that announces the protocol's own limit.
const PACKET_LIMIT: usize = 8 * 1024 * 1024;
/// Limits of the queue for one offline client. Beyond either of them its new messages are dropped.
const QUEUED_MESSAGES: usize = 100_000;
const QUEUED_BYTES: usize = 256 * 1024 * 1024;

/// Settings of a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The addresses to listen on; at least one.
    pub listen: Vec<Listener>,
    /// The folder for sessions, queues and retained messages; created if missing.
    pub state: PathBuf,
    /// The files of the certificate and its key, in PEM; by default those in the state folder.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

impl Settings {
    /// Settings for one address, without TLS.
    pub fn plain(listen: SocketAddr, state: PathBuf) -> Self {
        Self { listen: vec![Listener::plain(listen)], state, certificate: None }
    }

    fn certificate(&self) -> (PathBuf, PathBuf) {
        self.certificate.clone().unwrap_or_else(|| Certificates::of(&self.state).server())
    }
}

/// A running broker, until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    /// Never empty.
    listeners: Vec<Listener>,
    has_users: bool,
    shutdown: Shutdown,
    /// `None` once joined.
    thread: Option<thread::JoinHandle<()>>,
    ended: tokio::sync::watch::Receiver<bool>,
}

/// Starts a broker, and returns once it answers.
///
/// Blocks on the disk, so it must not be called where blocking is not allowed.
pub fn start(settings: Settings) -> Result<Running, StartError> {
    let has_users = !Users::of(&settings.state).read()?.is_empty();
    let (report, started) = mpsc::channel();
    let (end, ended) = tokio::sync::watch::channel(false);
    let thread = thread::Builder::new()
        .name("papo-broker".into())
        .spawn(move || {
            run(&settings, &report);
            // The caller may be gone.
            let _ = end.send(true);
        })
        .map_err(StartError::Thread)?;
    match started.recv() {
        Ok(Ok((listeners, shutdown))) => Ok(Running { listeners, has_users, shutdown, thread: Some(thread), ended }),
        Ok(Err(error)) => {
            // Wait for the end of the thread, which frees what it held.
            let _ = thread.join();
            Err(error)
        }
        Err(mpsc::RecvError) => Err(StartError::Died),
    }
}

impl Running {
    /// Whether logins are required.
    pub fn has_users(&self) -> bool {
        self.has_users
    }

    /// The first address that the broker listens on.
    pub fn address(&self) -> SocketAddr {
        self.listeners[0].address
    }

    /// The addresses, in the order of the settings, with the ports that the system chose.
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    /// Waits until the broker has ended. By itself it ends only on a failure.
    pub async fn ended(&self) {
        // An error means that the thread is gone, which is an end too.
        let _ = self.ended.clone().wait_for(|&ended| ended).await;
    }

    /// Disconnects all clients and writes everything to disk, as dropping does. On return the address and the folder
    /// are free.
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

/// Asks a broker to stop.
struct Shutdown(BrokerShutdownHandle);

impl std::fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shutdown")
    }
}

type Report = mpsc::Sender<Result<(Vec<Listener>, Shutdown), StartError>>;

/// The broker's thread, from the first access to the disk to the last.
fn run(settings: &Settings, report: &Report) {
    // The starter waits for the report, so the receiver exists.
    let refuse = |error| drop(report.send(Err(error)));
    let runtime = match runtime::Builder::new_current_thread().enable_all().thread_name("papo-broker-disk").build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(StartError::Thread(error)),
    };
    runtime.block_on(async {
        let opened = match ready(settings) {
            Ok(listen) => open(settings, &listen).await.map(|broker| (broker, listen)),
            Err(error) => Err(error),
        };
        match opened {
            Ok((broker, listen)) => drive(broker, listen, report).await,
            Err(error) => refuse(error),
        }
    });
}

/// Checks everything that the library would only log, or report in its own words. Returns the resolved addresses,
/// because the library does not always tell which port it chose.
fn ready(settings: &Settings) -> Result<Vec<Listener>, StartError> {
    if settings.listen.iter().any(|listener| listener.way.is_tls()) {
        let (certificate, key) = settings.certificate();
        for path in [certificate, key] {
            if let Err(source) = std::fs::File::open(&path) {
                return Err(StartError::Certificate { path, source });
            }
        }
        // It fails only if one is set already.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    }
    // Only one is notified.
    if let [Listener { way: Way::Tcp, .. }] = settings.listen[..] {
        return Ok(settings.listen.clone());
    }
    let chosen = |listener: &Listener| {
        let bound = TcpListener::bind(listener.address).and_then(|bound| bound.local_addr());
        let address = bound.map_err(|source| refused(listener.address, source))?;
        Ok(Listener { address, ..*listener })
    };
    settings.listen.iter().map(chosen).collect()
}

async fn open(settings: &Settings, listen: &[Listener]) -> Result<MqttBroker, StartError> {
    owner_only::create_dir(&settings.state)
        .map_err(|source| StartError::State { state: settings.state.clone(), source: source.into() })?;
    let users = Users::of(&settings.state);
    let logins = users.read()?;
    let config = config(settings, listen);
    if logins.is_empty() {
        return MqttBroker::with_config(config).await.map_err(|error| explain(settings, error));
    }
    let access = AccessControl::new(users, logins, Groups::default());
    let config = config.with_event_handler(Arc::clone(&access) as _);
    let broker = MqttBroker::with_config(config).await.map_err(|error| explain(settings, error))?;
    if let Some(storage) = broker.storage() {
        let records = storage.get_retained_messages("GROUPS/+").await;
        access.learn(
            records
                .map_err(|error| explain(settings, error))?
                .iter()
                .map(|(topic, kept)| (topic.as_str(), kept.payload.as_slice())),
        );
    }
    access.watch(&broker.router());
    let provider = RateLimitedAuthProvider::with_default_limits(access as _);
    Ok(broker.with_auth_provider(Arc::new(provider)))
}

fn config(settings: &Settings, listen: &[Listener]) -> BrokerConfig {
    let storage = StorageConfig::new()
        .with_backend(StorageBackend::File)
        .with_base_dir(settings.state.clone())
        .with_max_queued_messages_per_client(QUEUED_MESSAGES)
        .with_max_queued_bytes_per_client(QUEUED_BYTES);
    let at = |way| -> Vec<SocketAddr> {
        listen.iter().filter(|listener| listener.way == way).map(|listener| listener.address).collect()
    };
    let [tcp, tls, ws, wss] = [Way::Tcp, Way::Tls, Way::Ws, Way::Wss].map(at);
    let mut config = BrokerConfig::new()
        .with_bind_addresses(tcp)
        .with_max_packet_size(PACKET_LIMIT)
        .with_storage(storage)
        // Its statistics would wake the machine every ten seconds for nothing.
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

/// Runs until it is told to stop. Reports once: that it answers, or that it failed.
async fn drive(mut broker: MqttBroker, mut listen: Vec<Listener>, report: &Report) {
    let mut ready = broker.ready_receiver();
    if let ([only], Some(address)) = (&mut listen[..], broker.local_addr()) {
        only.address = address;
    }
    let shutdown = Shutdown(broker.shutdown_handle());
    let storage = broker.storage();
    let running = broker.run();
    tokio::pin!(running);
    let early = tokio::select! {
        biased;
        end = &mut running => Some(end),
        _ = ready.wait_for(|&ready| ready) => None,
    };
    let started = match early {
        None => Ok((listen, shutdown)),
        Some(Err(error)) => Err(StartError::Broker(error.into())),
        Some(Ok(())) => Err(StartError::Died),
    };
    let goes_on = started.is_ok();
    // The starter waits for the report, so the receiver exists.
    let _ = report.send(started);
    if goes_on && let Err(error) = running.await {
        tracing::error!(%error, "the broker has failed");
    }
    // It writes out its queues when it is told to stop, which is before the last connection has ended.
    if let Some(storage) = storage
        && let Err(error) = storage.shutdown().await
    {
        tracing::error!(%error, "the broker's queues could not be written out");
    }
}

/// The library reports failures as one error with a text, so the common causes are told apart by checking again.
fn explain(settings: &Settings, error: mqtt5::MqttError) -> StartError {
    for Listener { address, .. } in &settings.listen {
        if let Err(source) = TcpListener::bind(address) {
            return refused(*address, source);
        }
    }
    let lock = std::fs::File::open(settings.state.join(".lock"));
    if lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(std::fs::TryLockError::WouldBlock))) {
        return StartError::StateInUse(settings.state.clone());
    }
    StartError::State { state: settings.state.clone(), source: error.into() }
}

fn refused(address: SocketAddr, source: std::io::Error) -> StartError {
    match source.kind() {
        std::io::ErrorKind::AddrInUse => StartError::AddressInUse(address),
        _ => StartError::Listen { address, source },
    }
}
