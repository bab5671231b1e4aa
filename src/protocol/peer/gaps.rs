//! Gaps in the numbers of others: asked for where they do not come, and given up at some time.

use std::{collections::BTreeMap, time::Duration};

use super::{context::Context, egress::Egress};
use crate::{
    domain::{ConversationId, Now, Tick, UserId},
    protocol::wire::Control,
};

/// The same gap is not asked about more often.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// A gap is given up if its author fills nothing of it for so long, and was asked so often meanwhile. Each connection
/// of the author or of mine starts the time again.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
const GIVE_UP_ASKING: u32 = 10;
/// Where nothing comes at all, it is asked for again after so long, then after twice as long, and so on.
const ASK_ANEW_AFTER: Duration = Duration::from_secs(10);
const ASK_ANEW_TIMES: u32 = 7;

type Key = (ConversationId, UserId);

/// The gaps by conversation and author.
#[derive(Debug, Default)]
pub(super) struct Gaps(BTreeMap<Key, Gap>);

#[derive(Debug, Clone, Copy)]
struct Gap {
    since: Tick,
    asked: Tick,
    times: u32,
    /// Up to where it was asked for last.
    upto: u64,
    /// The highest number that came too early and was not stored.
    seen: u64,
    /// When it is asked for although nothing comes, and how often it was.
    anew: Tick,
    in_vain: u32,
}

impl Gap {
    /// Found at `now`, when number `n` came too early.
    fn new(now: Now, n: u64) -> Self {
        let anew = now.tick + ASK_ANEW_AFTER;
        Self { since: now.tick, asked: now.tick, times: 1, upto: n, seen: n, anew, in_vain: 0 }
    }

    /// It is asked for at once, and has all its time.
    fn start_anew(&mut self, now: Now) {
        (self.since, self.times) = (now.tick, 0);
        (self.anew, self.in_vain) = (now.tick, 0);
    }
}

/// What follows where a number was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shrunk {
    /// There is no gap, or it stays.
    No,
    /// Nothing is missing any more.
    Closed,
    /// What was asked for has come; the rest of the gap is asked for, up to this number.
    AskUpto(u64),
}

impl Gaps {
    /// On a new connection: earlier requests do not count.
    pub(super) fn start_anew(&mut self, now: Now) {
        self.0.values_mut().for_each(|gap| gap.start_anew(now));
    }

    /// The author has come online.
    pub(super) fn start_anew_with(&mut self, now: Now, user: &UserId) {
        let of_user = self.0.iter_mut().filter(|((_, author), _)| author == user);
        of_user.for_each(|(_, gap)| gap.start_anew(now));
    }

    /// Whether something is missing in a conversation.
    pub(super) fn is_in(&self, id: &ConversationId) -> bool {
        self.0.keys().any(|(gap, _)| gap == id)
    }

    pub(super) fn due(&self) -> Option<Tick> {
        self.0.values().filter(|gap| gap.in_vain < ASK_ANEW_TIMES).map(|gap| gap.anew).min()
    }

    /// Number `n` of an author was stored. What came while its predecessors were asked for was not.
    pub(super) fn stored(&mut self, now: Now, id: &ConversationId, author: &UserId, n: u64) -> Shrunk {
        let key = (id.clone(), author.clone());
        let Some(gap) = self.0.get_mut(&key) else { return Shrunk::No };
        (gap.since, gap.times, gap.in_vain) = (now.tick, 0, 0);
        gap.anew = now.tick + ASK_ANEW_AFTER;
        if n >= gap.seen {
            self.0.remove(&key);
            Shrunk::Closed
        } else if n >= gap.upto {
            gap.asked = Tick::default();
            Shrunk::AskUpto(gap.seen)
        } else {
            Shrunk::No
        }
    }

    /// The author counts in another store now.
    pub(super) fn forget(&mut self, id: &ConversationId, author: &UserId) {
        self.0.remove(&(id.clone(), author.clone()));
    }

    /// Whether the numbers that are missing are not waited for any longer.
    pub(super) fn has_given_up(&self, now: Now, id: &ConversationId, author: &UserId) -> bool {
        let gap = self.0.get(&(id.clone(), author.clone()));
        gap.is_some_and(|gap| gap.times >= GIVE_UP_ASKING && now.tick.since(gap.since) >= GIVE_UP_AFTER)
    }

    /// Asks again for what has not come, nor anything after it: the question may have been dropped.
    pub(super) fn ask_anew(&mut self, now: Now, context: Context<'_>, egress: &mut Egress) {
        for ((id, author), gap) in &mut self.0 {
            if gap.anew > now.tick || gap.in_vain >= ASK_ANEW_TIMES {
                continue;
            }
            gap.in_vain += 1;
            gap.anew = now.tick + ASK_ANEW_AFTER * 2_u32.pow(gap.in_vain);
            let progress = context.conversations.progress_with(id, author);
            let missing = progress.map_or(1, |progress| progress.missing_before(gap.seen));
            let control = Control::Resend(id.clone(), missing, Some(gap.seen));
            let request = context.about_numbers(now, author, control, egress);
            egress.send_transient(&request);
        }
    }

    /// Asks the author for its numbers from `from` up to `upto`, or all from there on.
    pub(super) fn ask(
        &mut self,
        now: Now,
        (id, author): (&ConversationId, &UserId),
        (from, upto): (u64, Option<u64>),
        context: Context<'_>,
        egress: &mut Egress,
    ) {
        let upto = match upto {
            None => None,
            Some(n) => {
                let Some(upto) = self.note(now, (id.clone(), author.clone()), n) else { return };
                Some(upto)
            }
        };
        let request = context.about_numbers(now, author, Control::Resend(id.clone(), from, upto), egress);
        egress.send_transient(&request);
    }

    /// Notes that number `n` came too early. Up to where to ask, if it is time to.
    fn note(&mut self, now: Now, key: Key, n: u64) -> Option<u64> {
        let Some(gap) = self.0.get_mut(&key) else {
            self.0.insert(key, Gap::new(now, n));
            return Some(n);
        };
        gap.seen = gap.seen.max(n);
        if now.tick.since(gap.asked) < ASK_EVERY {
            return None;
        }
        *gap = Gap { asked: now.tick, times: gap.times.saturating_add(1), upto: gap.seen, ..*gap };
        Some(gap.upto)
    }
}
