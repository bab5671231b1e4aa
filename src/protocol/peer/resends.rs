//! Retransmission of my messages. They are read from the store in chunks, and sent to all readers of the conversation.
//!
//! Invariant: for each conversation, one chunk is read at a time, and the next one waits for a receipt or for twice the
//! time in which a reader sends one, so that retransmissions leave room for new messages on a slow link. A reader that has
//! used up its allowance gets nothing until it requests the messages again.

use std::{collections::BTreeMap, time::Duration};

use super::{
    context::Context,
    egress::Egress,
    pacing::{Allowance, RateLimiter, RecentlySent},
};
use crate::{
    domain::{ChatMessage, ConversationId, Now, Tick, UserId},
    protocol::Output,
};

/// The number of messages in a chunk: at first, at most and at least. It grows if a reader acknowledges a chunk in
/// time, and shrinks otherwise.
const FIRST_CHUNK: u64 = 200;
const MAX_CHUNK: u64 = 800;
const MIN_CHUNK: u64 = 25;
/// The most that a chunk may hold, in bytes, unless it is a single message.
const MAX_CHUNK_BYTES: usize = 1 << 20;
/// What a message counts besides its content, in bytes: as a broker counts it.
const OVERHEAD: usize = 300;
/// How long the next chunk waits at least.
const CHUNK_INTERVAL: Duration = Duration::from_secs(1);

/// The running retransmissions, and recent ones.
#[derive(Debug, Default)]
pub(super) struct Resends {
    spans: BTreeMap<ConversationId, Span>,
    sent: BTreeMap<ConversationId, RecentlySent>,
    /// Rate-limits how often the same reader may claim to have just subscribed.
    recent_joins: RateLimiter<(ConversationId, UserId)>,
    /// Bounds what is resent to one reader.
    allowance: Allowance,
}

/// The running retransmission of one conversation.
#[derive(Debug, Clone)]
struct Span {
    /// The readers whom it is for, each with the first and the last number that is still to be sent.
    readers: BTreeMap<UserId, (u64, u64)>,
    /// The first number after those that were sent.
    next: u64,
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

impl Span {
    /// The numbers that are still to be sent, apart from those between that no reader has requested.
    fn rest(&self) -> Option<(u64, u64)> {
        let first = self.readers.values().map(|(from, _)| *from).min()?;
        let last = self.readers.values().map(|(_, upto)| *upto).max()?;
        Some((first, last))
    }

