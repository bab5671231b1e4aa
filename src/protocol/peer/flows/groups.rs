//! Groups: my commands. `asks` handles requests from others, `news` received records and announcements, `membership`
//! the effects of a changed record on me, `lead` changes of the leader, `reassertion` invalid records, and
//! `succession` other groups of the same name.

mod asks;
mod creation;
mod lead;
mod membership;
mod news;
mod reassertion;
mod succession;

use super::super::{
    Peer,
    acquaintance::Ties,
    group_messages::{Announcement, enter_or_leave, publish_disband},
    requests::NewRequest,
};
use crate::{
    domain::{Direction, Group, GroupName, Membership, Phase, RequestKind, UserId, ensure},
    protocol::{Control, Departed, Notice, Refusal},
};

/// Commands.
impl Peer {
    pub(in super::super) fn join_group(&mut self, name: &GroupName) -> Result<(), Refusal> {
        self.may_join(name)?;
        let leader = self.groups.leader(name).cloned();
        match self.requests.my_invitation(name) {
            Some(invitation) => self.follow_invitation(invitation, name),
            None => self.ask_to_join(name, leader, false),
        }
        Ok(())
    }

    fn ask_to_join(&mut self, name: &GroupName, leader: Option<UserId>, is_invited: bool) {
        if let Some(again) = self.requests.my_join(name) {
            self.requests.count_repetition(again, &mut self.egress);
        } else {
            let new = NewRequest::mine(RequestKind::Join(name.clone()), leader.clone());
            self.requests.add(new, &mut self.egress);
        }
        self.ask_leader(name, true);
        let is_away = |user: &UserId| self.roster.is_papo(user) && !self.roster.is_seen_online(user);
        let is_offline = leader.as_ref().is_some_and(is_away);
        self.egress.notify(Notice::JoinRequested { group: name.clone(), leader, is_offline, is_invited });
    }

    pub(in super::super) fn invite(&mut self, name: &GroupName, user: UserId) -> Result<(), Refusal> {
        let group = self.may_invite(name, &user)?;
        let join = RequestKind::Join(name.clone());
        if group.is_led_by(self.egress.me()) && self.requests.pending(Direction::Incoming, &user, &join).is_some() {
            return self.let_in(name, &user);
        }
        let kind = RequestKind::Invite(name.clone());
        let again = self.requests.pending(Direction::Outgoing, &user, &kind);
        let new = NewRequest::mine(kind, Some(user.clone()));
        let id = again.unwrap_or_else(|| self.requests.add(new, &mut self.egress));
        self.enqueue_request(&user, Control::Invited(name.clone()), id);
        self.egress.notify(Notice::Invited { group: name.clone(), user });
        Ok(())
    }

    pub(in super::super) fn remove_member(&mut self, name: &GroupName, user: &UserId) -> Result<(), Refusal> {
        self.may_remove(name, user)?;
        let group = self.led(name)?;
        self.change_record(group.without(user), Announcement::Without(Departed::Removed(user.clone())));
        self.egress.notify(Notice::MemberRemoved { group: name.clone(), user: user.clone() });
        Ok(())
    }

    pub(in super::super) fn hand_over(&mut self, name: &GroupName, user: UserId) -> Result<(), Refusal> {
        self.may_hand_over(name, &user)?;
        let group = self.led(name)?;
        self.egress.notify(Notice::LeadHandedOver { group: name.clone(), user: user.clone() });
        let new = NewRequest::mine(RequestKind::Lead(name.clone()), Some(user.clone()));
        self.requests.add(new, &mut self.egress);
        self.pass_lead(group.handed_to(user));
        Ok(())
    }

    pub(in super::super) fn leave_group(&mut self, name: &GroupName) -> Result<(), Refusal> {
        self.may_leave(name)?;
        self.ask_leader(name, false);
        let me = self.egress.me().clone();
        self.note_change(name, me.clone(), Membership::Left(me));
        self.exit_group(name, Phase::Left);
        self.egress.notify(Notice::Left(name.clone()));
        Ok(())
    }

    pub(in super::super) fn disband_group(&mut self, name: &GroupName) -> Result<(), Refusal> {
        let group = self.led(name)?;
        publish_disband(&group, &mut self.egress);
        self.forget_group(name, Membership::Disbanded);
        self.egress.notify(Notice::Disbanded(name.clone()));
        Ok(())
    }
}

