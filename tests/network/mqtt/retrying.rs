//! When the actor retries, and when it waits for the user or for another client with the ID.

use std::{sync::mpsc, time::Duration};

use papo::{
    domain::{DeliveryFailure, DisconnectReason, ReasonCode},
    mqtt::{Event, Options, Request, Timeouts},
    protocol::{Identity, Peer, PubOutcome, Publication, Qos, RowId, Saved, Subscription},
};
use rumqttc::v5::mqttbytes::{
    QoS,
    v5::{Packet, Publish, PublishProperties},
};

use super::{Client, options};
use crate::{
    broker::Broker,
    scripted_broker::{Connection, ScriptedBroker},
};

const TAKEN_OVER: u8 = 0x8E;
/// The properties of CONNACK by their numbers.
const ASSIGNED_CLIENT_ID: u8 = 0x12;
const RECEIVE_MAXIMUM: u8 = 0x21;
const MAXIMUM_PACKET_SIZE: u8 = 0x27;

/// Options with short delays, to keep the tests fast.
fn fast_options(port: u16, id: &str) -> Options {
    let timeouts = Timeouts {
        first_retry: Duration::from_millis(1),
        longest_retry: Duration::from_millis(8),
        probe_interval: Duration::from_millis(5),
        take_back: Duration::from_millis(25),
        ..Timeouts::default()
    };
    Options { timeouts, ..options(port, id) }
}

fn peer(device: &str) -> Peer {
    Peer::restore(Identity::new("ann".parse().unwrap(), device, 7), Saved::default())
}

/// [`fast_options`] with a presence topic, which makes the client probe.
pub fn probing_options(port: u16, device: &str) -> Options {
    let peer = peer(device);
    Options { own_presence: Some(peer.presence_to_look_at()), will: peer.will(), ..fast_options(port, "ann") }
}

/// The retained presence of ann.
pub fn presence(state: &str, device: &str) -> Publish {
    let user_properties = [("papo", "1"), ("from", "ann"), ("device", device)];
    let user_properties = user_properties.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let properties = PublishProperties { user_properties, ..PublishProperties::default() };
    let mut publish = Publish::new("USERS/ann", QoS::AtMostOnce, format!("ann {state}"), Some(properties));
    publish.retain = true;
    publish
}

/// Accepts a probe, which has an empty client ID, and answers it with `presence`.
async fn serve_probe(broker: &ScriptedBroker, presence: Option<Publish>) {
    let mut probe = broker.connection().await;
    assert_eq!(probe.client_id, "", "the client probes before it connects");
    answer_probe(&mut probe, presence).await;
}

pub async fn answer_probe(probe: &mut Connection, mut presence: Option<Publish>) {
    probe.accept(&[]).await;
    while let Some(packet) = probe.serve(|_| false).await {
        if let (Packet::Subscribe(_), Some(presence)) = (packet, presence.take()) {
            probe.publish(presence).await;
        }
    }
}

/// Waits until the client stops retrying. Returns the reason, and whether it watches the ID by probes.
pub async fn stopped(client: &mut Client) -> (DisconnectReason, bool) {
    client
        .find(|event| match event {
            Event::Stopped { reason, is_watching } => Some((reason, is_watching)),
            Event::Connected { .. } => panic!("connected"),
            _ => None,
        })
        .await
}

/// Waits until the client is disconnected. Returns the reason, and the time until the next attempt.
pub async fn disconnected(client: &mut Client) -> (DisconnectReason, Duration) {
    client
        .find(|event| match event {
            Event::Disconnected { reason, retry_in, .. } => Some((reason, retry_in)),
            Event::Stopped { reason, .. } => panic!("stopped: {reason:?}"),
            _ => None,
        })
        .await
}

/// Accepts the next connection of the client itself.
async fn connected(broker: &ScriptedBroker) -> Connection {
    let mut connection = broker.connection().await;
    assert_eq!(connection.client_id, "ann");
    connection.accept(&[]).await;
    connection
}

