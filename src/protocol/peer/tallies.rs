//! In the large groups that I lead: what each member has of the messages of each writer.
//!
//! Invariant: each group has at most [`WRITERS`] tallies, those that changed last, and a tally only names members.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    domain::{DeviceHash, Group, GroupName, Now, Tick, UserId},
    protocol::{Reach, Seen, large_groups::WRITERS},
};

/// How long to wait for the reports of other members.
const GATHER_TIME: Duration = Duration::from_secs(1);
/// The least time between two publications for a group.
const INTERVAL: Duration = Duration::from_secs(5);
/// If a member who is online lacks something, it is said again after this time. It doubles each time.
const FIRST_REPEAT: Duration = Duration::from_secs(10);
const MAX_REPEATS: u32 = 7;

/// The tallies by group.
#[derive(Debug, Default)]
pub(super) struct Tallies(BTreeMap<GroupName, GroupTallies>);

#[derive(Debug, Default)]
struct GroupTallies {
    by_writer: BTreeMap<UserId, Tally>,
    /// The writers about whom something is to be published.
    changed: BTreeSet<UserId>,
    due: Option<Tick>,
    published: Option<Tick>,
    repeats: u32,
}

#[derive(Debug)]
struct Tally {
    store: DeviceHash,
    /// The highest number that the writer has reported, or that I have.
    highest: u64,
    /// Whether the writer has written while I listened. Then all members must get it; those who have reported nothing
    /// about the writer lack it.
    is_live: bool,
    /// What each member has.
    reached: BTreeMap<UserId, u64>,
    changed_at: Tick,
}

/// What a member has of a writer's messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number<'a> {
    pub(super) writer: &'a UserId,
    pub(super) store: DeviceHash,
    pub(super) n: u64,
}

/// How I know what a writer has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// It has arrived while I listened, or I am the writer. So it is for all who are members now.
    Arrival,
    /// The writer has reported it.
    Writer,
    /// It is in my store.
    Store,
}

impl Tallies {
    pub(super) fn due(&self) -> Option<Tick> {
        self.0.values().filter_map(|group| group.due).min()
    }

    /// The writer has written everything up to this number.
    pub(super) fn written(&mut self, now: Now, group: &GroupName, number: Number<'_>, source: Source) {
        let Number { writer, store, n } = number;
        let group = self.0.entry(group.clone()).or_default();
        group.make_room(writer);
        let is_live = source == Source::Arrival;
        let new = || Tally { store, highest: 0, is_live, reached: BTreeMap::new(), changed_at: now.tick };
        let tally = group.by_writer.entry(writer.clone()).or_insert_with(new);
        if tally.store != store {
            *tally = new();
        }
        tally.is_live |= is_live;
        if n > tally.highest {
            (tally.highest, tally.changed_at) = (n, now.tick);
            group.note_change(now, writer);
        } else if source == Source::Writer {
            // A writer who has just started does not know what the others have.
            group.note_change(now, writer);
        }
    }

    /// A member has everything up to this number. A number above the highest one that I know of counts as that one.
    /// Does nothing if I know nothing of the writer.
    pub(super) fn reached(&mut self, now: Now, group: &GroupName, member: &UserId, number: Number<'_>) {
        let Number { writer, store, n } = number;
        let Some(group) = self.0.get_mut(group) else { return };
        let Some(tally) = group.by_writer.get_mut(writer).filter(|tally| tally.store == store) else { return };
        let n = n.min(tally.highest);
        let known = tally.reached.entry(member.clone()).or_default();
        if n > *known {
            (*known, tally.changed_at) = (n, now.tick);
            group.note_change(now, writer);
        }
    }

    /// A member has come online. If they lack something, they may have missed that it was published.
    pub(super) fn arrived(&mut self, now: Now, group: &GroupName, member: &UserId) {
        let Some(group) = self.0.get_mut(group) else { return };
        let lacked = group.by_writer.iter().filter(|(_, tally)| tally.lacks(member)).map(|(writer, _)| writer.clone());
        for writer in lacked.collect::<Vec<_>>() {
            group.note_change(now, &writer);
        }
    }

    /// New members do not get what was written before.
    pub(super) fn admit(&mut self, group: &GroupName, member: &UserId) {
        for tally in self.0.get_mut(group).into_iter().flat_map(|group| group.by_writer.values_mut()) {
            tally.reached.insert(member.clone(), tally.highest);
        }
    }

