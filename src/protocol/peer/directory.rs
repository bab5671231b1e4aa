//! The directory: the presence of all users, and the records of all groups. While few are known, papo follows all of
//! them. Beyond the limit it follows only its contacts and their groups, and reads the whole directory on demand.
//!
//! Invariant: on a connection, `followed` has exactly the filters that the broker was asked for.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    domain::{Now, Tick, Timestamp, UserId},
    protocol::topic::DirectoryFilter,
};

/// What the broker retains comes in one stream. A pause of this length ends it.
const STREAM_PAUSE: Duration = Duration::from_millis(500);
/// The least time between two changes of what is followed. Anybody can send requests, and each changes the contacts.
const FOLLOW_SPACING: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
pub(super) struct Directory {
    scope: Scope,
    followed: BTreeSet<DirectoryFilter>,
    /// When to adapt `followed` to changed contacts.
    follow_at: Option<Tick>,
    /// The earliest time for that.
    follow_from: Tick,
    /// The reading of the whole directory that is under way.
    reading: Option<Reading>,
    /// Whether the whole directory is wanted: it is read now, or as soon as there is a connection.
    is_wanted: bool,
    /// When the whole directory was last read beyond the limit.
    read_at: Option<Now>,
}

/// What papo follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Scope {
    #[default]
    All,
    Contacts,
}

#[derive(Debug)]
struct Reading {
    /// How many SUBSCRIBEs, of which that of the reading is the last, the broker has not answered.
    unanswered: usize,
    /// When the latest retained publication arrived, once all are answered.
    latest: Option<Tick>,
}

impl Directory {
    /// Whether papo follows only its contacts.
    pub(super) fn is_limited(&self) -> bool {
        self.scope == Scope::Contacts
    }

    pub(super) fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// Whether all users and groups are known as far as the broker has shown them: nobody waits for a reading.
    pub(super) fn is_complete(&self) -> bool {
        !self.is_limited() || self.read_at.is_some() && !self.is_wanted && !self.is_reading()
    }

    /// When the whole directory was last read, less than `expiry` ago; `None` if papo follows it.
    pub(super) fn as_of(&self, now: Now, expiry: Duration) -> Option<Timestamp> {
        let read_at = self.read_at.filter(|at| self.is_limited() && now.tick.since(at.tick) < expiry);
        read_at.map(|at| at.wall)
    }

    /// Whether the presence of `user` is followed.
    pub(super) fn follows(&self, user: &UserId) -> bool {
        !self.is_limited() || self.followed.contains(&DirectoryFilter::User(user.clone()))
    }

    /// The filters for the records of single groups.
    pub(super) fn group_filters(&self) -> impl Iterator<Item = &DirectoryFilter> {
        self.followed.iter().filter(|filter| matches!(filter, DirectoryFilter::Group(_)))
    }

    /// When to act next.
    pub(super) fn due(&self) -> Option<Tick> {
        self.reading_ends().into_iter().chain(self.follow_at).min()
    }

    /// When the reading ends unless more arrives.
    fn reading_ends(&self) -> Option<Tick> {
        Some(self.reading.as_ref()?.latest? + STREAM_PAUSE)
    }
}

/// Changes.
impl Directory {
    /// A new connection. `known` users and groups are known. What was limited stays so until at most half of `limit`
    /// are known, so that it does not change back and forth.
    pub(super) fn connected(&mut self, known: usize, limit: usize) {
        self.scope = match self.scope {
            Scope::All if known > limit => Scope::Contacts,
            Scope::Contacts if known <= limit / 2 => Scope::All,
            scope => scope,
        };
        self.is_wanted &= self.is_limited();
        self.reading = self.is_wanted.then_some(Reading { unanswered: 1, latest: None });
    }

    pub(super) fn disconnected(&mut self) {
        (self.reading, self.follow_at) = (None, None);
    }

