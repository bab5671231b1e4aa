//! Others come and go, and what their coming sets off.

use std::collections::BTreeMap;

use super::super::{
    Peer,
    acquaintance::Ties,
    context::Context,
    roster::{Arrival, PresenceWord},
};
use crate::{
    domain::{ConversationId, DeviceHash, Progress, UserId},
    protocol::{Event, Properties},
};

/// Presence.
impl Peer {
    pub(super) fn presence(&mut self, user: &UserId, online: bool, retained: bool, properties: &Properties) {
        if user == self.egress.me() {
            return self.own_presence(online, retained, properties);
        }
        let now = self.egress.now();
        let word = PresenceWord::new(now, online, retained, properties);
        let known_since = self.roster.get(user).and_then(|known| known.since);
        let has_been_here = word.stated.is_none() || known_since != word.stated;
        self.upsert_user(user, |known| word.apply(now, known));
        if self.roster.get(user).is_none() {
            return;
        }
        if online {
            return self.came_online(user, retained, properties);
        }
        self.roster.went_offline(user);
        self.reminders.forget(user);
        // They may have been online while I was not, on a broker that did not have what I had sent.
        if retained && has_been_here && self.roster.notifies_offline(user, properties.ts) {
            self.say_all_again(user);
        }
    }

    /// A user whose absence was not seen may also have lost what was only in memory.
    fn came_online(&mut self, user: &UserId, retained: bool, properties: &Properties) {
        let now = self.egress.now();
        let arrival = self.roster.came_online(user, properties.ts);
        if arrival == Arrival::Known {
            return;
        }
        self.gaps.restart_of(now, user);
        self.reminders.forget(user);
        // With `kept`, what was sent to them waits at the broker. Sending it again at once would only hold up a slow
        // broker, and show it twice to plain members. But a retained announcement of a user I have not seen before may
        // be older than what I sent.
        let is_kept = properties.kept && (arrival == Arrival::Again || !retained);
        if !is_kept {
            self.say_all_again(user);
        }
        let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
        self.resends.ask_whether_read(user, context, &mut self.egress);
        // They were offline when I asked before.
        for name in self.groups.unshown_of(user) {
            self.ask_for_record(&name);
        }
        self.reminders.expect_answer(now, user, &self.roster);
        self.speak_of_sessions(user, properties.device.as_deref());
    }

    /// On another machine, or with a new store, `user` may not know our sessions.
    fn speak_of_sessions(&mut self, user: &UserId, device: Option<&str>) {
        let Some(hash) = device.map(DeviceHash::of) else { return };
        let is_strange = |progress: &Progress| {
            progress.store.is_some_and(|store| store != hash)
                && progress.former.iter().flatten().all(|(former, _)| *former != hash)
        };
        let is_lost = |id: &ConversationId| self.conversations.progress_with(id, user).as_ref().is_some_and(is_strange);
        let sessions = self.conversations.open_sessions().map(|session| ConversationId::Session(session.clone()));
        for id in sessions.filter(is_lost).collect::<Vec<_>>() {
            self.ask_for_rest(&id, user);
        }
    }

    /// My own presence, as the broker has it. I may have been online on another machine, or with a newer store than
    /// this one.
    fn own_presence(&mut self, online: bool, retained: bool, properties: &Properties) {
        if retained {
            let device = properties.device.as_ref();
            if device.is_some_and(|device| *device != self.egress.identity().device) {
                self.catch_up();
            }
            if let Some(ts) = properties.ts {
                self.attendance.remembered(ts);
            }
        }
        self.link.own_presence(online, retained, properties, &mut self.egress);
    }

