//! Connections that send nothing, or not enough.
#![expect(clippy::disallowed_methods, reason = "the broker's limits are in real time")]

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::{
    packet::{CONNECT, Connect, Reply, Version, packet},
    process::{Broker, holds_within},
    raw::{Client, open, open_from},
    transport::{WebSocket, tls, upgrade},
};

const ALL: [&str; 4] = ["mqtt://127.0.0.1:0", "mqtts://127.0.0.1:0", "ws://127.0.0.1:0", "wss://127.0.0.1:0"];
/// The time in which others log in while the broker is attacked. They need a small part of it.
const AT_ONCE: Duration = Duration::from_secs(2);
/// The time after which the broker has cut a connection without a login: ten seconds, and some for a busy machine.
const CUT: Duration = Duration::from_secs(14);

/// A broker on every transport with the user alice.
fn everywhere() -> Broker {
    let broker = Broker::prepare().listen(&ALL);
    let made = broker.run(&["cert", "--name", "localhost"], "");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    broker.add_users(&["alice"]);
    broker.started()
}

fn host(broker: &Broker, listener: usize) -> String {
    format!("127.0.0.1:{}", broker.port_of(listener))
}

/// Logs alice in over a listener of [`ALL`], and has her ping. `Err`: the HTTP status, or the reason of CONNACK.
fn log_in(broker: &Broker, listener: usize) -> Result<(), u16> {
    let socket = open(broker.port_of(listener));
    let (below, authority) = (socket.try_clone().unwrap(), broker.state().join("tls/ca.pem"));
    let request = upgrade(&host(broker, listener), "");
    let client = match listener {
        0 => Client::over(socket, Version::V5),
        1 => Client::over_transport(Box::new(tls(socket, &authority)), below, Version::V5),
        2 => Client::over_transport(Box::new(WebSocket::open(socket, &request)?), below, Version::V5),
        _ => {
            let socket = WebSocket::open(tls(socket, &authority), &request)?;
            Client::over_transport(Box::new(socket), below, Version::V5)
        }
    };
    let mut alice = client.log_in(&Connect::user("alice")).map_err(u16::from)?;
    assert!(alice.pings());
    Ok(())
}

#[test]
fn users_log_in_over_every_transport() {
    let broker = everywhere();
    for (listener, address) in ALL.iter().enumerate() {
        assert_eq!(log_in(&broker, listener), Ok(()), "{address}");
    }
}

#[test]
fn silent_connections_delay_no_other_client() {
    let broker = everywhere();
    let silent: Vec<TcpStream> = (0..20).map(|n| open(broker.port_of(n % 4))).collect();
    // These have held.
    let mut half = open(broker.port_of(2));
    half.write_all(b"GET /mqtt HTTP/1.1\r\n").unwrap();
    let mut hello = open(broker.port_of(3));
    hello.write_all(&[0x16, 3, 1, 2, 0, 1, 0]).unwrap();
    for (listener, address) in ALL.iter().enumerate() {
        let since = Instant::now();
        assert_eq!(log_in(&broker, listener), Ok(()), "{address}");
        assert!(since.elapsed() < AT_ONCE, "{address} took {:?}", since.elapsed());
    }
    drop((silent, half, hello));
}

