//! The first and the last phases of a run. First the talkers open a chat or form a group. At the end they wait until
//! all messages have arrived, and their stores are compared.

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
/// After this time without progress, talkers scroll back to look for lines that they have missed.
const STALL: Duration = Duration::from_secs(3);
/// How long everything may take to arrive after the last fault.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(240);

/// Starts two talkers with an open session.
pub fn pair(site: &Site, options: TalkerOptions) -> Vec<Talker> {
    let (mut alice, mut bob) = (Talker::new(site, "alice", options), Talker::new(site, "bob", options));
    bob.papo().shows("● alice");
    alice.papo().opens_chat("alice", bob.papo(), "bob");
    alice.papo().shows("Write to bob");
    vec![alice, bob]
}

/// Starts five talkers in a group that alice leads. Returns when each of them knows all members.
pub fn group(site: &Site, options: TalkerOptions) -> Vec<Talker> {
    let mut talkers: Vec<_> =
        ["alice", "bob", "carol", "dave", "erin"].map(|name| Talker::new(site, name, options)).into();
    let (alice, others) = talkers.split_first_mut().expect("there are five");
    for other in others.iter() {
        alice.papo().shows(&format!("● {}", other.name));
    }
    alice.papo().makes_group("devs");
    for other in others {
        other.papo().shows("#devs");
        alice.papo().invites(other.name, "devs");
        other.papo().accepts("alice").sees("Write to #devs");
    }
    for talker in &mut talkers {
        let papo = talker.papo();
        papo.opens_members()
            .until("knows all members", |screen| ["bob", "carol", "dave", "erin"].iter().all(|n| screen.contains(n)));
        // Wait after Esc, because papo would read Esc followed by a key as Alt and that key.
        papo.keys("\x1b").hides("leads");
    }
    talkers
}

/// Lets each talker do one step, then sleeps.
pub fn tick(talkers: &mut [Talker]) {
    talkers.iter_mut().for_each(Talker::tick);
    thread::sleep(TICK);
}

/// Waits until every talker's screen has shown the last line of every author; returns `true`. On timeout, prints which
/// lines each talker is missing, with its screen, and returns `false`.
pub fn settle(talkers: &mut [Talker]) -> bool {
    let goals: BTreeMap<char, u32> = talkers.iter().map(Talker::goal).collect();
    let start = now();
    let (mut scrolled_back, mut pages) = (now(), 4);
    while start.elapsed() < SETTLE_TIMEOUT {
        tick(talkers);
        if talkers.iter().all(|talker| talker.has_received_all(&goals)) {
            return true;
        }
        let progress = talkers.iter().map(Talker::last_progress).max().unwrap_or(start);
        if progress.max(scrolled_back).elapsed() > STALL {
            talkers
                .iter_mut()
                .filter(|talker| !talker.has_received_all(&goals))
                .for_each(|talker| scroll_back(talker, pages));
            // If that does not help, the missing lines are further up: next time, scroll twice as far.
            (scrolled_back, pages) = (now(), 2 * pages);
        }
    }
    talkers.iter_mut().filter_map(|talker| talker.report_missing(&goals)).for_each(|report| println!("{report}"));
    false
}

/// Pages up, then returns to the end of the chat. The screen may never have shown the last line of an author, if
/// hundreds of resent lines of others followed it at once.
fn scroll_back(talker: &mut Talker, pages: u32) {
    if talker.is_away() {
        return;
    }
    for _ in 0..pages {
        talker.papo().keys("\x1b[5~");
        // A fixed time, because nothing on the screen shows that the page has been drawn. If the page was drawn too
        // late, the talker reads it when it scrolls back again.
        let until: Instant = now() + 10 * TICK;
        while now() < until {
            talker.tick();
            thread::sleep(TICK);
        }
    }
    talker.papo().keys("\x1b[1;5F");
}

/// Quits all papos, and compares the stores with the typed lines.
pub fn balance(talkers: &mut [Talker]) -> Balance {
    // By key and by SIGTERM in turn, to test both.
    for (talker, by_key) in talkers.iter_mut().zip([true, false].into_iter().cycle()) {
        talker.quit(by_key);
    }
    let stores: BTreeMap<String, Lines> =
        talkers.iter().map(|talker| (talker.name.to_owned(), ledger::read(&talker.store(), talker.name))).collect();
    let typed = talkers.iter().map(|talker| (talker.name.to_owned(), talker.script())).collect();
    Balance::of(&stores, &typed)
}
