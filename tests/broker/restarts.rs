//! What a broker still knows after it was killed.
#![expect(clippy::disallowed_methods, reason = "the broker writes behind in real time")]

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    packet::{Connect, NO_LOCAL, PUBACK, PUBREC, PUBREL, Properties, Publish, SUBSCRIPTION_ID, Version, ack},
    process::{Broker, holds_within},
    raw::Client,
    wait::PATIENCE,
};

/// The broker writes behind: what is older than half a second is on disk, or a little later on a busy machine.
const WRITTEN: Duration = Duration::from_secs(1);

/// Kills the broker once it must have written everything, and starts it again.
fn kill_and_restart(broker: &mut Broker) {
    // Not a condition that one could wait for: that nothing more is needed is what is tested.
    thread::sleep(WRITTEN);
    broker.kill();
    broker.start();
}

#[test]
fn killed_broker_keeps_retained_messages_sessions_and_queues() {
    let mut broker = Broker::open();
    let mut bob = broker.client(&Connect::v5("bob").lasting());
    let identifier = Properties::default().number(SUBSCRIPTION_ID, 42);
    assert_eq!(bob.try_subscribe("talk/#", 2, &identifier), 2);
    bob.subscribe("own", 1 | NO_LOCAL);
    bob.leave();
    let mut alice = broker.client(&Connect::v5("alice"));
    let properties = Properties::default().pair("name", "value");
    alice.publish(&Publish::retained("kept/1", "one").with(properties.clone()));
    alice.publish(&Publish::retained("kept/2", "two"));
    alice.publish(&Publish::retained("kept/2", ""));
    let texts: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    for (n, text) in texts.iter().enumerate() {
        let publish = Publish::new("talk/x", text).qos(1 + u8::from(n % 2 == 0)).with(properties.clone());
        assert!(alice.publish(&publish) < 0x80);
    }
    kill_and_restart(&mut broker);

    let mut bob = broker.client(&Connect::v5("bob").lasting());
    assert!(bob.session_present);
    for text in &texts {
        let heard = bob.receive();
        assert_eq!(heard.text(), *text);
        assert_eq!(heard.properties.numbers(SUBSCRIPTION_ID), [42]);
        assert_eq!(heard.properties.user("name"), ["value"]);
    }
    bob.says("own", "not to myself");
    bob.subscribe("kept/#", 1);
    let kept = bob.receive();
    assert_eq!((kept.text(), kept.retain, kept.properties.user("name")), ("one".into(), true, vec!["value".into()]));
    broker.client(&Connect::v5("alice")).says("talk/x", "end");
    assert!(bob.hears_until("end").is_empty());
    bob.leave();

    // What was delivered does not come again.
    kill_and_restart(&mut broker);
    let mut bob = broker.client(&Connect::v5("bob").lasting());
    broker.client(&Connect::v5("alice")).says("talk/x", "end");
    assert!(bob.hears_until("end").is_empty());
}

#[test]
fn killed_broker_delivers_qos_2_once() {
    let mut broker = Broker::open();
    let mut bob = broker.client(&Connect::v5("bob").lasting());
    bob.acknowledges = false;
    bob.subscribe("talk", 2);
    let mut alice = broker.client(&Connect::v5("alice").lasting());
    let publish = Publish::new("talk", "once").qos(2).packet(9);
    alice.send(&publish.bytes(Version::V5));
    assert!(alice.answer(PUBREC, 9) < 0x80);
    kill_and_restart(&mut broker);

    let mut alice = broker.client(&Connect::v5("alice").lasting());
    alice.send(&Publish { is_duplicate: true, ..publish }.bytes(Version::V5));
    assert!(alice.answer(PUBREC, 9) < 0x80);
    assert!(alice.release(9) < 0x80);
    let mut bob = broker.client(&Connect::v5("bob").lasting());
    bob.acknowledges = false;
    let first = bob.receive();
    assert_eq!(first.text(), "once");
    bob.send(&ack(PUBREC, first.packet));
    assert_eq!(bob.answer(PUBREL, first.packet), 0);
    kill_and_restart(&mut broker);

    let mut bob = broker.client(&Connect::v5("bob").lasting());
    assert_eq!(bob.answer(PUBREL, first.packet), 0);
    broker.client(&Connect::v5("alice")).publish(&Publish::new("talk", "end"));
    assert!(bob.hears_until("end").is_empty());
}

/// Fills the queue of a client that is away with 6 MB messages and throws it away, again and again for this time.
fn fill_queue(port: u16, client: &str, time: Duration) {
    let start = Instant::now();
    let mut writer = Client::connect(port, &Connect::v5(&format!("to-{client}")));
    while start.elapsed() < time {
        let mut away = Client::connect(port, &Connect::v5(client).lasting());
        away.subscribe(client, 1);
        away.leave();
        // A queue takes half of 64 MiB from one user.
        for _ in 0..5 {
            assert_eq!(writer.publish(&Publish::new(client, vec![b'x'; 6_000_000])), 0);
            if start.elapsed() > time {
                break;
            }
        }
        Client::connect(port, &Connect::v5(client)).leave();
    }
}

