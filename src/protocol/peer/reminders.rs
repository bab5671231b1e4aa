//! Reminding: what was sent to somebody who is here and has not answered for it is sent again after a while.
//! So it arrives also where a broker has dropped it without any connection being cut.

use std::{collections::BTreeMap, time::Duration};

use super::Peer;
use crate::domain::{ConversationId, Now, Tick, UserId};

/// How long an answer may take; each further time in vain twice as long.
const FIRST: Duration = Duration::from_secs(10);
/// After so many in vain nothing more is sent until something is heard of that user.
const TIMES: u32 = 7;
/// So often requests, answers and farewells are repeated; a request may well wait for its receiver to look up.
const REQUEST_TIMES: u32 = 3;

/// Who is reminded, and when.
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

impl Reminders {
    /// The connection is gone; who is here will be seen on the next.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    pub(super) fn due(&self) -> Option<Tick> {
        self.0.values().filter(|reminder| reminder.times < TIMES).map(|reminder| reminder.due).min()
    }
}

impl Peer {
    /// `user`, who is here, has something to answer for from now on.
    pub(super) fn expect_answer(&mut self, now: Now, user: &UserId) {
        if self.greeted.contains_key(user) {
            self.remind_later(now, user);
        }
    }

    /// Something came from `user` that the broker does not keep. So it is here, also where its word of that was dropped,
    /// and what it was reminded of in vain may arrive now. If it is not, for the broker had that waiting for me, it is
    /// reminded in vain a few times.
    pub(super) fn noticed(&mut self, now: Now, user: &UserId) {
        if !self.is_papo(user) {
            return;
        }
        if !self.greeted.contains_key(user) {
            self.greeted.insert(user.clone(), None);
            self.expect_answer(now, user);
        }
        if let Some(reminder) = self.reminders.0.get_mut(user).filter(|reminder| reminder.times >= TIMES) {
            reminder.times = 0;
            reminder.due = now.tick + FIRST;
        }
    }

    fn remind_later(&mut self, now: Now, user: &UserId) {
        if self.is_papo(user) {
            let fresh = || Reminder { due: now.tick + FIRST, times: 0, requests: 0, owed: BTreeMap::new() };
            self.reminders.0.entry(user.clone()).or_insert_with(fresh);
        }
    }

    /// My message number `n` is on its way to its readers.
    pub(super) fn expect_receipts(&mut self, now: Now, id: &ConversationId, n: u64) {
        if !self.counts_receipts(id) {
            return;
        }
        let late = self.progress(id).filter(|(_, progress)| progress.acked < n).map(|(user, _)| user.clone());
        for user in late.collect::<Vec<_>>() {
            if self.is_reader(id, &user) {
                self.expect_answer(now, &user);
            }
        }
    }

    /// `user` has acknowledged something, or asked for it. So it is here, also where the word of that was dropped.
    pub(super) fn heard_from(&mut self, now: Now, user: &UserId) {
        self.remind_later(now, user);
        if let Some(reminder) = self.reminders.0.get_mut(user) {
            reminder.times = 0;
            reminder.due = reminder.due.min(now.tick + FIRST);
        }
    }

    /// `user` has gone, or has come and is told everything: what it was reminded of before is no matter.
    pub(super) fn remind_anew(&mut self, user: &UserId) {
        self.reminders.0.remove(user);
    }

    /// Reminds those who are due.
    pub(super) fn remind(&mut self, now: Now) {
        let is_due = |reminder: &Reminder| reminder.times < TIMES && reminder.due <= now.tick;
        let due = self.reminders.0.iter().filter(|(_, reminder)| is_due(reminder)).map(|(user, _)| user.clone());
        for user in due.collect::<Vec<_>>() {
            self.remind_user(now, &user);
        }
    }

    fn remind_user(&mut self, now: Now, user: &UserId) {
        let owed: BTreeMap<ConversationId, u64> = self.owed(user).into_iter().collect();
        let has_asked = self.has_asked(user) || !self.unheard(user).is_empty() || !self.left_in_vain(user).is_empty();
        let Some(reminder) = self.reminders.0.get_mut(user) else { return };
        let asks = has_asked && reminder.requests < REQUEST_TIMES;
        if owed.is_empty() && !asks {
            self.reminders.0.remove(user);
            return;
        }
        let stuck = owed.iter().filter(|(id, from)| reminder.owed.get(id) == Some(from)).map(|(id, _)| id.clone());
        let stuck: Vec<ConversationId> = stuck.collect();
        reminder.requests += u32::from(asks);
        reminder.times = if stuck.is_empty() && !asks { 0 } else { reminder.times + 1 };
        reminder.due = now.tick + FIRST * 2_u32.pow(reminder.times);
        reminder.owed.clone_from(&owed);
        if asks {
            self.say_again(now, user);
        }
        for id in stuck {
            self.resend_to(now, &id, user);
        }
    }
}
