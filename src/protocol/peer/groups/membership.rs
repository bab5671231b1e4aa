//! What a change of a group's record means for me: coming in, going out, leading.

use super::super::{Peer, link::Link};
use crate::{
    domain::{
        Conversation, ConversationId, Direction, Family, Group, GroupName, GroupStanding, MessageId, Now, Phase,
        Progress, RequestKind, RequestState, UserId,
    },
    protocol::{IgnoredReason, Notice, event::Event, operation::Operation, topic::Topic, wire::Content},
};

impl Peer {
    /// The record holds from now on.
    pub(super) fn adopt(&mut self, now: Now, group: Group) {
        let before = self.groups.insert(group.name.clone(), group.clone());
        if before.as_ref() != Some(&group) {
            self.keep(Operation::PutGroup(group.clone()));
        }
        let others: Vec<&UserId> = group.everyone().filter(|user| **user != self.me).collect();
        self.settle_invitations(now, &group);
        let was = before.as_ref().map_or(GroupStanding::Outsider, |before| before.standing(&self.me));
        let is = group.standing(&self.me);
        let id = ConversationId::Group(group.name.clone());
        let is_open = self.is_open(&group.name);
        match (is_open, is) {
            (true, GroupStanding::Outsider) => {
                self.go_out(&group.name, Phase::Removed);
                self.drop_asks(now, &group.name);
            }
            (true, _) => {
                let known = |user: &&&UserId| before.as_ref().is_some_and(|before| before.includes(user));
                for user in others.iter().filter(|user| !known(user)) {
                    self.meet(user, |_| {});
                    self.expect_reader(&id, user);
                }
                self.lead_changed(now, &group.name, was, is);
            }
            (false, GroupStanding::Outsider) => self.retarget_join(now, &group),
            (false, GroupStanding::Leader) if before.as_ref().is_some_and(|before| !before.is_led_by(&self.me)) => {
                self.decline_lead(now, &group);
            }
            (false, _) => self.counted_in(now, &group, before.is_some_and(|before| before == group)),
        }
    }

    /// Whom I invited and who is in now has said yes, whoever let it in.
    fn settle_invitations(&mut self, now: Now, group: &Group) {
        let kind = RequestKind::Invite(group.name.clone());
        for user in group.everyone() {
            if let Some(invitation) = self.pending(Direction::Outgoing, user, &kind) {
                self.answer_request(now, invitation, RequestState::Accepted(None));
                self.tell(Event::RequestAnswered(invitation));
            }
        }
    }

    /// Somebody became a member, or I did: what I write from now on is owed to it. What it wrote while one of us
    /// was outside is not owed to me; it says so with `first`.
    fn expect_reader(&mut self, id: &ConversationId, user: &UserId) {
        let known = self.progress_with(id, user).unwrap_or_default();
        let fresh = self.new_reader(id);
        self.put_progress(
            id,
            user,
            Progress { received: known.received, store: known.store, skipped: known.skipped, ..fresh },
        );
    }

    fn lead_changed(&mut self, now: Now, name: &GroupName, was: GroupStanding, is: GroupStanding) {
        let topic = Topic::GroupLeader(name.clone());
        match (was, is) {
            (GroupStanding::Leader, GroupStanding::Member) => {
                self.unsubscribe(&[topic]);
                self.drop_asks(now, name);
                self.lead_passed_on(now, name);
            }
            (GroupStanding::Member, GroupStanding::Leader) => {
                self.subscribe(&[topic]);
                self.notify(Notice::LeadReceived(name.clone()));
                self.lead_came_back(now, name);
                if self.link == Link::Up {
                    // Who waits to be let in may have asked before I listened: said anew, this has them ask again.
                    self.is_kept = false;
                    self.announce(now, true);
                }
            }
            _ => {}
        }
    }

    /// Those who asked me to be let in ask whoever leads now.
    fn drop_asks(&mut self, now: Now, name: &GroupName) {
        self.answer_waiting(now, &RequestKind::Join(name.clone()), &RequestState::Withdrawn);
    }

    /// All that waits for my answer to this is settled otherwise.
    pub(super) fn answer_waiting(&mut self, now: Now, kind: &RequestKind, state: &RequestState) {
        for id in self.waiting(kind).map(|request| request.id).collect::<Vec<_>>() {
            self.answer_request(now, id, state.clone());
        }
    }

    /// The record says that I am in it. If I asked for that I come in; else it is an invitation, for
    /// nobody is put into a group against his will.
    fn counted_in(&mut self, now: Now, group: &Group, is_old: bool) {
        if let Some(join) = self.my_join(&group.name) {
            self.answer_request(now, join, RequestState::Accepted(None));
            self.tell(Event::RequestAnswered(join));
            self.come_in(now, group, false);
        } else if !is_old {
            let id = ConversationId::Group(group.name.clone());
            let left = self.conversations.get(&id).is_some_and(|conversation| conversation.phase == Phase::Left);
            if left {
                // The leader has not heard yet that I left.
                let farewell = self.entry(now, &group.name, false);
                return self.hint(farewell);
            }
            let from = group.leader.clone().filter(|leader| *leader != self.me);
            self.invitation(now, RequestKind::Invite(group.name.clone()), from, Family::default(), None);
        }
    }