#[test]
fn killed_broker_loses_little_while_others_write_large_messages() {
    /// Longer than a queue takes to get to the disk.
    const TIME: Duration = Duration::from_secs(4);
    /// In how much time lost messages can have been acknowledged, with room for a busy machine.
    const LOST: Duration = Duration::from_millis(750);
    let mut broker = Broker::open();
    let mut bob = broker.client(&Connect::v5("bob").lasting());
    bob.subscribe("talk", 1);
    bob.leave();
    let mut alice = broker.client(&Connect::v5("alice"));
    let port = broker.port();
    // When each was sent, and when it was acknowledged.
    let mut said: Vec<(Instant, Instant)> = Vec::new();
    thread::scope(|scope| {
        let others = ["carol", "dave", "eve"].map(|client| scope.spawn(move || fill_queue(port, client, TIME)));
        while others.iter().any(|other| !other.is_finished()) {
            let sent = Instant::now();
            alice.says("talk", &said.len().to_string());
            said.push((sent, Instant::now()));
            // So that her messages have room in bob's queue.
            thread::sleep(Duration::from_millis(1));
        }
    });
    broker.kill();
    broker.start();

    let mut bob = broker.client(&Connect::v5("bob").lasting());
    // If even the session is lost.
    bob.subscribe("talk", 1);
    broker.client(&Connect::v5("alice")).says("talk", "end");
    let heard = bob.hears_until("end");
    assert!(heard.iter().map(String::as_str).eq((0..heard.len()).map(|n| n.to_string())), "{heard:?}");
    if let Some(&[(_, first), .., (last, _)]) = said.get(heard.len()..) {
        let lost = last.saturating_duration_since(first);
        assert!(
            lost < LOST,
            "{} of {} messages are lost, written within {lost:?}",
            said.len() - heard.len(),
            said.len()
        );
    }
}

/// A limit of the file size stands in for a full disk.
#[test]
fn broker_whose_disk_was_full_has_lost_nothing() {
    let mut broker = Broker::open();
    let mut bob = broker.client(&Connect::v5("bob").lasting());
    bob.subscribe("talk", 1);
    bob.leave();
    let mut alice = broker.client(&Connect::v5("alice"));
    alice.says("talk", "before");
    thread::sleep(WRITTEN);
    broker.limit_files(&(broker.state_size() + 100_000).to_string());
    let texts: Vec<String> = (0..4).map(|n| format!("{n}{}", "x".repeat(300_000))).collect();
    alice.says("talk", &texts[0]);
    let complaint = "ERROR the broker's state cannot be saved; it accepts nothing until it can";
    assert!(holds_within(PATIENCE, || broker.errors().contains(complaint)), "{}", broker.errors());
    // Now it reads nothing, and so acknowledges nothing.
    for (id, text) in (1..).zip(&texts[1..]) {
        alice.send(&Publish::new("talk", text.as_bytes()).packet(id).bytes(Version::V5));
    }
    alice.set_patience(Duration::from_secs(2));
    assert!(alice.try_next().is_err(), "a full disk takes nothing");
    broker.limit_files("unlimited");
    alice.set_patience(PATIENCE);
    for id in 1..=3 {
        assert_eq!(alice.answer(PUBACK, id), 0);
    }
    kill_and_restart(&mut broker);
    let mut bob = broker.client(&Connect::v5("bob").lasting());
    assert_eq!(bob.receive().text(), "before");
    for text in texts {
        assert_eq!(bob.receive().text(), text);
    }
}

#[test]
fn stopped_broker_has_lost_nothing() {
    let mut broker = Broker::open();
    let mut bob = broker.client(&Connect::v5("bob").lasting());
    bob.subscribe("talk", 1);
    bob.leave();
    let mut alice = broker.client(&Connect::v5("alice"));
    alice.says("talk", "last words");
    alice.retains("kept", "kept");
    broker.stop();
    broker.start();
    let mut bob = broker.client(&Connect::v5("bob").lasting());
    assert_eq!(bob.receive().text(), "last words");
    bob.subscribe("kept", 1);
    assert_eq!(bob.receive().text(), "kept");
}

#[test]
fn session_that_has_ended_does_not_come_back() {
    let mut broker = Broker::open();
    let mut bob = broker.client(&Connect::v5("bob").lasting());
    bob.subscribe("talk", 1);
    bob.leave();
    broker.client(&Connect::v5("alice")).says("talk", "never heard");
    broker.client(&Connect::v5("bob")).leave();
    kill_and_restart(&mut broker);
    let mut bob = broker.client(&Connect::v5("bob").lasting());
    assert!(!bob.session_present);
    bob.subscribe("talk", 1);
    broker.client(&Connect::v5("alice")).says("talk", "end");
    assert!(bob.hears_until("end").is_empty());
}

#[test]
fn killed_broker_knows_who_leads_and_who_is_invited() {
    let mut broker = Broker::with_users(&["alice", "bob", "eve"]);
    let mut alice = broker.user_client("alice");
    alice.says("GROUPS", "club CREATE");
    alice.says("bob_Control", "GI club");
    alice.retains("GROUPS/devs", "devs alice bob");
    alice.retains("GROUPS/ops", "ops alice bob eve");
    let mut bob = broker.user_client("bob");
    bob.says("groups/devs/members", "bob");
    bob.says("groups/ops/members", "bob");
    alice.retains("GROUPS/devs", "devs bob alice");
    kill_and_restart(&mut broker);

    let [mut alice, mut bob, mut eve] = ["alice", "bob", "eve"].map(|user| broker.user_client(user));
    for text in ["club eve", "club CREATE", "club DISBAND", "devs DISBAND", "devs eve"] {
        assert!(eve.publish(&Publish::new("GROUPS", text)) >= 0x80, "{text}");
    }
    assert!(eve.publish(&Publish::new("groups/club/messages", "eve hi")) >= 0x80);
    assert!(eve.publish(&Publish::retained("GROUPS/devs", "devs eve")) >= 0x80);
    bob.says("groups/club/messages", "bob hi");
    alice.says("GROUPS", "club alice");
    alice.says("GROUPS", "devs bob");
    bob.says("GROUPS", "devs bob alice");
    assert!(alice.publish(&Publish::retained("GROUPS/ops", "ops eve alice")) >= 0x80, "eve has not taken part");
    alice.retains("GROUPS/ops", "ops bob alice");
}
