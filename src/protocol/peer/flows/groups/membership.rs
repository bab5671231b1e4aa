//! The effects of a changed group record on me: I join, am removed, or become or stop being the leader.

use std::collections::BTreeSet;

use super::super::super::{Peer, group_messages::enter_or_leave, repetitions::Repetition};
use crate::{
    domain::{
        Body, ChatMessage, ControlTopic, ConversationId, Direction, Group, GroupName, GroupStanding, Membership,
        MessageId, Phase, RequestKind, RequestState, UserId,
    },
    protocol::{Content, Departed, IgnoredReason, Notice, Topic, TypedPublication},
};

impl Peer {
    /// Makes this the valid record of the group, and applies its effects. `by`: who has published it, if that is
    /// another user. `departed`: the member whom it omits.
    pub(super) fn adopt(&mut self, group: Group, by: Option<&UserId>, departed: Option<&Departed>) {
        let before = self.groups.put(group.clone(), &mut self.egress);
        self.settle_invitations(&group);
        let me = self.egress.me().clone();
        let was = before.as_ref().map_or(GroupStanding::Outsider, |before| before.standing(&me));
        let is = group.standing(&me);
        match (self.conversations.is_in_group(&group.name), is) {
            (true, GroupStanding::Outsider) => {
                // If I have just lost the lead, another notice says so.
                if let Some(leader) = group.leader.clone().filter(|_| was != GroupStanding::Leader) {
                    self.note_change(&group.name, leader.clone(), Membership::Removed(me));
                    self.egress.notify(Notice::RemovedFrom { group: group.name.clone(), leader });
                }
                self.exit_group(&group.name, Phase::Removed);
                self.drop_join_requests(&group.name);
            }
            (true, _) => {
                let is_new = |user: &&UserId| before.as_ref().is_none_or(|before| !before.includes(user));
                let newcomers = group.everyone().filter(|user| **user != me).filter(is_new);
                self.expect_readers(&group.name, newcomers);
                if let Some(before) = &before {
                    self.note_changes(before, &group, departed);
                }
                self.lead_changed(&group.name, was, is);
                if let Some(before) = &before {
                    self.large_group_changed(before, &group);
                }
            }
            (false, GroupStanding::Outsider) => self.retarget_join(&group),
            (false, GroupStanding::Leader)
                if before.as_ref().is_some_and(|before| !before.is_led_by(&me)) && self.has_sought(&group.name) =>
            {
                self.decline_lead(&group);
            }
            (false, _) => self.listed_in_record(&group, by, before.is_some_and(|before| before == group)),
        }
    }

    /// Notes in the chat of a group of mine how its record has changed.
    fn note_changes(&mut self, before: &Group, after: &Group, departed: Option<&Departed>) {
        let lacking = |one: &Group, other: &Group| -> Vec<UserId> {
            // Groups may be large.
            let others: BTreeSet<&UserId> = other.everyone().collect();
            one.everyone().filter(|user| !others.contains(user)).cloned().collect()
        };
        let (joined, gone) = (lacking(after, before), lacking(before, after));
        let leader = after.leader.clone().unwrap_or_else(|| self.egress.me().clone());
        // A change of a single user has that user as its author.
        let author = |users: &[UserId]| if let [user] = users { user.clone() } else { leader.clone() };
        if !joined.is_empty() {
            self.note_change(&after.name, author(&joined), Membership::Joined(joined));
        }
        if !gone.is_empty() {
            let (author, change) = match (departed, gone.as_slice()) {
                (Some(Departed::Left(user)), [one]) if user == one => (user.clone(), Membership::Left(user.clone())),
                (Some(Departed::Removed(user)), [one]) if user == one => {
                    (leader.clone(), Membership::Removed(user.clone()))
                }
                _ => (author(&gone), Membership::Gone(gone)),
            };
            self.note_change(&after.name, author, change);
        }
        if before.leader != after.leader && after.leader.is_some() {
            self.note_change(&after.name, leader.clone(), Membership::Leads(leader));
        }
    }

    /// Adds a line about a change to the chat of a group.
    pub(super) fn note_change(&mut self, name: &GroupName, author: UserId, change: Membership) {
        let body = Body::Membership(change);
        let message = ChatMessage::new(self.egress.new_id(), author, self.egress.now().wall, body);
        self.conversations.append(&ConversationId::Group(name.clone()), message, false, &mut self.egress);
    }

