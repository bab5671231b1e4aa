//! Gaps in the sequence numbers of others. The missing messages are requested with `RESEND` (a NACK) until they arrive
//! or are given up. What arrives behind a gap is kept here, in memory and within bounds, until the gap is filled: it is
//! neither shown nor acknowledged to its author.

use std::{collections::BTreeMap, ops::RangeBounds, time::Duration};

use super::{context::Context, conversations::Stream, egress::Egress, sequence::SequenceNumber};
use crate::{
    domain::{ChatMessage, ConversationId, DeliveryProgress, DeviceHash, Now, Tick, UserId},
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
/// How many requests an author gets at once, in all conversations together. They may leave out numbers, or swap them, at
/// will.
const ASK_BURST: u32 = 100;
/// How long one more request takes after that.
const ASK_PACE: Duration = Duration::from_millis(500);
/// How many authors are remembered before those who were not asked of late are forgotten.
const MAX_ASKED: usize = 1_000;
/// The most messages that are kept of one author in one conversation.
const MAX_EARLY: usize = 1_000;
/// The most that these may take, in bytes.
const MAX_EARLY_BYTES: usize = 1 << 20;
/// The most that all early messages may take together, in bytes.
const MAX_BYTES: usize = 16 << 20;

/// A message with a number, as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Numbered {
    pub(super) message: ChatMessage,
    pub(super) number: SequenceNumber,
    /// Whether it was written before I joined the group.
    pub(super) predates_me: bool,
}

impl Numbered {
    /// About the size in memory, in bytes.
    fn size(&self) -> usize {
        size_of::<Self>() + self.message.body.size()
    }
}

/// The gaps by conversation and author.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    by_stream: BTreeMap<Stream, Gap>,
    asked: BTreeMap<UserId, Asked>,
}

/// How often an author was asked of late.
#[derive(Debug)]
struct Asked {
    /// The requests of the last burst. One is forgotten every [`ASK_PACE`].
    count: u32,
    /// When one was forgotten last.
    at: Tick,
}

#[derive(Debug)]
struct Gap {
    /// When the time until the gap is given up began.
    since: Tick,
    /// When it was last requested because of an arriving message; [`None`] makes a request due.
    requested_at: Option<Tick>,
    /// The number of requests since `since` that messages of the author have caused.
    requests: u32,
    /// The last number of the latest request.
    requested_upto: u64,
    /// The highest number that has arrived too early.
    highest_seen: u64,
    /// When the request is repeated if nothing arrives.
    retry_at: Tick,
    /// How often it was repeated.
    retries: u32,
    /// The messages behind the gap.
    early: BTreeMap<u64, Numbered>,
    /// Their size in bytes.
    size: usize,
}

impl Gap {
    /// Found at `now`, when number `n` arrived too early.
    fn new(now: Now, n: u64) -> Self {
        Self {
            since: now.tick,
            requested_at: None,
            requests: 0,
            requested_upto: 0,
            highest_seen: n,
            retry_at: now.tick + RETRY_AFTER,
            retries: 0,
            early: BTreeMap::new(),
            size: 0,
        }
    }

    /// Makes a request due now, and restarts the time until the gap is given up.
    fn restart(&mut self, now: Now) {
        (self.since, self.requests) = (now.tick, 0);
        (self.retry_at, self.retries) = (now.tick, 0);
    }

    /// The last number to request if the numbers from `from` on are missing: the first one that is here already. It is
    /// requested again, because its author may have dropped all before it, and only says so with it.
    fn end_of_hole(&self, from: u64) -> u64 {
        self.early.range(from..).next().map_or(self.highest_seen, |(n, _)| *n)
    }

    fn remove(&mut self, n: u64) -> Option<Numbered> {
        let numbered = self.early.remove(&n)?;
        self.size -= numbered.size();
        Some(numbered)
    }

    fn retain(&mut self, is_kept: impl Fn(u64) -> bool) {
        self.early.retain(|n, _| is_kept(*n));
        self.size = self.early.values().map(Numbered::size).sum();
    }
}

/// The effect of a stored message on the gap of its author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GapChange {
    /// There is no gap, or more of the requested numbers must arrive first.
    None,
    /// Nothing is missing any more.
    Closed,
    /// All requested numbers have arrived. The next ones are to be requested, up to this number.
    RequestUpto(u64),
}

