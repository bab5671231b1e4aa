//! Who is there: others by what they announce, and what their coming sets off.

use super::{Peer, link::Link};
use crate::{
    domain::{Presence, Timestamp, User, UserId},
    protocol::{event::Event, operation::Operation, properties::Properties},
};

/// A user as one thinks of it before anything new is heard.
pub(super) fn forgotten(user: User) -> User {
    match user.presence {
        Presence::Online => User { presence: Presence::Unknown, ..user },
        _ => user,
    }
}

impl Peer {
    pub(super) fn presence(
        &mut self,
        now: Timestamp,
        user: UserId,
        online: bool,
        retained: bool,
        properties: &Properties,
    ) {
        if user == self.me {
            self.own_presence(now, online, retained, properties);
            return;
        }
        // A clock that runs ahead must not make somebody be here since tomorrow.
        let stated = properties.ts.map(|ts| ts.min(now));
        let since = stated.or((!retained).then_some(now));
        let has_been_here = stated.is_none() || self.users.get(&user).and_then(|known| known.since) != stated;
        self.meet(&user, |known| {
            let presence = if online { Presence::Online } else { Presence::Offline };
            if known.presence != presence {
                known.presence = presence;
                known.since = since;
            } else if stated.is_some() && online {
                known.since = stated;
            }
            known.is_papo |= properties.is_papo;
        });
        if online {
            // Also one whose absence nobody saw may have lost what was only in its memory.
            if self.greeted.insert(user.clone(), properties.ts) != Some(properties.ts) {
                self.came_online(now, &user);
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
    fn own_presence(&mut self, now: Timestamp, online: bool, retained: bool, properties: &Properties) {
        let Some(announced) = self.announced else { return };
        let is_mine = properties.device.as_ref() == Some(&self.device);
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

    /// Changes what is known of a user, and keeps it if that made a difference.
    pub(super) fn meet(&mut self, id: &UserId, change: impl FnOnce(&mut User)) {
        if *id == self.me {
            return;
        }
        let is_new = !self.users.contains_key(id);
        let user = self.users.entry(id.clone()).or_insert_with(|| User::new(id.clone()));
        let before = user.clone();
        change(user);
        if is_new || *user != before {
            let user = user.clone();
            self.keep(Operation::PutUser(user));
        }
    }

    pub(super) fn is_papo(&self, user: &UserId) -> bool {
        self.users.get(user).is_some_and(|user| user.is_papo)
    }

    fn came_online(&mut self, now: Timestamp, user: &UserId) {
        self.gaps.start_anew_with(now, user);
        self.remind_anew(user);
        self.tell_again(now, user);
        self.ask_whether_read(now, user);
        self.expect_answer(now, user);
    }

    /// What it may have missed is sent again.
    fn tell_again(&mut self, now: Timestamp, user: &UserId) {
        self.ask_again(now, user);
        self.accept_again(now, user);
        self.leave_again(now, user);
        self.resend_unacked(now, user);
    }
}
