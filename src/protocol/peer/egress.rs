//! All that leaves a peer: publications with their ids and stamps, the outbox, and the batch of the current input.
//!
//! Invariants: what is enqueued is persisted in the same batch, before it leaves; all else is sent on the current
//! connection only. Rows of the outbox only go up, also over restarts. They are typed in memory; the store has them
//! encoded.

use std::collections::BTreeMap;

use super::{identity::Identity, ids::Ids};
use crate::{
    domain::{ConversationId, DeliveryFailure, Direction, MessageId, Now, Request, UserId, escaped},
    protocol::{
        Batch, Event, IgnoredReason, Inbound, Notice, Operation, OutboxRow, Output, Properties, Publication, RowId,
        StoredRow, Topic, TypedPublication, wire,
    },
};

#[derive(Debug)]
pub(super) struct Egress {
    identity: Identity,
    /// The time of the current input.
    now: Now,
    ids: Ids,
    /// What the broker has not taken yet, in order, and the messages that it has refused.
    outbox: BTreeMap<RowId, OutboxRow>,
    last_row: RowId,
    is_connected: bool,
    batch: Batch,
}

impl Egress {
    pub(super) fn restore(identity: Identity, stored: Vec<StoredRow>) -> Self {
        let decode = |StoredRow { row, publication, message, failure }: StoredRow| {
            // A row that was made under another prefix is still sent; it cannot be read here.
            let decoded = wire::decode(&identity.prefix, &publication.to_inbound(false)).map_err(|_| publication.topic);
            (row, OutboxRow { row, publication: decoded, message, failure })
        };
        let outbox: BTreeMap<RowId, OutboxRow> = stored.into_iter().map(decode).collect();
        let last_row = outbox.last_key_value().map_or(RowId(0), |(row, _)| *row);
        let (now, ids) = (Now::from_millis(0), Ids::new(identity.seed));
        Self { identity, now, ids, outbox, last_row, is_connected: false, batch: Batch::default() }
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The time of the current input.
    pub(super) fn now(&self) -> Now {
        self.now
    }

    /// An input or a command has come at `now`.
    pub(super) fn set_now(&mut self, now: Now) {
        self.now = now;
    }

    pub(super) fn me(&self) -> &UserId {
        &self.identity.me
    }

    pub(super) fn is_connected(&self) -> bool {
        self.is_connected
    }

    /// From now on what has no row goes to a connection, or nowhere.
    pub(super) fn set_connected(&mut self, is_connected: bool) {
        self.is_connected = is_connected;
    }

    pub(super) fn take_batch(&mut self) -> Batch {
        std::mem::take(&mut self.batch)
    }

    pub(super) fn new_id(&mut self) -> MessageId {
        self.ids.next(self.now.wall)
    }

    /// Whether an id is one of the latest that were made here, or of a request of mine.
    pub(super) fn is_my_id(&self, id: MessageId, request: Option<&Request>) -> bool {
        self.ids.is_recent(id) || request.is_some_and(|request| request.direction == Direction::Outgoing)
    }
}

/// The batch.
impl Egress {
    pub(super) fn persist(&mut self, operation: Operation) {
        self.batch.operations.push(operation);
    }

    pub(super) fn output(&mut self, output: Output) {
        self.batch.outputs.push(output);
    }

    pub(super) fn emit(&mut self, event: Event) {
        self.batch.events.push(event);
    }

    pub(super) fn notify(&mut self, notice: Notice) {
        self.emit(Event::Notice(notice));
    }

    /// Ignores a publication, and tells the user.
    pub(super) fn report_suspicious(&mut self, reason: IgnoredReason) {
        self.emit(Event::Suspicious(reason.into()));
    }

    /// Ignores a publication without fault: it is only logged.
    pub(super) fn ignore(&mut self, reason: IgnoredReason) {
        self.emit(Event::Overlooked(reason.into()));
    }

    /// How many events the batch has.
    pub(super) fn event_count(&self) -> usize {
        self.batch.events.len()
    }

    /// Adds topic and sender to the reports since there were `before` events.
    pub(super) fn address_ignored(
        &mut self,
        before: usize,
        inbound: &Inbound,
        sender_of: impl Fn(&Inbound, &Identity) -> Option<String>,
    ) {
        for event in &mut self.batch.events[before..] {
            if let Event::Suspicious(ignored) | Event::Overlooked(ignored) = event {
                ignored.topic = escaped(&inbound.topic);
                ignored.sender = sender_of(inbound, &self.identity);
            }
        }
    }
}

/// Publications.
impl Egress {
    /// These, with what every publication of mine says that is not part of a conversation.
    pub(super) fn stamp(&mut self, properties: Properties) -> Properties {
        let id = properties.id.unwrap_or_else(|| self.new_id());
        let (from, ts) = (Some(self.identity.me.clone()), Some(self.now.wall));
        Properties { is_papo: true, id: Some(id), from, ts, ..properties }
    }

