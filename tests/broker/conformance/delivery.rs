//! Acknowledgements, order and what a publication carries.

use super::Site;
use crate::{
    packet::{
        CONTENT_TYPE, CORRELATION_DATA, Connect, MAXIMUM_PACKET_SIZE, PUBACK, PUBCOMP, PUBREC, PUBREL, Properties,
        Publish, RECEIVE_MAXIMUM, RESPONSE_TOPIC, Reply, TOPIC_ALIAS, TOPIC_ALIAS_MAXIMUM, Value, Version, ack,
    },
    raw::Client,
};

super::rows! {
    both: [
        qos_2_from_a_client_arrives_once_over_reconnections,
        qos_2_to_a_client_arrives_once_over_reconnections,
        unacknowledged_qos_1_is_sent_again,
        messages_wait_for_an_absent_client_in_order,
        qos_0_does_not_wait,
        client_gets_no_more_than_its_receive_maximum,
        packet_too_large_for_a_client_is_left_out,
        topic_alias_stands_for_the_topic,
        topic_alias_beyond_the_limit_ends_the_connection,
        unknown_topic_alias_ends_the_connection,
        properties_arrive_as_they_were_sent,
        large_messages_arrive_whole,
        packets_in_one_write_are_all_answered,
        packet_in_single_bytes_is_read,
    ],
    papo: [],
}

/// Reads the next packet, which must be this acknowledgement.
#[track_caller]
fn next_is(client: &mut Client, wanted: u8, id: u16) {
    let reply = client.next();
    assert!(matches!(reply, Some(Reply::Ack { kind, packet, .. }) if (kind, packet) == (wanted, id)), "{reply:?}");
}

fn qos_2_from_a_client_arrives_once_over_reconnections(site: &Site) {
    let mut bob = site.v5("bob");
    bob.subscribe("a", 2);
    let publish = Publish::new("a", "once").qos(2).packet(7);
    let mut alice = site.lasting("alice");
    alice.send(&publish.bytes(Version::V5));
    next_is(&mut alice, PUBREC, 7);
    alice.cut();

    let mut alice = site.lasting("alice");
    alice.send(&Publish { is_duplicate: true, ..publish.clone() }.bytes(Version::V5));
    next_is(&mut alice, PUBREC, 7);
    alice.cut();

    let mut alice = site.lasting("alice");
    alice.send(&ack(PUBREL, 7));
    next_is(&mut alice, PUBCOMP, 7);
    alice.cut();

    let mut alice = site.lasting("alice");
    alice.send(&ack(PUBREL, 7));
    next_is(&mut alice, PUBCOMP, 7);
    // The identifier is free again, for another message.
    alice.send(&Publish::new("a", "end").qos(2).packet(7).bytes(Version::V5));
    next_is(&mut alice, PUBREC, 7);
    assert!(alice.release(7) < 0x80);
    assert_eq!(bob.hears_until("end"), ["once"]);
}

fn qos_2_to_a_client_arrives_once_over_reconnections(site: &Site) {
    let connect = || {
        let mut bob = site.lasting("bob");
        bob.acknowledges = false;
        bob
    };
    let mut bob = connect();
    bob.subscribe("a", 2);
    let mut alice = site.v5("alice");
    alice.publish(&Publish::new("a", "once").qos(2));
    let first = bob.receive();
    assert_eq!((first.text().as_str(), first.qos, first.is_duplicate), ("once", 2, false));
    bob.cut();

    let mut bob = connect();
    let again = bob.receive();
    assert_eq!((again.packet, again.text().as_str(), again.is_duplicate), (first.packet, "once", true));
    bob.send(&ack(PUBREC, again.packet));
    next_is(&mut bob, PUBREL, again.packet);
    bob.cut();

    let mut bob = connect();
    next_is(&mut bob, PUBREL, first.packet);
    bob.send(&ack(PUBCOMP, first.packet));
    assert!(bob.pings(), "the broker has read PUBCOMP");
    bob.cut();

    let mut bob = connect();
    alice.publish(&Publish::new("a", "end").qos(1));
    assert!(bob.hears_until("end").is_empty());
}

