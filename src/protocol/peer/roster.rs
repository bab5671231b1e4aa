//! Other users: what is known of them, and who is here.
//!
//! Invariant: I am not among them, and there are at most [`MOST_USERS`].

use std::{collections::BTreeMap, time::Duration};

use super::{
    acquaintance::{Crowded, Ties, heard, least_known},
    egress::Egress,
};
use crate::{
    domain::{ControlTopic, Now, Presence, Timestamp, User, UserId},
    protocol::{IgnoredReason, Operation, Properties},
};

/// So many users are known at most.
const MOST_USERS: usize = 100_000;
/// How often it is noted that a user writes.
const SEEN_EVERY: Duration = Duration::from_secs(3600);

#[derive(Debug, Default)]
pub(super) struct Roster {
    users: BTreeMap<UserId, User>,
    crowded: Crowded,
    /// Users seen online on this connection, or before it and not gone since, with the time of their announcement on
    /// their clock: a later announcement means another start or connection. `None` where only something else came from
    /// the user.
    seen_online: BTreeMap<UserId, Option<Timestamp>>,
    /// Users who were sent again, while offline, what they may have missed; with the time of the announcement that it
    /// followed.
    notified_offline: BTreeMap<UserId, Option<Timestamp>>,
}

/// An announcement of presence.
#[derive(Debug, Clone, Copy)]
pub(super) struct PresenceWord {
    pub(super) is_online: bool,
    /// From the broker's memory.
    pub(super) is_retained: bool,
    /// When it was published, at most now: a clock that runs ahead must not make a user be online since tomorrow.
    pub(super) stated: Option<Timestamp>,
    pub(super) is_papo: bool,
}

/// How a user has come online.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// They were not online.
    First,
    /// They were online, and this is another start or connection.
    Again,
    /// The same announcement has come before.
    Known,
}

impl PresenceWord {
    pub(super) fn new(now: Now, is_online: bool, is_retained: bool, properties: &Properties) -> Self {
        let stated = properties.ts.map(|ts| ts.min(now.wall));
        Self { is_online, is_retained, stated, is_papo: properties.is_papo }
    }

    /// Changes what is known of the user who made it.
    pub(super) fn apply(self, now: Now, known: &mut User) {
        let presence = if self.is_online { Presence::Online } else { Presence::Offline };
        let seen = match self.stated {
            _ if self.is_online || !self.is_retained => now.wall,
            Some(stated) => stated,
            // The broker does not say when it went; I first miss it now.
            None if known.presence != Presence::Offline => now.wall,
            None => known.seen,
        };
        known.seen = known.seen.max(seen);
        if known.presence != presence {
            known.presence = presence;
            known.since = self.stated.or((!self.is_retained).then_some(now.wall));
        } else if self.stated.is_some() && self.is_online {
            known.since = self.stated;
        }
        known.is_papo |= self.is_papo;
    }
}

impl Roster {
    /// The users as the store remembers them. A user who was online when papo stopped may be gone by now; they were
    /// seen as late as I was connected.
    pub(super) fn restore(users: impl Iterator<Item = User>, last_connected: Timestamp) -> Self {
        let forget_presence = |user: User| match user.presence {
            Presence::Online => User { presence: Presence::Unknown, seen: user.seen.max(last_connected), ..user },
            _ => user,
        };
        let users = users.map(|user| (user.id.clone(), forget_presence(user))).collect();
        Self { users, ..Self::default() }
    }

    pub(super) fn users(&self) -> &BTreeMap<UserId, User> {
        &self.users
    }

    pub(super) fn get(&self, user: &UserId) -> Option<&User> {
        self.users.get(user)
    }

    pub(super) fn is_blocked(&self, user: &UserId) -> bool {
        self.get(user).is_some_and(|user| user.is_blocked)
    }

    pub(super) fn is_papo(&self, user: &UserId) -> bool {
        self.get(user).is_some_and(|user| user.is_papo)
    }

    /// On which control topic a user was last heard.
    pub(super) fn control_topic_of(&self, user: &UserId) -> Option<ControlTopic> {
        self.get(user).and_then(|user| user.control_topic)
    }

    pub(super) fn is_seen_online(&self, user: &UserId) -> bool {
        self.seen_online.contains_key(user)
    }

    pub(super) fn seen_online(&self) -> impl Iterator<Item = &UserId> {
        self.seen_online.keys()
    }
}

