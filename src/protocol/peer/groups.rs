//! Groups: their records, and which of those that I lead the broker has yet to confirm. Which record holds is decided in
//! `records`; what a change of record sets off is in `flows::groups`.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    acquaintance::{Acquaintance, Crowded, Ties, least_known},
    conversations::Conversations,
    egress::Egress,
    roster::Roster,
};
use crate::{
    domain::{ConversationId, Direction, Group, GroupName, Now, Tick, UserId},
    protocol::{IgnoredReason, Operation, Refusal},
};

/// So many groups are known at most.
const MOST_GROUPS: usize = 20_000;
/// How long the broker has to show my groups' records back before they are sent again.
pub(super) const CONFIRM_WITHIN: Duration = Duration::from_secs(3);
/// A record that is reasserted more often than this waits no longer than before.
const MOST_TIMES: u32 = 10;
/// After so much longer than the last pause all is forgotten.
const QUIET: Duration = Duration::from_secs(3600);

#[derive(Debug, Default)]
pub(super) struct Groups {
    by_name: BTreeMap<GroupName, Group>,
    crowded: Crowded,
    /// Groups that I lead whose record the broker has not echoed, and when to send it again.
    awaiting_echo: BTreeMap<GroupName, Tick>,
    /// How I reasserted the records of groups that I lead.
    reassertions: BTreeMap<GroupName, Reassertion>,
    /// Groups that I lead whose record is by me, though I have not said yet whether I keep the lead.
    reissued: BTreeSet<GroupName>,
    /// Groups of mine whose record the broker has not shown on this connection, and when to ask the leader for it;
    /// `None` once the leader was asked.
    awaiting_retained: BTreeMap<GroupName, Option<Tick>>,
}

/// How I reasserted the record of a group that I lead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reassertion {
    /// When I did last.
    at: Tick,
    /// How often I did, with ever longer pauses: two may have removed each other.
    times: u32,
    /// When it was last against a peer whom others may believe.
    contended: Option<Tick>,
}

impl Reassertion {
    /// The one after `before`, made now.
    pub(super) fn after(before: Option<Self>, now: Now, is_contended: bool) -> Self {
        let times = before.map_or(0, |before| (before.times + 1).min(MOST_TIMES));
        let contended = if is_contended { Some(now.tick) } else { before.and_then(|before| before.contended) };
        Self { at: now.tick, times, contended }
    }

    /// When the next one may follow.
    pub(super) fn next(&self) -> Tick {
        self.at + CONFIRM_WITHIN * 2_u32.pow(self.times)
    }

    /// Whether that was less than `span` ago.
    pub(super) fn was_contended_within(&self, span: Duration, now: Now) -> bool {
        self.contended.is_some_and(|last| now.tick.since(last) < span)
    }
}

impl Groups {
    pub(super) fn restore(saved: Vec<Group>) -> Self {
        let by_name = saved.into_iter().map(|group| (group.name.clone(), group)).collect();
        Self { by_name, ..Self::default() }
    }

    pub(super) fn by_name(&self) -> &BTreeMap<GroupName, Group> {
        &self.by_name
    }

    pub(super) fn get(&self, name: &GroupName) -> Option<&Group> {
        self.by_name.get(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.by_name.values()
    }

    pub(super) fn leader(&self, name: &GroupName) -> Option<&UserId> {
        self.get(name)?.leader.as_ref()
    }

    /// The record of a group that I lead.
    pub(super) fn led(&self, name: &GroupName, me: &UserId) -> Result<Group, Refusal> {
        let group = self.get(name).filter(|group| group.is_led_by(me));
        group.cloned().ok_or_else(|| Refusal::NotLeader(name.clone()))
    }

    /// The groups led by `user` whose records still list me though I have left, or never wanted to be in them.
    pub(super) fn unrecorded_leaves(&self, user: &UserId, me: &UserId, ties: Ties<'_>) -> Vec<GroupName> {
        let has_me = |group: &&Group| group.is_led_by(user) && group.members.contains(me);
        // With a pending request or invitation I may want to be in it.
        let outside = |name: &GroupName| {
            !ties.conversations.is_in_group(name)
                && ties.requests.my_join(name).is_none()
                && ties.requests.my_invitation(name).is_none()
        };
        self.iter().filter(has_me).map(|group| &group.name).filter(|name| outside(name)).cloned().collect()
    }
}

/// Records.
impl Groups {
    /// The record holds from now on. Returns the one before.
    pub(super) fn put(&mut self, group: Group, egress: &mut Egress) -> Option<Group> {
        let before = self.by_name.insert(group.name.clone(), group.clone());
        if before.as_ref() != Some(&group) {
            egress.persist(Operation::PutGroup(group));
        }
        before
    }

    pub(super) fn remove(&mut self, name: &GroupName, egress: &mut Egress) {
        self.by_name.remove(name);
        egress.persist(Operation::RemoveGroup(name.clone()));
    }

    /// Whether the list takes in a group with which I have nothing to do.
    pub(super) fn has_room_for(&mut self, group: &Group, roster: &Roster, ties: Ties<'_>, egress: &mut Egress) -> bool {
        let has_room = self.by_name.len() < MOST_GROUPS || self.make_room(group, roster, ties, egress);
        if !has_room {
            egress.report_suspicious(IgnoredReason::GroupListFull(group.name.clone()));
        }
        has_room
    }

