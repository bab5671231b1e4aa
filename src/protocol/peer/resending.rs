//! What is missing: asked for where it does not come, and sent again where it has not arrived.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Peer,
    pacing::{Paces, Sent},
};
use crate::{
    domain::{ChatMessage, ConversationId, GroupName, Now, Phase, Progress, Tick, UserId},
    protocol::{
        event::Output,
        properties::Properties,
        publication::Publication,
        topic::Topic,
        wire::{Content, Control},
    },
};

/// The same gap is not asked about more often.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// A gap of which its author fills nothing for so long is given up, if it wrote on so often meanwhile. The
/// time in which the author is away, or I am, does not count: it starts anew with each connection of either.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
const GIVE_UP_ASKING: u32 = 10;
/// Where nothing comes at all, it is asked for again after so long, then after twice as long, and so on.
const ASK_ANEW_AFTER: Duration = Duration::from_secs(10);
const ASK_ANEW_TIMES: u32 = 7;

/// How many messages are sent again at once: at first, and at most and at least where their readers acknowledge them
/// soon or late. What is sent again must not take a slow link from what is new.
const CHUNK: u64 = 200;
const LARGEST_CHUNK: u64 = 800;
const SMALLEST_CHUNK: u64 = 25;
/// How long the next chunk waits for a reader to acknowledge the one before, and how long at least.
const PACE: Duration = Duration::from_secs(2);
const RECEIPT_EVERY: Duration = Duration::from_secs(1);

/// What is missing from whom, and since when.
#[derive(Debug, Default)]
pub(super) struct Gaps(BTreeMap<(ConversationId, UserId), Gap>);

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
    /// It is asked for at once, and has all its time.
    fn start_anew(&mut self, now: Now) {
        (self.since, self.times) = (now.tick, 0);
        (self.anew, self.in_vain) = (now.tick, 0);
    }
}

impl Gaps {
    /// I am connected anew: nothing that was asked for before counts.
    pub(super) fn start_anew(&mut self, now: Now) {
        self.0.values_mut().for_each(|gap| gap.start_anew(now));
    }

    /// Its author is here anew.
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
}

/// What is being sent again in which conversation, and what just was.
#[derive(Debug, Default)]
pub(super) struct Resends {
    spans: BTreeMap<ConversationId, Span>,
    sent: BTreeMap<ConversationId, Sent>,
    /// Readers that have begun to listen lately.
    begun: Paces<(ConversationId, UserId)>,
    /// Who was sent which group's record lately.
    records: Paces<(GroupName, UserId)>,
}

#[derive(Debug, Clone)]
struct Span {
    /// The first number that has not been read back for this.
    next: u64,
    upto: u64,
    /// The chunk that is being read back.
    reading: Option<(u64, u64)>,
    /// The number before `next` that its readers have; those between were never sent.
    before: u64,
    /// When the last chunk left, and when the next one may be read.
    left: Tick,
    due: Tick,
    /// How large it is.
    chunk: u64,
    /// The last number that has been sent and that no reader has acknowledged since.
    waits_for: Option<u64>,
    /// Who has asked for more than it is owed, and from where on it is.
    newcomers: Vec<(UserId, u64)>,
}

impl Resends {
    /// The connection is gone, and with it what was under way.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// `user` is here anew, or has only begun to listen, and may have missed what was on its way. Who says so again
    /// and again is believed less and less often.
    fn has_begun(&mut self, now: Now, id: &ConversationId, user: &UserId) {
        if let Some(sent) = self.sent.get_mut(id).filter(|sent| sent.are_on_their_way(now))
            && self.begun.may(now, (id.clone(), user.clone()))
        {
            sent.has_gone_past();
        }
    }

    /// From where on what is asked for is not on its way already.
    fn not_on_its_way(&self, now: Now, id: &ConversationId, from: u64) -> u64 {
        self.sent.get(id).map_or(from, |sent| sent.not_on_its_way(now, from))
    }

    /// These have just left.
    fn left(&mut self, now: Now, id: &ConversationId, numbers: (u64, u64)) {
        self.sent.entry(id.clone()).or_default().left(now, numbers);
    }

    /// Whether `user` may be sent the record of a group for its asking.
    pub(super) fn may_have_record(&mut self, now: Now, group: &GroupName, user: &UserId) -> bool {
        self.records.may(now, (group.clone(), user.clone()))
    }

    pub(super) fn due(&self) -> Option<Tick> {
        self.spans.values().filter(|span| span.reading.is_none()).map(|span| span.due).min()
    }
}

