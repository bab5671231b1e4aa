//! Group records: publishing mine, and handling those of others.

use std::time::Duration;

use super::super::super::{
    Peer,
    acquaintance::Ties,
    group_messages::{Announcement, empty_record, publish_record, send_copy, send_disband},
    records::{Claim, Leader, Verdict, judge, may_disband},
    repetitions::Repetition,
};
use super::succession::is_anew;
use crate::{
    domain::{ConversationId, Group, GroupName, Membership, Phase},
    protocol::{Departed, GroupNews, IgnoredReason, Notice, Properties, Topic},
};

/// How long a record waits that was removed again soon after I have published it again.
const RECORD_PAUSE: Duration = Duration::from_secs(10);

/// How news of a group has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Via {
    /// The broker has retained it on `GROUPS/<group>` since before this connection's SUBSCRIBE.
    Retained,
    /// It was published on `GROUPS/<group>` now.
    Record,
    /// It was published on `GROUPS` or `groups/info`.
    Announcement,
}

impl Via {
    /// Whether it is a record, or the empty one that ends a group.
    fn is_record(self) -> bool {
        self != Self::Announcement
    }
}

/// My records.
impl Peer {
    /// Publishes and adopts a changed record with the next revision. I must be the leader before or after the change.
    pub(super) fn change_record(&mut self, mut group: Group, announcement: Announcement) {
        group.rev = group.rev.saturating_add(1);
        let departed = announcement.departed();
        publish_record(group.clone(), announcement, &mut self.egress);
        self.adopt(group, None, departed.as_ref());
    }

    /// A peer asks for a group's record. The broker may not have delivered it, or its removal; or the peer cannot
    /// accept it, because it has missed that I handed over the lead or removed the peer.
    pub(in super::super) fn asked_about_group(&mut self, name: &GroupName) {
        let phase = self.conversations.phase(&ConversationId::Group(name.clone()));
        match self.groups.get(name).cloned() {
            Some(group) if group.is_led_by(self.egress.me()) => self.repeat_record(name),
            // The record that the broker retains may be newer than mine, so I do not replace it.
            Some(group) if phase.is_some() => send_copy(&group, &mut self.egress),
            None if phase == Some(Phase::Disbanded) => send_disband(name, &mut self.egress),
            _ => self.egress.ignore(IgnoredReason::NoGroup(name.clone())),
        }
    }
}

/// Records of others.
impl Peer {
    /// Handles news about a group. `is_retained`: the broker has retained it since before this connection's SUBSCRIBE.
    pub(in super::super) fn news(
        &mut self,
        topic: &Topic,
        news: GroupNews,
        is_retained: bool,
        properties: &Properties,
    ) {
        let via = match topic {
            Topic::GroupRecord(_) if is_retained => Via::Retained,
            Topic::GroupRecord(_) => Via::Record,
            _ => Via::Announcement,
        };
        match news {
            // A papo publishes its record on the record topic; this copy is for clients that subscribe only to `GROUPS`
            // or `groups/info`.
            GroupNews::Created(name) | GroupNews::Record(Group { name, .. })
                if properties.is_papo && !via.is_record() =>
            {
                self.egress.ignore(IgnoredReason::CopyForPlainClients(name));
            }
            GroupNews::Created(name) if self.groups.get(&name).is_some() => {
                self.egress.ignore(IgnoredReason::GroupExists(name));
            }
            GroupNews::Created(name) => {
                let since = properties.group_since.map(|since| since.group);
                let group = Group { since, ..Group::new(name, None, self.egress.now().wall) };
                if self.has_room_for_group(&group) {
                    self.adopt(group, None, None);
                }
            }
            GroupNews::Disbanded(name) => self.disbanded(&name, via, properties),
            GroupNews::Record(record) => self.record_received(via, record, properties),
        }
    }

    pub(super) fn has_room_for_group(&mut self, group: &Group) -> bool {
        let ties = Ties { requests: &self.requests, conversations: &self.conversations };
        self.groups.has_room_for(group, &self.roster, ties, &mut self.egress)
    }