    /// Prepares for new readers in a group of mine. They are added to the list of users only because they share a group
    /// with me: a record alone could name anybody.
    fn expect_readers<'a>(&mut self, name: &GroupName, users: impl Iterator<Item = &'a UserId>) {
        let id = ConversationId::Group(name.clone());
        for user in users {
            self.upsert_user(user, |_| {});
            self.conversations.expect_reader(&id, user, &mut self.egress);
            self.tallies.admit(name, user);
        }
    }

    /// Applies a change of my role in a group that I am in.
    fn lead_changed(&mut self, name: &GroupName, was: GroupStanding, is: GroupStanding) {
        let topic = Topic::GroupLeader(name.clone());
        match (was, is) {
            (GroupStanding::Leader, GroupStanding::Member) => {
                self.egress.unsubscribe(&[topic]);
                self.drop_join_requests(name);
                // I no longer lead, so there is no lead to give back.
                let kind = RequestKind::Lead(name.clone());
                self.requests.answer_waiting(&kind, &RequestState::Accepted(None), &mut self.egress);
            }
            (GroupStanding::Member, GroupStanding::Leader) => {
                self.egress.subscribe(&[topic]);
                self.egress.notify(Notice::LeadReceived(name.clone()));
                self.lead_returned(name);
                // Users may have asked to join before I subscribed: a new announcement makes them ask again.
                self.link.announce_without_kept(&mut self.egress);
            }
            _ => {}
        }
    }

    /// Drops the requests to let users in: they will ask the new leader.
    fn drop_join_requests(&mut self, name: &GroupName) {
        let kind = RequestKind::Join(name.clone());
        self.requests.answer_waiting(&kind, &RequestState::Withdrawn, &mut self.egress);
    }

    /// Whether I am or was in the group, or have asked to join. Others may name me in any number of groups.
    fn has_sought(&self, name: &GroupName) -> bool {
        self.conversations.contains(&ConversationId::Group(name.clone())) || self.requests.my_join(name).is_some()
    }

    /// The record lists me, but I am not in the group. If I asked to join, I join now. Otherwise the record counts as
    /// an invitation by its publisher, because nobody is put into a group without being asked. `is_old`: the record was
    /// known before.
    fn listed_in_record(&mut self, group: &Group, by: Option<&UserId>, is_old: bool) {
        let join = self.requests.my_join(&group.name);
        let is_asked = |join: &MessageId| {
            let asked = self.requests.get(*join).and_then(|request| request.peer.as_ref());
            // Where the broker protects groups, somebody else may have taken the name meanwhile.
            let is_by_asked = asked.is_none() || by.is_none() || asked == by || asked == group.leader.as_ref();
            is_by_asked || !self.link.names_senders()
        };
        if let Some(join) = join.filter(is_asked) {
            self.requests.answer_and_report(join, RequestState::Accepted(None), &mut self.egress);
            self.enter_group(group, false);
        } else if !is_old {
            let has_left = self.conversations.phase(&ConversationId::Group(group.name.clone())) == Some(Phase::Left);
            if has_left && join.is_none() {
                // The leader does not know yet that I left.
                if self.repetitions.allow(self.egress.now(), Repetition::Leave(group.name.clone())) {
                    let leave = enter_or_leave(&group.name, false, self.egress.me(), &self.requests);
                    self.egress.send_transient(leave);
                }
                return;
            }
            let from = by.or(group.leader.as_ref()).filter(|from| *from != self.egress.me()).cloned();
            self.add_invitation(group.name.clone(), from, ControlTopic::default(), None);
        }
    }

    /// Joins a group as a member or leader: subscribes, and announces a new member. `mine`: because of a command.
    pub(super) fn enter_group(&mut self, group: &Group, mine: bool) {
        let id = ConversationId::Group(group.name.clone());
        self.conversations.open_group(&id, &mut self.egress);
        let me = self.egress.me().clone();
        let is_new = group.rev == 1 && group.is_led_by(&me);
        let change = if is_new { Membership::Created } else { Membership::Joined(vec![me.clone()]) };
        self.note_change(&group.name, me.clone(), change);
        self.expect_readers(&group.name, group.everyone().filter(|user| **user != me));
        let invitation = RequestKind::Invite(group.name.clone());
        self.requests.answer_waiting(&invitation, &RequestState::Accepted(None), &mut self.egress);
        if let Some(join) = self.requests.my_join(&group.name) {
            self.requests.answer(join, RequestState::Accepted(None), &mut self.egress);
        }
        let topics = self.context().topics_of(&id, &me, false);
        self.egress.subscribe(&topics);
        if !is_new {
            self.egress.open_group(&group.name);
        }
        if !group.is_led_by(&me) {
            let content = Content::Joined(group.name.clone(), me);
            self.egress.enqueue(TypedPublication::new(Topic::GroupMembers(group.name.clone()), content));
        }
        self.conversation_opened(id, mine);
    }

    /// Unsubscribes from a group and sets its phase. The messages are kept.
    pub(super) fn exit_group(&mut self, name: &GroupName, phase: Phase) {
        self.egress.unsubscribe(&[
            Topic::GroupMessages(name.clone()),
            Topic::GroupMembers(name.clone()),
            Topic::GroupLeader(name.clone()),
            Topic::GroupRecord(name.clone()),
            Topic::GroupSeen(name.clone()),
        ]);
        self.reports.forget(name);
        self.tallies.forget(name);
        self.groups.stop_awaiting_echo(name);
        if self.egress.is_connected() {
            self.fail_held_messages(name);
        }
        self.conversations.set_phase(&ConversationId::Group(name.clone()), phase, &mut self.egress);
    }

    /// Sends my pending request to join to the new leader, if the leader has changed.
    fn retarget_join(&mut self, group: &Group) {
        let Some(join) = self.requests.my_join(&group.name) else { return };
        if self.requests.get(join).is_some_and(|request| request.peer != group.leader) {
            self.requests.change(join, &mut self.egress, |request| request.peer.clone_from(&group.leader));
            self.ask_leader(&group.name, true);
        }
    }

    /// My new group has lost the tie-break to another one. Asks to join that one instead.
    pub(super) fn join_winner(&mut self, name: &GroupName) {
        self.egress.notify(Notice::LostTieBreak(name.clone()));
        let leader = self.groups.leader(name).cloned();
        self.ask_to_join(name, leader, false);
    }

    /// Accepts an invitation. Joins at once if the record lists me already, or if the leader uses a plain client that
    /// publishes no records. Otherwise asks the leader.
    pub(in super::super) fn follow_invitation(&mut self, id: MessageId, name: &GroupName) {
        let inviter = self.requests.get(id).and_then(|invitation| invitation.peer.clone());
        self.requests.answer(id, RequestState::Accepted(None), &mut self.egress);
        let known = self.groups.get(name).cloned();
        let is_typed = match &known {
            Some(group) => group.rev == 0 && self.leader_of(group).is_plain,
            None => inviter.as_ref().is_none_or(|inviter| !self.roster.is_papo(inviter)),
        };
        match known {
            Some(group) if group.includes(self.egress.me()) => self.enter_group(&group, true),
            known if is_typed => {
                let new_group = || Group::new(name.clone(), inviter, self.egress.now().wall);
                // My ID on `groups/<group>/members` makes me a member. The leader may nevertheless expect an `ENTER`.
                let group = known.unwrap_or_else(new_group).with(self.egress.me().clone());
                self.groups.put(group.clone(), &mut self.egress);
                self.enter_group(&group, true);
                self.ask_leader(name, true);
            }
            known => self.ask_to_join(name, known.and_then(|group| group.leader), true),
        }
    }

    /// Removes the record of a group that has ended, and settles all requests about it. `end`: what the chat says.
    pub(super) fn forget_group(&mut self, name: &GroupName, end: Membership) {
        if let Some(group) = self.groups.get(name) {
            self.conversations.settle_readers(group, &mut self.egress);
        }
        let leader = self.groups.leader(name).unwrap_or(self.egress.me()).clone();
        self.groups.remove(name, &mut self.egress);
        if self.conversations.is_in_group(name) {
            self.note_change(name, leader, end);
            self.exit_group(name, Phase::Disbanded);
        }
        let about = self.requests.open().filter(|request| request.kind.group() == Some(name));
        for (id, direction) in about.map(|request| (request.id, request.direction)).collect::<Vec<_>>() {
            let state = match direction {
                Direction::Incoming => RequestState::Withdrawn,
                Direction::Outgoing => RequestState::Denied,
            };
            self.requests.answer(id, state, &mut self.egress);
        }
    }

    /// A new member has announced itself on `groups/<group>/members`.
    pub(in super::super) fn member_joined(&mut self, name: &GroupName, user: &UserId) {
        let Some(group) = self.groups.get(name) else {
            return self.egress.ignore(IgnoredReason::NoGroup(name.clone()));
        };
        if user == self.egress.me() {
            return self.egress.ignore(IgnoredReason::FromMyself);
        }
        if group.includes(user) {
            self.resend_unacknowledged(user);
            self.tell_subscriber(name, user);
        } else if group.rev == 0 {
            self.adopt(group.clone().with(user.clone()), None, None);
        } else {
            self.egress.ignore(IgnoredReason::NotMember(name.clone()));
        }
    }
}
