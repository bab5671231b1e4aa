//! Groups: what I want in them. What others ask is in `asks`, what is announced in `news`; which record holds
//! is decided in `records`, what a change of record means for me in `membership`, how the lead passes on in
//! `lead`, and what is done against records that do not hold in `standing`.

mod asks;
mod lead;
mod membership;
mod news;
mod standing;

pub(super) use standing::Stand;

use super::{Peer, link::Link};
use crate::{
    domain::{ConversationId, Direction, Group, GroupName, MessageId, Now, Phase, Request, RequestKind, UserId},
    protocol::{
        Notice, Refusal,
        operation::Operation,
        properties::Properties,
        publication::Publication,
        topic::Topic,
        wire::{Ask, Content, Control, GroupNews},
    },
};

/// What the groups' own topics are told beside the record.
enum Announcement {
    Created,
    NewLeader,
    Members,
}

impl Peer {
    pub(super) fn create_group(&mut self, now: Now, name: GroupName) -> Result<(), Refusal> {
        if self.link != Link::Up {
            return Err(Refusal::CreateOffline);
        }
        if let Some(known) = self.groups.get(&name) {
            return Err(Refusal::GroupExists { leader: known.leader.clone(), group: name });
        }
        let group = Group { name, leader: Some(self.me.clone()), members: Vec::new(), rev: 1, born: now.wall };
        self.groups.insert(group.name.clone(), group.clone());
        self.keep(Operation::PutGroup(group.clone()));
        // Whoever reads the record may ask at once, so I listen first.
        self.come_in(now, &group, true);
        self.publish_record(now, group, &Announcement::Created);
        Ok(())
    }

    pub(super) fn join_group(&mut self, now: Now, name: &GroupName) -> Result<(), Refusal> {
        let Some(group) = self.groups.get(name) else {
            return Err(Refusal::NoGroup(name.clone()));
        };
        let leader = group.leader.clone();
        if group.includes(&self.me) && self.is_open(name) {
            return Err(Refusal::AlreadyJoined(name.clone()));
        }
        match self.my_invitation(name) {
            Some(invitation) => self.follow_invitation(now, invitation, name),
            None => self.ask_to_join(now, name, leader),
        }
        Ok(())
    }

    fn ask_to_join(&mut self, now: Now, name: &GroupName, leader: Option<UserId>) {
        match self.my_join(name) {
            Some(again) => self.change_request(again, |request| request.times += 1),
            None => {
                self.new_request(now, Direction::Outgoing, RequestKind::Join(name.clone()), leader.clone(), None);
            }
        }
        self.ask_leader(now, name, true);
        let is_away = |user: &UserId| self.is_papo(user) && !self.greeted.contains_key(user);
        let is_offline = leader.as_ref().is_some_and(is_away);
        self.notify(Notice::JoinRequested { group: name.clone(), leader, is_offline });
    }

