//! Groups: a name, a leader, and members.

use serde::{Deserialize, Serialize};

use super::{GroupName, Timestamp, UserId};

/// The content of a group's retained record. It is published, compared and stored as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its name, which identifies it on the broker.
    pub name: GroupName,
    /// Its leader; [`None`] if the group is known only from an announcement that was typed by hand and names no leader.
    pub leader: Option<UserId>,
    /// The other members, in the order of admission.
    pub members: Vec<UserId>,
    /// The revision, from 1, one more with each change; 0 for a record that was typed by hand.
    pub rev: u64,
    /// When the group was created. For a record that was typed by hand, when this machine first knew of the group.
    pub born: Timestamp,
    /// Since when papo's own broker, if it has users, has known the group, on its clock. Another group that takes the name
    /// later has a later time, whatever its record says.
    pub since: Option<Timestamp>,
}

impl Group {
    /// A group without members, before its first revision.
    pub fn new(name: GroupName, leader: Option<UserId>, born: Timestamp) -> Self {
        Self { name, leader, members: Vec::new(), rev: 0, born, since: None }
    }

    /// Whether name, leader and members are the same in `other`.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let Self { name, leader, members, rev: _, born: _, since: _ } = self;
        (name, leader, members) == (&other.name, &other.leader, &other.members)
    }

    /// The record with the leader and the members of a record that was `typed` by hand.
    #[must_use]
    pub fn after_typed(self, typed: Self) -> Self {
        Self { leader: typed.leader, members: typed.members, rev: 0, ..self }
    }

    /// Whether `user` leads it or is a member.
    pub fn includes(&self, user: &UserId) -> bool {
        self.is_led_by(user) || self.members.contains(user)
    }

    /// Whether `user` leads it.
    pub fn is_led_by(&self, user: &UserId) -> bool {
        self.leader.as_ref() == Some(user)
    }

    /// The leader, then the members.
    pub fn everyone(&self) -> impl Iterator<Item = &UserId> {
        self.leader.iter().chain(&self.members)
    }

    /// The role of `user` in it.
    pub fn standing(&self, user: &UserId) -> GroupStanding {
        if self.is_led_by(user) {
            GroupStanding::Leader
        } else if self.members.contains(user) {
            GroupStanding::Member
        } else {
            GroupStanding::Outsider
        }
    }

    /// The record after `user` became a member.
    #[must_use]
    pub fn with(mut self, user: UserId) -> Self {
        self.members.push(user);
        self
    }

    /// The record after `user` ceased to be a member.
    #[must_use]
    pub fn without(mut self, user: &UserId) -> Self {
        self.members.retain(|member| member != user);
        self
    }

    /// The record after `leader` took the lead. The former leader stays as a member.
    #[must_use]
    pub fn handed_to(self, leader: UserId) -> Self {
        let mut group = self.without(&leader);
        let old = group.leader.replace(leader.clone());
        group.members.extend(old.filter(|old| *old != leader));
        group
    }
}

/// The role of a user in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum GroupStanding {
    Leader,
    Member,
    Outsider,
}
