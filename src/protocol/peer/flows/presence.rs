//! Other users come online and go offline: what papo resends to them, and who is removed from the list.

use std::collections::BTreeMap;

use super::super::{
    Peer,
    acquaintance::Ties,
    context::Context,
    repetitions::Repetition,
    sightings::{Arrival, PresenceAnnouncement},
};
use crate::{
    domain::{ConversationId, DeliveryProgress, DeviceHash, UserId},
    protocol::{Event, IgnoredReason, Inbound, Notice, Properties, Topic},
};

/// Presence.
impl Peer {
    /// Handles a presence announcement.
    pub(super) fn presence(
        &mut self,
        topic: &Topic,
        (user, online): (&UserId, bool),
        inbound: &Inbound,
        properties: &Properties,
    ) {
        if user == self.egress.me() {
            return self.own_presence(online, inbound.retained, properties);
        }
        let now = self.egress.now();
        let announcement = PresenceAnnouncement::new(now, online, (topic, inbound), properties);
        // Of others I may have missed that they set back their clock.
        if self.directory.follows(user) && self.roster.is_outdated(now, user, &announcement) {
            return self.egress.ignore(IgnoredReason::OutdatedPresence(user.clone()));
        }
        if self.roster.renew(now, user, &announcement) {
            return;
        }
        let known_since = self.roster.get(user).and_then(|known| known.since);
        let is_new = announcement.announced_at.is_none() || known_since != announcement.announced_at;
        self.upsert_user(user, |known| announcement.apply(now, known));
        if self.roster.get(user).is_none() {
            return;
        }
        self.roster.set_words(user, properties.words);
        if online {
            return self.came_online(user, &announcement, properties);
        }
        self.roster.went_offline(now, user, &announcement);
        self.left(user);
        // They may have been online while I was not, when the broker did not have my messages.
        if announcement.is_retained && is_new && self.roster.note_offline(user, properties.ts) {
            self.resend_everything(user);
        }
    }

    /// A user has gone offline, or their announcement has expired: nothing more is expected of them.
    pub(super) fn left(&mut self, user: &UserId) {
        self.reminders.forget(user);
        self.typing.user_left(user, &mut self.egress);
    }

    /// A user has announced `online`. If I had not seen them go offline, they may have restarted and lost what was only
    /// in memory.
    fn came_online(&mut self, user: &UserId, announcement: &PresenceAnnouncement, properties: &Properties) {
        let now = self.egress.now();
        let arrival = self.roster.came_online(now, user, announcement);
        self.reminders.forget(user);
        self.report_all_to(user);
        self.tell_arrival(user);
        if !self.repetitions.allow(now, Repetition::Greeting(user.clone())) {
            // Anybody may come and go many times a second. What I owe them is resent by the timer.
            return self.reminders.expect_answer(now, user, &self.roster);
        }
        self.gaps.restart_of(now, user);
        // With `kept`, the broker has queued my publications for them. Resending at once would only load a slow broker,
        // and plain clients would show the messages twice. But the retained announcement of a user whom I had not seen
        // online may be older than my publications.
        let is_kept = properties.kept && (arrival == Arrival::Again || !announcement.is_retained);
        if !is_kept {
            self.resend_everything(user);
        }
        if self.roster.gives_receipts(user) {
            let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
            self.resends.resend_last_unread(user, context, &mut self.egress);
        }
        // They were offline when I asked them for the record.
        for name in self.groups.unshown_of(user) {
            self.ask_for_record(&name);
        }
        self.reminders.expect_answer(now, user, &self.roster);
        self.ask_about_sessions(user, properties.device.as_deref());
    }

    /// Sends a `RESEND` for our sessions if `user` now uses a device that I have not seen in them: that device may not
    /// know the sessions.
    fn ask_about_sessions(&mut self, user: &UserId, device: Option<&str>) {
        let Some(hash) = device.map(DeviceHash::of) else { return };
        let is_other_store = |progress: &DeliveryProgress| {
            progress.store.is_some_and(|store| store != hash)
                && progress.former.iter().flatten().all(|(former, _)| *former != hash)
        };
        let may_be_unknown =
            |id: &ConversationId| self.conversations.progress_with(id, user).as_ref().is_some_and(is_other_store);
        let sessions = self.conversations.open_sessions().map(|session| ConversationId::Session(session.clone()));
        for id in sessions.filter(may_be_unknown).collect::<Vec<_>>() {
            self.ask_for_rest(&id, user);
        }
    }