/// As a reader.
impl Peer {
    /// Number `n` of an author was stored. What came while its predecessors were asked for was not.
    pub(super) fn gap_shrank(&mut self, now: Now, id: &ConversationId, author: &UserId, n: u64) {
        let key = (id.clone(), author.clone());
        let Some(gap) = self.gaps.0.get_mut(&key) else { return };
        (gap.since, gap.times, gap.in_vain) = (now.tick, 0, 0);
        gap.anew = now.tick + ASK_ANEW_AFTER;
        if n >= gap.seen {
            self.gaps.0.remove(&key);
            self.let_go_of(id);
        } else if n >= gap.upto {
            gap.asked = Tick::default();
            let seen = gap.seen;
            self.ask_resend(now, id, author, n + 1, Some(seen));
        }
    }

    /// Nothing is missing of an author after all: it counts anew.
    pub(super) fn forget_gap(&mut self, id: &ConversationId, author: &UserId) {
        self.gaps.0.remove(&(id.clone(), author.clone()));
    }

    /// Whether the numbers that are missing are not waited for any longer.
    pub(super) fn has_given_up(&self, now: Now, id: &ConversationId, author: &UserId) -> bool {
        let gap = self.gaps.0.get(&(id.clone(), author.clone()));
        gap.is_some_and(|gap| gap.times >= GIVE_UP_ASKING && now.tick.since(gap.since) >= GIVE_UP_AFTER)
    }

    /// Asks again for what has not come, nor anything after it: the question may have been dropped.
    pub(super) fn ask_anew(&mut self, now: Now) {
        let mut due = Vec::new();
        for ((id, author), gap) in &mut self.gaps.0 {
            if gap.anew <= now.tick && gap.in_vain < ASK_ANEW_TIMES {
                gap.in_vain += 1;
                gap.anew = now.tick + ASK_ANEW_AFTER * 2_u32.pow(gap.in_vain);
                due.push((id.clone(), author.clone(), gap.seen));
            }
        }
        for (id, author, seen) in due {
            let missing = self.progress_with(&id, &author).map_or(1, |progress| progress.missing_before(seen));
            let publication = self.about_numbers(now, &author, Control::Resend(id, missing, Some(seen)));
            self.hint(publication);
        }
    }

    /// A receipt, or what is missing: it names the store whose numbers it means, for its receiver may use several
    /// machines.
    pub(super) fn about_numbers(&mut self, now: Now, author: &UserId, control: Control) -> Publication {
        let (Control::Ack(id, _) | Control::Read(id, _) | Control::Resend(id, ..)) = &control else {
            return self.control_publication(now, author, control, None, None);
        };
        let store = self.progress_with(id, author).and_then(|progress| progress.store);
        let properties = Properties { store, ..self.stamp(now) };
        let family = self.family_of(author).unwrap_or_default();
        self.encode(&Topic::Control(author.clone(), family), &Content::Control(control), &properties)
    }

    /// Asks the author for its numbers `from..=upto`, or all from there on.
    pub(super) fn ask_resend(&mut self, now: Now, id: &ConversationId, author: &UserId, from: u64, upto: Option<u64>) {
        let key = (id.clone(), author.clone());
        let upto = match (upto, self.gaps.0.get_mut(&key)) {
            (Some(n), Some(gap)) => {
                gap.seen = gap.seen.max(n);
                if now.tick.since(gap.asked) < ASK_EVERY {
                    return;
                }
                *gap = Gap { asked: now.tick, times: gap.times.saturating_add(1), upto: gap.seen, ..*gap };
                Some(gap.upto)
            }
            (Some(n), None) => {
                let anew = now.tick + ASK_ANEW_AFTER;
                self.gaps.0.insert(
                    key,
                    Gap { since: now.tick, asked: now.tick, times: 1, upto: n, seen: n, anew, in_vain: 0 },
                );
                Some(n)
            }
            (None, _) => None,
        };
        let publication = self.about_numbers(now, author, Control::Resend(id.clone(), from, upto));
        self.hint(publication);
    }

    /// What came to another machine of mine while this one was away went past it.
    pub(super) fn catch_up(&mut self, now: Now) {
        let open = self.conversations.values().filter(|talk| talk.phase.is_open() && self.counts_receipts(&talk.id));
        let ids: Vec<ConversationId> = open.map(|talk| talk.id.clone()).collect();
        for id in ids {
            let writers: Vec<(UserId, u64)> = self
                .progress(&id)
                .filter(|(user, progress)| self.is_papo(user) && progress.received.is_some())
                .map(|(user, progress)| (user.clone(), progress.next()))
                .collect();
            for (writer, next) in writers {
                self.ask_resend(now, &id, &writer, next, None);
            }
        }
    }
}

