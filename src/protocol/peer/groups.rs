//! Groups: what I do in them and what others do. Which record holds is decided in `records`; what a
//! change of record means for me is in `membership`.

mod membership;

use super::{
    Peer,
    link::Link,
    records::{Claim, Verdict, judge, may_disband},
};
use crate::{
    domain::{
        ConversationId, Direction, Family, Group, GroupName, MessageId, Phase, RequestKind, RequestState, Timestamp,
        UserId,
    },
    protocol::{
        event::Event,
        operation::Operation,
        properties::Properties,
        publication::Publication,
        topic::{NewsTopic, Topic},
        wire::{Ask, Content, Control, GroupNews},
    },
};

/// What the groups' own topics are told beside the record.
enum Announcement {
    Created,
    NewLeader,
    Members,
}

/// What I want.
impl Peer {
    pub(super) fn create_group(&mut self, now: Timestamp, name: GroupName) {
        if self.link != Link::Up {
            return self.refuse("offline: a group is created once the broker can say whether its name is free");
        }
        if let Some(known) = self.groups.get(&name) {
            let leader = known.leader.as_ref().map_or("somebody".to_owned(), ToString::to_string);
            return self.refuse(format!("#{name} exists and is led by {leader}; ask to join it"));
        }
        let group = Group { name, leader: Some(self.me.clone()), members: Vec::new(), rev: 1, born: now };
        self.groups.insert(group.name.clone(), group.clone());
        self.keep(Operation::PutGroup(group.clone()));
        self.publish_record(now, group.clone(), &Announcement::Created);
        self.come_in(now, &group, true);
    }

    pub(super) fn join_group(&mut self, now: Timestamp, name: &GroupName) {
        let Some(group) = self.groups.get(name) else {
            return self.refuse(format!("there is no group #{name}; you can create it"));
        };
        let leader = group.leader.clone();
        if group.includes(&self.me) && self.is_open(name) {
            return self.refuse(format!("you are in #{name}"));
        }
        match self.my_invitation(name) {
            Some(invitation) => self.follow_invitation(now, invitation, name),
            None => self.ask_to_join(now, name, leader),
        }
    }

    fn ask_to_join(&mut self, now: Timestamp, name: &GroupName, leader: Option<UserId>) {
        match self.my_join(name) {
            Some(again) => self.change_request(again, |request| request.times += 1),
            None => {
                self.new_request(now, Direction::Outgoing, RequestKind::Join(name.clone()), leader.clone(), None);
            }
        }
        self.ask_leader(now, name, true);
        self.done(match leader {
            Some(leader) => format!("asked {leader} to be let into #{name}"),
            None => format!("asked to be let into #{name}, whose leader is not known yet"),
        });
    }

    pub(super) fn invite(&mut self, now: Timestamp, name: &GroupName, user: UserId) {
        let Some(group) = self.groups.get(name).filter(|group| group.includes(&self.me)) else {
            return self.refuse(format!("only those who are in #{name} can invite to it"));
        };
        if group.includes(&user) {
            return self.refuse(format!("{user} is in #{name}"));
        }
        if group.is_led_by(&self.me)
            && self.pending(Direction::Incoming, &user, &RequestKind::Join(name.clone())).is_some()
        {
            return self.let_in(now, name, &user);
        }
        let kind = RequestKind::Invite(name.clone());
        let again = self.pending(Direction::Outgoing, &user, &kind);
        let id = again.unwrap_or_else(|| self.new_request(now, Direction::Outgoing, kind, Some(user.clone()), None));
        let publication = self.control_publication(now, &user, Control::Invited(name.clone()), Some(id), None);
        self.post(publication);
        self.done(format!("invited {user} to #{name}"));
    }

    pub(super) fn remove_member(&mut self, now: Timestamp, name: &GroupName, user: &UserId) {
        let Some(mut group) = self.led(name) else { return };
        if !group.members.contains(user) {
            return self.refuse(format!("{user} is not a member of #{name}"));
        }
        group.members.retain(|member| member != user);
        self.change_record(now, group, &Announcement::Members);
        self.done(format!("removed {user} from #{name}"));
    }

    pub(super) fn hand_over(&mut self, now: Timestamp, name: &GroupName, user: UserId) {
        let Some(group) = self.led(name) else { return };
        if !group.members.contains(&user) {
            return self.refuse(format!("{user} is not a member of #{name}"));
        }
        self.done(format!("handed the lead of #{name} to {user}"));
        self.change_record(now, group.handed_to(user), &Announcement::NewLeader);
        self.unconfirmed.remove(name);
    }

