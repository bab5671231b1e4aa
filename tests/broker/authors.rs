//! Publications in another's name, and the sender that the broker names.

use crate::{
    packet::{CONTENT_TYPE, Connect, Properties, Publish},
    process::Broker,
    raw::Client,
};

const SENDER: &str = "x-mqtt-sender";
const SESSION: &str = "alice_eve_1763900000000";

fn from(user: &str) -> Properties {
    Properties::default().pair("papo", "1").pair("id", "019382d4a1b27c3d8e4f5a6b7c8d9e0f").pair("from", user)
}

/// The group devs of alice, in which eve is a member.
fn start() -> (Broker, Client, Client) {
    let broker = Broker::with_users(&["alice", "bob", "eve"]);
    let mut alice = broker.user_client("alice");
    alice.retains("GROUPS/devs", "devs alice eve");
    for filter in ["alice_Control", "clients/alice", SESSION] {
        alice.subscribe(filter, 1);
    }
    for filter in ["USERS/#", "GROUPS/#", "groups/info"] {
        alice.subscribe(filter, 0);
    }
    for topic in ["leader", "members", "messages"] {
        alice.subscribe(&format!("groups/devs/{topic}"), 1);
    }
    let eve = broker.user_client("eve");
    (broker, alice, eve)
}

#[test]
fn publication_from_another_user_is_refused_whatever_it_says() {
    let (_broker, mut alice, mut eve) = start();
    let image = |user| from(user).text(CONTENT_TYPE, "image/png").pair("n", "9007199254740991");
    let cases: Vec<(&str, &[u8], Properties)> = vec![
        ("groups/devs/messages", b"\x89PNG\xFF\xFE", image("bob")),
        ("groups/devs/messages", b"\x89PNG\xFF\xFE", image("alice")),
        ("groups/devs/messages", b"\xFF\xFE", from("alice")),
        ("groups/devs/messages", b"eve hello", from("alice")),
        ("groups/devs/messages", b"END", from("alice")),
        ("groups/devs/messages", b"", from("alice")),
        (SESSION, b"END", from("alice")),
        (SESSION, b"\x89PNG\xFF\xFE", image("alice")),
        ("alice_Control", b"ACK #devs 1", from("bob")),
        ("alice_Control", b"READ #devs 1", from("bob")),
        ("alice_Control", b"RESEND #devs 1", from("bob")),
        ("alice_Control", b"TYPING #devs", from("bob")),
        ("alice_Control", b"GI devs", from("bob")),
        ("clients/alice", b"REQUEST eve", from("bob")),
        ("alice_Control", b"UNKNOWN word", from("bob")),
        ("groups/devs/leader", b"eve ENTER", from("bob")),
        ("groups/devs/members", b"eve", from("bob")),
        ("USERS/eve", b"eve online", from("bob")),
        ("USERS", b"eve online", from("bob")),
        // Of repeated properties the first counts, for who reads them and so for the broker.
        ("alice_Control", b"ACK #devs 1", Properties::default().pair("from", "bob").pair("from", "eve")),
        ("alice_Control", b"ACK #devs 1", Properties::default().pair("from", "").pair("papo", "1")),
        ("alice_Control", b"ACK #devs 1", Properties::default().pair("from", "eve ")),
        ("alice_Control", b"ACK #devs 1", Properties::default().pair("from", "EVE")),
    ];
    for (topic, payload, properties) in cases {
        for qos in [1, 2] {
            let publish = Publish::new(topic, payload).qos(qos).with(properties.clone());
            let reason = eve.publish(&publish);
            assert!(reason >= 0x80, "{publish:?}: {reason:#04x}");
        }
        eve.publish(&Publish::new(topic, payload).qos(0).with(properties));
    }
    eve.says("alice_Control", "REQUEST eve");
    assert_eq!(alice.hears_until("REQUEST eve"), ["devs alice eve"], "the record, and nothing of what was refused");
}

