//! The lead of a group: handed over, given back, and taken where the leader is gone for good.

use super::{
    super::{
        Peer,
        link::{CONFIRM_WITHIN, Link},
        records::Claim,
    },
    Announcement,
};
use crate::{
    domain::{
        ConversationId, Direction, Group, GroupName, GroupStanding, MessageId, Now, Phase, Request, RequestKind,
        RequestState, Tick, UserId,
    },
    protocol::{
        IgnoredReason, Notice, Refusal,
        event::Event,
        properties::Properties,
        publication::Publication,
        wire::{Content, GroupNews},
    },
};

/// Handed over, and given back.
impl Peer {
    /// A leader has made me the leader: I may give the lead back.
    pub(super) fn lead_received(&mut self, now: Now, before: Group) {
        let kind = RequestKind::Lead(before.name.clone());
        if before.standing(&self.me) != GroupStanding::Member || !self.is_open(&before.name) {
            return;
        }
        self.signed.remove(&before.name);
        let id = self.new_request(now, Direction::Incoming, kind, before.leader, None);
        self.tell(Event::RequestArrived(id));
    }

    /// I lead again: whoever I had handed the lead to did not want it.
    pub(super) fn lead_came_back(&mut self, now: Now, name: &GroupName) {
        let Some(group) = self.groups.get(name).filter(|_| self.handed_over(name).is_some()).cloned() else { return };
        while let Some(handed) = self.handed_over(name) {
            self.answer_request(now, handed, RequestState::Denied);
            self.tell(Event::RequestAnswered(handed));
        }
        self.sign_record(now, group);
    }

    /// I lead no more, so there is nothing to give back.
    pub(super) fn lead_passed_on(&mut self, now: Now, name: &GroupName) {
        self.answer_waiting(now, &RequestKind::Lead(name.clone()), &RequestState::Accepted(None));
    }

    /// Keeps the lead, and says so with the record.
    pub(in crate::protocol::peer) fn keep_lead(
        &mut self,
        now: Now,
        id: MessageId,
        name: &GroupName,
    ) -> Result<(), Refusal> {
        self.answer_request(now, id, RequestState::Accepted(None));
        let group = self.led(name)?;
        self.sign_record(now, group);
        Ok(())
    }

    /// Gives the lead back to whom it came from.
    pub(in crate::protocol::peer) fn give_lead_back(
        &mut self,
        now: Now,
        request: &Request,
        name: &GroupName,
    ) -> Result<(), Refusal> {
        let group = self.led(name)?;
        match request.peer.clone().filter(|peer| group.members.contains(peer)) {
            Some(peer) => {
                self.answer_request(now, request.id, RequestState::Denied);
                self.notify(Notice::LeadGivenBack { group: name.clone(), user: peer.clone() });
                self.change_record(now, group.handed_to(peer), &Announcement::NewLeader);
                self.unconfirmed.remove(name);
                Ok(())
            }
            None => Err(Refusal::FormerLeaderGone(name.clone())),
        }
    }

    /// I was handed the lead of a group that I have left, or have not come into: it goes back to whoever is there.
    pub(super) fn decline_lead(&mut self, now: Now, group: &Group) {
        // Who handed it over is the last of the members.
        let Some(next) = group.members.last().cloned() else { return self.come_in(now, group, false) };
        let mut declined = group.clone().handed_to(next);
        declined.members.retain(|member| *member != self.me);
        self.change_record(now, declined, &Announcement::NewLeader);
        self.unconfirmed.remove(&group.name);
    }

    /// A record by the leader that it names: whom I had handed the lead to keeps it.
    pub(super) fn lead_confirmed(&mut self, now: Now, claim: &Claim) {
        let is_by_leader = claim.from.is_some() && claim.from == claim.group.leader;
        let handed = self.handed_over(&claim.group.name).and_then(|id| self.request(id));
        if let Some(handed) = handed.filter(|handed| is_by_leader && handed.peer == claim.from).map(|it| it.id) {
            self.answer_request(now, handed, RequestState::Accepted(None));
            self.tell(Event::RequestAnswered(handed));
        }
    }

    /// Tells somebody again that it leads now.
    pub(in crate::protocol::peer) fn hand_over_again(&mut self, now: Now, name: &GroupName, user: &UserId) {
        if let Some(group) = self.groups.get(name).filter(|group| group.is_led_by(user)).cloned() {
            self.hint_record(now, &group);
        }
    }

    /// My handing over of the lead that has no answer yet.
    pub(super) fn handed_over(&self, name: &GroupName) -> Option<MessageId> {
        self.my_open(&RequestKind::Lead(name.clone()))
    }
}

/// Taken.
impl Peer {
    pub(in crate::protocol::peer) fn claim_lead(&mut self, now: Now, name: &GroupName) -> Result<(), Refusal> {
        let Some(group) = self.groups.get(name).filter(|_| self.is_open(name)).cloned() else {
            return Err(Refusal::NotInGroup(name.clone()));
        };
        let Some(leader) = group.leader.clone().filter(|leader| *leader != self.me) else {
            return Err(Refusal::AlreadyLeader(name.clone()));
        };
        if self.link != Link::Up {
            return Err(Refusal::ClaimOffline { leader });
        }
        if !self.is_gone(now, &leader) {
            let days = self.leader_gone_after.as_secs() / 86_400;
            return Err(Refusal::LeaderSeen { group: name.clone(), leader, days });
        }
        if group.members.first() != Some(&self.me) {
            return Err(Refusal::NotFirstMember { group: name.clone(), first: group.members.first().cloned() });
        }
        self.change_record(now, group.handed_to(self.me.clone()), &Announcement::NewLeader);
        Ok(())
    }

