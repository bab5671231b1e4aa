//! The connection is established and lost, and timeouts are due.

use super::super::{Peer, context::Context};
use crate::{
    domain::ConversationId,
    protocol::{Output, topic::standing_subscriptions},
};

impl Peer {
    /// Subscribes to everything on each connection: the broker may have lost the session.
    pub(in super::super) fn connected(&mut self, session_present: bool, names_senders: bool) {
        self.received_ids.stop_waiting();
        self.attendance.connected(self.egress.now(), self.egress.identity().leader_gone_after);
        self.roster.connected(session_present, &mut self.egress);
        self.directory.connected(self.known_count(), self.egress.identity().directory_limit);
        let drops_doubtful = !self.directory.is_limited();
        self.groups.connecting(self.egress.now(), self.egress.me(), drops_doubtful);
        self.link.connected(session_present, self.attendance.was_connected_before());
        self.link.set_names_senders(names_senders);
        if names_senders {
            self.fail_messages_of_former_groups();
        }
        // A broker that names senders also protects groups.
        self.egress.connected(names_senders);
        self.subscribe_to_all();
    }

    fn subscribe_to_all(&mut self) {
        let directory = self.directory_subscriptions();
        let (identity, context) = (self.egress.identity(), self.context());
        let mut wanted = standing_subscriptions(&identity.prefix, &identity.me);
        wanted.extend(directory.iter().map(|filter| filter.subscription(&identity.prefix)));
        for id in self.conversations.by_id().keys() {
            let topics = context.topics_of(id, &identity.me, self.gaps.is_any_in(id));
            wanted.extend(topics.iter().map(|topic| topic.subscription(&identity.prefix)));
        }
        self.egress.output(Output::Subscribe(wanted));
    }

    pub(in super::super) fn subscribed(&mut self) {
        let now = self.egress.now();
        self.egress.subscribed();
        self.directory.subscribed(now);
        if !self.link.subscribed() {
            return;
        }
        // Not earlier, because the subscriptions would then wait for the commit.
        self.attendance.note(&mut self.egress);
        self.gaps.restart(now);
        self.link.announce_soon(&mut self.egress);
        self.groups.connected(now, self.egress.me(), &self.conversations);
        // Users who stayed online got what the broker had queued. What they have not acknowledged is resent after a
        // while.
        for user in self.roster.seen_online() {
            self.reminders.expect_answer(now, user, &self.roster);
        }
        self.report_all_again();
        self.flush_receipts();
    }

    pub(in super::super) fn disconnected(&mut self) {
        self.attendance.note(&mut self.egress);
        self.link.disconnected(&mut self.egress);
        // These states belong to the lost connection. The next one shows who is online.
        (self.reminders, self.repetitions, self.typing) = Default::default();
        self.resends.disconnected();
        self.received_ids.stop_waiting();
        self.groups.disconnected();
        self.directory.disconnected();
        self.egress.take_group_messages_back();
        self.clears.give_up(&mut self.egress);
    }

    pub(in super::super) fn go_offline(&mut self) {
        if self.egress.is_connected() {
            self.receipts.make_all_due(self.egress.now());
            self.flush_receipts();
            self.link.announce(false, &mut self.egress);
            self.attendance.note(&mut self.egress);
            self.link.disconnected(&mut self.egress);
        }
    }

    pub(in super::super) fn timeout(&mut self) {
        let now = self.egress.now();
        if self.link.takes_retry(now) {
            self.subscribe_to_all();
        }
        if !self.link.is_up() {
            return;
        }
        for user in self.roster.expire(&mut self.egress) {
            self.left(&user);
        }
        self.flush_receipts();
        self.send_reports();
        self.publish_seen();
        for group in self.groups.take_unconfirmed(now, self.egress.me()) {
            let name = group.name.clone();
            self.confirm_record(group);
            self.open_if_unrecorded(&name);
        }
        for name in self.groups.take_unshown(now) {
            self.ask_for_record(&name);
            self.open_if_unrecorded(&name);
            if self.egress.held_in(&name).next().is_some() {
                self.notify_of_waiting(&name);
            }
        }
        if self.groups.takes_look(now) {
            self.look_at_records();
        }
        if self.directory.takes_end(now) {
            self.directory_read();
        }
        if self.groups.takes_drop(now) {
            self.drop_doubtful_groups();
        }
        let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
        self.gaps.retry(context, &mut self.egress);
        self.resends.read_due(&mut self.egress);
        for user in self.reminders.due_users(now) {
            self.remind(&user);
        }
        self.typing.expire(&mut self.egress);
        self.link.timeout(&mut self.egress);
    }

    pub(in super::super) fn announce_typing(&mut self, id: &ConversationId) {
        if self.link.is_up() {
            let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
            self.typing.announce(id, context, &mut self.egress);
        }
    }
}

#[cfg(test)]
mod tests;