    pub(super) fn leave_group(&mut self, now: Timestamp, name: &GroupName) {
        let Some(group) = self.groups.get(name).filter(|_| self.is_open(name)) else {
            return self.refuse(format!("you are not in #{name}"));
        };
        if group.is_led_by(&self.me) {
            return self.refuse(format!("you lead #{name}: hand it over to a member or disband it"));
        }
        self.ask_leader(now, name, false);
        self.go_out(name, Phase::Left);
        self.done(format!("left #{name}"));
    }

    pub(super) fn disband_group(&mut self, now: Timestamp, name: &GroupName) {
        let Some(group) = self.led(name) else { return };
        let properties = Properties { rev: Some(group.rev + 1), born: Some(group.born), ..self.stamp(now) };
        let news = Content::News(GroupNews::Disbanded(name.clone()));
        let erased = self.encode(&Topic::GroupRecord(name.clone()), &news, &properties);
        self.post(Publication { payload: Vec::new(), retain: true, ..erased });
        self.announce_group(&news, &properties);
        self.forget_group(now, name);
        self.done(format!("disbanded #{name}"));
    }

    /// The record of a group that I lead; says so if I do not.
    fn led(&mut self, name: &GroupName) -> Option<Group> {
        let group = self.groups.get(name).filter(|group| group.is_led_by(&self.me)).cloned();
        if group.is_none() {
            self.refuse(format!("only the leader of #{name} can do that"));
        }
        group
    }

    fn is_open(&self, name: &GroupName) -> bool {
        let id = ConversationId::Group(name.clone());
        self.conversations.get(&id).is_some_and(|conversation| conversation.phase.is_open())
    }

    /// An invitation to it that waits for my answer.
    fn my_invitation(&self, name: &GroupName) -> Option<MessageId> {
        let kind = RequestKind::Invite(name.clone());
        self.requests.iter().rev().find(|r| r.waits_for_me() && r.kind == kind).map(|r| r.id)
    }

    /// My wish to join that has no answer yet.
    fn my_join(&self, name: &GroupName) -> Option<MessageId> {
        let kind = RequestKind::Join(name.clone());
        let mine = |request: &&crate::domain::Request| {
            request.is_pending() && request.direction == Direction::Outgoing && request.kind == kind
        };
        self.requests.iter().rev().find(mine).map(|request| request.id)
    }

    pub(super) fn ask_leader(&mut self, now: Timestamp, name: &GroupName, enter: bool) {
        let publication = self.entry(now, name, enter);
        self.post(publication);
    }

    /// Says again that I left where the record of a group led by `user`, who has just come, still has me.
    pub(super) fn leave_again(&mut self, now: Timestamp, user: &UserId) {
        let has_me = |group: &&Group| group.is_led_by(user) && group.members.contains(&self.me);
        let left = |name: &GroupName| {
            let id = ConversationId::Group(name.clone());
            self.conversations.get(&id).is_some_and(|conversation| conversation.phase == Phase::Left)
        };
        let open: Vec<GroupName> =
            self.groups.values().filter(has_me).map(|group| group.name.clone()).filter(left).collect();
        // Whoever wants to come back has said so since.
        for name in open.into_iter().filter(|name| self.my_join(name).is_none()).collect::<Vec<_>>() {
            let farewell = self.entry(now, &name, false);
            self.hint(farewell);
        }
    }

    /// `<me> ENTER` or `<me> LEAVE` to the leader.
    pub(super) fn entry(&mut self, now: Timestamp, name: &GroupName, enter: bool) -> Publication {
        let ask = if enter { Ask::Enter } else { Ask::Leave };
        let mut properties = self.stamp(now);
        if let Some(join) = self.my_join(name).filter(|_| enter) {
            properties.id = Some(join);
        }
        let content = Content::Ask(name.clone(), self.me.clone(), ask);
        self.encode(&Topic::GroupLeader(name.clone()), &content, &properties)
    }
}

/// Records.
impl Peer {
    /// Changes the record of a group that I led until now.
    fn change_record(&mut self, now: Timestamp, mut group: Group, announcement: &Announcement) {
        group.rev += 1;
        self.publish_record(now, group.clone(), announcement);
        self.adopt(now, group);
    }

    fn publish_record(&mut self, now: Timestamp, group: Group, announcement: &Announcement) {
        let (publication, properties) = self.record(now, &group);
        self.post(publication);
        let name = group.name.clone();
        let news = match (announcement, group.leader) {
            (Announcement::Created, _) | (_, None) => GroupNews::Created(name),
            (Announcement::NewLeader, Some(leader)) => GroupNews::Record(name, leader, Vec::new()),
            (Announcement::Members, Some(leader)) => GroupNews::Record(name, leader, group.members),
        };
        self.announce_group(&Content::News(news), &properties);
    }

