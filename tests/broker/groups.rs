//! Groups: who may speak for one, and who hears it.

use crate::{
    packet::{Connect, PUBREC, Properties, Publish, Version},
    process::Broker,
    raw::Client,
};

const USERS: [&str; 4] = ["alice", "bob", "carol", "eve"];

fn broker() -> Broker {
    Broker::with_users(&USERS)
}

fn from(user: &str) -> Properties {
    Properties::default().pair("papo", "1").pair("from", user)
}

/// Whether the broker refuses a publication.
#[track_caller]
fn refuses(client: &mut Client, publish: &Publish) -> bool {
    client.publish(publish) >= 0x80
}

/// The record that a newcomer gets; empty if there is none.
fn record(broker: &Broker, group: &str) -> String {
    let mut reader = broker.client(&Connect::v5("").login("carol", "carol"));
    reader.subscribe(&format!("GROUPS/{group}"), 1);
    reader.subscribe("USERS/carol", 0);
    reader.says("USERS/carol", "carol online");
    reader.hears_until("carol online").concat()
}

const NOT_AUTHORIZED: u8 = 0x87;

#[test]
fn news_of_a_group_comes_only_from_its_leader() {
    let broker = broker();
    let [mut alice, mut bob, mut carol, mut eve] = USERS.map(|user| broker.user_client(user));
    bob.subscribe("GROUPS", 0);
    bob.subscribe("groups/info", 0);
    bob.subscribe("bob_Control", 1);
    alice.retains("GROUPS/devs", "devs alice bob");
    for topic in ["GROUPS", "groups/info"] {
        for text in ["devs CREATE", "devs DISBAND", "devs eve", "devs eve alice bob", "devs alice eve bob"] {
            let properties = from("eve").pair("rev", "9000").pair("born", "1").pair("ts", "1");
            assert!(refuses(&mut eve, &Publish::new(topic, text).with(properties)), "{topic} {text}");
            assert!(refuses(&mut eve, &Publish::new(topic, text)), "{topic} {text}, typed by hand");
            assert!(refuses(&mut bob, &Publish::new(topic, text)), "{topic} {text}, by a member");
        }
        alice.says(topic, "devs alice bob");
    }
    assert_eq!(bob.hears_until("devs alice bob"), [""; 0]);
    assert_eq!(bob.hears_until("devs alice bob"), [""; 0]);

    // The record goes first, and the news of it after it, also from who led before.
    bob.says("groups/devs/members", "bob");
    alice.retains("GROUPS/devs", "devs bob alice");
    alice.says("GROUPS", "devs bob");
    bob.says("GROUPS", "devs bob alice");
    assert!(refuses(&mut alice, &Publish::retained("GROUPS/devs", "devs alice bob")), "alice leads no longer");
    bob.retains("GROUPS/devs", "devs bob carol alice");
    carol.says("groups/devs/members", "carol");
    bob.retains("GROUPS/devs", "devs carol bob alice");
    bob.says("groups/info", "devs carol");
    assert!(refuses(&mut alice, &Publish::new("GROUPS", "devs DISBAND")), "alice led before bob did");
    carol.retains("GROUPS/devs", "");
    // Its end is announced by carol alone; whoever else does it is not heard.
    for topic in ["GROUPS", "groups/info"] {
        eve.says(topic, "devs DISBAND");
        carol.says(topic, "devs DISBAND");
    }
    bob.hears_until("devs DISBAND");
    carol.says("GROUPS", "end");
    assert_eq!(bob.hears_until("end"), ["devs DISBAND"]);
    assert_eq!(record(&broker, "devs"), "");
}

/// Otherwise an invitation would come in the name of someone who has never heard of the group.
#[test]
fn nobody_leads_a_group_without_having_taken_part() {
    let broker = broker();
    let [mut alice, mut bob, mut eve] = ["alice", "bob", "eve"].map(|user| broker.user_client(user));
    bob.subscribe("GROUPS/#", 0);
    bob.subscribe("GROUPS", 0);
    eve.retains("GROUPS/devs", "devs eve");
    for text in ["devs alice eve bob", "devs alice", "devs nobody eve"] {
        for publish in
            [Publish::retained("GROUPS/devs", text), Publish::new("GROUPS/devs", text), Publish::new("GROUPS", text)]
        {
            let properties = from("eve").pair("rev", "2").pair("born", "1");
            assert_eq!(eve.publish(&publish.with(properties)), NOT_AUTHORIZED, "{text}");
        }
    }
    eve.says("GROUPS", "end");
    assert_eq!(bob.hears_until("end"), ["devs eve"]);
    alice.says("groups/devs/leader", "alice ENTER");
    assert!(refuses(&mut eve, &Publish::retained("GROUPS/devs", "devs alice eve")), "alice has only asked");
    eve.retains("GROUPS/devs", "devs eve alice");
    alice.says("groups/devs/members", "alice");
    eve.retains("GROUPS/devs", "devs alice eve");
    assert_eq!(record(&broker, "devs"), "devs alice eve");
}

