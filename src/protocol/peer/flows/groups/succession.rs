//! Which of several groups of one name a publication is about, where the broker says since when it knows the group.

use std::cmp::Ordering;

use super::super::super::Peer;
use crate::{
    domain::{Group, GroupName},
    protocol::{Content, Control, GroupNews, IgnoredReason, KnownSince, Notice, Properties, Topic},
};

/// How the group of a publication relates to the known one of its name: it is an earlier one, the same, or a later one,
/// so that the known one has ended. [`None`] if the broker has lost its data meanwhile, and learns of groups anew.
fn order(known: &Group, since: KnownSince) -> Option<Ordering> {
    let before = known.since?;
    let is_anew = since.group > before && before < since.data;
    (!is_anew).then(|| since.group.cmp(&before))
}

/// The group that a publication is about, if it is about one.
fn group_of<'a>(topic: &'a Topic, content: &'a Content) -> Option<&'a GroupName> {
    match (topic, content) {
        (
            Topic::GroupRecord(group)
            | Topic::GroupLeader(group)
            | Topic::GroupMembers(group)
            | Topic::GroupMessages(group)
            | Topic::GroupSeen(group),
            _,
        )
        | (
            _,
            Content::Control(Control::Invited(group))
            | Content::News(GroupNews::Created(group) | GroupNews::Disbanded(group)),
        ) => Some(group),
        (_, Content::News(GroupNews::Record(record))) => Some(&record.name),
        _ => None,
    }
}

impl Peer {
    /// Whether a publication is about an earlier group of the same name, and so is ignored. If it is about a later one,
    /// the group that I know has ended.
    pub(in super::super) fn is_of_earlier_group(
        &mut self,
        topic: &Topic,
        content: &Content,
        properties: &Properties,
    ) -> bool {
        let Some((name, since)) = group_of(topic, content).zip(properties.group_since) else { return false };
        let Some(known) = self.groups.get(name) else { return false };
        let is_by_leader = properties.from.is_some() && properties.from == known.leader;
        let is_by_me = properties.from.as_ref() == Some(self.egress.me());
        match order(known, since) {
            // If the broker works with older data again, its leader goes on.
            Some(Ordering::Less) if !(is_by_leader && matches!(topic, Topic::GroupRecord(_))) => {
                self.egress.ignore(IgnoredReason::Outdated(name.clone()));
                true
            }
            Some(Ordering::Greater) if !is_by_me => {
                self.group_replaced(name.clone());
                false
            }
            _ => false,
        }
    }

    /// Another group has the name of the one that I know.
    pub(super) fn group_replaced(&mut self, group: GroupName) {
        self.group_ended(&group, Some(Notice::GroupReplaced(group.clone())));
    }

    /// Notes which group a plain client invites to, if I do not know it yet: the invitation is to no other of that name.
    pub(super) fn note_invited_to(&mut self, name: &GroupName, properties: &Properties) {
        let Some((since, leader)) = properties.group_since.zip(properties.from.clone()) else { return };
        if self.groups.get(name).is_some() || self.roster.is_papo(&leader) {
            return;
        }
        let new = Group::new(name.clone(), Some(leader), self.egress.now().wall);
        let group = Group { since: Some(since.group), ..new };
        if self.has_room_for_group(&group) {
            self.groups.put(group, &mut self.egress);
        }
    }
}