fn unacknowledged_qos_1_is_sent_again(site: &Site) {
    let mut bob = site.lasting("bob");
    bob.acknowledges = false;
    bob.subscribe("a", 1);
    let mut alice = site.v5("alice");
    (0..3).for_each(|n| alice.says("a", &n.to_string()));
    let sent: Vec<Publish> = (0..3).map(|_| bob.receive()).collect();
    bob.send(&ack(PUBACK, sent[0].packet));
    assert!(bob.pings(), "the broker has read PUBACK");
    bob.cut();
    let mut bob = site.lasting("bob");
    for sent in &sent[1..] {
        let again = bob.receive();
        assert_eq!((again.packet, again.text(), again.is_duplicate), (sent.packet, sent.text(), true));
    }
    alice.says("a", "end");
    assert!(bob.hears_until("end").is_empty());
}

fn messages_wait_for_an_absent_client_in_order(site: &Site) {
    let mut bob = site.lasting("bob");
    bob.subscribe("a/+", 2);
    bob.leave();
    let mut alice = site.v5("alice");
    let texts: Vec<String> = (0..200).map(|n| n.to_string()).collect();
    for (n, text) in texts.iter().enumerate() {
        let qos = 1 + u8::from(n % 3 == 0);
        assert!(alice.publish(&Publish::new(&format!("a/{}", n % 5), text).qos(qos)) < 0x80);
    }
    let mut bob = site.lasting("bob");
    alice.says("a/0", "end");
    assert_eq!(bob.hears_until("end"), texts);
}

fn qos_0_does_not_wait(site: &Site) {
    let mut bob = site.lasting("bob");
    bob.subscribe("a", 1);
    bob.leave();
    let mut alice = site.v5("alice");
    alice.publish(&Publish::new("a", "gone").qos(0));
    alice.says("a", "kept");
    let mut bob = site.lasting("bob");
    assert_eq!(bob.receive().text(), "kept");
}

fn client_gets_no_more_than_its_receive_maximum(site: &Site) {
    let mut bob = site.client(&Connect::v5("bob").with(RECEIVE_MAXIMUM, 2));
    bob.acknowledges = false;
    bob.subscribe("a", 2);
    let mut alice = site.v5("alice");
    for (n, qos) in [1, 2, 1, 0, 2].into_iter().enumerate() {
        alice.publish(&Publish::new("a", n.to_string()).qos(qos));
    }
    let (one, two) = (bob.receive(), bob.receive());
    assert_eq!((one.text(), two.text(), two.qos), ("0".into(), "1".into(), 2));
    bob.send(&ack(PUBREC, two.packet));
    assert_eq!(bob.answer(PUBREL, two.packet), 0);
    // PUBREC frees nothing. A QoS 0 message is not limited; whether it may overtake is the broker's decision.
    assert!(bob.pings());
    bob.send(&ack(PUBACK, one.packet));
    let next = |bob: &mut Client| loop {
        let publish = bob.receive();
        if publish.qos > 0 {
            return publish;
        }
    };
    let three = next(&mut bob);
    assert_eq!(three.text(), "2");
    bob.send(&ack(PUBCOMP, two.packet));
    assert_eq!(next(&mut bob).text(), "4");
}

fn packet_too_large_for_a_client_is_left_out(site: &Site) {
    let mut bob = site.client(&Connect::v5("bob").with(MAXIMUM_PACKET_SIZE, 100));
    bob.subscribe("a", 1);
    let mut alice = site.v5("alice");
    alice.says("a", &"x".repeat(200));
    alice.says("a", "end");
    assert!(bob.hears_until("end").is_empty());
}

fn alias(number: u32) -> Properties {
    Properties::default().number(TOPIC_ALIAS, number)
}

