//! Delivery in groups that are too large for receipts to each author: members report to the leader, and the leader
//! publishes what all have. Whoever lacks something asks its author.

use super::super::{
    Peer,
    context::Context,
    receipts::ReceiptCause,
    tallies::{Number, Source},
};
use crate::{
    domain::{ConversationId, DeviceHash, Group, GroupName, UserId},
    protocol::{Content, Control, Held, IgnoredReason, Properties, Seen, Topic, TypedPublication, Words},
};

/// As a member.
impl Peer {
    /// The number of messages that I have of `writer` has changed in a large group; `writer` may be me.
    pub(super) fn report(&mut self, name: &GroupName, writer: &UserId) {
        if self.leads_large(name) {
            self.note_own(name, writer, Source::Arrival);
        } else if self.reports_to_leader(name) {
            self.reports.note(name, [writer.clone()]);
        }
    }

    /// Reports everything to the leader of a group, who may know nothing: they or I have just come online, or they have
    /// just become the leader. As the leader, I note what I have myself.
    pub(super) fn report_all(&mut self, name: &GroupName) {
        self.reports.forget(name);
        let id = ConversationId::Group(name.clone());
        let authors = self.conversations.progress(&id).filter(|(_, progress)| progress.received.is_some());
        let writers: Vec<UserId> = authors.map(|(user, _)| user.clone()).chain([self.egress.me().clone()]).collect();
        if self.leads_large(name) {
            for writer in &writers {
                self.note_own(name, writer, Source::Store);
            }
        } else if self.reports_to_leader(name) {
            self.reports.note(name, writers);
        }
    }

    /// Reports everything to `leader` in the groups that they lead.
    pub(super) fn report_all_to(&mut self, leader: &UserId) {
        let led = self.groups.iter().filter(|group| group.is_led_by(leader)).map(|group| group.name.clone());
        for name in led.collect::<Vec<_>>() {
            self.report_all(&name);
        }
    }

    /// Whether I report to the leader of a group: it is large and I am in it, and the leader is online and reads reports.
    fn reports_to_leader(&self, name: &GroupName) -> bool {
        let Some(leader) = self.groups.leader(name) else { return false };
        self.conversations.is_in_group(name)
            && !self.groups.counts_receipts(name)
            && leader != self.egress.me()
            && self.roster.is_seen_online(leader)
            && self.roster.words_of(leader).have
    }

    /// Sends the reports that are due.
    pub(super) fn send_reports(&mut self) {
        for (name, writers) in self.reports.take_due(self.egress.now()) {
            let Some(leader) = self.groups.leader(&name).filter(|_| self.reports_to_leader(&name)).cloned() else {
                continue;
            };
            let held: Vec<Held> = writers.iter().filter_map(|writer| self.held(&name, writer)).collect();
            if !held.is_empty() {
                let control_topic = self.roster.control_topic_of(&leader).unwrap_or_default();
                let report = TypedPublication::control(&leader, control_topic, Control::Have(name, held));
                self.egress.send_transient(report);
            }
        }
    }

    /// What I have of a writer's messages, or have written myself; `None` if nothing.
    fn held(&self, name: &GroupName, writer: &UserId) -> Option<Held> {
        let id = ConversationId::Group(name.clone());
        let (store, n) = if writer == self.egress.me() {
            (self.my_store(), self.conversations.get(&id)?.broker_acked)
        } else {
            let progress = self.conversations.progress_with(&id, writer)?;
            (progress.store?, progress.received?)
        };
        (n > 0).then(|| Held { writer: writer.clone(), store, n })
    }

    fn my_store(&self) -> DeviceHash {
        DeviceHash::of(&self.egress.identity().device)
    }

    /// The leader says what the members have.
    pub(super) fn seen(&mut self, name: &GroupName, leader: &UserId, seen: &[Seen]) {
        let id = ConversationId::Group(name.clone());
        let is_expected = self.conversations.is_in_group(name)
            && self.groups.leader(name) == Some(leader)
            && !self.groups.counts_receipts(name);
        if !is_expected {
            return self.egress.ignore(IgnoredReason::NoChat(id));
        }
        let mut unknown_to_leader = Vec::new();
        for Seen { writer, reach } in seen {
            if writer == self.egress.me() {
                let Some(known) = self.conversations.get(&id) else { continue };
                if reach.highest <= known.sent && reach.store == self.my_store() {
                    self.reports.note_reach(name, *reach);
                }
                if reach.highest < known.broker_acked || reach.store != self.my_store() {
                    unknown_to_leader.push(writer.clone());
                }
                continue;
            }
            let mine = self.held_in(&id, writer, reach.store);
            self.ask_for_seen(&id, writer, (mine, reach.highest), reach.store);
            if reach.all < mine {
                unknown_to_leader.push(writer.clone());
            }
        }
        if !unknown_to_leader.is_empty() && self.reports.may_be_lost(self.egress.now(), name) {
            self.reports.note(name, unknown_to_leader);
        }
    }

    /// The highest number that I have of a writer's messages in one of their stores; 0 if none.
    fn held_in(&self, id: &ConversationId, writer: &UserId, store: DeviceHash) -> u64 {
        let progress = self.conversations.progress_with(id, writer);
        progress.and_then(|progress| progress.in_store(Some(store)).received).unwrap_or(0)
    }

