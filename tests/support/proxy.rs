//! A TCP proxy that can cut, stall and delay connections, and deliver publications in another order.

use std::{io, time::Duration};

use crate::dice::Dice;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// How many publications a shuffling proxy holds back at most.
const WINDOW: usize = 64;
/// How long it waits for the next one.
const PAUSE: Duration = Duration::from_millis(20);

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
    /// Whether the broker's publications are delivered in another order.
    shuffles: bool,
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
        let calm = State { cuts: 0, open: true, stalled: false, delay: Duration::ZERO, shuffles: false };
        let (state, watcher) = watch::channel(calm);
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

    /// If `shuffles`, new connections get the broker's publications in another order, as from some clusters of brokers.
    pub fn shuffle(&self, shuffles: bool) {
        self.state.send_modify(|state| state.shuffles = shuffles);
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
    if state.borrow().shuffles {
        tokio::try_join!(pass(near_in, far_out, state.clone()), shuffle(far_in, near_out))?;
    } else {
        tokio::try_join!(pass(near_in, far_out, state.clone()), pass(far_in, near_out, state))?;
    }
    Ok(())
}

/// Passes the broker's packets on, and PUBLISH packets in another order within a window.
async fn shuffle(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    let (mut dice, mut read, mut held) = (Dice(7), Vec::new(), Vec::<Vec<u8>>::new());
    loop {
        // Reading into the vector loses nothing if the time is up.
        let count = timeout(PAUSE, from.read_buf(&mut read)).await;
        while let Some(packet) = first_packet(&read).map(|len| read.drain(..len).collect::<Vec<u8>>()) {
            if packet[0] >> 4 == 3 {
                held.push(packet);
            } else {
                to.write_all(&packet).await?;
            }
        }
        if held.len() >= WINDOW || count.is_err() {
            while !held.is_empty() {
                to.write_all(&held.swap_remove(dice.roll(held.len()))).await?;
            }
        }
        if matches!(count, Ok(Ok(0))) {
            return to.shutdown().await;
        }
    }
}

/// The length of the first packet (MQTT 5 §2.1), if it is complete.
fn first_packet(bytes: &[u8]) -> Option<usize> {
    let (mut rest, mut shift) = (0, 0);
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        rest |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return (bytes.len() > at + rest).then_some(at + 1 + rest);
        }
    }
    None
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