#[tokio::test]
async fn row_is_published_after_many_short_connections() {
    let broker = ScriptedBroker::start().await;
    let mut ann =
        Client::with_backlog(fast_options(broker.port(), "ann"), vec![(RowId(1), Publication::new("room", "mail"))]);
    for short in 1..=10 {
        let mut connection = connected(&broker).await;
        assert!(matches!(connection.packet().await, Some(Packet::Publish(_))), "the connection sends no publication");
        drop(connection);
        let (reason, retry_in) = disconnected(&mut ann).await;
        assert_eq!(
            reason,
            if short < 3 { DisconnectReason::Closed } else { DisconnectReason::RepeatedlyAborted },
            "{short}"
        );
        let step = Duration::from_millis(1 << (short - 1).min(3));
        assert!(retry_in <= step && retry_in >= step * 3 / 4, "{retry_in:?} after {short}");
    }
    let mut connection = connected(&broker).await;
    assert!(matches!(connection.serve(|_| false).await, Some(Packet::Publish(_))));
    assert_eq!(ann.published().await, (1, PubOutcome::Taken));
}

#[tokio::test]
async fn closing_a_suspended_client_sends_the_publications_that_still_wait() {
    /// More than the client sends without an acknowledgement.
    const ROWS: u64 = 40;
    let broker = ScriptedBroker::start().await;
    let backlog = (1..=ROWS).map(|row| (RowId(row), Publication::new("room", row.to_string()))).collect();
    let ann = Client::with_backlog(fast_options(broker.port(), "ann"), backlog);
    let mut connection = connected(&broker).await;
    // The broker acknowledges no row, so the last rows are not sent.
    assert!(matches!(connection.packet().await, Some(Packet::Publish(_))));
    ann.send(Request::Suspend { last: vec![Publication::new("offline", "ann")] });
    ann.send(Request::Close { last: Vec::new() });
    let mut sent = 0;
    loop {
        match connection.packet().await {
            Some(Packet::Publish(publish)) if publish.topic == "offline" => break,
            Some(Packet::Publish(_)) => sent += 1,
            other => panic!("{other:?} after {sent} more rows, before the last publication"),
        }
    }
    assert!(sent < ROWS - 1, "all rows were sent");
}

/// mosquitto 2.0.11 does this if its queues are unlimited.
#[tokio::test]
async fn refused_publication_counts_even_if_the_broker_then_disconnects() {
    let broker = ScriptedBroker::start().await;
    let mails = [1, 2].map(|row| (RowId(row), Publication::new("room", "mail")));
    let mut ann = Client::with_backlog(fast_options(broker.port(), "ann"), mails.into());
    for row in [1, 2] {
        let mut connection = connected(&broker).await;
        let Some(Packet::Publish(mail)) = connection.packet().await else { panic!("no mail") };
        connection.forbid(mail.pkid).await;
        drop(connection);
        let refused = ann.find(|event| match event {
            Event::Published { row, outcome } => Some((row, outcome)),
            Event::Disconnected { reason, .. } => panic!("{reason:?}, and the refusal is lost"),
            _ => None,
        });
        assert_eq!(refused.await, (RowId(row), PubOutcome::Refused(DeliveryFailure::NotAllowed)));
        assert_eq!(disconnected(&mut ann).await.0, DisconnectReason::Closed);
    }
}

#[tokio::test]
async fn only_refusals_that_need_the_user_stop_retries() {
    for code in [0x80, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x97, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F] {
        let broker = ScriptedBroker::start().await;
        let mut ann = Client::with_backlog(
            fast_options(broker.port(), "ann"),
            vec![(RowId(1), Publication::new("room", "mail"))],
        );
        broker.connection().await.refuse(code).await;
        if code == 0x9F {
            // The client asks how long to wait.
            broker.connection().await.refuse(code).await;
        }
        if matches!(code, 0x84..=0x87 | 0x8A | 0x8C) {
            assert!(!stopped(&mut ann).await.1, "{code:x} needs the user, but the client watches the ID");
            ann.send(Request::Reconnect);
        } else {
            disconnected(&mut ann).await;
        }
        let mut connection = connected(&broker).await;
        assert!(matches!(connection.serve(|_| false).await, Some(Packet::Publish(_))), "after {code:x}");
        assert_eq!(ann.published().await, (1, PubOutcome::Taken), "after {code:x}");
    }
}

