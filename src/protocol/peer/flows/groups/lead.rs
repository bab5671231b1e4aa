//! The lead of a group: hand-over, giving back, and take-over from an absent leader.

use super::super::super::{Peer, group_messages::Announcement, records::Claim, requests::NewRequest};
use crate::{
    domain::{
        ControlTopic, Direction, Group, GroupName, GroupStanding, MessageId, Request, RequestKind, RequestState,
        UserId, ensure,
    },
    protocol::{Content, GroupNews, Notice, Refusal, Topic, TypedPublication},
};

/// Hand-over and giving back.
impl Peer {
    /// Publishes a record that makes another user the leader. The new leader, not I, waits for the broker to deliver
    /// it.
    pub(super) fn pass_lead(&mut self, group: Group) {
        let name = group.name.clone();
        self.change_record(group, Announcement::NewLeader);
        self.groups.stop_awaiting_echo(&name);
    }

    /// The former leader has made me the leader. Adds a request, so that I can give the lead back. `before`: the
    /// previous record.
    pub(super) fn lead_received(&mut self, before: Group) {
        let is_member = before.standing(self.egress.me()) == GroupStanding::Member;
        if !is_member || !self.conversations.is_in_group(&before.name) {
            return;
        }
        self.groups.set_reissued(&before.name, false);
        let new = NewRequest::to_me(RequestKind::Lead(before.name), before.leader, None, ControlTopic::default());
        self.requests.add_and_report(new, &mut self.egress);
    }

    /// I lead again, because the user to whom I handed the lead has declined it.
    pub(super) fn lead_returned(&mut self, name: &GroupName) {
        let Some(group) = self.groups.get(name).filter(|_| self.requests.my_hand_over(name).is_some()).cloned() else {
            return;
        };
        while let Some(handed) = self.requests.my_hand_over(name) {
            self.requests.answer_and_report(handed, RequestState::Denied, &mut self.egress);
        }
        self.reissue_record(group);
    }

    /// If the broker has refused the record with which I hand over the lead, I still lead.
    pub(in super::super) fn take_lead_back(&mut self, refused: &TypedPublication) {
        let (Topic::GroupRecord(name), Content::News(GroupNews::Record(record))) = (&refused.topic, &refused.content)
        else {
            return;
        };
        let is_mine = record.members.contains(self.egress.me()) && self.conversations.is_in_group(name);
        let is_known = |known: &&Group| known.rev == record.rev && known.leader == record.leader;
        let Some(known) = self.groups.get(name).filter(is_known).filter(|_| is_mine).cloned() else { return };
        while let Some(handed) = self.requests.my_hand_over(name) {
            self.requests.answer_and_report(handed, RequestState::Withdrawn, &mut self.egress);
        }
        let me = self.egress.me().clone();
        self.change_record(known.handed_to(me), Announcement::Members);
    }

    /// Whether a publication announces a leader other than me for a group that I lead: I have taken the lead back.
    pub(in super::super) fn is_of_lead_taken_back(&self, publication: &TypedPublication) -> bool {
        match (&publication.topic, &publication.content) {
            (Topic::GroupNews(_), Content::News(GroupNews::Record(announced))) => {
                let me = self.egress.me();
                !announced.is_led_by(me) && self.groups.get(&announced.name).is_some_and(|known| known.is_led_by(me))
            }
            _ => false,
        }
    }

    /// Accepts the lead: publishes the record under my name.
    pub(in super::super) fn keep_lead(&mut self, id: MessageId, name: &GroupName) -> Result<(), Refusal> {
        self.requests.answer(id, RequestState::Accepted(None), &mut self.egress);
        let group = self.groups.led(name, self.egress.me())?;
        self.reissue_record(group);
        Ok(())
    }

