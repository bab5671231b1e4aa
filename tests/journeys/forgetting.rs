//! Users who have left for good: the broker forgets them where it lets one, and says so where it does not.

use std::process::Output;

use crate::{
    AnyBroker, World,
    acl::write_files,
    beside::{command, run, says},
    broker::Broker,
    doors::add_user,
    on_both_brokers,
    own::OwnBroker,
    quit,
};

on_both_brokers! {
    who_is_gone_for_good_leaves_every_list
    somebody_who_is_here_is_not_forgotten
}

/// What it says of why it does not do that; with code 3.
#[track_caller]
fn refused(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    said
}

fn who_is_gone_for_good_leaves_every_list(world: World) {
    // Each is a word that was typed for a command, and started as a user.
    for id in ["sned", "stauts", "vresion"] {
        says(&world, id, &["users"]);
    }
    let (mut alice, bob) = (world.papo("alice"), world.papo("bob"));
    for id in ["sned", "stauts", "vresion"] {
        bob.shows(&format!("○ {id}"));
    }
    assert_eq!(says(&world, "alice", &["forget", "sned"]), "");
    bob.hides("sned");
    alice.hides("○ sned");
    alice.keys("\x1bc").line("/forget stauts").shows("Clear the presence of stauts");
    alice.keys("y").shows("Forgot stauts");
    bob.hides("stauts");
    let again = run(&world, "alice", &["forget", "sned"], "");
    assert!(refused(&again).contains("The broker has no presence of sned"), "{again:?}");
    quit(alice);
    // A papo that is started for it alone does the same.
    says(&world, "alice", &["forget", "vresion"]);
    bob.hides("vresion");
    quit(bob);
    let users = says(&world, "carol", &["users"]);
    let ids: Vec<_> = users.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(ids, ["alice", "bob"], "the broker holds no more");
}

fn somebody_who_is_here_is_not_forgotten(world: World) {
    let (alice, bob) = (world.papo("alice"), world.papo("bob"));
    alice.shows("● bob");
    for (id, why) in [
        ("bob", "bob is online; only a user who is gone for good can be forgotten"),
        ("alice", "You cannot forget yourself"),
        ("nobody", "The broker has no presence of nobody"),
        ("no_id", "not allowed in a name"),
    ] {
        // By the papo that runs, and by one that has to look first who is here.
        for asker in ["alice", "carol"] {
            let said = refused(&run(&world, asker, &["forget", id], ""));
            assert!(said.contains(why) || (id, asker) == ("alice", "carol"), "{asker} {id}: {said}");
        }
    }
    // Where somebody clears it all the same, bob says again that he is here.
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
fn a_broker_that_cannot_be_reached_forgets_nobody() {
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

/// Where users log in, each writes its own presence alone.
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
fn own_broker_with_logins_lets_nobody_forget_others() {
    let homes = tempfile::tempdir().unwrap();
    let state = homes.path().join("broker");
    for name in ["alice", "bob"] {
        assert_eq!(add_user(&state, name, name), "");
    }
    let world = World { broker: AnyBroker::Own(OwnBroker::start(&state)), homes };
    is_refused_where_users_log_in(&world, str::to_owned);
}

#[test]
fn mosquitto_with_the_rules_of_papo_acl_lets_nobody_forget_others() {
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