    /// The user learns that another leads now.
    pub(super) fn tell_taken(&mut self, taken: &Group) {
        if let Some(leader) = taken.leader.clone() {
            self.notify(Notice::LeadTaken { group: taken.name.clone(), leader });
        }
    }

    /// While I was away for long the first member has taken the lead. I hand it over, so that those believe it too
    /// who have seen me later than it has, or have believed what I have written as the leader since.
    pub(super) fn lead_taken(&mut self, now: Now, mine: &Group, taken: &Group) {
        self.tell_taken(taken);
        let handed = Group { rev: mine.rev.max(taken.rev.saturating_sub(1)), ..taken.clone() };
        self.change_record(now, handed, &Announcement::NewLeader);
        self.unconfirmed.remove(&taken.name);
    }
}

/// Groups that the broker has forgotten.
impl Peer {
    /// On a new connection the broker is to show a record that holds of each group that I am in, and of those that I
    /// was in: who leads one now may not know that it does, and nobody who is in it be left to say so.
    pub(in crate::protocol::peer) fn await_records(&mut self, now: Now) {
        let was_in = |name: &GroupName| self.conversations.contains_key(&ConversationId::Group(name.clone()));
        let is_mine = |group: &&Group| group.includes(&self.me) || was_in(&group.name);
        let mine = self.groups.values().filter(|group| !group.is_led_by(&self.me)).filter(is_mine);
        self.unshown = mine.map(|group| (group.name.clone(), Some(now.tick + CONFIRM_WITHIN))).collect();
    }

    /// Asks the leaders for what the broker has not shown.
    pub(in crate::protocol::peer) fn ask_for_records(&mut self, now: Now) {
        let is_due = |due: &Option<Tick>| due.is_some_and(|due| due <= now.tick);
        let due: Vec<GroupName> =
            self.unshown.iter().filter(|(_, due)| is_due(due)).map(|(name, _)| name.clone()).collect();
        for name in due {
            self.unshown.insert(name.clone(), None);
            self.ask_for_record(now, &name);
        }
    }

    /// Asks `user`, who was not here when I asked before.
    pub(in crate::protocol::peer) fn ask_for_records_again(&mut self, now: Now, user: &UserId) {
        let is_led = |name: &GroupName| self.groups.get(name).is_some_and(|group| group.is_led_by(user));
        let asked = self.unshown.iter().filter(|(name, due)| due.is_none() && is_led(name));
        for name in asked.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.ask_for_record(now, &name);
        }
    }

    fn ask_for_record(&mut self, now: Now, name: &GroupName) {
        let leader = self.groups.get(name).and_then(|group| group.leader.clone());
        if let Some(leader) = leader.filter(|leader| self.is_papo(leader)) {
            let id = ConversationId::Group(name.clone());
            let next = self.progress_with(&id, &leader).map_or(1, |progress| progress.next());
            self.ask_resend(now, &id, &leader, next, None);
        }
    }

    /// Somebody asks about a group: the broker may not have shown it the record, or its end, or one that it cannot
    /// believe, for it has missed that I passed the lead on, or removed it.
    pub(in crate::protocol::peer) fn asked_about_group(&mut self, now: Now, name: &GroupName) {
        let id = ConversationId::Group(name.clone());
        match self.groups.get(name).cloned() {
            Some(group) if group.is_led_by(&self.me) => self.repeat_record(now, name),
            // What the broker keeps may be newer than what I know, so it is not replaced.
            Some(group) if self.conversations.contains_key(&id) => {
                let (record, _) = self.record(now, &group);
                self.hint(Publication { retain: false, ..record });
            }
            None if self.conversations.get(&id).is_some_and(|talk| talk.phase == Phase::Disbanded) => {
                let properties = self.stamp(now);
                let news = Content::News(GroupNews::Disbanded(name.clone()));
                self.hint_group(&news, &properties);
            }
            _ => self.overlook(IgnoredReason::NoGroup(name.clone())),
        }
    }

    /// Somebody asks for what I wrote in a talk that I do not know.
    pub(in crate::protocol::peer) fn asked_about_the_unknown(&mut self, now: Now, id: &ConversationId, user: &UserId) {
        match id {
            ConversationId::Group(name) => {
                // Anybody can make up names: all whom I do not know share one pace.
                if self.resends.may_have_record(now, name, &self.me) {
                    self.asked_about_group(now, name);
                } else {
                    self.overlook(IgnoredReason::Paced(name.clone()));
                }
            }
            ConversationId::Session(session) if session.peer_of(&self.me) == Some(user) => {
                self.session_offered(now, session.clone(), user, Properties::default());
            }
            ConversationId::Session(_) => self.overlook(IgnoredReason::NoChat(id.clone())),
        }
    }
}
