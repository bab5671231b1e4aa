//! Two papos on a broker with users and rules: everything works that works without.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use crate::{own::OwnBroker, quit, terminal::Terminal};

fn add_user(state: &std::path::Path, name: &str, password: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_papo"))
        .args(["broker", "user", "add", name, "--state"])
        .arg(state)
        .env("HOME", state)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
}

#[test]
fn papos_with_passwords_do_all_they_do_without() {
    let homes = tempfile::tempdir().unwrap();
    let state = homes.path().join("broker");
    for name in ["alice", "bob"] {
        assert_eq!(add_user(&state, name, &format!("{name}'s secret")), "");
    }
    assert!(add_user(&state, "bob", "x").contains("there is a user bob"));
    let broker = OwnBroker::start(&state);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let start = |name: &str, password: &str| {
        let login = [("PAPO_USER", name), ("PAPO_PASSWORD", password)];
        Terminal::start_with(homes.path(), &[name, "-b", &url], &login, (100, 30))
    };
    let stranger = start("alice", "a guess");
    stranger.shows("does not accept this user name or password");
    quit(stranger);

    let (mut alice, mut bob) = (start("alice", "alice's secret"), start("bob", "bob's secret"));
    alice.shows("● bob");
    alice.keys("\r");
    bob.shows("? alice wants to talk");
    bob.keys("\x1bi").keys("a");
    alice.shows("bob accepted your request");
    alice.keys("\x1bc").line("hello");
    bob.shows("alice  hello");
    alice.until("has two ticks", |screen| screen.contains("✓✓"));

    alice.line("/group new devs").line("first words");
    alice.shows("#devs");
    bob.shows("#devs");
    bob.keys("\x1bc").line("/join devs");
    alice.shows("bob asks to be let into #devs");
    alice.keys("\x1bi").keys("a");
    bob.shows("you are in #devs now");
    alice.keys("\x1bc").line("welcome");
    bob.shows("#devs 1");
    bob.keys("\x1ba").shows("welcome");
    bob.line("glad to be here");
    alice.shows("glad to be here");
    alice.line("/group lead bob");
    bob.shows("has handed you the lead");
    quit(alice);
    bob.shows("○ alice");
    quit(bob);
}

#[test]
fn nobody_is_let_in_from_elsewhere_by_accident() {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_papo"))
        .args(["broker", "--listen", "0.0.0.0:0"])
        .env("HOME", home.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("papo broker user add") && said.contains("--open"), "{said}");
}
