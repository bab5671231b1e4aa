//! Sessions, queues, retained messages and wills.

use super::*;

fn open() -> World {
    World::new(false, Limits::default())
}

/// Adds a will that waits ten seconds for the client to return.
fn with_will(connect: &mut ConnectPacket) {
    let mut will = WillMessage::new("wills", *b"gone").with_qos(QoS::AtLeastOnce);
    will.properties.will_delay_interval = Some(10);
    connect.will = Some(will);
}

#[test]
fn sleeper_gets_everything_in_order_after_a_restart() {
    let mut world = open();
    let bob = world.connect("bob");
    world.subscribe(bob, "t/#", QoS::AtLeastOnce);
    world.leave(bob);
    let alice = world.connect("alice");
    for n in 0..100 {
        assert_eq!(world.publish(alice, "t/x", &n.to_string()), Some(0));
    }
    world.restart();
    let (bob, answer) = world.connect_with("bob", |_| ());
    assert!(matches!(&answer[0], Packet::ConnAck(ack) if ack.session_present));
    let mut texts: Vec<String> = answer[1..]
        .iter()
        .map(|packet| match packet {
            Packet::Publish(publish) => text(publish),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts.len(), 20, "no more than that is in flight");
    for id in 1..=20 {
        world.hub.receive(bob, Packet::PubAck(PubAckPacket::new(id)), world.now);
    }
    texts.extend(world.texts(bob));
    assert_eq!(texts, (0..100).map(|n| n.to_string()).collect::<Vec<_>>());
    world.save();
    assert!(world.saved.queues.is_empty() && world.saved.messages.is_empty(), "nothing is left on disk");
}

#[test]
fn unacknowledged_deliveries_are_repeated() {
    let mut world = open();
    let bob = world.connect("bob");
    world.subscribe(bob, "t", QoS::AtLeastOnce);
    let alice = world.connect("alice");
    world.publish(alice, "t", "one");
    world.publish(alice, "t", "two");
    let first = world.read(bob);
    assert_eq!(first.len(), 2);
    let Packet::Publish(one) = &first[0] else { panic!("{first:?}") };
    world.hub.receive(bob, Packet::PubAck(PubAckPacket::new(one.packet_id.unwrap())), world.now);
    world.cut(bob);
    world.restart();
    let (bob, answer) = world.connect_with("bob", |_| ());
    let Packet::Publish(again) = &answer[1] else { panic!("{answer:?}") };
    assert!(again.dup && text(again) == "two", "{again:?}");
    assert_eq!(answer.len(), 2);
    assert!(world.texts(bob).is_empty());
}

#[test]
fn qos_2_arrives_once_whatever_step_is_repeated() {
    let mut world = open();
    let bob = world.connect("bob");
    world.subscribe(bob, "t", QoS::ExactlyOnce);
    let alice = world.connect("alice");
    let exactly_once = |packet: &mut PublishPacket| packet.qos = QoS::ExactlyOnce;
    assert_eq!(world.publish_with(alice, "t", "hello", exactly_once), Some(0));
    world.cut(alice);
    world.restart();
    let alice = world.connect("alice");
    assert_eq!(world.publish_with(alice, "t", "hello", exactly_once), Some(0), "repeated, it is not delivered again");
    let release = Packet::PubRel(mqtt5_protocol::packet::pubrel::PubRelPacket::new(7));
    assert!(matches!(&world.send(alice, release)[0], Packet::PubComp(done) if done.reason_code == ReasonCode::Success));
    let (bob, answer) = world.connect_with("bob", |_| ());
    let [_, Packet::Publish(hello)] = &answer[..] else { panic!("{answer:?}") };
    let id = hello.packet_id.unwrap();
    assert!(matches!(&world.send(bob, Packet::PubRec(PubRecPacket::new(id)))[0], Packet::PubRel(_)));
    world.restart();
    let (bob, answer) = world.connect_with("bob", |_| ());
    assert!(matches!(&answer[1..], [Packet::PubRel(again)] if again.packet_id == id), "{answer:?}");
    let done = Packet::PubComp(mqtt5_protocol::packet::pubcomp::PubCompPacket::new(id));
    assert!(world.send(bob, done).is_empty());
    world.restart();
    let (_, answer) = world.connect_with("bob", |_| ());
    assert_eq!(answer.len(), 1, "{answer:?}");
}

#[test]
fn packet_identifier_is_free_after_its_release() {
    let mut world = open();
    let bob = world.connect("bob");
    world.subscribe(bob, "t", QoS::ExactlyOnce);
    world.leave(bob);
    for text in ["one", "two", "three"] {
        let alice = world.connect("alice");
        assert_eq!(world.publish_with(alice, "t", text, |packet| packet.qos = QoS::ExactlyOnce), Some(0));
        // Saved before it is released.
        world.save();
        world.send(alice, Packet::PubRel(mqtt5_protocol::packet::pubrel::PubRelPacket::new(7)));
        world.restart();
    }
    let bob = world.connect("bob");
    assert_eq!(world.publications(bob).iter().map(text).collect::<Vec<_>>(), ["one", "two", "three"]);
}

#[test]
fn retained_messages_reach_new_subscriptions() {
    let mut world = open();
    let alice = world.connect("alice");
    let retained = |packet: &mut PublishPacket| packet.retain = true;
    for (topic, text) in [("a/b", "1"), ("a/b", "2"), ("a", "3"), ("a/c", "4"), ("ab", "5"), ("$a/b", "6")] {
        world.publish_with(alice, topic, text, retained);
    }
    world.publish_with(alice, "a/c", "", retained);
    world.restart();
    let bob = world.connect("bob");
    world.hub.receive(bob, Packet::Subscribe(SubscribePacket::new(1).add_filter("a/#", QoS::AtMostOnce)), world.now);
    let found = world.publications(bob);
    assert_eq!(found.iter().map(text).collect::<Vec<_>>(), ["3", "2"]);
    assert!(found.iter().all(|publish| publish.retain && publish.qos == QoS::AtMostOnce));
    world.hub.receive(bob, Packet::Subscribe(SubscribePacket::new(1).add_filter("#", QoS::AtLeastOnce)), world.now);
    assert_eq!(world.texts(bob), ["3", "2", "5"], "# matches no topic that begins with $");
    let alice = world.connect("alice");
    world.publish_with(alice, "a", "7", retained);
    assert!(!world.publications(bob)[0].retain, "to a subscription that was there it is no retained message");
}

#[test]
fn will_is_published_unless_the_client_returns_or_says_goodbye() {
    let mut world = open();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "wills", QoS::AtLeastOnce);
    let (alice, _) = world.connect_with("alice", with_will);
    world.cut(alice);
    world.wait(9);
    assert!(world.texts(watcher).is_empty());
    let (alice, _) = world.connect_with("alice", with_will);
    world.wait(20);
    assert!(world.texts(watcher).is_empty(), "alice has returned in time");
    world.leave(alice);
    world.wait(20);
    assert!(world.texts(watcher).is_empty(), "alice has said goodbye");
    let (alice, _) = world.connect_with("alice", with_will);
    world.cut(alice);
    world.wait(10);
    assert_eq!(world.texts(watcher), ["gone"]);
    let (alice, _) = world.connect_with("alice", |connect| {
        with_will(connect);
        connect.properties = mqtt5_protocol::protocol::v5::properties::Properties::default();
    });
    world.cut(alice);
    assert_eq!(world.texts(watcher), ["gone"], "the session ends at once, and the will does not wait longer");
}

