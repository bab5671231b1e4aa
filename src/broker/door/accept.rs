//! Accepts connections, also when the system has no descriptor left for them.

use std::{cell::RefCell, fs::File, io, net::SocketAddr, time::Duration};

use futures_util::FutureExt;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::{super::clock::now, throttle::Throttle};
use crate::broker::StartError;

/// How many connections the system accepts ahead of the broker.
const BACKLOG: u32 = 1024;
/// How long to wait after a failed accept. The time doubles with each failure in a row.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Raises the limit of open files to what the system lets this process have. Each connection takes one. Returns the limit.
pub fn raise_descriptor_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })
    {
        tracing::warn!(%error, limit = limit.current, "cannot raise the limit of open files");
    }
    let limit = getrlimit(Resource::Nofile).current;
    limit.and_then(|limit| limit.try_into().ok()).unwrap_or(usize::MAX)
}

/// Listens on an address. Port 0 lets the system choose.
pub fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        // Connections inherit it. A client without a keep alive that has disappeared would hold its place for ever.
        socket.set_keepalive(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|source| StartError::listen(address, source))
}

/// A descriptor kept back, so that a connection can be accepted and closed when there is no other. Otherwise it would
/// wait, and wake the broker all the time.
#[derive(Debug)]
pub struct Spare(RefCell<Option<File>>);

impl Spare {
    /// Takes a descriptor.
    pub fn new() -> Self {
        Self(RefCell::new(Self::open()))
    }

    fn open() -> Option<File> {
        File::open("/dev/null").ok()
    }

    /// Accepts and closes the connections that wait. Returns how many.
    fn refuse(&self, listener: &TcpListener) -> usize {
        let mut refused = 0;
        // At most one is open at a time.
        drop(self.0.take());
        while refused < BACKLOG as usize && matches!(listener.accept().now_or_never(), Some(Ok(_))) {
            refused += 1;
        }
        self.0.replace(Self::open());
        refused
    }
}

/// Accepts connections for ever. `accepted` returns whether other tasks have to run before the next one.
pub async fn accept_all(listener: TcpListener, spare: &Spare, mut accepted: impl FnMut(TcpStream, SocketAddr) -> bool) {
    let mut failures = Throttle::default();
    let mut pause = FIRST_PAUSE;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                pause = FIRST_PAUSE;
                // MQTT packets are small and must not wait for each other. Fails if the client has left.
                let _ = stream.set_nodelay(true);
                if accepted(stream, address) {
                    tokio::task::yield_now().await;
                }
            }
            // The client has left before it was accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                let refused = spare.refuse(&listener);
                if let Some(times) = failures.pass(now()) {
                    tracing::error!(%error, times, refused, "cannot accept connections");
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn address_in_use_is_reported_as_such() {
        let first = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = first.local_addr().unwrap();
        assert!(matches!(listen(address), Err(StartError::AddressInUse(used)) if used == address));
        let foreign = "192.0.2.1:0".parse().unwrap();
        assert!(matches!(listen(foreign), Err(StartError::Listen { address, .. }) if address == foreign));
    }

    #[tokio::test]
    async fn waiting_connections_are_refused_with_the_spare_descriptor() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let spare = Spare::new();
        let mut clients = Vec::new();
        for _ in 0..3 {
            clients.push(TcpStream::connect(address).await.unwrap());
        }
        listener.accept().await.unwrap();
        // The first is accepted; the system may still be about to hand over the others.
        let mut refused = 0;
        while refused < 2 {
            refused += spare.refuse(&listener);
            tokio::task::yield_now().await;
        }
        for client in &mut clients[1..] {
            assert!(matches!(client.read(&mut [0; 1]).await, Ok(0) | Err(_)));
        }
        assert!(spare.0.borrow().is_some());
    }

    #[test]
    fn soft_limit_becomes_the_hard_one() {
        let limit = raise_descriptor_limit();
        let in_force = getrlimit(Resource::Nofile);
        assert_eq!(in_force.current, in_force.maximum);
        assert_eq!(Some(limit as u64), in_force.current.or(Some(u64::MAX)));
    }
}
