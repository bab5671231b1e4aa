//! If the broker refuses a publication, papo reports it on the screen and to scripts.

use crate::{
    AnyBroker, World,
    broker::Broker,
    commands::{run, run_ok},
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
    run_ok(&world, "alice", &["users"]);
    let wire = world.wire();
    for id in ["bob", "carol"] {
        wire.publish("alice_Control", &format!("REQUEST {id}"));
    }
    // Bob is accepted first, so that alice can write to him.
    let commands = [["request", "dave"].as_slice(), &["accept", "bob"], &["deny", "carol"], &["send", "bob", "hello"]];
    for words in commands {
        let output = run(&world, "alice", words, "");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{words:?}: {stderr}");
        assert!(stderr.contains("the broker does not allow it"), "{words:?}: {stderr}");
    }
    let mut alice = world.start_online("alice");
    alice.asks("eve").shows("Not sent to eve (request to chat): the broker does not allow it");
    alice.types_line("/group new devs").shows("Not sent to #devs (group record): the broker does not allow it");
    quit(alice);
}
