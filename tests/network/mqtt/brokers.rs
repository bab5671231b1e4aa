//! A list of brokers: which one the client tries next, and when it gives up.

use std::time::Duration;

use papo::{
    domain::DisconnectReason,
    mqtt::{BrokerUrl, Credentials, Event, Options, Request, Timeouts},
    protocol::{PubOutcome, Publication, RowId},
};
use rumqttc::v5::mqttbytes::v5::Packet;
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::{
    Client, options,
    retrying::{answer_probe, disconnected, presence, probing_options, stopped},
};
use crate::{
    broker::{Broker, free_port},
    scripted_broker::{Connection, ScriptedBroker},
};

/// How long a change of the broker may take.
const SWITCH: Duration = Duration::from_secs(3);

fn url(port: u16) -> BrokerUrl {
    format!("mqtt://127.0.0.1:{port}").parse().unwrap()
}

/// Options with all of these brokers, and with the usual timeouts.
fn listed(ports: &[u16]) -> Options {
    Options { other_brokers: ports[1..].iter().copied().map(url).collect(), ..options(ports[0], "ann") }
}

/// Waits until the client has connected, and returns the port of the broker.
async fn connected_to(client: &mut Client) -> u16 {
    let mut port = 0;
    loop {
        match client.event().await {
            Event::Connecting { broker, .. } => port = broker.parse::<BrokerUrl>().unwrap().port(),
            Event::Connected { .. } => return port,
            Event::Stopped { reason, .. } => panic!("stopped: {reason:?}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn client_goes_on_at_another_broker() {
    let mut brokers = [Broker::start(), Broker::start()];
    let mut ann = Client::new(listed(&[brokers[0].port(), brokers[1].port()]));
    let first = connected_to(&mut ann).await;
    let (lost, other) = if first == brokers[0].port() { (0, 1) } else { (1, 0) };
    brokers[lost].kill();
    let port = timeout(SWITCH, connected_to(&mut ann)).await.expect("connects to the other in time");
    assert_eq!(port, brokers[other].port());
    ann.subscribed("room").await;
    ann.publish(1, Publication::new("room", "here"));
    assert_eq!(ann.published().await, (1, PubOutcome::Taken));
}

#[tokio::test]
async fn start_is_at_a_random_broker() {
    let brokers = [Broker::start(), Broker::start()];
    let ports = brokers.each_ref().map(Broker::port);
    let mut seen = std::collections::BTreeSet::new();
    // 40 starts at the same one of two: 1 in 500,000,000,000.
    for _ in 0..40 {
        seen.insert(connected_to(&mut Client::new(listed(&ports))).await);
        if seen.len() == 2 {
            return;
        }
    }
    panic!("always {seen:?}");
}

#[tokio::test]
async fn brokers_that_refuse_or_hang_up_are_passed_over() {
    let (refusing, good) = (ScriptedBroker::start().await, ScriptedBroker::start().await);
    let closing = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closing_port = closing.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = closing.accept().await {
            drop(socket);
        }
    });
    // Bad user name or password: in a list that does not stop the client.
    let refused = {
        let port = refusing.port();
        tokio::spawn(async move {
            loop {
                refusing.connection().await.refuse(0x86).await;
            }
        });
        port
    };
    let ports = [refused, free_port(), closing_port, good.port()];
    for _ in 0..5 {
        let mut ann = Client::new(listed(&ports));
        let mut connection = good.connection().await;
        connection.accept(&[]).await;
        assert_eq!(connected_to(&mut ann).await, good.port());
    }
}

/// A silent broker costs a start the three seconds of a probe, and not also the ten of an attempt to connect.
#[tokio::test]
async fn silent_broker_is_passed_over() {
    let (silent, good) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), ScriptedBroker::start().await);
    let ports = [silent.local_addr().unwrap().port(), good.port()];
    // Half of the starts are at the silent one.
    let starts = (0..8).map(|_| async {
        let mut ann = Client::new(Options { other_brokers: vec![url(ports[1])], ..probing_options(ports[0], "home") });
        timeout(SWITCH * 3, connected_to(&mut ann)).await.expect("connects in time")
    });
    let serve = async {
        loop {
            let mut connection = good.connection().await;
            tokio::spawn(async move { answer_probe(&mut connection, None).await });
        }
    };
    tokio::select! {
        ports = futures_util::future::join_all(starts) => assert!(ports.iter().all(|port| *port == good.port())),
        () = serve => {}
    }
}