    /// The numbers up to `last` were sent, or cannot be.
    fn pass(&mut self, last: u64) {
        self.next = last + 1;
        self.readers.values_mut().for_each(|(from, _)| *from = self.next.max(*from));
        self.readers.retain(|_, (from, upto)| from <= upto);
    }
}

impl Resends {
    pub(super) fn due(&self, egress: &Egress) -> Option<Tick> {
        let waiting = self.spans.iter().filter(|(id, span)| span.reading.is_none() && egress.may_publish_in(id));
        waiting.map(|(_, span)| span.due).min()
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

    /// Retransmits my messages from `from` up to `upto` for a reader, except those at the beginning that are in flight.
    pub(super) fn resend_missing(
        &mut self,
        (id, reader): (&ConversationId, &UserId),
        (from, upto): (u64, u64),
        context: Context<'_>,
        egress: &mut Egress,
    ) {
        let from = self.sent.get(id).map_or(from, |sent| sent.not_in_flight(egress.now(), from));
        self.resend((id, reader), (from, upto), context, egress);
    }

    /// Retransmits my messages, for a reader, to all. Some may still be in the outbox: a reader that requests such a
    /// message received it too early and dropped it.
    pub(super) fn resend(
        &mut self,
        (id, reader): (&ConversationId, &UserId),
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
        let sent = self.sent.get(id);
        let earliest = sent.map_or(now.tick, |sent| sent.earliest_resend(now, (from, upto)));
        let span = self.spans.entry(id.clone()).or_insert_with(|| Span {
            readers: BTreeMap::new(),
            next: from,
            reading: None,
            before: from - 1,
            sent_at: now.tick,
            due: sent.map_or(now.tick, |sent| sent.next_chunk(now, FIRST_CHUNK, CHUNK_INTERVAL)),
            chunk: FIRST_CHUNK,
            awaited: None,
            newcomers: Vec::new(),
        });
        let first_to_leave = span.reading.map_or(span.next, |(first, _)| first);
        if from < first_to_leave || span.readers.is_empty() {
            span.due = span.due.max(earliest);
        }
        let wanted = span.readers.entry(reader.clone()).or_insert((from, upto));
        *wanted = (wanted.0.min(from), wanted.1.max(upto));
        self.read_due(egress);
    }

    /// The connection is lost. What retransmissions have cost still counts: a reader may make me lose the connection.
    pub(super) fn disconnected(&mut self) {
        *self = Self { allowance: std::mem::take(&mut self.allowance), ..Self::default() };
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

    /// A reader has acknowledged my numbers up to `acked`, and needs them no more. If that covers the last chunk, the link
    /// is fast enough for larger ones.
    pub(super) fn acknowledged(&mut self, (id, reader): (&ConversationId, &UserId), acked: u64, egress: &mut Egress) {
        let Some(span) = self.spans.get_mut(id) else { return };
        if let Some((from, upto)) = span.readers.get_mut(reader) {
            *from = (acked + 1).max(*from);
            if from > upto {
                span.readers.remove(reader);
            }
        }
        if span.awaited.is_some_and(|last| acked >= last) {
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
                self.resend((id, user), (progress.acked, progress.acked), context, egress);
            }
        }
    }

    /// Requests the next chunk from the store for each retransmission that is due. One in a group waits until the group is
    /// open.
    pub(super) fn read_due(&mut self, egress: &mut Egress) {
        let now = egress.now();
        for (id, span) in self.spans.iter_mut().filter(|(_, span)| span.reading.is_none() && span.due <= now.tick) {
            if !egress.may_publish_in(id) {
                continue;
            }
            span.readers.retain(|reader, _| self.allowance.allows(now, reader));
            let Some((first, upto)) = span.rest() else { continue };
            if span.awaited.take().is_some() {
                span.chunk = (span.chunk / 2).max(MIN_CHUNK);
            }
            if first != span.next {
                (span.next, span.before) = (first, first - 1);
            }
            let last = upto.min(first + (span.chunk - 1));
            span.reading = Some((first, last));
            egress.output(Output::Fetch { conversation: id.clone(), from: first, upto: last });
        }
        self.spans.retain(|_, span| !span.readers.is_empty());
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
        if span.readers.is_empty() {
            self.spans.remove(id);
            return;
        }
        if span.rest().is_some_and(|(first, _)| first < asked.0) {
            // A reader has requested earlier messages in the meantime. This chunk is read again after them.
            span.due = now.tick;
            return self.read_due(egress);
        }
        let (messages, later) = messages.split_at(fitting(messages));
        let last = later.first().and_then(|message| message.sequence_number).map_or(asked.1, |next| next - 1);
        (span.sent_at, span.due) = (now.tick, now.tick + context.receipt_spacing(id).several * 2);
        span.awaited = Some(last);
        self.sent.entry(id.clone()).or_default().note_sent(now, (asked.0, last));
        for (reader, &(from, upto)) in &span.readers {
            let sizes = messages.iter().filter_map(|message| Some((message.sequence_number?, size(message))));
            let theirs = sizes.filter(|(n, _)| (from..=upto).contains(n));
            // What goes to a group fills the queues of all its members.
            let progress = context.conversations.progress_with(id, reader);
            let had = progress.filter(|_| matches!(id, ConversationId::Group(_))).map_or(0, |progress| progress.acked);
            self.allowance.charge(now, (id, reader), had, theirs);
        }
        let (mut before, newcomers) = (span.before, std::mem::take(&mut span.newcomers));
        span.pass(last);
        if messages.is_empty() {
            // If messages cannot be read now, readers must not conclude that they were never sent.
            span.readers.clear();
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
        span.before = before;
        if span.readers.is_empty() {
            self.spans.remove(id);
        }
    }
}

/// How many messages from the first on make a chunk.
fn fitting(messages: &[ChatMessage]) -> usize {
    let sizes = messages.iter().scan(0, |total, message| {
        *total += size(message);
        Some(*total)
    });
    sizes.take_while(|total| *total <= MAX_CHUNK_BYTES).count().max(1).min(messages.len())
}

fn size(message: &ChatMessage) -> usize {
    message.body.size() + OVERHEAD
}

#[cfg(test)]
mod tests;