    /// Gives the lead back to the user who handed it over.
    pub(in super::super) fn give_lead_back(&mut self, request: &Request, name: &GroupName) -> Result<(), Refusal> {
        let group = self.groups.led(name, self.egress.me())?;
        let peer = request.peer.clone().filter(|peer| group.members.contains(peer));
        let peer = peer.ok_or_else(|| Refusal::FormerLeaderGone(name.clone()))?;
        self.requests.answer(request.id, RequestState::Denied, &mut self.egress);
        self.egress.notify(Notice::LeadGivenBack { group: name.clone(), user: peer.clone() });
        self.pass_lead(group.handed_to(peer));
        Ok(())
    }

    /// I was made the leader of a group that I am not in. Hands the lead back.
    pub(super) fn decline_lead(&mut self, group: &Group) {
        // The former leader is the last of the members.
        let Some(next) = group.members.last().cloned() else { return self.enter_group(group, false) };
        self.pass_lead(group.clone().handed_to(next).without(self.egress.me()));
    }

    /// If the user to whom I handed the lead has published a record with themselves as leader, they have accepted it.
    pub(super) fn lead_confirmed(&mut self, claim: &Claim) {
        let is_by_leader = claim.from.is_some() && claim.from == claim.group.leader;
        let handed = self.requests.my_hand_over(&claim.group.name).and_then(|id| self.requests.get(id));
        if let Some(handed) = handed.filter(|handed| is_by_leader && handed.peer == claim.from).map(|it| it.id) {
            self.requests.answer_and_report(handed, RequestState::Accepted(None), &mut self.egress);
        }
    }
}

/// Take-over.
impl Peer {
    pub(in super::super::super) fn claim_lead(&mut self, name: &GroupName) -> Result<(), Refusal> {
        let me = self.egress.me().clone();
        let group = self.groups.get(name).filter(|_| self.conversations.is_in_group(name)).cloned();
        let group = group.ok_or_else(|| Refusal::NotInGroup(name.clone()))?;
        let leader = group.leader.clone().filter(|leader| *leader != me);
        let leader = leader.ok_or_else(|| Refusal::AlreadyLeader(name.clone()))?;
        ensure(self.link.is_up(), Refusal::ClaimOffline { leader: leader.clone() })?;
        ensure(!self.link.names_senders(), Refusal::ClaimNotAllowed(name.clone()))?;
        let days = self.egress.identity().leader_gone_after.as_secs() / 86_400;
        let seen = Refusal::LeaderSeen { group: name.clone(), leader: leader.clone(), days };
        ensure(self.is_gone(&leader), seen)?;
        let first = group.members.first().cloned();
        ensure(first.as_ref() == Some(&me), Refusal::NotFirstMember { group: name.clone(), first })?;
        self.change_record(group.handed_to(me), Announcement::NewLeader);
        Ok(())
    }

    /// Whether `user`, who may be me, was absent so long that another user may take over the lead of their groups.
    pub(super) fn is_gone(&self, user: &UserId) -> bool {
        match self.roster.get(user) {
            Some(known) => known.is_gone(self.egress.now().wall, self.egress.identity().leader_gone_after),
            None => user == self.egress.me() && self.attendance.was_absent(),
        }
    }

    /// Notifies my user that another user has taken over the lead.
    pub(super) fn notify_taken(&mut self, taken: &Group) {
        if let Some(leader) = taken.leader.clone() {
            self.egress.notify(Notice::LeadTaken { group: taken.name.clone(), leader });
        }
    }

    /// The first member has taken over the lead while I was away. I publish a hand-over, which also convinces members
    /// who have seen me more recently, or have accepted newer records of mine.
    pub(super) fn lead_taken(&mut self, mine: &Group, taken: &Group) {
        self.notify_taken(taken);
        let handed = Group { rev: mine.rev.max(taken.rev.saturating_sub(1)), ..taken.clone() };
        self.pass_lead(handed);
    }

    /// Settles my invitations of users whom the record now lists: they have accepted.
    pub(super) fn settle_invitations(&mut self, group: &Group) {
        let kind = RequestKind::Invite(group.name.clone());
        for user in group.everyone() {
            if let Some(invitation) = self.requests.pending(Direction::Outgoing, user, &kind) {
                self.requests.answer_and_report(invitation, RequestState::Accepted(None), &mut self.egress);
            }
        }
    }
}
