//! Requests to me as a leader, and invitations to me.

use super::super::super::{
    Peer,
    group_messages::{Announcement, enter_or_leave},
    repetitions::Repetition,
    requests::NewRequest,
};
use crate::{
    domain::{ControlTopic, Direction, GroupName, MessageId, RequestKind, RequestState, UserId},
    protocol::{Content, Departed, IgnoredReason, Notice, Properties, Refusal, Topic, TypedPublication},
};

impl Peer {
    pub(in super::super) fn asked_to_enter(&mut self, name: &GroupName, user: UserId, properties: &Properties) {
        let Ok(group) = self.groups.led(name, self.egress.me()) else {
            return self.egress.ignore(IgnoredReason::NotLedByMe(name.clone()));
        };
        if user == *self.egress.me() {
            return self.egress.ignore(IgnoredReason::FromMyself);
        }
        if self.roster.is_blocked(&user) {
            return self.egress.ignore(IgnoredReason::Blocked);
        }
        self.upsert_user(&user, |_| {});
        if group.includes(&user) {
            if self.repetitions.allow(self.egress.now(), Repetition::RecordTo(name.clone(), user.clone())) {
                return self.repeat_record(name);
            }
            return self.egress.ignore(IgnoredReason::RateLimited(name.clone()));
        }
        let invite = RequestKind::Invite(name.clone());
        if let Some(invitation) = self.requests.pending(Direction::Outgoing, &user, &invite) {
            self.requests.answer_and_report(invitation, RequestState::Accepted(None), &mut self.egress);
            // Never refused, because I lead the group.
            return self.let_in(name, &user).unwrap_or_default();
        }
        let join = RequestKind::Join(name.clone());
        if let Some(known) = self.requests.find_incoming(&user, &join, properties.id) {
            if known.state != RequestState::Withdrawn {
                return self.answer_again(&known);
            }
            // The user had cancelled it, or it went to another leader for a while.
            return self.requests.reopen(known.id, &mut self.egress);
        }
        if let Some(waiting) = self.requests.pending(Direction::Incoming, &user, &join) {
            return self.requests.count_repetition(waiting, &mut self.egress);
        }
        let new = NewRequest::to_me(join, Some(user), properties.id, ControlTopic::default());
        self.requests.add_unless_full(new, &mut self.egress);
    }

    pub(in super::super) fn asked_to_leave(&mut self, name: &GroupName, user: &UserId) {
        let waiting = self.requests.pending(Direction::Incoming, user, &RequestKind::Join(name.clone()));
        if let Some(waiting) = waiting {
            self.requests.answer(waiting, RequestState::Withdrawn, &mut self.egress);
        }
        match self.groups.led(name, self.egress.me()) {
            Ok(group) if group.members.contains(user) => {
                self.change_record(group.without(user), Announcement::Without(Departed::Left(user.clone())));
            }
            _ if waiting.is_some() => {}
            Ok(_) => self.egress.ignore(IgnoredReason::NotMember(name.clone())),
            Err(_) => self.egress.ignore(IgnoredReason::NotLedByMe(name.clone())),
        }
    }

    /// Lets `user` into a group that I lead.
    pub(in super::super) fn let_in(&mut self, name: &GroupName, user: &UserId) -> Result<(), Refusal> {
        let group = self.groups.led(name, self.egress.me())?;
        let join = RequestKind::Join(name.clone());
        while let Some(waiting) = self.requests.pending(Direction::Incoming, user, &join) {
            self.requests.answer(waiting, RequestState::Accepted(None), &mut self.egress);
        }
        if group.includes(user) {
            self.repeat_record(name);
            return Ok(());
        }
        self.change_record(group.with(user.clone()), Announcement::Members);
        self.egress.notify(Notice::MemberAdded { group: name.clone(), user: user.clone() });
        Ok(())
    }

    pub(in super::super) fn invited(&mut self, name: GroupName, control_topic: ControlTopic, properties: &Properties) {
        let from = properties.from.as_ref();
        if self.conversations.is_in_group(&name) {
            let is_recreated =
                self.groups.get(&name).is_some_and(|group| group.rev == 0 && group.leader.as_ref() == from);
            if is_recreated && self.repetitions.allow(self.egress.now(), Repetition::Joined(name.clone())) {
                // The broker may have lost the group, and who is in it.
                let content = Content::Joined(name.clone(), self.egress.me().clone());
                self.egress.send_transient(TypedPublication::new(Topic::GroupMembers(name.clone()), content));
                self.egress.open_group(&name);
            }
            return self.egress.ignore(IgnoredReason::AlreadyJoined(name));
        }
        let kind = RequestKind::Invite(name.clone());
        match from.and_then(|from| self.requests.find_incoming(from, &kind, properties.id)) {
            Some(known) if known.state == RequestState::Denied => self.answer_again(&known),
            Some(known) if known.is_pending() => self.egress.ignore(IgnoredReason::Duplicate),
            Some(known) if !self.repetitions.allow(self.egress.now(), Repetition::Answer(known.id)) => {
                self.egress.ignore(IgnoredReason::Duplicate);
            }
            Some(_) => self.egress.send_transient(enter_or_leave(&name, true, self.egress.me(), &self.requests)),
            None => {
                self.note_invited_to(&name, properties);
                self.add_invitation(name, from.cloned(), control_topic, properties.id);
            }
        }
    }

    /// Adds an invitation that waits for my answer, or counts a repetition.
    pub(super) fn add_invitation(
        &mut self,
        name: GroupName,
        from: Option<UserId>,
        control_topic: ControlTopic,
        id: Option<MessageId>,
    ) {
        let kind = RequestKind::Invite(name);
        let waiting = self.requests.waiting(&kind).find(|request| request.peer == from).map(|request| request.id);
        match waiting {
            Some(waiting) => self.requests.count_repetition(waiting, &mut self.egress),
            None => self.requests.add_unless_full(NewRequest::to_me(kind, from, id, control_topic), &mut self.egress),
        }
    }
}