    /// Judges a received record and acts on the verdict.
    fn record_received(&mut self, via: Via, record: Group, properties: &Properties) {
        let on_record = via.is_record();
        let is_numbered = record.rev > 0;
        let since = properties.group_since.map(|since| since.group);
        if on_record {
            self.groups.shown(&record.name);
        }
        let Some(known) = self.groups.get(&record.name).cloned() else {
            let born = if is_numbered { record.born } else { self.egress.now().wall };
            let group = Group { born, since, ..record };
            if group.includes(self.egress.me()) || self.has_room_for_group(&group) {
                self.adopt(group, properties.from.as_ref(), None);
            }
            return;
        };
        let group = match record.leader.clone() {
            _ if is_numbered => record,
            // `<group> <leader>` names the new leader, but no members.
            Some(leader) if !on_record && record.members.is_empty() => {
                Group { rev: 0, ..known.clone().handed_to(leader) }
            }
            _ => known.clone().after_typed(record),
        };
        let group = Group { since, ..group };
        let claim = Claim { group, from: properties.from.clone() };
        // My records are stored before they are published. So a newer or different record in my name is not mine.
        let is_mine = claim.from.as_ref() == Some(self.egress.me());
        let is_in_my_name = is_mine && claim.group.rev >= known.rev && !self.attendance.is_stale();
        // If two users create a group at once, the broker delivers the record that it received first to the other user
        // before it accepts theirs.
        let was_first = on_record && !is_mine && claim.from.is_some() && claim.is_of_namesake(&known);
        let gives_way = was_first && self.is_unconfirmed(&known);
        // A record without a sender is older than the broker's users.
        let is_by_another = known.leader.is_some() && claim.from.is_some() && claim.from != known.leader;
        let is_of_another = self.link.names_senders() && is_by_another && is_anew(&known, properties.group_since);
        if is_of_another && on_record && !known.is_led_by(self.egress.me()) {
            self.group_replaced(known.name);
            return self.record_received(via, claim.group, properties);
        }
        let verdict = match judge(&known, &claim, self.leader_of(&known)) {
            _ if gives_way => Verdict::Adopt,
            _ if is_of_another => Verdict::Forbidden,
            Verdict::Adopt if is_in_my_name && known.rev > 0 => Verdict::Forbidden,
            verdict => verdict,
        };
        if verdict == Verdict::Adopt && claim.is_of_namesake(&known) {
            // They were meant for the members of the other group.
            self.fail_held_messages(&known.name);
        }
        if on_record && matches!(verdict, Verdict::Same | Verdict::Adopt) {
            self.groups.retained_shown(&known.name);
            self.record_shown(&known.name, via);
        }
        if on_record && is_mine && claim.group.born == known.born {
            self.creation_delivered(&known);
        }
        match verdict {
            Verdict::Same => {
                // This may be the answer to my request to join, although the record lists me already.
                let group = Group { since: claim.group.since.or(known.since), ..known.clone() };
                self.adopt(group, claim.from.as_ref(), None);
                self.lead_confirmed(&claim);
                let is_by_another = known.is_led_by(self.egress.me()) && !is_mine;
                if on_record && is_by_another && !self.awaits_reissue(&known.name) {
                    self.reassert_record(&known, verdict, &claim);
                } else if on_record {
                    self.groups.stop_awaiting_echo(&known.name);
                }
            }
            Verdict::Adopt => self.adopt_claim(known, &claim, properties.departed.as_ref()),
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

    /// The broker has delivered a valid record of a group. Only one that it retains shows who has the name now: others
    /// were queued, and more may follow. Then papo asks for it.
    fn record_shown(&mut self, name: &GroupName, via: Via) {
        if via == Via::Retained || !self.link.names_senders() {
            self.egress.open_group(name);
        } else if !self.egress.is_open(name) {
            self.groups.look_again(self.egress.now());
        }
    }

    /// Adopts a record of another user in place of the `known` one, and handles a change of the leader.
    fn adopt_claim(&mut self, known: Group, claim: &Claim, departed: Option<&Departed>) {
        let is_numbered = claim.group.rev > 0;
        let me = self.egress.me().clone();
        let rev = if is_numbered { claim.group.rev } else { known.rev };
        let lost_tie_break = self.is_unconfirmed(&known) && !claim.group.is_led_by(&me);
        let lead_returns = self.requests.my_hand_over(&known.name).is_some();
        let group = Group { rev, since: claim.group.since.or(known.since), ..claim.group.clone() };
        self.adopt(group.clone(), claim.from.as_ref(), departed);
        if lost_tie_break {
            self.join_winner(&known.name);
        } else if known.is_led_by(&me) && !claim.group.is_led_by(&me) {
            self.lead_taken(&known, &claim.group);
        } else if claim.group.is_led_by(&me) && known.leader.as_ref().is_some_and(|leader| *leader != me) {
            if !is_numbered && known.rev > 0 {
                // A plain client has handed over the lead. The retained record does not say so yet.
                self.change_record(group, Announcement::Members);
            }
            if !lead_returns {
                self.lead_received(known);
            }
        }
        self.lead_confirmed(claim);
    }

    /// What I know about the leader of a group.
    pub(super) fn leader_of(&self, group: &Group) -> Leader {
        let leader = group.leader.as_ref();
        let is_me = leader == Some(self.egress.me());
        Leader {
            is_plain: leader.is_none_or(|leader| !is_me && !self.roster.is_papo(leader)),
            is_gone: leader.is_some_and(|leader| self.is_gone(leader)),
            is_me: is_me && !self.attendance.is_stale(),
        }
    }

    /// A group has ended. I am told if I was in it.
    pub(super) fn group_ended(&mut self, group: &GroupName, notice: Option<Notice>) {
        let was_in = self.conversations.is_in_group(group);
        self.forget_group(group, Membership::Disbanded);
        if let Some(notice) = notice.filter(|_| was_in) {
            self.egress.notify(notice);
        }
    }

    /// Handles the news that a group was disbanded.
    fn disbanded(&mut self, name: &GroupName, via: Via, properties: &Properties) {
        let on_record = via.is_record();
        let Some(known) = self.groups.get(name).cloned() else {
            return self.egress.ignore(IgnoredReason::NoGroup(name.clone()));
        };
        let from = properties.from.as_ref();
        // A broker that protects groups takes the end of a group only from its leader. So if another user has ended one of
        // this name, the one that I know has ended before, or is the one that they have led last.
        let is_later = on_record && self.link.names_senders() && from.is_some() && from != known.leader.as_ref();
        let is_over = is_later && !known.is_led_by(self.egress.me());
        if !is_over && properties.born.is_some_and(|born| born != known.born) && known.rev != 0 {
            return self.egress.ignore(IgnoredReason::Outdated(name.clone()));
        }
        if is_over || may_disband(&known, from, self.leader_of(&known).is_plain) {
            let is_only_announced = !on_record && known.rev > 0 && properties.rev.is_none();
            if is_only_announced && known.includes(self.egress.me()) {
                // A plain client has disbanded the group. The broker still retains the record of the papo that led
                // before.
                self.egress.relay(&empty_record(name, properties.clone()));
            }
            let by = properties.from.clone().or(known.leader);
            let notice = by.map(|leader| Notice::DisbandedBy { group: name.clone(), leader });
            self.group_ended(name, notice);
        } else {
            self.egress.report_suspicious(IgnoredReason::ForbiddenDisband(name.clone()));
            if on_record && known.is_led_by(self.egress.me()) {
                let now = self.egress.now();
                if self.repetitions.allow(now, Repetition::Record(name.clone())) {
                    self.repeat_record(name);
                } else {
                    self.groups.await_echo(name, now.tick + RECORD_PAUSE);
                }
            }
        }
    }
}
