//! Users write while one node after the other is killed and comes back.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use crate::{
    balancer::Balancer,
    cluster::{Cluster, Mode},
    papo::{User, texts},
    process::{Limit, report},
};

const SECONDS: u64 = 180;
/// When the nodes are killed, in seconds after the first message.
const KILLED_AT: [u64; 3] = [5, 25, 45];
const DOWN: Duration = Duration::from_secs(6);
/// Each message is written at its time in this span, or as soon as the one before it is accepted.
const WRITING: Duration = Duration::from_secs(50);
/// Messages from one user to another.
const TO_ONE: usize = 1_000;
/// Messages of each member in the group.
const TO_GROUP: usize = 250;
/// From the last message, or the return of the last node if that is later, until all have all.
const BAR: Duration = Duration::from_secs(15);

crate::in_both_modes! {
    nothing_is_lost_behind_a_balancer
    nothing_is_lost_with_a_list_of_brokers
}

fn nothing_is_lost_behind_a_balancer(mode: Mode) {
    let mut cluster = Cluster::start(mode, Limit::of(SECONDS));
    let balancer = Balancer::start(&cluster);
    nothing_is_lost(&mut cluster, mode, &balancer.url());
}

fn nothing_is_lost_with_a_list_of_brokers(mode: Mode) {
    let mut cluster = Cluster::start(mode, Limit::of(SECONDS));
    let brokers = [0, 1, 2].map(|node| cluster.url(node)).join(" ");
    nothing_is_lost(&mut cluster, mode, &brokers);
}

/// What one user wrote in one conversation.
struct Written<'a> {
    author: &'a User,
    readers: Vec<&'a User>,
    prefix: String,
    /// How many commands ended with which exit code.
    codes: BTreeMap<i32, usize>,
    /// The texts that papo has taken, which have to arrive.
    taken: Vec<String>,
}

impl Written<'_> {
    /// Who lacks how many of the messages.
    fn lacking(&self) -> Vec<String> {
        let has = |reader: &User| reader.has(self.author.name(), &self.prefix).len();
        let lack = |reader: &&User| (reader.name(), self.taken.len().saturating_sub(has(reader)));
        let lacks = self.readers.iter().map(lack).filter(|(_, count)| *count > 0);
        lacks.map(|(name, count)| format!("{name} lacks {count} of {}", self.prefix)).collect()
    }
}

fn nothing_is_lost(cluster: &mut Cluster, mode: Mode, brokers: &str) {
    let limit = cluster.limit();
    let users = ["alice", "bob", "carol", "dave", "erin"].map(|name| User::start(cluster, name, brokers));
    let [alice, bob, others @ ..] = &users;
    alice.opens_chat_with(bob);
    alice.founds("crew", &[bob, &others[0], &others[1], &others[2]]);

    let mut talks = vec![(alice, vec![bob], "bob", TO_ONE), (bob, vec![alice], "alice", TO_ONE)];
    for member in &users {
        let readers = users.iter().filter(|user| user.name() != member.name()).collect();
        talks.push((member, readers, "#crew", TO_GROUP));
    }
    let began = Instant::now();
    let written: Vec<Written> = thread::scope(|scope| {
        let write = |(author, readers, to, count)| scope.spawn(move || write(author, readers, to, count, began));
        let writers: Vec<_> = talks.into_iter().map(write).collect();
        for (node, second) in KILLED_AT.into_iter().enumerate() {
            thread::sleep((began + Duration::from_secs(second)).saturating_duration_since(Instant::now()));
            cluster.kill(node);
            thread::sleep(DOWN);
            cluster.start_node(node);
            println!("{mode:?}: node {node} answers after {:.1?}", cluster.await_answer(node));
        }
        writers.into_iter().map(|writer| writer.join().expect("papo runs")).collect()
    });

    println!("{mode:?}: everything is written after {:.1?}", began.elapsed());
    for Written { prefix, codes, .. } in &written {
        println!("{mode:?}: {prefix} exit codes and how often: {codes:?}");
    }
    let began = Instant::now();
    let mut lacking = Vec::new();
    let is_complete = limit.allows(|| {
        lacking = written.iter().flat_map(Written::lacking).collect();
        lacking.is_empty()
    });
    assert!(is_complete, "{:.1?} after the last message: {lacking:#?}", began.elapsed());
    let took = began.elapsed();
    for Written { author, readers, prefix, codes, taken } in &written {
        for reader in readers {
            assert_eq!(&reader.has(author.name(), prefix), taken, "{} has each once, in order", reader.name());
        }
        assert!(codes.keys().all(|code| [0, 4].contains(code)), "{prefix}: {codes:?}");
    }
    report(&format!("{mode:?}: complete"), took, BAR);
}

/// Writes messages with `papo send`, one after the other, each at its time.
fn write<'a>(author: &'a User, readers: Vec<&'a User>, to: &str, count: usize, began: Instant) -> Written<'a> {
    let prefix = format!("{}-{to}-", author.name());
    let (mut codes, mut taken) = (BTreeMap::new(), Vec::new());
    let pause = WRITING / u32::try_from(count).unwrap();
    for (text, number) in texts(&prefix, count).into_iter().zip(0..) {
        thread::sleep((began + pause * number).saturating_duration_since(Instant::now()));
        let code = author.run(&["send", to, &text, "--timeout", "1"]).status.code().expect("nothing kills papo");
        *codes.entry(code).or_default() += 1;
        // Accepted, or not accepted in time and sent later.
        if code == 0 || code == 4 {
            taken.push(text);
        }
    }
    Written { author, readers, prefix, codes, taken }
}