impl Gaps {
    /// Restarts all gaps on a new connection.
    pub(super) fn restart(&mut self, now: Now) {
        self.by_stream.values_mut().for_each(|gap| gap.restart(now));
    }

    /// Restarts the gaps of an author who has come online.
    pub(super) fn restart_of(&mut self, now: Now, user: &UserId) {
        let of_user = self.by_stream.iter_mut().filter(|((_, author), _)| author == user);
        of_user.for_each(|(_, gap)| gap.restart(now));
    }

    /// Whether any author's messages are missing in a conversation.
    pub(super) fn is_any_in(&self, id: &ConversationId) -> bool {
        self.by_stream.keys().any(|(gap, _)| gap == id)
    }

    pub(super) fn due(&self) -> Option<Tick> {
        self.by_stream.values().filter(|gap| gap.retries < MAX_RETRIES).map(|gap| gap.retry_at).min()
    }

    /// Keeps a message that arrived too early. Beyond the bounds, the highest numbers are dropped.
    pub(super) fn keep(&mut self, now: Now, stream: &Stream, numbered: Numbered) {
        let n = numbered.number.n;
        let of_others: usize =
            self.by_stream.iter().filter(|(other, _)| *other != stream).map(|(_, gap)| gap.size).sum();
        let gap = self.by_stream.entry(stream.clone()).or_insert_with(|| Gap::new(now, n));
        gap.highest_seen = gap.highest_seen.max(n);
        // Sent again, it may say that numbers before it were dropped.
        let known = gap.remove(n).filter(|known| known.number.after <= numbered.number.after);
        let kept = known.unwrap_or(numbered);
        gap.size += kept.size();
        gap.early.insert(n, kept);
        while gap.early.len() > MAX_EARLY || gap.size > MAX_EARLY_BYTES || of_others + gap.size > MAX_BYTES {
            let Some((&last, _)) = gap.early.last_key_value() else { break };
            gap.remove(last);
        }
    }

    /// Takes the early message with the lowest of these numbers.
    pub(super) fn take(&mut self, stream: &Stream, numbers: impl RangeBounds<u64>) -> Option<Numbered> {
        let gap = self.by_stream.get_mut(stream)?;
        let lowest = *gap.early.range(numbers).next()?.0;
        gap.remove(lowest)
    }

    /// The author has sent nothing between the numbers `after` and `n`, or has dropped it since.
    pub(super) fn nothing_between(&mut self, stream: &Stream, after: u64, n: u64) {
        if after.saturating_add(1) < n
            && let Some(gap) = self.by_stream.get_mut(stream)
        {
            gap.retain(|early| early <= after || early >= n);
        }
    }

    /// Something of a gap has arrived, so the author still fills it.
    pub(super) fn progressed(&mut self, now: Now, stream: &Stream) {
        if let Some(gap) = self.by_stream.get_mut(stream) {
            (gap.since, gap.requests, gap.retries) = (now.tick, 0, 0);
            gap.retry_at = now.tick + RETRY_AFTER;
        }
    }

    /// Number `n` of an author was stored, and what had waited for it. `progress`: with this author, after that.
    pub(super) fn stored(&mut self, stream: &Stream, n: u64, progress: &DeliveryProgress) -> GapChange {
        let Some(gap) = self.by_stream.get_mut(stream) else { return GapChange::None };
        let is_wanted = |n: u64| Some(n) > progress.received || progress.skipped_from(n).is_some();
        gap.retain(is_wanted);
        if n >= gap.highest_seen && gap.early.is_empty() {
            self.by_stream.remove(stream);
            GapChange::Closed
        } else if n >= gap.requested_upto && n < gap.highest_seen {
            gap.requested_at = None;
            GapChange::RequestUpto(gap.end_of_hole(n + 1))
        } else {
            GapChange::None
        }
    }

    /// Whether what waits behind the gap was numbered in another store than this one.
    pub(super) fn is_of_another_store(&self, stream: &Stream, store: Option<DeviceHash>) -> bool {
        let early = self.by_stream.get(stream).and_then(|gap| gap.early.values().next());
        early.is_some_and(|early| early.number.store != store)
    }

