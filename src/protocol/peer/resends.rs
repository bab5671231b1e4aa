//! Retransmission of my messages. They are read from the store in chunks, and sent to all readers of the conversation.
//!
//! Invariant: for each conversation, one chunk is read at a time, and the next one waits for a receipt or for twice the
//! time in which a reader sends one, so that retransmissions leave room for new messages on a slow link.

use std::{collections::BTreeMap, time::Duration};

use super::{
    context::Context,
    egress::Egress,
    pacing::{RateLimiter, RecentlySent},
};
use crate::{
    domain::{ChatMessage, ConversationId, GroupName, Now, Tick, UserId},
    protocol::Output,
};

/// The number of messages in a chunk: at first, at most and at least. It grows if a reader acknowledges a chunk in
/// time, and shrinks otherwise.
const FIRST_CHUNK: u64 = 200;
const MAX_CHUNK: u64 = 800;
const MIN_CHUNK: u64 = 25;
/// How long the next chunk waits at least.
const CHUNK_INTERVAL: Duration = Duration::from_secs(1);

/// The running retransmissions, and recent ones.
#[derive(Debug, Default)]
pub(super) struct Resends {
    spans: BTreeMap<ConversationId, Span>,
    sent: BTreeMap<ConversationId, RecentlySent>,
    /// Rate-limits how often the same reader may claim to have just subscribed.
    recent_joins: RateLimiter<(ConversationId, UserId)>,
    /// Rate-limits how often a user is sent the record of a group.
    records: RateLimiter<(GroupName, UserId)>,
    /// Rate-limits how often a user gets everything again because they have come online.
    greetings: RateLimiter<UserId>,
}

/// The running retransmission of one conversation.
#[derive(Debug, Clone)]
struct Span {
    /// The first number that has not been read from the store.
    next: u64,
    /// The last number to resend.
    upto: u64,
    /// The range of numbers that is being read from the store.
    reading: Option<(u64, u64)>,
    /// The last number before `next` that was sent; the numbers between were never sent.
    before: u64,
    /// When the last chunk was sent.
    sent_at: Tick,
    /// When the next chunk may be read.
    due: Tick,
    /// The maximum number of messages in the next chunk.
    chunk: u64,
    /// The last number of the last chunk, until a reader acknowledges it.
    awaited: Option<u64>,
    /// Readers who requested numbers from before they joined, with the first number that each must get.
    newcomers: Vec<(UserId, u64)>,
}

impl Resends {
    pub(super) fn due(&self, egress: &Egress) -> Option<Tick> {
        let waiting = self.spans.iter().filter(|(id, span)| span.reading.is_none() && egress.may_publish_in(id));
        waiting.map(|(_, span)| span.due).min()
    }

    /// Whether the rate limit allows to send the record of a group to `user`.
    pub(super) fn may_send_record(&mut self, now: Now, group: &GroupName, user: &UserId) -> bool {
        self.records.allow(now, (group.clone(), user.clone()))
    }

    /// Whether the rate limit allows to send everything again to `user`, who has come online.
    pub(super) fn may_greet(&mut self, now: Now, user: &UserId) -> bool {
        self.greetings.allow(now, user.clone())
    }

    /// `user` has come online or just subscribed, and may have missed the messages in flight. Repeated claims are
    /// rate-limited.
    pub(super) fn reader_joined(&mut self, now: Now, id: &ConversationId, user: &UserId) {
        if let Some(sent) = self.sent.get_mut(id).filter(|sent| sent.is_any_in_flight(now))
            && self.recent_joins.allow(now, (id.clone(), user.clone()))
        {
            sent.mark_missed();
        }
    }

    /// Retransmits my messages from `from` up to `upto`, except those at the beginning that are in flight.
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

