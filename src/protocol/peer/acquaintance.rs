//! How well users and groups are known. Anybody can make them up, so both lists are bounded: a full one forgets those
//! that are less known than the newcomer, and never one with which I have to do.

use super::{conversations::Conversations, requests::Requests};
use crate::domain::{ConversationId, Direction, Presence, Request, RequestKind, Timestamp, User, UserId};

/// So many of the least known are forgotten at once where there are more: to look through all costs time.
const FORGOTTEN_AT_ONCE: usize = 1_000;

/// How well a user is known; a group is known as well as its leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Acquaintance {
    /// Others have named it.
    Named,
    /// It was heard.
    Heard,
    Online,
    /// I have a conversation or a request with it, or have blocked it.
    Contact,
}

/// How well a user is known, apart from contacts.
pub(super) fn heard(user: &User) -> Acquaintance {
    if user.is_online() {
        Acquaintance::Online
    } else if user.is_papo || user.presence != Presence::Unknown || user.control_topic.is_some() {
        Acquaintance::Heard
    } else {
        Acquaintance::Named
    }
}

/// In which second, of the wall time, a list was full and nothing in it was less known than this.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Crowded(Option<(u64, Acquaintance)>);

impl Crowded {
    pub(super) fn at(now: Timestamp, rank: Acquaintance) -> Self {
        Self(Some((second(now), rank)))
    }

    /// Whether a search for what is less known than `rank` would find nothing.
    pub(super) fn has_no_less(self, now: Timestamp, rank: Acquaintance) -> bool {
        self.0.is_some_and(|(then, least)| then == second(now) && rank <= least)
    }
}

fn second(time: Timestamp) -> u64 {
    time.as_millis() / 1000
}

/// The least known, and of them those with the earliest time: all, or as many as are forgotten at once.
pub(super) fn least_known<K: Ord + Clone>(mut candidates: Vec<(Acquaintance, Timestamp, &K)>) -> Vec<K> {
    if candidates.len() > FORGOTTEN_AT_ONCE {
        candidates.select_nth_unstable(FORGOTTEN_AT_ONCE);
        candidates.truncate(FORGOTTEN_AT_ONCE);
    }
    candidates.into_iter().map(|(.., key)| key.clone()).collect()
}

/// My requests and conversations, which make users contacts.
#[derive(Clone, Copy)]
pub(super) struct Ties<'a> {
    pub(super) requests: &'a Requests,
    pub(super) conversations: &'a Conversations,
}

impl<'a> Ties<'a> {
    /// Requests of `user` that I accepted and where nothing shows yet that they know the session.
    pub(super) fn unheard_acceptances(self, user: &'a UserId, me: &'a UserId) -> impl Iterator<Item = &'a Request> {
        self.requests.with(user).filter(move |request| {
            let session = request.session().filter(|session| session.accepter == *me).cloned();
            let progress =
                session.and_then(|session| self.conversations.progress_with(&ConversationId::Session(session), user));
            request.is_about(Direction::Incoming, user, &RequestKind::Chat)
                && progress.is_some_and(|progress| progress.received.is_none() && progress.acked == 0)
        })
    }

    pub(super) fn acquaintance(self, user: &User) -> Acquaintance {
        let heard = heard(user);
        if user.is_blocked || self.is_contact(&user.id, heard) { Acquaintance::Contact } else { heard }
    }

    /// A user who shares a group with me and was never heard is only a name: a leader could name anybody.
    pub(super) fn is_contact(self, user: &UserId, heard: Acquaintance) -> bool {
        let is_close = |id: &ConversationId| matches!(id, ConversationId::Session(_)) || heard > Acquaintance::Named;
        self.requests.with(user).next().is_some() || self.conversations.with(user).any(is_close)
    }
}
