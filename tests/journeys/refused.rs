//! What a broker does not allow: the user is told, on the screen and in scripts.

use crate::{
    AnyBroker, World,
    broker::Broker,
    commands::{run, says},
    quit,
};

#[test]
fn refused_publications_are_reported_with_the_reason() {
    let homes = tempfile::tempdir().unwrap();
    let rules = homes.path().join("acl");
    let allowed = ["read #", "write hello", "write USERS/#", "write alice_Control"];
    std::fs::write(&rules, allowed.map(|rule| format!("topic {rule}\n")).concat()).unwrap();
    // Without a limit for its queues, mosquitto 2.0.11 disconnects after each refusal.
    let lines = format!("max_queued_messages 1000\nallow_anonymous true\nacl_file {}\n", rules.display());
    let broker = Broker::start_with(&lines);
    let world = World { broker: AnyBroker::Mosquitto(broker), homes };
    says(&world, "alice", &["users"]);
    let wire = world.wire();
    for id in ["bob", "carol"] {
        wire.publish("alice_Control", &format!("REQUEST {id}"));
    }
    // Bob is accepted first, so that alice can write to him.
    let orders = [["request", "dave"].as_slice(), &["accept", "bob"], &["deny", "carol"], &["send", "bob", "hello"]];
    for words in orders {
        let output = run(&world, "alice", words, "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{words:?}: {said}");
        assert!(said.contains("the broker does not allow it"), "{words:?}: {said}");
    }
    let mut alice = world.start_online("alice");
    alice.writes("/request eve").shows("Not sent to eve (request to chat): the broker does not allow it");
    alice.types_line("/group new devs").shows("Not sent to #devs (group record): the broker does not allow it");
    quit(alice);
}