#[test]
fn sessions_end_when_they_expire() {
    let mut world = open();
    let (bob, _) = world.connect_with("bob", |connect| {
        connect.properties = mqtt5_protocol::protocol::v5::properties::Properties::default();
        connect.properties.set_session_expiry_interval(60);
    });
    world.subscribe(bob, "t", QoS::AtLeastOnce);
    world.cut(bob);
    let alice = world.connect("alice");
    world.publish(alice, "t", "hello");
    world.wait(59);
    world.restart();
    assert_eq!(world.saved.queues.len(), 1);
    world.wait(60);
    world.save();
    assert!(world.saved.queues.is_empty() && !world.saved.sessions.contains_key("bob"));
    let (_, answer) = world.connect_with("bob", |_| ());
    assert!(matches!(&answer[..], [Packet::ConnAck(ack)] if !ack.session_present), "{answer:?}");
}

#[test]
fn disconnect_may_change_when_the_session_ends() {
    let mut world = open();
    let bob = world.connect("bob");
    let mut disconnect = DisconnectPacket::normal();
    disconnect.properties.set_session_expiry_interval(5);
    world.hub.receive(bob, Packet::Disconnect(disconnect.clone()), world.now);
    world.hub.closed(bob, world.now);
    world.wait(4);
    world.save();
    assert_eq!(world.saved.sessions.len(), 1);
    world.wait(1);
    world.save();
    assert!(world.saved.sessions.is_empty());
    let (bob, _) = world.connect_with("bob", |connect| {
        connect.properties = mqtt5_protocol::protocol::v5::properties::Properties::default();
    });
    let answer = world.send(bob, Packet::Disconnect(disconnect));
    assert!(is_ended_with(&answer, reason::PROTOCOL_ERROR), "a session that ends with its connection: {answer:?}");
}

