//! Groups: their records, and which records the broker has yet to show on this connection. The module `records` decides
//! which record is valid; `flows::groups` has the effects of a change.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    acquaintance::{Acquaintance, FailedEviction, Ties, least_known},
    conversations::Conversations,
    egress::Egress,
    roster::Roster,
};
use crate::{
    domain::{ConversationId, Direction, Group, GroupName, Now, Tick, UserId},
    protocol::{IgnoredReason, Operation, Refusal},
};

/// The maximum number of known groups, apart from those that I have to do with.
const MAX_GROUPS: usize = 20_000;
/// How long papo waits for the broker to deliver a group's record. After that, it resends its own record, or asks the
/// leader for theirs.
pub(super) const CONFIRM_WITHIN: Duration = Duration::from_secs(3);
/// How long papo waits for the records of others. A slow link delivers them later; then the groups are listed again.
const DROP_AFTER: Duration = Duration::from_secs(30);
/// How long papo waits for further records before it asks the broker again for those that it retains.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// The pause between reassertions doubles at most this often.
const MAX_DOUBLINGS: u32 = 10;
/// The back-off of reassertions starts over this long after the end of the last pause.
const RESET_AFTER: Duration = Duration::from_secs(3600);

#[derive(Debug, Default)]
pub(super) struct Groups {
    /// The maximum size of a group with receipts.
    counted_members: usize,
    by_name: BTreeMap<GroupName, Group>,
    failed_eviction: FailedEviction,
    /// Groups that I lead whose record the broker has not delivered back, with the time to resend it.
    awaiting_echo: BTreeMap<GroupName, Tick>,
    /// The latest reassertion of each record of a group that I lead.
    reassertions: BTreeMap<GroupName, Reassertion>,
    /// Groups that were handed to me whose record I have published again under my name, although I have not yet
    /// accepted the lead.
    reissued: BTreeSet<GroupName>,
    /// Groups of mine whose record the broker has not delivered on this connection, with the time to ask the leader for
    /// it; `None` once that time has come.
    awaiting_retained: BTreeMap<GroupName, Option<Tick>>,
    /// Groups of others whose record the broker has not delivered on this connection: they may have ended while I was
    /// away.
    doubtful: BTreeSet<GroupName>,
    /// When those of them with which I have nothing to do are dropped.
    drop_doubtful_at: Option<Tick>,
    /// When to ask the broker again for the records that it retains.
    look_again_at: Option<Tick>,
}

/// The latest reassertion of the record of a group that I lead: I published it again because an invalid record had
/// appeared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reassertion {
    /// When it was made.
    at: Tick,
    /// How often the pause has doubled, so that two leaders who removed each other do not answer each other without
    /// end.
    doublings: u32,
    /// When I last reasserted a record against one that other peers may accept.
    contended: Option<Tick>,
}

impl Reassertion {
    /// The reassertion after `before`, made now. `is_contended`: other peers may accept the invalid record.
    pub(super) fn after(before: Option<Self>, now: Now, is_contended: bool) -> Self {
        let doublings = before.map_or(0, |before| (before.doublings + 1).min(MAX_DOUBLINGS));
        let contended = if is_contended { Some(now.tick) } else { before.and_then(|before| before.contended) };
        Self { at: now.tick, doublings, contended }
    }

    /// When the next reassertion may follow.
    pub(super) fn next(&self) -> Tick {
        self.at + self.pause()
    }

    /// Whether the publisher of an invalid record insists on it: I reasserted mine against one that other peers may
    /// accept, and an invalid one is here again at most `span` after the pause that followed. Both leaders pause alike.
    pub(super) fn is_insisted_on(&self, span: Duration, now: Now) -> bool {
        self.contended.is_some_and(|last| now.tick.since(last) < self.pause() + span)
    }

    fn pause(&self) -> Duration {
        CONFIRM_WITHIN * 2_u32.pow(self.doublings)
    }
}

impl Groups {
    /// Restores the groups. Those with more than `counted_members` members have no receipts.
    pub(super) fn restore(saved: Vec<Group>, counted_members: usize) -> Self {
        let by_name = saved.into_iter().map(|group| (group.name.clone(), group)).collect();
        Self { counted_members, by_name, ..Self::default() }
    }

    /// The maximum size of a group with receipts, leader included.
    pub(super) fn counted_members(&self) -> usize {
        self.counted_members
    }

    /// Whether the members of a group send receipts to each author: it is known, and not too large.
    pub(super) fn counts_receipts(&self, name: &GroupName) -> bool {
        self.get(name).is_some_and(|group| !self.is_large(group))
    }

