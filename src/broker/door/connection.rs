//! A client's connection after CONNECT: bytes to packets to the hub, and the hub's output to bytes.
//!
//! The task reads while a write is blocked, and never holds more output than one piece from the hub.

use std::{
    collections::VecDeque,
    future::poll_fn,
    io::{self, IoSlice},
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::{Buf, Bytes};
use mqtt5_protocol::{packet::connect::ConnectPacket, types::ReasonCode};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    task::yield_now,
    time::{sleep_until, timeout},
};

use super::{
    super::clock::now,
    greeting::{Admitted, Greeting, Handshakes, Stream, admit},
    packets::{PacketError, Splitter},
    shared::{Registration, Shared},
    slots::Slot,
};
use crate::broker::hub::ConnectionId;

/// How much output to take from the hub at a time, and how many answers may wait there before the client is not read
/// any more, in bytes.
const OUTPUT: usize = 64 * 1024;
/// How many pieces go into one write.
const MAX_PIECES: usize = 32;
/// How long a client has to take its last packet and close the connection.
pub const CLOSING_TIME: Duration = Duration::from_secs(1);
/// How long a client may take nothing of what is written to it.
const STALL_TIME: Duration = Duration::from_secs(90);
/// How long a packet may take from its first byte to its last, and how fast it must come besides, in bytes a second: a part
/// of a packet takes up memory.
const PACKET_TIME: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 30 });
const PACKET_RATE: usize = 16 * 1024;
/// A packet of which more than this is missing counts as received when a part of it arrives: with a slow link and a
/// large packet there would be no other within the keep alive. In bytes.
const LARGE: usize = 1000;

/// Serves a client until its connection is closed.
pub async fn serve(shared: Rc<Shared>, tcp: TcpStream, handshakes: Handshakes, mut slot: Slot) {
    let evicted = slot.evicted();
    // In a box, so that the memory is free once the client has logged in.
    let client = tokio::select! {
        biased;
        () = evicted.notified() => return tracing::debug!("a pending connection gives way"),
        client = Box::pin(let_in(&shared, tcp, handshakes, &mut slot)) => client,
    };
    if let Some((connection, registration)) = client {
        connection.run(&registration).await;
    }
}

/// Greets a client and connects it to the hub. [`None`] if it is not let in; then its connection is closed.
async fn let_in(
    shared: &Rc<Shared>,
    tcp: TcpStream,
    handshakes: Handshakes,
    slot: &mut Slot,
) -> Option<(Connection, Registration)> {
    let greeting = Greeting::receive(tcp, handshakes, shared.has_users()).await;
    let Greeting { mut stream, connect, early } = match greeting {
        Ok(greeting) => greeting,
        Err(error) => {
            tracing::debug!(source = ?slot.source(), %error, "no MQTT connection");
            return None;
        }
    };
    match admit(shared, connect, slot).await {
        Ok(Admitted { connect, login }) => {
            if !early.is_empty() {
                shared.in_time().await;
            }
            let registration = Registration::new(shared, &connect, login);
            let mut connection = Connection::new(Rc::clone(shared), registration.id(), stream, &connect);
            connection.receive(&early);
            Some((connection, registration))
        }
        Err(answer) => {
            close(&mut stream, &mut Pending::new(VecDeque::from([answer]))).await;
            None
        }
    }
}

/// A client that is connected to the hub.
struct Connection {
    shared: Rc<Shared>,
    id: ConnectionId,
    stream: Stream,
    /// The protocol level.
    level: u8,
    splitter: Splitter,
    /// Whether what the client sends is still read.
    is_read: bool,
    output: Pending,
    /// Whether the hub wants the connection closed after `output`.
    closes: bool,
    /// The longest time between two packets.
    keep_alive: Option<Duration>,
    last_packet: Instant,
    /// When the packet that has arrived in part must be complete.
    complete_by: Option<Instant>,
}

impl Connection {
    fn new(shared: Rc<Shared>, id: ConnectionId, stream: Stream, connect: &ConnectPacket) -> Self {
        let keep_alive = Duration::from_secs(connect.keep_alive.into()) * 3 / 2;
        Self {
            shared,
            id,
            stream,
            level: connect.protocol_version,
            splitter: Splitter::default(),
            is_read: true,
            output: Pending::new(VecDeque::new()),
            closes: false,
            keep_alive: (!keep_alive.is_zero()).then_some(keep_alive),
            last_packet: now(),
            complete_by: None,
        }
    }

    /// Returns once the connection is closed.
    async fn run(mut self, registration: &Registration) {
        let shared = Rc::clone(&self.shared);
        let mut timer = pin!(sleep_until(self.deadline().into()));
        loop {
            self.take_output();
            if self.closes {
                return close(&mut self.stream, &mut self.output).await;
            }
            let is_held = shared.is_late();
            let has_keep_alive = self.keep_alive.is_some() && self.is_read && !is_held;
            // One that the broker has ended gets no more time than its last packet needs.
            let stalls = self.output.last_written + if self.is_read { STALL_TIME } else { CLOSING_TIME };
            let complete_by = self.complete_by.filter(|_| self.is_read && !is_held);
            tokio::select! {
                biased;
                moved = poll_fn(|cx| self.poll_io(cx, is_held)) => match moved {
                    // However much a client sends, the others have their turn.
                    Ok(()) => yield_now().await,
                    Err(error) => return tracing::debug!(id = self.id.0, %error, "the connection has ended"),
                },
                () = registration.ready() => {}
                () = shared.in_time(), if is_held => {}
                () = &mut timer, if has_keep_alive => {
                    if self.deadline() <= now() {
                        self.end(ReasonCode::KeepAliveTimeout);
                    }
                    timer.as_mut().reset(self.deadline().into());
                }
                () = sleep_until(complete_by.unwrap_or(stalls).into()), if complete_by.is_some() => {
                    self.end(ReasonCode::KeepAliveTimeout);
                }
                () = sleep_until(stalls.into()), if !self.output.pieces.is_empty() => {
                    return tracing::debug!(id = self.id.0, "the client does not read");
                }
            }
        }
    }