    /// So many users and groups are known that papo follows only its contacts from now on. Returns whether that is new.
    /// The directory counts as being read until the stream of what the broker retains ends.
    pub(super) fn is_outgrown(&mut self, known: usize, limit: usize) -> bool {
        let is_new = self.scope == Scope::All && known > limit;
        if is_new {
            (self.scope, self.is_wanted) = (Scope::Contacts, true);
        }
        is_new
    }

    /// The whole directory is wanted, unless it was read within `max_age`. Returns whether a connection must read it
    /// now.
    pub(super) fn want(&mut self, now: Now, max_age: Duration, is_connected: bool) -> bool {
        let is_recent = self.read_at.is_some_and(|at| now.tick.since(at.tick) < max_age);
        if is_recent && !self.is_wanted || is_connected && !self.is_limited() {
            return false;
        }
        self.is_wanted = true;
        is_connected && !self.is_reading()
    }

    /// The broker is sending the whole directory. `unanswered`: how many SUBSCRIBEs it has not answered.
    pub(super) fn begin_reading(&mut self, now: Now, unanswered: usize) {
        self.reading = Some(Reading { unanswered, latest: (unanswered == 0).then_some(now.tick) });
    }

    /// The broker has answered a SUBSCRIBE.
    pub(super) fn subscribed(&mut self, now: Now) {
        if let Some(reading) = self.reading.as_mut().filter(|reading| reading.unanswered > 0) {
            reading.unanswered -= 1;
            reading.latest = (reading.unanswered == 0).then_some(now.tick);
        }
    }

    /// A retained publication has arrived.
    pub(super) fn retained_arrived(&mut self, now: Now) {
        if let Some(Reading { latest: Some(latest), .. }) = &mut self.reading {
            *latest = now.tick;
        }
    }

    /// Whether the reading ends now. If so, the next call returns false.
    pub(super) fn takes_end(&mut self, now: Now) -> bool {
        let is_over = self.reading_ends().is_some_and(|due| due <= now.tick);
        if is_over {
            (self.reading, self.is_wanted, self.read_at) = (None, false, Some(now));
        }
        is_over
    }

    /// The contacts have changed. The end of a reading adapts what is followed anyway.
    pub(super) fn contacts_changed(&mut self, now: Now) {
        if self.is_limited() && !self.is_reading() {
            self.follow_at.get_or_insert(self.follow_from.max(now.tick));
        }
    }

    /// Whether it is time to adapt what is followed. If so, the next call returns false.
    pub(super) fn takes_follow(&mut self, now: Now) -> bool {
        let is_due = self.follow_at.take_if(|due| *due <= now.tick).is_some();
        if is_due {
            self.follow_from = now.tick + FOLLOW_SPACING;
        }
        is_due
    }

    /// Follows `wanted`, the filters of the contacts if papo is limited to them, and what else the scope demands.
    /// Returns the filters to subscribe to, and those to unsubscribe from.
    pub(super) fn follow(
        &mut self,
        mut wanted: BTreeSet<DirectoryFilter>,
    ) -> (Vec<DirectoryFilter>, Vec<DirectoryFilter>) {
        if !self.is_limited() || self.is_reading() {
            wanted.extend(DirectoryFilter::ALL);
        }
        let before = std::mem::replace(&mut self.followed, wanted);
        let new = self.followed.difference(&before).cloned().collect();
        (new, before.difference(&self.followed).cloned().collect())
    }

    /// Like [`Self::follow`], for a new connection: returns all filters to subscribe to. The session may still have
    /// those of the whole directory.
    pub(super) fn follow_anew(
        &mut self,
        contacts: BTreeSet<DirectoryFilter>,
    ) -> (Vec<DirectoryFilter>, Vec<DirectoryFilter>) {
        if self.is_limited() {
            self.followed.extend(DirectoryFilter::ALL);
        }
        let (_, old) = self.follow(contacts);
        (self.followed.iter().cloned().collect(), old)
    }
}
