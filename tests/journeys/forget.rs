//! Users who are gone for good: the broker forgets them if it allows that, and papo reports it if not.

use std::process::Output;

use crate::{
    AnyBroker, World,
    acl::write_files,
    broker::Broker,
    commands::{command, run, says},
    logins::add_user,
    on_both_brokers,
    own::OwnBroker,
    quit,
};

on_both_brokers! {
    forgotten_user_leaves_every_list
    online_user_is_not_forgotten
}

/// The reason for the refusal, with code 3.
#[track_caller]
fn refused(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    said
}

fn forgotten_user_leaves_every_list(world: World) {
    // Each is a misspelled command that started as a user.
    for id in ["sned", "stauts", "vresion"] {
        says(&world, id, &["users"]);
    }
    let (mut alice, bob) = (world.start_online("alice"), world.start_online("bob"));
    for id in ["sned", "stauts", "vresion"] {
        bob.shows(&format!("○ {id}"));
    }
    assert_eq!(says(&world, "alice", &["forget", "sned"]), "");
    bob.hides("sned");
    alice.hides("○ sned");
    alice.writes("/forget stauts").shows("Clear the presence of stauts");
    alice.keys("y").shows("Forgot stauts");
    bob.hides("stauts");
    let again = run(&world, "alice", &["forget", "sned"], "");
    assert!(refused(&again).contains("The broker has no presence of sned"), "{again:?}");
    quit(alice);
    // A papo started for the command does the same.
    says(&world, "alice", &["forget", "vresion"]);
    bob.hides("vresion");
    quit(bob);
    let users = says(&world, "carol", &["users"]);
    let ids: Vec<_> = users.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(ids, ["alice", "bob"], "the broker holds no more");
}

fn online_user_is_not_forgotten(world: World) {
    let (alice, bob) = (world.start_online("alice"), world.start_online("bob"));
    alice.shows("● bob");
    for (id, why) in [
        ("bob", "bob is online; only a user who is gone for good can be forgotten"),
        ("alice", "You cannot forget yourself"),
        ("nobody", "The broker has no presence of nobody"),
        ("no_id", "not allowed in a name"),
    ] {
        // By the running papo, and by one that first has to read the presence.
        for asker in ["alice", "carol"] {
            let said = refused(&run(&world, asker, &["forget", id], ""));
            assert!(said.contains(why) || (id, asker) == ("alice", "carol"), "{asker} {id}: {said}");
        }
    }
    // If another client clears it anyway, bob announces himself again.
    let wire = world.wire();
    wire.publish_with(&["-t", "USERS/bob", "-r", "-n"]);
    wire.has("USERS/bob bob online");
    assert!(says(&world, "carol", &["users"]).contains("bob online"));
    let log = alice.shows("● bob");
    assert!(!log.contains("ignored"), "{log}");
    quit(alice);
    quit(bob);
}

#[test]
fn unreachable_broker_forgets_no_one() {
    let mut world = World::on_mosquitto();
    says(&world, "sned", &["users"]);
    says(&world, "alice", &["users"]);
    world.kill_broker();
    let said = refused(&run(&world, "alice", &["forget", "sned"], ""));
    assert!(said.contains("forgetting sned needs a connection to the broker"), "{said}");
    world.restart_broker();
    assert_eq!(says(&world, "alice", &["outbox"]), "", "it does not go on by itself");
    assert!(says(&world, "alice", &["users"]).contains("sned offline"));
}

/// With logins, users can write only their own presence.
fn is_refused_where_users_log_in(world: &World, password: impl Fn(&str) -> String) {
    let run = |id: &str, words: &[&str]| {
        command(world, id, words).env("PAPO_USER", id).env("PAPO_PASSWORD", password(id)).output().unwrap()
    };
    assert!(run("bob", &["users"]).status.success());
    let said = refused(&run("alice", &["forget", "bob"]));
    assert!(said.contains("The broker does not allow you to forget bob; it may let only bob change that"), "{said}");
    let listed = run("alice", &["users"]);
    assert!(String::from_utf8_lossy(&listed.stdout).starts_with("bob offline"), "{listed:?}");
}

#[test]
fn own_broker_with_logins_refuses_forgetting_others() {
    let homes = tempfile::tempdir().unwrap();
    let state = homes.path().join("broker");
    for name in ["alice", "bob"] {
        assert_eq!(add_user(&state, name, name), "");
    }
    let world = World { broker: AnyBroker::Own(OwnBroker::start(&state)), homes };
    is_refused_where_users_log_in(&world, str::to_owned);
}

#[test]
fn mosquitto_with_acl_refuses_forgetting_others() {
    let homes = tempfile::tempdir().unwrap();
    let files = homes.path().join("mosquitto");
    write_files(&files, &["alice", "bob"], "");
    let [acl, passwords] = ["acl", "passwords"].map(|name| files.join(name));
    let broker = Broker::start_with(&format!(
        "use_username_as_clientid true\nallow_anonymous false\nacl_file {}\npassword_file {}\n",
        acl.display(),
        passwords.display()
    ));
    let world = World { broker: AnyBroker::Mosquitto(broker), homes };
    is_refused_where_users_log_in(&world, str::to_owned);
}