    /// When the next packet must have come.
    fn deadline(&self) -> Instant {
        self.last_packet + self.keep_alive.unwrap_or_default()
    }

    fn end(&mut self, reason: ReasonCode) {
        self.is_read = false;
        self.shared.call(|hub, now| hub.end(self.id, reason.into(), now));
    }

    /// Takes the next piece of output from the hub, once the one before is written.
    fn take_output(&mut self) {
        if self.output.pieces.is_empty() && !self.closes {
            let output = self.shared.call(|hub, now| hub.output(self.id, OUTPUT, now));
            self.output.pieces = output.bytes.into();
            self.output.last_written = now();
            self.closes = output.closes;
        }
    }

    /// Writes and reads what is possible, and does not read if `is_held`. Ready once something was, or once the client
    /// must be held; an error if the connection has ended.
    fn poll_io(&mut self, cx: &mut Context<'_>, is_held: bool) -> Poll<io::Result<()>> {
        let is_written = !self.output.is_done() && self.output.poll_write(&mut self.stream, cx)?.is_ready();
        let may_read = self.is_read && !is_held && self.shared.has_unsent_within(self.id, OUTPUT);
        let is_read = may_read && (self.shared.is_late() || self.poll_read(cx)?.is_ready());
        if is_written || is_read { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shared = Rc::clone(&self.shared);
        let mut scratch = shared.scratch();
        let mut buffer = ReadBuf::new(&mut scratch);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        if buffer.filled().is_empty() {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        self.receive(buffer.filled());
        Poll::Ready(Ok(()))
    }

    /// Hands the packets in what was read over to the hub.
    fn receive(&mut self, mut bytes: &[u8]) {
        let mut has_come = self.splitter.missing() > LARGE;
        let (mut is_complete, mut error) = (false, None);
        self.shared.call(|hub, now| {
            loop {
                match self.splitter.next(&mut bytes, self.shared.max_packet()) {
                    Ok(Some(packet)) if packet.is_connect() => error = Some(PacketError::Protocol),
                    Ok(Some(packet)) => match packet.decode(self.level) {
                        Ok(packet) => {
                            (has_come, is_complete) = (true, true);
                            hub.receive(self.id, packet, now);
                            continue;
                        }
                        Err(invalid) => error = Some(invalid),
                    },
                    Ok(None) => {}
                    Err(invalid) => error = Some(invalid),
                }
                break;
            }
        });
        if has_come {
            self.last_packet = now();
        }
        self.complete_by = match (self.splitter.missing(), self.complete_by) {
            (0, _) => None,
            (_, Some(at)) if !is_complete => Some(at),
            (missing, _) => Some(now() + PACKET_TIME + Duration::from_secs((missing / PACKET_RATE) as u64)),
        };
        if let Some(error) = error {
            tracing::debug!(id = self.id.0, %error, "the client has sent no packet");
            self.end(error.reason());
        }
    }
}

/// Output that the hub has given and that is not written.
struct Pending {
    pieces: VecDeque<Bytes>,
    is_flushed: bool,
    /// When the client last took something.
    last_written: Instant,
}

impl Pending {
    fn new(mut pieces: VecDeque<Bytes>) -> Self {
        pieces.retain(|piece| !piece.is_empty());
        Self { pieces, is_flushed: true, last_written: now() }
    }

    fn is_done(&self) -> bool {
        self.pieces.is_empty() && self.is_flushed
    }

    /// Ready once everything is written and flushed.
    fn poll_write(&mut self, stream: &mut Stream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pieces.is_empty() {
            let mut slices = [IoSlice::new(&[]); MAX_PIECES];
            let mut count = 0;
            for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
                *slice = IoSlice::new(piece);
                count += 1;
            }
            let written = ready!(Pin::new(&mut *stream).poll_write_vectored(cx, &slices[..count]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.is_flushed = false;
            self.last_written = now();
            self.advance(written);
        }
        ready!(Pin::new(stream).poll_flush(cx))?;
        self.is_flushed = true;
        Poll::Ready(Ok(()))
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(first) = self.pieces.front_mut() {
            if first.len() > written {
                first.advance(written);
                break;
            }
            written -= first.len();
            self.pieces.pop_front();
        }
    }
}

/// Writes the rest of the output and closes the connection. Waits until the client has closed it, too: what is lost
/// otherwise, if the client has sent something meanwhile, is the last packet.
async fn close(stream: &mut Stream, output: &mut Pending) {
    let closing = async {
        poll_fn(|cx| output.poll_write(stream, cx)).await?;
        stream.shutdown().await?;
        let mut rest = vec![0; 4096];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    // Whether the client takes it is up to the client.
    let _ = timeout(CLOSING_TIME, closing).await;
}
