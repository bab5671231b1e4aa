//! A client over a raw socket, which sends what a test wants and sees every packet.
#![allow(dead_code, reason = "each transport has its function")]

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use crate::packet::{
    Connect, PINGREQ, PUBACK, PUBCOMP, PUBREC, PUBREL, Properties, Publish, Reply, Version, ack, packet, subscribe,
    unsubscribe,
};

/// The timeout of every step. Only a failing test waits this long.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// The reason of a connection that has ended without one.
pub const CLOSED: u8 = 0xFF;

/// A transport above TCP.
pub trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

pub struct Client {
    stream: Box<dyn Stream>,
    /// The socket below `stream`.
    socket: TcpStream,
    version: Version,
    /// What was read and is no whole packet yet.
    buffer: Vec<u8>,
    /// Publications that arrived while the client waited for something else.
    kept: VecDeque<Publish>,
    last_packet: u16,
    /// Whether the client acknowledges publications by itself.
    pub acknowledges: bool,
    pub session_present: bool,
    /// The properties of CONNACK.
    pub granted: Properties,
}

/// Connects to a port of 127.0.0.1.
pub fn open(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the broker listens");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Connects to a port of 127.0.0.1 from `127.0.0.source`.
pub fn open_from(source: u8, port: u16) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, source], 0))).unwrap();
        socket.connect(SocketAddr::from(([127, 0, 0, 1], port))).await.expect("the broker listens").into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

impl Client {
    /// A client that has sent nothing yet.
    pub fn over(stream: TcpStream, version: Version) -> Self {
        let socket = stream.try_clone().unwrap();
        Self::over_transport(Box::new(stream), socket, version)
    }

    /// The same over TLS or WebSocket; `socket` is the one below.
    pub fn over_transport(stream: Box<dyn Stream>, socket: TcpStream, version: Version) -> Self {
        socket.set_nodelay(true).unwrap();
        Self {
            stream,
            socket,
            version,
            buffer: Vec::new(),
            kept: VecDeque::new(),
            last_packet: 0,
            acknowledges: true,
            session_present: false,
            granted: Properties::default(),
        }
    }

    /// Connects and logs in. `Err`: the reason code of CONNACK, or [`CLOSED`].
    pub fn try_connect(port: u16, connect: &Connect) -> Result<Self, u8> {
        Self::over(open(port), connect.version).log_in(connect)
    }

    /// Connects and logs in. Panics unless the broker lets the client in.
    #[track_caller]
    pub fn connect(port: u16, connect: &Connect) -> Self {
        match Self::try_connect(port, connect) {
            Ok(client) => client,
            Err(reason) => panic!("{} is not let in: {reason:#04x}", connect.id),
        }
    }

    /// Sends CONNECT and waits for CONNACK. `Err`: its reason code, or [`CLOSED`].
    pub fn log_in(mut self, connect: &Connect) -> Result<Self, u8> {
        if self.try_send(&connect.bytes()).is_err() {
            return Err(CLOSED);
        }
        match self.next() {
            Some(Reply::Connack { session_present, reason: 0, properties }) => {
                (self.session_present, self.granted) = (session_present, properties);
                Ok(self)
            }
            Some(Reply::Connack { reason, .. } | Reply::Disconnect(reason)) => Err(reason),
            None => Err(CLOSED),
            Some(other) => panic!("no CONNACK: {other:?}"),
        }
    }

