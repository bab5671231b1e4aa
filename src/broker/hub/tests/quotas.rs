//! What one client may use, and what it takes from others.

use super::*;

fn retained(packet: &mut PublishPacket) {
    packet.retain = true;
}

#[test]
fn replaced_retained_messages_that_nobody_reads_count_for_their_publisher() {
    let limits = Limits { queued_bytes: 100_000, retained_bytes: 50_000, ..Limits::default() };
    let mut world = World::new(false, limits);
    let eve = world.connect("eve");
    let idle = world.connect("idle");
    let mut taken = 0;
    for n in 0..50 {
        let text = format!("{n:03}{}", "x".repeat(20_000));
        if world.publish_with(eve, "t", &text, retained) == Some(0) {
            taken += 1;
        }
        // It asks for the retained message and does not read it.
        world.hub.receive(idle, Packet::Subscribe(SubscribePacket::new(1).add_filter("t", QoS::AtMostOnce)), world.now);
        world.hub.receive(
            idle,
            Packet::Unsubscribe(mqtt5_protocol::packet::unsubscribe::UnsubscribePacket::new(1).add_filter("t")),
            world.now,
        );
    }
    assert!((5..=8).contains(&taken), "{taken} messages of 20 kB are kept");
    assert_eq!(world.publications(idle).len(), 50);
    assert_eq!(world.publish_with(eve, "t", "again", retained), Some(0), "what was read counts no more");
    world.publish_with(eve, "t", "", retained);
    assert!(world.hub.ledger.is_empty());
}

#[test]
fn few_accounts_leave_room_in_a_queue() {
    let mut world = World::new(false, Limits { queued_messages: 100, ..Limits::default() });
    let bob = world.connect("bob");
    world.subscribe(bob, "t", QoS::AtLeastOnce);
    world.leave(bob);
    let mut taken = Vec::new();
    for name in ["eve", "mallory", "oscar"] {
        let client = world.connect(name);
        taken.push((0..100).filter(|_| world.publish(client, "t", "x") == Some(0)).count());
    }
    assert_eq!(taken, [50, 25, 13], "each may have as many as it leaves free");
    let alice = world.connect("alice");
    assert_eq!(world.publish(alice, "t", "x"), Some(0));
}

#[test]
fn will_reaches_everybody_but_full_queues() {
    let mut world = World::new(false, Limits { queued_messages: 1, ..Limits::default() });
    let [full, watcher, eve] = ["full", "watcher", "eve"].map(|name| world.connect(name));
    world.subscribe(full, "full", QoS::AtLeastOnce);
    for client in [full, watcher] {
        world.subscribe(client, "wills", QoS::AtLeastOnce);
    }
    world.leave(full);
    assert_eq!(world.publish(eve, "full", "x"), Some(0));
    let (alice, _) = world.connect_with("alice", |connect| {
        connect.will = Some(WillMessage::new("wills", *b"gone").with_qos(QoS::AtLeastOnce).with_retain(true));
    });
    world.cut(alice);
    assert_eq!(world.texts(watcher), ["gone"]);
    let late = world.connect("late");
    world.subscribe_unread(late, "wills");
    assert_eq!(world.texts(late), ["gone"], "it is retained");
    let full = world.connect("full");
    assert_eq!(world.texts(full), ["x"]);
}

#[test]
fn state_is_not_replaced_by_one_that_may_get_lost() {
    for is_lost in [(|packet| packet.qos = QoS::AtMostOnce) as fn(&mut PublishPacket), |packet| {
        packet.properties.set_message_expiry_interval(1);
    }] {
        let mut world = World::new(false, Limits { queued_messages: 4, ..Limits::default() });
        let bob = world.connect("bob");
        world.subscribe(bob, "#", QoS::AtLeastOnce);
        let alice = world.connect("alice");
        assert_eq!(world.publish_with(alice, "t", "kept", retained), Some(0));
        world.publish_with(alice, "t", "lost", |packet| {
            retained(packet);
            is_lost(packet);
        });
        // Until the queue is full, and it is looked for what a later message replaces.
        for name in ["carol", "dave", "erin", "frank"] {
            let client = world.connect(name);
            world.publish(client, "u", "x");
        }
        world.cut(bob);
        world.wait(2);
        let bob = world.connect("bob");
        assert_eq!(world.texts(bob)[0], "kept");
    }
}

#[test]
fn login_has_few_connections() {
    let mut world = World::new(true, Limits { connections: 3, ..Limits::default() });
    let mut open = vec![world.connect("alice")];
    let look = |world: &mut World| {
        let (connection, answer) = world.connect_with("", |connect| connect.username = Some("alice".into()));
        let Packet::ConnAck(ack) = &answer[0] else { panic!("{answer:?}") };
        (connection, u8::from(ack.reason_code))
    };
    for _ in 0..2 {
        let (connection, code) = look(&mut world);
        assert_eq!(code, 0);
        open.push(connection);
    }
    assert_eq!(look(&mut world).1, reason::QUOTA_EXCEEDED);
    world.connect("bob");
    world.connect("alice");
    world.cut(open[1]);
    assert_eq!(look(&mut world).1, 0);
}

#[test]
fn messages_for_many_sleepers_are_bounded() {
    let mut world = World::new(false, Limits { deliveries: 100, ..Limits::default() });
    for n in 0..10 {
        let client = world.connect(&format!("sleeper{n}"));
        world.subscribe(client, "t", QoS::AtLeastOnce);
        world.leave(client);
    }
    let [eve, alice] = ["eve", "alice"].map(|name| world.connect(name));
    let codes: Vec<Option<u8>> = (0..11).map(|_| world.publish(eve, "t", "x")).collect();
    assert_eq!(codes, [[Some(0); 10].as_slice(), &[Some(reason::QUOTA_EXCEEDED)]].concat());
    assert_eq!(world.publish(alice, "t", "x"), Some(0), "it is eve's quota");
}

#[test]
fn retained_messages_that_wait_for_one_client_are_bounded() {
    let mut world = World::new(false, Limits::default());
    let alice = world.connect("alice");
    for n in 0..1_000 {
        world.publish_with(alice, &format!("r/{n}"), "x", retained);
    }
    let idle = world.connect("idle");
    let mut codes = Vec::new();
    for _ in 0..102 {
        world.subscribe_unread(idle, "r/#");
        let answers: Vec<Bytes> = world.hub.connections.get_mut(&idle).unwrap().answers.drain(..).collect();
        match &decode(answers.concat().as_slice().into(), 5)[..] {
            [Packet::SubAck(ack)] => codes.push(ack.reason_codes[0] as u8),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(codes, [[1; 101].as_slice(), &[reason::QUOTA_EXCEEDED]].concat());
}
