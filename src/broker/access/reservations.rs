//! The names of groups that have ended lately, which are reserved for their last leaders.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use crate::domain::{GroupName, UserId};

/// How long a name is reserved: longer than it takes a member's client to notice that its connection is lost, so that what
/// it has written to the group does not go to another one.
pub(super) const RESERVED: Duration = Duration::from_secs(60);
/// How many names may be reserved for one user. Beyond that, the user creates no group.
const NAMES: usize = 1_000;

/// The reservations. They need not be saved: a restart ends all connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reservations {
    /// For whom, and until when.
    names: BTreeMap<GroupName, (UserId, Duration)>,
    /// Those of each user, as they were added. A name may be there several times.
    users: BTreeMap<UserId, VecDeque<(Duration, GroupName)>>,
}

impl Reservations {
    /// Whether a name is reserved for another user at the time `now`.
    pub(super) fn keep_out(&self, user: &UserId, name: &GroupName, now: Duration) -> bool {
        self.names.get(name).is_some_and(|(last, until)| last != user && *until > now)
    }

    /// Whether as many names are reserved for this user as may be.
    pub(super) fn are_full(&self, user: &UserId, now: Duration) -> bool {
        let count = |own: &VecDeque<(Duration, GroupName)>| own.iter().filter(|(until, _)| *until > now).count();
        self.users.get(user).map_or(0, count) >= NAMES
    }

    /// Reserves the name of a group that has ended for its last leader.
    pub(super) fn add(&mut self, name: GroupName, last: UserId, now: Duration) {
        self.users.retain(|_, own| {
            let over = own.iter().take_while(|(until, _)| *until <= now).count();
            for (until, name) in own.drain(..over) {
                if self.names.get(&name).is_some_and(|(_, of)| *of == until) {
                    self.names.remove(&name);
                }
            }
            !own.is_empty()
        });
        let until = now + RESERVED;
        self.users.entry(last.clone()).or_default().push_back((until, name.clone()));
        self.names.insert(name, (last, until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn names_are_reserved_for_a_minute() {
        let [alice, bob]: [UserId; 2] = ["alice", "bob"].map(|user| user.parse().unwrap());
        let [devs, ops]: [GroupName; 2] = ["devs", "ops"].map(|name| name.parse().unwrap());
        let mut reservations = Reservations::default();
        reservations.add(devs.clone(), alice.clone(), second(10));
        reservations.add(devs.clone(), alice.clone(), second(20));
        assert!(reservations.keep_out(&bob, &devs, second(79)));
        assert!(!reservations.keep_out(&alice, &devs, second(79)));
        assert!(!reservations.keep_out(&bob, &ops, second(79)));
        assert!(!reservations.keep_out(&bob, &devs, second(80)));
        reservations.add(ops, bob, second(75));
        assert!(reservations.keep_out(&"carol".parse().unwrap(), &devs, second(79)), "the later end counts");
        reservations.add(devs, alice, second(80));
        assert_eq!(reservations.users.values().map(VecDeque::len).sum::<usize>(), 2, "what is over is forgotten");
        assert_eq!(reservations.names.len(), 2);
    }

    #[test]
    fn names_of_one_user_are_bounded() {
        let [alice, bob]: [UserId; 2] = ["alice", "bob"].map(|user| user.parse().unwrap());
        let mut reservations = Reservations::default();
        for n in 0..1_000_u64 {
            assert!(!reservations.are_full(&alice, second(n / 500)));
            reservations.add(format!("group{n}").parse().unwrap(), alice.clone(), second(n / 500));
        }
        assert!(reservations.are_full(&alice, second(59)));
        assert!(!reservations.are_full(&bob, second(59)));
        assert!(!reservations.are_full(&alice, second(60)), "the first are over");
    }
}