    /// Retransmits my messages to all readers. Some may still be in the outbox: a reader that requests such a message
    /// received it too early and dropped it.
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
        let earliest = self.sent.get(id).map_or(now.tick, |sent| sent.earliest_resend(now, (from, upto)));
        let new = Span {
            next: from,
            upto,
            reading: None,
            before: from - 1,
            sent_at: now.tick,
            due: earliest,
            chunk: FIRST_CHUNK,
            awaited: None,
            newcomers: Vec::new(),
        };
        let span = self.spans.entry(id.clone()).or_insert(new);
        span.upto = span.upto.max(upto);
        let first_to_leave = span.reading.map_or(span.next, |(first, _)| first);
        if from < first_to_leave {
            (span.next, span.before) = (from, from - 1);
            span.due = span.due.max(earliest);
        }
        self.read_due(egress);
    }

    /// Ends the retransmission of a conversation.
    pub(super) fn stop(&mut self, id: &ConversationId) {
        self.spans.remove(id);
    }

    /// `user` has requested numbers from before they joined; they must get those from `first` on.
    pub(super) fn add_newcomer(&mut self, id: &ConversationId, user: &UserId, first: u64) {
        if let Some(span) = self.spans.get_mut(id) {
            span.newcomers.push((user.clone(), first));
        }
    }

    /// A reader has acknowledged my numbers up to `acked`. If that covers the last chunk, the link is fast enough for
    /// larger ones.
    pub(super) fn acknowledged(&mut self, id: &ConversationId, acked: u64, egress: &mut Egress) {
        let is_awaited = |span: &&mut Span| span.awaited.is_some_and(|last| acked >= last);
        if let Some(span) = self.spans.get_mut(id).filter(is_awaited) {
            span.awaited = None;
            span.chunk = (span.chunk * 2).min(MAX_CHUNK);
            span.due = egress.now().tick.max(span.sent_at + CHUNK_INTERVAL);
            self.read_due(egress);
        }
    }

    /// Resends the last message that `user` has stored but not read, as far as I know: their `READ` may have been lost.
    pub(super) fn resend_last_unread(&mut self, user: &UserId, context: Context<'_>, egress: &mut Egress) {
        let open = context.conversations.iter().filter(|conversation| conversation.phase.is_open());
        let open = open.filter(|conversation| !context.is_suspended(&conversation.id, user));
        for conversation in open.filter(|conversation| context.is_reader(&conversation.id, user)) {
            let id = &conversation.id;
            let Some(progress) = context.conversations.progress_with(id, user) else { continue };
            if progress.read < progress.acked && progress.acked >= conversation.broker_acked {
                self.resend(id, (progress.acked, progress.acked), context, egress);
            }
        }
    }

    /// Requests the next chunk from the store for each retransmission that is due. One in a group waits until the group is
    /// open.
    pub(super) fn read_due(&mut self, egress: &mut Egress) {
        let now = egress.now().tick;
        let is_due = |span: &Span| span.reading.is_none() && span.due <= now;
        for (id, span) in self.spans.iter_mut().filter(|(_, span)| is_due(span)) {
            if !egress.may_publish_in(id) {
                continue;
            }
            if span.awaited.take().is_some() {
                span.chunk = (span.chunk / 2).max(MIN_CHUNK);
            }
            let last = span.upto.min(span.next + (span.chunk - 1));
            span.reading = Some((span.next, last));
            egress.output(Output::Fetch { conversation: id.clone(), from: span.next, upto: last });
            span.next = last + 1;
        }
    }

    /// Sends a chunk that the store has read: my messages in the range `asked`; empty if they could not be read.
    pub(super) fn fetched(
        &mut self,
        id: &ConversationId,
        asked: (u64, u64),
        messages: &[ChatMessage],
        context: Context<'_>,
        egress: &mut Egress,
    ) {
        let now = egress.now();
        // An answer for another range belongs to an earlier connection.
        let Some(span) = self.spans.get_mut(id).filter(|span| span.reading == Some(asked)) else { return };
        span.reading = None;
        if span.next <= asked.1 {
            // A reader has requested earlier messages in the meantime. This chunk is read again after them.
            span.due = now.tick;
            return self.read_due(egress);
        }
        (span.sent_at, span.due) = (now.tick, now.tick + context.receipt_spacing(id).several * 2);
        span.awaited = Some(asked.1);
        self.sent.entry(id.clone()).or_default().note_sent(now, asked);
        let (mut before, newcomers) = (span.before, std::mem::take(&mut span.newcomers));
        if messages.is_empty() || span.next > span.upto {
            // If messages cannot be read now, readers must not conclude that they were never sent.
            self.spans.remove(id);
        }
        for message in messages {
            // A failed message is not resent, unless a reader has it: then all readers must get it.
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
