//! The door with a real hub, over real connections.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use futures_util::{SinkExt, StreamExt};
use mqtt5_protocol::{
    QoS,
    packet::{MqttPacket, connect::ConnectPacket, publish::PublishPacket, subscribe::SubscribePacket},
    types::ConnectOptions,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{oneshot, watch},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use super::*;
use crate::{
    broker::{
        Certificates,
        hub::{Limits, Saved},
    },
    domain::{Timestamp, Transport},
};

/// A broker that listens on each transport, in this order.
const TRANSPORTS: [Transport; 4] = [Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];

/// What a test knows of the broker.
struct Broker {
    addresses: Vec<SocketAddr>,
    folder: tempfile::TempDir,
    changes: Rc<RefCell<usize>>,
    /// From when on saving is late.
    late: watch::Sender<Option<Instant>>,
}

/// Runs a broker with these users while a test does.
async fn with_broker(users: &[(&str, &str)], test: impl AsyncFnOnce(&Broker)) {
    let folder = tempfile::tempdir().unwrap();
    let users_file = Users::of(folder.path());
    for (name, password) in users {
        users_file.add(name, password).unwrap();
    }
    let certificates = Certificates::of(folder.path());
    certificates.issue(&["127.0.0.1".into()], 2, Timestamp::from_millis(now_millis())).unwrap();
    let (certificate, key) = certificates.server();
    let listen = TRANSPORTS.map(|transport| Listener { transport, address: ([127, 0, 0, 1], 0).into() });
    let door = Door::open(&listen, &certificate, &key).unwrap();
    let addresses = door.listeners().map(|listener| listener.address).collect();
    let hub = Hub::new(Limits::default(), !users.is_empty(), Saved::default(), Duration::from_millis(now_millis()));
    let changes = Rc::new(RefCell::new(0));
    let (sender, late) = watch::channel(None);
    let broker = Broker { addresses, folder, changes: Rc::clone(&changes), late: sender };
    let (end, stop) = oneshot::channel::<()>();
    let users = (!users.is_empty()).then_some(users_file);
    let count = move |new: Vec<Change>| *changes.borrow_mut() += new.len();
    let serve = door.serve(hub, users, 1 << 20, count, late, async { drop(stop.await) });
    let test = async {
        test(&broker).await;
        drop(end);
    };
    let (ended, ()) = timeout(Duration::from_secs(60), async { tokio::join!(serve, test) }).await.unwrap();
    ended.unwrap();
}

fn now_millis() -> u64 {
    super::super::clock::Clock::new().since_epoch().as_millis().try_into().unwrap()
}

fn encoded(packet: &impl MqttPacket) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(&mut bytes).unwrap();
    bytes
}

fn connect(id: &str) -> Vec<u8> {
    encoded(&ConnectPacket::new(ConnectOptions::new(id)))
}

fn log_in(name: &str, password: &str) -> Vec<u8> {
    encoded(&ConnectPacket::new(ConnectOptions::new(name).with_credentials(name, password)))
}

/// Reads a packet: its first byte and its body.
async fn read_packet(stream: &mut (impl AsyncReadExt + Unpin)) -> (u8, Vec<u8>) {
    let first = stream.read_u8().await.unwrap();
    let (mut length, mut shift) = (0, 0);
    loop {
        let byte = stream.read_u8().await.unwrap();
        length |= usize::from(byte & 0x7F) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    (first, body)
}

/// Reads what is left until the broker closes the connection.
async fn rest(stream: &mut (impl AsyncReadExt + Unpin)) -> Vec<u8> {
    let mut rest = Vec::new();
    // A reset ends it as well.
    let _ = stream.read_to_end(&mut rest).await;
    rest
}

/// Reads DISCONNECT and the end of the connection. Returns the reason code.
async fn disconnect_reason(stream: &mut TcpStream) -> u8 {
    let rest = rest(stream).await;
    assert!(rest.len() > 2 && rest[0] == 0xE0 && rest.len() == 2 + usize::from(rest[1]), "{rest:?}");
    rest[2]
}

/// Opens a connection, sends CONNECT and reads the reason code of CONNACK.
async fn open(address: SocketAddr, connect: &[u8]) -> (TcpStream, u8) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(connect).await.unwrap();
    let (first, body) = read_packet(&mut stream).await;
    assert_eq!(first, 0x20);
    (stream, body[1])
}

async fn open_tls(broker: &Broker, address: SocketAddr) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    let authority = Certificates::of(broker.folder.path()).authority();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

/// Subscribes, publishes and receives. The payload is larger than what is read and written at a time.
async fn exchange(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin), id: &str) {
    let subscribe = SubscribePacket::new(1).add_filter(format!("to/{id}"), QoS::AtMostOnce);
    let publish = PublishPacket::new(format!("to/{id}"), vec![b'x'; 300_000], QoS::AtMostOnce);
    // All at once, without waiting for CONNACK.
    stream.write_all(&[connect(id), encoded(&subscribe), encoded(&publish)].concat()).await.unwrap();
    stream.flush().await.unwrap();
    assert_eq!(read_packet(stream).await.1[1], 0);
    assert_eq!(read_packet(stream).await.0, 0x90);
    let (first, body) = read_packet(stream).await;
    assert!(first == 0x30 && body.ends_with(&vec![b'x'; 300_000]));
    stream.write_all(&[0xE0, 0]).await.unwrap();
    assert!(rest(stream).await.is_empty());
}