fn topic_alias_stands_for_the_topic(site: &Site) {
    let mut alice = site.v5("alice");
    assert!(alice.granted.find(TOPIC_ALIAS_MAXIMUM).unwrap_or(0) >= 10);
    let mut bob = site.v5("bob");
    bob.subscribe("a/#", 1);
    for (topic, number) in [("a/1", 1), ("a/2", 10), ("", 1), ("", 10), ("a/3", 1), ("", 1)] {
        assert!(alice.publish(&Publish::new(topic, "x").with(alias(number))) < 0x80);
    }
    let heard: Vec<Publish> = (0..6).map(|_| bob.receive()).collect();
    let topics: Vec<&str> = heard.iter().map(|publish| publish.topic.as_str()).collect();
    assert_eq!(topics, ["a/1", "a/2", "a/1", "a/2", "a/3", "a/3"]);
    assert!(heard.iter().all(|publish| publish.properties.find(TOPIC_ALIAS).is_none()), "an alias is not passed on");
}

fn topic_alias_beyond_the_limit_ends_the_connection(site: &Site) {
    for number in [0, 65_535] {
        let mut alice = site.v5("alice");
        let reason = alice.publish(&Publish::new("a", "x").with(alias(number)));
        assert!(reason >= 0x80, "{number}: {reason:#04x}");
    }
}

fn unknown_topic_alias_ends_the_connection(site: &Site) {
    let reason = site.v5("alice").publish(&Publish::new("", "x").with(alias(3)));
    assert!(reason >= 0x80, "{reason:#04x}");
    // An alias belongs to a connection, not to a session.
    let mut alice = site.lasting("alice");
    alice.publish(&Publish::new("a", "x").with(alias(3)));
    alice.leave();
    assert!(site.lasting("alice").publish(&Publish::new("", "x").with(alias(3))) >= 0x80);
}

fn properties_arrive_as_they_were_sent(site: &Site) {
    let properties = Properties::default()
        .number(0x01, 1)
        .text(CONTENT_TYPE, "text/plain")
        .text(RESPONSE_TOPIC, "answers")
        .text(CORRELATION_DATA, "one")
        .pair("b", "1")
        .pair("a", "2")
        .pair("b", "3");
    let mut bob = site.lasting("bob");
    bob.subscribe("a", 1);
    let mut alice = site.v5("alice");
    let sent = |properties: &Properties| {
        let mut all = properties.all();
        // Brokers may add what they know about the sender.
        all.retain(|(_, value)| !matches!(value, Value::Pair(name, _) if name.starts_with("x-mqtt-")));
        // User properties keep their order; the order of the others is not significant.
        all.sort_by_key(|(id, _)| *id);
        all
    };
    alice.publish(&Publish::retained("a", "x").with(properties.clone()));
    assert_eq!(sent(&bob.receive().properties), sent(&properties));
    bob.leave();
    alice.publish(&Publish::retained("a", "x").with(properties.clone()));
    let mut bob = site.lasting("bob");
    assert_eq!(sent(&bob.receive().properties), sent(&properties), "from the queue");
    let mut carol = site.v5("carol");
    carol.subscribe("a", 1);
    assert_eq!(sent(&carol.receive().properties), sent(&properties), "retained");
}

fn large_messages_arrive_whole(site: &Site) {
    let mut bob = site.lasting("bob");
    bob.subscribe("a", 1);
    let mut alice = site.v5("alice");
    let payload: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
    assert!(alice.publish(&Publish::new("a", &payload)) < 0x80);
    assert!(bob.receive().payload == payload);
    assert!(alice.publish(&Publish::new("a", b"")) < 0x80);
    assert_eq!(bob.receive().payload, b"");
}

fn packets_in_one_write_are_all_answered(site: &Site) {
    let mut alice = site.v5("alice");
    let publications = (1..=15).map(|n| Publish::new("a", "x").packet(n).bytes(Version::V5));
    alice.send(&publications.collect::<Vec<_>>().concat());
    for id in 1..=15 {
        next_is(&mut alice, PUBACK, id);
    }
}

fn packet_in_single_bytes_is_read(site: &Site) {
    let mut alice = site.v5("alice");
    for byte in Publish::new("a", "x").packet(9).bytes(Version::V5) {
        alice.send(&[byte]);
    }
    next_is(&mut alice, PUBACK, 9);
}
