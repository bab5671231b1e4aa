//! Other users: what I know about them, and who is online.
//!
//! Invariant: I am not in the list, and it has at most [`MAX_USERS`] users, apart from blocked ones.

use std::{collections::BTreeMap, time::Duration};

use super::{
    acquaintance::{FailedEviction, Ties, least_known, rank_without_ties},
    egress::Egress,
    sightings::{Arrival, PresenceAnnouncement, Sightings},
};
use crate::{
    domain::{ControlTopic, Now, Presence, Tick, Timestamp, User, UserId},
    protocol::{IgnoredReason, Operation, Words},
};

/// The maximum number of known users.
const MAX_USERS: usize = 100_000;
/// How often the store is updated while an offline user keeps publishing.
const SEEN_UPDATE_INTERVAL: Duration = Duration::from_secs(3600);

#[derive(Debug, Default)]
pub(super) struct Roster {
    users: BTreeMap<UserId, User>,
    failed_eviction: FailedEviction,
    sightings: Sightings,
    /// Whether I have been told in this run that properties of users of papo are lost.
    is_told_of_loss: bool,
    /// Offline users for whom everything unacknowledged has been resent, with the time of the `offline` announcement
    /// that caused it.
    notified_offline: BTreeMap<UserId, Option<Timestamp>>,
    /// The control words of later versions that users read, from their presence. Users without any are not listed.
    words: BTreeMap<UserId, Words>,
}

impl Roster {
    /// Restores the stored users. A user who was online when papo stopped may be offline by now, so their presence is
    /// unknown. They were last seen when I was last connected.
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

    /// Whether `user` uses papo and, as far as I know, properties pass between us. Without them my numbers do not reach
    /// `user`, so each retransmission would be another message, and no receipt would end it.
    pub(super) fn gives_receipts(&self, user: &UserId) -> bool {
        self.is_papo(user) && !self.sightings.lacks_properties(user)
    }

    /// The control topic on which a user last published; `None` if never.
    pub(super) fn control_topic_of(&self, user: &UserId) -> Option<ControlTopic> {
        self.get(user).and_then(|user| user.control_topic)
    }

    /// The control words of later versions that a user reads.
    pub(super) fn words_of(&self, user: &UserId) -> Words {
        self.words.get(user).copied().unwrap_or_default()
    }

    pub(super) fn is_seen_online(&self, user: &UserId) -> bool {
        self.sightings.is_online(user)
    }

    pub(super) fn seen_online(&self) -> impl Iterator<Item = &UserId> {
        self.sightings.online()
    }
}

/// Changes of the list.
impl Roster {
    /// Adds or changes a user, and stores the result if it differs. Returns the users who were removed to make room.
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
        if self.users.len() >= MAX_USERS && !user.is_blocked {
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

    /// Like [`Self::upsert`], but only for a user who is already in the list.
    pub(super) fn update(&mut self, id: &UserId, egress: &mut Egress, change: impl FnOnce(&mut User)) {
        let Some(user) = self.users.get_mut(id) else { return };
        let before = user.clone();
        change(user);
        if *user != before {
            egress.persist(Operation::PutUser(user.clone()));
        }
    }

    /// Removes users who are less known than `newcomer`: the least known first, and among these the ones seen longest
    /// ago. Returns the removed users.
    fn make_room(&mut self, newcomer: &User, ties: Ties<'_>, egress: &mut Egress) -> Vec<UserId> {
        let now = egress.now();
        let rank = ties.acquaintance(newcomer);
        if self.failed_eviction.still_fails(now.wall, rank) {
            return Vec::new();
        }
        let all = self.users.values().filter(|user| !user.is_blocked);
        let ranked = all.map(|user| (rank_without_ties(user), user.seen, &user.id)).filter(|(known, ..)| *known < rank);
        let less = least_known(ranked.filter(|(known, _, id)| !ties.is_contact(id, *known)).collect());
        if less.is_empty() {
            self.failed_eviction = FailedEviction::at(now.wall, rank);
        }
        for id in &less {
            self.remove(id, egress);
        }
        less
    }

    /// Removes a user from the list.
    pub(super) fn remove(&mut self, id: &UserId, egress: &mut Egress) {
        self.users.remove(id);
        self.words.remove(id);
        self.forget_sightings(id);
        egress.persist(Operation::RemoveUser(id.clone()));
    }

    /// Sets the presence of a user to unknown. The user stays in the list.
    pub(super) fn forget_presence(&mut self, id: &UserId, egress: &mut Egress) {
        self.forget_sightings(id);
        self.update(id, egress, |known| (known.presence, known.since) = (Presence::Unknown, None));
    }

    /// A user in the list has announced which control words of later versions they read.
    pub(super) fn set_words(&mut self, user: &UserId, words: Words) {
        if words == Words::default() {
            self.words.remove(user);
        } else if self.users.contains_key(user) {
            self.words.insert(user.clone(), words);
        }
    }

    fn forget_sightings(&mut self, id: &UserId) {
        self.sightings.forget(id);
        self.notified_offline.remove(id);
    }

    /// A user who publishes was online then, even if they never announce it, like many plain clients.
    pub(super) fn seen_writing(&mut self, user: &UserId, egress: &mut Egress) {
        let now = egress.now();
        let is_outdated = |user: &User| !user.is_online() && now.wall.since(user.seen) >= SEEN_UPDATE_INTERVAL;
        if self.get(user).is_some_and(is_outdated) {
            self.update(user, egress, |user| user.seen = now.wall);
        }
    }

    /// Sets the missing last-seen times of users from stores of earlier versions.
    fn fill_in_seen(&mut self, egress: &mut Egress) {
        for user in self.users.values_mut().filter(|user| user.seen == Timestamp::default()) {
            user.seen = egress.now().wall;
            egress.persist(Operation::PutUser(user.clone()));
        }
    }
}

/// Presence.
impl Roster {
    /// Whether a newer announcement of `user` is known.
    pub(super) fn is_outdated(&self, now: Now, user: &UserId, announcement: &PresenceAnnouncement) -> bool {
        self.sightings.is_outdated(now, user, announcement)
    }

