//! Everything that leaves a peer: publications, the outbox, and the current batch.
//!
//! Invariants: an enqueued publication is persisted in the same batch, before it is sent. All others are sent on the
//! current connection only. Without a connection, new rows are held, and the peer can still change them; the next
//! connection publishes them. Row IDs increase while the outbox has rows, even after a restart. Rows are typed in
//! memory and encoded in the store.
//!
//! On a broker that protects groups, my messages in a group are held until the group is open: the broker has shown, on
//! this connection, that the name still belongs to the group that I know. While I was away, its leader may have
//! disbanded it, and somebody else may have created another one under its name.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{identity::Identity, ids::Ids};
use crate::{
    domain::{
        Body, ConversationId, DeliveryFailure, Direction, GroupName, MessageId, Now, Request, Timestamp, UserId,
        escaped,
    },
    protocol::{
        Batch, Content, Event, GROUP_SINCE, IgnoredReason, Inbound, Notice, Operation, OutboxRow, Output, Properties,
        Publication, RowId, StoredRow, Topic, TypedPublication, wire,
    },
};

#[derive(Debug)]
pub(super) struct Egress {
    identity: Identity,
    /// The time of the current input.
    now: Now,
    ids: Ids,
    /// The publications that the broker has not accepted yet, in order, and the messages that it has refused.
    outbox: BTreeMap<RowId, OutboxRow>,
    last_row: RowId,
    /// The rows that wait here, not at the MQTT client.
    held: BTreeMap<RowId, Attempt>,
    /// The groups in which my messages may be published on this connection; `None` if all are open, because the broker
    /// does not protect groups.
    open_groups: Option<BTreeSet<GroupName>>,
    /// Since when the broker knows the groups that I know: see [`Group::since`].
    groups_since: BTreeMap<GroupName, Timestamp>,
    is_connected: bool,
    /// How many SUBSCRIBEs the broker has not answered.
    unanswered_subscribes: usize,
    batch: Batch,
}

/// Which attempt to publish a row comes next, once it is no longer held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    /// No connection has published it.
    First,
    /// An earlier connection may have published it.
    Again,
}

