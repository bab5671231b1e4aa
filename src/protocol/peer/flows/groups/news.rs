//! Group records: mine as they are published, and those of others as they are heard.

use super::super::super::{
    Peer,
    acquaintance::Ties,
    group_messages::{Announcement, erased, publish_record, send_copy, send_end},
    records::{Claim, Leader, Verdict, judge, may_disband},
};
use crate::{
    domain::{ConversationId, Group, GroupName, Phase, UserId},
    protocol::{GroupNews, IgnoredReason, Properties, Topic},
};

/// Mine.
impl Peer {
    /// Changes the record of a group that I led until now.
    pub(super) fn change_record(&mut self, mut group: Group, announcement: Announcement) {
        group.rev = group.rev.saturating_add(1);
        publish_record(group.clone(), announcement, &mut self.egress);
        self.adopt(group);
    }

    /// A peer asks about a group. The broker may not have shown it the record, or its end; or it cannot believe the
    /// record, for it has missed that I handed over the lead, or removed it.
    pub(in super::super) fn asked_about_group(&mut self, name: &GroupName) {
        let phase = self.conversations.phase(&ConversationId::Group(name.clone()));
        match self.groups.get(name).cloned() {
            Some(group) if group.is_led_by(self.egress.me()) => self.repeat_record(name),
            // What the broker keeps may be newer than what I know, so it is not replaced.
            Some(group) if phase.is_some() => send_copy(&group, &mut self.egress),
            None if phase == Some(Phase::Disbanded) => send_end(name, &mut self.egress),
            _ => self.egress.ignore(IgnoredReason::NoGroup(name.clone())),
        }
    }
}

/// Those of others.
impl Peer {
    /// Something was announced about a group.
    pub(in super::super) fn news(&mut self, topic: &Topic, news: GroupNews, properties: &Properties) {
        let on_record = matches!(topic, Topic::GroupRecord(_));
        match news {
            // The record of a papo is on its own topic; this copy is for clients that watch only this one.
            GroupNews::Created(name) | GroupNews::Record(Group { name, .. }) if properties.is_papo && !on_record => {
                self.egress.ignore(IgnoredReason::PlainClientCopy(name));
            }
            GroupNews::Created(name) if self.groups.get(&name).is_some() => {
                self.egress.ignore(IgnoredReason::GroupExists(name));
            }
            GroupNews::Created(name) => {
                let group = Group::new(name, None, self.egress.now().wall);
                if self.has_room_for_group(&group) {
                    self.adopt(group);
                }
            }
            GroupNews::Disbanded(name) => self.disbanded(&name, on_record, properties),
            GroupNews::Record(record) => self.record_heard(on_record, record, properties.from.clone()),
        }
    }

    fn has_room_for_group(&mut self, group: &Group) -> bool {
        let ties = Ties { requests: &self.requests, conversations: &self.conversations };
        self.groups.has_room_for(group, &self.roster, ties, &mut self.egress)
    }