    pub(super) fn invite(&mut self, now: Now, name: &GroupName, user: UserId) -> Result<(), Refusal> {
        let Some(group) = self.groups.get(name).filter(|group| group.includes(&self.me)) else {
            return Err(Refusal::InviteByOutsider(name.clone()));
        };
        if group.includes(&user) {
            return Err(Refusal::AlreadyMember { group: name.clone(), user });
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
        self.expect_answer(now, &user);
        self.notify(Notice::Invited { group: name.clone(), user });
        Ok(())
    }

    pub(super) fn remove_member(&mut self, now: Now, name: &GroupName, user: &UserId) -> Result<(), Refusal> {
        let mut group = self.led(name)?;
        if !group.members.contains(user) {
            return Err(Refusal::NotMember { group: name.clone(), user: user.clone() });
        }
        group.members.retain(|member| member != user);
        self.change_record(now, group, &Announcement::Members);
        self.notify(Notice::MemberRemoved { group: name.clone(), user: user.clone() });
        Ok(())
    }

    pub(super) fn hand_over(&mut self, now: Now, name: &GroupName, user: UserId) -> Result<(), Refusal> {
        let group = self.led(name)?;
        if !group.members.contains(&user) {
            return Err(Refusal::NotMember { group: name.clone(), user });
        }
        self.notify(Notice::LeadHandedOver { group: name.clone(), user: user.clone() });
        self.new_request(now, Direction::Outgoing, RequestKind::Lead(name.clone()), Some(user.clone()), None);
        self.change_record(now, group.handed_to(user), &Announcement::NewLeader);
        self.unconfirmed.remove(name);
        Ok(())
    }

    pub(super) fn leave_group(&mut self, now: Now, name: &GroupName) -> Result<(), Refusal> {
        let Some(group) = self.groups.get(name).filter(|_| self.is_open(name)) else {
            return Err(Refusal::NotInGroup(name.clone()));
        };
        if group.is_led_by(&self.me) {
            return Err(Refusal::LeaderCannotLeave(name.clone()));
        }
        self.ask_leader(now, name, false);
        self.go_out(name, Phase::Left);
        self.notify(Notice::Left(name.clone()));
        Ok(())
    }

    pub(super) fn disband_group(&mut self, now: Now, name: &GroupName) -> Result<(), Refusal> {
        let group = self.led(name)?;
        let properties = Properties { rev: Some(group.rev + 1), born: Some(group.born), ..self.stamp(now) };
        let erased = self.erased(name, &properties);
        self.post(erased);
        self.announce_group(&Content::News(GroupNews::Disbanded(name.clone())), &properties);
        self.forget_group(now, name);
        self.notify(Notice::Disbanded(name.clone()));
        Ok(())
    }

    /// What takes the record of a group from the broker.
    fn erased(&self, name: &GroupName, properties: &Properties) -> Publication {
        let news = Content::News(GroupNews::Disbanded(name.clone()));
        let erased = self.encode(&Topic::GroupRecord(name.clone()), &news, properties);
        Publication { payload: Vec::new(), retain: true, ..erased }
    }

    /// The record of a group that I lead.
    fn led(&self, name: &GroupName) -> Result<Group, Refusal> {
        let group = self.groups.get(name).filter(|group| group.is_led_by(&self.me));
        group.cloned().ok_or_else(|| Refusal::NotLeader(name.clone()))
    }

    fn is_open(&self, name: &GroupName) -> bool {
        let id = ConversationId::Group(name.clone());
        self.conversations.get(&id).is_some_and(|conversation| conversation.phase.is_open())
    }

    /// An invitation to it that waits for my answer.
    fn my_invitation(&self, name: &GroupName) -> Option<MessageId> {
        self.waiting(&RequestKind::Invite(name.clone())).next_back().map(|request| request.id)
    }

    /// What of this kind waits for my answer, oldest first, whoever asks.
    fn waiting(&self, kind: &RequestKind) -> impl DoubleEndedIterator<Item = &Request> {
        self.requests.open().filter(move |request| request.waits_for_me() && request.kind == *kind)
    }

    /// My wish to join that has no answer yet.
    fn my_join(&self, name: &GroupName) -> Option<MessageId> {
        self.my_open(&RequestKind::Join(name.clone()))
    }

    /// The latest that I asked of this kind and that has no answer yet, whomever I asked.
    fn my_open(&self, kind: &RequestKind) -> Option<MessageId> {
        let mine = |r: &&Request| r.direction == Direction::Outgoing && r.kind == *kind;
        self.requests.open().rev().find(mine).map(|request| request.id)
    }

    pub(super) fn ask_leader(&mut self, now: Now, name: &GroupName, enter: bool) {
        let publication = self.entry(now, name, enter);
        self.post(publication);
        if let Some(leader) = self.groups.get(name).and_then(|group| group.leader.clone()) {
            self.expect_answer(now, &leader);
        }
    }

    /// Says again that I am in none of the groups led by `user` whose records have me still.
    pub(super) fn leave_again(&mut self, now: Now, user: &UserId) {
        for name in self.left_in_vain(user) {
            let farewell = self.entry(now, &name, false);
            self.hint(farewell);
        }
    }

    /// The groups led by `user` whose records have me still though I left, or never wanted to be in them.
    pub(super) fn left_in_vain(&self, user: &UserId) -> Vec<GroupName> {
        let has_me = |group: &&Group| group.is_led_by(user) && group.members.contains(&self.me);
        // Whoever wants to come in has said so since, or is still to answer.
        let outside = |name: &GroupName| {
            !self.is_open(name) && self.my_join(name).is_none() && self.my_invitation(name).is_none()
        };
        self.groups.values().filter(has_me).map(|group| &group.name).filter(|name| outside(name)).cloned().collect()
    }

    /// `<me> ENTER` or `<me> LEAVE` to the leader.
    pub(super) fn entry(&mut self, now: Now, name: &GroupName, enter: bool) -> Publication {
        let ask = if enter { Ask::Enter } else { Ask::Leave };
        let mut properties = self.stamp(now);
        if let Some(join) = self.my_join(name).filter(|_| enter) {
            properties.id = Some(join);
        }
        let content = Content::Ask(name.clone(), self.me.clone(), ask);
        self.encode(&Topic::GroupLeader(name.clone()), &content, &properties)
    }
}