impl Egress {
    pub(super) fn restore(identity: Identity, stored: Vec<StoredRow>) -> Self {
        let decode = |StoredRow { row, publication, message, failure }: StoredRow| {
            // A row that was created with another topic prefix cannot be decoded, but is still sent.
            let decoded = wire::decode(&identity.prefix, &publication.to_inbound(false)).map_err(|_| publication.topic);
            (row, OutboxRow { row, publication: decoded, message, failure })
        };
        let outbox: BTreeMap<RowId, OutboxRow> = stored.into_iter().map(decode).collect();
        let last_row = outbox.last_key_value().map_or(RowId(0), |(row, _)| *row);
        // The broker may accept a row after a later edit of the same message; then the IDs decide which one is newer.
        let waiting = outbox.values().filter_map(|row| row.publication.as_ref().ok()?.properties.id).max();
        let (now, ids) = (Now::from_millis(0), Ids::new(identity.seed, &identity.me, waiting));
        let held =
            outbox.values().filter(|row| row.is_unsent_group_message()).map(|row| (row.row, Attempt::Again)).collect();
        Self {
            identity,
            now,
            ids,
            outbox,
            last_row,
            held,
            open_groups: None,
            groups_since: BTreeMap::new(),
            is_connected: false,
            unanswered_subscribes: 0,
            batch: Batch::default(),
        }
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The time of the current input.
    pub(super) fn now(&self) -> Now {
        self.now
    }

    /// Sets the time of an input or a command.
    pub(super) fn set_now(&mut self, now: Now) {
        self.now = now;
    }

    pub(super) fn me(&self) -> &UserId {
        &self.identity.me
    }

    pub(super) fn is_connected(&self) -> bool {
        self.is_connected
    }

    /// How many SUBSCRIBEs the broker has not answered on this connection.
    pub(super) fn unanswered_subscribes(&self) -> usize {
        self.unanswered_subscribes
    }

    /// The broker has answered a SUBSCRIBE.
    pub(super) fn subscribed(&mut self) {
        self.unanswered_subscribes = self.unanswered_subscribes.saturating_sub(1);
    }

    /// Whether the current batch changes with whom I have to do: requests or groups.
    pub(super) fn changes_contacts(&self) -> bool {
        use Operation::{PutGroup, PutRequest, RemoveGroup};
        self.batch.operations.iter().any(|it| matches!(it, PutRequest(_) | PutGroup(_) | RemoveGroup(_)))
    }

    /// There is a connection: publishes what is held, except messages in groups that are not open.
    /// `protects_groups`: the broker lets only the members of a group read there.
    pub(super) fn connected(&mut self, protects_groups: bool) {
        (self.is_connected, self.unanswered_subscribes) = (true, 0);
        self.open_groups = protects_groups.then(BTreeSet::new);
        self.publish_held();
    }

    /// There is no connection. Publications without a row are dropped, and those with one wait for the next connection.
    pub(super) fn disconnected(&mut self) {
        self.is_connected = false;
    }

    /// Takes my messages in groups back from the MQTT client, which would publish them at the beginning of the next
    /// connection.
    pub(super) fn take_group_messages_back(&mut self) {
        let sent =
            self.outbox.values().filter(|row| row.is_unsent_group_message() && !self.held.contains_key(&row.row));
        for row in sent.map(|row| row.row).collect::<Vec<_>>() {
            self.held.insert(row, Attempt::Again);
            self.output(Output::Forget(row));
        }
    }

    pub(super) fn take_batch(&mut self) -> Batch {
        std::mem::take(&mut self.batch)
    }

    pub(super) fn new_id(&mut self) -> MessageId {
        self.ids.next(self.now.wall)
    }

    /// A random span of `least` or more, and less than `most`.
    pub(super) fn random_span(&mut self, least: Duration, most: Duration) -> Duration {
        let range = u64::try_from(most.saturating_sub(least).as_millis()).unwrap_or(u64::MAX).max(1);
        least + Duration::from_millis(self.ids.random() % range)
    }

    /// Whether I generated this ID recently, or it is that of a `request` of mine.
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
        self.unanswered_subscribes += usize::from(matches!(output, Output::Subscribe(_)));
        self.batch.outputs.push(output);
    }

    pub(super) fn emit(&mut self, event: Event) {
        self.batch.events.push(event);
    }

    pub(super) fn notify(&mut self, notice: Notice) {
        self.emit(Event::Notice(notice));
    }

    /// Reports an ignored publication to the user.
    pub(super) fn report_suspicious(&mut self, reason: IgnoredReason) {
        self.emit(Event::Suspicious(reason.into()));
    }

    /// Reports a harmless ignored publication, which is only logged.
    pub(super) fn ignore(&mut self, reason: IgnoredReason) {
        self.emit(Event::Overlooked(reason.into()));
    }

    /// The number of events in the batch.
    pub(super) fn event_count(&self) -> usize {
        self.batch.events.len()
    }

    /// Adds topic and sender to the reports of ignored publications, from event number `before` on.
    pub(super) fn complete_ignored(
        &mut self,
        before: usize,
        inbound: &Inbound,
        sender_of: impl Fn(&Identity) -> Option<String>,
    ) {
        for event in &mut self.batch.events[before..] {
            if let Event::Suspicious(ignored) | Event::Overlooked(ignored) = event {
                ignored.topic = escaped(&inbound.topic);
                ignored.sender = sender_of(&self.identity);
            }
        }
    }
}

/// Publications.
impl Egress {
    /// Adds `papo`, `from`, `ts` and, if missing, `id`, as for all publications except messages.
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

    /// Encodes it for the broker.
    fn addressed(&self, publication: &TypedPublication) -> Publication {
        self.address(&publication.topic, self.encode(publication))
    }

