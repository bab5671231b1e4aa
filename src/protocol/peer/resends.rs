//! What is sent again: read back from the store in chunks, to all who read in the conversation.
//!
//! Invariant: a chunk is read at a time for each conversation, and the next one waits for a reader or for [`PACE`]: what
//! is sent again must not take a slow link from what is new.

use std::{collections::BTreeMap, time::Duration};

use super::{
    context::Context,
    egress::Egress,
    pacing::{Paces, Sent},
};
use crate::{
    domain::{ChatMessage, ConversationId, GroupName, Now, Tick, UserId},
    protocol::Output,
};

/// How many messages are sent again at once: at first, and at most and at least where their readers acknowledge them
/// soon or late.
const CHUNK: u64 = 200;
const LARGEST_CHUNK: u64 = 800;
const SMALLEST_CHUNK: u64 = 25;
/// How long the next chunk waits for a reader to acknowledge the one before, and how long at least.
const PACE: Duration = Duration::from_secs(2);
const RECEIPT_EVERY: Duration = Duration::from_secs(1);

/// What is being sent again in which conversation, and what just was.
#[derive(Debug, Default)]
pub(super) struct Resends {
    spans: BTreeMap<ConversationId, Span>,
    sent: BTreeMap<ConversationId, Sent>,
    /// Readers that subscribed lately.
    recent_joins: Paces<(ConversationId, UserId)>,
    /// Users who were sent the record of a group lately.
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
    /// Readers who asked for more than they are owed, with the first number that each is owed.
    newcomers: Vec<(UserId, u64)>,
}

impl Resends {
    pub(super) fn due(&self) -> Option<Tick> {
        self.spans.values().filter(|span| span.reading.is_none()).map(|span| span.due).min()
    }

    /// Whether `user` may be sent the record of a group for its asking.
    pub(super) fn may_have_record(&mut self, now: Now, group: &GroupName, user: &UserId) -> bool {
        self.records.may(now, (group.clone(), user.clone()))
    }

    /// `user` came online or has just subscribed, and may have missed what is in flight. Repeated claims are rate-limited.
    pub(super) fn reader_joined(&mut self, now: Now, id: &ConversationId, user: &UserId) {
        if let Some(sent) = self.sent.get_mut(id).filter(|sent| sent.is_any_in_flight(now))
            && self.recent_joins.may(now, (id.clone(), user.clone()))
        {
            sent.mark_missed();
        }
    }

    /// Retransmits my messages from `from` up to `upto`, but for those at the beginning that are in flight.
    pub(super) fn resend_missing(
        &mut self,
        id: &ConversationId,
        (from, upto): (u64, u64),
        context: Context<'_>,
        egress: &mut Egress,
    ) {
        let from = self.sent.get(id).map_or(from, |sent| sent.not_in_flight(egress.now(), from));
        self.resend(id, (from, upto), context, egress);
    }

    /// Sends mine again to all readers. Some may also wait in the outbox: a reader that asks for those got them too
    /// early and has not kept them.
    pub(super) fn resend(
        &mut self,
        id: &ConversationId,
        (from, upto): (u64, u64),
        context: Context<'_>,
        egress: &mut Egress,
    ) {
        let now = egress.now();
        let Some(conversation) = context.conversations.get(id) else { return };
        let upto = upto.min(conversation.sent);
        if from > upto || !egress.is_connected() {
            return;
        }
        let not_before = self.sent.get(id).map_or(now.tick, |sent| sent.not_before(now, (from, upto)));
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
        let span = self.spans.entry(id.clone()).or_insert(fresh);
        span.upto = span.upto.max(upto);
        let first_to_leave = span.reading.map_or(span.next, |(first, _)| first);
        if from < first_to_leave {
            (span.next, span.before) = (from, from - 1);
            span.due = span.due.max(not_before);
        }
        self.read_due(egress);
    }

