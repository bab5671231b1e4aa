//! What one user may use of the broker, and what happens beyond it.

use crate::{
    dice::Dice,
    packet::{
        Connect, MAXIMUM_PACKET_SIZE, PUBREC, Properties, Publish, RECEIVE_MAXIMUM, Reply, TOPIC_ALIAS,
        TOPIC_ALIAS_MAXIMUM, Version,
    },
    process::Broker,
    raw::Client,
};

/// Quota exceeded.
const QUOTA: u8 = 0x97;
const USERS: [&str; 3] = ["alice", "bob", "carol"];
const CONTROL: &str = "bob_Control";

/// Makes bob's session, which listens to his control topic while he is away.
fn bob_is_away(broker: &Broker) {
    let mut bob = broker.user_client("bob");
    bob.subscribe(CONTROL, 1);
    bob.leave();
}

/// Publishes these messages, many at a time; returns the reason code of each.
fn publish_all(client: &mut Client, messages: &[Publish]) -> Vec<u8> {
    let mut reasons = Vec::new();
    for messages in messages.chunks(15) {
        let packets = messages.iter().zip(1..).map(|(message, id)| message.clone().packet(id).bytes(Version::V5));
        client.send(&packets.collect::<Vec<_>>().concat());
        for _ in messages {
            let acknowledged = |reply: &Reply| match reply {
                Reply::Ack { reason, .. } => Some(*reason),
                _ => None,
            };
            reasons.push(client.wait_for(acknowledged).expect("the connection stays"));
        }
    }
    reasons
}

#[test]
fn eleventh_topic_alias_ends_the_connection() {
    let broker = Broker::with_users(&USERS);
    let mut alice = broker.user_client("alice");
    assert_eq!(alice.granted.find(TOPIC_ALIAS_MAXIMUM), Some(10));
    for n in 1..=10 {
        let alias = Properties::default().number(TOPIC_ALIAS, n);
        assert!(alice.publish(&Publish::new(CONTROL, "GI x").with(alias)) < 0x80);
    }
    let alias = Properties::default().number(TOPIC_ALIAS, 11);
    assert_eq!(alice.publish(&Publish::new(CONTROL, "GI x").with(alias)), 0x94);
    assert!(!alice.pings());
}

#[test]
fn publication_beyond_twenty_in_flight_ends_the_connection() {
    let broker = Broker::with_users(&USERS);
    let mut alice = broker.user_client("alice");
    assert_eq!(alice.granted.find(RECEIVE_MAXIMUM), Some(20));
    for id in 1..=20 {
        alice.send(&Publish::new(CONTROL, "GI x").qos(2).packet(id).bytes(Version::V5));
        assert_eq!(alice.answer(PUBREC, id) & 0x80, 0);
    }
    // The same again is no new one.
    alice.send(&Publish { is_duplicate: true, ..Publish::new(CONTROL, "GI x") }.qos(2).packet(7).bytes(Version::V5));
    assert_eq!(alice.answer(PUBREC, 7) & 0x80, 0);
    alice.send(&Publish::new(CONTROL, "GI x").qos(2).packet(21).bytes(Version::V5));
    assert_eq!(alice.ended(), 0x93);
}

#[test]
fn unreleased_messages_hold_little_memory() {
    let broker = Broker::with_users(&USERS);
    let before = broker.rss();
    // A new connection brings room for no more than one.
    for (user, round) in USERS.into_iter().flat_map(|user| [0, 1, 2].map(|round| (user, round))) {
        let mut client = broker.user_client(user);
        for id in round * 20 + 1..=round * 20 + 20 {
            let publish = Publish::new(CONTROL, vec![b'x'; 7 << 20]).qos(2).packet(id);
            if client.try_send(&publish.bytes(Version::V5)).is_err() || client.answer(PUBREC, id) >= 0x80 {
                break;
            }
        }
    }
    // Three users with 64 MB each that may wait, and room for packets on their way.
    let growth = broker.peak_rss() - before;
    assert!(growth <= 250.0, "{growth} MB");
}

