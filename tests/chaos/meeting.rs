//! The start of a run, until the talkers share a chat, and its end, when everything has arrived and the stores are
//! compared.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use crate::{
    ledger::{self, Balance, Lines},
    site::Site,
    talker::{Talker, TalkerOptions, now},
};

/// The interval between the steps of a talker.
const TICK: Duration = Duration::from_millis(20);
/// After this time without anything new, talkers scroll back to look for lines that went past unseen.
const QUIET: Duration = Duration::from_secs(3);
/// How long everything may take to arrive once the disturbances are over.
const CALM: Duration = Duration::from_secs(240);

/// Two talkers in a session.
pub fn pair(site: &Site, options: TalkerOptions) -> Vec<Talker> {
    let (mut alice, mut bob) = (Talker::new(site, "alice", options), Talker::new(site, "bob", options));
    bob.papo().shows("● alice");
    alice.papo().opens_chat("alice", bob.papo(), "bob");
    alice.papo().shows("Write to bob");
    vec![alice, bob]
}

/// Five talkers in a group that alice leads; each knows all others.
pub fn group(site: &Site, options: TalkerOptions) -> Vec<Talker> {
    let mut talkers: Vec<_> =
        ["alice", "bob", "carol", "dave", "erin"].map(|name| Talker::new(site, name, options)).into();
    let (alice, guests) = talkers.split_first_mut().expect("there are five");
    for guest in guests.iter() {
        alice.papo().shows(&format!("● {}", guest.name));
    }
    alice.papo().makes_group("devs");
    for guest in guests {
        guest.papo().shows("#devs");
        alice.papo().invites(guest.name, "devs");
        guest.papo().accepts("alice").shows("Write to #devs");
    }
    for talker in &mut talkers {
        let papo = talker.papo();
        papo.opens_members()
            .until("knows all members", |screen| ["bob", "carol", "dave", "erin"].iter().all(|n| screen.contains(n)));
        // Esc with a key right after it would be read as Alt.
        papo.keys("\x1b").hides("leads");
    }
    talkers
}

/// Has all talkers go on once. The pause is their pace: they type so many lines in so much time.
pub fn tick(talkers: &mut [Talker]) {
    talkers.iter_mut().for_each(Talker::tick);
    thread::sleep(TICK);
}

/// Waits until all have everything, as far as their screens show. If that takes too long, returns `false`, and prints
/// what each one is waiting for, with its screen.
pub fn settle(talkers: &mut [Talker]) -> bool {
    let goals: BTreeMap<char, u32> = talkers.iter().map(Talker::goal).collect();
    let since = now();
    let (mut looked, mut pages) = (now(), 4);
    while since.elapsed() < CALM {
        tick(talkers);
        if talkers.iter().all(|talker| talker.has_all_of(&goals)) {
            return true;
        }
        let moved = talkers.iter().map(Talker::moved).max().unwrap_or(since);
        if moved.max(looked).elapsed() > QUIET {
            talkers.iter_mut().filter(|talker| !talker.has_all_of(&goals)).for_each(|talker| look_back(talker, pages));
            (looked, pages) = (now(), 2 * pages);
        }
    }
    talkers.iter_mut().filter_map(|talker| talker.waits_for(&goals)).for_each(|waits| println!("{waits}"));
    false
}

/// Pages up. The last line of an author may have gone past unseen among hundreds of resent lines of others.
fn look_back(talker: &mut Talker, pages: u32) {
    if talker.is_away() {
        return;
    }
    for _ in 0..pages {
        talker.papo().keys("\x1b[5~");
        // A fixed time, as nothing tells a page that has been drawn from one that has not; a later look sees what this
        // one missed.
        let until: Instant = now() + 10 * TICK;
        while now() < until {
            talker.tick();
            thread::sleep(TICK);
        }
    }
    talker.papo().keys("\x1b[1;5F");
}

/// Quits all, and compares their stores.
pub fn balance(talkers: &mut [Talker]) -> Balance {
    for (talker, by_key) in talkers.iter_mut().zip([true, false].into_iter().cycle()) {
        talker.quit(by_key);
    }
    let stores: BTreeMap<String, Lines> =
        talkers.iter().map(|talker| (talker.name.to_owned(), ledger::read(&talker.store(), talker.name))).collect();
    let typed = talkers.iter().map(|talker| (talker.name.to_owned(), talker.script())).collect();
    Balance::of(&stores, &typed)
}
