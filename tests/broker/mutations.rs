//! Packets that are almost valid.

use std::{net::Shutdown, thread, time::Duration};

use crate::{
    broker,
    dice::Dice,
    packet::{
        CONTENT_TYPE, Connect, MESSAGE_EXPIRY, PINGREQ, PUBACK, PUBREC, PUBREL, Properties, Publish, RECEIVE_MAXIMUM,
        SUBSCRIPTION_ID, TOPIC_ALIAS, Version, WILL_DELAY, ack, packet, subscribe, unsubscribe,
    },
    process::{Broker, holds_within},
    raw::{Client, open},
    transport::{WebSocket, upgrade},
};

const PACKETS: usize = 5_000;
const THREADS: usize = 4;
/// The logins after them.
const LOGINS: usize = 10_000;

/// Valid packets of every type that a client sends.
fn samples(version: Version) -> Vec<Vec<u8>> {
    let will = Publish::retained("USERS/alice", "alice offline");
    let plain = Connect::new(version, "alice").lasting().with(RECEIVE_MAXIMUM, 10).login("alice", "alice");
    let properties = Properties::default()
        .number(MESSAGE_EXPIRY, 60)
        .number(TOPIC_ALIAS, 3)
        .text(CONTENT_TYPE, "text/plain")
        .pair("from", "alice");
    let identifier = Properties::default().number(SUBSCRIPTION_ID, 300);
    vec![
        plain.bytes(),
        plain.clone().will(will, Properties::default().number(WILL_DELAY, 1).pair("a", "b")).bytes(),
        Publish::new("talk", "hello").qos(0).bytes(version),
        Publish::new("talk", "hello").packet(1).with(properties.clone()).bytes(version),
        Publish::retained("GROUPS/devs", "devs alice bob").qos(2).packet(2).with(properties).bytes(version),
        subscribe(version, 3, &[("USERS/#", 1), ("a/+/b", 2 | 4 | 8)], &identifier),
        unsubscribe(version, 4, "USERS/#"),
        ack(PUBACK, 1),
        ack(PUBREC, 1),
        ack(PUBREL, 2),
        packet(PINGREQ << 4, &[]),
        packet(0xE0, &[0, 5, 0x11, 0, 0, 0, 9]),
        // AUTH, which needs a method.
        packet(0xF0, &[0x18, 5, 0x15, 0, 2, b'm', b'e']),
    ]
}

/// Changes some bytes, the length, or puts two packets together.
fn mutate(dice: &mut Dice, samples: &[Vec<u8>]) -> Vec<u8> {
    let pick = |dice: &mut Dice| samples[dice.roll(samples.len())].clone();
    let mut bytes = pick(dice);
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(bytes.len().max(1));
        match dice.roll(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.roll(8),
            1 if !bytes.is_empty() => bytes[at] = u8::try_from(dice.roll(256)).unwrap(),
            2 => bytes.truncate(at),
            3 => bytes.extend((0..dice.roll(40)).map(|n| u8::try_from(n * 7 % 251).unwrap())),
            4 => {
                let other = pick(dice);
                bytes.splice(at.., other[dice.roll(other.len())..].to_vec());
            }
            _ => bytes.extend(pick(dice)),
        }
    }
    bytes
}

/// Sends these bytes on a connection of its own, after a CONNECT or as the first, and reads until it ends.
fn send(port: u16, first: Option<&Connect>, bytes: &[u8]) {
    let socket = open(port);
    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut client = Client::over(socket.try_clone().unwrap(), Version::V5);
    let connect = first.map(Connect::bytes).unwrap_or_default();
    // The broker may have closed it already.
    let _ = client.try_send(&[&connect, bytes].concat());
    let _ = socket.shutdown(Shutdown::Write);
    let mut answer = [0; 4096];
    while std::io::Read::read(&mut &socket, &mut answer).is_ok_and(|count| count > 0) {}
}

/// Attacks from some threads with this many packets.
fn attack(port: u16, packets: usize, seed: u64) {
    let attack = |thread: usize| {
        let mut dice = Dice(seed + thread as u64);
        for n in 0..packets / THREADS {
            let version = if n % 2 == 0 { Version::V5 } else { Version::V3 };
            let first = (n % 3 > 0).then(|| Connect::new(version, &format!("fuzz{thread}")));
            send(port, first.as_ref(), &mutate(&mut dice, &samples(version)));
        }
    };
    thread::scope(|scope| (0..THREADS).for_each(|thread| drop(scope.spawn(move || attack(thread)))));
}

