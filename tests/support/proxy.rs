//! A TCP proxy that can cut what runs through it.

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// A proxy on a free port of 127.0.0.1; ends with this value.
pub struct Proxy {
    port: u16,
    /// Counts the cuts, and says whether new connections are let through.
    state: watch::Sender<(u32, bool)>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// One before this port of 127.0.0.1.
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (state, watcher) = watch::channel((0, true));
        let task = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut watcher = watcher.clone();
                let (_, open) = *watcher.borrow_and_update();
                if !open {
                    continue;
                }
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(("127.0.0.1", target)).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        _ = watcher.changed() => {}
                    }
                });
            }
        });
        Self { port, state, task }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts all connections; new ones are let through.
    pub fn cut(&self) {
        self.state.send_modify(|state| *state = (state.0 + 1, true));
    }

    /// Cuts all connections and lets none through until the next [`cut`](Self::cut).
    pub fn close(&self) {
        self.state.send_modify(|state| *state = (state.0 + 1, false));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}
