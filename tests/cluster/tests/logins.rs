//! The access rules of `docker/cluster/`.

use std::process::{Command, Stdio};

use crate::{
    balancer::Balancer,
    cluster::{Cluster, Mode},
    papo::User,
    process::Limit,
};

const SECONDS: u64 = 60;

/// In this mode only: a node in raft mode asks for the login before it finds that it has no quorum, so that haproxy would
/// take it for one that works.
#[test]
fn login_is_one_id() {
    let cluster = Cluster::with_logins(Mode::Broadcast, Limit::of(SECONDS), &["alice", "bob"]);
    let balancer = Balancer::start(&cluster);
    let [alice, mut bob] = ["alice", "bob"].map(|name| User::start(&cluster, name, &balancer.url()));
    alice.opens_chat_with(&bob);
    let is_let_in = |login: &[&str]| {
        let port = cluster.port(0).to_string();
        let mut client = Command::new("mosquitto_pub");
        client.args(["-V", "mqttv5", "-h", "127.0.0.1", "-p", &port, "-t", "test", "-n"]).args(login);
        client.stderr(Stdio::null()).status().unwrap().success()
    };
    assert!(!is_let_in(&[]), "without a login");
    assert!(!is_let_in(&["-i", "carol", "-u", "carol", "-P", "carol"]), "unknown user");
    assert!(!is_let_in(&["-i", "alice", "-u", "alice", "-P", "bob"]), "wrong password");
    assert!(!is_let_in(&["-i", "alice", "-u", "bob", "-P", "bob"]), "client ID of another");
    bob.quit();
    assert!(is_let_in(&["-i", "bob", "-u", "bob", "-P", "bob"]), "right login");
    let report = String::from_utf8(bob.run(&["doctor"]).stdout).unwrap();
    for works in ["✓ session", "✓ delivery", "✓ retained", "✓ ids"] {
        assert!(report.contains(works), "{report}");
    }
}