#[test]
fn mutated_packets_and_logins_leave_the_broker_as_it_was() {
    let mut broker = Broker::open();
    // Its memory before the attack is that of a broker which has seen something.
    attack(broker.port(), 100, 1);
    let before = broker.rss();
    attack(broker.port(), PACKETS, 1_000);
    assert!(broker.is_alive());
    let mut alice = broker.client(&Connect::v5("alice"));
    alice.subscribe("after", 1);
    alice.says("after", "all is well");
    assert_eq!(alice.hears_until("all is well"), [""; 0]);
    let growth = broker.rss() - before;
    assert!(growth <= 20.0, "{growth} MB after {PACKETS} packets");
    for n in 0..LOGINS {
        broker.client(&Connect::v5(&format!("client{}", n % 100)));
    }
    let growth = broker.rss() - before;
    assert!(growth <= 20.0, "{growth} MB after {PACKETS} packets and {LOGINS} logins");
    // It starts again with what it has saved.
    broker.kill();
    broker.start();
    broker.client(&Connect::v5("alice"));
}

/// The same attack does mosquitto no harm, so it is one that a broker can stand.
#[test]
fn mutated_packets_leave_mosquitto_as_it_was() {
    let mosquitto = broker::Broker::start();
    attack(mosquitto.port(), PACKETS, 1_000);
    assert!(Client::connect(mosquitto.port(), &Connect::v5("alice")).pings());
}

#[test]
fn mutated_packets_of_a_user_leave_the_broker_as_it_was() {
    let mut broker = Broker::with_users(&["alice", "bob"]);
    let mut dice = Dice(7);
    let samples = samples(Version::V5);
    // Some logins at once, so that each thread that checks passwords has its memory.
    let mut clients: Vec<Client> = (0..8).map(|_| Client::over(open(broker.port()), Version::V5)).collect();
    for client in &mut clients {
        client.send(&Connect::v5("").login("alice", "alice").bytes());
    }
    assert!(clients.iter_mut().all(|client| client.next().is_some()));
    let before = broker.rss();
    for n in 0..100 {
        // Without a login; each fifth one after it.
        let login = Connect::user("alice");
        let junk: Vec<u8> = (0..20).flat_map(|_| mutate(&mut dice, &samples)).collect();
        send(broker.port(), (n % 5 == 0).then_some(&login), &junk);
    }
    assert!(broker.is_alive());
    // The login may be slowed down for a while, but only for who has guessed.
    let socket = crate::raw::open_from(77, broker.port());
    let client = Client::over(socket, Version::V5).log_in(&Connect::user("alice"));
    assert!(client.is_ok_and(|mut client| client.pings()));
    // The memory for passwords is free again once nobody logs in.
    let is_free = || broker.rss() - before <= 20.0;
    assert!(holds_within(Duration::from_secs(20), is_free), "{} MB", broker.rss() - before);
}

#[test]
fn mutated_websockets_leave_the_broker_as_it_was() {
    let mut broker = Broker::prepare().listen(&["ws://127.0.0.1:0"]).started();
    let port = broker.port();
    let request = upgrade(&format!("127.0.0.1:{port}"), "").into_bytes();
    // The request, and frames with a CONNECT in it.
    let frame = |first: u8, length: u8| [&[first, 0x80 | length, 0, 0, 0, 0], &Connect::v5("a").bytes()[..]].concat();
    let samples = [
        request.clone(),
        [&request[..], &frame(0x82, 14)].concat(),
        [&request[..], &frame(0x02, 14)].concat(),
        [&request[..], &frame(0x81, 14)].concat(),
        [&request[..], &frame(0x89, 14)].concat(),
        [&request[..], &frame(0x88, 2)].concat(),
        [&request[..], &frame(0x82, 127)].concat(),
        vec![b'x'; 100_000],
    ];
    let mut dice = Dice(11);
    let before = broker.rss();
    for _ in 0..300 {
        send(port, None, &mutate(&mut dice, &samples));
    }
    assert!(broker.is_alive());
    let socket = open(port);
    let below = socket.try_clone().unwrap();
    let websocket = WebSocket::open(socket, &upgrade(&format!("127.0.0.1:{port}"), "")).map_err(|_| "open").unwrap();
    let client = Client::over_transport(Box::new(websocket), below, Version::V5).log_in(&Connect::v5("alice"));
    assert!(client.is_ok_and(|mut client| client.pings()));
    let growth = broker.rss() - before;
    assert!(growth <= 20.0, "{growth} MB");
}
