//! Who is there: others by what they announce, and what their coming sets off.

use std::time::Duration;

use super::{Peer, acquaintance::MOST_USERS, link::Link};
use crate::{
    domain::{ConversationId, DeviceHash, Now, Presence, Progress, Timestamp, User, UserId},
    protocol::{IgnoredReason, event::Event, operation::Operation, properties::Properties},
};

/// That somebody writes is noted as often as this.
const SEEN_EVERY: Duration = Duration::from_secs(3600);
/// What the broker remembers of me is later than what I remember by more than this: my memory is an old one.
const STALE: Duration = Duration::from_secs(60);

/// A user as one thinks of it before anything new is heard.
/// `here`: when I was connected last.
pub(super) fn forgotten(user: User, here: Timestamp) -> User {
    match user.presence {
        Presence::Online => User { presence: Presence::Unknown, seen: user.seen.max(here), ..user },
        _ => user,
    }
}

impl Peer {
    pub(super) fn presence(&mut self, now: Now, user: UserId, online: bool, retained: bool, properties: &Properties) {
        if user == self.me {
            self.own_presence(now, online, retained, properties);
            return;
        }
        // A clock that runs ahead must not make somebody be here since tomorrow.
        let stated = properties.ts.map(|ts| ts.min(now.wall));
        let since = stated.or((!retained).then_some(now.wall));
        let has_been_here = stated.is_none() || self.users.get(&user).and_then(|known| known.since) != stated;
        self.meet(&user, |known| {
            let presence = if online { Presence::Online } else { Presence::Offline };
            let seen = match stated {
                _ if online || !retained => now.wall,
                Some(stated) => stated,
                // The broker does not say when it went; I first miss it now.
                None if known.presence != Presence::Offline => now.wall,
                None => known.seen,
            };
            known.seen = known.seen.max(seen);
            if known.presence != presence {
                known.presence = presence;
                known.since = since;
            } else if stated.is_some() && online {
                known.since = stated;
            }
            known.is_papo |= properties.is_papo;
        });
        if !self.users.contains_key(&user) {
            return;
        }
        if online {
            // Also one whose absence nobody saw may have lost what was only in its memory.
            let before = self.greeted.insert(user.clone(), properties.ts);
            if before != Some(properties.ts) {
                // What was sent to it waits at the broker. To send that again at once would only hold up a slow
                // broker, and show it twice to plain members. The retained word of somebody I have not seen before
                // may be about an earlier time than what I sent.
                if properties.kept && (before.is_some() || !retained) {
                    self.came_back_online(now, &user);
                } else {
                    self.came_online(now, &user);
                }
                self.speak_of_talks(now, &user, properties.device.as_deref());
            }
            return;
        }
        self.greeted.remove(&user);
        self.remind_anew(&user);
        // It may have been here while I was not, on a broker that did not have what I had sent before.
        if retained && has_been_here && self.told.insert(user.clone(), properties.ts) != Some(properties.ts) {
            self.tell_again(now, &user);
        }
    }

    /// The broker's memory of my own presence: somebody else may have taken my id since I announced
    /// myself, or a late will may have said that I am gone. Who has been taken over says no more that it is
    /// here, so that the other is not taken over in turn; its next connection takes the id back.
    fn own_presence(&mut self, now: Now, online: bool, retained: bool, properties: &Properties) {
        let is_mine = properties.device.as_ref() == Some(&self.device);
        if retained {
            self.look_back(now, is_mine, properties);
        }
        let Some(announced) = self.announced else { return };
        // Where I look before I announce myself, the last word that the broker kept was after mine. Otherwise it
        // may be an older word of the other, which waited for our common client id.
        let is_kept = retained && self.announce_by.is_some();
        let is_news = is_kept || properties.ts.is_none_or(|ts| ts > announced);
        if online && !is_mine && properties.device.is_some() && is_news {
            self.announced = None;
            self.announce_by = None;
            self.tell(Event::TakenOver);
            return;
        }
        let is_due = match self.announce_by {
            Some(_) => retained,
            None => !online && !retained && self.link == Link::Up,
        };
        if is_due {
            self.announce(now, true);
        }
    }

    /// What the broker remembers of my time before this start: I may have been here on another machine, or with a
    /// newer store than the one that I have.
    fn look_back(&mut self, now: Now, is_mine: bool, properties: &Properties) {
        if !is_mine && properties.device.is_some() {
            self.catch_up(now);
        }
        let is_before = |ts: &Timestamp| *ts < self.started && self.left != Timestamp::default();
        if let Some(ts) = properties.ts.filter(is_before) {
            self.is_stale |= ts.since(self.left) > STALE;
        }
    }

