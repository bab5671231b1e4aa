//! Commands of scripts about groups, requests and blocking, and the status.

use std::fs;

use crate::{
    World,
    commands::{command, refused, run, run_ok},
    on_both_brokers, quit,
};

on_both_brokers! {
    group_is_managed_by_commands_alone
    group_is_managed_beside_a_running_papo
    request_is_withdrawn_and_user_is_blocked
    withdrawal_of_a_new_user_reaches_a_running_papo
    accepted_request_is_not_withdrawn
    status_tells_scripts_whether_papo_is_connected
}

/// Runs a command that papo refuses. Returns the reason.
#[track_caller]
fn refusal(world: &World, id: &str, arguments: &[&str]) -> String {
    refused(&run(world, id, arguments, ""))
}

/// Creates the group, and has everybody do everything with it.
fn manages_a_group(world: &World) {
    run_ok(world, "bob", &["users"]);
    run_ok(world, "carol", &["users"]);
    run_ok(world, "alice", &["group", "new", "devs"]);
    assert!(refusal(world, "alice", &["group", "new", "#devs"]).contains("devs"));
    run_ok(world, "alice", &["group", "invite", "devs", "bob"]);
    run_ok(world, "bob", &["accept", "alice"]);
    run_ok(world, "carol", &["join", "devs"]);
    run_ok(world, "alice", &["accept", "carol"]);
    let groups = |id| run_ok(world, id, &["groups"]);
    assert_eq!(groups("carol"), "#devs ★alice bob carol\n");
    assert!(refusal(world, "bob", &["group", "kick", "devs", "carol"]).contains("leader"));
    run_ok(world, "alice", &["group", "kick", "devs", "carol"]);
    assert_eq!(groups("carol"), "#devs ★alice bob\n");
    run_ok(world, "alice", &["group", "lead", "devs", "bob"]);
    run_ok(world, "bob", &["accept", "alice"]);
    run_ok(world, "alice", &["group", "leave", "devs"]);
    // bob leads the group, so his papo removes alice.
    run_ok(world, "bob", &["inbox"]);
    assert_eq!(groups("carol"), "#devs ★bob\n");
    run_ok(world, "bob", &["group", "disband", "devs"]);
    assert_eq!(groups("carol"), "");
}

fn group_is_managed_by_commands_alone(world: World) {
    manages_a_group(&world);
}

fn group_is_managed_beside_a_running_papo(world: World) {
    let alice = world.start_online("alice");
    manages_a_group(&world);
    quit(alice);
}

fn request_is_withdrawn_and_user_is_blocked(world: World) {
    run_ok(&world, "bob", &["users"]);
    refusal(&world, "alice", &["withdraw", "bob"]);
    run_ok(&world, "alice", &["request", "bob"]);
    run_ok(&world, "alice", &["withdraw", "bob"]);
    assert_eq!(run_ok(&world, "alice", &["inbox"]), "chat with bob (cancelled)\n");
    let blocked = || {
        let users = run_ok(&world, "bob", &["users", "--json"]);
        users.lines().any(|line| line.contains("\"user\":\"alice\"") && line.contains("\"blocked\":true"))
    };
    run_ok(&world, "bob", &["block", "alice"]);
    assert!(blocked());
    refusal(&world, "bob", &["block", "alice"]);
    run_ok(&world, "bob", &["unblock", "alice"]);
    assert!(!blocked());
}

/// None of these users has ever connected, and none of them runs papo. Whether the presence of bob reaches them before
/// they withdraw is a race.
fn withdrawal_of_a_new_user_reaches_a_running_papo(world: World) {
    let mut bob = world.start_online("bob");
    let users = ["kim", "lea", "mia", "nia"];
    for user in users {
        run_ok(&world, user, &["request", "bob"]);
    }
    bob.opens_inbox().shows("nia wants to chat");
    for user in users {
        run_ok(&world, user, &["withdraw", "bob"]);
        assert_eq!(run_ok(&world, user, &["inbox"]), "chat with bob (cancelled)\n");
    }
    bob.shows("No pending requests");
    let inbox = users.map(|user| format!("{user} wants to chat (cancelled)\n")).concat();
    assert_eq!(run_ok(&world, "bob", &["inbox"]), inbox);
    assert!(refusal(&world, "bob", &["accept", "kim"]).contains("No matching request is pending"));
    quit(bob);
}

fn accepted_request_is_not_withdrawn(world: World) {
    let bob = world.start_online("bob");
    run_ok(&world, "alice", &["request", "bob"]);
    run_ok(&world, "bob", &["accept", "alice"]);
    let reason = refusal(&world, "alice", &["withdraw", "bob"]);
    assert!(reason.contains("Nothing to cancel: bob has accepted your request"), "{reason}");
    assert_eq!(run_ok(&world, "alice", &["inbox"]), "chat with bob (accepted)\n");
    quit(bob);
}

fn status_tells_scripts_whether_papo_is_connected(mut world: World) {
    let status = run_ok(&world, "alice", &["status"]);
    assert!(status.starts_with("alice @ mqtt://127.0.0.1:") && status.contains(": online · "), "{status}");
    assert!(status.trim().ends_with("papo is not running"), "{status}");
    let alice = world.start_online("alice");
    let status: serde_json::Value =
        serde_json::from_str(&run_ok(&world, "alice", &["status", "--json"])).expect("one line of JSON");
    assert_eq!((&status["online"], &status["running"]), (&true.into(), &true.into()), "{status}");
    world.kill_broker();
    alice.shows("retrying in");
    let offline = run(&world, "alice", &["status"], "");
    assert_eq!(offline.status.code(), Some(4), "{offline:?}");
    assert!(String::from_utf8_lossy(&offline.stderr).contains("papo: Not connected"), "{offline:?}");
    quit(alice);
    let offline = run(&world, "alice", &["status", "--json"], "");
    assert_eq!(offline.status.code(), Some(4), "{offline:?}");
    assert!(String::from_utf8_lossy(&offline.stdout).contains("\"online\":false"), "{offline:?}");
}

#[test]
fn command_beside_a_papo_on_another_broker_is_refused() {
    let world = World::on_mosquitto();
    let alice = world.start_online("alice");
    let reason = refusal(&world, "alice", &["users", "-b", "mqtt://broker.example"]);
    assert!(reason.contains("mqtt://127.0.0.1:") && reason.contains("not mqtt://broker.example"), "{reason}");
    run_ok(&world, "alice", &["users", "-b", &format!("localhost:{}", world.port())]);
    let mut without = command(&world, "alice", &["users"]);
    assert!(without.env_remove("PAPO_BROKER").output().unwrap().status.success());
    quit(alice);
}

#[test]
fn command_beside_a_running_papo_needs_no_valid_keymap() {
    let world = World::on_mosquitto();
    let alice = world.start_online("alice");
    let keymap = world.home().join(".config/papo/keymap.toml");
    fs::create_dir_all(keymap.parent().unwrap()).unwrap();
    fs::write(&keymap, "[composer").unwrap();
    assert_eq!(run_ok(&world, "alice", &["users"]), "");
    fs::remove_file(&keymap).unwrap();
    quit(alice);
}

#[test]
fn mistyped_profile_of_a_command_is_not_created() {
    let world = World::on_mosquitto();
    for words in [&["users", "-P", "nope"][..], &["status", "-P", "nope"], &["import", "-P", "nope", "-"]] {
        let output = run(&world, "alice", words, "");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("no profile nope"), "{output:?}");
    }
    let folder = world.home().join(".local/share/papo/nope");
    assert!(!folder.exists(), "{}", folder.display());
    run_ok(&world, "alice", &["users"]);
}