    /// Requests what I lack of a writer who is known to have written up to number `highest` in `store`.
    fn ask_for_seen(&mut self, id: &ConversationId, writer: &UserId, (mine, highest): (u64, u64), store: DeviceHash) {
        let known = self.conversations.progress_with(id, writer).and_then(|progress| progress.store);
        let is_current = known.is_none_or(|known| known == store);
        if mine < highest && is_current && self.context().is_reader(id, writer) {
            let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
            self.gaps.request_known_to_others((id, writer), (mine + 1, highest), context, &mut self.egress);
        }
    }
}

/// As the leader.
impl Peer {
    fn leads_large(&self, name: &GroupName) -> bool {
        self.groups.leader(name) == Some(self.egress.me()) && !self.groups.counts_receipts(name)
    }

    /// Notes what I have of `writer` myself.
    fn note_own(&mut self, name: &GroupName, writer: &UserId, source: Source) {
        let Some(Held { store, n, .. }) = self.held(name, writer) else { return };
        let (now, number) = (self.egress.now(), Number { writer, store, n });
        self.tallies.written(now, name, number, source);
        if writer != self.egress.me() {
            self.tallies.reached(now, name, self.egress.me(), number);
        }
    }

    /// A member reports what they have, and what they have written.
    pub(super) fn reported(&mut self, name: &GroupName, held: &[Held], properties: &Properties) {
        let Some(from) = &properties.from else { return self.egress.ignore(IgnoredReason::NoSender) };
        let Some(record) = self.groups.get(name).filter(|_| self.leads_large(name)).cloned() else {
            return self.egress.ignore(IgnoredReason::NotLedByMe(name.clone()));
        };
        if !record.includes(from) {
            return self.egress.ignore(IgnoredReason::NotMember(name.clone()));
        }
        self.roster.set_words(from, Words { have: true });
        let now = self.egress.now();
        for Held { writer, store, n } in held.iter().filter(|held| record.includes(&held.writer)) {
            let number = Number { writer, store: *store, n: *n };
            if writer == from {
                self.tallies.written(now, name, number, Source::Writer);
            }
            // I may have it from before I led the group, or before my last start.
            self.note_own(name, writer, Source::Store);
            if writer != from {
                self.tallies.reached(now, name, from, number);
            }
        }
    }

    /// `member` has just subscribed in a group that I may lead, and may have missed what I have published there.
    pub(super) fn tell_subscriber(&mut self, name: &GroupName, member: &UserId) {
        if self.leads_large(name) {
            self.tallies.arrived(self.egress.now(), name, member);
        }
    }

    /// `member` has come online, and may have missed what I have published.
    pub(super) fn tell_arrival(&mut self, member: &UserId) {
        let now = self.egress.now();
        let led = self.groups.iter().filter(|group| group.is_led_by(self.egress.me()) && group.includes(member));
        for name in led.map(|group| &group.name) {
            self.tallies.arrived(now, name, member);
        }
    }

    /// Publishes what the members have, where it is due, and requests what I lack.
    pub(super) fn publish_seen(&mut self) {
        let now = self.egress.now();
        for name in self.tallies.due_groups(now) {
            let Some(record) = self.groups.get(&name).filter(|_| self.leads_large(&name)).cloned() else {
                self.tallies.forget(&name);
                continue;
            };
            let (roster, me) = (&self.roster, self.egress.me().clone());
            let counts = |member: &UserId| *member == me || roster.words_of(member).have;
            let seen = self.tallies.take_seen(now, &record, counts, |member| roster.is_seen_online(member));
            if let Some(mine) = seen.iter().find(|seen| seen.writer == me) {
                self.reports.note_reach(&name, mine.reach);
            }
            if !seen.is_empty() {
                let content = Content::Seen(name.clone(), me.clone(), seen);
                self.egress.send_transient(TypedPublication::new(Topic::GroupSeen(name.clone()), content));
            }
            let id = ConversationId::Group(name.clone());
            for (writer, store, highest) in self.tallies.written_by_others(&name, &me) {
                let mine = self.held_in(&id, &writer, store);
                self.ask_for_seen(&id, &writer, (mine, highest), store);
            }
        }
    }
}

impl Peer {
    /// The record of a group that I am in has changed.
    pub(super) fn large_group_changed(&mut self, before: &Group, after: &Group) {
        if before.leader != after.leader {
            self.tallies.forget(&after.name);
            self.report_all(&after.name);
        }
        if self.groups.is_large(before) && !self.groups.is_large(after) {
            self.has_become_small(&after.name);
        }
    }

    /// A large group of mine has become so small that receipts go to each author.
    fn has_become_small(&mut self, name: &GroupName) {
        let id = ConversationId::Group(name.clone());
        let readers = self.conversations.progress(&id).filter(|(user, _)| self.context().is_reader(&id, user));
        for (user, progress) in readers.map(|(user, progress)| (user.clone(), *progress)).collect::<Vec<_>>() {
            // What they do not acknowledge either is resent after a while.
            self.reminders.expect_answer(self.egress.now(), &user, &self.roster);
            if progress.received.is_some() {
                self.owe_receipt(&id, &user, ReceiptCause::Other);
            }
        }
    }

    /// After the connection was established: the leaders who were online before may have missed my last reports.
    pub(super) fn report_all_again(&mut self) {
        let large = self.groups.iter().filter(|group| !self.groups.counts_receipts(&group.name));
        for name in large.map(|group| group.name.clone()).collect::<Vec<_>>() {
            self.report_all(&name);
        }
    }
}