    /// Whether a group is too large for receipts to each author.
    pub(super) fn is_large(&self, group: &Group) -> bool {
        group.everyone().count() > self.counted_members
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

    /// The record of a group, if `me` leads it.
    pub(super) fn led(&self, name: &GroupName, me: &UserId) -> Result<Group, Refusal> {
        let group = self.get(name).filter(|group| group.is_led_by(me));
        group.cloned().ok_or_else(|| Refusal::NotLeader(name.clone()))
    }

    /// The groups led by `user` whose records list me although I have left them, or never joined.
    pub(super) fn unrecorded_leaves(&self, user: &UserId, me: &UserId, ties: Ties<'_>) -> Vec<GroupName> {
        let has_me = |group: &&Group| group.is_led_by(user) && group.members.contains(me);
        // With a pending request or invitation, I may still join.
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
    /// Sets the valid record of a group. Returns the previous one.
    pub(super) fn put(&mut self, group: Group, egress: &mut Egress) -> Option<Group> {
        egress.note_group_since(&group.name, group.since);
        let before = self.by_name.insert(group.name.clone(), group.clone());
        if before.as_ref() != Some(&group) {
            egress.persist(Operation::PutGroup(group));
        }
        before
    }

    /// Removes the record of a group.
    pub(super) fn remove(&mut self, name: &GroupName, egress: &mut Egress) {
        self.by_name.remove(name);
        egress.note_group_since(name, None);
        egress.persist(Operation::RemoveGroup(name.clone()));
    }

    /// Whether there is room for another group that I have nothing to do with. Makes room if necessary. If there is
    /// none, the user is notified.
    pub(super) fn has_room_for(&mut self, group: &Group, roster: &Roster, ties: Ties<'_>, egress: &mut Egress) -> bool {
        let has_room = self.by_name.len() < MAX_GROUPS || self.make_room(group, roster, ties, egress);
        if !has_room {
            egress.report_suspicious(IgnoredReason::GroupListFull(group.name.clone()));
        }
        has_room
    }

    /// Removes groups that are less known than `newcomer`: the least known first, and among these the oldest. Returns
    /// whether it removed any.
    fn make_room(&mut self, newcomer: &Group, roster: &Roster, ties: Ties<'_>, egress: &mut Egress) -> bool {
        let now = egress.now();
        let rank = acquaintance(newcomer, roster, ties);
        if self.failed_eviction.still_fails(now.wall, rank) {
            return false;
        }
        let mine = groups_with_ties(ties);
        let all = self.iter().filter(|group| !group.includes(egress.me()) && !mine.contains(&group.name));
        let ranked = all.map(|group| (acquaintance(group, roster, ties), group.born, &group.name));
        let less = least_known(ranked.filter(|(known, ..)| *known < rank).collect());
        if less.is_empty() {
            self.failed_eviction = FailedEviction::at(now.wall, rank);
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

/// The groups that I am or was in, and those of my own and of pending requests.
fn groups_with_ties(ties: Ties<'_>) -> BTreeSet<&GroupName> {
    let joined = ties.conversations.by_id().keys().filter_map(|id| match id {
        ConversationId::Group(name) => Some(name),
        ConversationId::Session(_) => None,
    });
    let asked = ties.requests.iter().filter(|it| it.is_pending() || it.direction == Direction::Outgoing);
    joined.chain(asked.filter_map(|request| request.kind.group())).collect()
}

/// Records that the broker has yet to deliver.
impl Groups {
    /// When the next record is to be resent or requested.
    pub(super) fn due(&self) -> Option<Tick> {
        let awaited = self.awaiting_echo.values().chain(self.awaiting_retained.values().flatten());
        awaited.chain(&self.drop_doubtful_at).chain(&self.look_again_at).copied().min()
    }

    /// A new connection. `shows_all`: the broker will deliver the records of all groups.
    pub(super) fn connecting(&mut self, now: Now, me: &UserId, shows_all: bool) {
        self.doubt_all(me);
        self.drop_doubtful_at = (shows_all && !self.doubtful.is_empty()).then_some(now.tick + DROP_AFTER);
    }

    /// All groups of others may have ended, until the broker delivers their records. One that was typed by hand may
    /// have none.
    pub(super) fn doubt_all(&mut self, me: &UserId) {
        let others = self.by_name.values().filter(|group| group.rev > 0 && !group.includes(me));
        self.doubtful = others.map(|group| group.name.clone()).collect();
    }

    /// The broker has delivered a record of the group.
    pub(super) fn shown(&mut self, name: &GroupName) {
        self.doubtful.remove(name);
    }

    /// Whether the broker has not delivered the record of this group of others on this connection.
    pub(super) fn is_doubtful(&self, name: &GroupName) -> bool {
        self.doubtful.contains(name)
    }

    /// Whether it is time to drop doubtful groups. If so, the next call returns false.
    pub(super) fn takes_drop(&mut self, now: Now) -> bool {
        self.drop_doubtful_at.take_if(|due| *due <= now.tick).is_some()
    }

    /// Drops the groups of others that the broker does not know any more. Those with which I have to do stay.
    pub(super) fn drop_doubtful(&mut self, ties: Ties<'_>, egress: &mut Egress) {
        self.drop_doubtful_at = None;
        let kept = groups_with_ties(ties);
        let (doubtful, gone): (_, BTreeSet<_>) =
            std::mem::take(&mut self.doubtful).into_iter().partition(|name| kept.contains(name));
        self.doubtful = doubtful;
        for name in gone {
            self.remove(&name, egress);
        }
    }

    /// The connection is lost.
    pub(super) fn disconnected(&mut self) {
        self.doubtful.clear();
        (self.drop_doubtful_at, self.look_again_at) = (None, None);
    }

    /// A new connection: papo waits for the broker to deliver the records of the groups that I lead, and of those that
    /// I am or was in. Former groups count too: their leader may not know that they lead, and all who knew it may have
    /// left.
    pub(super) fn connected(&mut self, now: Now, me: &UserId, conversations: &Conversations) {
        let due = now.tick + CONFIRM_WITHIN;
        let (led, others): (Vec<&Group>, Vec<&Group>) = self.by_name.values().partition(|group| group.is_led_by(me));
        self.awaiting_echo = led.iter().map(|group| (group.name.clone(), due)).collect();
        let was_in = |group: &Group| conversations.contains(&ConversationId::Group(group.name.clone()));
        let mine = others.iter().filter(|group| group.includes(me) || was_in(group));
        self.awaiting_retained = mine.map(|group| (group.name.clone(), Some(due))).collect();
        // Mine is resent first.
        let after_echo = due + CONFIRM_WITHIN;
        self.awaiting_retained.extend(led.iter().map(|group| (group.name.clone(), Some(after_echo))));
    }

    /// Resends the record at `due`, unless an earlier time is set or the broker delivers it.
    pub(super) fn await_echo(&mut self, name: &GroupName, due: Tick) {
        self.awaiting_echo.entry(name.clone()).or_insert(due);
    }

    pub(super) fn stop_awaiting_echo(&mut self, name: &GroupName) {
        self.awaiting_echo.remove(name);
    }

    /// Removes and returns the groups that I lead whose records the broker should have delivered by now.
    pub(super) fn take_unconfirmed(&mut self, now: Now, me: &UserId) -> Vec<Group> {
        let due = self.awaiting_echo.iter().filter(|(_, due)| **due <= now.tick);
        let due: Vec<GroupName> = due.map(|(name, _)| name.clone()).collect();
        for name in &due {
            self.awaiting_echo.remove(name);
        }
        due.iter().filter_map(|name| self.led(name, me).ok()).collect()
    }

    /// The broker has delivered a valid record of the group.
    pub(super) fn retained_shown(&mut self, name: &GroupName) {
        self.awaiting_retained.remove(name);
    }

    /// Whether the broker has not delivered a valid record of the group on this connection.
    pub(super) fn is_unshown(&self, name: &GroupName) -> bool {
        self.awaiting_retained.contains_key(name) || self.awaiting_echo.contains_key(name)
    }

    /// Asks the broker again soon for the records that it retains.
    pub(super) fn look_again(&mut self, now: Now) {
        self.look_again_at.get_or_insert(now.tick + LOOK_AGAIN_AFTER);
    }

    /// Whether it is time to ask. If so, the next call returns false.
    pub(super) fn takes_look(&mut self, now: Now) -> bool {
        self.look_again_at.take_if(|due| *due <= now.tick).is_some()
    }

    /// The groups whose records the broker should have delivered by now. Each is returned only once.
    pub(super) fn take_unshown(&mut self, now: Now) -> Vec<GroupName> {
        let is_due = |due: &Option<Tick>| due.is_some_and(|due| due <= now.tick);
        let due = self.awaiting_retained.iter_mut().filter(|(_, due)| is_due(due));
        let take = |(name, due): (&GroupName, &mut Option<Tick>)| {
            *due = None;
            name.clone()
        };
        due.map(take).collect()
    }

    /// Whether the broker should have delivered a valid record of the group by now.
    pub(super) fn is_overdue(&self, name: &GroupName) -> bool {
        self.awaiting_retained.get(name) == Some(&None)
    }

    /// The groups led by `user` whose records were requested, but did not arrive.
    pub(super) fn unshown_of(&self, user: &UserId) -> Vec<GroupName> {
        let is_led = |name: &GroupName| self.get(name).is_some_and(|group| group.is_led_by(user));
        let asked = self.awaiting_retained.iter().filter(|(name, due)| due.is_none() && is_led(name));
        asked.map(|(name, _)| name.clone()).collect()
    }

    /// The latest reassertion of a record; `None` if it is long ago.
    pub(super) fn reassertion(&self, name: &GroupName, now: Now) -> Option<Reassertion> {
        self.reassertions.get(name).copied().filter(|last| now.tick.since(last.next()) < RESET_AFTER)
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
