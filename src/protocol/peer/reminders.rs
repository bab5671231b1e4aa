//! Retransmission on a timer: what an online user has not acknowledged or answered is sent again. So it also arrives
//! where a broker has dropped it without cutting a connection.

use std::{collections::BTreeMap, time::Duration};

use super::{context::Context, roster::Roster};
use crate::domain::{ConversationId, Now, Tick, UserId};

/// How long an answer may take; each further time in vain twice as long.
const FIRST: Duration = Duration::from_secs(10);
/// After so many in vain nothing more is sent until something is heard of that user.
const TIMES: u32 = 7;
/// So often requests, answers and farewells are repeated; a request may well wait for its receiver to look up.
const REQUEST_TIMES: u32 = 3;

/// Users who have something to answer, and when to send it again.
#[derive(Debug, Default)]
pub(super) struct Reminders(BTreeMap<UserId, Reminder>);

#[derive(Debug, Clone)]
struct Reminder {
    due: Tick,
    /// How often it was in vain since it was answered last.
    times: u32,
    /// How often requests and answers were repeated.
    requests: u32,
    /// The first number of each conversation that was not acknowledged at the last look.
    owed: BTreeMap<ConversationId, u64>,
}

/// Of what a user is reminded.
#[derive(Debug, Default)]
pub(super) struct Reminded {
    /// All that it has not answered is said again.
    pub(super) asks: bool,
    /// In these conversations it has acknowledged nothing since the last look.
    pub(super) stuck: Vec<ConversationId>,
}

impl Reminders {
    pub(super) fn due(&self) -> Option<Tick> {
        self.0.values().filter(|reminder| reminder.times < TIMES).map(|reminder| reminder.due).min()
    }

    /// `user` has something to answer from now on, if they are online.
    pub(super) fn expect_answer(&mut self, now: Now, user: &UserId, roster: &Roster) {
        if roster.is_seen_online(user) {
            self.remind_later(now, user, roster);
        }
    }

    /// My message number `n` is on its way to its readers.
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
        if roster.is_papo(user) {
            let fresh = || Reminder { due: now.tick + FIRST, times: 0, requests: 0, owed: BTreeMap::new() };
            self.0.entry(user.clone()).or_insert_with(fresh);
        }
    }

    /// What `user` was reminded of in vain may arrive now.
    pub(super) fn retry(&mut self, now: Now, user: &UserId) {
        if let Some(reminder) = self.0.get_mut(user).filter(|reminder| reminder.times >= TIMES) {
            reminder.times = 0;
            reminder.due = now.tick + FIRST;
        }
    }

    /// `user` has acknowledged something, or asked for it. So they are online, even if their announcement was dropped.
    pub(super) fn heard_from(&mut self, now: Now, user: &UserId, roster: &Roster) {
        self.remind_later(now, user, roster);
        if let Some(reminder) = self.0.get_mut(user) {
            reminder.times = 0;
            reminder.due = reminder.due.min(now.tick + FIRST);
        }
    }

    /// `user` has gone, or has come and is sent everything.
    pub(super) fn forget(&mut self, user: &UserId) {
        self.0.remove(user);
    }

    /// Users who are due.
    pub(super) fn due_users(&self, now: Now) -> Vec<UserId> {
        let is_due = |reminder: &Reminder| reminder.times < TIMES && reminder.due <= now.tick;
        self.0.iter().filter(|(_, reminder)| is_due(reminder)).map(|(user, _)| user.clone()).collect()
    }

    /// Looks at what `user` owes: the first number that is not acknowledged in each conversation, and whether it
    /// `has_asks` to answer.
    pub(super) fn look(
        &mut self,
        now: Now,
        user: &UserId,
        owed: BTreeMap<ConversationId, u64>,
        has_asks: bool,
    ) -> Reminded {
        let Some(reminder) = self.0.get_mut(user) else { return Reminded::default() };
        let asks = has_asks && reminder.requests < REQUEST_TIMES;
        if owed.is_empty() && !asks {
            self.0.remove(user);
            return Reminded::default();
        }
        let stuck = owed.iter().filter(|(id, from)| reminder.owed.get(id) == Some(from)).map(|(id, _)| id.clone());
        let stuck: Vec<ConversationId> = stuck.collect();
        reminder.requests += u32::from(asks);
        reminder.times = if stuck.is_empty() && !asks { 0 } else { reminder.times + 1 };
        reminder.due = now.tick + FIRST * 2_u32.pow(reminder.times);
        reminder.owed = owed;
        Reminded { asks, stuck }
    }
}