#[tokio::test]
async fn messages_pass_over_tcp_and_tls() {
    with_broker(&[], async |broker| {
        exchange(&mut TcpStream::connect(broker.addresses[0]).await.unwrap(), "anna").await;
        exchange(&mut open_tls(broker, broker.addresses[1]).await, "ben").await;
    })
    .await;
}

#[tokio::test]
async fn messages_pass_over_websockets() {
    with_broker(&[], async |broker| {
        let plain: greeting::Stream = Box::new(TcpStream::connect(broker.addresses[2]).await.unwrap());
        let tls: greeting::Stream = Box::new(open_tls(broker, broker.addresses[3]).await);
        for stream in [plain, tls] {
            let mut request = "ws://127.0.0.1/mqtt".into_client_request().unwrap();
            request.headers_mut().insert("Sec-WebSocket-Protocol", "mqtt".parse().unwrap());
            let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
            // A packet across two messages.
            let connect = connect("carl");
            socket.send(Message::binary(connect[..5].to_vec())).await.unwrap();
            socket.send(Message::Ping("hi".into())).await.unwrap();
            socket.send(Message::binary([&connect[5..], &[0xC0, 0]].concat())).await.unwrap();
            let mut received = Vec::new();
            let mut has_pong = false;
            while !received.ends_with(&[0xD0, 0]) {
                match socket.next().await.unwrap().unwrap() {
                    Message::Binary(bytes) => received.extend_from_slice(&bytes),
                    message => has_pong |= message == Message::Pong("hi".into()),
                }
            }
            assert_eq!((received[0], received[3], has_pong), (0x20, 0, true));
            socket.close(None).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn silent_connections_delay_nobody() {
    with_broker(&[], async |broker| {
        let mut silent = Vec::new();
        for &address in broker.addresses.iter().cycle().take(40) {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        exchange(&mut open_tls(broker, broker.addresses[1]).await, "anna").await;
        exchange(&mut TcpStream::connect(broker.addresses[0]).await.unwrap(), "ben").await;
    })
    .await;
}

#[tokio::test]
async fn invalid_packet_ends_the_connection_with_its_reason() {
    with_broker(&[], async |broker| {
        for (bytes, reason) in [
            (vec![0xC1, 0], 0x81),
            (connect("anna"), 0x82),
            (vec![0xF0, 0], 0x82),
            // 2 MB.
            (vec![0x30, 0x80, 0x80, 0x80, 0x01], 0x95),
        ] {
            let (mut stream, accepted) = open(broker.addresses[0], &connect("anna")).await;
            assert_eq!(accepted, 0);
            stream.write_all(&bytes).await.unwrap();
            assert_eq!(disconnect_reason(&mut stream).await, reason, "{bytes:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn client_without_a_packet_in_its_keep_alive_is_disconnected() {
    with_broker(&[], async |broker| {
        let mut options = ConnectOptions::new("anna");
        options.keep_alive = Duration::from_secs(1);
        let start = super::super::clock::now();
        let (mut stream, accepted) = open(broker.addresses[0], &encoded(&ConnectPacket::new(options))).await;
        assert_eq!((accepted, disconnect_reason(&mut stream).await), (0, 0x8D));
        assert!(start.elapsed() >= Duration::from_millis(1500));
    })
    .await;
}

#[tokio::test]
async fn packet_that_never_ends_ends_the_connection() {
    with_broker(&[], async |broker| {
        let (mut stream, accepted) = open(broker.addresses[0], &connect("anna")).await;
        // A PUBLISH of 8 KB, of which a byte comes now and then.
        stream.write_all(b"\x30\x80\x40\0\x01t\0").await.unwrap();
        let (mut reader, mut writer) = stream.into_split();
        let trickle = async {
            while writer.write_all(b"x").await.is_ok() {
                sleep(Duration::from_millis(100)).await;
            }
        };
        let rest = tokio::select! {
            () = trickle => Vec::new(),
            rest = rest(&mut reader) => rest,
        };
        assert_eq!(accepted, 0);
        assert!(rest.is_empty() || rest[..3] == [0xE0, 2, 0x8D], "{rest:?}");
    })
    .await;
}

#[tokio::test]
async fn login_is_checked_and_a_refusal_says_why() {
    with_broker(&[("anna", "right")], async |broker| {
        let tcp = broker.addresses[0];
        assert_eq!(open(tcp, &log_in("anna", "right")).await.1, 0);
        let (mut stream, reason) = open(tcp, &log_in("anna", "wrong")).await;
        assert_eq!((reason, rest(&mut stream).await), (0x86, vec![]));
        let mut stream = TcpStream::connect(tcp).await.unwrap();
        stream.write_all(&connect("anna")).await.unwrap();
        let answer = String::from_utf8_lossy(&rest(&mut stream).await).into_owned();
        assert!(answer.ends_with("log in with a user name and password"), "{answer:?}");
        for _ in 0..4 {
            open(tcp, &log_in("anna", "wrong")).await;
        }
        let mut stream = TcpStream::connect(tcp).await.unwrap();
        stream.write_all(&log_in("anna", "right")).await.unwrap();
        let answer = rest(&mut stream).await;
        assert_eq!((answer[0], answer[3]), (0x20, 0x9F));
        assert!(String::from_utf8_lossy(&answer).contains("try again in "));
    })
    .await;
}

#[tokio::test]
async fn removed_user_is_disconnected_at_once() {
    with_broker(&[("anna", "right"), ("ben", "right")], async |broker| {
        let (mut anna, _) = open(broker.addresses[0], &log_in("anna", "right")).await;
        let (mut ben, _) = open(broker.addresses[0], &log_in("ben", "right")).await;
        Users::of(broker.folder.path()).remove("anna").unwrap();
        assert_eq!(disconnect_reason(&mut anna).await, 0x98);
        ben.write_all(&[0xC0, 0]).await.unwrap();
        assert_eq!(read_packet(&mut ben).await.0, 0xD0);
    })
    .await;
}

#[tokio::test]
async fn shutdown_tells_clients_and_passes_on_all_changes() {
    let kept = Rc::new(RefCell::new(None));
    with_broker(&[], async |broker| {
        let retained = PublishPacket::new("a", "b", QoS::AtLeastOnce).with_packet_id(1).with_retain(true);
        let (mut stream, _) = open(broker.addresses[0], &connect("anna")).await;
        stream.write_all(&encoded(&retained)).await.unwrap();
        assert_eq!(read_packet(&mut stream).await.0, 0x40);
        assert!(*broker.changes.borrow() > 0);
        kept.replace(Some(stream));
    })
    .await;
    let mut stream = kept.take().unwrap();
    assert_eq!(disconnect_reason(&mut stream).await, 0x8B);
}

#[tokio::test]
async fn nothing_is_acknowledged_while_saving_is_late() {
    with_broker(&[], async |broker| {
        let publish = |id| encoded(&PublishPacket::new("a", "b", QoS::AtLeastOnce).with_packet_id(id));
        let hour = Duration::from_secs(3600);
        let (mut anna, _) = open(broker.addresses[0], &connect("anna")).await;
        broker.late.send_replace(Some(clock::now() + hour));
        anna.write_all(&publish(1)).await.unwrap();
        assert_eq!(read_packet(&mut anna).await.1[..2], [0, 1]);
        broker.late.send_replace(Some(clock::now()));
        anna.write_all(&publish(2)).await.unwrap();
        // What comes with CONNECT, too.
        let mut ben = TcpStream::connect(broker.addresses[0]).await.unwrap();
        ben.write_all(&[connect("ben"), publish(3)].concat()).await.unwrap();
        // Others can connect meanwhile.
        open(broker.addresses[0], &connect("carl")).await;
        for stream in [&mut anna, &mut ben] {
            assert!(timeout(Duration::from_millis(50), stream.read_u8()).await.is_err());
        }
        broker.late.send_replace(Some(clock::now() + hour));
        assert_eq!(read_packet(&mut anna).await.1[..2], [0, 2]);
        assert_eq!(read_packet(&mut ben).await.0, 0x20);
        assert_eq!(read_packet(&mut ben).await.1[..2], [0, 3]);
    })
    .await;
}

#[tokio::test]
async fn client_that_does_not_read_delays_nobody() {
    with_broker(&[], async |broker| {
        let subscribe = SubscribePacket::new(1).add_filter("all", QoS::AtMostOnce);
        let (mut deaf, _) = open(broker.addresses[0], &connect("deaf")).await;
        deaf.write_all(&encoded(&subscribe)).await.unwrap();
        assert_eq!(read_packet(&mut deaf).await.0, 0x90);
        let (mut anna, _) = open(broker.addresses[0], &connect("anna")).await;
        let publish = encoded(&PublishPacket::new("all", vec![0; 500_000], QoS::AtMostOnce));
        for _ in 0..40 {
            anna.write_all(&publish).await.unwrap();
            anna.write_all(&[0xC0, 0]).await.unwrap();
            assert_eq!(read_packet(&mut anna).await.0, 0xD0);
        }
        // It is still read, though it takes nothing.
        deaf.write_all(&encoded(&PublishPacket::new("x", "y", QoS::AtLeastOnce).with_packet_id(9))).await.unwrap();
        loop {
            let (first, body) = read_packet(&mut deaf).await;
            if first == 0x40 {
                break assert_eq!(body[..2], [0, 9]);
            }
        }
    })
    .await;
}