#[tokio::test]
async fn disconnect_codes_other_than_takeover_are_retried() {
    for code in [0x00, 0x04, 0x80, 0x82, 0x87, 0x89, 0x8B, 0x8D, 0x93, 0x96, 0x97, 0x98, 0x9C, 0x9D, 0xA0] {
        let broker = ScriptedBroker::start().await;
        let mut ann = Client::new(fast_options(broker.port(), "ann"));
        let mut connection = connected(&broker).await;
        ann.connected().await;
        connection.disconnect(code).await;
        disconnected(&mut ann).await;
        let _connection = connected(&broker).await;
        ann.connected().await;
    }
}

/// rumqttc 0.25 drops the reason code, so papo sees an abort: it retries, and after three aborts it suggests that the
/// ID is in use elsewhere.
#[tokio::test]
async fn reason_code_without_property_length_is_an_abort() {
    for code in [0x87, 0x8B, TAKEN_OVER, 0x97] {
        let broker = ScriptedBroker::start().await;
        let mut ann = Client::with_backlog(
            fast_options(broker.port(), "ann"),
            vec![(RowId(1), Publication::new("room", "mail"))],
        );
        for reason in [DisconnectReason::Closed, DisconnectReason::Closed, DisconnectReason::RepeatedlyAborted] {
            let connection = connected(&broker).await;
            ann.connected().await;
            connection.disconnect_shortly(code).await;
            assert_eq!(disconnected(&mut ann).await.0, reason, "{code:x}");
        }
        let mut connection = connected(&broker).await;
        connection.serve(|_| false).await;
        assert_eq!(ann.published().await, (1, PubOutcome::Taken), "after {code:x}");
    }
}

#[tokio::test]
async fn repeated_shutdown_of_the_broker_refuses_no_row() {
    let broker = ScriptedBroker::start().await;
    let mut ann =
        Client::with_backlog(fast_options(broker.port(), "ann"), vec![(RowId(1), Publication::new("room", "mail"))]);
    for _ in 0..4 {
        let mut connection = connected(&broker).await;
        assert!(matches!(connection.packet().await, Some(Packet::Publish(_))));
        connection.disconnect(0x8B).await;
        assert_eq!(disconnected(&mut ann).await.0, DisconnectReason::ServerDisconnect(ReasonCode::ServerShuttingDown));
    }
    let mut connection = connected(&broker).await;
    connection.serve(|_| false).await;
    assert_eq!(ann.published().await, (1, PubOutcome::Taken));
}

#[tokio::test]
async fn unusable_broker_limits_are_retried_at_the_longest_interval() {
    let packets = [[MAXIMUM_PACKET_SIZE].as_slice(), &64_u32.to_be_bytes()].concat();
    let receive = [[RECEIVE_MAXIMUM].as_slice(), &0_u16.to_be_bytes()].concat();
    for (properties, wanted) in [
        (packets, DisconnectReason::PacketLimit { most: 64, least: 1024 }),
        (receive, DisconnectReason::NoReceiveMaximum),
    ] {
        let broker = ScriptedBroker::start().await;
        let mut ann = Client::new(options(broker.port(), "ann"));
        broker.connection().await.accept(&properties).await;
        let (reason, retry_in) = disconnected(&mut ann).await;
        assert_eq!(reason, wanted);
        assert!((45..=60).contains(&retry_in.as_secs()), "{retry_in:?}");
    }
}

