//! The MQTT actor of papo, connected to mosquitto and to servers that are not brokers.

mod brokers;
mod cuts;
mod logins;
mod retrying;

use std::time::Duration;

use crate::broker::{Broker, free_port};
use papo::{
    domain::DisconnectReason,
    mqtt::{self, Credentials, Event, Handle, Options, Request},
    protocol::{AckToken, Identity, Inbound, Peer, PubOutcome, Publication, Qos, RowId, Saved, Subscription},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
    time::timeout,
};

/// The time limit of each wait. Longer than any step takes on a busy machine, so only a failing test reaches it.
const PATIENCE: Duration = Duration::from_secs(60);

struct Client {
    handle: Handle,
    events: mpsc::Receiver<Event>,
}

impl Client {
    fn new(options: Options) -> Self {
        Self::with_backlog(options, Vec::new())
    }

    fn with_backlog(options: Options, backlog: Vec<(RowId, Publication)>) -> Self {
        let (handle, events) = mqtt::spawn(options, backlog);
        Self { handle, events }
    }

    fn send(&self, request: Request) {
        self.handle.try_send(request).unwrap();
    }

    fn publish(&self, row: u64, publication: Publication) {
        self.send(Request::Publish { row: Some(RowId(row)), publication });
    }

    async fn event(&mut self) -> Event {
        timeout(PATIENCE, self.events.recv()).await.expect("no event came").expect("the actor ended")
    }

    /// Skips events until `what` returns a value, and returns that value.
    async fn find<T>(&mut self, what: impl Fn(Event) -> Option<T>) -> T {
        loop {
            if let Some(found) = what(self.event().await) {
                return found;
            }
        }
    }

    /// Waits for the connection. Returns whether the broker kept the session.
    async fn connected(&mut self) -> bool {
        self.find(|event| match event {
            Event::Connected { session_present, .. } => Some(session_present),
            _ => None,
        })
        .await
    }

    /// Subscribes, and checks that the broker grants the subscription.
    async fn subscribed(&mut self, filter: &str) {
        self.send(Request::Subscribe(vec![Subscription {
            filter: filter.into(),
            no_local: false,
            qos: Qos::AtLeastOnce,
        }]));
        let refused = self
            .find(|event| match event {
                Event::Subscribed { refused } => Some(refused),
                _ => None,
            })
            .await;
        assert_eq!(refused, Vec::<String>::new());
    }

    async fn received(&mut self) -> (Inbound, AckToken) {
        self.find(|event| match event {
            Event::Received { inbound, token } => Some((inbound, token)),
            _ => None,
        })
        .await
    }

    /// Waits for the next outcome of a publication. Returns the number of its row and the outcome.
    async fn published(&mut self) -> (u64, PubOutcome) {
        self.find(|event| match event {
            Event::Published { row, outcome } => Some((row.0, outcome)),
            _ => None,
        })
        .await
    }

    /// Waits until the connection or an attempt fails.
    async fn failure(&mut self) -> DisconnectReason {
        self.find(|event| match event {
            Event::Disconnected { reason, .. } | Event::Stopped { reason, .. } => Some(reason),
            _ => None,
        })
        .await
    }
}

fn options(port: u16, id: &str) -> Options {
    let url = format!("mqtt://127.0.0.1:{port}").parse().unwrap();
    Options::new(url, id, Publication::new(format!("will/{id}"), "gone"))
}

/// A connected client that subscribes to `filter`.
async fn listener(port: u16, id: &str, filter: &str) -> Client {
    let mut client = Client::new(options(port, id));
    client.connected().await;
    client.subscribed(filter).await;
    client
}

#[tokio::test]
async fn publication_arrives_with_all_properties() {
    let broker = Broker::start();
    let mut ann = listener(broker.port(), "ann", "room/#").await;
    let mut bob = Client::new(options(broker.port(), "bob"));
    bob.connected().await;
    let sent = Publication {
        retain: true,
        content_type: Some("text/plain".into()),
        properties: vec![("n".into(), "1".into()), ("n".into(), "2".into())],
        ..Publication::new("room/1", "hello")
    };
    bob.publish(1, sent.clone());
    assert_eq!(bob.published().await, (1, PubOutcome::Taken));

    let (live, _) = ann.received().await;
    assert_eq!((live.topic.as_str(), live.payload.as_slice(), live.retained), ("room/1", b"hello".as_slice(), false));
    assert_eq!((live.content_type, live.properties), (sent.content_type, sent.properties));
    let mut late = listener(broker.port(), "late", "room/#").await;
    assert!(late.received().await.0.retained);
}

