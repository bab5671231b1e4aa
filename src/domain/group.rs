//! Groups: a name, a leader, and members.

use serde::{Deserialize, Serialize};

use super::{GroupName, Timestamp, UserId};

/// What a group's record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What it is called.
    pub name: GroupName,
    /// Who leads it; `None` while a hand-typed announcement has named the group but not its leader.
    pub leader: Option<UserId>,
    /// The other members, in the order in which they were let in.
    pub members: Vec<UserId>,
    /// Goes up by one with each change; 0 for a record that was typed by hand.
    pub rev: u64,
    /// When the group was created.
    pub born: Timestamp,
}

impl Group {
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

    /// What `user` is to it.
    pub fn standing(&self, user: &UserId) -> GroupStanding {
        if self.is_led_by(user) {
            GroupStanding::Leader
        } else if self.members.contains(user) {
            GroupStanding::Member
        } else {
            GroupStanding::Outsider
        }
    }

    /// The record after `leader` has taken the lead from whoever had it, who stays as a member.
    #[must_use]
    pub fn handed_to(mut self, leader: UserId) -> Self {
        self.members.retain(|member| *member != leader);
        if let Some(old) = self.leader.replace(leader.clone())
            && old != leader
        {
            self.members.push(old);
        }
        self
    }
}

/// What somebody is to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupStanding {
    /// Leads it.
    Leader,
    /// Is one of the other members.
    Member,
    /// Is not in it.
    Outsider,
}