#[test]
fn payload_that_names_another_author_is_refused() {
    let (_broker, mut alice, mut eve) = start();
    for (topic, text) in [
        ("groups/devs/messages", "alice hello"),
        ("groups/devs/messages", "bob hello"),
        (SESSION, "alice hello"),
        ("alice_Control", "REQUEST bob"),
        ("clients/alice", "1763900000000 bob"),
        ("alice_Control", "DENIED bob"),
        ("alice_Control", "DENIED bob devs"),
        ("groups/devs/leader", "bob ENTER"),
        ("groups/devs/leader", "bob LEAVE"),
        ("groups/devs/members", "bob"),
        ("USERS", "bob offline"),
        ("USERS/alice", "alice offline"),
        ("USERS/alice", "offline"),
        ("USERS/alice", ""),
    ] {
        for properties in [Properties::default(), from("eve")] {
            let reason = eve.publish(&Publish::new(topic, text).with(properties));
            assert!(reason >= 0x80, "{topic} {text}: {reason:#04x}");
        }
    }
    eve.says("alice_Control", "REQUEST eve");
    assert_eq!(alice.hears_until("REQUEST eve"), ["devs alice eve"]);
}

#[test]
fn publication_that_names_no_author_or_the_right_one_passes() {
    let (_broker, mut alice, mut eve) = start();
    assert_eq!(alice.receive().text(), "devs alice eve");
    for (topic, payload) in [
        ("alice_Control", &b"WAVE to you"[..]),
        ("alice_Control", b"ACK #devs 1"),
        ("alice_Control", b"\xFF\xFE"),
        (SESSION, b"END"),
        (SESSION, b"eve hello"),
        ("groups/devs/messages", b"eve hello"),
        ("groups/devs/messages", b"\x89PNG\xFF\xFE"),
        ("groups/devs/leader", b"eve LEAVE"),
        ("USERS/eve", b"eve online"),
        ("USERS", b"eve online"),
    ] {
        for properties in [Properties::default(), from("eve").text(CONTENT_TYPE, "image/png")] {
            let is_text = properties == Properties::default() || !topic.ends_with("messages");
            let publish = Publish::new(topic, payload).with(properties);
            let reason = eve.publish(&publish);
            assert!(reason < 0x80, "{publish:?}: {reason:#04x}");
            assert_eq!(alice.receive().payload, payload, "{topic}, text: {is_text}");
        }
    }
}

#[test]
fn will_in_the_name_of_another_is_refused() {
    let (broker, mut alice, _eve) = start();
    let wills = [
        (Publish::retained("USERS/alice", "alice offline"), Properties::default()),
        (Publish::retained("USERS/eve", "alice offline"), Properties::default()),
        (Publish::retained("USERS/eve", "eve offline"), from("alice")),
        (Publish::new("GROUPS", "devs DISBAND"), Properties::default()),
        (Publish::new("alice_Control", "ACK #devs 1"), from("bob")),
    ];
    for (will, properties) in wills {
        let connect = Connect::v5("").login("eve", "eve").will(will, properties);
        let reason = Client::try_connect(broker.port(), &connect).map_or_else(|reason| reason, |_| 0);
        assert!(reason >= 0x80, "{connect:?}: {reason:#04x}");
    }
    let own = Publish::retained("USERS/eve", "eve offline");
    broker.client(&Connect::user("eve").will(own, Properties::default().pair(SENDER, "alice"))).cut();
    assert_eq!(alice.receive().text(), "devs alice eve");
    let heard = alice.receive();
    assert_eq!((heard.text(), heard.properties.user(SENDER)), ("eve offline".into(), vec!["eve".into()]));
}

#[test]
fn broker_with_users_says_that_it_names_senders() {
    const NAMES: &str = "x-mqtt-names-senders";
    let broker = Broker::with_users(&["alice"]);
    assert_eq!(broker.user_client("alice").granted.user(NAMES), ["1"]);
    assert_eq!(broker.client(&Connect::v5("").login("alice", "alice")).granted.user(NAMES), ["1"]);
    assert!(Broker::open().client(&Connect::v5("alice")).granted.user(NAMES).is_empty());
}

#[test]
fn sender_is_the_login_and_cannot_be_forged() {
    let (_broker, mut alice, mut eve) = start();
    let record = alice.receive();
    assert_eq!(record.properties.user(SENDER), ["alice"], "of a retained message");
    for forged in [
        Properties::default(),
        from("eve").pair(SENDER, "alice"),
        Properties::default().pair(SENDER, "alice").pair("a", "b").pair(SENDER, "bob").pair(SENDER, ""),
    ] {
        for qos in 0..3 {
            eve.publish(&Publish::new("alice_Control", "REQUEST eve").qos(qos).with(forged.clone()));
            assert_eq!(alice.receive().properties.user(SENDER), ["eve"], "{forged:?}");
        }
    }
}
