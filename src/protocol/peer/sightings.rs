//! What users have announced about themselves since papo started, and until when that counts.
//!
//! Invariants: only users whose latest announcement is `online` have a deadline, and `deadlines` has exactly the deadlines
//! of `by_user`.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    domain::{DeviceHash, Now, Presence, Tick, Timestamp, User, UserId},
    protocol::{Inbound, Properties, Topic},
};

/// Live announcements of one device that arrive within this time of each other may be in the wrong order. Later, an older
/// time means that the user has set back the clock. Clocks of different devices differ anyway.
const REORDERED_WITHIN: Duration = Duration::from_secs(60);
/// How long after a connection nothing expires: the broker shows the current presence first.
const GRACE: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Sightings {
    by_user: BTreeMap<UserId, Sighting>,
    deadlines: BTreeSet<(Tick, UserId)>,
}

#[derive(Debug, Clone, Copy)]
struct Sighting {
    is_online: bool,
    /// When the latest announcement was made, on the user's clock: another time means another start or connection of
    /// their client. `None` if they have published something, but no announcement with a time.
    announced_at: Option<Timestamp>,
    /// The device that announced that.
    device: Option<DeviceHash>,
    /// When the latest announcement arrived.
    heard: Now,
    /// When it expires.
    expires: Option<Tick>,
    /// Whether the latest announcement on the user's own topic had none of papo's properties, and nothing since then had.
    lacks_properties: bool,
}

/// An announcement of presence.
#[derive(Debug, Clone, Copy)]
pub(super) struct PresenceAnnouncement {
    pub(super) is_online: bool,
    /// Whether the broker sent it as a retained message.
    pub(super) is_retained: bool,
    /// When it was published, on the user's clock. `None` if unknown.
    pub(super) ts: Option<Timestamp>,
    /// The same, but at most now, because that clock may be ahead.
    pub(super) announced_at: Option<Timestamp>,
    pub(super) device: Option<DeviceHash>,
    /// How long it counts; `None` for ever.
    pub(super) expiry: Option<Duration>,
    origin: Origin,
}

/// What the properties of an announcement say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// It has papo's properties.
    Papo,
    /// It has none, on the user's own topic, where access rules let only them publish.
    Bare,
    /// It has none, on a topic where others may publish, too.
    Anybody,
}

impl PresenceAnnouncement {
    pub(super) fn new(
        now: Now,
        is_online: bool,
        (topic, inbound): (&Topic, &Inbound),
        properties: &Properties,
    ) -> Self {
        Self {
            is_online,
            is_retained: inbound.retained,
            ts: properties.ts,
            announced_at: properties.ts.map(|ts| ts.min(now.wall)),
            device: properties.device.as_deref().map(DeviceHash::of),
            expiry: inbound.expiry.map(|seconds| Duration::from_secs(seconds.into())),
            origin: match topic {
                _ if properties.is_papo => Origin::Papo,
                Topic::Presence(_) => Origin::Bare,
                _ => Origin::Anybody,
            },
        }
    }

    /// Updates what I know about the user.
    pub(super) fn apply(self, now: Now, known: &mut User) {
        let presence = if self.is_online { Presence::Online } else { Presence::Offline };
        let seen = match self.announced_at {
            _ if self.is_online || !self.is_retained => now.wall,
            Some(announced_at) => announced_at,
            // It is unknown when they went offline; I notice it only now.
            None if known.presence != Presence::Offline => now.wall,
            None => known.seen,
        };
        known.seen = known.seen.max(seen);
        if known.presence != presence {
            known.presence = presence;
            known.since = self.announced_at.or((!self.is_retained).then_some(now.wall));
        } else if self.announced_at.is_some() && self.is_online {
            known.since = self.announced_at;
        }
        known.is_papo |= self.origin == Origin::Papo;
    }
}

/// What an `online` announcement means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// The user was not online.
    First,
    /// The user was online, and this is another start or connection of their client.
    Again,
}

impl Sightings {
    pub(super) fn is_online(&self, user: &UserId) -> bool {
        self.by_user.get(user).is_some_and(|sighting| sighting.is_online)
    }

    /// Whether what `user` publishes has reached me without papo's properties of late: they use a plain client, or
    /// something between us removes the properties.
    pub(super) fn lacks_properties(&self, user: &UserId) -> bool {
        self.by_user.get(user).is_some_and(|sighting| sighting.lacks_properties)
    }

    pub(super) fn online(&self) -> impl Iterator<Item = &UserId> {
        self.by_user.iter().filter(|(_, sighting)| sighting.is_online).map(|(user, _)| user)
    }

    /// Whether a newer announcement of `user` is known: the broker has reordered them, or has restored an old state.
    pub(super) fn is_outdated(&self, now: Now, user: &UserId, announcement: &PresenceAnnouncement) -> bool {
        self.by_user.get(user).is_some_and(|known| {
            let is_older = announcement.ts.is_some_and(|ts| known.announced_at.is_some_and(|latest| ts < latest));
            let may_be_reordered =
                announcement.device == known.device && now.tick.since(known.heard.tick) < REORDERED_WITHIN;
            is_older && (announcement.is_retained || may_be_reordered)
        })
    }