    fn record(&mut self, now: Timestamp, group: &Group) -> (Publication, Properties) {
        let properties = Properties { rev: Some(group.rev), born: Some(group.born), ..self.stamp(now) };
        let leader = group.leader.clone().unwrap_or_else(|| self.me.clone());
        let news = Content::News(GroupNews::Record(group.name.clone(), leader, group.members.clone()));
        let publication = self.encode(&Topic::GroupRecord(group.name.clone()), &news, &properties);
        (Publication { retain: true, ..publication }, properties)
    }

    fn announce_group(&mut self, news: &Content, properties: &Properties) {
        for topic in [NewsTopic::Groups, NewsTopic::Info] {
            let publication = self.encode(&Topic::GroupNews(topic), news, properties);
            self.post(publication);
        }
    }

    /// Something was announced about a group.
    pub(super) fn news(&mut self, now: Timestamp, topic: &Topic, news: GroupNews, properties: &Properties) {
        let on_record = matches!(topic, Topic::GroupRecord(_));
        match news {
            // A papo's record itself is on its own topic; here it tells those who watch only this one.
            GroupNews::Created(_) | GroupNews::Record(..) if properties.is_papo && !on_record => {}
            GroupNews::Created(name) => {
                if !self.groups.contains_key(&name) {
                    self.adopt(now, Group { name, leader: None, members: Vec::new(), rev: 0, born: now });
                }
            }
            GroupNews::Disbanded(name) => self.disbanded(now, &name, on_record, properties),
            GroupNews::Record(name, leader, members) => {
                self.record_heard(now, on_record, (name, leader, members), properties);
            }
        }
    }

    fn record_heard(
        &mut self,
        now: Timestamp,
        on_record: bool,
        (name, leader, members): (GroupName, UserId, Vec<UserId>),
        properties: &Properties,
    ) {
        let numbered = properties.rev.filter(|&rev| rev > 0).zip(properties.born);
        let known = self.groups.get(&name).cloned();
        let (rev, born) = numbered.unwrap_or((0, known.as_ref().map_or(now, |known| known.born)));
        let mut group = Group { name, leader: Some(leader.clone()), members, rev, born };
        let Some(known) = known else { return self.adopt(now, group) };
        if rev == 0 && !on_record && group.members.is_empty() {
            // `<group> <leader>` names the new leader and says nothing of the members.
            group = Group { rev, ..known.clone().handed_to(leader) };
        }
        let claim = Claim { group, from: properties.from.clone() };
        match judge(&known, &claim, self.leads_plainly(&known)) {
            Verdict::Same => {
                if on_record {
                    self.unconfirmed.remove(&known.name);
                }
                // The answer to an ask by somebody who is in it already.
                self.adopt(now, known);
            }
            Verdict::Adopt => {
                let rev = claim.group.rev.max(if numbered.is_some() { 0 } else { known.rev });
                let lost = known.is_led_by(&self.me) && known.born != claim.group.born;
                self.adopt(now, Group { rev, ..claim.group });
                if lost {
                    self.lost(now, &known.name);
                }
            }
            verdict => self.stand_by_record(now, &known, on_record, verdict),
        }
    }

    /// A record that does not hold may have replaced the one that the broker keeps: its leader repeats it.
    fn stand_by_record(&mut self, now: Timestamp, known: &Group, on_record: bool, verdict: Verdict) {
        if verdict == Verdict::Forbidden {
            self.suspect(format!("ignored a record of #{} that was not by its leader", known.name));
        }
        if on_record && known.is_led_by(&self.me) {
            self.repeat_record(now, &known.name);
        }
    }

    fn repeat_record(&mut self, now: Timestamp, name: &GroupName) {
        self.unconfirmed.insert(name.clone(), now);
        self.confirm_records(now);
    }

    /// Sends the records again that the broker should have shown back by now.
    pub(super) fn confirm_records(&mut self, now: Timestamp) {
        let due: Vec<GroupName> =
            self.unconfirmed.iter().filter(|(_, due)| **due <= now).map(|(name, _)| name.clone()).collect();
        for name in due {
            self.unconfirmed.remove(&name);
            if let Some(group) = self.groups.get(&name).filter(|group| group.is_led_by(&self.me)).cloned() {
                let (publication, _) = self.record(now, &group);
                self.hint(publication);
            }
        }
    }