/// As an author.
impl Peer {
    /// A reader has my numbers up to `acked`: the link carries what is sent again.
    pub(super) fn carried(&mut self, now: Now, id: &ConversationId, acked: u64) {
        if let Some(span) =
            self.resends.spans.get_mut(id).filter(|span| span.waits_for.is_some_and(|last| acked >= last))
        {
            span.waits_for = None;
            span.chunk = (span.chunk * 2).min(LARGEST_CHUNK);
            // An honest reader has nothing to acknowledge sooner.
            span.due = now.tick.max(span.left + RECEIPT_EVERY);
            self.send_again(now);
        }
    }

    /// Who had closed a session listens again when it says what it has; the rest of mine follows.
    pub(super) fn fill_up(&mut self, now: Now, id: &ConversationId, acked: u64) {
        let phase = self.conversations.get(id).map(|conversation| conversation.phase);
        if matches!(phase, Some(Phase::Open { ended_by_peer: true, .. })) {
            let wanted = self.resends.not_on_its_way(now, id, acked + 1);
            self.resend(now, id, wanted, u64::MAX);
        }
    }

    pub(super) fn asked_to_resend(
        &mut self,
        now: Now,
        id: &ConversationId,
        (from, upto): (u64, Option<u64>),
        user: &UserId,
    ) {
        let Some(progress) = self.progress_with(id, user) else { return self.asked_about_the_unknown(now, id, user) };
        self.heard_from(now, user);
        if let (ConversationId::Group(group), None) = (id, upto)
            && self.resends.may_have_record(now, group, user)
        {
            self.asked_about_group(now, group);
        }
        if matches!(id, ConversationId::Session(_)) && progress.received.is_none() {
            // It knows the session, and I have all that it wrote up to now: nothing.
            self.put_progress(id, user, Progress { received: Some(0), ..progress });
        }
        let owed = progress.joined + 1;
        if let ConversationId::Session(session) = id
            && self.conversations.get(id).is_some_and(|conversation| conversation.phase == Phase::Closed)
        {
            // I may listen no more, and it may have taken its end back or miss my receipt.
            self.subscribe(&[Topic::Session(session.clone())]);
            self.owe_receipt(now, id, user);
        }
        if upto.is_none() {
            self.resends.has_begun(now, id, user);
        }
        let wanted = self.resends.not_on_its_way(now, id, from.max(owed));
        self.resend(now, id, wanted, upto.unwrap_or(u64::MAX).max(owed));
        if from < owed
            && let Some(span) = self.resends.spans.get_mut(id)
        {
            span.newcomers.push((user.clone(), owed));
        }
    }

    /// What somebody has not acknowledged.
    pub(super) fn resend_unacked(&mut self, now: Now, user: &UserId) {
        for (id, _) in self.owed(user) {
            self.resends.has_begun(now, &id, user);
            self.resend_to(now, &id, user);
        }
    }

    /// The same in one conversation.
    pub(super) fn resend_to(&mut self, now: Now, id: &ConversationId, user: &UserId) {
        let Some(progress) = self.progress_with(id, user) else { return };
        let at_broker = self.conversations.get(id).map_or(0, |conversation| conversation.at_broker);
        let wanted = self.resends.not_on_its_way(now, id, progress.acked + 1);
        self.resend(now, id, wanted, at_broker);
        self.wake(now, id, user);
    }

    /// Sends the last again of what somebody has and has not been shown, as far as I know: its word that it
    /// has been may have been lost.
    pub(super) fn ask_whether_read(&mut self, now: Now, user: &UserId) {
        let unseen: Vec<(ConversationId, u64)> = self
            .conversations
            .values()
            .filter(|conversation| conversation.phase.is_open() && self.is_reader(&conversation.id, user))
            .filter_map(|conversation| {
                let progress = self.progress_with(&conversation.id, user)?;
                let unseen = progress.read < progress.acked && progress.acked >= conversation.at_broker;
                unseen.then(|| (conversation.id.clone(), progress.acked))
            })
            .collect();
        for (id, n) in unseen {
            self.resend(now, &id, n, n);
        }
    }

    /// In which conversations `user` has not acknowledged all of mine, and the first number of it.
    pub(super) fn owed(&self, user: &UserId) -> Vec<(ConversationId, u64)> {
        if !self.is_papo(user) {
            return Vec::new();
        }
        self.conversations
            .values()
            .filter(|conversation| conversation.phase.is_open() || conversation.phase == Phase::Closed)
            .filter(|conversation| self.counts_receipts(&conversation.id) && self.is_reader(&conversation.id, user))
            .filter_map(|conversation| {
                let acked = self.progress_with(&conversation.id, user)?.acked;
                (acked < conversation.at_broker).then(|| (conversation.id.clone(), acked + 1))
            })
            .collect()
    }