#[test]
fn larger_packet_than_allowed_ends_the_connection() {
    let broker = Broker::with_users_and(&USERS, &["--max-packet", "100000"]);
    let mut alice = broker.user_client("alice");
    assert_eq!(alice.granted.find(MAXIMUM_PACKET_SIZE), Some(100_000));
    assert!(alice.publish(&Publish::new(CONTROL, vec![b'x'; 90_000])) < 0x80);
    assert_eq!(alice.publish(&Publish::new(CONTROL, vec![b'x'; 100_000])), 0x95);
}

#[test]
fn every_acknowledged_message_arrives_although_the_queue_is_full() {
    // One user may have half of a queue.
    let broker = Broker::with_users_and(&USERS, &["--max-queued-messages", "100"]);
    bob_is_away(&broker);
    let mut alice = broker.user_client("alice");
    let messages: Vec<Publish> = (0..60).map(|n| Publish::new(CONTROL, format!("WAVE {n}"))).collect();
    let reasons = publish_all(&mut alice, &messages);
    assert_eq!(reasons, [[0; 50].as_slice(), &[QUOTA; 10]].concat());
    // It is alice's quota: carol's messages still arrive.
    broker.user_client("carol").says(CONTROL, "REQUEST carol");

    let mut bob = broker.user_client("bob");
    let heard = bob.hears_until("REQUEST carol");
    assert_eq!(heard, (0..50).map(|n| format!("WAVE {n}")).collect::<Vec<_>>());
    assert!(bob.pings());
    alice.says(CONTROL, "WAVE again");
    assert_eq!(bob.receive().text(), "WAVE again");
}

#[test]
fn queued_bytes_are_limited_for_clients_that_do_not_read() {
    let broker = Broker::with_users_and(&USERS, &["--max-queued-bytes", "20000000"]);
    let mut bob = broker.user_client("bob");
    bob.subscribe(CONTROL, 1);
    bob.acknowledges = false;
    let mut alice = broker.user_client("alice");
    let before = broker.rss();
    let messages: Vec<Publish> = (0..40_u8).map(|n| Publish::new(CONTROL, vec![b'a' + n; 1_000_000])).collect();
    let reasons = publish_all(&mut alice, &messages);
    let growth = broker.peak_rss() - before;
    assert!(growth <= 60.0, "{growth} MB");
    let is_known = |reason: &&u8| matches!(**reason, 0 | QUOTA);
    assert_eq!(reasons.iter().filter(is_known).count(), 40, "{reasons:?}");
    assert!(reasons.contains(&QUOTA) && reasons[..8].iter().all(|reason| *reason == 0), "{reasons:?}");
    // What was acknowledged arrives, and nothing else.
    bob.cut();
    let mut bob = broker.user_client("bob");
    for (message, _) in messages.iter().zip(&reasons).filter(|(_, reason)| **reason == 0) {
        assert!(bob.receive().payload == message.payload);
    }
    alice.says(CONTROL, "end");
    assert!(bob.hears_until("end").is_empty());
}

#[test]
fn message_for_many_counts_once() {
    let broker = Broker::with_users_and(&USERS, &["--max-queued-bytes", "200000"]);
    let mut alice = broker.client(&Connect::v5("").login("alice", "alice"));
    alice.retains("GROUPS/devs", "devs alice bob carol");
    for user in USERS {
        let mut client = broker.user_client(user);
        client.subscribe("groups/devs/messages", 1);
        client.leave();
    }
    let message = Publish::new("groups/devs/messages", format!("alice {}", "x".repeat(10_000)));
    let reasons = publish_all(&mut alice, &vec![message; 12]);
    let accepted = reasons.iter().position(|reason| *reason == QUOTA).unwrap_or(reasons.len());
    assert!((8..=10).contains(&accepted), "{reasons:?}");
}

