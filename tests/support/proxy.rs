//! A TCP proxy that can cut, stall and delay connections.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// The state of the proxy, which all connections watch.
#[derive(Clone, Copy)]
struct State {
    /// Incremented when all connections are cut.
    cuts: u32,
    /// Whether new connections are accepted.
    open: bool,
    /// Whether connections stall: they stay open and pass nothing, not even their end.
    stalled: bool,
    /// The delay in each direction.
    delay: Duration,
}

/// A proxy on a free port of 127.0.0.1. Dropping it stops the listener.
pub struct Proxy {
    port: u16,
    state: watch::Sender<State>,
    task: JoinHandle<()>,
}

#[allow(dead_code, reason = "each test file uses what it needs")]
impl Proxy {
    /// Starts a proxy that connects its clients to the port `target` of 127.0.0.1.
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (state, watcher) = watch::channel(State { cuts: 0, open: true, stalled: false, delay: Duration::ZERO });
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let State { cuts, open, .. } = *watcher.borrow();
                if !open {
                    continue;
                }
                let mut watcher = watcher.clone();
                tokio::spawn(async move {
                    let Ok(far) = TcpStream::connect(("127.0.0.1", target)).await else { return };
                    let connected = join(near, far, watcher.clone());
                    tokio::select! {
                        _ = connected => {}
                        _ = watcher.wait_for(|state| state.cuts != cuts) => {}
                    }
                });
            }
        });
        Self { port, state, task }
    }

    /// The port on which the proxy listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts all connections, and accepts new ones, also after [`close`](Self::close).
    pub fn cut(&self) {
        self.state.send_modify(|state| *state = State { cuts: state.cuts + 1, open: true, ..*state });
    }

    /// Cuts all connections and accepts none until the next [`cut`](Self::cut).
    pub fn close(&self) {
        self.state.send_modify(|state| *state = State { cuts: state.cuts + 1, open: false, ..*state });
    }

    /// If `stalled`, stalls all connections, including new ones; otherwise ends the stall.
    pub fn stall(&self, stalled: bool) {
        self.state.send_modify(|state| state.stalled = stalled);
    }

    /// Sets the delay in each direction.
    pub fn delay(&self, delay: Duration) {
        self.state.send_modify(|state| state.delay = delay);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Passes data both ways until both sides have ended or one has failed.
async fn join(mut near: TcpStream, mut far: TcpStream, state: watch::Receiver<State>) -> io::Result<()> {
    let ((near_in, near_out), (far_in, far_out)) = (near.split(), far.split());
    tokio::try_join!(pass(near_in, far_out, state.clone()), pass(far_in, near_out, state))?;
    Ok(())
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut state: watch::Receiver<State>,
) -> io::Result<()> {
    let mut buffer = vec![0; 8192];
    loop {
        let count = from.read(&mut buffer).await;
        let Ok(State { delay, .. }) = state.wait_for(|state| !state.stalled).await.map(|state| *state) else {
            return Ok(());
        };
        if !delay.is_zero() {
            sleep(delay).await;
        }
        match count? {
            0 => return to.shutdown().await,
            count => to.write_all(&buffer[..count]).await?,
        }
    }
}
