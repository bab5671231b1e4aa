//! What one client may use, and what it takes from others.

use super::*;

fn retained(packet: &mut PublishPacket) {
    packet.retain = true;
}

fn open() -> World {
    World::new(false, Limits::default())
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

#[test]
fn full_queue_refuses_and_loses_nothing_that_it_took() {
    let mut world = World::new(false, Limits { queued_messages: 10, ..Limits::default() });
    let bob = world.connect("bob");
    world.subscribe(bob, "t", QoS::AtLeastOnce);
    world.leave(bob);
    let mut taken = Vec::new();
    for name in ["alice", "carol", "dave"] {
        let client = world.connect(name);
        for n in 0..7 {
            let text = format!("{name} {n}");
            match world.publish(client, "t", &text) {
                Some(reason::SUCCESS) => taken.push(text),
                Some(reason::QUOTA_EXCEEDED) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    let of = |name| taken.iter().filter(|text| text.starts_with(name)).count();
    assert_eq!(["alice", "carol", "dave"].map(of), [5, 3, 1], "each leaves room for the next: {taken:?}");
    let bob = world.connect("bob");
    assert_eq!(world.texts(bob), taken);
}

#[test]
fn sleeper_keeps_the_last_state_of_a_topic_when_its_queue_is_full() {
    let mut world = World::new(false, Limits { queued_messages: 10, ..Limits::default() });
    let bob = world.connect("bob");
    world.subscribe(bob, "#", QoS::AtLeastOnce);
    world.leave(bob);
    let clients: Vec<ConnectionId> = (0..5).map(|n| world.connect(&format!("c{n}"))).collect();
    for round in 0..30 {
        for (n, &client) in clients.iter().enumerate() {
            let taken = world.publish_with(client, &format!("state/{n}"), &round.to_string(), |p| p.retain = true);
            assert_eq!(taken, Some(0));
        }
    }
    let bob = world.connect("bob");
    let texts = world.texts(bob);
    assert_eq!(&texts[texts.len() - 5..], ["29"; 5], "{texts:?}");
    world.save();
}

#[test]
fn one_account_fills_neither_memory_nor_disk() {
    let limits = Limits { queued_bytes: 10_000, retained_bytes: 5_000, retained_messages: 3, ..Limits::default() };
    let mut world = World::new(false, limits);
    let bob = world.connect("bob");
    world.subscribe(bob, "t", QoS::AtLeastOnce);
    world.leave(bob);
    let alice = world.connect("alice");
    let big = "x".repeat(3_000);
    let codes: Vec<_> = (0..5).map(|_| world.publish(alice, "t", &big)).collect();
    assert_eq!(codes, [Some(0), Some(0), Some(0x97), Some(0x97), Some(0x97)], "half for one queue");
    let retained = |world: &mut World, topic: &str, text: &str| {
        world.publish_with(alice, topic, text, |packet| packet.retain = true)
    };
    assert_eq!(retained(&mut world, "r/1", &big), Some(0));
    assert_eq!(retained(&mut world, "r/2", &big), Some(0x97));
    assert_eq!(retained(&mut world, "r/1", &"y".repeat(4_000)), Some(0), "it replaces the first");
    assert_eq!(retained(&mut world, "r/2", "small"), Some(0));
    assert_eq!(retained(&mut world, "r/3", "small"), Some(0));
    assert_eq!(retained(&mut world, "r/4", "small"), Some(0x97));
    assert_eq!(retained(&mut world, "r/2", ""), Some(0));
    assert_eq!(retained(&mut world, "r/4", "small"), Some(0));
}

#[test]
fn members_of_groups_count_however_short_their_ids_are() {
    let limits = Limits { retained_bytes: 5_000, ..Limits::default() };
    let mut world = World::new(false, limits);
    let alice = world.connect("alice");
    let mut retained = |topic: &str, members: usize| {
        let members: String = ('a'..='z').take(members).flat_map(|id| [' ', id]).collect();
        world.publish_with(alice, topic, &format!("devs alice{members}"), |packet| packet.retain = true)
    };
    assert_eq!(retained("GROUPS/devs", 26), Some(0));
    assert_eq!(retained("GROUPS/ops", 26), Some(0));
    assert_eq!(retained("GROUPS/all", 26), Some(0x97));
    assert_eq!(retained("GROUPS/ops", 5), Some(0), "fewer members leave room");
    assert_eq!(retained("GROUPS/all", 5), Some(0));
}

#[test]
fn limits_of_a_connection_end_it() {
    let mut world = open();
    let alice = world.connect("alice");
    let alias = |world: &mut World, connection, alias, topic: &str| {
        world.publish_with(connection, topic, "x", |packet| packet.properties.set_topic_alias(alias))
    };
    assert_eq!(alias(&mut world, alice, 10, "t"), Some(0));
    assert_eq!(alias(&mut world, alice, 10, ""), Some(0));
    assert_eq!(alias(&mut world, alice, 11, "t"), Some(reason::TOPIC_ALIAS_INVALID));
    let alice = world.connect("alice");
    for id in 1..=20 {
        let code = world.publish_with(alice, "t", "x", |packet| {
            (packet.qos, packet.packet_id) = (QoS::ExactlyOnce, Some(id));
        });
        assert_eq!(code, Some(0));
    }
    let code = world.publish_with(alice, "t", "x", |packet| {
        (packet.qos, packet.packet_id) = (QoS::ExactlyOnce, Some(21));
    });
    assert_eq!(code, Some(reason::RECEIVE_MAXIMUM_EXCEEDED));
}

#[test]
fn client_is_refused_beyond_the_limit_but_may_return() {
    let mut world = World::new(false, Limits { clients: 2, ..Limits::default() });
    world.connect("alice");
    let bob = world.connect("bob");
    let (_, answer) = world.connect_with("carol", |_| ());
    assert!(matches!(&answer[0], Packet::ConnAck(ack) if u8::from(ack.reason_code) == reason::SERVER_BUSY));
    world.connect("bob");
    world.hub.closed(bob, world.now);
    let (_, answer) = world.connect_with("carol", |_| ());
    assert!(matches!(&answer[0], Packet::ConnAck(ack) if u8::from(ack.reason_code) == reason::SERVER_BUSY));
}

#[test]
fn subscriptions_of_a_session_are_limited() {
    let mut world = World::new(false, Limits { subscriptions: 20, ..Limits::default() });
    assert_eq!([world.connect("alice"), world.connect("bob")], [ConnectionId(1), ConnectionId(2)]);
    let mut code = |connection, filter: &str| match &world.subscribe(connection, filter, QoS::AtMostOnce)[..] {
        [Packet::SubAck(ack)] => ack.reason_codes[0] as u8,
        other => panic!("{other:?}"),
    };
    let (alice, bob) = (ConnectionId(1), ConnectionId(2));
    // A mebibyte.
    let long = |n: usize| format!("{n:02}{}", "x".repeat(65_533));
    assert!((0..16).all(|n| code(alice, &long(n)) == 0));
    assert_eq!(code(alice, &long(16)), reason::QUOTA_EXCEEDED);
    assert_eq!(code(alice, &long(3)), 0, "it replaces one");
    assert!((0..20).all(|n| code(bob, &n.to_string()) == 0));
    assert_eq!(code(bob, "20"), reason::QUOTA_EXCEEDED);
    assert_eq!(code(bob, "3"), 0, "it replaces one");
}

#[test]
fn flood_of_one_account_gives_way_to_others() {
    let mut world = open();
    let [bob, eve, alice] = ["bob", "eve", "alice"].map(|name| world.connect(name));
    world.subscribe(bob, "to/bob", QoS::AtLeastOnce);
    let flood: Vec<String> = (0..5_000).map(|n| format!("eve {n}")).collect();
    for text in &flood {
        assert_eq!(world.publish(eve, "to/bob", text), Some(0));
    }
    assert_eq!(world.publish(alice, "to/bob", "alice one"), Some(0));
    assert_eq!(world.publish(eve, "to/bob", "eve last"), Some(0));
    assert_eq!(world.publish(alice, "to/bob", "alice two"), Some(0));
    let is_eves = |text: &&String| text.starts_with("eve");
    // bob reads some, and reads the rest after a reconnection and a restart of the broker.
    let first = world.read(bob);
    assert_eq!(first.len(), 20);
    world.restart();
    let bob = world.connect("bob");
    let again = world.texts(bob);
    assert_eq!(again.iter().filter(is_eves).count(), 5_001);
    assert_eq!(again.iter().filter(is_eves).take(5_000).collect::<Vec<_>>(), flood.iter().collect::<Vec<_>>());
    assert_eq!(again.len(), 5_003);

    let [eve, alice] = ["eve", "alice"].map(|name| world.connect(name));
    for text in &flood {
        world.publish(eve, "to/bob", text);
    }
    world.publish(alice, "to/bob", "alice three");
    let texts = world.texts(bob);
    assert_eq!(texts.iter().filter(is_eves).collect::<Vec<_>>(), flood.iter().collect::<Vec<_>>(), "nothing is lost");
    let place = texts.iter().position(|text| text == "alice three").unwrap();
    assert_eq!(place, 1_000);
    world.save();
    assert!(world.saved.queues.is_empty() && world.saved.messages.is_empty());
}

/// The reason codes of what alice publishes to all, as papo does.
fn announcements(world: &mut World, alice: ConnectionId, record: &str) -> Vec<Option<u8>> {
    let group = record.split(' ').next().unwrap();
    vec![
        world.publish_with(alice, "USERS/alice", "alice online", retained),
        world.publish(alice, "USERS", "alice online"),
        world.publish_with(alice, &format!("GROUPS/{group}"), record, retained),
        world.publish(alice, "GROUPS", record),
        world.publish(alice, "groups/info", record),
    ]
}

#[test]
fn full_queue_of_one_client_stops_nothing_that_everybody_reads() {
    let mut world = World::new(true, Limits { queued_messages: 20, queued_bytes: 100_000, ..Limits::default() });
    let [alice, bob, mallory] = ["alice", "bob", "mallory"].map(|name| world.connect(name));
    world.publish_with(alice, "GROUPS/devs", "devs alice bob mallory", retained);
    for filter in ["USERS/#", "USERS/+", "USERS", "USERS/alice", "GROUPS/#", "GROUPS/+", "GROUPS", "groups/info"] {
        let answer = world.subscribe(mallory, filter, QoS::ExactlyOnce);
        let granted = answer.iter().find_map(|packet| match packet {
            Packet::SubAck(ack) => Some(ack.reason_codes[0] as u8),
            _ => None,
        });
        assert_eq!(granted, Some(0), "{filter} is never queued, and SUBACK says so");
    }
    for client in [mallory, bob] {
        for filter in ["GROUPS/devs", "groups/devs/messages"] {
            world.subscribe(client, filter, QoS::AtLeastOnce);
        }
    }
    world.texts(mallory);
    world.texts(bob);
    world.leave(mallory);
    let hello = |world: &mut World| world.publish(alice, "groups/devs/messages", "alice hello");
    while hello(&mut world) == Some(0) {
        world.texts(bob);
    }
    for members in ["alice bob carol mallory", "alice bob mallory"].repeat(50) {
        let codes = announcements(&mut world, alice, &format!("devs {members}"));
        assert!(codes.iter().all(|code| *code == Some(0)), "{codes:?}");
    }
    assert_eq!(hello(&mut world), Some(reason::QUOTA_EXCEEDED), "a message reaches all members or none");
    let expires = |packet: &mut PublishPacket| {
        retained(packet);
        packet.properties.set_message_expiry_interval(3_600);
    };
    let code = world.publish_with(alice, "GROUPS/devs", "devs alice bob mallory", expires);
    assert_eq!(code, Some(reason::QUOTA_EXCEEDED), "it would replace no other in the queue");
    world.save();
    assert!(world.saved.queues.len() < 15, "only the last records wait: {}", world.saved.queues.len());
    world.texts(bob);
    let back = world.connect("mallory");
    assert_eq!(world.texts(back).last().unwrap(), "devs alice bob mallory");
    world.leave(back);
    while hello(&mut world) == Some(0) {
        world.texts(bob);
    }
    let codes = announcements(&mut world, alice, "devs alice bob");
    assert!(codes.iter().all(|code| *code == Some(0)), "{codes:?}");
    assert_eq!(hello(&mut world), Some(0), "who was removed stops nobody");
}

/// Whoever fills a member's queue, and creates and ends a group of the name again and again, cannot hide its end from the
/// member.
#[test]
fn first_end_of_a_group_stays_in_a_full_queue() {
    let mut world = World::new(true, Limits { queued_messages: 20, queued_bytes: 100_000, ..Limits::default() });
    let [alice, bob, eve] = ["alice", "bob", "eve"].map(|name| world.connect(name));
    world.publish_with(alice, "GROUPS/devs", "devs alice bob", retained);
    world.subscribe(bob, "GROUPS/devs", QoS::AtLeastOnce);
    world.subscribe(bob, "bob_Control", QoS::AtLeastOnce);
    world.texts(bob);
    world.leave(bob);
    while world.publish(eve, "bob_Control", "FOO") == Some(0) {}
    let publish = |world: &mut World, who, text: &str| world.publish_with(who, "GROUPS/devs", text, retained);
    assert_eq!(publish(&mut world, alice, "devs alice"), Some(0));
    assert_eq!(publish(&mut world, alice, ""), Some(0));
    world.wait(60);
    for _ in 0..50 {
        for text in ["devs eve bob", "", "devs eve bob", "devs eve alice bob"] {
            assert_eq!(publish(&mut world, eve, text), Some(0));
        }
        assert_eq!(publish(&mut world, eve, ""), Some(0));
    }
    assert_eq!(publish(&mut world, eve, "devs eve bob"), Some(0));
    let back = world.connect("bob");
    let records: Vec<String> = world.texts(back).into_iter().filter(|text| text != "FOO").collect();
    assert!(records.len() <= 4, "{records:?}");
    let first = records.iter().position(String::is_empty).unwrap();
    assert!(!records[..first].iter().any(|text| text.contains("eve")), "alice's end comes first: {records:?}");
    assert_eq!(records.last().unwrap(), "devs eve bob");
}

/// A member who asks for everything again and again does not fill the queues of those who are away.
#[test]
fn repetitions_of_messages_that_wait_do_not_fill_a_queue() {
    let mut world = World::new(true, Limits { queued_messages: 40, ..Limits::default() });
    let [alice, bob] = ["alice", "bob"].map(|name| world.connect(name));
    world.publish_with(alice, "GROUPS/devs", "devs alice bob", retained);
    world.subscribe(bob, "groups/devs/messages", QoS::AtLeastOnce);
    world.leave(bob);
    let say = |world: &mut World, n: usize, text: &str| {
        world.publish_with(alice, "groups/devs/messages", &format!("alice {text}"), |packet| {
            packet.properties.add_user_property("n".to_owned(), n.to_string());
            packet.properties.add_user_property("id".to_owned(), format!("id {n}"));
        })
    };
    for _ in 0..100 {
        for n in 0..10 {
            assert_eq!(say(&mut world, n, &n.to_string()), Some(0));
        }
    }
    let code = world.publish_with(alice, "groups/devs/messages", "alice 3", |packet| {
        packet.properties.add_user_property("n".to_owned(), "3".to_owned());
        packet.properties.add_user_property("id".to_owned(), "id 3".to_owned());
        packet.properties.add_user_property("after".to_owned(), "1".to_owned());
    });
    assert_eq!(code, Some(0), "it says more than the first");
    assert_eq!(say(&mut world, 3, "3, changed"), Some(0), "it is another message");
    let back = world.connect("bob");
    let texts = world.texts(back);
    let first: Vec<String> = (0..10).map(|n| format!("alice {n}")).collect();
    assert_eq!(texts[..10], first);
    assert_eq!(texts[texts.len() - 2..], ["alice 3", "alice 3, changed"]);
    world.leave(back);
    // Without `id`, each publication is a message of its own.
    let bare = |world: &mut World| world.publish(alice, "groups/devs/messages", "alice again");
    assert_eq!((0..100).filter(|_| bare(&mut world) == Some(0)).count(), 20);
}

#[test]
fn one_queue_leaves_room_for_what_goes_to_others() {
    let mut world = World::new(false, Limits { queued_bytes: 100_000, ..Limits::default() });
    for name in ["eve", "mallory", "bob"] {
        let client = world.connect(name);
        world.subscribe(client, name, QoS::AtLeastOnce);
        world.leave(client);
    }
    let alice = world.connect("alice");
    let big = "x".repeat(1_000);
    let mut fill = |topic: &str| (0..100).filter(|_| world.publish(alice, topic, &big) == Some(0)).count();
    assert_eq!(["eve", "mallory", "bob"].map(&mut fill), [39, 19, 10], "each may hold as much as is left");
}
