//! Creation of groups: mine, until the broker accepts the first record.

use super::super::super::{
    Peer,
    group_messages::{announce_created, enqueue_record},
};
use crate::{
    domain::{DeliveryFailure, Group, GroupName, Membership, ensure},
    protocol::{Content, Event, GroupNews, OutboxRow, Refusal, RowId, Topic, TypedPublication},
};

impl Peer {
    /// Checks that [`Command::CreateGroup`](crate::protocol::Command::CreateGroup) is possible.
    pub fn may_create(&self, name: &GroupName) -> Result<(), Refusal> {
        ensure(self.link.is_up(), Refusal::CreateOffline)?;
        let Some(known) = self.groups.get(name) else { return Ok(()) };
        ensure(!known.is_led_by(self.egress.me()), Refusal::AlreadyLeader(name.clone()))?;
        ensure(!self.conversations.is_in_group(name), Refusal::AlreadyJoined(name.clone()))?;
        Err(Refusal::GroupExists { leader: known.leader.clone(), group: name.clone() })
    }

    pub(in super::super::super) fn create_group(&mut self, name: GroupName) -> Result<(), Refusal> {
        self.may_create(&name)?;
        let group = Group { rev: 1, ..Group::new(name, Some(self.egress.me().clone()), self.egress.now().wall) };
        self.groups.put(group.clone(), &mut self.egress);
        // Readers of the record may ask at once, so I subscribe first.
        self.enter_group(&group, true);
        // It is announced when the broker has accepted the record.
        enqueue_record(&group, &mut self.egress);
        Ok(())
    }

    /// Whether I have created this group, and the broker has not accepted its first record yet.
    pub(super) fn is_unconfirmed(&self, group: &Group) -> bool {
        group.is_led_by(self.egress.me()) && self.creation_row(group).is_some()
    }

    /// The row of the outbox with the record with which I created this group.
    fn creation_row(&self, group: &Group) -> Option<RowId> {
        let is_its_creation = |row: &&OutboxRow| {
            let created = row.publication.as_ref().ok().and_then(|publication| self.created_group(publication));
            created.is_some_and(|created| created.name == group.name && created.born == group.born)
        };
        self.egress.rows().find(is_its_creation).map(|row| row.row)
    }

    /// The broker has delivered a record of mine. So it has accepted the first one, even if its answer is lost.
    pub(super) fn creation_delivered(&mut self, group: &Group) {
        let created = self.creation_row(group).and_then(|row| self.egress.cancel_row(row));
        if let Some(created) = created.and_then(|row| row.publication.ok()) {
            self.creation_accepted(&created);
        }
    }

    /// The broker has accepted the first record of a group that I created, `created`. If I have given way to another
    /// group meanwhile, I publish the record of that one: users who know only mine accept it from me.
    pub(in super::super) fn creation_accepted(&mut self, created: &TypedPublication) {
        let known = self.created_group(created).and_then(|created| self.groups.get(&created.name));
        match known.cloned() {
            Some(mine) if mine.is_led_by(self.egress.me()) => {
                self.egress.open_group(&mine.name);
                announce_created(mine.name, &created.properties, &mut self.egress);
            }
            Some(winner) => enqueue_record(&winner, &mut self.egress),
            None => {}
        }
    }

    /// The group, if this is the record with which I created it.
    fn created_group<'a>(&self, publication: &'a TypedPublication) -> Option<&'a Group> {
        match (&publication.topic, &publication.content) {
            (Topic::GroupRecord(_), Content::News(GroupNews::Record(group))) => {
                (group.rev == 1 && group.is_led_by(self.egress.me())).then_some(group)
            }
            _ => None,
        }
    }

    /// If the broker has refused the first record of a group that I created, there is no such group. Returns whether it
    /// was such a record. Where the group has members, the broker had it before.
    pub(in super::super) fn undo_creation(&mut self, refused: &OutboxRow, why: &DeliveryFailure) -> bool {
        let created = refused.publication.as_ref().ok().and_then(|record| self.created_group(record));
        let known =
            created.and_then(|created| self.groups.get(&created.name).filter(|known| known.born == created.born));
        let Some(group) = known.filter(|known| known.is_led_by(self.egress.me()) && known.members.is_empty()) else {
            return false;
        };
        let group = group.name.clone();
        let is_about = |row: &&OutboxRow| row.publication.as_ref().is_ok_and(|other| other.group() == Some(&group));
        let about = self.egress.rows().filter(|row| row.message.is_none()).filter(is_about).map(|row| row.row);
        for row in about.collect::<Vec<_>>() {
            self.egress.cancel_row(row);
        }
        self.forget_group(&group, Membership::Refused);
        self.egress.emit(Event::GroupRefused { group, row: refused.row, why: why.clone() });
        true
    }

    /// Whether a publication is about the creation of a group of mine that has given way to another.
    pub(in super::super) fn is_of_lost_creation(&self, publication: &TypedPublication) -> bool {
        let Content::News(GroupNews::Record(Group { name, .. }) | GroupNews::Created(name)) = &publication.content
        else {
            return false;
        };
        let known = self.groups.get(name).filter(|known| !known.is_led_by(self.egress.me()));
        known.is_some() && publication.properties.rev == Some(1)
    }
}