    /// If the announcement repeats that `user` is online, it counts from now on. Returns whether it does.
    pub(super) fn renew(&mut self, now: Now, user: &UserId, announcement: &PresenceAnnouncement) -> bool {
        let is_same = |known: &Sighting| known.is_online && known.announced_at == announcement.ts;
        let is_renewed = announcement.is_online && self.by_user.get(user).is_some_and(is_same);
        if is_renewed {
            self.announced(now, user, announcement);
        }
        is_renewed
    }

    /// `user` has announced that they are online.
    pub(super) fn came_online(&mut self, now: Now, user: &UserId, announcement: &PresenceAnnouncement) -> Arrival {
        let was_online = self.is_online(user);
        self.announced(now, user, announcement);
        if was_online { Arrival::Again } else { Arrival::First }
    }

    /// `user`, or their last will, has announced that they are offline.
    pub(super) fn went_offline(&mut self, now: Now, user: &UserId, announcement: &PresenceAnnouncement) {
        // A last will has no time. What is older than the announcement before it is outdated nevertheless.
        let (ts, device) = match self.by_user.get(user) {
            Some(known) if announcement.ts.is_none() => (known.announced_at, known.device),
            _ => (announcement.ts, announcement.device),
        };
        self.announced(now, user, &PresenceAnnouncement { ts, device, ..*announcement });
    }

    fn announced(&mut self, now: Now, user: &UserId, announcement: &PresenceAnnouncement) {
        let PresenceAnnouncement { is_online, ts: announced_at, device, .. } = *announcement;
        let expires = announcement.expiry.filter(|_| is_online).map(|span| now.tick + span);
        let lacks_properties = match announcement.origin {
            Origin::Papo => false,
            Origin::Bare => true,
            Origin::Anybody => self.lacks_properties(user),
        };
        self.put(user, Sighting { is_online, announced_at, device, heard: now, expires, lacks_properties });
    }

    /// `user` has published something that is not retained, with papo's properties. So they are online, and properties
    /// pass between us. Returns whether any of that was unknown.
    pub(super) fn note_activity(&mut self, now: Now, user: &UserId) -> bool {
        let unknown = Sighting {
            is_online: false,
            announced_at: None,
            device: None,
            heard: now,
            expires: None,
            lacks_properties: false,
        };
        let sighting = self.by_user.entry(user.clone()).or_insert(unknown);
        let was_online = std::mem::replace(&mut sighting.is_online, true);
        let lacked_properties = std::mem::take(&mut sighting.lacks_properties);
        !was_online || lacked_properties
    }

    pub(super) fn forget(&mut self, user: &UserId) {
        if let Some(Sighting { expires: Some(due), .. }) = self.by_user.remove(user) {
            self.deadlines.remove(&(due, user.clone()));
        }
    }

    fn put(&mut self, user: &UserId, sighting: Sighting) {
        self.forget(user);
        self.deadlines.extend(sighting.expires.map(|due| (due, user.clone())));
        self.by_user.insert(user.clone(), sighting);
    }

    /// The broker has lost my session. Who is online may have restarted since, and must be told so again; the deadlines
    /// remain.
    pub(super) fn session_lost(&mut self) {
        for sighting in self.by_user.values_mut() {
            sighting.is_online = false;
        }
    }

    /// When the next announcement expires.
    pub(super) fn due(&self) -> Option<Tick> {
        self.deadlines.first().map(|(due, _)| *due)
    }

    /// Removes the deadlines that have passed. Returns the users, each with the time at which they were last heard.
    pub(super) fn take_expired(&mut self, now: Now) -> Vec<(UserId, Timestamp)> {
        let mut expired = Vec::new();
        while self.due().is_some_and(|due| due <= now.tick)
            && let Some((_, user)) = self.deadlines.pop_first()
        {
            if let Some(sighting) = self.by_user.get_mut(&user) {
                (sighting.is_online, sighting.expires) = (false, None);
                expired.push((user, sighting.heard.wall));
            }
        }
        expired
    }

    /// The announcements of users who are not `followed` expire at `due`, if not before.
    pub(super) fn limit(&mut self, due: Tick, is_followed: impl Fn(&UserId) -> bool) {
        let limited = self.by_user.iter_mut().filter(|(user, sighting)| {
            sighting.is_online && sighting.expires.is_none_or(|expires| expires > due) && !is_followed(user)
        });
        for (user, sighting) in limited {
            if let Some(later) = sighting.expires.replace(due) {
                self.deadlines.remove(&(later, user.clone()));
            }
            self.deadlines.insert((due, user.clone()));
        }
    }

    /// A new connection: what would expire now may have been renewed while there was none.
    pub(super) fn connected(&mut self, now: Now) {
        let least = now.tick + GRACE;
        while self.due().is_some_and(|due| due < least)
            && let Some((_, user)) = self.deadlines.pop_first()
        {
            if let Some(sighting) = self.by_user.get_mut(&user) {
                sighting.expires = Some(least);
                self.deadlines.insert((least, user));
            }
        }
    }
}
