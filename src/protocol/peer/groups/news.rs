//! Group records: mine as they are published, and those of others as they are heard.

use super::{
    super::{
        Peer,
        records::{Claim, Leader, Verdict, judge, may_disband},
    },
    Announcement,
};
use crate::{
    domain::{Group, GroupName, Now, UserId},
    protocol::{
        IgnoredReason,
        properties::Properties,
        publication::Publication,
        topic::{NewsTopic, Topic},
        wire::{Content, GroupNews},
    },
};

impl Peer {
    /// Changes the record of a group that I led until now.
    pub(super) fn change_record(&mut self, now: Now, mut group: Group, announcement: &Announcement) {
        group.rev = group.rev.saturating_add(1);
        self.publish_record(now, group.clone(), announcement);
        self.adopt(now, group);
    }

    pub(super) fn publish_record(&mut self, now: Now, group: Group, announcement: &Announcement) {
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

    /// Publishes a record as it is known, for this connection only.
    pub(super) fn hint_record(&mut self, now: Now, group: &Group) {
        let (publication, _) = self.record(now, group);
        self.hint(publication);
    }

    pub(super) fn record(&mut self, now: Now, group: &Group) -> (Publication, Properties) {
        let properties = Properties { rev: Some(group.rev), born: Some(group.born), ..self.stamp(now) };
        let leader = group.leader.clone().unwrap_or_else(|| self.me.clone());
        let news = Content::News(GroupNews::Record(group.name.clone(), leader, group.members.clone()));
        let publication = self.encode(&Topic::GroupRecord(group.name.clone()), &news, &properties);
        (Publication { retain: true, ..publication }, properties)
    }

    pub(super) fn announce_group(&mut self, news: &Content, properties: &Properties) {
        for publication in self.group_news(news, properties) {
            self.post(publication);
        }
    }

    /// The same for this connection only.
    pub(super) fn hint_group(&mut self, news: &Content, properties: &Properties) {
        for publication in self.group_news(news, properties) {
            self.hint(publication);
        }
    }

    fn group_news(&self, news: &Content, properties: &Properties) -> [Publication; 2] {
        [NewsTopic::Groups, NewsTopic::Info].map(|topic| self.encode(&Topic::GroupNews(topic), news, properties))
    }

    /// Something was announced about a group.
    pub(in crate::protocol::peer) fn news(
        &mut self,
        now: Now,
        topic: &Topic,
        news: GroupNews,
        properties: &Properties,
    ) {
        let on_record = matches!(topic, Topic::GroupRecord(_));
        match news {
            // A papo's record itself is on its own topic; here it tells those who watch only this one.
            GroupNews::Created(name) | GroupNews::Record(name, ..) if properties.is_papo && !on_record => {
                self.overlook(IgnoredReason::Copy(name));
            }
            GroupNews::Created(name) if self.groups.contains_key(&name) => {
                self.overlook(IgnoredReason::Created(name));
            }
            GroupNews::Created(name) => {
                let group = Group { name, leader: None, members: Vec::new(), rev: 0, born: now.wall };
                if self.has_room_for_group(&group) {
                    self.adopt(now, group);
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
        now: Now,
        on_record: bool,
        (name, leader, members): (GroupName, UserId, Vec<UserId>),
        properties: &Properties,
    ) {
        let numbered = properties.rev.filter(|&rev| rev > 0).zip(properties.born);
        let known = self.groups.get(&name).cloned();
        let (rev, born) = numbered.unwrap_or((0, known.as_ref().map_or(now.wall, |known| known.born)));
        let mut group = Group { name, leader: Some(leader.clone()), members, rev, born };
        let Some(known) = known else {
            if group.includes(&self.me) || self.has_room_for_group(&group) {
                self.adopt(now, group);
            }
            return;
        };
        if rev == 0 && !on_record && group.members.is_empty() {
            // `<group> <leader>` names the new leader and says nothing of the members.
            group = Group { rev, ..known.clone().handed_to(leader) };
        }
        let claim = Claim { group, from: properties.from.clone() };
        // I keep what I publish before it leaves, so what is newer than that, or another, is not by me.
        let is_in_my_name = claim.from.as_ref() == Some(&self.me) && claim.group.rev >= known.rev && !self.is_stale;
        let verdict = match judge(&known, &claim, self.leader_of(now, &known)) {
            Verdict::Adopt if is_in_my_name && known.rev > 0 => Verdict::Forbidden,
            verdict => verdict,
        };
        if on_record && matches!(verdict, Verdict::Same | Verdict::Adopt) {
            self.unshown.remove(&known.name);
        }
        match verdict {
            Verdict::Same => {
                // The answer to an ask by somebody who is in it already.
                self.adopt(now, known.clone());
                self.lead_confirmed(now, &claim);
                let is_by_another = known.is_led_by(&self.me) && claim.from.as_ref() != Some(&self.me);
                if on_record && is_by_another && !self.is_unsigned(&known.name) {
                    self.stand_by_record(now, &known, verdict, &claim);
                } else if on_record {
                    self.unconfirmed.remove(&known.name);
                }
            }
            Verdict::Adopt => {
                let rev = claim.group.rev.max(if numbered.is_some() { 0 } else { known.rev });
                let lost = known.is_led_by(&self.me) && known.born != claim.group.born;
                let comes_back = self.handed_over(&known.name).is_some();
                let group = Group { rev, ..claim.group.clone() };
                self.adopt(now, group.clone());
                if lost {
                    self.lost(now, &known.name);
                } else if known.is_led_by(&self.me) && !claim.group.is_led_by(&self.me) {
                    self.lead_taken(now, &known, &claim.group);
                } else if claim.group.is_led_by(&self.me) && known.leader.as_ref().is_some_and(|it| *it != self.me) {
                    if numbered.is_none() && known.rev > 0 {
                        // Handed over by a word: the record that the broker keeps does not say so yet.
                        self.change_record(now, group, &Announcement::Members);
                    }
                    if !comes_back {
                        self.lead_received(now, known);
                    }
                }
                self.lead_confirmed(now, &claim);
            }
            verdict => {
                if verdict == Verdict::Forbidden {
                    self.suspect(IgnoredReason::ForbiddenRecord(known.name.clone()));
                } else {
                    self.overlook(IgnoredReason::Outdated(known.name.clone()));
                }
                if on_record {
                    self.stand_by_record(now, &known, verdict, &claim);
                }
            }
        }
    }

    pub(super) fn leader_of(&self, now: Now, group: &Group) -> Leader {
        let leader = group.leader.as_ref();
        let is_me = leader == Some(&self.me);
        Leader {
            is_plain: leader.is_none_or(|leader| !is_me && !self.is_papo(leader)),
            is_gone: leader.is_some_and(|leader| self.is_gone(now, leader)),
            is_me: is_me && !self.is_stale,
        }
    }

    fn disbanded(&mut self, now: Now, name: &GroupName, on_record: bool, properties: &Properties) {
        let Some(known) = self.groups.get(name).cloned() else {
            return self.overlook(IgnoredReason::NoGroup(name.clone()));
        };
        if properties.born.is_some_and(|born| born != known.born) && known.rev != 0 {
            return self.overlook(IgnoredReason::Outdated(name.clone()));
        }
        if may_disband(&known, properties.from.as_ref(), self.leader_of(now, &known).is_plain) {
            if !on_record && known.rev > 0 && properties.rev.is_none() && known.includes(&self.me) {
                // Disbanded by a word: the record that the broker keeps is one by a papo that led it before.
                let erased = self.erased(name, properties);
                self.hint(erased);
            }
            self.forget_group(now, name);
        } else {
            self.suspect(IgnoredReason::ForbiddenDisband(name.clone()));
            if on_record && known.is_led_by(&self.me) {
                self.repeat_record(now, name);
            }
        }
    }
}