    /// Sends these bytes.
    #[track_caller]
    pub fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).expect("the connection is open");
    }

    pub fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// How long reading waits from now on.
    pub fn set_patience(&mut self, patience: Duration) {
        self.socket.set_read_timeout(Some(patience)).unwrap();
    }

    /// The next packet; [`None`] once the connection is closed. Panics if nothing arrives.
    #[track_caller]
    pub fn next(&mut self) -> Option<Reply> {
        self.try_next().expect("a packet arrives in time")
    }

    /// The next packet; `Ok(None)` once the connection is closed, and an error on a timeout.
    pub fn try_next(&mut self) -> io::Result<Option<Reply>> {
        loop {
            if let Some((first, body)) = self.take_packet() {
                return Ok(Some(Reply::read(first, &body, self.version)));
            }
            let mut chunk = [0; 16384];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Ok(None),
                Ok(count) => self.buffer.extend(&chunk[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Err(error),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Reset, or no close_notify.
                Err(_) => return Ok(None),
            }
        }
    }

    fn take_packet(&mut self) -> Option<(u8, Vec<u8>)> {
        let (first, rest) = self.buffer.split_first()?;
        let end = rest.iter().take(4).position(|byte| *byte < 128)?;
        let length = (0..=end).rev().fold(0, |sum, at| sum << 7 | usize::from(rest[at] & 127));
        let (from, to) = (end + 2, end + 2 + length);
        let packet = (*first, self.buffer.get(from..to)?.to_vec());
        self.buffer.drain(..to);
        Some(packet)
    }

    /// Waits for a packet for which `find` returns a value; keeps publications that arrive meanwhile. `Err`: the reason
    /// code with which the broker has ended the connection, or [`CLOSED`].
    #[track_caller]
    pub fn wait_for<T>(&mut self, mut find: impl FnMut(&Reply) -> Option<T>) -> Result<T, u8> {
        loop {
            let reply = self.next().ok_or(CLOSED)?;
            if let Some(found) = find(&reply) {
                return Ok(found);
            }
            match reply {
                Reply::Disconnect(reason) => return Err(reason),
                Reply::Publish(publish) => {
                    self.acknowledge(&publish);
                    self.kept.push_back(publish);
                }
                Reply::Ack { kind: PUBREL, packet, .. } if self.acknowledges => self.send(&ack(PUBCOMP, packet)),
                _ => {}
            }
        }
    }

    fn acknowledge(&mut self, publish: &Publish) {
        if self.acknowledges && publish.qos > 0 {
            let kind = if publish.qos == 1 { PUBACK } else { PUBREC };
            // The publication that closes the connection is the test's business.
            let _ = self.try_send(&ack(kind, publish.packet));
        }
    }

    /// A packet identifier that is not in use.
    pub fn next_packet(&mut self) -> u16 {
        self.last_packet = self.last_packet % 60_000 + 1;
        self.last_packet
    }

    /// Subscribes; returns the reason code of SUBACK or DISCONNECT, or [`CLOSED`].
    #[track_caller]
    pub fn try_subscribe(&mut self, filter: &str, options: u8, properties: &Properties) -> u8 {
        let id = self.next_packet();
        self.send(&subscribe(self.version, id, &[(filter, options)], properties));
        let answer = self.wait_for(|reply| match reply {
            Reply::Subscribed { packet, reasons } if *packet == id => Some(reasons[0]),
            _ => None,
        });
        answer.unwrap_or_else(|reason| reason)
    }

    /// Subscribes with these options. Panics unless the broker grants the QoS.
    #[track_caller]
    pub fn subscribe(&mut self, filter: &str, options: u8) {
        assert_eq!(self.try_subscribe(filter, options, &Properties::default()), options & 3, "SUBACK for {filter}");
    }

    /// Subscribes with QoS 1; returns whether the broker grants it.
    #[track_caller]
    pub fn may_subscribe(&mut self, filter: &str) -> bool {
        self.try_subscribe(filter, 1, &Properties::default()) < 0x80
    }

    #[track_caller]
    pub fn unsubscribe(&mut self, filter: &str) {
        let id = self.next_packet();
        self.send(&unsubscribe(self.version, id, filter));
        let answered = |reply: &Reply| matches!(reply, Reply::Subscribed { packet, .. } if *packet == id).then_some(());
        self.wait_for(answered).expect("UNSUBACK");
    }

    /// Publishes, and goes through the steps of its QoS. Returns the reason code of the answer that ends them, of
    /// DISCONNECT, or [`CLOSED`]; 0 with QoS 0.
    #[track_caller]
    pub fn publish(&mut self, publish: &Publish) -> u8 {
        let id = self.next_packet();
        if self.try_send(&publish.clone().packet(id).bytes(self.version)).is_err() {
            return self.wait_for(|_| None::<u8>).unwrap_or_else(|reason| reason);
        }
        match publish.qos {
            0 => 0,
            1 => self.answer(PUBACK, id),
            _ => match self.answer(PUBREC, id) {
                reason @ 0x80.. => reason,
                _ => self.release(id),
            },
        }
    }

    /// Sends PUBREL; returns the reason code of PUBCOMP or DISCONNECT, or [`CLOSED`].
    #[track_caller]
    pub fn release(&mut self, id: u16) -> u8 {
        self.send(&ack(PUBREL, id));
        self.answer(PUBCOMP, id)
    }

    /// Waits for this acknowledgement; returns its reason code, that of DISCONNECT, or [`CLOSED`].
    #[track_caller]
    pub fn answer(&mut self, wanted: u8, id: u16) -> u8 {
        let answer = self.wait_for(|reply| match reply {
            Reply::Ack { kind, packet, reason } if *kind == wanted && *packet == id => Some(*reason),
            _ => None,
        });
        answer.unwrap_or_else(|reason| reason)
    }

    /// Publishes a text with QoS 1. Panics unless the broker accepts it; that nobody gets it (0x10) is no refusal.
    #[track_caller]
    pub fn says(&mut self, topic: &str, text: &str) {
        let reason = self.publish(&Publish::new(topic, text));
        assert!(reason < 0x80, "{topic} {text}: {reason:#04x}");
    }

    /// The same, retained.
    #[track_caller]
    pub fn retains(&mut self, topic: &str, text: &str) {
        let reason = self.publish(&Publish::retained(topic, text));
        assert!(reason < 0x80, "{topic} {text}: {reason:#04x}");
    }

    /// The next publication; the client acknowledges it.
    #[track_caller]
    pub fn receive(&mut self) -> Publish {
        if let Some(publish) = self.kept.pop_front() {
            return publish;
        }
        let found = self.wait_for(|reply| match reply {
            Reply::Publish(publish) => Some(publish.clone()),
            _ => None,
        });
        let publish = found.unwrap_or_else(|reason| panic!("the connection has ended: {reason:#04x}"));
        self.acknowledge(&publish);
        publish
    }

    /// The payloads of the publications before the one with the payload `last`.
    #[track_caller]
    pub fn hears_until(&mut self, last: &str) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            match self.receive().text() {
                text if text == last => return heard,
                text => heard.push(text),
            }
        }
    }

    /// Waits for PINGRESP; returns whether the connection is open.
    #[track_caller]
    pub fn pings(&mut self) -> bool {
        let pong = |reply: &Reply| matches!(reply, Reply::Pong).then_some(());
        self.try_send(&packet(PINGREQ << 4, &[])).is_ok() && self.wait_for(pong).is_ok()
    }

    /// Waits until the broker ends the connection; returns the reason code of DISCONNECT, or [`CLOSED`].
    #[track_caller]
    pub fn ended(&mut self) -> u8 {
        self.wait_for(|_| None::<u8>).unwrap_or_else(|reason| reason)
    }

    /// Closes the connection with DISCONNECT, and waits until the broker has closed it as well.
    pub fn leave(mut self) {
        let _ = self.try_send(&packet(crate::packet::DISCONNECT << 4, &[]));
        self.cut();
    }

    /// Closes the connection without DISCONNECT, and waits until the broker has seen that.
    pub fn cut(mut self) {
        let _ = self.socket.shutdown(std::net::Shutdown::Write);
        let mut rest = [0; 4096];
        while self.stream.read(&mut rest).is_ok_and(|count| count > 0) {}
    }
}
