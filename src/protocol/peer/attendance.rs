//! When I was connected, over restarts: whether another may have taken the lead of my groups meanwhile, and whether
//! this store is an old one.

use std::time::Duration;

use super::egress::Egress;
use crate::{
    domain::{Now, Timestamp, User},
    protocol::Operation,
};

/// If what the broker remembers of me is later than what I remember by more than this, my store is an old one.
const STALE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct Attendance {
    /// When I was connected last, before now.
    last: Timestamp,
    /// The same before this start, and when I was first connected after it.
    before_start: Timestamp,
    started: Timestamp,
    is_stale: bool,
    was_gone: bool,
}

impl Attendance {
    /// `last`: when I was connected last, as the store knows.
    pub(super) fn restore(last: Timestamp) -> Self {
        Self { last, ..Self::default() }
    }

    /// Keeps that I am connected, or was until now.
    pub(super) fn note(&mut self, egress: &mut Egress) {
        let now = egress.now();
        if egress.is_connected() {
            self.last = now.wall;
            let me = User { seen: now.wall, ..User::new(egress.me().clone(), now.wall) };
            egress.persist(Operation::PutUser(me));
        }
    }

    /// Looks at how long I was away, before I am here again.
    pub(super) fn came_back(&mut self, now: Now, gone_after: Duration) {
        if self.started == Timestamp::default() {
            (self.before_start, self.started) = (self.last, now.wall);
        }
        self.was_gone |= self.last != Timestamp::default() && now.wall.since(self.last) >= gone_after;
        self.last = now.wall;
    }

    /// The broker remembers that I was here at `stated`.
    pub(super) fn remembered(&mut self, stated: Timestamp) {
        if stated < self.started && self.was_connected_before() {
            self.is_stale |= stated.since(self.before_start) > STALE;
        }
    }

    /// Whether this store was connected before this start.
    pub(super) fn was_connected_before(&self) -> bool {
        self.before_start != Timestamp::default()
    }

    /// Whether what I remember is older than what the broker remembers of me.
    pub(super) fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Whether I was away so long that another may have taken the lead of my groups.
    pub(super) fn was_gone(&self) -> bool {
        self.was_gone
    }
}
