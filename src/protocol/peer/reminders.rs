//! Retransmission by timer: what an online user has not acknowledged or answered is resent. So it arrives even if the
//! broker has dropped it without a disconnect.

use std::{collections::BTreeMap, time::Duration};

use super::{context::Context, roster::Roster};
use crate::domain::{ConversationId, Now, Tick, UserId};

/// The time until the first retransmission. It doubles with each retransmission that gets no answer.
const FIRST_DELAY: Duration = Duration::from_secs(10);
/// The maximum number of retransmissions without an answer. After that, nothing is resent until that user publishes
/// something.
const MAX_REPEATS: u32 = 7;
/// The maximum number of repetitions of requests, acceptances and `LEAVE`. It is lower because a request may wait for a
/// person to answer it.
const MAX_REQUEST_REPEATS: u32 = 3;

/// The users of whom an answer is expected, with the state of the retransmission.
#[derive(Debug, Default)]
pub(super) struct Reminders(BTreeMap<UserId, Reminder>);

#[derive(Debug, Clone)]
struct Reminder {
    due: Tick,
    /// How many retransmissions have had no effect since the last answer.
    repeats: u32,
    /// How often requests and answers were repeated.
    request_repeats: u32,
    /// For each conversation, the first unacknowledged number at the last check.
    unacknowledged: BTreeMap<ConversationId, u64>,
}

/// What to send to a user again.
#[derive(Debug, Default)]
pub(super) struct Overdue {
    /// Whether to repeat everything that the user has not answered.
    pub(super) requests: bool,
    /// The conversations in which the user has acknowledged nothing since the last check.
    pub(super) stuck: Vec<ConversationId>,
}

impl Reminders {
    pub(super) fn due(&self) -> Option<Tick> {
        self.0.values().filter(|reminder| reminder.repeats < MAX_REPEATS).map(|reminder| reminder.due).min()
    }

    /// Starts the timer of `user`, if they are online.
    pub(super) fn expect_answer(&mut self, now: Now, user: &UserId, roster: &Roster) {
        if roster.is_seen_online(user) {
            self.remind_later(now, user, roster);
        }
    }

    /// Starts the timers of the readers who have not acknowledged my message number `n`.
    pub(super) fn expect_receipts(&mut self, now: Now, id: &ConversationId, n: u64, context: Context<'_>) {
        if !context.counts_receipts(id) {
            return;
        }
        for (user, _) in context.conversations.progress(id).filter(|(_, progress)| progress.acked < n) {
            if context.is_reader(id, user) {
                self.expect_answer(now, user, context.roster);
            }
        }
    }

    fn remind_later(&mut self, now: Now, user: &UserId, roster: &Roster) {
        if roster.gives_receipts(user) {
            let new = || Reminder {
                due: now.tick + FIRST_DELAY,
                repeats: 0,
                request_repeats: 0,
                unacknowledged: BTreeMap::new(),
            };
            self.0.entry(user.clone()).or_insert_with(new);
        }
    }

    /// Starts the retransmissions to `user` over if they had ended without an answer: they may arrive now.
    pub(super) fn retry(&mut self, now: Now, user: &UserId) {
        if let Some(reminder) = self.0.get_mut(user).filter(|reminder| reminder.repeats >= MAX_REPEATS) {
            reminder.repeats = 0;
            reminder.due = now.tick + FIRST_DELAY;
        }
    }

    /// `user` has acknowledged or requested something. So they are online, even if their announcement was dropped.
    pub(super) fn note_answer(&mut self, now: Now, user: &UserId, roster: &Roster) {
        self.remind_later(now, user, roster);
        if let Some(reminder) = self.0.get_mut(user) {
            reminder.repeats = 0;
            reminder.due = reminder.due.min(now.tick + FIRST_DELAY);
        }
    }

    /// Stops the timer of `user`: they have gone offline, or have come online and get everything at once.
    pub(super) fn forget(&mut self, user: &UserId) {
        self.0.remove(user);
    }

    /// The users whose timer has expired.
    pub(super) fn due_users(&self, now: Now) -> Vec<UserId> {
        let is_due = |reminder: &Reminder| reminder.repeats < MAX_REPEATS && reminder.due <= now.tick;
        self.0.iter().filter(|(_, reminder)| is_due(reminder)).map(|(user, _)| user.clone()).collect()
    }

    /// Returns what to resend to `user`, and restarts the timer. `unacknowledged`: the first unacknowledged number of
    /// each conversation; `has_requests`: whether anything waits for an answer of `user`.
    pub(super) fn check(
        &mut self,
        now: Now,
        user: &UserId,
        unacknowledged: BTreeMap<ConversationId, u64>,
        has_requests: bool,
    ) -> Overdue {
        let Some(reminder) = self.0.get_mut(user) else { return Overdue::default() };
        let requests = has_requests && reminder.request_repeats < MAX_REQUEST_REPEATS;
        if unacknowledged.is_empty() && !requests {
            self.0.remove(user);
            return Overdue::default();
        }
        let stuck = unacknowledged
            .iter()
            .filter(|(id, from)| reminder.unacknowledged.get(id) == Some(from))
            .map(|(id, _)| id.clone());
        let stuck: Vec<ConversationId> = stuck.collect();
        reminder.request_repeats += u32::from(requests);
        reminder.repeats = if stuck.is_empty() && !requests { 0 } else { reminder.repeats + 1 };
        reminder.due = now.tick + FIRST_DELAY * 2_u32.pow(reminder.repeats);
        reminder.unacknowledged = unacknowledged;
        Overdue { requests, stuck }
    }
}