    /// Starts listening as a member or leader and says so.
    pub(super) fn come_in(&mut self, now: Now, group: &Group, mine: bool) {
        let id = ConversationId::Group(group.name.clone());
        let conversation =
            self.conversations.entry(id.clone()).or_insert_with(|| Conversation::new(id.clone(), now.wall));
        conversation.phase = Phase::OPEN;
        conversation.active = now.wall;
        self.keep_conversation(&id);
        let me = self.me.clone();
        // Members of a group are users from now on: a record alone could name anybody.
        for user in group.everyone().filter(|user| **user != me) {
            self.meet(user, |_| {});
            self.expect_reader(&id, user);
        }
        while let Some(invitation) = self.my_invitation(&group.name) {
            self.answer_request(now, invitation, RequestState::Accepted(None));
        }
        let topics = self.topics_of(&id);
        self.subscribe(&topics);
        if !group.is_led_by(&self.me) {
            let properties = self.stamp(now);
            let content = Content::Joined(group.name.clone(), self.me.clone());
            let publication = self.encode(&Topic::GroupMembers(group.name.clone()), &content, &properties);
            self.post(publication);
        }
        self.tell(Event::ConversationOpened { conversation: id, mine });
    }

    /// Stops listening; what was said stays.
    pub(super) fn go_out(&mut self, name: &GroupName, phase: Phase) {
        let id = ConversationId::Group(name.clone());
        self.unsubscribe(&[
            Topic::GroupMessages(name.clone()),
            Topic::GroupMembers(name.clone()),
            Topic::GroupLeader(name.clone()),
        ]);
        self.unconfirmed.remove(name);
        self.set_phase(&id, phase);
    }

    /// A wish to join goes to whoever leads now.
    fn retarget_join(&mut self, now: Now, group: &Group) {
        let Some(join) = self.my_join(&group.name) else { return };
        if self.request(join).is_some_and(|request| request.peer != group.leader) {
            let leader = group.leader.clone();
            self.change_request(join, |request| request.peer.clone_from(&leader));
            self.ask_leader(now, &group.name, true);
        }
    }

    /// My record lost to one that was created earlier: I ask to join instead.
    pub(super) fn lost(&mut self, now: Now, name: &GroupName) {
        self.notify(Notice::GroupLost(name.clone()));
        let leader = self.groups.get(name).and_then(|group| group.leader.clone());
        self.ask_to_join(now, name, leader);
    }

    /// Goes where an invitation leads: in, if the record has me already, or if nobody but me will say that I am in;
    /// else to the leader's door.
    pub(crate) fn follow_invitation(&mut self, now: Now, id: MessageId, name: &GroupName) {
        let inviter = self.request(id).and_then(|invitation| invitation.peer.clone());
        self.answer_request(now, id, RequestState::Accepted(None));
        let known = self.groups.get(name).cloned();
        let is_typed = match &known {
            Some(group) => group.rev == 0 && self.leader_of(now, group).is_plain,
            None => inviter.as_ref().is_none_or(|inviter| !self.is_papo(inviter)),
        };
        match known {
            Some(group) if group.includes(&self.me) => self.come_in(now, &group, true),
            known if is_typed => {
                let fresh =
                    || Group { name: name.clone(), leader: inviter, members: Vec::new(), rev: 0, born: now.wall };
                self.come_in_by_hand(now, known.unwrap_or_else(fresh));
            }
            known => self.ask_to_join(now, name, known.and_then(|group| group.leader)),
        }
    }

    /// Comes into a group whose plain leader has invited me and publishes no records: my id on `members` is what
    /// makes me a member. `ENTER` stands beside it, for a leader who waits for that.
    fn come_in_by_hand(&mut self, now: Now, mut group: Group) {
        group.members.push(self.me.clone());
        self.groups.insert(group.name.clone(), group.clone());
        self.keep(Operation::PutGroup(group.clone()));
        self.come_in(now, &group, true);
        self.ask_leader(now, &group.name, true);
    }

    /// The group is gone: so are the asks about it.
    pub(super) fn forget_group(&mut self, now: Now, name: &GroupName) {
        self.settle_readers(&ConversationId::Group(name.clone()));
        self.groups.remove(name);
        self.keep(Operation::RemoveGroup(name.clone()));
        if self.is_open(name) {
            self.go_out(name, Phase::Disbanded);
        }
        let open: Vec<(MessageId, Direction)> = self
            .requests
            .open()
            .filter(|request| request.kind.group() == Some(name))
            .map(|request| (request.id, request.direction))
            .collect();
        for (id, direction) in open {
            let state = match direction {
                Direction::Incoming => RequestState::Withdrawn,
                Direction::Outgoing => RequestState::Denied,
            };
            self.answer_request(now, id, state);
        }
    }

    /// A member says that it listens now.
    pub(in crate::protocol::peer) fn member_joined(&mut self, now: Now, name: &GroupName, user: &UserId) {
        let Some(group) = self.groups.get(name) else {
            return self.overlook(IgnoredReason::NoGroup(name.clone()));
        };
        if *user == self.me {
            return self.overlook(IgnoredReason::Own);
        }
        if group.includes(user) {
            self.resend_unacked(now, user);
        } else if group.rev == 0 {
            let mut group = group.clone();
            group.members.push(user.clone());
            self.adopt(now, group);
        } else {
            self.overlook(IgnoredReason::NoMember(name.clone()));
        }
    }
}
