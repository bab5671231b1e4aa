//! How long papo is offline when its node is killed, with a list of brokers.

use std::time::Duration;

use crate::{
    cluster::{Cluster, Mode},
    papo::User,
    process::Limit,
};

const SECONDS: u64 = 60;

crate::in_both_modes! {
    papo_goes_to_another_node
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
    println!("{mode:?}: online at another node after {took:.1?}");
    assert!(took <= bar, "{took:.1?}");
}