    /// Changes what is known of a user, and keeps it if that made a difference.
    pub(super) fn meet(&mut self, id: &UserId, change: impl FnOnce(&mut User)) {
        if *id == self.me {
            return;
        }
        let before = self.users.get(id).cloned();
        let mut user = before.clone().unwrap_or_else(|| User::new(id.clone(), self.latest));
        change(&mut user);
        if before.is_none() && self.users.len() >= MOST_USERS && !user.is_blocked && !self.makes_room(&user) {
            return self.suspect(IgnoredReason::UserListFull(id.clone()));
        }
        if before.as_ref() != Some(&user) {
            self.users.insert(id.clone(), user.clone());
            self.keep(Operation::PutUser(user));
        }
    }

    /// Keeps that I am connected, or was until now.
    pub(super) fn note_here(&mut self, now: Now) {
        if self.is_linked() {
            self.here = now.wall;
            let me = User { seen: now.wall, ..User::new(self.me.clone(), now.wall) };
            self.keep(Operation::PutUser(me));
        }
    }

    /// Looks at how long I was away, before I am here again.
    pub(super) fn came_back(&mut self, now: Now) {
        if self.started == Timestamp::default() {
            (self.left, self.started) = (self.here, now.wall);
        }
        self.was_gone |= self.here != Timestamp::default() && now.wall.since(self.here) >= self.leader_gone_after;
        self.here = now.wall;
        // Stores of earlier versions do not know when somebody was seen.
        let unseen = self.users.values().filter(|user| user.seen == Timestamp::default());
        for user in unseen.map(|user| user.id.clone()).collect::<Vec<_>>() {
            self.meet(&user, |user| user.seen = now.wall);
        }
    }

    /// Whether nobody has seen `user` for so long that its groups may be led by others. Of myself: whether I was
    /// away so long.
    pub(super) fn is_gone(&self, now: Now, user: &UserId) -> bool {
        match self.users.get(user) {
            Some(known) => known.is_gone(now.wall, self.leader_gone_after),
            None => *user == self.me && self.was_gone,
        }
    }

    /// Who writes is here, though it may never say so, as plain peers do.
    pub(super) fn seen_writing(&mut self, now: Now, user: &UserId) {
        let is_news = |user: &User| !user.is_online() && now.wall.since(user.seen) >= SEEN_EVERY;
        if self.users.get(user).is_some_and(is_news) {
            self.meet(user, |user| user.seen = now.wall);
        }
    }

    pub(super) fn is_blocked(&self, user: &UserId) -> bool {
        self.users.get(user).is_some_and(|user| user.is_blocked)
    }

    pub(super) fn is_papo(&self, user: &UserId) -> bool {
        self.users.get(user).is_some_and(|user| user.is_papo)
    }

    /// `user` is here again, and the broker has kept what was sent to it meanwhile.
    fn came_back_online(&mut self, now: Now, user: &UserId) {
        self.gaps.start_anew_with(now, user);
        self.ask_whether_read(now, user);
        self.ask_for_records_again(now, user);
        self.remind_anew(user);
        self.expect_answer(now, user);
    }

    fn came_online(&mut self, now: Now, user: &UserId) {
        self.gaps.start_anew_with(now, user);
        self.remind_anew(user);
        self.tell_again(now, user);
        self.ask_whether_read(now, user);
        self.ask_for_records_again(now, user);
        self.expect_answer(now, user);
    }

    /// On a machine on which it has never written, or with a store that is new, it may not know our talks.
    fn speak_of_talks(&mut self, now: Now, user: &UserId, device: Option<&str>) {
        let Some(hash) = device.map(DeviceHash::of) else { return };
        let is_strange = |progress: &Progress| {
            progress.store.is_some_and(|store| store != hash)
                && progress.former.iter().flatten().all(|(former, _)| *former != hash)
        };
        let open = self.conversations.values().filter(|talk| talk.phase.is_open());
        let talks = open.map(|talk| &talk.id).filter(|id| matches!(id, ConversationId::Session(_)));
        let known = talks.filter_map(|id| Some((id.clone(), self.progress_with(id, user)?)));
        for (id, progress) in known.filter(|(_, progress)| is_strange(progress)).collect::<Vec<_>>() {
            self.ask_resend(now, &id, user, progress.next(), None);
        }
    }

    /// What it may have missed is sent again.
    fn tell_again(&mut self, now: Now, user: &UserId) {
        self.say_again(now, user);
        self.resend_unacked(now, user);
    }

    /// All that it has not answered is said again.
    pub(super) fn say_again(&mut self, now: Now, user: &UserId) {
        self.ask_again(now, user);
        self.accept_again(now, user);
        self.leave_again(now, user);
    }
}
