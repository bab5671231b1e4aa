//! Where users have logged in from before.

use std::collections::{HashMap, VecDeque};

use super::slots::Source;
use crate::domain::UserId;

/// The addresses that are remembered of one user.
const SOURCES: usize = 8;

/// The addresses from which each user has logged in last. They are forgotten when the broker ends.
#[derive(Debug, Default)]
pub struct Regulars(HashMap<UserId, VecDeque<Source>>);

impl Regulars {
    /// Whether `user` has logged in from there before.
    pub fn contains(&self, user: &UserId, source: Source) -> bool {
        self.0.get(user).is_some_and(|sources| sources.contains(&source))
    }

    /// `user` has logged in from there.
    pub fn note(&mut self, user: &UserId, source: Source) {
        let sources = self.0.entry(user.clone()).or_default();
        sources.retain(|known| *known != source);
        sources.push_back(source);
        if sources.len() > SOURCES {
            sources.pop_front();
        }
    }

    /// The user is gone, or has another password.
    pub fn forget(&mut self, user: &UserId) {
        self.0.remove(user);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn last_addresses_of_a_user_are_known() {
        let mut regulars = Regulars::default();
        let [alice, bob]: [UserId; 2] = ["alice", "bob"].map(|user| user.parse().unwrap());
        let source = |n: u8| Source::of(IpAddr::from([192, 0, 2, n]));
        for n in (0..8).chain([0, 8]) {
            regulars.note(&alice, source(n));
        }
        let known: Vec<u8> = (0..10).filter(|n| regulars.contains(&alice, source(*n))).collect();
        assert_eq!(known, [0, 2, 3, 4, 5, 6, 7, 8]);
        assert!(!regulars.contains(&bob, source(0)));
        regulars.forget(&alice);
        assert!(!regulars.contains(&alice, source(0)));
    }
}