    /// What came to another machine of mine while this one was away went past it.
    fn catch_up(&mut self) {
        let context = self.context();
        let open = self.conversations.iter().filter(|talk| talk.phase.is_open() && context.counts_receipts(&talk.id));
        let missed = open.flat_map(|talk| {
            let writers = self.conversations.progress(&talk.id);
            let writers = writers.filter(|(user, it)| self.roster.is_papo(user) && it.received.is_some());
            writers.map(|(user, _)| (talk.id.clone(), user.clone()))
        });
        for (id, writer) in missed.collect::<Vec<_>>() {
            self.ask_for_rest(&id, &writer);
        }
    }

    /// Something came from `user` that the broker does not retain. So they are online, even if their announcement was
    /// dropped, and what was sent to them in vain may arrive now. If they are not, because it had waited for me at the
    /// broker, a few retransmissions are wasted.
    pub(super) fn noticed(&mut self, user: &UserId) {
        let now = self.egress.now();
        if !self.roster.is_papo(user) {
            return;
        }
        if self.roster.noticed(user) {
            self.reminders.expect_answer(now, user, &self.roster);
        }
        self.reminders.retry(now, user);
    }
}

/// What is said again.
impl Peer {
    /// All that `user` may have missed.
    fn say_all_again(&mut self, user: &UserId) {
        self.ask_all_again(user);
        self.resend_unacknowledged(user);
    }

    /// All that `user` has not answered.
    fn ask_all_again(&mut self, user: &UserId) {
        self.ask_again(user);
        self.accept_again(user);
        self.leave_again(user);
    }

    /// Sends again what `user`, who is due, has not answered or acknowledged.
    pub(super) fn remind(&mut self, user: &UserId) {
        let owed: BTreeMap<ConversationId, u64> = self.context().unacknowledged(user).into_iter().collect();
        let ties = Ties { requests: &self.requests, conversations: &self.conversations };
        let has_asks = self.requests.asked(user).next().is_some()
            || self.roster.is_papo(user) && ties.unheard_acceptances(user, self.egress.me()).next().is_some()
            || !self.groups.unrecorded_leaves(user, self.egress.me(), ties).is_empty();
        let reminded = self.reminders.look(self.egress.now(), user, owed, has_asks);
        if reminded.asks {
            self.ask_all_again(user);
        }
        for id in reminded.stuck {
            self.resend_to(&id, user);
        }
    }
}

/// Users who are forgotten.
impl Peer {
    /// A client has cleared the presence of `user`. My own is announced again.
    pub(super) fn presence_cleared(&mut self, user: &UserId) {
        if user == self.egress.me() {
            self.link.cleared(&mut self.egress);
        } else {
            self.unlist(user);
        }
    }

    /// The broker has cleared the presence of `user`, as I wanted, and may not echo that. A user who has come online
    /// meanwhile stays listed.
    pub(super) fn forgotten(&mut self, user: UserId) {
        if self.roster.get(&user).is_some_and(|known| !known.is_online()) {
            self.unlist(&user);
        }
        self.egress.emit(Event::Forgotten(user));
    }

    /// Removes a user from the list, or makes them unknown if something else keeps them there.
    fn unlist(&mut self, user: &UserId) {
        let Some(known) = self.roster.get(user) else { return };
        if known.is_blocked || self.has_ties(user) {
            self.roster.forget_presence(user, &mut self.egress);
        } else {
            self.roster.remove(user, &mut self.egress);
        }
        self.reminders.forget(user);
    }

    /// Whether I have a request or a conversation with `user`, or share a group with them, or they lead any group: its
    /// records would be judged otherwise if they were unknown.
    fn has_ties(&self, user: &UserId) -> bool {
        let is_shared = |id: &ConversationId| match id {
            ConversationId::Session(session) => session.peer_of(self.egress.me()) == Some(user),
            ConversationId::Group(group) => self.groups.get(group).is_some_and(|record| record.includes(user)),
        };
        self.requests.with(user).next().is_some()
            || self.conversations.by_id().keys().any(is_shared)
            || self.groups.iter().any(|group| group.is_led_by(user))
    }
}

#[cfg(test)]
mod tests;
