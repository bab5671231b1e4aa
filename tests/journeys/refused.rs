//! If the broker refuses a publication, papo reports it on the screen and to scripts.

use crate::{
    AnyBroker, World,
    broker::Broker,
    commands::{command, run, run_ok},
    logins::with_login,
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
    alice.types_line("/group new devs").shows("Could not create #devs: the broker refused it.");
    quit(alice);
}

/// The broker reserves the name of a group for a minute after its end.
#[test]
fn a_group_that_the_broker_refuses_leaves_nothing_behind() {
    let world = World::with_logins(&["alice", "bob"]);
    let run = |id: &str, words: &[&str]| {
        let output = command(&world, id, words).env("PAPO_USER", id).env("PAPO_PASSWORD", "secret").output().unwrap();
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    for action in ["new", "disband"] {
        assert_eq!(run("alice", &["group", action, "devs"]), (Some(0), String::new()));
    }
    let (code, said) = run("bob", &["group", "new", "devs"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("Could not create #devs: the broker refused it."), "{said}");
    assert_eq!(run("bob", &["groups"]), (Some(0), String::new()));

    let mut bob = with_login(&world.home(), world.port(), "bob", "secret");
    bob.shows("● online");
    bob.composes("/group new devs").shows("Could not create #devs: the broker refused it.");
    bob.shows("the broker refused the group");
    bob.hides("#devs ★");
    for words in [["new", "devs"].as_slice(), &["invite", "devs", "bob"]] {
        assert_eq!(run("alice", &[&["group"], words].concat()), (Some(0), String::new()));
    }
    bob.accepts("alice");
    // Her papo lets in whom she has invited.
    bob.until("has asked to join", |screen| !screen.contains("1 request"));
    assert_eq!(run("alice", &["users"]).0, Some(0));
    bob.shows("★alice bob");
    bob.composes("here").has_sent_all();
    quit(bob);
}