    /// As with users; of groups that are known alike the oldest go first.
    fn make_room(&mut self, newcomer: &Group, roster: &Roster, ties: Ties<'_>, egress: &mut Egress) -> bool {
        let now = egress.now();
        let rank = acquaintance(newcomer, roster, ties);
        if self.crowded.has_no_less(now.wall, rank) {
            return false;
        }
        let mine = of_mine(ties);
        let all = self.iter().filter(|group| !group.includes(egress.me()) && !mine.contains(&group.name));
        let ranked = all.map(|group| (acquaintance(group, roster, ties), group.born, &group.name));
        let less = least_known(ranked.filter(|(known, ..)| *known < rank).collect());
        if less.is_empty() {
            self.crowded = Crowded::at(now.wall, rank);
            return false;
        }
        for name in less {
            self.remove(&name, egress);
        }
        true
    }
}

/// A group is known as well as its leader.
fn acquaintance(group: &Group, roster: &Roster, ties: Ties<'_>) -> Acquaintance {
    let leader = group.leader.as_ref().and_then(|leader| roster.get(leader));
    leader.map_or(Acquaintance::Named, |leader| ties.acquaintance(leader))
}

/// Groups in which I am or was, that I have asked to be let into, or to which an invitation waits.
fn of_mine(ties: Ties<'_>) -> BTreeSet<&GroupName> {
    let talks = ties.conversations.by_id().keys().filter_map(|id| match id {
        ConversationId::Group(name) => Some(name),
        ConversationId::Session(_) => None,
    });
    let asked = ties.requests.iter().filter(|it| it.is_pending() || it.direction == Direction::Outgoing);
    talks.chain(asked.filter_map(|request| request.kind.group())).collect()
}

/// What the broker has yet to show.
impl Groups {
    /// When a record is to be sent again, or asked for.
    pub(super) fn due(&self) -> Option<Tick> {
        self.awaiting_echo.values().chain(self.awaiting_retained.values().flatten()).copied().min()
    }

    /// On a new connection, the broker is to echo the records of the groups that I lead, and to show those of the
    /// groups that I am or was in: the leader of one may not know that they lead, with no member left to say so.
    pub(super) fn connected(&mut self, now: Now, me: &UserId, conversations: &Conversations) {
        let due = now.tick + CONFIRM_WITHIN;
        let (led, others): (Vec<&Group>, Vec<&Group>) = self.by_name.values().partition(|group| group.is_led_by(me));
        self.awaiting_echo = led.iter().map(|group| (group.name.clone(), due)).collect();
        let was_in = |group: &Group| conversations.contains(&ConversationId::Group(group.name.clone()));
        let mine = others.iter().filter(|group| group.includes(me) || was_in(group));
        self.awaiting_retained = mine.map(|group| (group.name.clone(), Some(due))).collect();
    }

    /// The record is to be sent again at `due`, if not before.
    pub(super) fn await_echo(&mut self, name: &GroupName, due: Tick) {
        self.awaiting_echo.entry(name.clone()).or_insert(due);
    }

    pub(super) fn await_echo_no_more(&mut self, name: &GroupName) {
        self.awaiting_echo.remove(name);
    }

    /// The groups that I lead whose records the broker should have shown back by now; they are taken.
    pub(super) fn take_unconfirmed(&mut self, now: Now, me: &UserId) -> Vec<Group> {
        let due = self.awaiting_echo.iter().filter(|(_, due)| **due <= now.tick);
        let due: Vec<GroupName> = due.map(|(name, _)| name.clone()).collect();
        for name in &due {
            self.awaiting_echo.remove(name);
        }
        due.iter().filter_map(|name| self.led(name, me).ok()).collect()
    }

    /// The broker has shown a record that agrees with mine, or that I have adopted.
    pub(super) fn retained_shown(&mut self, name: &GroupName) {
        self.awaiting_retained.remove(name);
    }

    /// The groups whose records the broker should have shown by now; they are asked for once.
    pub(super) fn take_unshown(&mut self, now: Now) -> Vec<GroupName> {
        let is_due = |due: &Option<Tick>| due.is_some_and(|due| due <= now.tick);
        let due = self.awaiting_retained.iter_mut().filter(|(_, due)| is_due(due));
        let take = |(name, due): (&GroupName, &mut Option<Tick>)| {
            *due = None;
            name.clone()
        };
        due.map(take).collect()
    }

    /// The groups led by `user` whose records were asked for in vain.
    pub(super) fn unshown_of(&self, user: &UserId) -> Vec<GroupName> {
        let is_led = |name: &GroupName| self.get(name).is_some_and(|group| group.is_led_by(user));
        let asked = self.awaiting_retained.iter().filter(|(name, due)| due.is_none() && is_led(name));
        asked.map(|(name, _)| name.clone()).collect()
    }

    /// How I last reasserted a record; `None` where that was long ago.
    pub(super) fn reassertion(&self, name: &GroupName, now: Now) -> Option<Reassertion> {
        self.reassertions.get(name).copied().filter(|last| now.tick.since(last.next()) < QUIET)
    }

    pub(super) fn note_reassertion(&mut self, name: &GroupName, reassertion: Reassertion) {
        self.reassertions.insert(name.clone(), reassertion);
    }

    pub(super) fn is_reissued(&self, name: &GroupName) -> bool {
        self.reissued.contains(name)
    }

    pub(super) fn set_reissued(&mut self, name: &GroupName, is_reissued: bool) {
        if is_reissued {
            self.reissued.insert(name.clone());
        } else {
            self.reissued.remove(name);
        }
    }
}
