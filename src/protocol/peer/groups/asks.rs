//! What others ask of me as a leader, and invite me to.

use super::{super::Peer, Announcement};
use crate::{
    domain::{Direction, Family, GroupName, MessageId, Now, RequestKind, RequestState, UserId},
    protocol::{IgnoredReason, Notice, Refusal, event::Event, properties::Properties},
};

impl Peer {
    pub(in crate::protocol::peer) fn asked_to_enter(
        &mut self,
        now: Now,
        name: &GroupName,
        user: UserId,
        properties: &Properties,
    ) {
        let Some(group) = self.groups.get(name).filter(|group| group.is_led_by(&self.me)) else {
            return self.overlook(IgnoredReason::NotLed(name.clone()));
        };
        if user == self.me {
            return self.overlook(IgnoredReason::Own);
        }
        if self.is_blocked(&user) {
            return self.overlook(IgnoredReason::Blocked);
        }
        let is_in = group.includes(&user);
        self.meet(&user, |_| {});
        let kind = RequestKind::Join(name.clone());
        if is_in {
            if self.resends.may_have_record(now, name, &user) {
                return self.repeat_record(now, name);
            }
            return self.overlook(IgnoredReason::Paced(name.clone()));
        }
        if let Some(invitation) = self.pending(Direction::Outgoing, &user, &RequestKind::Invite(name.clone())) {
            self.answer_request(now, invitation, RequestState::Accepted(None));
            self.tell(Event::RequestAnswered(invitation));
            // I lead the group.
            return self.let_in(now, name, &user).unwrap_or_default();
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
        if self.is_inbox_full(Some(&user)) {
            return;
        }
        let id = self.new_request(now, Direction::Incoming, kind, Some(user), properties.id);
        self.tell(Event::RequestArrived(id));
    }

    pub(in crate::protocol::peer) fn asked_to_leave(&mut self, now: Now, name: &GroupName, user: &UserId) {
        let waiting = self.pending(Direction::Incoming, user, &RequestKind::Join(name.clone()));
        if let Some(waiting) = waiting {
            self.answer_request(now, waiting, RequestState::Withdrawn);
        }
        match self.groups.get(name).filter(|group| group.is_led_by(&self.me)).cloned() {
            Some(mut group) if group.members.contains(user) => {
                group.members.retain(|member| member != user);
                self.change_record(now, group, &Announcement::Members);
            }
            _ if waiting.is_some() => {}
            Some(_) => self.overlook(IgnoredReason::NoMember(name.clone())),
            None => self.overlook(IgnoredReason::NotLed(name.clone())),
        }
    }

    /// Lets somebody into a group that I lead.
    pub(in crate::protocol::peer) fn let_in(
        &mut self,
        now: Now,
        name: &GroupName,
        user: &UserId,
    ) -> Result<(), Refusal> {
        let mut group = self.led(name)?;
        while let Some(waiting) = self.pending(Direction::Incoming, user, &RequestKind::Join(name.clone())) {
            self.answer_request(now, waiting, RequestState::Accepted(None));
        }
        if group.includes(user) {
            self.repeat_record(now, name);
            return Ok(());
        }
        group.members.push(user.clone());
        self.change_record(now, group, &Announcement::Members);
        self.notify(Notice::MemberAdded { group: name.clone(), user: user.clone() });
        Ok(())
    }

    pub(in crate::protocol::peer) fn invited(
        &mut self,
        now: Now,
        name: GroupName,
        family: Family,
        properties: &Properties,
    ) {
        let from = properties.from.clone();
        if self.is_open(&name) {
            return self.overlook(IgnoredReason::AlreadyJoined(name));
        }
        let kind = RequestKind::Invite(name.clone());
        let same = from.as_ref().and_then(|from| self.same_request(from, &kind, properties.id));
        match same {
            Some(known) if known.state == RequestState::Denied => self.answer_again(now, &known),
            Some(known) if known.is_pending() => self.overlook(IgnoredReason::Repeated),
            Some(_) => {
                let entry = self.entry(now, &name, true);
                self.hint(entry);
            }
            None => self.invitation(now, kind, from, family, properties.id),
        }
    }

    pub(super) fn invitation(
        &mut self,
        now: Now,
        kind: RequestKind,
        from: Option<UserId>,
        family: Family,
        id: Option<MessageId>,
    ) {
        let waiting = self.waiting(&kind).find(|request| request.peer == from).map(|request| request.id);
        if let Some(waiting) = waiting {
            return self.change_request(waiting, |request| request.times = request.times.saturating_add(1));
        }
        if self.is_inbox_full(from.as_ref()) {
            return;
        }
        let id = self.new_request(now, Direction::Incoming, kind, from, id);
        self.change_request(id, |request| request.family = family);
        self.tell(Event::RequestArrived(id));
    }
}