#[test]
fn qos_0_is_only_for_who_is_connected() {
    let mut world = open();
    let bob = world.connect("bob");
    world.subscribe(bob, "t", QoS::AtLeastOnce);
    let alice = world.connect("alice");
    let at_most_once = |packet: &mut PublishPacket| (packet.qos, packet.packet_id) = (QoS::AtMostOnce, None);
    world.publish_with(alice, "t", "unread", at_most_once);
    world.leave(bob);
    world.publish_with(alice, "t", "away", at_most_once);
    let bob = world.connect("bob");
    world.publish_with(alice, "t", "here", at_most_once);
    assert_eq!(world.texts(bob), ["here"]);
}

#[test]
fn second_client_takes_the_session_over() {
    let mut world = open();
    let first = world.connect("bob");
    world.subscribe(first, "t", QoS::AtLeastOnce);
    let (second, answer) = world.connect_with("bob", |_| ());
    assert!(matches!(&answer[0], Packet::ConnAck(ack) if ack.session_present));
    assert!(is_ended_with(&world.read(first), reason::SESSION_TAKEN_OVER));
    world.hub.closed(first, world.now);
    let alice = world.connect("alice");
    world.publish(alice, "t", "hello");
    assert_eq!(world.texts(second), ["hello"]);
}

#[test]
fn messages_expire() {
    let mut world = open();
    let bob = world.connect("bob");
    world.subscribe(bob, "t", QoS::AtLeastOnce);
    world.leave(bob);
    let alice = world.connect("alice");
    for (text, expiry) in [("short", 5), ("long", 50)] {
        world.publish_with(alice, "t", text, |packet| packet.properties.set_message_expiry_interval(expiry));
    }
    world.wait(20);
    let (_, answer) = world.connect_with("bob", |_| ());
    let [_, Packet::Publish(long)] = &answer[..] else { panic!("{answer:?}") };
    assert_eq!((text(long).as_str(), long.message_expiry_interval()), ("long", Some(30)));
}

/// A plain client whose session ends with its connection has a will, too.
#[test]
fn will_of_a_session_that_is_not_kept_survives_the_broker() {
    let mut world = open();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "wills", QoS::AtLeastOnce);
    world.connect_with("alice", |connect| {
        connect.clean_start = true;
        connect.properties.set_session_expiry_interval(0);
        connect.will = Some(WillMessage::new("wills", *b"gone").with_qos(QoS::AtLeastOnce));
    });
    world.restart();
    world.wait(1);
    let watcher = world.connect("watcher");
    assert_eq!(world.texts(watcher), ["gone"]);
    world.restart();
    world.wait(1);
    let watcher = world.connect("watcher");
    assert!(world.texts(watcher).is_empty(), "it is published once");
}