    pub(super) fn forget(&mut self, group: &GroupName) {
        self.0.remove(group);
    }

    /// The groups for which something is to be published now.
    pub(super) fn due_groups(&self, now: Now) -> Vec<GroupName> {
        let due = self.0.iter().filter(|(_, group)| group.due.is_some_and(|due| due <= now.tick));
        due.map(|(name, _)| name.clone()).collect()
    }

    /// What is to be published for a group. `counts`: whether a member reports to leaders. `is_online`: whether a member
    /// is online, and must learn what they lack.
    pub(super) fn take_seen(
        &mut self,
        now: Now,
        record: &Group,
        counts: impl Fn(&UserId) -> bool,
        is_online: impl Fn(&UserId) -> bool,
    ) -> Vec<Seen> {
        let Some(group) = self.0.get_mut(&record.name) else { return Vec::new() };
        let members: BTreeSet<&UserId> = record.everyone().filter(|member| counts(member)).collect();
        group.by_writer.retain(|writer, _| record.includes(writer));
        for tally in group.by_writer.values_mut() {
            tally.reached.retain(|member, _| members.contains(member));
        }
        let changed = std::mem::take(&mut group.changed);
        group.repeats = if changed.is_empty() { group.repeats + 1 } else { 0 };
        let is_repeat = changed.is_empty();
        let mut is_any_behind = false;
        let mut seen = Vec::new();
        for (writer, tally) in &group.by_writer {
            let others = members.iter().copied().filter(|member| *member != writer);
            let is_behind = others.clone().any(|member| tally.lacks(member) && is_online(member));
            is_any_behind |= is_behind;
            if changed.contains(writer) || (is_repeat && is_behind) {
                seen.push(Seen { writer: writer.clone(), reach: tally.reach(others) });
            }
        }
        group.published = Some(now.tick);
        let repeats_on = is_any_behind && group.repeats < MAX_REPEATS;
        group.due = repeats_on.then(|| now.tick + FIRST_REPEAT * 2_u32.pow(group.repeats));
        seen
    }

    /// The writers other than `me`, with the store and the highest number of each.
    pub(super) fn written_by_others(&self, group: &GroupName, me: &UserId) -> Vec<(UserId, DeviceHash, u64)> {
        let tallies = self.0.get(group).into_iter().flat_map(|group| &group.by_writer);
        let others = tallies.filter(|(writer, _)| *writer != me);
        others.map(|(writer, tally)| (writer.clone(), tally.store, tally.highest)).collect()
    }
}

impl GroupTallies {
    fn note_change(&mut self, now: Now, writer: &UserId) {
        self.changed.insert(writer.clone());
        let due = self.published.map_or(now.tick, |published| published + INTERVAL).max(now.tick + GATHER_TIME);
        // A repeat may be due much later.
        self.due = Some(self.due.map_or(due, |known| known.min(due)));
    }

    /// Drops the tally that changed first if there is no room for another writer.
    fn make_room(&mut self, writer: &UserId) {
        if self.by_writer.len() >= WRITERS && !self.by_writer.contains_key(writer) {
            let oldest = self.by_writer.iter().min_by_key(|(_, tally)| tally.changed_at);
            if let Some(oldest) = oldest.map(|(writer, _)| writer.clone()) {
                self.by_writer.remove(&oldest);
                self.changed.remove(&oldest);
            }
        }
    }
}

impl Tally {
    /// Whether a member lacks something, or has reported nothing: then they may lack it.
    fn lacks(&self, member: &UserId) -> bool {
        self.reached.get(member).is_none_or(|n| *n < self.highest)
    }

    /// How far the messages have reached. A member who has reported nothing is counted only if they must have got it.
    fn reach<'a>(&self, members: impl Iterator<Item = &'a UserId>) -> Reach {
        let has = |member| self.reached.get(member).copied().or_else(|| self.is_live.then_some(0));
        let counted: Vec<u64> = members.filter_map(has).collect();
        let count = counted.iter().filter(|n| **n >= self.highest).count();
        let all = counted.iter().copied().min().unwrap_or(0);
        Reach { store: self.store, all, highest: self.highest, count, of: counted.len() }
    }
}
