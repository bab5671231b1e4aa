//! What is missing: asked for where it does not come, and sent again where it has not arrived.

use std::{collections::BTreeMap, time::Duration};

use super::Peer;
use crate::{
    domain::{ChatMessage, ConversationId, Phase, Progress, Timestamp, UserId},
    protocol::{event::Output, properties::Properties, topic::Topic, wire::Control},
};

/// The same gap is not asked about more often.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// A gap that its author does not fill for so long is given up, if it wrote on so often meanwhile: the
/// time in which the author is away does not count.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
const GIVE_UP_ASKING: u32 = 10;

/// How many messages are read back from the store at once.
const CHUNK: u64 = 200;
/// What is missing from whom, and since when.
#[derive(Debug, Default)]
pub(super) struct Gaps(BTreeMap<(ConversationId, UserId), Gap>);

/// What is being sent again to whom: up to where it has been read back, and up to where it shall be.
#[derive(Debug, Default)]
pub(super) struct Resends(BTreeMap<(ConversationId, UserId), Span>);

#[derive(Debug, Clone, Copy)]
struct Span {
    from: u64,
    asked: u64,
    upto: u64,
}

impl Resends {
    /// The connection is gone, and with it what was under way.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

#[derive(Debug, Clone, Copy)]
struct Gap {
    since: Timestamp,
    asked: Timestamp,
    times: u32,
    /// Up to where it was asked for last.
    upto: u64,
    /// The highest number that came too early and was not stored.
    seen: u64,
}

impl Peer {
    /// Number `n` of an author was stored. What came while its predecessors were asked for was not.
    pub(super) fn gap_shrank(&mut self, now: Timestamp, id: &ConversationId, author: &UserId, n: u64) {
        let key = (id.clone(), author.clone());
        let Some(gap) = self.gaps.0.get_mut(&key) else { return };
        if n >= gap.seen {
            self.gaps.0.remove(&key);
        } else if n >= gap.upto {
            gap.asked = Timestamp::default();
            let seen = gap.seen;
            self.ask_resend(now, id, author, n + 1, Some(seen));
        }
    }

    /// Whether the numbers that are missing are not waited for any longer.
    pub(super) fn has_given_up(&self, now: Timestamp, id: &ConversationId, author: &UserId) -> bool {
        let gap = self.gaps.0.get(&(id.clone(), author.clone()));
        gap.is_some_and(|gap| gap.times >= GIVE_UP_ASKING && now.since(gap.since) >= GIVE_UP_AFTER)
    }

    /// Who had closed a session listens again when it says what it has; the rest of mine follows.
    pub(super) fn fill_up(&mut self, id: &ConversationId, user: &UserId, acked: u64) {
        let phase = self.conversations.get(id).map(|conversation| conversation.phase);
        if matches!(phase, Some(Phase::Open { ended_by_peer: true, .. })) {
            self.resend(id, user, acked + 1, u64::MAX);
        }
    }

    pub(super) fn asked_to_resend(
        &mut self,
        now: Timestamp,
        id: &ConversationId,
        (from, upto): (u64, Option<u64>),
        properties: &Properties,
    ) {
        let Some((user, progress)) = self.participant(id, properties) else { return };
        if matches!(id, ConversationId::Session(_)) && progress.received.is_none() {
            // It knows the session, and I have all that it wrote up to now: nothing.
            self.put_progress(id, &user, Progress { received: Some(0), ..progress });
        }
        let from = from.max(progress.joined + 1);
        if let ConversationId::Session(session) = id
            && self.conversations.get(id).is_some_and(|conversation| conversation.phase == Phase::Closed)
        {
            // I may listen no more, and it may have taken its end back or miss my receipt.
            self.subscribe(&[Topic::Session(session.clone())]);
            self.owe_receipt(now, id, &user, false);
        }
        self.resend(id, &user, from, upto.unwrap_or(u64::MAX));
    }