/// Reads until the connection ends; returns whether it did.
fn is_cut(mut stream: &TcpStream, by: Instant) -> bool {
    let mut rest = [0; 4096];
    loop {
        let left = by.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        stream.set_read_timeout(Some(left)).unwrap();
        match stream.read(&mut rest) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

#[test]
fn connections_without_a_login_are_cut() {
    let broker = everywhere();
    let authority = broker.state().join("tls/ca.pem");
    let mut held: Vec<(String, TcpStream)> = Vec::new();
    for (listener, address) in ALL.iter().enumerate() {
        held.push((format!("silent at {address}"), open(broker.port_of(listener))));
    }
    let mut begin = |what: &str, listener: usize, bytes: &[u8]| {
        let mut stream = open(broker.port_of(listener));
        stream.write_all(bytes).unwrap();
        held.push((what.to_owned(), stream));
    };
    let connect = Connect::user("alice").bytes();
    begin("half a CONNECT", 0, &connect[..connect.len() / 2]);
    begin("a length without an end", 0, &[CONNECT << 4, 0x80, 0x80]);
    begin("half a TLS greeting", 1, &[0x16, 3, 1, 2, 0, 1, 0]);
    begin("half an HTTP request", 2, b"GET /mqtt HTTP/1.1\r\nHost: x\r\n");
    let socket = open(broker.port_of(2));
    held.push(("a silent WebSocket".into(), socket.try_clone().unwrap()));
    let websocket = WebSocket::open(socket, &upgrade(&host(&broker, 2), "")).map_err(|_| "open").unwrap();
    let socket = open(broker.port_of(3));
    held.push(("a silent WebSocket over TLS".into(), socket.try_clone().unwrap()));
    let secure = WebSocket::open(tls(socket, &authority), &upgrade(&host(&broker, 3), "")).map_err(|_| "open").unwrap();

    // One that sends a byte from time to time is no better.
    let mut drip = open(broker.port());
    drip.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let long = Connect { id: "a".repeat(100), ..Connect::user("alice") }.bytes();
    let (since, mut bytes) = (Instant::now(), long.iter());
    let end = loop {
        if drip.write_all(&[*bytes.next().expect("a CONNECT has more bytes")]).is_err() {
            break since.elapsed();
        }
        match drip.read(&mut [0]) {
            Ok(0) => break since.elapsed(),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break since.elapsed(),
            _ => assert!(since.elapsed() < CUT, "the slow one is still connected"),
        }
    };
    assert!(end < CUT);
    for (what, stream) in &held {
        assert!(is_cut(stream, since + CUT), "{what} is still connected");
    }
    drop((websocket, secure));
}

#[test]
fn silent_connections_to_the_limit_of_files_cost_little() {
    let broker = Broker::prepare().files(256);
    broker.add_users(&["alice", "bob"]);
    let broker = broker.started();
    let mut alice = broker.user_client("alice");
    alice.subscribe("alice_Control", 1);
    let mut slow = Client::over(open_from(20, broker.port()), Version::V5);
    // Those that find no room make others of the same addresses give way.
    let silent: Vec<TcpStream> = (0..300).map(|n| open_from([10, 11, 12][n % 3], broker.port())).collect();
    let (since, cpu) = (Instant::now(), broker.cpu());
    let mut heard = 0;
    while since.elapsed() < Duration::from_secs(3) {
        alice.says("alice_Control", "REQUEST alice");
        assert_eq!(alice.receive().text(), "REQUEST alice");
        heard += 1;
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(heard > 5, "alice was served {heard} times in three seconds");
    let spent = broker.cpu().saturating_sub(cpu);
    assert!(spent < Duration::from_millis(500), "{spent:?} of CPU in three seconds");
    assert!(broker.log_size() < 100_000, "the log has {} bytes", broker.log_size());
    let lets_in = || {
        let mut client = Client::over(open(broker.port()), Version::V5);
        client.set_patience(Duration::from_secs(1));
        client.try_send(&Connect::user("bob").bytes()).is_ok()
            && matches!(client.try_next(), Ok(Some(Reply::Connack { reason: 0, .. })))
    };
    slow.send(&Connect::v5("").login("bob", "bob").bytes());
    let reply = slow.next();
    assert!(matches!(reply, Some(Reply::Connack { reason: 0, .. })), "{reply:?}");
    // Not only when the silent ones are cut.
    assert!(holds_within(AT_ONCE, lets_in), "nobody is let in");
    drop(silent);
}

#[test]
fn unfinished_connects_hold_little_memory() {
    let mut broker = Broker::with_users(&["alice"]);
    drop(broker.user_client("alice"));
    let before = broker.rss();
    let body = {
        let mut connect = Connect::v5("alice");
        for _ in 0..133 {
            connect.properties = connect.properties.pair("filler", &"x".repeat(60_000));
        }
        connect.bytes()
    };
    assert!(body.len() > 7_900_000);
    let held: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut stream = open(broker.port());
            stream.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
            // All but its end. The broker may cut the connection, or stop reading.
            let _ = stream.write_all(&body[..body.len() - 1]);
            stream
        })
        .collect();
    // The broker has read what it reads, because it answers later clients.
    assert!(broker.user_client("alice").pings());
    let growth = broker.peak_rss() - before;
    assert!(growth <= 20.0, "{growth} MB for {} connections", held.len());
    assert!(broker.is_alive());
    drop(held);
}

#[test]
fn packet_before_the_login_is_small() {
    let broker = Broker::with_users(&["alice"]);
    for first in [CONNECT << 4, 0x30, 0x00, 0xF0] {
        let mut client = Client::over(open(broker.port()), Version::V5);
        let mut bytes = packet(first, &vec![0; 1 << 20]);
        bytes.truncate(70_000);
        let _ = client.try_send(&bytes);
        assert!(client.ended() >= 0x80, "{first:#04x}");
    }
}

#[test]
fn pages_of_other_origins_are_refused() {
    let broker = Broker::prepare().listen(&["ws://127.0.0.1:0"]).started();
    let own = host(&broker, 0);
    let opens = |host: &str, lines: &str| WebSocket::open(open(broker.port()), &upgrade(host, lines)).map(|_| ());
    assert_eq!(opens(&own, ""), Ok(()), "programs send no origin");
    for origin in ["http://evil.example", "https://evil.example:443", "null", "http://127.0.0.1.evil.example", "x"] {
        assert_eq!(opens(&own, &format!("Origin: {origin}\r\n")), Err(403), "{origin}");
    }
    // A name of the attacker's that leads to this machine.
    let rebound = format!("evil.example:{}", broker.port());
    assert_eq!(opens(&rebound, &format!("Origin: http://{rebound}\r\n")), Err(403));
}

#[test]
fn clients_beyond_the_limit_are_refused() {
    let broker = Broker::prepare().flags(&["--max-clients", "5"]).started();
    let connect = |n: usize| Client::try_connect(broker.port(), &Connect::v5(&format!("client{n}")));
    let mut clients: Vec<Client> = (0..5).map(|n| connect(n).map_err(|_| "refused").unwrap()).collect();
    let refused = connect(5).map(|_| ()).unwrap_err();
    // Server busy, or quota exceeded.
    assert!(matches!(refused, 0x89 | 0x97), "{refused:#04x}");
    assert!(connect(5).is_err());
    // The log tells the operator, but not once for each client.
    assert_eq!(broker.log().matches("--max-clients").count(), 1, "{}", broker.log());
    assert!(clients.iter_mut().all(Client::pings));
    // One that takes over needs no place.
    assert!(connect(0).is_ok());
    clients.pop().unwrap().leave();
    assert!(holds_within(AT_ONCE, || connect(6).is_ok()), "a place is free again");
}