#[tokio::test]
async fn unacknowledged_delivery_is_repeated_after_reconnect() {
    let broker = Broker::start();
    let mut ann = listener(broker.port(), "ann", "room").await;
    let bob = Client::new(options(broker.port(), "bob"));
    bob.publish(1, Publication::new("room", "first"));
    bob.publish(2, Publication::new("room", "second"));
    let (first, token) = ann.received().await;
    assert_eq!(first.payload, b"first");
    let (_, unacknowledged) = ann.received().await;
    ann.send(Request::Ack(token));
    // The broker handles packets in order: when it answers this one, it has the acknowledgement, too.
    ann.publish(1, Publication::new("elsewhere", "x"));
    ann.published().await;
    ann.send(Request::Reconnect);
    assert!(ann.connected().await, "the session is still there");
    // A token of the earlier connection must not acknowledge the repeated delivery.
    ann.send(Request::Ack(unacknowledged));
    let (again, token) = ann.received().await;
    assert_eq!(again.payload, b"second");
    assert_ne!(token, unacknowledged);
}

#[tokio::test]
async fn starts_offline_and_connects_when_the_broker_starts() {
    let mut broker = Broker::prepare("allow_anonymous true\n");
    let mut ann = Client::new(options(broker.port(), "ann"));
    ann.publish(1, Publication::new("room", "kept"));
    let reason = ann.failure().await;
    assert_eq!(reason, DisconnectReason::ConnectionRefused(format!("127.0.0.1:{}", broker.port())));
    assert!(!reason.stops_retries() && matches!(reason, DisconnectReason::ConnectionRefused(_)), "{reason:?}");
    broker.restart();
    assert!(!ann.connected().await);
    assert_eq!(ann.published().await, (1, PubOutcome::NobodyListens));
}

#[tokio::test]
async fn will_is_published_only_without_disconnect() {
    let broker = Broker::start();
    let mut ann = listener(broker.port(), "ann", "#").await;
    for (id, disconnects) in [("bob", true), ("carol", false)] {
        let mut options = options(broker.port(), id);
        options.will_delay = Duration::ZERO;
        let mut client = Client::new(options);
        client.connected().await;
        if disconnects {
            client.send(Request::Close { last: vec![Publication::new("bye", id)] });
            client.find(|event| (event == Event::Closed).then_some(())).await;
            assert_eq!(ann.received().await.0.topic, "bye");
        }
    }
    // bob's will would have arrived first.
    assert_eq!(ann.received().await.0.topic, "will/carol");
}

#[tokio::test]
async fn suspended_client_sends_last_publications_and_can_resume() {
    let broker = Broker::start();
    let mut ann = listener(broker.port(), "ann", "#").await;
    let mut options = options(broker.port(), "bob");
    options.will_delay = Duration::ZERO;
    let mut bob = Client::new(options);
    bob.connected().await;
    let suspend = || Request::Suspend { last: vec![Publication::new("resting", "bob")] };
    bob.send(suspend());
    bob.find(|event| matches!(event, Event::Stopped { reason: DisconnectReason::PapoSuspended, .. }).then_some(()))
        .await;
    assert_eq!(ann.received().await.0.topic, "resting");
    bob.send(suspend());
    bob.find(|event| matches!(event, Event::Stopped { reason: DisconnectReason::PapoSuspended, .. }).then_some(()))
        .await;
    bob.publish(1, Publication::new("back", "bob"));
    bob.send(Request::Reconnect);
    assert!(bob.connected().await, "the session was kept");
    // Neither the will nor the last publications are repeated.
    assert_eq!(ann.received().await.0.topic, "back");
    bob.send(Request::Close { last: Vec::new() });
    bob.find(|event| (event == Event::Closed).then_some(())).await;
}

#[tokio::test]
async fn refused_credentials_stop_retries() {
    let broker = Broker::start_with("allow_anonymous false\n");
    let mut options = options(broker.port(), "ann");
    options.credentials = Some(Credentials { user: "ann".into(), password: "hidden".into() });
    assert!(!format!("{options:?}").contains("hidden"));
    let mut ann = Client::new(options);
    let reason = ann
        .find(|event| match event {
            Event::Stopped { reason, .. } => Some(reason),
            _ => None,
        })
        .await;
    assert!(matches!(reason, DisconnectReason::NotAuthorized | DisconnectReason::BadCredentials), "{reason:?}");
    ann.send(Request::Reconnect);
    assert!(ann.failure().await.stops_retries());
}

/// CONNACK of MQTT 3.1.1: unacceptable protocol version.
const V3_REFUSAL: &[u8] = b"\x20\x02\x00\x01";

/// Starts a server that sends `answer` to the first packet of each connection, then keeps the connection open or closes
/// it. Returns its port.
async fn server(answer: &'static [u8], keep: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(answer).await;
            if keep {
                kept.push(socket);
            }
        }
    });
    port
}