/// Whether the commands are possible now.
impl Peer {
    /// Checks that [`Command::Invite`](crate::protocol::Command::Invite) is possible. Returns the group.
    pub fn may_invite(&self, name: &GroupName, user: &UserId) -> Result<&Group, Refusal> {
        self.ensure_known(name)?;
        let group = self.groups.get(name).filter(|group| group.includes(self.egress.me()));
        let group = group.ok_or_else(|| Refusal::InviteByOutsider(name.clone()))?;
        ensure(!group.includes(user), Refusal::AlreadyMember { group: name.clone(), user: user.clone() })?;
        Ok(group)
    }

    /// Checks that [`Command::JoinGroup`](crate::protocol::Command::JoinGroup) is possible.
    pub fn may_join(&self, name: &GroupName) -> Result<(), Refusal> {
        let group = self.groups.get(name).ok_or_else(|| self.no_group(name))?;
        let is_in = group.includes(self.egress.me()) && self.conversations.is_in_group(name);
        ensure(!is_in, Refusal::AlreadyJoined(name.clone()))
    }

    /// Checks that [`Command::RemoveMember`](crate::protocol::Command::RemoveMember) is possible.
    pub fn may_remove(&self, name: &GroupName, user: &UserId) -> Result<(), Refusal> {
        let group = self.led(name)?;
        ensure(user != self.egress.me(), Refusal::LeaderCannotLeave(name.clone()))?;
        ensure(group.members.contains(user), Refusal::NotMember { group: name.clone(), user: user.clone() })
    }

    /// Checks that [`Command::HandOver`](crate::protocol::Command::HandOver) is possible.
    pub fn may_hand_over(&self, name: &GroupName, user: &UserId) -> Result<(), Refusal> {
        self.led(name)?;
        ensure(user != self.egress.me(), Refusal::AlreadyLeader(name.clone()))?;
        self.may_remove(name, user)
    }

    /// Checks that [`Command::LeaveGroup`](crate::protocol::Command::LeaveGroup) is possible.
    pub fn may_leave(&self, name: &GroupName) -> Result<(), Refusal> {
        let group = self.groups.get(name).filter(|_| self.conversations.is_in_group(name));
        let group = group.ok_or_else(|| Refusal::NotInGroup(name.clone()))?;
        ensure(!group.is_led_by(self.egress.me()), Refusal::LeaderCannotLeave(name.clone()))
    }

    /// Checks that [`Command::DisbandGroup`](crate::protocol::Command::DisbandGroup) is possible.
    pub fn may_disband(&self, name: &GroupName) -> Result<(), Refusal> {
        self.led(name).map(drop)
    }

    /// The record of a group that I lead.
    fn led(&self, name: &GroupName) -> Result<Group, Refusal> {
        self.ensure_known(name)?;
        self.groups.led(name, self.egress.me())
    }

    /// Checks that a group has a record, or that I am in it.
    fn ensure_known(&self, name: &GroupName) -> Result<(), Refusal> {
        let is_known = self.groups.get(name).is_some() || self.conversations.is_in_group(name);
        if is_known { Ok(()) } else { Err(self.no_group(name)) }
    }

    fn no_group(&self, name: &GroupName) -> Refusal {
        if self.link.is_up() { Refusal::NoGroup(name.clone()) } else { Refusal::NoGroupOffline(name.clone()) }
    }
}

/// Entering and leaving.
impl Peer {
    /// Asks the leader to let me into the group, or, if not `enter`, announces that I leave.
    pub(super) fn ask_leader(&mut self, name: &GroupName, enter: bool) {
        self.egress.enqueue(enter_or_leave(name, enter, self.egress.me(), &self.requests));
        if let Some(leader) = self.groups.leader(name) {
            self.reminders.expect_answer(self.egress.now(), leader, &self.roster);
        }
    }

    /// Repeats `LEAVE` for the groups led by `user` whose records still list me.
    pub(super) fn repeat_leaves(&mut self, user: &UserId) {
        let ties = Ties { requests: &self.requests, conversations: &self.conversations };
        for name in self.groups.unrecorded_leaves(user, self.egress.me(), ties) {
            self.egress.send_transient(enter_or_leave(&name, false, self.egress.me(), &self.requests));
        }
    }
}
