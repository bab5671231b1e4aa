//! Which of several groups of one name a publication is about, where the broker says since when it knows the group.

use std::cmp::Ordering;

use super::super::super::Peer;
use crate::{
    domain::{Group, GroupName},
    protocol::{Content, KnownSince, Notice, Properties, Topic},
};

/// How the group of a publication relates to the known one of its name: it is an earlier one, the same, or a later one,
/// so that the known one has ended. [`None`] if the broker has lost its data meanwhile, and learns of groups anew.
fn order(known: &Group, since: KnownSince) -> Option<Ordering> {
    let before = known.since?;
    let is_anew = since.group > before && before < since.data;
    (!is_anew).then(|| since.group.cmp(&before))
}

/// Whether this is the first record that the broker has of a group, as far as I know: the group had none, the broker has
/// lost its data since, or has begun after that to say since when it knows groups. Where the broker protects groups, only
/// the leader can publish it, so one by another user belongs to another group of that name.
pub(super) fn is_anew(known: &Group, since: Option<KnownSince>) -> bool {
    let is_new = |since: KnownSince| match known.since {
        Some(before) => since.group != before,
        // There is no older group of the name.
        None => since.group > since.data,
    };
    known.rev == 0 || since.is_some_and(is_new)
}

impl Peer {
    /// The name of the group that a publication is about, and whether that is an earlier or a later one than the known
    /// group of this name, which has ended then. [`None`] if the publication counts for the known one.
    pub(in super::super) fn other_group(
        &self,
        topic: &Topic,
        content: &Content,
        properties: &Properties,
    ) -> Option<(GroupName, Ordering)> {
        let known = self.groups.get(topic.group().or_else(|| content.named_group())?)?;
        let order = self.order_of(&known.name, properties.group_since?)?;
        let is_by_leader = properties.from.is_some() && properties.from == known.leader;
        let counts = match order {
            Ordering::Equal => true,
            // If the broker works with older data again, its leader goes on.
            Ordering::Less => is_by_leader && matches!(topic, Topic::GroupRecord(_)),
            Ordering::Greater => properties.from.as_ref() == Some(self.egress.me()),
        };
        (!counts).then(|| (known.name.clone(), order))
    }

    /// How the group of this name that the broker has known since a time relates to the one that I know.
    pub(in super::super) fn order_of(&self, name: &GroupName, since: KnownSince) -> Option<Ordering> {
        order(self.groups.get(name)?, since)
    }

    /// Another group has the name of the one that I know.
    pub(in super::super) fn group_replaced(&mut self, group: GroupName) {
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
