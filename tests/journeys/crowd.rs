//! Very large lists, and rubbish on every topic: papo lists everything, reports what it ignored, and stays responsive.

use std::{fs, iter};

use papo::protocol::Publication;

use crate::{
    World,
    flood::{kept, publish},
    on_both_brokers,
};

on_both_brokers! {
    rubbish_on_every_topic_is_reported_once
    flood_of_requests_is_one_row
}

#[test]
fn thousands_of_users_are_listed_on_mosquitto() {
    thousands_of_users_are_listed(World::on_forgetful_mosquitto(), 10_000);
}

#[test]
fn thousands_of_users_are_listed_on_own_broker() {
    // This broker writes each retained message to disk before it accepts the next, so there are fewer.
    thousands_of_users_are_listed(World::on_own_broker(), 2_000);
}

const GROUPS: usize = 500;
const MEMBERS: usize = 500;

fn thousands_of_users_are_listed(world: World, users: usize) {
    let everybody = (0..users).map(|n| kept(format!("USERS/u{n:05}"), format!("u{n:05} online")));
    let members: Vec<String> = (0..MEMBERS).map(|n| format!("u{n:05}")).collect();
    let groups = (0..GROUPS).map(|n| kept(format!("GROUPS/g{n:03}"), format!("g{n:03} u00001 alice u00002")));
    let large = kept("GROUPS/large", format!("large u00000 alice {}", members[1..].join(" ")));
    publish(world.port(), everybody.chain(groups).chain([large]).collect());

    let mut alice = world.start("alice");
    // The other users, and alice.
    let all = users + 1;
    alice.until("lists everybody", |screen| {
        [format!("{all} of {all}"), format!("{all}/{all}")].iter().any(|count| screen.contains(count))
    });
    // The 500 groups have the same leader, and papo keeps at most 20 pending requests from one user. One more is from
    // the leader of the large group.
    alice.shows("21 requests");
    // The lists are complete: the last user and the last group are shown.
    alice.opens_users().keys("\x1b[F").shows(&format!("u{:05}", users - 1));
    alice.opens_groups().keys("\x1b[F").shows("#large");
    alice.shows("● online");
    alice.keys("m").shows("u00000  ★ leads");
    alice.keys("\x1b[F").shows("u00499");
    // The large group works like a small one.
    let wire = world.wire();
    alice.keys("\x1b").hides("● u00499");
    // For papo, a record of an unknown group with alice among its members is an invitation.
    alice.keys("\r").presses_enter_again().shows("Write to #large");
    alice.types_line("good morning all of you");
    wire.has("groups/large/messages alice good morning all of you");
    publish(
        world.port(),
        members.iter().map(|id| Publication::new("groups/large/messages", format!("{id} morning"))).collect(),
    );
    alice.shows("u00499  morning");
}

fn rubbish_on_every_topic_is_reported_once(world: World) {
    let topics = ["alice_Control", "clients/alice", "GROUPS", "groups/info", "USERS", "USERS/bob", "GROUPS/devs"];
    let long = "x".repeat(70_000);
    let payloads: [&[u8]; 8] =
        [b"", b" ", b"\0", b"\xff\xfe", b"REQUEST", b"REQUEST a/b", b"\x1b[2J\x1b]0;owned\x07", long.as_bytes()];
    let rubbish = || topics.iter().flat_map(|topic| payloads.iter().map(|payload| (*topic, *payload)));
    publish(world.port(), rubbish().map(|(topic, payload)| kept(topic, payload)).collect());
    let alice = world.start_online("alice");

    let many = (0..20).flat_map(|_| rubbish()).map(|(topic, payload)| Publication::new(topic, payload));
    let properties = |(name, value): (&str, &str)| Publication {
        properties: iter::repeat_n((name.to_owned(), value.to_owned()), 50).collect(),
        ..Publication::new("alice_Control", "REQUEST mallory")
    };
    let huge = "9".repeat(60_000);
    let odd = [("id", "none"), ("n", "-1"), ("from", "a b"), ("ts", huge.as_str()), ("", "")].map(properties);
    let five_megabytes = Publication::new("alice_Control", vec![b'x'; 5 * 1024 * 1024]);
    publish(world.port(), vec![five_megabytes]);
    publish(world.port(), odd.into_iter().chain(many).collect());
    alice.shows("Ignored");
    // Nothing reached the terminal unescaped, and valid publications still arrive.
    publish(world.port(), vec![Publication::new("alice_Control", "REQUEST carol")]);
    alice.shows("? carol wants to chat");
    alice.shows("● online");
    let screen = String::from_utf8_lossy(&alice.raw()).into_owned();
    assert!(!screen.contains("\x1b]0;owned"));
    let written = fs::read_to_string(world.home().join(".local/state/papo/papo.log")).unwrap();
    let important = written.lines().filter(|line| !line.contains(" DEBUG "));
    assert!(important.count() < 60, "the log has a line for every message:\n{written}");
}

fn flood_of_requests_is_one_row(world: World) {
    let mut alice = world.start_online("alice");
    alice.opens_inbox();
    publish(world.port(), vec![Publication::new("alice_Control", "REQUEST mallory"); 10_000]);
    // papo still handles keys during the flood.
    alice.keys("h").shows("Inbox history");
    alice.shows("mallory ×10000");
    let others = (0..300).map(|n| Publication::new("clients/alice", format!("REQUEST m{n:03}")));
    publish(world.port(), others.collect());
    alice.sees("301 requests");
    alice.looks_after("w").keys("d").presses_enter_again().shows("300 requests");
}
