//! The connection comes and goes, and time passes on it.

use super::super::{Peer, context::Context};
use crate::{
    domain::{ConversationId, Now},
    protocol::topic::standing_subscriptions,
};

impl Peer {
    /// Subscribes to everything on each connection: the broker may have lost the session.
    pub(in super::super) fn connected(&mut self, now: Now, session_present: bool) {
        self.heard_ids.stop_waiting();
        self.attendance.came_back(now, self.egress.identity().leader_gone_after);
        self.roster.fill_in_seen(now, &mut self.egress);
        if !session_present {
            self.roster.forget_seen_online();
        }
        self.link.connected(session_present, self.attendance.was_connected_before(), &mut self.egress);
        self.subscribe_to_all();
    }

    fn subscribe_to_all(&mut self) {
        let (identity, context) = (self.egress.identity(), self.context());
        let mut wanted = standing_subscriptions(&identity.prefix, &identity.me);
        for id in self.conversations.by_id().keys() {
            let topics = context.topics_of(id, &identity.me, self.gaps.is_in(id));
            wanted.extend(topics.iter().map(|topic| topic.subscription(&identity.prefix)));
        }
        self.egress.output(crate::protocol::event::Output::Subscribe(wanted));
    }

    pub(in super::super) fn subscribed(&mut self, now: Now) {
        if !self.link.subscribed() {
            return;
        }
        // Not before: subscribing would wait for the disk.
        self.attendance.note(now, &mut self.egress);
        self.gaps.restart(now);
        self.link.announce_soon(now, &mut self.egress);
        let conversations = &self.conversations;
        let was_in = |name: &_| conversations.contains(&ConversationId::Group(Clone::clone(name)));
        self.groups.connected(now, self.egress.me(), was_in);
        // Users who are still online got what the broker kept for them; the rest is sent again after a while.
        for user in self.roster.seen_online() {
            self.reminders.expect_answer(now, user, &self.roster);
        }
        self.flush_receipts(now);
    }

    pub(in super::super) fn disconnected(&mut self, now: Now) {
        self.attendance.note(now, &mut self.egress);
        self.link.disconnected(&mut self.egress);
        self.resends.forget();
        self.reminders.clear();
        self.typing.clear();
        self.heard_ids.stop_waiting();
        self.clears.give_up(&mut self.egress);
    }

    pub(in super::super) fn go_offline(&mut self, now: Now) {
        if self.egress.is_connected() {
            self.receipts.hurry(now);
            self.flush_receipts(now);
            self.link.announce(now, false, &mut self.egress);
            self.attendance.note(now, &mut self.egress);
            self.link.disconnected(&mut self.egress);
        }
    }

    pub(in super::super) fn timeout(&mut self, now: Now) {
        if self.link.retries(now) {
            self.subscribe_to_all();
        }
        if !self.link.is_up() {
            return;
        }
        self.flush_receipts(now);
        self.confirm_records(now);
        self.ask_for_unshown_records(now);
        let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
        self.gaps.retry(now, context, &mut self.egress);
        self.resends.read_due(now, &mut self.egress);
        for user in self.reminders.due_users(now) {
            self.remind(now, &user);
        }
        self.typing.expire(now, &mut self.egress);
        self.link.timeout(now, &mut self.egress);
    }

    pub(in super::super) fn say_typing(&mut self, now: Now, id: &ConversationId) {
        if self.link.is_up() {
            let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
            self.typing.say(now, id, context, &mut self.egress);
        }
    }
}

#[cfg(test)]
mod tests;