    /// Whether the known leader may be typing by hand.
    fn leads_plainly(&self, group: &Group) -> bool {
        group.leader.as_ref().is_none_or(|leader| *leader != self.me && !self.is_papo(leader))
    }

    fn disbanded(&mut self, now: Timestamp, name: &GroupName, on_record: bool, properties: &Properties) {
        let Some(known) = self.groups.get(name).cloned() else { return };
        if properties.born.is_some_and(|born| born != known.born) && known.rev != 0 {
            return;
        }
        if may_disband(&known, properties.from.as_ref(), self.leads_plainly(&known)) {
            self.forget_group(now, name);
        } else {
            self.stand_by_record(now, &known, on_record, Verdict::Forbidden);
        }
    }
}

/// What others ask of me as a leader, and invite me to.
impl Peer {
    pub(super) fn asked_to_enter(&mut self, now: Timestamp, name: &GroupName, user: UserId, properties: &Properties) {
        let Some(group) = self.groups.get(name).filter(|group| group.is_led_by(&self.me)) else { return };
        if user == self.me {
            return;
        }
        let is_in = group.includes(&user);
        self.meet(&user, |_| {});
        let kind = RequestKind::Join(name.clone());
        if is_in {
            return self.repeat_record(now, name);
        }
        if let Some(invitation) = self.pending(Direction::Outgoing, &user, &RequestKind::Invite(name.clone())) {
            self.answer_request(now, invitation, RequestState::Accepted(None));
            self.tell(Event::RequestAnswered(invitation));
            return self.let_in(now, name, &user);
        }
        if let Some(known) = self.same_request(&user, &kind, properties.id) {
            if known.state != RequestState::Withdrawn {
                return self.answer_again(now, &known);
            }
            // It went to another leader for a while.
            return self.reopen_request(known.id);
        }
        if let Some(waiting) = self.pending(Direction::Incoming, &user, &kind) {
            return self.change_request(waiting, |request| request.times = request.times.saturating_add(1));
        }
        let id = self.new_request(now, Direction::Incoming, kind, Some(user), properties.id);
        self.tell(Event::RequestArrived(id));
    }

    pub(super) fn asked_to_leave(&mut self, now: Timestamp, name: &GroupName, user: &UserId) {
        if let Some(waiting) = self.pending(Direction::Incoming, user, &RequestKind::Join(name.clone())) {
            self.answer_request(now, waiting, RequestState::Withdrawn);
        }
        let led = self.groups.get(name).filter(|group| group.is_led_by(&self.me) && group.members.contains(user));
        if let Some(mut group) = led.cloned() {
            group.members.retain(|member| member != user);
            self.change_record(now, group, &Announcement::Members);
        }
    }

    /// Lets somebody into a group that I lead.
    pub(super) fn let_in(&mut self, now: Timestamp, name: &GroupName, user: &UserId) {
        let Some(mut group) = self.led(name) else { return };
        while let Some(waiting) = self.pending(Direction::Incoming, user, &RequestKind::Join(name.clone())) {
            self.answer_request(now, waiting, RequestState::Accepted(None));
        }
        if group.includes(user) {
            return self.repeat_record(now, name);
        }
        group.members.push(user.clone());
        self.change_record(now, group, &Announcement::Members);
        self.done(format!("{user} is in #{name} now"));
    }

    pub(super) fn invited(&mut self, now: Timestamp, name: GroupName, family: Family, properties: &Properties) {
        let from = properties.from.clone();
        if self.is_open(&name) {
            return;
        }
        let kind = RequestKind::Invite(name.clone());
        let same = from.as_ref().and_then(|from| self.same_request(from, &kind, properties.id));
        match same {
            Some(known) if known.state == RequestState::Denied => self.answer_again(now, &known),
            Some(known) if known.is_pending() => {}
            Some(_) => {
                let entry = self.entry(now, &name, true);
                self.hint(entry);
            }
            None => self.invitation(now, kind, from, family, properties.id),
        }
    }

    fn invitation(
        &mut self,
        now: Timestamp,
        kind: RequestKind,
        from: Option<UserId>,
        family: Family,
        id: Option<MessageId>,
    ) {
        let waiting = self.requests.iter().find(|r| r.waits_for_me() && r.kind == kind && r.peer == from).map(|r| r.id);
        if let Some(waiting) = waiting {
            return self.change_request(waiting, |request| request.times = request.times.saturating_add(1));
        }
        let id = self.new_request(now, Direction::Incoming, kind, from, id);
        self.change_request(id, |request| request.family = family);
        self.tell(Event::RequestArrived(id));
    }
}