#[test]
fn group_without_a_record_belongs_to_its_creator() {
    let broker = broker();
    let [mut alice, mut bob, mut carol, mut eve] = USERS.map(|user| broker.user_client(user));
    alice.says("GROUPS", "club CREATE");
    for text in ["club CREATE", "club DISBAND", "club eve"] {
        assert!(refuses(&mut eve, &Publish::new("groups/info", text)), "{text}");
    }
    assert!(refuses(&mut eve, &Publish::retained("GROUPS/club", "club eve")), "eve publishes the record");
    alice.says("groups/info", "club alice");

    // By invitation of the creator, bob may read and write; by eve's, nobody may.
    alice.subscribe("groups/club/messages", 1);
    alice.says("bob_Control", "GI club");
    eve.publish(&Publish::new("carol_Control", "GI club"));
    for client in [&mut bob, &mut carol, &mut eve] {
        client.may_subscribe("groups/club/messages");
    }
    bob.says("groups/club/members", "bob");
    bob.says("groups/club/messages", "bob hello");
    alice.says("groups/club/messages", "alice welcome");
    assert_eq!(alice.hears_until("alice welcome"), ["bob hello"]);
    assert_eq!(bob.hears_until("alice welcome"), ["bob hello"]);
    for (client, name) in [(&mut carol, "carol"), (&mut eve, "eve")] {
        assert!(refuses(client, &Publish::new("groups/club/messages", format!("{name} hi"))), "{name} writes");
        client.subscribe(&format!("{name}_Control"), 1);
        alice.says(&format!("{name}_Control"), "REQUEST alice");
        let heard = client.hears_until("REQUEST alice");
        assert!(!heard.iter().any(|text| text.contains("hello") || text.contains("welcome")), "{name}: {heard:?}");
    }

    alice.says("GROUPS", "club DISBAND");
    assert!(refuses(&mut bob, &Publish::new("groups/club/messages", "bob still here")));
    // For a minute only alice may use the name again.
    assert!(refuses(&mut eve, &Publish::new("GROUPS", "club CREATE")));
    assert!(refuses(&mut eve, &Publish::retained("GROUPS/club", "club eve bob")));
    alice.says("GROUPS", "club CREATE");
}

/// A client that listens to everything of a group, and to its own control topic.
fn listener(broker: &Broker, user: &str, group: &str) -> Client {
    let mut client = broker.user_client(user);
    for topic in ["leader", "members", "messages"] {
        client.may_subscribe(&format!("groups/{group}/{topic}"));
    }
    client.subscribe(&format!("{user}_Control"), 1);
    client
}

#[test]
fn early_listener_hears_nothing_of_a_later_group() {
    let broker = broker();
    let mut eve = listener(&broker, "eve", "devs");
    let mut away = listener(&broker, "carol", "devs");
    assert!(away.pings());
    away.leave();
    let mut alice = listener(&broker, "alice", "devs");
    let mut bob = listener(&broker, "bob", "devs");
    alice.retains("GROUPS/devs", "devs alice bob");
    for round in 0..2 {
        bob.says("groups/devs/leader", "bob LEAVE");
        alice.says("groups/devs/members", "alice");
        bob.publish(&Publish::new("groups/devs/messages", "bob secret").qos(2));
        alice.publish(&Publish::new("groups/devs/messages", "alice secret").qos(0));
        alice.says("eve_Control", "REQUEST alice");
        assert_eq!(eve.hears_until("REQUEST alice"), [""; 0], "round {round}");
        assert_eq!(bob.hears_until("alice secret"), ["alice", "bob secret"]);
        // In the second round from the queue of a session.
        eve.leave();
        eve = broker.user_client("eve");
        assert!(eve.session_present);
    }
    alice.says("carol_Control", "REQUEST alice");
    let mut carol = broker.user_client("carol");
    assert_eq!(carol.hears_until("REQUEST alice"), [""; 0], "carol was away");

    // Who is named hears the group from then on, by the same subscription.
    alice.retains("GROUPS/devs", "devs alice bob carol");
    alice.says("groups/devs/messages", "alice welcome");
    assert_eq!(carol.hears_until("alice welcome"), [""; 0]);
}

#[test]
fn early_listener_blocks_no_name() {
    let broker = broker();
    let _eve = listener(&broker, "eve", "devs");
    let mut alice = broker.user_client("alice");
    alice.retains("GROUPS/devs", "devs alice");
    assert_eq!(record(&broker, "devs"), "devs alice");
}

