//! How well I know users and groups. Anybody can invent some, so both lists are bounded. To make room, a full list
//! removes those that are less known than the newcomer, but never a contact or a group of mine.

use super::{conversations::Conversations, requests::Requests};
use crate::domain::{ConversationId, Direction, Presence, Request, RequestKind, Timestamp, User, UserId};

/// The maximum number of entries removed at once. Removing many amortises the search through the whole list.
const EVICTION_BATCH: usize = 1_000;

/// How well a user is known, in ascending order. A group is known as well as its leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Acquaintance {
    /// Only other users have named them.
    Named,
    /// They have published something.
    Published,
    /// They are online.
    Online,
    /// I have a conversation or a request with them, or have blocked them.
    Contact,
}

/// How well a user is known, regardless of requests and conversations.
pub(super) fn rank_without_ties(user: &User) -> Acquaintance {
    if user.is_online() {
        Acquaintance::Online
    } else if user.is_papo || user.presence != Presence::Unknown || user.control_topic.is_some() {
        Acquaintance::Published
    } else {
        Acquaintance::Named
    }
}

/// The last search for entries to remove that found none: its time in seconds since the Unix epoch, and the newcomer's
/// rank. It avoids repeating the search within that second.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FailedEviction(Option<(u64, Acquaintance)>);

impl FailedEviction {
    pub(super) fn at(now: Timestamp, rank: Acquaintance) -> Self {
        Self(Some((second(now), rank)))
    }

    /// Whether a search for entries that are less known than `rank` would find nothing again.
    pub(super) fn still_fails(self, now: Timestamp, rank: Acquaintance) -> bool {
        self.0.is_some_and(|(then, least)| then == second(now) && rank <= least)
    }
}

fn second(time: Timestamp) -> u64 {
    time.as_millis() / 1000
}

/// The least known candidates, and among these the ones with the earliest time: at most [`EVICTION_BATCH`].
pub(super) fn least_known<K: Ord + Clone>(mut candidates: Vec<(Acquaintance, Timestamp, &K)>) -> Vec<K> {
    if candidates.len() > EVICTION_BATCH {
        candidates.select_nth_unstable(EVICTION_BATCH);
        candidates.truncate(EVICTION_BATCH);
    }
    candidates.into_iter().map(|(.., key)| key.clone()).collect()
}

/// My requests and conversations: they decide who is a contact.
#[derive(Clone, Copy)]
pub(super) struct Ties<'a> {
    pub(super) requests: &'a Requests,
    pub(super) conversations: &'a Conversations,
}

impl<'a> Ties<'a> {
    /// Accepted requests of `user` whose session they may not know yet: they have neither written nor acknowledged
    /// anything in it.
    pub(super) fn unconfirmed_acceptances(self, user: &'a UserId, me: &'a UserId) -> impl Iterator<Item = &'a Request> {
        self.requests.with(user).filter(move |request| {
            let session = request.session().filter(|session| session.accepter == *me).cloned();
            let progress =
                session.and_then(|session| self.conversations.progress_with(&ConversationId::Session(session), user));
            request.is_about(Direction::Incoming, user, &RequestKind::Chat)
                && progress.is_some_and(|progress| progress.received.is_none() && progress.acked == 0)
        })
    }

    pub(super) fn acquaintance(self, user: &User) -> Acquaintance {
        let rank = rank_without_ties(user);
        if user.is_blocked || self.is_contact(&user.id, rank) { Acquaintance::Contact } else { rank }
    }

    /// Whether I have a request or a conversation with `user`. A shared group counts only if `user` has published
    /// something, because a leader could name anybody.
    pub(super) fn is_contact(self, user: &UserId, rank: Acquaintance) -> bool {
        let is_close = |id: &ConversationId| matches!(id, ConversationId::Session(_)) || rank > Acquaintance::Named;
        self.requests.with(user).next().is_some() || self.conversations.with(user).any(is_close)
    }
}