    /// If the broker protects groups, adds the group that is meant, so that another one of its name does not get it.
    fn address(&self, topic: &Topic, mut encoded: Publication) -> Publication {
        let group = match topic {
            Topic::GroupMembers(group) | Topic::GroupMessages(group) | Topic::GroupSeen(group) => Some(group),
            _ => None,
        };
        let since = group.filter(|_| self.open_groups.is_some()).and_then(|group| self.groups_since.get(group));
        encoded.properties.extend(since.map(|since| (GROUP_SINCE.to_owned(), since.to_string())));
        encoded
    }

    /// Publishes through the outbox, which keeps the publication until the broker accepts it.
    pub(super) fn enqueue(&mut self, publication: TypedPublication) {
        self.enqueue_message(publication, None);
    }

    /// Like [`Self::enqueue`]; `message` is the conversation and sequence number of my message that the publication
    /// carries.
    pub(super) fn enqueue_message(&mut self, publication: TypedPublication, message: Option<(ConversationId, u64)>) {
        let typed = self.stamped(publication);
        let publication = self.encode(&typed);
        let row = self.next_row();
        let topic = typed.topic.clone();
        let waiting = OutboxRow { row, publication: Ok(typed), message: message.clone(), failure: None };
        self.persist(Operation::PutOutbox(StoredRow { row, publication: publication.clone(), message, failure: None }));
        if self.may_publish(&waiting) {
            let publication = self.address(&topic, publication);
            self.output(Output::Publish { row: Some(row), publication });
        } else {
            self.held.insert(row, Attempt::First);
        }
        self.outbox.insert(row, waiting);
    }

    /// Whether a row may be published now.
    fn may_publish(&self, row: &OutboxRow) -> bool {
        self.is_connected && row.message.as_ref().is_none_or(|(id, _)| self.may_publish_in(id))
    }

    /// Publishes the rows that are held and may be published now.
    fn publish_held(&mut self) {
        let rows = self.held.keys().filter_map(|row| self.outbox.get(row)).filter(|row| self.may_publish(row));
        let encoded = rows.filter_map(|row| Some((row.row, self.addressed(row.publication.as_ref().ok()?))));
        for (row, publication) in encoded.collect::<Vec<_>>() {
            self.held.remove(&row);
            self.output(Output::Publish { row: Some(row), publication });
        }
    }

    /// Publishes on this connection only. The publication may get lost.
    pub(super) fn send_transient(&mut self, publication: TypedPublication) {
        self.send_transient_with(publication, |_| {});
    }

    /// Like [`Self::send_transient`], but changes the encoded publication first.
    pub(super) fn send_transient_with(&mut self, publication: TypedPublication, change: impl FnOnce(&mut Publication)) {
        let publication = self.stamped(publication);
        let mut publication = self.addressed(&publication);
        change(&mut publication);
        self.send(publication);
    }

    /// Publishes, on this connection only, another user's publication in their name.
    pub(super) fn relay(&mut self, publication: &TypedPublication) {
        let publication = self.encode(publication);
        self.send(publication);
    }

    fn send(&mut self, publication: Publication) {
        if self.is_connected {
            self.output(Output::Publish { row: None, publication });
        }
    }