#[test]
fn removed_member_gets_nothing_of_the_queue() {
    let broker = broker();
    let mut alice = listener(&broker, "alice", "devs");
    alice.retains("GROUPS/devs", "devs alice bob eve");
    let eve = listener(&broker, "eve", "devs");
    let mut bob = listener(&broker, "bob", "devs");
    let mut late = eve;
    assert!(late.pings());
    late.leave();
    alice.says("groups/devs/messages", "alice queued");
    alice.retains("GROUPS/devs", "devs alice bob");
    alice.says("groups/devs/messages", "alice without eve");
    alice.says("eve_Control", "DENIED alice devs");
    let mut eve = broker.user_client("eve");
    assert_eq!(eve.hears_until("DENIED alice devs"), [""; 0]);
    assert_eq!(bob.hears_until("alice without eve"), ["alice queued"]);
    // Connected, she hears nothing either.
    alice.says("groups/devs/messages", "alice still without eve");
    alice.says("eve_Control", "DENIED alice devs");
    assert_eq!(eve.hears_until("DENIED alice devs"), [""; 0]);
    assert!(refuses(&mut eve, &Publish::new("groups/devs/messages", "eve hi")));
}

#[test]
fn disbanded_group_is_closed_to_its_members() {
    let broker = broker();
    let mut alice = listener(&broker, "alice", "devs");
    alice.retains("GROUPS/devs", "devs alice bob");
    let mut bob = listener(&broker, "bob", "devs");
    alice.retains("GROUPS/devs", "");
    alice.says("GROUPS", "devs DISBAND");
    // Another group of this name, of which bob is no member.
    alice.retains("GROUPS/devs", "devs alice");
    alice.says("groups/devs/messages", "alice alone");
    alice.says("bob_Control", "REQUEST alice");
    assert_eq!(bob.hears_until("REQUEST alice"), [""; 0]);
    assert!(refuses(&mut bob, &Publish::new("groups/devs/messages", "bob hi")));
}

/// A publication of QoS 2 takes effect when it arrives, so that its PUBREL cannot be kept for later.
#[test]
fn qos_2_takes_effect_when_it_arrives_and_never_later() {
    let broker = broker();
    let mut alice = listener(&broker, "alice", "devs");
    alice.retains("GROUPS/devs", "devs alice bob eve");
    let mut eve = broker.user_client("eve");
    let held = Publish::new("groups/devs/messages", "eve held").qos(2).packet(500);
    eve.send(&held.bytes(Version::V5));
    assert_eq!(eve.answer(PUBREC, 500) & 0x80, 0);
    assert_eq!(alice.hears_until("eve held"), [""; 0], "it arrives before PUBREL");
    alice.retains("GROUPS/devs", "devs alice bob");
    // Neither a repetition nor PUBREL, nor both over another connection, bring anything more.
    eve.send(&held.bytes(Version::V5));
    eve.release(500);
    eve.send(&Publish::new("groups/devs/messages", "eve again").qos(2).packet(501).bytes(Version::V5));
    assert_eq!(eve.answer(PUBREC, 501), NOT_AUTHORIZED);
    eve.cut();
    let mut eve = broker.user_client("eve");
    eve.release(500);
    eve.release(501);
    alice.says("groups/devs/messages", "alice end");
    assert_eq!(alice.hears_until("alice end"), [""; 0]);

    // A former leader does not lead again either.
    let held = Publish::retained("GROUPS/devs", "devs alice eve").qos(2).packet(500);
    alice.send(&held.bytes(Version::V5));
    assert_eq!(alice.answer(PUBREC, 500) & 0x80, 0);
    alice.retains("GROUPS/devs", "devs alice bob");
    broker.user_client("bob").says("groups/devs/members", "bob");
    alice.retains("GROUPS/devs", "devs bob alice");
    alice.release(500);
    assert_eq!(record(&broker, "devs"), "devs bob alice");
}

#[test]
fn qos_2_of_plain_clients_arrives() {
    let broker = broker();
    let mut alice = broker.user_client("alice");
    alice.subscribe("alice_Control", 2);
    let mut bob = broker.client(&Connect::v3("bob").login("bob", "bob"));
    let reason = bob.publish(&Publish::new("alice_Control", "REQUEST bob").qos(2));
    // Either the broker goes through with it, or the connection ends before PUBREC.
    if reason == 0 {
        assert_eq!(alice.receive().text(), "REQUEST bob");
    } else {
        assert!(!bob.pings());
    }
}

#[test]
fn huge_record_delays_nobody() {
    let broker = broker();
    let mut alice = broker.user_client("alice");
    let mut eve = broker.user_client("eve");
    let members = (0..9_000).map(|n| format!("m{n}")).collect::<Vec<_>>().join(" ");
    for n in 0..10 {
        let record = Publish::retained(&format!("GROUPS/g{n}"), format!("g{n} eve {members}"));
        // It may be refused.
        eve.publish(&record);
        alice.set_patience(std::time::Duration::from_secs(2));
        assert!(alice.pings());
    }
}
