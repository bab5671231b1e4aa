//! A list of brokers: papo goes on at another one when one is lost.

use std::{
    fs,
    process::{Command, Output, Stdio},
};

use crate::{broker::Broker, people::quit, terminal::Terminal};

/// Wide enough for the address of the broker in the header.
const SIZE: (u16, u16) = (120, 30);

fn papo(home: &std::path::Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_papo"))
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("PAPO_ID", "alice")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn header_and_status_show_the_broker_in_use() {
    let home = tempfile::tempdir().unwrap();
    let mut brokers = [Broker::start(), Broker::start()];
    let urls = brokers.each_ref().map(|broker| format!("mqtt://127.0.0.1:{}", broker.port()));
    let folder = home.path().join(".config/papo");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), format!("broker = {urls:?}\n[profiles.alice]\n")).unwrap();
    let status = || String::from_utf8(papo(home.path(), &["status"]).stdout).unwrap();

    let mut alice = Terminal::start(home.path(), &["alice"], SIZE);
    let screen = alice.shows("● online");
    let at = urls.iter().position(|url| screen.contains(&format!("alice @ {url}"))).expect("the header shows a broker");
    assert!(status().starts_with(&format!("alice @ {}: online", urls[at])), "{}", status());
    brokers[at].kill();
    let other = &urls[1 - at];
    alice.until("papo is online at the other broker", |screen| {
        screen.contains(&format!("alice @ {other}")) && screen.contains("● online")
    });
    assert!(status().starts_with(&format!("alice @ {other}: online")), "{}", status());
    // A command may name any broker of the list, but no other one.
    assert!(papo(home.path(), &["status", "-b", &urls[at]]).status.success());
    let refused = papo(home.path(), &["status", "-b", "mqtt://127.0.0.1:9"]);
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains(&format!("uses {}, {}, not mqtt://127.0.0.1:9", urls[0], urls[1])), "{why}");

    // The settings take a list, and say which broker of it is wrong.
    alice.types_line("/set broker mqtt://a http://b");
    alice.shows("b: http:// is not supported");
    alice.types_line("/set broker mqtt://a mqtt://b");
    alice.shows("mqtt://a, mqtt://b");
    let config = fs::read_to_string(folder.join("config.toml")).unwrap();
    assert!(config.contains("broker = [\"mqtt://a\", \"mqtt://b\"]"), "{config}");
    quit(alice);
}

#[test]
fn doctor_checks_each_broker() {
    let home = tempfile::tempdir().unwrap();
    let broker = Broker::start();
    let (good, bad) = (format!("mqtt://127.0.0.1:{}", broker.port()), "mqtt://127.0.0.1:9");
    let output = papo(home.path(), &["doctor", "-b", &good, "-b", bad]);
    let report = String::from_utf8(output.stdout).unwrap();
    let (of_good, of_bad) = report.split_once(&format!("broker    {bad}")).expect("a part for each broker");
    assert!(of_good.contains(&good) && of_good.contains("✓ delivery"), "{report}");
    assert!(of_bad.contains("✗ connect") && !of_bad.contains("✓ delivery"), "{report}");
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains(&format!("cannot connect to {bad}\n")));
}