    fn record_heard(&mut self, on_record: bool, record: Group, from: Option<UserId>) {
        let is_numbered = record.rev > 0;
        let Some(known) = self.groups.get(&record.name).cloned() else {
            let born = if is_numbered { record.born } else { self.egress.now().wall };
            let group = Group { born, ..record };
            if group.includes(self.egress.me()) || self.has_room_for_group(&group) {
                self.adopt(group);
            }
            return;
        };
        let group = match record.leader.clone() {
            _ if is_numbered => record,
            // `<group> <leader>` names the new leader and says nothing of the members.
            Some(leader) if !on_record && record.members.is_empty() => {
                Group { rev: 0, ..known.clone().handed_to(leader) }
            }
            _ => known.clone().after_typed(record),
        };
        let claim = Claim { group, from };
        // I keep what I publish before it leaves, so what is newer than that, or another, is not by me.
        let is_mine = claim.from.as_ref() == Some(self.egress.me());
        let is_in_my_name = is_mine && claim.group.rev >= known.rev && !self.attendance.is_stale();
        let verdict = match judge(&known, &claim, self.leader_of(&known)) {
            Verdict::Adopt if is_in_my_name && known.rev > 0 => Verdict::Forbidden,
            verdict => verdict,
        };
        if on_record && matches!(verdict, Verdict::Same | Verdict::Adopt) {
            self.groups.retained_shown(&known.name);
        }
        match verdict {
            Verdict::Same => {
                // This may be the answer to a request by a user who is in the group already.
                self.adopt(known.clone());
                self.lead_confirmed(&claim);
                let is_by_another = known.is_led_by(self.egress.me()) && !is_mine;
                if on_record && is_by_another && !self.awaits_reissue(&known.name) {
                    self.reassert_record(&known, verdict, &claim);
                } else if on_record {
                    self.groups.await_echo_no_more(&known.name);
                }
            }
            Verdict::Adopt => self.adopt_claim(known, &claim),
            Verdict::Outdated | Verdict::Forbidden => {
                if verdict == Verdict::Forbidden {
                    self.egress.report_suspicious(IgnoredReason::ForbiddenRecord(known.name.clone()));
                } else {
                    self.egress.ignore(IgnoredReason::Outdated(known.name.clone()));
                }
                if on_record {
                    self.reassert_record(&known, verdict, &claim);
                }
            }
        }
    }

    /// A record of another holds from now on, in place of the one that was `known`.
    fn adopt_claim(&mut self, known: Group, claim: &Claim) {
        let is_numbered = claim.group.rev > 0;
        let me = self.egress.me().clone();
        let rev = if is_numbered { claim.group.rev } else { known.rev };
        let has_lost = known.is_led_by(&me) && known.born != claim.group.born;
        let comes_back = self.requests.handed_over(&known.name).is_some();
        let group = Group { rev, ..claim.group.clone() };
        self.adopt(group.clone());
        if has_lost {
            self.lost(&known.name);
        } else if known.is_led_by(&me) && !claim.group.is_led_by(&me) {
            self.lead_taken(&known, &claim.group);
        } else if claim.group.is_led_by(&me) && known.leader.as_ref().is_some_and(|leader| *leader != me) {
            if !is_numbered && known.rev > 0 {
                // Handed over by a plain client: the record that the broker keeps does not say so yet.
                self.change_record(group, Announcement::Members);
            }
            if !comes_back {
                self.lead_received(known);
            }
        }
        self.lead_confirmed(claim);
    }

    pub(super) fn leader_of(&self, group: &Group) -> Leader {
        let leader = group.leader.as_ref();
        let is_me = leader == Some(self.egress.me());
        Leader {
            is_plain: leader.is_none_or(|leader| !is_me && !self.roster.is_papo(leader)),
            is_gone: leader.is_some_and(|leader| self.is_gone(leader)),
            is_me: is_me && !self.attendance.is_stale(),
        }
    }

    fn disbanded(&mut self, name: &GroupName, on_record: bool, properties: &Properties) {
        let Some(known) = self.groups.get(name).cloned() else {
            return self.egress.ignore(IgnoredReason::NoGroup(name.clone()));
        };
        if properties.born.is_some_and(|born| born != known.born) && known.rev != 0 {
            return self.egress.ignore(IgnoredReason::Outdated(name.clone()));
        }
        if may_disband(&known, properties.from.as_ref(), self.leader_of(&known).is_plain) {
            let is_by_word = !on_record && known.rev > 0 && properties.rev.is_none();
            if is_by_word && known.includes(self.egress.me()) {
                // Disbanded by a plain client: the broker still keeps the record of the papo that led before.
                self.egress.send_for_another(&erased(name, properties.clone()));
            }
            self.forget_group(name);
        } else {
            self.egress.report_suspicious(IgnoredReason::ForbiddenDisband(name.clone()));
            if on_record && known.is_led_by(self.egress.me()) {
                self.repeat_record(name);
            }
        }
    }
}
