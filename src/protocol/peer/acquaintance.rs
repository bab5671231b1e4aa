//! How well users and groups are known. Anybody can make them up, so both lists end somewhere: a full one forgets those
//! that are less known than the newcomer, and never one with which I have to do.

use std::collections::BTreeSet;

use super::Peer;
use crate::{
    domain::{ConversationId, Direction, Group, GroupName, Presence, Timestamp, User, UserId},
    protocol::{IgnoredReason, operation::Operation},
};

/// So many users are known at most.
pub(super) const MOST_USERS: usize = 100_000;
/// So many groups.
const MOST_GROUPS: usize = 20_000;
/// So many of the least known are forgotten at once where there are more: to look through all costs time.
const FORGOTTEN_AT_ONCE: usize = 1_000;

/// How well a user is known; a group is known as well as its leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Acquaintance {
    /// Others have named it.
    Named,
    /// It was heard.
    Heard,
    Online,
    /// I have a conversation or a request with it, or have blocked it.
    Contact,
}

/// How well a user is known who is no contact.
fn heard(user: &User) -> Acquaintance {
    if user.is_online() {
        Acquaintance::Online
    } else if user.is_papo || user.presence != Presence::Unknown || user.family.is_some() {
        Acquaintance::Heard
    } else {
        Acquaintance::Named
    }
}

/// In which second, of the wall time, a list was full and nothing in it was less known than this.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Crowded(Option<(u64, Acquaintance)>);

impl Crowded {
    fn at(now: Timestamp, rank: Acquaintance) -> Self {
        Self(Some((second(now), rank)))
    }

    /// Whether a search for what is less known than `rank` would find nothing.
    fn has_no_less(self, now: Timestamp, rank: Acquaintance) -> bool {
        self.0.is_some_and(|(then, least)| then == second(now) && rank <= least)
    }
}

fn second(time: Timestamp) -> u64 {
    time.as_millis() / 1000
}

/// The least known, and of them those with the earliest time: all, or as many as are forgotten at once.
fn least_known<K: Ord + Clone>(mut candidates: Vec<(Acquaintance, Timestamp, &K)>) -> Vec<K> {
    if candidates.len() > FORGOTTEN_AT_ONCE {
        candidates.select_nth_unstable(FORGOTTEN_AT_ONCE);
        candidates.truncate(FORGOTTEN_AT_ONCE);
    }
    candidates.into_iter().map(|(.., key)| key.clone()).collect()
}

/// Users.
impl Peer {
    /// Forgets those who are less known than `newcomer`, the least known first and of them whom I have seen longest ago.
    /// Whether there was anybody.
    pub(super) fn makes_room(&mut self, newcomer: &User) -> bool {
        let rank = self.acquaintance(newcomer);
        if self.crowded_users.has_no_less(self.latest, rank) {
            return false;
        }
        let all = self.users.values().filter(|user| !user.is_blocked);
        let ranked = all.map(|user| (heard(user), user.seen, &user.id)).filter(|(heard, ..)| *heard < rank);
        let less = least_known(ranked.filter(|(heard, _, id)| !self.is_contact(id, *heard)).collect());
        if less.is_empty() {
            self.crowded_users = Crowded::at(self.latest, rank);
            return false;
        }
        for id in &less {
            self.remove_user(id);
        }
        true
    }

    /// Forgets everything about a user.
    pub(super) fn remove_user(&mut self, id: &UserId) {
        self.users.remove(id);
        self.greeted.remove(id);
        self.told.remove(id);
        self.remind_anew(id);
        self.keep(Operation::RemoveUser(id.clone()));
    }

    fn acquaintance(&self, user: &User) -> Acquaintance {
        let heard = heard(user);
        if user.is_blocked || self.is_contact(&user.id, heard) { Acquaintance::Contact } else { heard }
    }

    /// Who is in a group with me and was never heard is but a name: a leader could name anybody.
    fn is_contact(&self, user: &UserId, heard: Acquaintance) -> bool {
        let is_close = |id: &ConversationId| matches!(id, ConversationId::Session(_)) || heard > Acquaintance::Named;
        self.requests.with(user).next().is_some()
            || self.progress.iter().any(|(id, with)| is_close(id) && with.contains_key(user))
    }
}

/// Groups.
impl Peer {
    /// Whether the list takes in a group with which I have nothing to do.
    pub(super) fn has_room_for_group(&mut self, group: &Group) -> bool {
        let has_room = self.groups.len() < MOST_GROUPS || self.forgets_groups(group);
        if !has_room {
            self.suspect(IgnoredReason::GroupListFull(group.name.clone()));
        }
        has_room
    }

    /// As with users; of groups that are known alike the oldest go first.
    fn forgets_groups(&mut self, newcomer: &Group) -> bool {
        let rank = self.group_acquaintance(newcomer);
        if self.crowded_groups.has_no_less(self.latest, rank) {
            return false;
        }
        let mine = self.groups_of_mine();
        let all = self.groups.values().filter(|group| !group.includes(&self.me) && !mine.contains(&group.name));
        let ranked = all.map(|group| (self.group_acquaintance(group), group.born, &group.name));
        let less = least_known(ranked.filter(|(known, ..)| *known < rank).collect());
        if less.is_empty() {
            self.crowded_groups = Crowded::at(self.latest, rank);
            return false;
        }
        for name in less {
            self.groups.remove(&name);
            self.keep(Operation::RemoveGroup(name));
        }
        true
    }

    fn group_acquaintance(&self, group: &Group) -> Acquaintance {
        let leader = group.leader.as_ref().and_then(|leader| self.users.get(leader));
        leader.map_or(Acquaintance::Named, |leader| self.acquaintance(leader))
    }

    /// Groups in which I am or was, that I have asked to be let into, or to which an invitation waits.
    fn groups_of_mine(&self) -> BTreeSet<&GroupName> {
        let talks = self.conversations.keys().filter_map(|id| match id {
            ConversationId::Group(name) => Some(name),
            ConversationId::Session(_) => None,
        });
        let asked = self.requests.iter().filter(|it| it.is_pending() || it.direction == Direction::Outgoing);
        talks.chain(asked.filter_map(|request| request.kind.group())).collect()
    }
}