    /// Whether the announcement only repeats that `user` is online. If so, it counts from now on.
    pub(super) fn renew(&mut self, now: Now, user: &UserId, announcement: &PresenceAnnouncement) -> bool {
        self.get(user).is_some_and(User::is_online) && self.sightings.renew(now, user, announcement)
    }

    /// `user` has announced that they are online.
    pub(super) fn came_online(&mut self, now: Now, user: &UserId, announcement: &PresenceAnnouncement) -> Arrival {
        self.sightings.came_online(now, user, announcement)
    }

    /// `user` has announced that they are offline.
    pub(super) fn went_offline(&mut self, now: Now, user: &UserId, announcement: &PresenceAnnouncement) {
        self.sightings.went_offline(now, user, announcement);
    }

    /// `user` has published something that is not retained, so they are online. Returns whether that was unknown.
    pub(super) fn note_activity(&mut self, now: Now, user: &UserId) -> bool {
        self.sightings.note_activity(now, user)
    }

    /// `user` has published something that is not retained and has none of papo's properties. Returns whether this is the
    /// first sign in this run that something removes them: `user` is known to use papo, and has not announced `online`
    /// with properties of late, so what has arrived is not by a script beside their papo. This is only said: anybody can
    /// leave properties out.
    pub(super) fn shows_loss(&mut self, user: &UserId) -> bool {
        let is_sign = self.is_papo(user) && !self.is_blocked(user) && self.sightings.lacks_properties(user);
        is_sign && self.takes_first_loss()
    }

    /// Whether this is the first sign in this run that something removes papo's properties.
    pub(super) fn takes_first_loss(&mut self) -> bool {
        !std::mem::replace(&mut self.is_told_of_loss, true)
    }

    /// When the next announcement expires.
    pub(super) fn due(&self) -> Option<Tick> {
        self.sightings.due()
    }

    /// Sets the presence of all users whose announcement has expired to unknown, since it was last heard. Returns these
    /// users.
    pub(super) fn expire(&mut self, egress: &mut Egress) -> Vec<UserId> {
        let expired = self.sightings.take_expired(egress.now());
        for (user, heard) in &expired {
            self.update(user, egress, |known| {
                (known.presence, known.since, known.seen) = (Presence::Unknown, Some(*heard), known.seen.max(*heard));
            });
        }
        expired.into_iter().map(|(user, _)| user).collect()
    }

    /// The announcements of users who are not `followed` expire at `due`, if not before.
    pub(super) fn limit_presence(&mut self, due: Tick, is_followed: impl Fn(&UserId) -> bool) {
        self.sightings.limit(due, is_followed);
    }

    /// `user` has announced, at `ts` on their clock, that they are offline. Returns whether this announcement is new.
    pub(super) fn note_offline(&mut self, user: &UserId, ts: Option<Timestamp>) -> bool {
        self.notified_offline.insert(user.clone(), ts) != Some(ts)
    }

    /// A new connection. Without my session, it is unknown who has restarted in the meantime.
    pub(super) fn connected(&mut self, session_present: bool, egress: &mut Egress) {
        self.fill_in_seen(egress);
        self.sightings.connected(egress.now());
        if !session_present {
            self.sightings.session_lost();
        }
    }
}