#[tokio::test]
async fn subscriptions_fit_the_packet_limit() {
    let broker = ScriptedBroker::start().await;
    let mut ann = Client::new(fast_options(broker.port(), "ann"));
    let mut connection = broker.connection().await;
    let limit = [[MAXIMUM_PACKET_SIZE].as_slice(), &1024_u32.to_be_bytes()].concat();
    connection.accept(&limit).await;
    ann.connected().await;
    let wanted: Vec<_> = (0..200)
        .map(|n| Subscription { filter: format!("bob_ann_{n}"), no_local: true, qos: Qos::AtLeastOnce })
        .collect();
    ann.send(Request::Subscribe(wanted));
    let mut filters = 0;
    while filters < 200 {
        let Some(Packet::Subscribe(subscribe)) = connection.serve(|filter| filter.ends_with("50")).await else {
            panic!("no subscription");
        };
        assert!(subscribe.size() <= 1024);
        filters += subscribe.filters.len();
    }
    let refused = ann.find(|event| match event {
        Event::Subscribed { refused } => Some(refused),
        _ => None,
    });
    assert_eq!(refused.await, ["bob_ann_50", "bob_ann_150"], "one event reports the refusals of all packets");
}

#[tokio::test]
async fn client_takes_the_id_back_only_once() {
    let broker = ScriptedBroker::start().await;
    let mut ann = Client::new(probing_options(broker.port(), "home"));
    serve_probe(&broker, None).await;
    let mut connection = connected(&broker).await;
    ann.connected().await;
    connection.disconnect(TAKEN_OVER).await;
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::TakenOver, true));
    // The client probes, and then takes the ID back, because no other device is online.
    let mut probes = 0;
    let mut connection = loop {
        let mut connection = broker.connection().await;
        if connection.client_id == "ann" {
            break connection;
        }
        answer_probe(&mut connection, Some(presence("online", "home"))).await;
        probes += 1;
    };
    assert!(probes > 0);
    connection.accept(&[]).await;
    ann.connected().await;
    connection.disconnect(TAKEN_OVER).await;
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::TakenOverAgain, false));
    // Longer than `take_back`, and with the presence that its own will publishes: the client does not take the ID back.
    for _ in 0..10 {
        serve_probe(&broker, Some(presence("offline", "home"))).await;
        serve_probe(&broker, None).await;
    }
    ann.send(Request::Reconnect);
    loop {
        let mut connection = broker.connection().await;
        connection.accept(&[]).await;
        if connection.client_id == "ann" {
            break;
        }
    }
    ann.connected().await;
}

#[tokio::test]
async fn lost_id_is_taken_back_when_the_other_device_goes_offline() {
    let broker = ScriptedBroker::start().await;
    let mut ann = Client::with_backlog(
        probing_options(broker.port(), "home"),
        vec![(RowId(1), Publication::new("room", "mail"))],
    );
    serve_probe(&broker, None).await;
    let mut connection = connected(&broker).await;
    ann.connected().await;
    connection.disconnect(TAKEN_OVER).await;
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::TakenOver, true));
    serve_probe(&broker, Some(presence("online", "work"))).await;
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::InUse, true));
    // Longer than `take_back`: the client does not take the ID back while another device is online.
    for _ in 0..10 {
        serve_probe(&broker, Some(presence("online", "work"))).await;
    }
    serve_probe(&broker, Some(presence("offline", "work"))).await;
    let mut connection = connected(&broker).await;
    ann.connected().await;
    connection.serve(|_| false).await;
    assert_eq!(ann.published().await, (1, PubOutcome::Taken));
}

#[tokio::test]
async fn id_in_use_at_start_is_taken_when_the_other_device_goes_offline() {
    let broker = ScriptedBroker::start().await;
    let mut ann = Client::new(probing_options(broker.port(), "home"));
    serve_probe(&broker, Some(presence("online", "work"))).await;
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::InUse, true));
    serve_probe(&broker, Some(presence("online", "work"))).await;
    serve_probe(&broker, Some(presence("offline", "work"))).await;
    let _connection = connected(&broker).await;
    ann.connected().await;
}