#[test]
fn will_survives_the_broker() {
    let mut world = open();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "wills", QoS::AtLeastOnce);
    for is_cut_before in [false, true] {
        let (alice, _) = world.connect_with("alice", with_will);
        if is_cut_before {
            world.cut(alice);
        }
        world.restart();
        world.wait(9);
        let watcher = world.connect("watcher");
        assert!(world.texts(watcher).is_empty(), "alice may return");
        world.wait(1);
        assert_eq!(world.texts(watcher), ["gone"]);
        world.restart();
        world.wait(100);
        let watcher = world.connect("watcher");
        assert!(world.texts(watcher).is_empty(), "it is published once");
    }
    world.connect_with("alice", with_will);
    world.restart();
    world.connect("alice");
    world.wait(100);
    let watcher = world.connect("watcher");
    assert!(world.texts(watcher).is_empty(), "alice has returned");
}

#[test]
fn receive_maximum_holds_for_repeated_deliveries() {
    let mut world = open();
    let bob = world.connect("bob");
    world.subscribe(bob, "t", QoS::AtLeastOnce);
    let alice = world.connect("alice");
    for n in 0..10 {
        world.publish(alice, "t", &n.to_string());
    }
    assert_eq!(world.read(bob).len(), 10);
    world.cut(bob);
    let (bob, answer) = world.connect_with("bob", |connect| connect.properties.set_receive_maximum(3));
    assert_eq!(answer[1..].len(), 3, "{answer:?}");
    let mut texts: Vec<String> = Vec::new();
    for packet in &answer[1..] {
        let Packet::Publish(publish) = packet else { panic!("{packet:?}") };
        texts.push(text(publish));
        world.hub.receive(bob, Packet::PubAck(PubAckPacket::new(publish.packet_id.unwrap())), world.now);
    }
    texts.extend(world.texts(bob));
    assert_eq!(texts, (0..10).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn no_packet_is_larger_than_the_client_takes() {
    let mut world = open();
    let limited = |size| move |connect: &mut ConnectPacket| connect.properties.set_maximum_packet_size(size);
    // CONNACK itself.
    let small = world.open("small", limited(10));
    let output = world.hub.output(small, 1000, world.now);
    assert!(output.closes && output.bytes.is_empty(), "{output:?}");
    world.hub.closed(small, world.now);
    // SUBACK.
    let (bob, answer) = world.connect_with("bob", limited(30));
    assert!(matches!(&answer[..], [Packet::ConnAck(_)]), "{answer:?}");
    let subscribe =
        (0..30).fold(SubscribePacket::new(1), |packet, n| packet.add_filter(n.to_string(), QoS::AtMostOnce));
    let answer = world.send(bob, Packet::Subscribe(subscribe));
    assert!(answer.len() == 1 && is_ended_with(&answer, reason::PACKET_TOO_LARGE), "{answer:?}");
    // A refusal, without its reason string.
    let (_, answer) = world.connect_with(&"x".repeat(600), limited(10));
    assert!(
        matches!(&answer[..], [Packet::ConnAck(ack)] if u8::from(ack.reason_code) == reason::CLIENT_ID_NOT_VALID),
        "{answer:?}"
    );
}

#[test]
fn old_client_may_have_many_publications_in_flight() {
    // MQTT 3.1.1 has no way to tell it how many it may have.
    let mut world = open();
    let alice = world.open("alice", |connect| connect.protocol_version = 4);
    world.hub.output(alice, 0, world.now);
    for id in 1..=100 {
        let code = world.publish_with(alice, "t", "x", |packet| {
            (packet.qos, packet.packet_id) = (QoS::ExactlyOnce, Some(id));
        });
        assert_eq!(code, Some(0), "{id}");
    }
}

#[test]
fn session_expiry_goes_on_while_the_broker_restarts() {
    let mut world = open();
    world.connect_with("bob", |connect| {
        connect.properties = mqtt5_protocol::protocol::v5::properties::Properties::default();
        connect.properties.set_session_expiry_interval(60);
    });
    for _ in 0..3 {
        world.restart();
        world.wait(25);
    }
    world.save();
    assert!(world.saved.sessions.is_empty(), "60 s have passed since the first restart");
}
