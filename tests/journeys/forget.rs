//! `papo forget` clears the presence of users who are gone for good, or reports that the broker does not allow that.

use crate::{
    AnyBroker, World,
    acl::write_files,
    broker::Broker,
    commands::{command, refused, run, run_ok},
    on_both_brokers, quit,
};

on_both_brokers! {
    forgotten_user_leaves_every_list
    online_user_is_not_forgotten
}

fn forgotten_user_leaves_every_list(world: World) {
    // Each ID is a misspelled command that started papo as a new user.
    for id in ["sned", "stauts", "vresion"] {
        run_ok(&world, id, &["users"]);
    }
    let (mut alice, bob) = (world.start_online("alice"), world.start_online("bob"));
    for id in ["sned", "stauts", "vresion"] {
        bob.shows(&format!("○ {id}"));
    }
    assert_eq!(run_ok(&world, "alice", &["forget", "sned"]), "");
    bob.hides("sned");
    alice.hides("○ sned");
    alice.composes("/forget stauts").types_name("Clear the presence of stauts").shows("Forgot stauts");
    bob.hides("stauts");
    let again = run(&world, "alice", &["forget", "sned"], "");
    assert!(refused(&again).contains("The broker has no presence of sned"), "{again:?}");
    quit(alice);
    // The command works the same if no papo is running.
    run_ok(&world, "alice", &["forget", "vresion"]);
    bob.hides("vresion");
    quit(bob);
    let users = run_ok(&world, "carol", &["users"]);
    let ids: Vec<_> = users.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(ids, ["alice", "bob"], "the broker has no other users");
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
        // alice's command asks her running papo; carol's connects by itself, and first has to receive the presence.
        for user in ["alice", "carol"] {
            let reason = refused(&run(&world, user, &["forget", id], ""));
            assert!(reason.contains(why) || (id, user) == ("alice", "carol"), "{user} {id}: {reason}");
        }
    }
    // If another client clears bob's presence anyway, bob's papo publishes it again.
    let wire = world.wire();
    wire.publish_with(&["-t", "USERS/bob", "-r", "-n"]);
    wire.has("USERS/bob bob online");
    assert!(run_ok(&world, "carol", &["users"]).contains("bob online"));
    let log = alice.shows("● bob");
    assert!(!log.contains("ignored"), "{log}");
    quit(alice);
    quit(bob);
}

#[test]
fn unreachable_broker_forgets_no_one() {
    let mut world = World::on_mosquitto();
    run_ok(&world, "sned", &["users"]);
    run_ok(&world, "alice", &["users"]);
    world.kill_broker();
    let reason = refused(&run(&world, "alice", &["forget", "sned"], ""));
    assert!(reason.contains("forgetting sned needs a connection to the broker"), "{reason}");
    world.restart_broker();
    assert_eq!(run_ok(&world, "alice", &["outbox"]), "", "nothing is queued");
    assert!(run_ok(&world, "alice", &["users"]).contains("sned offline"));
}

/// Asserts that a broker with logins, where users can write only their own presence, refuses `papo forget`.
fn forgetting_others_is_refused(world: &World, password: impl Fn(&str) -> String) {
    let run = |id: &str, words: &[&str]| {
        command(world, id, words).env("PAPO_USER", id).env("PAPO_PASSWORD", password(id)).output().unwrap()
    };
    assert!(run("bob", &["users"]).status.success());
    let reason = refused(&run("alice", &["forget", "bob"]));
    assert!(
        reason.contains("The broker does not allow you to forget bob; it may let only bob change that"),
        "{reason}"
    );
    let listed = run("alice", &["users"]);
    assert!(String::from_utf8_lossy(&listed.stdout).starts_with("bob offline"), "{listed:?}");
}

#[test]
fn own_broker_with_logins_refuses_forgetting_others() {
    let world = World::with_logins(&["alice", "bob"]);
    forgetting_others_is_refused(&world, |_| "secret".to_owned());
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
    forgetting_others_is_refused(&world, str::to_owned);
}