#[tokio::test]
async fn servers_that_are_not_brokers_are_detected() {
    let port = server(b"HTTP/1.1 400 Bad Request\r\nServer: a-web-server-with-much-to-say/1.0\r\nContent-Type: text/html\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", true).await;
    assert_eq!(
        Client::new(options(port, "ann")).failure().await,
        DisconnectReason::NotMqtt(format!("127.0.0.1:{port}"))
    );
    let port = server(b"SSH-2.0-x\r\n", false).await;
    assert_eq!(
        Client::new(options(port, "ann")).failure().await,
        DisconnectReason::NotMqtt(format!("127.0.0.1:{port}"))
    );
    for answer in [b"".as_slice(), V3_REFUSAL] {
        let port = server(answer, false).await;
        assert_eq!(
            Client::new(options(port, "ann")).failure().await,
            DisconnectReason::ClosedBeforeConnack(format!("127.0.0.1:{port}"))
        );
    }
    let port = server(b"\x20\x03\x00\x84\x00", true).await;
    assert_eq!(Client::new(options(port, "ann")).failure().await, DisconnectReason::OldMqttOnly);
}

#[tokio::test]
async fn silent_server_ends_attempts_and_connections() {
    let port = server(b"", true).await;
    let mut short_timeouts = options(port, "ann");
    short_timeouts.timeouts.connect = Duration::from_millis(100);
    assert_eq!(Client::new(short_timeouts).failure().await, DisconnectReason::NoAnswer(format!("127.0.0.1:{port}")));

    // A server that sends CONNACK and nothing more.
    let port = server(b"\x20\x03\x00\x00\x00", true).await;
    let mut short_timeouts = options(port, "ann");
    short_timeouts.timeouts.silence = Some(Duration::from_millis(100));
    let mut ann = Client::new(short_timeouts.clone());
    ann.connected().await;
    assert_eq!(ann.failure().await, DisconnectReason::NoAnswer(format!("127.0.0.1:{port}")));

    short_timeouts.timeouts.silence = None;
    short_timeouts.timeouts.progress = Duration::from_millis(100);
    let mut ann = Client::with_backlog(short_timeouts, vec![(RowId(1), Publication::new("room", "x"))]);
    ann.connected().await;
    assert_eq!(ann.failure().await, DisconnectReason::NoAnswer(format!("127.0.0.1:{port}")));
}

#[tokio::test]
async fn missing_retain_or_qos_1_is_reported() {
    let port = server(b"\x20\x05\x00\x00\x02\x25\x00", true).await;
    assert_eq!(Client::new(options(port, "ann")).failure().await, DisconnectReason::NoRetain);
    let port = server(b"\x20\x05\x00\x00\x02\x24\x00", true).await;
    assert_eq!(Client::new(options(port, "ann")).failure().await, DisconnectReason::NoQosOne);
}

#[tokio::test]
async fn broker_drops_publications_above_the_announced_size() {
    let broker = Broker::start();
    let mut ann = listener(broker.port(), "ann", "room").await;
    let mut bob = Client::new(options(broker.port(), "bob"));
    bob.publish(1, Publication { payload: vec![b'x'; 5_000_000], ..Publication::new("room", "") });
    bob.publish(2, Publication::new("room", "next"));
    bob.published().await;
    let event = ann.event().await;
    assert!(matches!(&event, Event::Received { inbound, .. } if inbound.payload == b"next"), "got another event");
}

#[tokio::test]
async fn oversized_publication_is_refused_and_the_next_sent() {
    let broker = Broker::start_with("allow_anonymous true\nmax_packet_size 2000\n");
    let mut ann = Client::new(options(broker.port(), "ann"));
    ann.publish(1, Publication { payload: vec![b'x'; 5000], ..Publication::new("room", "") });
    ann.publish(2, Publication::new("room", "small"));
    let (row, outcome) = ann.published().await;
    assert!(
        row == 1 && matches!(&outcome, PubOutcome::Refused(why) if why.to_string().starts_with("too large")),
        "{outcome:?}"
    );
    assert_eq!(ann.published().await, (2, PubOutcome::NobodyListens));
}

#[tokio::test]
async fn clients_with_the_same_id_report_it_and_slow_down() {
    let broker = Broker::start();
    let mut ann = Client::new(options(broker.port(), "same"));
    ann.connected().await;
    let mut other = Client::new(options(broker.port(), "same"));
    // mosquitto before 2.0.12 closes the first connection silently.
    let is_reported = |event| match event {
        Event::Stopped { reason: DisconnectReason::TakenOver, .. } => Some(()),
        Event::Disconnected { reason: DisconnectReason::RepeatedlyAborted, retry_in, .. } => {
            assert!(retry_in >= Duration::from_secs(1), "{retry_in:?}");
            Some(())
        }
        _ => None,
    };
    tokio::select! {
        () = ann.find(is_reported) => {}
        () = other.find(is_reported) => {}
    }
}

