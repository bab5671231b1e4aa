//! Many messages that were written without a connection, and are sent all at once.

use std::time::{Duration, Instant};

use crate::{
    cluster::{Cluster, Mode},
    papo::{User, texts},
    process::{Limit, free_port, report},
};

const SECONDS: u64 = 60;
const WRITTEN: usize = 300;
/// From the start of papo with a connection until the last message has arrived.
const BAR: Duration = Duration::from_secs(3);

crate::in_both_modes! {
    burst_arrives_at_once
    burst_arrives_in_a_group
}

fn burst_arrives_at_once(mode: Mode) {
    let cluster = Cluster::start(mode, Limit::of(SECONDS));
    let mut alice = User::start(&cluster, "alice", &cluster.url(0));
    let bob = User::start(&cluster, "bob", &cluster.url(1));
    alice.opens_chat_with(&bob);
    write_without_connection(&mut alice, "bob");
    arrives(&cluster, mode, &mut alice, &[&bob]);
}

fn burst_arrives_in_a_group(mode: Mode) {
    let cluster = Cluster::start(mode, Limit::of(SECONDS));
    let mut alice = User::start(&cluster, "alice", &cluster.url(0));
    let bob = User::start(&cluster, "bob", &cluster.url(1));
    let carol = User::start(&cluster, "carol", &cluster.url(2));
    alice.founds("crew", &[&bob, &carol]);
    write_without_connection(&mut alice, "#crew");
    arrives(&cluster, mode, &mut alice, &[&bob, &carol]);
}

/// Writes all messages while nothing answers at the broker's address.
fn write_without_connection(author: &mut User, to: &str) {
    author.quit();
    author.start_again(&format!("mqtt://127.0.0.1:{}", free_port()));
    for text in texts("burst-", WRITTEN) {
        author.types(&format!("/msg {to} {text}"));
    }
}

/// Connects the author, and checks that all messages arrive once, in order and in time.
fn arrives(cluster: &Cluster, mode: Mode, author: &mut User, readers: &[&User]) {
    let limit = cluster.limit();
    limit.until("all messages wait", || author.waiting() >= WRITTEN);
    author.quit();
    let began = Instant::now();
    author.start_again(&cluster.url(0));
    for reader in readers {
        let mut count = 0;
        let is_complete = limit.allows(|| {
            count = reader.has(author.name(), "burst-").len();
            count >= WRITTEN
        });
        assert!(is_complete, "{} has {count} messages of {WRITTEN} after {:.1?}", reader.name(), began.elapsed());
    }
    let took = began.elapsed();
    for reader in readers {
        assert_eq!(reader.has(author.name(), "burst-"), texts("burst-", WRITTEN), "{} has them once", reader.name());
    }
    report(&format!("{mode:?}: {WRITTEN} messages have arrived"), took, BAR);
}