    /// `user` has asked for more than it is owed, which begins at `first`.
    pub(super) fn add_newcomer(&mut self, id: &ConversationId, user: &UserId, first: u64) {
        if let Some(span) = self.spans.get_mut(id) {
            span.newcomers.push((user.clone(), first));
        }
    }

    /// A reader has my numbers up to `acked`: the link carries what is sent again.
    pub(super) fn acknowledged(&mut self, id: &ConversationId, acked: u64, egress: &mut Egress) {
        let is_awaited = |span: &&mut Span| span.waits_for.is_some_and(|last| acked >= last);
        if let Some(span) = self.spans.get_mut(id).filter(is_awaited) {
            span.waits_for = None;
            span.chunk = (span.chunk * 2).min(LARGEST_CHUNK);
            // An honest reader has nothing to acknowledge sooner.
            span.due = egress.now().tick.max(span.left + RECEIPT_EVERY);
            self.read_due(egress);
        }
    }

    /// Sends the last again of what `user` has and has not been shown, as far as I know: its word that it
    /// has been may have been lost.
    pub(super) fn ask_whether_read(&mut self, user: &UserId, context: Context<'_>, egress: &mut Egress) {
        let open = context.conversations.iter().filter(|conversation| conversation.phase.is_open());
        for conversation in open.filter(|conversation| context.is_reader(&conversation.id, user)) {
            let id = &conversation.id;
            let Some(progress) = context.conversations.progress_with(id, user) else { continue };
            if progress.read < progress.acked && progress.acked >= conversation.at_broker {
                self.resend(id, (progress.acked, progress.acked), context, egress);
            }
        }
    }

    /// Reads back what is due to be sent again.
    pub(super) fn read_due(&mut self, egress: &mut Egress) {
        let now = egress.now().tick;
        let is_due = |span: &Span| span.reading.is_none() && span.due <= now;
        for (id, span) in self.spans.iter_mut().filter(|(_, span)| is_due(span)) {
            if span.waits_for.take().is_some() {
                span.chunk = (span.chunk / 2).max(SMALLEST_CHUNK);
            }
            let last = span.upto.min(span.next + (span.chunk - 1));
            span.reading = Some((span.next, last));
            egress.output(Output::Fetch { conversation: id.clone(), from: span.next, upto: last });
            span.next = last + 1;
        }
    }

    /// The store's answer: my messages `asked`, as far as they could be read.
    pub(super) fn fetched(
        &mut self,
        id: &ConversationId,
        asked: (u64, u64),
        messages: &[ChatMessage],
        context: Context<'_>,
        egress: &mut Egress,
    ) {
        let now = egress.now();
        // Another answer is to an earlier question, of before the connection was lost.
        let Some(span) = self.spans.get_mut(id).filter(|span| span.reading == Some(asked)) else { return };
        span.reading = None;
        if span.next <= asked.1 {
            // A reader has asked for earlier ones meanwhile: these follow them.
            span.due = now.tick;
            return self.read_due(egress);
        }
        (span.left, span.due) = (now.tick, now.tick + PACE);
        span.waits_for = Some(asked.1);
        self.sent.entry(id.clone()).or_default().left(now, asked);
        let (mut before, newcomers) = (span.before, std::mem::take(&mut span.newcomers));
        if messages.is_empty() || span.next > span.upto {
            // What cannot be read now must not be taken for what was never sent.
            self.spans.remove(id);
        }
        for message in messages {
            // What was dropped on its way has arrived, if anybody has it; then all are to have the same.
            if message.failure.is_some() && !context.conversations.has_arrived(id, message.sequence_number.unwrap_or(0))
            {
                continue;
            }
            let publication = context.message(id, message, Some((before, &newcomers)), egress);
            egress.send_transient(publication);
            before = message.sequence_number.unwrap_or(before);
        }
        if let Some(span) = self.spans.get_mut(id) {
            span.before = before;
        }
    }
}

#[cfg(test)]
mod tests;