#[tokio::test]
async fn slow_receiver_causes_back_pressure_without_loss() {
    let broker = Broker::start();
    let mut ann = listener(broker.port(), "ann", "room").await;
    let mut bob = Client::new(options(broker.port(), "bob"));
    bob.connected().await;
    // At QoS 0 only the socket causes back-pressure. The messages are three times the capacity of the channel.
    for part in 0..15 {
        for n in 0..100 {
            let publication =
                Publication { qos: Qos::AtMostOnce, ..Publication::new("room", (part * 100 + n).to_string()) };
            bob.send(Request::Publish { row: None, publication });
        }
        bob.publish(part, Publication::new("done", ""));
        bob.published().await;
    }
    for n in 0..1500 {
        assert_eq!(ann.received().await.0.payload, n.to_string().as_bytes());
    }
}

#[tokio::test]
async fn unknown_host_and_closed_port_have_different_reasons() {
    let mut options = options(free_port(), "ann");
    assert!(matches!(Client::new(options.clone()).failure().await, DisconnectReason::ConnectionRefused(_)));
    options.broker = "mqtt://papo.invalid".parse().unwrap();
    assert_eq!(Client::new(options).failure().await, DisconnectReason::HostNotFound("papo.invalid".into()));
}

#[tokio::test]
async fn probe_consumes_no_queued_messages() {
    let folder = tempfile::tempdir().unwrap();
    let passwords = folder.path().join("passwords");
    std::fs::write(&passwords, "").unwrap();
    for user in ["ann", "bob"] {
        let mut hashing = std::process::Command::new("mosquitto_passwd");
        assert!(hashing.arg("-b").arg(&passwords).args([user, user]).status().unwrap().success());
    }
    let broker = Broker::start_with(&format!(
        "allow_anonymous false\nuse_username_as_clientid true\npassword_file {}\n",
        passwords.display()
    ));
    let client = |id: &str| {
        let peer = Peer::restore(Identity::new(id.parse().unwrap(), "home", 7), Saved::default());
        let url = format!("mqtt://{id}:{id}@127.0.0.1:{}", broker.port()).parse().unwrap();
        let own_presence = Some(peer.presence_to_look_at());
        Client::new(Options { own_presence, ..Options::new(url, peer.client_id(), peer.will()) })
    };
    let mut bob = client("bob");
    bob.connected().await;
    bob.subscribed("room").await;
    bob.send(Request::Close { last: vec![] });
    while bob.event().await != Event::Closed {}

    // More messages than may be unacknowledged at once.
    let mut ann = client("ann");
    ann.connected().await;
    for row in 0..50 {
        ann.publish(row, Publication::new("room", row.to_string()));
        ann.published().await;
    }
    let mut bob = client("bob");
    assert!(bob.connected().await, "the session is still there");
    for row in 0..50 {
        let (inbound, token) = bob.received().await;
        assert_eq!(inbound.payload, row.to_string().as_bytes());
        bob.send(Request::Ack(token));
    }
}

#[tokio::test]
async fn id_online_on_another_device_needs_confirmation() {
    let broker = Broker::start();
    let peer = |device: &str| Peer::restore(Identity::new("ann".parse().unwrap(), device, 7), Saved::default());
    let client = |peer: &Peer| {
        let url = format!("mqtt://127.0.0.1:{}", broker.port()).parse().unwrap();
        let own_presence = Some(peer.presence_to_look_at());
        Client::new(Options { own_presence, ..Options::new(url, peer.client_id(), peer.will()) })
    };
    // The retained presence of the device `home`.
    let home = peer("home");
    let mut online = home.will();
    online.payload = b"ann online".to_vec();
    let mut first = client(&home);
    first.connected().await;
    first.publish(1, online);
    first.published().await;

    let mut second = client(&peer("work"));
    assert_eq!(second.failure().await, DisconnectReason::InUse);
    second.send(Request::Reconnect);
    second.connected().await;
    // mosquitto before 2.0.12 closes the first connection silently.
    assert!(matches!(first.failure().await, DisconnectReason::Closed | DisconnectReason::TakenOver));

    // papo connects without confirmation on the device that is online, and with an ID that nobody uses.
    first.send(Request::Close { last: vec![] });
    let mut again = client(&home);
    again.connected().await;
    let mut bob = client(&Peer::restore(Identity::new("bob".parse().unwrap(), "x", 7), Saved::default()));
    bob.connected().await;
}