    fn stamped(&mut self, publication: TypedPublication) -> TypedPublication {
        if publication.properties.from.is_some() {
            return publication;
        }
        TypedPublication { properties: self.stamp(publication.properties), ..publication }
    }

    pub(super) fn encode(&self, publication: &TypedPublication) -> Publication {
        wire::encode(&self.identity.prefix, publication)
    }

    /// Publishes through the outbox: kept until the broker has it.
    pub(super) fn enqueue(&mut self, publication: TypedPublication) {
        self.enqueue_message(publication, None);
    }

    /// The same, with the conversation and number of the message of mine that it carries.
    pub(super) fn enqueue_message(&mut self, publication: TypedPublication, message: Option<(ConversationId, u64)>) {
        let typed = self.stamped(publication);
        let publication = self.encode(&typed);
        let row = self.next_row();
        self.outbox.insert(row, OutboxRow { row, publication: Ok(typed), message: message.clone(), failure: None });
        self.persist(Operation::PutOutbox(StoredRow { row, publication: publication.clone(), message, failure: None }));
        self.output(Output::Publish { row: Some(row), publication });
    }

    /// Publishes on this connection only; it may get lost.
    pub(super) fn send_transient(&mut self, publication: TypedPublication) {
        self.send_transient_with(publication, |_| {});
    }

    /// As [`Self::send_transient`], with a change of how it is delivered.
    pub(super) fn send_transient_with(&mut self, publication: TypedPublication, change: impl FnOnce(&mut Publication)) {
        let publication = self.stamped(publication);
        let mut publication = self.encode(&publication);
        change(&mut publication);
        self.send(publication);
    }

    /// Says on this connection what another has said, in their name.
    pub(super) fn send_for_another(&mut self, publication: &TypedPublication) {
        let publication = self.encode(publication);
        self.send(publication);
    }

    fn send(&mut self, publication: Publication) {
        if self.is_connected {
            self.output(Output::Publish { row: None, publication });
        }
    }

    /// Publishes on this connection only, and learns what the broker says of it.
    pub(super) fn send_answered(&mut self, publication: TypedPublication) -> RowId {
        let row = self.next_row();
        let publication = self.stamped(publication);
        let publication = self.encode(&publication);
        self.output(Output::Publish { row: Some(row), publication });
        row
    }

    pub(super) fn subscribe(&mut self, topics: &[Topic]) {
        if self.is_connected {
            let wanted = topics.iter().map(|topic| topic.subscription(&self.identity.prefix)).collect();
            self.output(Output::Subscribe(wanted));
        }
    }

    pub(super) fn unsubscribe(&mut self, topics: &[Topic]) {
        if self.is_connected {
            let filters = topics.iter().map(|topic| topic.name(&self.identity.prefix)).collect();
            self.output(Output::Unsubscribe(filters));
        }
    }
}

/// Rows of the outbox.
impl Egress {
    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = &OutboxRow> + ExactSizeIterator {
        self.outbox.values()
    }

    pub(super) fn row(&self, row: RowId) -> Option<&OutboxRow> {
        self.outbox.get(&row)
    }

    /// The broker has taken a row, or is not to get it.
    pub(super) fn remove_row(&mut self, row: RowId) -> Option<OutboxRow> {
        self.persist(Operation::RemoveOutbox(row));
        self.outbox.remove(&row)
    }

    /// A place behind all others.
    fn next_row(&mut self) -> RowId {
        self.last_row.0 += 1;
        self.last_row
    }

    /// The broker has refused the row that carries message number `n`. It stays until the user decides.
    pub(super) fn fail_row(&mut self, row: RowId, conversation: ConversationId, n: u64, why: DeliveryFailure) {
        self.outbox.entry(row).and_modify(|row| row.failure = Some(why.clone()));
        self.note_failure(conversation, n, why);
    }

    /// Message number `n` of mine is not delivered.
    pub(super) fn note_failure(&mut self, conversation: ConversationId, n: u64, why: DeliveryFailure) {
        self.persist(Operation::SetFailure { conversation: conversation.clone(), n, failure: why.clone() });
        self.emit(Event::FailureChanged { conversation, n, failure: why });
    }
}
