//! What I report to the leaders of large groups (`HAVE`), and what they say about my messages.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    domain::{Delivery, GroupName, Now, Tick, UserId},
    protocol::{Reach, large_groups::WRITERS},
};

/// The least time between two reports to the leader of a group.
const INTERVAL: Duration = Duration::from_secs(5);
/// If the leader says that a member lacks what I have, and my last report is older than this, it may have been lost.
const REPEAT_AFTER: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Reports {
    by_group: BTreeMap<GroupName, Report>,
    /// How far my own messages have reached.
    reached: BTreeMap<GroupName, Reach>,
}

#[derive(Debug, Default)]
struct Report {
    /// The writers whose numbers are to be reported.
    writers: BTreeSet<UserId>,
    sent: Option<Tick>,
}

impl Report {
    fn due(&self) -> Option<Tick> {
        (!self.writers.is_empty()).then(|| self.sent.map_or_else(Tick::default, |sent| sent + INTERVAL))
    }
}

impl Reports {
    pub(super) fn due(&self) -> Option<Tick> {
        self.by_group.values().filter_map(Report::due).min()
    }

    /// Schedules a report about these writers.
    pub(super) fn note(&mut self, group: &GroupName, writers: impl IntoIterator<Item = UserId>) {
        self.by_group.entry(group.clone()).or_default().writers.extend(writers);
    }

    /// Whether the last report is so old that it may have been lost.
    pub(super) fn may_be_lost(&self, now: Now, group: &GroupName) -> bool {
        let sent = self.by_group.get(group).and_then(|report| report.sent);
        sent.is_none_or(|sent| now.tick.since(sent) >= REPEAT_AFTER)
    }

    /// Forgets what is to be reported about a group: its leader is away, or I have left. When I last reported stays known,
    /// because the leader may come and go at will.
    pub(super) fn forget(&mut self, group: &GroupName) {
        if let Some(report) = self.by_group.get_mut(group) {
            report.writers.clear();
        }
    }

    /// The reports that are due: the groups, and the writers to report about.
    pub(super) fn take_due(&mut self, now: Now) -> Vec<(GroupName, Vec<UserId>)> {
        let due = self.by_group.iter_mut().filter(|(_, report)| report.due().is_some_and(|due| due <= now.tick));
        due.map(|(group, report)| {
            report.sent = Some(now.tick);
            let writers = std::iter::from_fn(|| report.writers.pop_first()).take(WRITERS).collect();
            (group.clone(), writers)
        })
        .collect()
    }

    /// The leader says how far my own messages have reached.
    pub(super) fn note_reach(&mut self, group: &GroupName, reach: Reach) {
        self.reached.insert(group.clone(), reach);
    }

    /// All members have my own messages up to this number, as far as I know.
    pub(super) fn reached_all(&self, group: &GroupName) -> u64 {
        self.reached.get(group).map_or(0, |reach| reach.all)
    }

    /// How far my message number `n` has reached; `None` if it is not known to have reached anyone.
    pub(super) fn reach(&self, group: &GroupName, n: u64) -> Option<Reach> {
        let reach = self.reached.get(group)?;
        let count = if n <= reach.all { reach.of } else { reach.count };
        (n <= reach.highest && count > 0).then_some(Reach { count, ..*reach })
    }

    /// The delivery state of my message number `n`, which the broker has accepted, in a large group.
    pub(super) fn delivery(&self, group: &GroupName, n: u64) -> Delivery {
        match self.reach(group, n) {
            None => Delivery::AtBroker,
            Some(Reach { count, of, .. }) if count == of => Delivery::Delivered,
            Some(Reach { count, of, .. }) => Delivery::Partly(count, of),
        }
    }
}