#[tokio::test]
async fn client_stops_only_when_all_refuse_it() {
    let brokers = [ScriptedBroker::start().await, ScriptedBroker::start().await];
    let mut ann = Client::new(listed(&brokers.each_ref().map(ScriptedBroker::port)));
    let both = async {
        tokio::join!(async { brokers[0].connection().await.refuse(0x86).await }, async {
            brokers[1].connection().await.refuse(0x87).await;
        })
    };
    let (_, (reason, is_watching)) = tokio::join!(both, stopped(&mut ann));
    // Without a login.
    assert_eq!((reason, is_watching), (DisconnectReason::LoginRequired, false));
    ann.send(Request::Reconnect);
    let mut connection = tokio::select! {
        connection = brokers[0].connection() => connection,
        connection = brokers[1].connection() => connection,
    };
    connection.accept(&[]).await;
    ann.connected().await;
}

/// One broker wants a login, and the other is down. papo says so from the first answer on, wherever it starts.
#[tokio::test]
async fn broker_that_wants_a_login_is_not_forgotten_over_one_that_is_down() {
    let mut is_first_refused_at_once = [false; 2];
    while is_first_refused_at_once != [true; 2] {
        let wanting = ScriptedBroker::start().await;
        let timeouts = Timeouts { first_retry: Duration::from_millis(1), ..Timeouts::default() };
        let mut ann = Client::new(Options { timeouts, ..listed(&[wanting.port(), free_port()]) });
        wanting.connection().await.refuse(0x86).await;
        // Several rounds, in which only the one that is down is tried.
        for round in 0..4 {
            let (reason, refused, retry_in) = ann
                .find(|event| match event {
                    Event::Disconnected { reason, refused_login, retry_in } => Some((reason, refused_login, retry_in)),
                    Event::Stopped { reason, .. } => panic!("stopped: {reason:?}"),
                    _ => None,
                })
                .await;
            let wanted = (url(wanting.port()).to_string(), DisconnectReason::LoginRequired);
            assert_eq!(refused, Some(wanted), "round {round}: {reason:?}");
            if round == 0 {
                assert_eq!(reason, DisconnectReason::LoginRequired);
                is_first_refused_at_once[usize::from(retry_in.is_zero())] = true;
            } else {
                assert!(matches!(reason, DisconnectReason::ConnectionRefused(_)), "{reason:?}");
            }
        }
        // The login goes to the broker that wants one.
        ann.send(Request::LogIn(Credentials { user: "ann".into(), password: "hidden".into() }));
        let mut connection = wanting.connection().await;
        assert_eq!(connection.user.as_deref(), Some("ann"));
        connection.accept(&[]).await;
        ann.connected().await;
    }
}

/// The login is typed while papo waits for the other broker, which is silent.
#[tokio::test]
async fn login_is_tried_at_the_broker_that_wants_it_and_not_at_a_silent_one() {
    let wanting = ScriptedBroker::start().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut ann = Client::new(Options {
        timeouts: Timeouts { connect: Duration::from_secs(2), ..Timeouts::default() },
        ..listed(&[wanting.port(), silent.local_addr().unwrap().port()])
    });
    wanting.connection().await.refuse(0x86).await;
    disconnected(&mut ann).await;
    let silent_url = url(silent.local_addr().unwrap().port()).to_string();
    ann.find(|event| matches!(event, Event::Connecting { broker, .. } if broker == silent_url).then_some(())).await;
    ann.send(Request::LogIn(Credentials { user: "ann".into(), password: "hidden".into() }));
    let mut connection = timeout(Duration::from_millis(1500), wanting.connection()).await.expect("tries it at once");
    assert_eq!(connection.user.as_deref(), Some("ann"));
    connection.accept(&[]).await;
    ann.connected().await;
}

/// The next of these brokers that the client connects to, by its place, and the connection.
async fn next_connection(brokers: &[ScriptedBroker]) -> (usize, Connection) {
    let connections = brokers.iter().map(|broker| Box::pin(broker.connection()));
    let (connection, place, _) = futures_util::future::select_all(connections).await;
    (place, connection)
}

#[tokio::test]
async fn what_one_broker_has_not_acknowledged_goes_to_the_next() {
    let brokers = [ScriptedBroker::start().await, ScriptedBroker::start().await];
    let mails = [1, 2].map(|row| (RowId(row), Publication::new("room", row.to_string())));
    let options = listed(&brokers.each_ref().map(ScriptedBroker::port));
    let mut ann = Client::with_backlog(options, mails.into());
    let (first, mut connection) = next_connection(&brokers).await;
    connection.accept(&[]).await;
    assert!(matches!(connection.packet().await, Some(Packet::Publish(_))));
    drop(connection);
    let (second, mut connection) = next_connection(&brokers).await;
    assert_ne!(first, second);
    connection.accept(&[]).await;
    for row in [1, 2] {
        let Some(Packet::Publish(mail)) = connection.serve(|_| false).await else { panic!("no mail") };
        assert_eq!(mail.payload, row.to_string());
        assert_eq!(ann.published().await, (row, PubOutcome::Taken));
    }
}

