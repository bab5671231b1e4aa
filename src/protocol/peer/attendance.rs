//! The times of my connections, across restarts. They show whether another user may have taken over my groups in the
//! meantime, and whether the store was restored from an old copy.

use std::time::Duration;

use super::egress::Egress;
use crate::{
    domain::{Now, Timestamp, User},
    protocol::Operation,
};

/// If my retained presence is newer than my last stored connection by more than this, the store is an old copy.
const STALE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct Attendance {
    /// When I was last connected.
    last: Timestamp,
    /// When I was last connected in an earlier run.
    before_start: Timestamp,
    /// When I was first connected in this run.
    started: Timestamp,
    is_stale: bool,
    was_absent: bool,
}

impl Attendance {
    /// `last`: the stored time of my last connection.
    pub(super) fn restore(last: Timestamp) -> Self {
        Self { last, ..Self::default() }
    }

    /// If I am connected, stores the current time as that of my last connection.
    pub(super) fn note(&mut self, egress: &mut Egress) {
        let now = egress.now();
        if egress.is_connected() {
            self.last = now.wall;
            let me = User { seen: now.wall, ..User::new(egress.me().clone(), now.wall) };
            egress.persist(Operation::PutUser(me));
        }
    }

    /// A new connection: checks whether I was absent for at least `gone_after`.
    pub(super) fn connected(&mut self, now: Now, gone_after: Duration) {
        if self.started == Timestamp::default() {
            (self.before_start, self.started) = (self.last, now.wall);
        }
        self.was_absent |= self.last != Timestamp::default() && now.wall.since(self.last) >= gone_after;
        self.last = now.wall;
    }

    /// My retained presence was published at `announced_at`: checks whether the store is an old copy.
    pub(super) fn compare_presence(&mut self, announced_at: Timestamp) {
        if announced_at < self.started && self.was_connected_before() {
            self.is_stale |= announced_at.since(self.before_start) > STALE;
        }
    }

    /// Whether this store was connected before this start.
    pub(super) fn was_connected_before(&self) -> bool {
        self.before_start != Timestamp::default()
    }

    /// Whether the store is an old copy: the broker has a newer presence of mine.
    pub(super) fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Whether I was absent so long that another user may have taken over my groups.
    pub(super) fn was_absent(&self) -> bool {
        self.was_absent
    }
}
