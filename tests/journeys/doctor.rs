//! `papo doctor`, on brokers with and without the features that papo uses.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::{World, broker::Broker, on_both_brokers, quit};

on_both_brokers! {
    doctor_works_beside_a_running_papo
}

fn doctor(home: &Path, url: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_papo"))
        .args([&["doctor", "--id", "alice", "--broker", url], more].concat())
        .env_clear()
        .env("HOME", home)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The verdict of a check in a JSON report; `None` if the report does not contain the check.
fn verdict(output: &Output, check: &str) -> Option<String> {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = report["findings"].as_array().unwrap();
    let found = found.iter().find(|finding| finding["check"] == check)?;
    Some(found["verdict"].as_str().unwrap().to_owned())
}

fn doctor_works_beside_a_running_papo(world: World) {
    let url = format!("mqtt://127.0.0.1:{}", world.port());
    let mut alice = world.start_online("alice");
    let mut bob = world.start_online("bob");
    bob.shows("● alice");
    let output = doctor(&world.home(), &url, &["--json"]);
    assert!(output.status.success(), "{output:?}");
    for check in ["delivery", "retained", "large", "will", "queue"] {
        assert_eq!(verdict(&output, check).as_deref(), Some("good"), "{check}: {output:?}");
    }
    assert_eq!(verdict(&output, "papo").as_deref(), Some("note"));
    assert_eq!(verdict(&output, "bridge"), None, "everyone who is online uses papo");
    let words = String::from_utf8(doctor(&world.home(), &url, &[]).stdout).unwrap();
    assert!(words.contains("✓ retained  retained messages work\n"), "{words}");
    // The doctor has left nothing on the broker, and users have not noticed it.
    bob.shows("● alice");
    for papo in [&mut alice, &mut bob] {
        assert!(!papo.screen().contains("papo-doctor"), "{}", papo.screen());
    }
    quit(alice);
    quit(bob);
}

#[test]
fn doctor_finds_missing_features() {
    let home = tempfile::tempdir().unwrap();
    let url = |broker: &Broker| format!("mqtt://127.0.0.1:{}", broker.port());

    let usual = Broker::start_with("allow_anonymous true\nmax_queued_messages 1000\n");
    let output = doctor(home.path(), &url(&usual), &["--json"]);
    assert!(output.status.success(), "papo works on this broker: {output:?}");
    for check in ["queue", "privacy", "ids"] {
        assert_eq!(verdict(&output, check).as_deref(), Some("poor"), "{check}: {output:?}");
    }
    assert!(!home.path().join(".local/share/papo/alice").exists(), "the doctor creates no store");

    let narrow = Broker::start_with("allow_anonymous true\nmax_packet_size 20000\n");
    let output = doctor(home.path(), &url(&narrow), &["--json"]);
    assert_eq!(verdict(&output, "large").as_deref(), Some("poor"), "{output:?}");

    let without = Broker::start_with("allow_anonymous true\nretain_available false\n");
    let output = doctor(home.path(), &url(&without), &["--json"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).contains("does not support retained messages"), "{output:?}");

    let output = doctor(home.path(), "mqtt://papo.invalid", &[]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stdout).contains("host papo.invalid not found"), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot connect to mqtt://papo.invalid"), "{output:?}");
}

#[cfg(feature = "broker")]
#[test]
fn doctor_connects_with_own_id_if_broker_binds_ids() {
    use papo::broker::{self as own, Settings, Users};

    let home = tempfile::tempdir().unwrap();
    let state = tempfile::tempdir().unwrap();
    Users::of(state.path()).add("alice", "secret").unwrap();
    let running = own::start(Settings::plain_tcp("127.0.0.1:0".parse().unwrap(), state.path().to_owned())).unwrap();
    let url = format!("mqtt://alice:secret@{}", running.address());
    let output = doctor(home.path(), &url, &["--json"]);
    assert!(output.status.success(), "{output:?}");
    for (check, expected) in
        [("delivery", "good"), ("retained", "good"), ("will", "untried"), ("privacy", "good"), ("ids", "good")]
    {
        assert_eq!(verdict(&output, check).as_deref(), Some(expected), "{check}: {output:?}");
    }
    // A papo on another machine keeps its session.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut alice = super::logins::with_login(elsewhere.path(), running.address().port(), "alice", "secret");
    alice.shows("online");
    let output = doctor(home.path(), &url, &["--json"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("in use on another device"), "{output:?}");
    alice.types_line("/group new devs").shows("#devs");
}
