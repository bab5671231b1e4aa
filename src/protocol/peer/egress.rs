//! All that leaves a peer: publications with their ids and stamps, the outbox, and the batch of the current input.
//!
//! Invariant: what is enqueued is persisted in the same batch, before it leaves; all else is sent on the current
//! connection only.

use super::{identity::Identity, ids::Ids, outbox::Outbox};
use crate::{
    domain::{ControlTopic, ConversationId, DeliveryFailure, Direction, MessageId, Now, Request, UserId, escaped},
    protocol::{
        Batch, Content, Control, Event, IgnoredReason, Inbound, Notice, Operation, OutboxRow, Output, Properties,
        Publication, Row, StoredRow, Topic, TypedPublication,
    },
};

#[derive(Debug)]
pub(super) struct Egress {
    identity: Identity,
    /// The time of the current input.
    now: Now,
    ids: Ids,
    outbox: Outbox,
    is_connected: bool,
    batch: Batch,
}

impl Egress {
    pub(super) fn new(identity: Identity, outbox: Vec<StoredRow>) -> Self {
        let outbox = Outbox::restore(&identity.prefix, outbox);
        let ids = Ids::new(identity.seed);
        Self { identity, now: Now::from_millis(0), ids, outbox, is_connected: false, batch: Batch::default() }
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
    /// The properties of every publication of mine that is not part of a conversation.
    pub(super) fn stamp(&mut self) -> Properties {
        Properties {
            is_papo: true,
            id: Some(self.new_id()),
            from: Some(self.identity.me.clone()),
            ts: Some(self.now.wall),
            ..Properties::default()
        }
    }

    pub(super) fn stamped(&mut self, topic: Topic, content: Content) -> TypedPublication {
        TypedPublication { topic, content, properties: self.stamp() }
    }

    /// A control message to somebody, on the control topic on which it was last heard.
    pub(super) fn control(&mut self, to: &UserId, control_topic: ControlTopic, control: Control) -> TypedPublication {
        self.stamped(Topic::Control(to.clone(), control_topic), Content::Control(control))
    }

    pub(super) fn encode(&self, publication: &TypedPublication) -> Publication {
        publication.encode(&self.identity.prefix)
    }

    /// Publishes through the outbox: kept until the broker has it.
    pub(super) fn enqueue(&mut self, publication: TypedPublication) {
        self.enqueue_row(publication, None);
    }

    /// As [`Self::enqueue`], for message number `n` of mine.
    pub(super) fn enqueue_message(&mut self, publication: TypedPublication, conversation: ConversationId, n: u64) {
        self.enqueue_row(publication, Some((conversation, n)));
    }

    fn enqueue_row(&mut self, typed: TypedPublication, message: Option<(ConversationId, u64)>) {
        let publication = self.encode(&typed);
        let row = self.outbox.push(typed, message.clone());
        self.persist(Operation::PutOutbox(StoredRow { row, publication: publication.clone(), message, failure: None }));
        self.output(Output::Publish { row: Some(row), publication });
    }

    /// Publishes on this connection only; it may get lost.
    pub(super) fn send_transient(&mut self, publication: &TypedPublication) {
        let publication = self.encode(publication);
        self.send_encoded(publication);
    }

    pub(super) fn send_encoded(&mut self, publication: Publication) {
        if self.is_connected {
            self.output(Output::Publish { row: None, publication });
        }
    }

    /// Publishes on this connection only, and learns what the broker says of it.
    pub(super) fn send_answered(&mut self, publication: &TypedPublication) -> Row {
        let row = self.outbox.next_row();
        let publication = self.encode(publication);
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
        self.outbox.rows()
    }

    pub(super) fn row(&self, row: Row) -> Option<&OutboxRow> {
        self.outbox.get(row)
    }

    /// The broker has taken a row, or is not to get it.
    pub(super) fn remove_row(&mut self, row: Row) -> Option<OutboxRow> {
        self.persist(Operation::RemoveOutbox(row));
        self.outbox.remove(row)
    }

    /// The broker has refused the row that carries message number `n`.
    pub(super) fn fail_row(&mut self, row: Row, conversation: ConversationId, n: u64, why: DeliveryFailure) {
        self.outbox.fail(row, why.clone());
        self.note_failure(conversation, n, why);
    }

    /// Message number `n` of mine is not delivered.
    pub(super) fn note_failure(&mut self, conversation: ConversationId, n: u64, why: DeliveryFailure) {
        self.persist(Operation::SetFailure { conversation: conversation.clone(), n, failure: why.clone() });
        self.emit(Event::FailureChanged { conversation, n, failure: why });
    }
}
