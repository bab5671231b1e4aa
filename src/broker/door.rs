//! The front door of the broker: everything between the network and the [hub](super::hub).
//!
//! It accepts connections, does the handshakes of TLS and WebSocket, checks logins, and turns bytes into packets and back.
//! Each connection is a task of its own. All tasks run in one thread; only passwords are checked in others. Until a
//! client has logged in, it has [ten seconds](greeting), and what it may use is bounded, for each address and in all.

mod accept;
mod connection;
mod frames;
mod greeting;
mod hashing;
mod logins;
mod origin;
mod packets;
mod regulars;
mod shared;
mod slots;
mod throttle;
mod tls;
mod tries;
mod websocket;

use std::{
    cell::RefCell,
    net::SocketAddr,
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinSet, LocalSet, spawn_local},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use self::{
    accept::Spare,
    greeting::Handshakes,
    logins::Logins,
    shared::Shared,
    slots::{Slot, Slots, Source},
    throttle::Throttle,
};
use super::{
    Listener, StartError, Users, clock,
    hub::{Change, Hub},
};

/// How often the user file is looked at while clients are connected.
const USERS_INTERVAL: Duration = Duration::from_secs(1);
/// The least time between two looks at what has expired.
const TICK_INTERVAL: Duration = Duration::from_millis(100);

/// The listeners of a broker that does not accept connections yet.
pub struct Door {
    listeners: Vec<(Listener, TcpListener)>,
    tls: Option<TlsAcceptor>,
}

impl Door {
    /// Listens on these addresses, of which none is a Unix socket. `certificate` and `key` are PEM files that are read
    /// if a listener uses TLS. Must be called within a tokio runtime.
    pub fn open(listen: &[Listener], certificate: &Path, key: &Path) -> Result<Self, StartError> {
        let has_tls = listen.iter().any(|listener| listener.transport.is_tls());
        let tls = has_tls.then(|| tls::acceptor(certificate, key)).transpose()?;
        let open = |listener: &Listener| {
            let socket = accept::listen(listener.address)?;
            let address = socket.local_addr().map_err(|source| StartError::listen(listener.address, source))?;
            Ok((Listener { address, ..*listener }, socket))
        };
        Ok(Self { listeners: listen.iter().map(open).collect::<Result<_, StartError>>()?, tls })
    }

    /// The listeners in the same order, with the ports that the system chose for port 0.
    pub fn listeners(&self) -> impl Iterator<Item = Listener> {
        self.listeners.iter().map(|&(listener, _)| listener)
    }

    /// Serves clients until `stop` is ready, then disconnects them. Must be called within the tokio runtime of a single
    /// thread.
    ///
    /// `users`: [`None`] if nobody has to log in. `max_packet`: the largest packet, in bytes. `changed` gets all changes
    /// to the hub's state, each at once. `late`: from when on saving them is late; then nothing is read from clients.
    pub async fn serve(
        self,
        hub: Hub,
        users: Option<Users>,
        max_packet: usize,
        changed: impl Fn(Vec<Change>) + 'static,
        late: watch::Receiver<Option<Instant>>,
        stop: impl Future<Output = ()>,
    ) -> Result<(), StartError> {
        let logins = users.map(Logins::new).transpose()?;
        let shared = Rc::new(Shared::new(hub, logins, max_packet, Box::new(changed), late));
        // The user file may have changed while no broker was running.
        shared.end_sessions_of_removed_users();
        let slots = Slots::new(accept::raise_descriptor_limit());
        // When this is dropped, the connections that are left are closed.
        let tasks = LocalSet::new();
        tasks.run_until(self.run(shared, slots, stop)).await;
        Ok(())
    }

    async fn run(self, shared: Rc<Shared>, slots: Slots, stop: impl Future<Output = ()>) {
        let mut tasks = JoinSet::new();
        tasks.spawn_local(tick(Rc::clone(&shared)));
        if shared.has_users() {
            tasks.spawn_local(watch_users(Rc::clone(&shared)));
        }
        let (slots, spare) = (Rc::new(RefCell::new(slots)), Rc::new(Spare::new()));
        for (listener, socket) in self.listeners {
            let handshakes = Handshakes {
                tls: self.tls.clone().filter(|_| listener.transport.is_tls()),
                is_websocket: listener.transport.is_websocket(),
            };
            tasks.spawn_local(accept(socket, handshakes, Rc::clone(&shared), Rc::clone(&slots), Rc::clone(&spare)));
        }
        stop.await;
        tasks.shutdown().await;
        shared.end_all();
        let mut count = shared.count();
        // The rest has had its time to close the connection.
        let _ = timeout(connection::CLOSING_TIME, count.wait_for(|&count| count == 0)).await;
    }
}

/// Accepts connections and serves each of them in a task.
async fn accept(
    socket: TcpListener,
    handshakes: Handshakes,
    shared: Rc<Shared>,
    slots: Rc<RefCell<Slots>>,
    spare: Rc<Spare>,
) {
    let mut refused = Throttle::default();
    let accepted = |stream: TcpStream, address: SocketAddr| {
        let source = Source::of(address.ip());
        match Slot::open(&slots, source) {
            Some(slot) => {
                spawn_local(connection::serve(Rc::clone(&shared), stream, handshakes.clone(), slot));
            }
            None => {
                if let Some(times) = refused.pass(clock::now()) {
                    tracing::warn!(?source, times, "too many connections that have not logged in");
                }
            }
        }
        slots.borrow().must_wait()
    };
    accept::accept_all(socket, &spare, accepted).await;
}

/// Ends what has expired in the hub, for ever. New deadlines come with clients that leave.
async fn tick(shared: Rc<Shared>) {
    let mut count = shared.count();
    loop {
        count.mark_unchanged();
        let next = shared.call(Hub::tick);
        let wait = async {
            match next {
                Some(next) => sleep(next.saturating_sub(shared.now())).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = wait => {}
            _ = count.changed() => {}
        }
        sleep(TICK_INTERVAL).await;
    }
}

/// Looks at the user file while clients are connected, for ever.
async fn watch_users(shared: Rc<Shared>) {
    let mut count = shared.count();
    // The sender lives as long as `shared`.
    while count.wait_for(|&count| count > 0).await.is_ok() {
        sleep(USERS_INTERVAL).await;
        shared.refresh_users();
    }
}

#[cfg(test)]
mod tests;