    /// Publishes on this connection only. The broker's answer arrives with the returned row ID.
    pub(super) fn send_with_answer(&mut self, publication: TypedPublication) -> RowId {
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

/// Groups.
impl Egress {
    /// Whether my messages in a conversation may be published on this connection.
    pub(super) fn may_publish_in(&self, id: &ConversationId) -> bool {
        match id {
            ConversationId::Group(name) => self.is_open(name),
            ConversationId::Session(_) => true,
        }
    }

    /// Whether my messages in a group may be published on this connection.
    pub(super) fn is_open(&self, group: &GroupName) -> bool {
        self.open_groups.as_ref().is_none_or(|open| open.contains(group))
    }

    /// Notes since when the broker knows a group; [`None`] if it does not say so, or there is no such group.
    pub(super) fn note_group_since(&mut self, name: &GroupName, since: Option<Timestamp>) {
        match since {
            Some(since) => drop(self.groups_since.insert(name.clone(), since)),
            None => drop(self.groups_since.remove(name)),
        }
    }

    /// Opens a group on this connection, and publishes what is held of my messages there.
    pub(super) fn open_group(&mut self, name: &GroupName) {
        if let Some(open) = &mut self.open_groups {
            open.insert(name.clone());
        }
        self.publish_held();
    }

    /// Holds a message of mine that the broker has refused because it does not know the group, and those that follow
    /// there, until the group is opened again. Returns whether it is the first one.
    pub(super) fn hold_refused(&mut self, row: RowId, name: &GroupName) -> bool {
        let is_first = self.held_in(name).next().is_none();
        self.held.insert(row, Attempt::Again);
        if let Some(open) = &mut self.open_groups {
            open.remove(name);
        }
        is_first
    }

    /// My messages in a group that are held, with their numbers.
    pub(super) fn held_in(&self, name: &GroupName) -> impl Iterator<Item = (RowId, u64)> {
        self.held_messages().filter(move |(_, group, _)| *group == name).map(|(row, _, n)| (row, n))
    }

    /// My messages in groups that are held.
    pub(super) fn held_messages(&self) -> impl Iterator<Item = (RowId, &GroupName, u64)> {
        self.held.keys().filter_map(|row| match &self.outbox.get(row)?.message {
            Some((ConversationId::Group(name), n)) => Some((*row, name, *n)),
            _ => None,
        })
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

    /// Removes a row that the broker has answered.
    pub(super) fn remove_row(&mut self, row: RowId) -> Option<OutboxRow> {
        self.persist(Operation::RemoveOutbox(row));
        self.held.remove(&row);
        self.outbox.remove(&row)
    }

    /// Removes a row, so that no connection publishes it, or publishes it again.
    pub(super) fn cancel_row(&mut self, row: RowId) -> Option<OutboxRow> {
        self.output(Output::Forget(row));
        self.remove_row(row)
    }

    /// Replaces the text of a message of mine that no connection has published yet. Returns whether it did.
    pub(super) fn rewrite_held(&mut self, row: RowId, text: &str) -> bool {
        let is_unpublished = self.held.get(&row) == Some(&Attempt::First);
        let Some(waiting) = self.outbox.get_mut(&row).filter(|_| is_unpublished) else { return false };
        let (Ok(publication), Some((conversation, n))) = (&mut waiting.publication, waiting.message.clone()) else {
            return false;
        };
        let Content::Talk(_, _, Body::Text(known)) = &mut publication.content else { return false };
        text.clone_into(known);
        let publication = wire::encode(&self.identity.prefix, publication);
        let message = Some((conversation.clone(), n));
        self.persist(Operation::PutOutbox(StoredRow { row, publication, message, failure: None }));
        self.persist(Operation::SetText { conversation: conversation.clone(), n, text: text.to_owned() });
        self.emit(Event::TextChanged { conversation, n, text: text.to_owned() });
        true
    }

    /// A new row ID, higher than all others.
    fn next_row(&mut self) -> RowId {
        self.last_row.0 += 1;
        self.last_row
    }

    /// Marks the row of my message number `n` as refused by the broker. It stays in the outbox until the user decides.
    pub(super) fn fail_row(&mut self, row: RowId, conversation: ConversationId, n: u64, why: DeliveryFailure) {
        self.held.remove(&row);
        self.outbox.entry(row).and_modify(|row| row.failure = Some(why.clone()));
        self.note_failure(conversation, n, why);
    }

    /// Hides my message number `n`, which was not delivered.
    pub(super) fn hide(&mut self, conversation: ConversationId, n: u64) {
        self.persist(Operation::Hide { conversation: conversation.clone(), n });
        self.emit(Event::Hidden { conversation, n });
    }

    /// Stores and reports why my message number `n` was not delivered.
    pub(super) fn note_failure(&mut self, conversation: ConversationId, n: u64, why: DeliveryFailure) {
        self.persist(Operation::SetFailure { conversation: conversation.clone(), n, failure: why.clone() });
        self.emit(Event::FailureChanged { conversation, n, failure: why });
    }
}
