//! Gaps in the sequence numbers of others. The missing messages are requested with `RESEND` (a NACK) until they arrive
//! or are given up.

use std::{collections::BTreeMap, time::Duration};

use super::{context::Context, conversations::Stream, egress::Egress};
use crate::{
    domain::{ConversationId, Now, Tick, UserId},
    protocol::Control,
};

/// The minimum time between two requests for the same gap that are caused by arriving messages.
const REQUEST_INTERVAL: Duration = Duration::from_secs(1);
/// A gap is given up if its author fills nothing of it for this long, and at least [`GIVE_UP_REQUESTS`] requests were
/// sent in this time. A new connection of the author or of mine restarts it.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
const GIVE_UP_REQUESTS: u32 = 10;
/// If no message of the author arrives at all, the request is repeated with exponential back-off, which begins here.
const RETRY_AFTER: Duration = Duration::from_secs(10);
const MAX_RETRIES: u32 = 7;

/// The gaps by conversation and author.
#[derive(Debug, Default)]
pub(super) struct Gaps(BTreeMap<Stream, Gap>);

#[derive(Debug, Clone, Copy)]
struct Gap {
    /// When the time until the gap is given up began.
    since: Tick,
    requested_at: Tick,
    /// The number of requests since then.
    requests: u32,
    /// The last number of the latest request.
    requested_upto: u64,
    /// The highest number that arrived too early and was not stored.
    highest_seen: u64,
    /// When the request is repeated if nothing arrives.
    retry_at: Tick,
    /// How often it was repeated.
    retries: u32,
}

impl Gap {
    /// Found at `now`, when number `n` arrived too early.
    fn new(now: Now, n: u64) -> Self {
        Self {
            since: now.tick,
            requested_at: now.tick,
            requests: 1,
            requested_upto: n,
            highest_seen: n,
            retry_at: now.tick + RETRY_AFTER,
            retries: 0,
        }
    }

    /// Makes a request due now, and restarts the time until the gap is given up.
    fn restart(&mut self, now: Now) {
        (self.since, self.requests) = (now.tick, 0);
        (self.retry_at, self.retries) = (now.tick, 0);
    }
}

/// The effect of a stored message on the gap of its author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GapChange {
    /// There is no gap, or more of the requested numbers must arrive first.
    None,
    /// Nothing is missing any more.
    Closed,
    /// All requested numbers have arrived. The rest of the gap is to be requested, up to this number.
    RequestUpto(u64),
}

impl Gaps {
    /// Restarts all gaps on a new connection.
    pub(super) fn restart(&mut self, now: Now) {
        self.0.values_mut().for_each(|gap| gap.restart(now));
    }

    /// Restarts the gaps of an author who has come online.
    pub(super) fn restart_of(&mut self, now: Now, user: &UserId) {
        let of_user = self.0.iter_mut().filter(|((_, author), _)| author == user);
        of_user.for_each(|(_, gap)| gap.restart(now));
    }

    /// Whether any author's messages are missing in a conversation.
    pub(super) fn is_any_in(&self, id: &ConversationId) -> bool {
        self.0.keys().any(|(gap, _)| gap == id)
    }

    pub(super) fn due(&self) -> Option<Tick> {
        self.0.values().filter(|gap| gap.retries < MAX_RETRIES).map(|gap| gap.retry_at).min()
    }

    /// Number `n` of an author was stored. Later numbers that arrived before it were dropped.
    pub(super) fn stored(&mut self, now: Now, stream: &Stream, n: u64) -> GapChange {
        let Some(gap) = self.0.get_mut(stream) else { return GapChange::None };
        (gap.since, gap.requests, gap.retries) = (now.tick, 0, 0);
        gap.retry_at = now.tick + RETRY_AFTER;
        if n >= gap.highest_seen {
            self.0.remove(stream);
            GapChange::Closed
        } else if n >= gap.requested_upto {
            gap.requested_at = Tick::default();
            GapChange::RequestUpto(gap.highest_seen)
        } else {
            GapChange::None
        }
    }

    /// Forgets the gap of an author who now numbers messages in another store.
    pub(super) fn forget(&mut self, stream: &Stream) {
        self.0.remove(stream);
    }

    /// Whether the missing numbers are given up.
    pub(super) fn is_given_up(&self, now: Now, stream: &Stream) -> bool {
        let gap = self.0.get(stream);
        gap.is_some_and(|gap| gap.requests >= GIVE_UP_REQUESTS && now.tick.since(gap.since) >= GIVE_UP_AFTER)
    }

    /// Repeats requests after which nothing arrived: they may have been dropped.
    pub(super) fn retry(&mut self, context: Context<'_>, egress: &mut Egress) {
        let now = egress.now();
        for ((id, author), gap) in &mut self.0 {
            if gap.retry_at > now.tick || gap.retries >= MAX_RETRIES {
                continue;
            }
            gap.retries += 1;
            gap.retry_at = now.tick + RETRY_AFTER * 2_u32.pow(gap.retries);
            let progress = context.conversations.progress_with(id, author);
            let missing = progress.map_or(1, |progress| progress.missing_before(gap.highest_seen));
            let control = Control::Resend(id.clone(), missing, Some(gap.highest_seen));
            context.send_about_numbers(author, control, egress);
        }
    }

    /// Requests the author's numbers from `from` up to `upto`.
    pub(super) fn request(
        &mut self,
        (id, author): (&ConversationId, &UserId),
        (from, upto): (u64, u64),
        context: Context<'_>,
        egress: &mut Egress,
    ) {
        if let Some(upto) = self.note(egress.now(), (id.clone(), author.clone()), upto) {
            context.send_about_numbers(author, Control::Resend(id.clone(), from, Some(upto)), egress);
        }
    }

    /// Notes that number `n` arrived too early. Returns the last number to request, if a request is due.
    fn note(&mut self, now: Now, stream: Stream, n: u64) -> Option<u64> {
        let Some(gap) = self.0.get_mut(&stream) else {
            self.0.insert(stream, Gap::new(now, n));
            return Some(n);
        };
        gap.highest_seen = gap.highest_seen.max(n);
        if now.tick.since(gap.requested_at) < REQUEST_INTERVAL {
            return None;
        }
        let requests = gap.requests.saturating_add(1);
        *gap = Gap { requested_at: now.tick, requests, requested_upto: gap.highest_seen, ..*gap };
        Some(gap.requested_upto)
    }
}