#[test]
fn retained_messages_are_limited() {
    let flags = ["--max-retained-messages", "5", "--max-retained-bytes", "100000"];
    let broker = Broker::with_users_and(&USERS, &flags);
    let mut alice = broker.user_client("alice");
    let text = |n: usize, members: usize| {
        let members = (0..members).map(|n| format!(" member-{n:03}")).collect::<Vec<_>>();
        format!("g{n} alice{}", members.concat())
    };
    let retain = |client: &mut Client, n: usize, members: usize| {
        client.publish(&Publish::retained(&format!("GROUPS/g{n}"), text(n, members)))
    };
    for n in 0..5 {
        assert!(retain(&mut alice, n, 1) < 0x80, "{n}");
    }
    assert_eq!(retain(&mut alice, 5, 1), QUOTA);
    // Another in the place of one, and one after one is cleared.
    assert!(retain(&mut alice, 4, 2) < 0x80);
    assert!(alice.publish(&Publish::retained("GROUPS/g0", "")) < 0x80);
    assert!(retain(&mut alice, 5, 1_200) < 0x80);
    assert_eq!(retain(&mut alice, 4, 1_200), QUOTA);
    // What was refused has changed nothing.
    let mut bob = broker.user_client("bob");
    bob.subscribe("GROUPS/g4", 1);
    assert_eq!(bob.receive().text(), text(4, 2));
    // It is alice's quota.
    assert!(bob.publish(&Publish::retained("USERS/bob", "bob online")) < 0x80);
}

#[test]
fn control_topic_of_another_keeps_little() {
    let broker = Broker::with_users(&USERS);
    let mut alice = broker.user_client("alice");
    for topic in [CONTROL, "clients/bob"] {
        for size in [1_100, 100_000, 7 << 20] {
            let reason = alice.publish(&Publish::retained(topic, vec![b'x'; size]));
            assert!(matches!(reason, QUOTA | 0x99), "{topic}, {size} bytes: {reason:#04x}");
        }
    }
    let mut bob = broker.user_client("bob");
    bob.subscribe(CONTROL, 1);
    alice.says(CONTROL, "end");
    assert!(bob.hears_until("end").is_empty());
}

#[test]
fn refused_publications_do_not_fill_the_disk_with_logs() {
    let broker = Broker::with_users(&USERS);
    let mut alice = broker.user_client("alice");
    let refused = Publish::new(&format!("elsewhere/{}", "x".repeat(2_000)), "x").qos(0).bytes(Version::V5);
    for _ in 0..100 {
        alice.send(&refused.repeat(100));
    }
    assert!(alice.pings());
    assert!(broker.log_size() < 10 << 20, "the log has {} bytes", broker.log_size());
}

#[test]
fn subscriptions_are_limited() {
    let broker = Broker::with_users_and(&USERS, &["--max-subscriptions", "10"]);
    let mut alice = broker.user_client("alice");
    let none = Properties::default();
    let mut subscribe = |n: usize| alice.try_subscribe(&format!("alice_bob_{n}"), 1, &none);
    assert!((0..10).all(|n| subscribe(n) == 1));
    assert_eq!(subscribe(10), QUOTA);
    assert_eq!(subscribe(3), 1, "an old one again");
    alice.unsubscribe("alice_bob_3");
    assert_eq!(alice.try_subscribe("alice_bob_10", 1, &none), 1);
    assert_eq!(broker.user_client("bob").try_subscribe("alice_bob_11", 1, &none), 1, "another user");
}

#[test]
fn disk_holds_little_more_than_the_messages() {
    const COUNT: usize = 400;
    const SIZE: usize = 20_000;
    let mut broker = Broker::with_users(&USERS);
    bob_is_away(&broker);
    let message = |n: usize| {
        let mut dice = Dice(n as u64);
        let filler: String = (0..SIZE).map(|_| char::from(b'!' + u8::try_from(dice.roll(90)).unwrap())).collect();
        Publish::new(CONTROL, format!("WAVE {filler}"))
    };
    let messages: Vec<Publish> = (0..COUNT).map(message).collect();
    let bytes = (COUNT * SIZE) as u64;
    let limit = bytes * 13 / 10 + COUNT as u64 * 1024;
    for round in 0..3 {
        let mut alice = broker.user_client("alice");
        let reasons = publish_all(&mut alice, &messages);
        assert!(reasons.iter().all(|reason| *reason == 0), "{reasons:?}");
        // Ended in order, so that everything is written.
        broker.stop();
        let size = broker.state_size();
        assert!((bytes..=limit).contains(&size), "{size} bytes on disk for {bytes}, round {round}");
        // What was delivered leaves room for as many again.
        broker.start();
        let mut bob = broker.user_client("bob");
        for message in &messages {
            assert!(bob.receive().payload == message.payload);
        }
        assert!(bob.pings());
        bob.leave();
    }
}