    /// Forgets the gap of an author who now numbers messages in another store.
    pub(super) fn forget(&mut self, stream: &Stream) {
        self.by_stream.remove(stream);
    }

    /// Whether the missing numbers are given up.
    pub(super) fn is_given_up(&self, now: Now, stream: &Stream) -> bool {
        let gap = self.by_stream.get(stream);
        gap.is_some_and(|gap| gap.requests >= GIVE_UP_REQUESTS && now.tick.since(gap.since) >= GIVE_UP_AFTER)
    }

    /// Repeats requests after which nothing arrived: they may have been dropped.
    pub(super) fn retry(&mut self, context: Context<'_>, egress: &mut Egress) {
        let now = egress.now();
        let is_due = |gap: &Gap| gap.retry_at <= now.tick && gap.retries < MAX_RETRIES;
        for ((id, author), gap) in self.by_stream.iter_mut().filter(|(_, gap)| is_due(gap)) {
            gap.retries += 1;
            gap.retry_at = now.tick + RETRY_AFTER * 2_u32.pow(gap.retries);
            let progress = context.conversations.progress_with(id, author);
            let missing = progress.map_or(1, |progress| progress.missing_before(gap.highest_seen));
            // Not only up to the first one that is here: its author may not send that one any more.
            gap.requested_upto = gap.highest_seen;
            let control = Control::Resend(id.clone(), missing, Some(gap.requested_upto));
            context.send_about_numbers(author, control, egress);
        }
    }

    /// Requests the author's numbers from `from` up to the first one that is here already, or up to `upto`.
    pub(super) fn request(
        &mut self,
        (id, author): (&ConversationId, &UserId),
        (from, upto): (u64, u64),
        context: Context<'_>,
        egress: &mut Egress,
    ) {
        if self.request_known_to_others((id, author), (from, upto), context, egress)
            && let Some(gap) = self.by_stream.get_mut(&(id.clone(), author.clone()))
        {
            gap.requests = gap.requests.saturating_add(1);
        }
    }

    /// The same for what others have of an author, who may be away. So it does not count as unanswered. Returns whether
    /// the request was due.
    pub(super) fn request_known_to_others(
        &mut self,
        (id, author): (&ConversationId, &UserId),
        (from, upto): (u64, u64),
        context: Context<'_>,
        egress: &mut Egress,
    ) -> bool {
        let upto = self.note(egress.now(), (id.clone(), author.clone()), (from, upto));
        if let Some(upto) = upto {
            context.send_about_numbers(author, Control::Resend(id.clone(), from, Some(upto)), egress);
        }
        upto.is_some()
    }

    /// Notes that the numbers from `from` up to `n` are missing. Returns the last number to request, if a request is
    /// due.
    fn note(&mut self, now: Now, stream: Stream, (from, n): (u64, u64)) -> Option<u64> {
        let author = stream.1.clone();
        let gap = self.by_stream.entry(stream).or_insert_with(|| Gap::new(now, n));
        gap.highest_seen = gap.highest_seen.max(n);
        if gap.requested_at.is_some_and(|at| now.tick.since(at) < REQUEST_INTERVAL) {
            return None;
        }
        if !may_ask(&mut self.asked, now, author) {
            // What is still missing then is requested.
            gap.retry_at = gap.retry_at.min(now.tick + REQUEST_INTERVAL);
            return None;
        }
        gap.requested_at = Some(now.tick);
        gap.requested_upto = gap.end_of_hole(from);
        Some(gap.requested_upto)
    }
}

/// Whether an author may be asked now. If so, that counts.
fn may_ask(all: &mut BTreeMap<UserId, Asked>, now: Now, author: UserId) -> bool {
    let forgotten =
        |asked: &Asked| u32::try_from(now.tick.since(asked.at).as_millis() / ASK_PACE.as_millis()).unwrap_or(u32::MAX);
    if all.len() >= MAX_ASKED {
        all.retain(|_, asked| forgotten(asked) < asked.count);
    }
    let asked = all.entry(author).or_insert(Asked { count: 0, at: now.tick });
    let forgets = forgotten(asked);
    if forgets > 0 {
        (asked.count, asked.at) = (asked.count.saturating_sub(forgets), now.tick);
    }
    let may_ask = asked.count < ASK_BURST;
    asked.count += u32::from(may_ask);
    may_ask
}