    /// What somebody who has just come, or come in, has not acknowledged.
    pub(super) fn resend_unacked(&mut self, now: Timestamp, user: &UserId) {
        if !self.is_papo(user) {
            return;
        }
        let owed: Vec<(ConversationId, u64, u64)> = self
            .conversations
            .values()
            .filter(|conversation| conversation.phase.is_open() || conversation.phase == Phase::Closed)
            .filter(|conversation| self.counts_receipts(&conversation.id))
            .filter_map(|conversation| {
                let progress = self.progress_with(&conversation.id, user)?;
                let (acked, upto) = (progress.acked, conversation.at_broker);
                (acked < upto).then(|| (conversation.id.clone(), acked + 1, upto))
            })
            .collect();
        for (id, from, upto) in owed {
            self.resend(&id, user, from, upto);
            self.wake(now, &id, user);
        }
    }

    /// Who has ended a session may have closed it and listen no more: it is asked for what it has to say,
    /// which makes it listen and acknowledge.
    fn wake(&mut self, now: Timestamp, id: &ConversationId, user: &UserId) {
        let phase = self.conversations.get(id).map(|conversation| conversation.phase);
        if matches!(phase, Some(Phase::Closed | Phase::Open { ended_by_peer: true, .. })) {
            let received = self.progress_with(id, user).and_then(|progress| progress.received).unwrap_or(0);
            self.ask_resend(now, id, user, received + 1, None);
        }
    }

    /// The broker has my message number `n`.
    pub(super) fn left(&mut self, now: Timestamp, id: &ConversationId, n: u64) {
        let ConversationId::Session(session) = id else { return };
        let Some(peer) = session.peer_of(&self.me).filter(|peer| self.is_papo(peer)).cloned() else { return };
        if self.progress_with(id, &peer).is_some_and(|progress| progress.acked < n) {
            self.wake(now, id, &peer);
        }
    }

    /// Sends mine again, read back from the store in chunks. Some may also wait in the outbox: whoever asks
    /// for those has had them too early and has not kept them.
    fn resend(&mut self, id: &ConversationId, user: &UserId, from: u64, upto: u64) {
        let Some(conversation) = self.conversations.get(id) else { return };
        let upto = upto.min(conversation.sent);
        if from > upto || !self.is_linked() {
            return;
        }
        let key = (id.clone(), user.clone());
        if let Some(span) = self.resends.0.get_mut(&key)
            && span.from <= from
        {
            // These have not left yet; the rest follows them.
            span.upto = span.upto.max(upto);
            return;
        }
        let asked = upto.min(from.saturating_add(CHUNK - 1));
        self.resends.0.insert(key, Span { from, asked, upto });
        self.output(Output::Fetch { conversation: id.clone(), from, upto: asked });
    }

    pub(super) fn fetched(&mut self, id: &ConversationId, messages: &[ChatMessage], upto: u64) {
        for message in messages {
            let publication = self.message_publication(id, message);
            self.hint(publication);
        }
        let mine = |(key, span): (&(ConversationId, UserId), &Span)| {
            (key.0 == *id && span.asked == upto).then(|| (key.1.clone(), *span))
        };
        let done: Vec<(UserId, Span)> = self.resends.0.iter().filter_map(mine).collect();
        for (user, span) in done {
            self.resends.0.remove(&(id.clone(), user.clone()));
            self.resend(id, &user, span.asked + 1, span.upto);
        }
    }

    /// Asks the author for its numbers `from..=upto`, or all from there on.
    pub(super) fn ask_resend(
        &mut self,
        now: Timestamp,
        id: &ConversationId,
        author: &UserId,
        from: u64,
        upto: Option<u64>,
    ) {
        let key = (id.clone(), author.clone());
        let upto = match (upto, self.gaps.0.get_mut(&key)) {
            (Some(n), Some(gap)) => {
                gap.seen = gap.seen.max(n);
                // A clock that was set back counts as time that has passed.
                if gap.asked <= now && now.since(gap.asked) < ASK_EVERY {
                    return;
                }
                let since = gap.since.min(now);
                *gap = Gap { since, asked: now, times: gap.times.saturating_add(1), upto: gap.seen, seen: gap.seen };
                Some(gap.upto)
            }
            (Some(n), None) => {
                self.gaps.0.insert(key, Gap { since: now, asked: now, times: 1, upto: n, seen: n });
                Some(n)
            }
            (None, _) => None,
        };
        let control = Control::Resend(id.clone(), from, upto);
        let publication = self.control_publication(now, author, control, None, None);
        self.hint(publication);
    }
}