    /// Who has ended a session may have closed it and listen no more: it is asked for what it has to say,
    /// which makes it listen and acknowledge.
    fn wake(&mut self, now: Now, id: &ConversationId, user: &UserId) {
        let phase = self.conversations.get(id).map(|conversation| conversation.phase);
        if matches!(phase, Some(Phase::Closed | Phase::Open { ended_by_peer: true, .. })) {
            let next = self.progress_with(id, user).map_or(1, |progress| progress.next());
            self.ask_resend(now, id, user, next, None);
        }
    }

    /// The broker has my message number `n`.
    pub(super) fn left(&mut self, now: Now, id: &ConversationId, n: u64) {
        self.expect_receipts(now, id, n);
        let ConversationId::Session(session) = id else { return };
        let Some(peer) = session.peer_of(&self.me).filter(|peer| self.is_papo(peer)).cloned() else { return };
        if self.progress_with(id, &peer).is_some_and(|progress| progress.acked < n) {
            self.wake(now, id, &peer);
        }
    }

    /// Sends mine again, read back from the store in chunks, to all who read there. Some may also wait in
    /// the outbox: whoever asks for those has had them too early and has not kept them.
    fn resend(&mut self, now: Now, id: &ConversationId, from: u64, upto: u64) {
        let Some(conversation) = self.conversations.get(id) else { return };
        let upto = upto.min(conversation.sent);
        if from > upto || !self.is_linked() {
            return;
        }
        let not_before = self.resends.sent.get(id).map_or(now.tick, |sent| sent.not_before(now, (from, upto)));
        let fresh = Span {
            next: from,
            upto,
            reading: None,
            before: from - 1,
            left: now.tick,
            due: not_before,
            chunk: CHUNK,
            waits_for: None,
            newcomers: Vec::new(),
        };
        let span = self.resends.spans.entry(id.clone()).or_insert(fresh);
        span.upto = span.upto.max(upto);
        let first_to_leave = span.reading.map_or(span.next, |(first, _)| first);
        if from < first_to_leave {
            (span.next, span.before) = (from, from - 1);
            span.due = span.due.max(not_before);
        }
        self.send_again(now);
    }

    /// Reads back what is due to be sent again.
    pub(super) fn send_again(&mut self, now: Now) {
        let mut fetches = Vec::new();
        for (id, span) in
            self.resends.spans.iter_mut().filter(|(_, span)| span.reading.is_none() && span.due <= now.tick)
        {
            if span.waits_for.take().is_some() {
                span.chunk = (span.chunk / 2).max(SMALLEST_CHUNK);
            }
            let last = span.upto.min(span.next + (span.chunk - 1));
            span.reading = Some((span.next, last));
            fetches.push(Output::Fetch { conversation: id.clone(), from: span.next, upto: last });
            span.next = last + 1;
        }
        for fetch in fetches {
            self.output(fetch);
        }
    }

    pub(super) fn fetched(&mut self, now: Now, id: &ConversationId, asked: (u64, u64), messages: &[ChatMessage]) {
        // Another answer is to an earlier question, of before the connection was lost.
        let Some(span) = self.resends.spans.get_mut(id).filter(|span| span.reading == Some(asked)) else { return };
        span.reading = None;
        if span.next <= asked.1 {
            // Somebody has asked for earlier ones meanwhile: these follow them.
            span.due = now.tick;
            return self.send_again(now);
        }
        (span.left, span.due) = (now.tick, now.tick + PACE);
        span.waits_for = Some(asked.1);
        self.resends.left(now, id, asked);
        let Some(span) = self.resends.spans.get_mut(id) else { return };
        let (mut before, newcomers) = (span.before, std::mem::take(&mut span.newcomers));
        if messages.is_empty() || span.next > span.upto {
            // What cannot be read now must not be taken for what was never sent.
            self.resends.spans.remove(id);
        }
        for message in messages {
            // What was dropped on its way has arrived, if anybody has it; then all are to have the same.
            if message.failure.is_some() && !self.has_arrived(id, message.n.unwrap_or(0)) {
                continue;
            }
            let publication = self.message_publication(id, message, Some((before, &newcomers)));
            self.hint(publication);
            before = message.n.unwrap_or(before);
        }
        if let Some(span) = self.resends.spans.get_mut(id) {
            span.before = before;
        }
    }
}

#[cfg(test)]
mod tests;
