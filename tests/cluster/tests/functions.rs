//! What users do, with each of them at another node.

use std::{thread, time::Instant};

use crate::{
    cluster::{Cluster, Mode},
    papo::{User, texts},
    process::Limit,
};

const SECONDS: u64 = 120;
/// Messages of each member of the group.
const SAID: usize = 20;
/// Messages to someone who is away.
const MISSED: usize = 30;

crate::in_both_modes! { users_at_different_nodes_chat }

fn users_at_different_nodes_chat(mode: Mode) {
    let limit = Limit::of(SECONDS);
    let cluster = Cluster::start(mode, limit);
    let user = |name, node| User::start(&cluster, name, &cluster.url(node));
    let alice = user("alice", 0);
    let mut bob = user("bob", 1);
    let (carol, dave, erin) = (user("carol", 2), user("dave", 0), user("erin", 1));
    all_see_each_other(&[&alice, &bob, &carol, &dave, &erin], limit);
    alice.opens_chat_with(&bob);
    each_message_is_delivered(&alice, &bob);
    alice.founds("crew", &[&bob, &carol, &dave, &erin]);
    members_write_at_once(&[&alice, &bob, &carol, &dave, &erin], limit);

    bob.quit();
    limit.until("carol sees bob leave", || carol.sees("bob", "offline"));
    let missed = texts("missed-", MISSED);
    for text in &missed {
        alice.does(&["send", "bob", text]);
    }
    let began = Instant::now();
    bob.start_again(&cluster.url(2));
    limit.until("bob has what he missed", || bob.has("alice", "missed-").len() == MISSED);
    println!("{mode:?}: what was missed has arrived at another node after {:.1?}", began.elapsed());
    assert_eq!(bob.has("alice", "missed-"), missed);
}

fn all_see_each_other(users: &[&User], limit: Limit) {
    for user in users {
        for other in users.iter().filter(|other| other.name() != user.name()) {
            let what = format!("{} sees {}", user.name(), other.name());
            limit.until(&what, || user.sees(other.name(), "online"));
        }
    }
}

fn each_message_is_delivered(from: &User, to: &User) {
    let wanted = texts("one-", SAID);
    let began = Instant::now();
    for text in &wanted {
        from.does(&["send", to.name(), text, "--until", "delivered"]);
    }
    println!("one message until it is delivered: {:.3?}", began.elapsed() / u32::try_from(SAID).unwrap());
    assert_eq!(to.has(from.name(), "one-"), wanted);
}

fn members_write_at_once(members: &[&User], limit: Limit) {
    let said = |member: &User| texts(&format!("{}-", member.name()), SAID);
    thread::scope(|scope| {
        for member in members {
            scope.spawn(move || {
                for text in said(member) {
                    member.does(&["send", "#crew", &text]);
                }
            });
        }
    });
    for reader in members {
        for author in members {
            let (prefix, wanted) = (format!("{}-", author.name()), said(author));
            let what = format!("{} has what {} said", reader.name(), author.name());
            limit.until(&what, || reader.has(author.name(), &prefix).len() >= SAID);
            assert_eq!(reader.has(author.name(), &prefix), wanted, "{what}");
        }
    }
}
