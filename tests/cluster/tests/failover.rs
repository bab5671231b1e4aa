//! What users and the others see when their node is killed.

use std::time::Duration;

use crate::{
    cluster::{Cluster, Mode},
    papo::User,
    process::{Limit, report},
};

const SECONDS: u64 = 90;

crate::in_both_modes! {
    papo_goes_to_another_node
    user_of_a_dead_node_becomes_unknown
}

fn papo_goes_to_another_node(mode: Mode) {
    let bar = Duration::from_secs(if mode == Mode::Raft { 10 } else { 3 });
    let limit = Limit::of(SECONDS);
    let mut cluster = Cluster::start(mode, limit);
    let urls = [0, 1, 2].map(|node| cluster.url(node));
    let alice = User::start(&cluster, "alice", &urls.join(" "));
    limit.until("alice is online", || alice.is_online());
    let broker = alice.broker().expect("papo runs");
    let node = urls.iter().position(|url| *url == broker).expect("papo names the broker that it is connected to");
    cluster.kill(node);
    let is_elsewhere = || alice.is_online() && alice.broker().is_some_and(|now| now != broker);
    let took = limit.until("alice is online elsewhere", is_elsewhere);
    report(&format!("{mode:?}: online at another node"), took, bar);
}

/// The last wills of its users die with a node. So what it retains as `online` has to expire.
fn user_of_a_dead_node_becomes_unknown(mode: Mode) {
    let bar = Duration::from_secs(20);
    let limit = Limit::of(SECONDS);
    let mut cluster = Cluster::start(mode, limit);
    let [alice, bob] = [("alice", 0), ("bob", 1)]
        .map(|(name, node)| User::start_with(&cluster, name, &cluster.url(node), "presence_expiry_seconds = 6\n"));
    limit.until("both are online", || alice.is_online() && bob.is_online());
    limit.until("alice sees bob", || alice.sees("bob", "online"));
    cluster.kill(1);
    let took = limit.until("alice does not see bob any more", || alice.sees("bob", "unknown"));
    report(&format!("{mode:?}: unknown"), took, bar);
    assert!(!bob.is_online());
}
