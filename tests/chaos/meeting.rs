//! How talkers come together, and how a run ends: until all is there, and what the stores then say.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use crate::{
    ledger::{self, Balance, Lines},
    site::Site,
    talker::{Manner, Talker, now},
};

/// How often talkers go on.
const TICK: Duration = Duration::from_millis(20);
/// So long nothing new comes before one looks back over what has gone past.
const QUIET: Duration = Duration::from_secs(3);
/// How long all may take to come once nothing disturbs it any more.
const CALM: Duration = Duration::from_secs(240);

/// Two in a session.
pub fn pair(site: &Site, manner: Manner) -> Vec<Talker> {
    let (mut alice, mut bob) = (Talker::new(site, "alice", manner), Talker::new(site, "bob", manner));
    bob.papo().shows("● alice");
    alice.papo().shows("● bob");
    alice.papo().keys("\r");
    bob.papo().shows("? alice wants to chat");
    bob.papo().keys("\x1bi").keys("a");
    bob.papo().shows("Write to alice");
    alice.papo().shows("bob accepted your request");
    alice.papo().shows("Write to bob");
    vec![alice, bob]
}

/// Five in a group that alice leads; each knows all others.
pub fn group(site: &Site, manner: Manner) -> Vec<Talker> {
    let mut talkers: Vec<_> =
        ["alice", "bob", "carol", "dave", "erin"].map(|name| Talker::new(site, name, manner)).into();
    let (alice, guests) = talkers.split_first_mut().expect("there are five");
    for guest in guests.iter() {
        alice.papo().shows(&format!("● {}", guest.name));
    }
    alice.papo().keys("\x1bg").keys("n").line("devs");
    alice.papo().shows("#devs ★alice");
    for guest in guests {
        guest.papo().shows("#devs");
        let name = guest.name;
        alice.papo().brings_in("alice", guest.papo(), name);
        guest.papo().shows("Write to #devs");
    }
    for talker in &mut talkers {
        let papo = talker.papo();
        papo.keys("\x1bg").keys("m").shows("leads");
        papo.until("knows all members", |screen| ["bob", "carol", "dave", "erin"].iter().all(|n| screen.contains(n)));
        // An escape that the next key follows at once would be read as Alt.
        papo.keys("\x1b").hides("leads");
    }
    talkers
}

/// Has all talkers go on once, and gives others the time to.
pub fn tick(talkers: &mut [Talker]) {
    talkers.iter_mut().for_each(Talker::tick);
    thread::sleep(TICK);
}

/// Waits until all have everything, as far as their screens say. Where that takes too long it gives `false`, and prints
/// what each one still waits for, with the screen.
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

/// Pages up. The last line of one author may have gone past unseen among those of others: hundreds of theirs where they
/// were sent again together.
fn look_back(talker: &mut Talker, pages: u32) {
    if talker.is_away() {
        return;
    }
    for _ in 0..pages {
        talker.papo().keys("\x1b[5~");
        // Nothing tells a page that has been drawn from one that has not; a later look sees what this one missed.
        let until: Instant = now() + 10 * TICK;
        while now() < until {
            talker.tick();
            thread::sleep(TICK);
        }
    }
    talker.papo().keys("\x1b[1;5F");
}

/// Has all leave, and compares their stores.
pub fn balance(talkers: &mut [Talker]) -> Balance {
    for (talker, by_key) in talkers.iter_mut().zip([true, false].into_iter().cycle()) {
        talker.quit(by_key);
    }
    let stores: BTreeMap<String, Lines> =
        talkers.iter().map(|talker| (talker.name.to_owned(), ledger::read(&talker.store(), talker.name))).collect();
    let typed = talkers.iter().map(|talker| (talker.name.to_owned(), talker.script())).collect();
    Balance::of(&stores, &typed)
}