/// While another device has the ID, its presence is read at any broker of the list.
#[tokio::test]
async fn id_is_watched_at_another_broker_when_one_is_lost() {
    let brokers = [ScriptedBroker::start().await, ScriptedBroker::start().await];
    let ports = brokers.each_ref().map(ScriptedBroker::port);
    let probing = probing_options(ports[0], "home");
    let mut ann = Client::new(Options { other_brokers: vec![url(ports[1])], ..probing });
    let (first, mut probe) = next_connection(&brokers).await;
    answer_probe(&mut probe, Some(presence("online", "work"))).await;
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::InUse, true));
    drop(brokers[first].connection().await);
    let (second, mut probe) = next_connection(&brokers).await;
    assert_ne!(first, second, "the next probe is at the other broker");
    answer_probe(&mut probe, Some(presence("offline", "work"))).await;
    let mut connection = brokers[second].connection().await;
    assert_eq!(connection.client_id, "ann");
    connection.accept(&[]).await;
    ann.connected().await;
}

/// A round in which every broker fails is followed by a wait; a failure within the round is not.
#[tokio::test]
async fn back_off_is_for_rounds() {
    let timeouts = Timeouts {
        first_retry: Duration::from_millis(16),
        longest_retry: Duration::from_millis(64),
        ..Timeouts::default()
    };
    let mut ann = Client::new(Options { timeouts, ..listed(&[free_port(), free_port(), free_port()]) });
    for step in [16, 20, 25] {
        let mut attempts = 0;
        let retry_in = loop {
            match ann.event().await {
                Event::Connecting { .. } => attempts += 1,
                Event::Disconnected { retry_in, .. } => break retry_in,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(attempts, 3);
        let step = Duration::from_millis(step);
        assert!(retry_in <= step && retry_in >= step * 3 / 4, "{retry_in:?} of {step:?}");
    }
}

#[tokio::test]
async fn broker_that_restarts_again_and_again_never_stops_the_client() {
    let mut broker = Broker::start();
    let timeouts = Timeouts {
        first_retry: Duration::from_millis(1),
        longest_retry: Duration::from_millis(64),
        ..Timeouts::default()
    };
    let mut ann = Client::new(Options { timeouts, ..options(broker.port(), "ann") });
    for restart in 0..12 {
        connected_to(&mut ann).await;
        if restart % 2 == 0 {
            broker.kill();
        } else {
            broker.stop();
        }
        broker.restart();
    }
    connected_to(&mut ann).await;
}

/// DISCONNECT "use another server" (0x9C) with a server reference.
fn moved_to(port: u16) -> Vec<u8> {
    let reference = format!("127.0.0.1:{port}");
    let length = u8::try_from(reference.len()).unwrap();
    let header = [0xE0, 5 + length, 0x9C, 3 + length, 0x1C, 0, length];
    [&header[..], reference.as_bytes()].concat()
}

#[tokio::test]
async fn server_reference_is_followed_once_within_the_list() {
    let brokers = [ScriptedBroker::start().await, ScriptedBroker::start().await, ScriptedBroker::start().await];
    let ports = brokers.each_ref().map(ScriptedBroker::port);
    for _ in 0..3 {
        let mut ann = Client::new(listed(&ports));
        let (first, mut connection) = next_connection(&brokers).await;
        connection.accept(&[]).await;
        connected_to(&mut ann).await;
        // Not the next one, but the one before.
        let (named, next) = ((first + 2) % 3, (first + 1) % 3);
        connection.send_bytes(&moved_to(ports[named])).await;
        let mut connection = brokers[named].connection().await;
        connection.accept(&[]).await;
        assert_eq!(connected_to(&mut ann).await, ports[named]);
        // It says to go back: the second reference is not followed.
        connection.send_bytes(&moved_to(ports[first])).await;
        brokers[next].connection().await.accept(&[]).await;
        assert_eq!(connected_to(&mut ann).await, ports[next]);
    }
}

#[tokio::test]
async fn server_reference_of_a_refusal_is_followed() {
    let brokers = [ScriptedBroker::start().await, ScriptedBroker::start().await, ScriptedBroker::start().await];
    let ports = brokers.each_ref().map(ScriptedBroker::port);
    let mut ann = Client::new(listed(&ports));
    let (first, mut connection) = next_connection(&brokers).await;
    // Not the next one, but the one before.
    let named = (first + 2) % 3;
    let reference = format!("elsewhere.example:1883 127.0.0.1:{}", ports[named]);
    connection.refuse_as_moved(&reference).await;
    let again = async {
        let mut connection = brokers[first].connection().await;
        connection.refuse_as_moved(&reference).await;
        connection
    };
    let (_, mut connection) = tokio::join!(again, brokers[named].connection());
    connection.accept(&[]).await;
    assert_eq!(connected_to(&mut ann).await, ports[named]);
}

#[tokio::test]
async fn server_reference_to_another_place_is_not_followed() {
    let (broker, stranger) = (ScriptedBroker::start().await, ScriptedBroker::start().await);
    let timeouts = Timeouts { longest_retry: Duration::from_millis(8), ..Timeouts::default() };
    let mut ann = Client::new(Options { timeouts, ..listed(&[broker.port()]) });
    let mut connection = broker.connection().await;
    connection.accept(&[]).await;
    ann.connected().await;
    connection.send_bytes(&moved_to(stranger.port())).await;
    disconnected(&mut ann).await;
    tokio::select! {
        mut connection = broker.connection() => connection.accept(&[]).await,
        _ = stranger.connection() => panic!("the client followed a reference out of its list"),
    }
    ann.connected().await;
}

fn options_over_websocket(port: u16) -> Options {
    Options { broker: format!("ws://127.0.0.1:{port}").parse().unwrap(), ..options(port, "ann") }
}

/// Accepts the next client and closes the connection, after reading what it sent if `is_clean`: otherwise the kernel
/// may send a reset.
async fn hang_up(balancer: &TcpListener, is_clean: bool) {
    let (mut socket, _) = balancer.accept().await.unwrap();
    if is_clean {
        let _ = socket.read(&mut [0; 2048]).await;
    }
}

/// As a balancer does while no broker behind it is up.
#[tokio::test]
async fn way_that_closes_without_an_answer_has_its_own_reason_and_is_retried() {
    let balancer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = balancer.local_addr().unwrap().port();
    let mut ann = Client::new(Options {
        timeouts: Timeouts { first_retry: Duration::from_millis(1), ..Timeouts::default() },
        ..options(port, "ann")
    });
    for is_clean in [true, false, true, false, true] {
        hang_up(&balancer, is_clean).await;
        let (reason, _) = disconnected(&mut ann).await;
        assert_eq!(reason, DisconnectReason::ClosedBeforeConnack(format!("127.0.0.1:{port}")));
    }
    for is_clean in [true, false] {
        let mut ann = Client::new(options_over_websocket(port));
        hang_up(&balancer, is_clean).await;
        let address = format!("127.0.0.1:{port}");
        let reason = disconnected(&mut ann).await.0;
        assert_eq!(reason, DisconnectReason::ClosedInHandshake { address, protocol: "WebSocket" }, "{is_clean}");
    }
}

/// The first address of `localhost` hangs up, as a node of a cluster may, and the second is a broker.
#[tokio::test]
async fn all_addresses_of_a_name_are_tried() {
    let addresses: Vec<_> = tokio::net::lookup_host(("localhost", 1)).await.unwrap().map(|found| found.ip()).collect();
    let [first, second, ..] = addresses[..] else {
        println!("localhost has one address here: {addresses:?}");
        return;
    };
    let hanging = TcpListener::bind((first, 0)).await.unwrap();
    let port = hanging.local_addr().unwrap().port();
    let broker = ScriptedBroker::on((second, port)).await;
    tokio::spawn(async move {
        while let Ok((socket, _)) = hanging.accept().await {
            drop::<TcpStream>(socket);
        }
    });
    let broker_url = format!("mqtt://localhost:{port}").parse().unwrap();
    let mut ann = Client::new(Options { broker: broker_url, ..options(port, "ann") });
    let mut connection = timeout(SWITCH, broker.connection()).await.expect("tries the other address in time");
    connection.accept(&[]).await;
    ann.connected().await;
    ann.publish(1, Publication::new("room", "here"));
    assert!(matches!(connection.serve(|_| false).await, Some(Packet::Publish(_))));
    assert_eq!(ann.published().await, (1, PubOutcome::Taken));
}

/// After the loss of a broker with many users, not all of them return at once.
#[tokio::test]
async fn many_users_spread_their_return() {
    let broker = ScriptedBroker::start().await;
    let mut waits = Vec::new();
    for _ in 0..20 {
        let mut ann = Client::new(options(broker.port(), "ann"));
        ann.handle.set_known_users(5_000);
        let mut connection = broker.connection().await;
        connection.accept(&[]).await;
        ann.connected().await;
        drop(connection);
        waits.push(disconnected(&mut ann).await.1);
    }
    assert!(waits.iter().all(|wait| *wait <= Duration::from_millis(10_500)), "{waits:?}");
    // All of 20 within the first second of ten: 1 in 10^20.
    assert!(waits.iter().any(|wait| *wait > Duration::from_millis(1_500)), "{waits:?}");
}