    /// Handles my own presence. If it is retained, it shows whether I was online on another device, or with a newer
    /// copy of this store.
    fn own_presence(&mut self, online: bool, retained: bool, properties: &Properties) {
        if retained {
            let device = properties.device.as_ref();
            if device.is_some_and(|device| *device != self.egress.identity().device) {
                self.catch_up();
            }
            if let Some(ts) = properties.ts {
                self.attendance.compare_presence(ts);
            }
        }
        // A bridge that connects returns what the broker retains.
        let has_lost_properties = online && !properties.is_papo && self.link.has_announced();
        if has_lost_properties && self.roster.takes_first_loss() {
            self.egress.notify(Notice::PropertiesLost(self.egress.me().clone()));
        }
        self.link.own_presence(online, retained, properties, &mut self.egress);
    }

    /// Requests the messages that were delivered to another device of mine instead of this one.
    fn catch_up(&mut self) {
        let context = self.context();
        let open =
            self.conversations.iter().filter(|known| known.phase.is_open() && context.counts_receipts(&known.id));
        let missed = open.flat_map(|conversation| {
            let authors = self.conversations.progress(&conversation.id);
            let authors = authors.filter(|(user, it)| self.roster.is_papo(user) && it.received.is_some());
            authors.map(|(user, _)| (conversation.id.clone(), user.clone()))
        });
        for (id, author) in missed.collect::<Vec<_>>() {
            self.ask_for_rest(&id, &author);
        }
    }

    /// `user` has published something that is not retained. So they are online, even if their announcement was dropped,
    /// and retransmissions may arrive now. If the publication was queued and they are offline by now, a few
    /// retransmissions are wasted.
    pub(super) fn note_activity(&mut self, user: &UserId) {
        let now = self.egress.now();
        if !self.roster.is_papo(user) {
            return;
        }
        if self.roster.note_activity(now, user) {
            self.reminders.expect_answer(now, user, &self.roster);
            self.report_all_to(user);
        }
        self.reminders.retry(now, user);
    }
}

/// Retransmissions.
impl Peer {
    /// Repeats everything that `user` may have missed.
    fn resend_everything(&mut self, user: &UserId) {
        self.repeat_all_requests(user);
        self.resend_unacknowledged(user);
    }

    /// Repeats everything that `user` has not answered.
    fn repeat_all_requests(&mut self, user: &UserId) {
        self.repeat_requests(user);
        self.repeat_acceptances(user);
        self.repeat_leaves(user);
    }

    /// Resends what `user`, whose timer has expired, has not answered or acknowledged.
    pub(super) fn remind(&mut self, user: &UserId) {
        let owed: BTreeMap<ConversationId, u64> = self.context().unacknowledged(user).into_iter().collect();
        let ties = Ties { requests: &self.requests, conversations: &self.conversations };
        let has_requests = self.requests.waiting_for(user).next().is_some()
            || self.roster.is_papo(user) && ties.unconfirmed_acceptances(user, self.egress.me()).next().is_some()
            || !self.groups.unrecorded_leaves(user, self.egress.me(), ties).is_empty();
        let overdue = self.reminders.check(self.egress.now(), user, owed, has_requests);
        if overdue.requests {
            self.repeat_all_requests(user);
        }
        for id in overdue.stuck {
            self.resend_to(&id, user);
        }
    }
}

/// Clearing of presence.
impl Peer {
    /// A client has cleared the retained presence of `user`. If it is mine, I announce myself again.
    pub(super) fn presence_cleared(&mut self, user: &UserId) {
        if user == self.egress.me() {
            self.link.cleared(&mut self.egress);
        } else {
            self.unlist(user);
        }
    }

    /// The broker has cleared the presence of `user`, as I requested, and may not deliver that back. A user who has
    /// come online in the meantime stays in the list.
    pub(super) fn forgotten(&mut self, user: UserId) {
        if self.roster.get(&user).is_some_and(|known| !known.is_online()) {
            self.unlist(&user);
        }
        self.egress.emit(Event::Forgotten(user));
    }

    /// Removes a user from the list. If I have something to do with them, they stay and their presence becomes unknown.
    fn unlist(&mut self, user: &UserId) {
        let Some(known) = self.roster.get(user) else { return };
        if known.is_blocked || self.has_ties(user) {
            self.roster.forget_presence(user, &mut self.egress);
        } else {
            self.roster.remove(user, &mut self.egress);
        }
        self.left(user);
    }

    /// Whether I have a request or a conversation with `user`, share a group with them, or know a group that they lead.
    /// Without its leader in the list, papo would judge the records of that group differently.
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