#[tokio::test]
async fn client_stops_probing_if_the_broker_gives_probes_its_own_id() {
    let broker = ScriptedBroker::start().await;
    let mut ann = Client::new(probing_options(broker.port(), "home"));
    let mut probe = broker.connection().await;
    probe.accept(&[ASSIGNED_CLIENT_ID, 0, 3, b'a', b'n', b'n']).await;
    while let Some(packet) = probe.serve(|_| false).await {
        if matches!(packet, Packet::Subscribe(_)) {
            probe.publish(presence("online", "work")).await;
        }
    }
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::InUse, false));
    ann.send(Request::Reconnect);
    let mut connection = connected(&broker).await;
    ann.connected().await;
    connection.disconnect(TAKEN_OVER).await;
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::TakenOver, false));
}

#[tokio::test]
async fn client_stops_probing_if_the_broker_refuses_probes() {
    let broker = ScriptedBroker::start().await;
    let mut ann = Client::new(probing_options(broker.port(), "home"));
    broker.connection().await.refuse(0x85).await;
    let mut connection = connected(&broker).await;
    ann.connected().await;
    connection.disconnect(TAKEN_OVER).await;
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::TakenOver, false));
}

#[tokio::test]
async fn yielding_the_id_stops_retries() {
    let broker = ScriptedBroker::start().await;
    let mut options = probing_options(broker.port(), "home");
    (options.timeouts.first_retry, options.timeouts.probe_interval) =
        (Duration::from_secs(60), Duration::from_secs(60));
    options.own_presence = None;
    let mut ann = Client::new(options);
    drop(connected(&broker).await);
    disconnected(&mut ann).await;
    ann.send(Request::Yield);
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::InUse, true));
}

#[tokio::test]
async fn id_is_taken_on_mosquitto_when_the_other_device_quits() {
    let broker = Broker::start();
    let mut online = peer("work").will();
    online.payload = b"ann online".to_vec();
    let mut work = Client::new(probing_options(broker.port(), "work"));
    work.connected().await;
    work.publish(1, online);
    work.published().await;
    let mut home = Client::new(probing_options(broker.port(), "home"));
    home.publish(2, Publication::new("room", "mail"));
    assert_eq!(stopped(&mut home).await, (DisconnectReason::InUse, true));
    work.send(Request::Close { last: vec![peer("work").will()] });
    work.find(|event| (event == Event::Closed).then_some(())).await;
    home.connected().await;
    assert_eq!(home.published().await, (2, PubOutcome::NobodyListens));
}

#[tokio::test]
async fn link_local_address_is_reached_through_its_zone() {
    // Uses the machine's own link-local address, if there is one. Without one, the test only looks up a zone.
    let interfaces = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    let own = interfaces.lines().find_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let groups = fields[0].as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned());
        fields[0].starts_with("fe80").then(|| (groups.collect::<Vec<_>>().join(":"), fields[5].to_owned()))
    });
    let (sender, accepted) = mpsc::channel();
    if let Some((address, zone)) = own
        && let Ok(listener) = tokio::net::TcpListener::bind(format!("{address}%{zone}:0")).await
    {
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((_, from)) = listener.accept().await {
                sender.send(from).unwrap();
            }
        });
        for scheme in ["mqtt", "ws"] {
            let broker = format!("{scheme}://[{address}%25{zone}]:{port}").parse().unwrap();
            let mut ann = Client::new(Options { broker, ..fast_options(1, "ann") });
            let reason = ann.failure().await;
            assert!(
                matches!(reason, DisconnectReason::ClosedBeforeConnack(_) | DisconnectReason::ClosedInHandshake { .. }),
                "{scheme}: {reason:?}"
            );
            assert!(accepted.try_recv().is_ok(), "{scheme}");
        }
    }
    let mut found = tokio::net::lookup_host(("fe80::1%lo", 1883)).await.unwrap();
    assert!(matches!(found.next(), Some(std::net::SocketAddr::V6(address)) if address.scope_id() == 1));
    let broker = "mqtt://[fe80::1%25nowhere0]".parse().unwrap();
    let mut ann = Client::new(Options { broker, ..fast_options(1, "ann") });
    assert_eq!(ann.failure().await, DisconnectReason::NoInterface("nowhere0".into()));
}