/// Changes.
impl Roster {
    /// Changes what is known of a user, and keeps it if that made a difference. Returns the users whom a full list
    /// forgot for it.
    pub(super) fn upsert(
        &mut self,
        id: &UserId,
        ties: Ties<'_>,
        egress: &mut Egress,
        change: impl FnOnce(&mut User),
    ) -> Vec<UserId> {
        if id == egress.me() {
            return Vec::new();
        }
        if self.users.contains_key(id) {
            self.update(id, egress, change);
            return Vec::new();
        }
        let mut user = User::new(id.clone(), egress.now().wall);
        change(&mut user);
        let mut forgotten = Vec::new();
        if self.users.len() >= MOST_USERS && !user.is_blocked {
            forgotten = self.make_room(&user, ties, egress);
            if forgotten.is_empty() {
                egress.report_suspicious(IgnoredReason::UserListFull(id.clone()));
                return forgotten;
            }
        }
        self.users.insert(id.clone(), user.clone());
        egress.persist(Operation::PutUser(user));
        forgotten
    }

    /// The same for a user who is in the list; nothing happens for others.
    pub(super) fn update(&mut self, id: &UserId, egress: &mut Egress, change: impl FnOnce(&mut User)) {
        let Some(user) = self.users.get_mut(id) else { return };
        let before = user.clone();
        change(user);
        if *user != before {
            egress.persist(Operation::PutUser(user.clone()));
        }
    }

    /// Forgets users who are less known than `newcomer`: the least known first, and of them those seen longest ago.
    fn make_room(&mut self, newcomer: &User, ties: Ties<'_>, egress: &mut Egress) -> Vec<UserId> {
        let now = egress.now();
        let rank = ties.acquaintance(newcomer);
        if self.crowded.has_no_less(now.wall, rank) {
            return Vec::new();
        }
        let all = self.users.values().filter(|user| !user.is_blocked);
        let ranked = all.map(|user| (heard(user), user.seen, &user.id)).filter(|(heard, ..)| *heard < rank);
        let less = least_known(ranked.filter(|(heard, _, id)| !ties.is_contact(id, *heard)).collect());
        if less.is_empty() {
            self.crowded = Crowded::at(now.wall, rank);
        }
        for id in &less {
            self.remove(id, egress);
        }
        less
    }

    /// Forgets everything about a user.
    pub(super) fn remove(&mut self, id: &UserId, egress: &mut Egress) {
        self.users.remove(id);
        self.forget_sightings(id);
        egress.persist(Operation::RemoveUser(id.clone()));
    }

    /// Forgets the presence of a user who stays in the list.
    pub(super) fn forget_presence(&mut self, id: &UserId, egress: &mut Egress) {
        self.forget_sightings(id);
        self.update(id, egress, |known| (known.presence, known.since) = (Presence::Unknown, None));
    }

    fn forget_sightings(&mut self, id: &UserId) {
        self.seen_online.remove(id);
        self.notified_offline.remove(id);
    }

    /// A user who writes is here, even if they never announce themselves, as with plain clients.
    pub(super) fn seen_writing(&mut self, user: &UserId, egress: &mut Egress) {
        let now = egress.now();
        let is_news = |user: &User| !user.is_online() && now.wall.since(user.seen) >= SEEN_EVERY;
        if self.get(user).is_some_and(is_news) {
            self.update(user, egress, |user| user.seen = now.wall);
        }
    }

    /// Stores of earlier versions do not know when somebody was seen.
    pub(super) fn fill_in_seen(&mut self, egress: &mut Egress) {
        for user in self.users.values_mut().filter(|user| user.seen == Timestamp::default()) {
            user.seen = egress.now().wall;
            egress.persist(Operation::PutUser(user.clone()));
        }
    }
}

/// Presence.
impl Roster {
    /// `user` is here, as it said at `ts`.
    pub(super) fn came_online(&mut self, user: &UserId, ts: Option<Timestamp>) -> Arrival {
        match self.seen_online.insert(user.clone(), ts) {
            None => Arrival::First,
            Some(before) if before == ts => Arrival::Known,
            Some(_) => Arrival::Again,
        }
    }

    pub(super) fn went_offline(&mut self, user: &UserId) {
        self.seen_online.remove(user);
    }

    /// Something came from `user` that the broker does not keep, so they are online. Whether that is news.
    pub(super) fn noticed(&mut self, user: &UserId) -> bool {
        let is_new = !self.is_seen_online(user);
        if is_new {
            self.seen_online.insert(user.clone(), None);
        }
        is_new
    }

    /// `user` is offline since `ts`. Whether this is the first time that this is seen.
    pub(super) fn notifies_offline(&mut self, user: &UserId, ts: Option<Timestamp>) -> bool {
        self.notified_offline.insert(user.clone(), ts) != Some(ts)
    }

    /// The broker has lost my session, and with it what it kept for me of others.
    pub(super) fn forget_seen_online(&mut self) {
        self.seen_online.clear();
    }
}
