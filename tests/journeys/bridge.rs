//! Two sites, each with its own mosquitto and one user, and a bridge between the two brokers: first as the README
//! recommends it, then with the version of MQTT that mosquitto uses for bridges by default.

use std::{collections::BTreeSet, path::Path, process::Command};

use serde_json::Value;

use crate::{broker::Broker, people::quit, terminal::Terminal, wait::output};

/// How many messages are written while a broker is down.
const WRITTEN: usize = 30;
/// Part of the notice that a bridge removes properties.
const LOST: &str = "arrive without papo's properties";

fn configuration(directory: &Path, port: u16) -> String {
    format!(
        "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence true\npersistence_location {}/\n\
         autosave_interval 1\nautosave_on_changes true\nmax_queued_messages 0\nlog_dest none\n",
        directory.display(),
    )
}

/// The configuration of a broker that is bridged with the one on the port `other`.
fn bridged(directory: &Path, port: u16, other: u16, version: &str) -> String {
    format!(
        "{}\nconnection site-b\naddress 127.0.0.1:{other}\ntopic # both 1\nbridge_protocol_version {version}\n\
         cleansession false\ntry_private true\nrestart_timeout 1\n",
        configuration(directory, port),
    )
}

/// Two sites, of Alice and Bob. Alice's broker has the bridge.
struct Sites {
    brokers: [Broker; 2],
    home: tempfile::TempDir,
}

impl Sites {
    fn new(version: &str) -> Self {
        let mut there = Broker::written(configuration);
        let mut here = Broker::written(|directory, port| bridged(directory, port, there.port(), version));
        there.restart();
        here.restart();
        Self { brokers: [here, there], home: tempfile::tempdir().unwrap() }
    }

    /// Restarts Alice's broker with a bridge of this version.
    fn change_bridge(&mut self, version: &str) {
        let other = self.brokers[1].port();
        let here = &mut self.brokers[0];
        here.stop();
        here.rewrite(|directory, port| bridged(directory, port, other, version));
        here.restart();
    }

    fn url(&self, site: usize) -> String {
        format!("mqtt://127.0.0.1:{}", self.brokers[site].port())
    }

    fn start(&self, site: usize, id: &str) -> Terminal {
        let papo = Terminal::start(self.home.path(), &[id, "-b", &self.url(site)], (120, 30));
        papo.shows("● online");
        papo
    }

    /// Runs a command of `id` beside the running papo, and returns its output.
    fn run(&self, site: usize, id: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_papo"));
        command.args(arguments).env_clear().env("HOME", self.home.path()).env("PAPO_ID", id);
        command.env("PAPO_BROKER", self.url(site)).stdout(std::process::Stdio::piped());
        let output = output(command.spawn().unwrap());
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The texts of the chat with `peer`, as `id` has them.
    fn texts(&self, site: usize, id: &str, peer: &str) -> Vec<String> {
        let lines = self.run(site, id, &["export", peer]);
        let texts = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["text"].clone());
        texts.map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Kills the broker of each site in turn. The user of the other site writes meanwhile. Returns what was written, and
    /// which of it Alice and Bob have.
    fn writes_during_kills(
        &mut self,
        (alice, bob): (&mut Terminal, &mut Terminal),
        name: &str,
    ) -> (Vec<String>, [Vec<String>; 2]) {
        for site in [1, 0] {
            let (writer, reader) = if site == 1 { (&mut *alice, &mut *bob) } else { (&mut *bob, &mut *alice) };
            self.brokers[site].kill();
            reader.shows("retrying");
            for n in 1..=WRITTEN {
                writer.types_line(&format!("{name} {site} {n}"));
            }
            writer.has_sent_all();
            self.brokers[site].restart();
            reader.shows(&format!("{name} {site} {WRITTEN}"));
        }
        let written = [1, 0].iter().flat_map(|site| (1..=WRITTEN).map(move |n| format!("{name} {site} {n}")));
        let arrived = [(0, "alice", "bob"), (1, "bob", "alice")].map(|(site, id, peer)| {
            let texts = self.texts(site, id, peer);
            texts.into_iter().filter(|text| text.starts_with(name)).collect()
        });
        (written.collect(), arrived)
    }
}

#[test]
fn chat_survives_kills_at_both_sites_of_a_bridge() {
    let mut sites = Sites::new("mqttv50");
    let (mut alice, mut bob) = (sites.start(0, "alice"), sites.start(1, "bob"));
    alice.opens_chat("alice", &mut bob, "bob");
    alice.opens_composer();
    let (written, arrived) = sites.writes_during_kills((&mut alice, &mut bob), "whole");
    assert_eq!(arrived, [written.clone(), written]);
    sites.run(0, "alice", &["send", "bob", "received?", "--until", "delivered"]);
    sites.run(1, "bob", &["send", "alice", "received!", "--until", "delivered"]);
    alice.shows("received!");
    let log = alice.opens_log().shows("Notices ─");
    assert!(!log.contains(LOST), "{log}");
    alice.keys("\x1b").hides("Notices ─");

    sites.change_bridge("mqttv311");
    alice.shows("● online");
    bob.types_line("still there?");
    alice.shows("still there?");
    alice.types_line("yes");
    bob.shows("alice  yes");
    for papo in [&mut alice, &mut bob] {
        // It may be gone from the line of notices.
        papo.opens_log().until("logs it", |screen| screen.contains("Notices ─") && screen.contains(LOST));
        papo.keys("\x1b").hides("Notices ─");
    }
    let (written, arrived) = sites.writes_during_kills((&mut alice, &mut bob), "bare");
    // A broker that is killed delivers again what it had not noted as delivered; without numbers, no one can tell.
    let arrived = arrived.map(|texts| {
        let mut seen = BTreeSet::new();
        texts.into_iter().filter(|text| seen.insert(text.clone())).collect::<Vec<_>>()
    });
    assert_eq!(arrived, [written.clone(), written]);
    let report: Value = serde_json::from_str(&sites.run(0, "alice", &["doctor", "--json"])).unwrap();
    let bridge = report["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == "bridge");
    assert_eq!(bridge.map(|finding| &finding["verdict"]), Some(&Value::from("poor")), "{report}");
    quit(alice);
    quit(bob);
}
