//! The broker's answers to publications, and the user's decisions about refused messages.

use std::collections::BTreeSet;

use super::super::{Peer, context::Context, control_messages, conversations::edit};
use crate::{
    domain::{Body, ConversationId, DeliveryFailure, Edit, GroupName, MessageId, Relation, ensure},
    protocol::{Event, Notice, OutboxRow, PubOutcome, Refusal, RowId},
};

impl Peer {
    /// The broker has accepted or refused the publication of a row.
    pub(in super::super) fn published(&mut self, row: RowId, outcome: PubOutcome) {
        let Some(message) = self.egress.row(row).map(|waiting| waiting.message.clone()) else {
            if let Some(user) = self.clears.answered(row, outcome, &mut self.egress) {
                self.forgotten(user);
            }
            return;
        };
        match (message, outcome) {
            (Some((ConversationId::Group(name), _)), PubOutcome::Refused(DeliveryFailure::NotAllowed))
                if !self.link.is_up() || self.groups.is_unshown(&name) =>
            {
                // The broker may have lost the group with its other data. The leader's papo publishes the record again.
                if self.egress.hold_refused(row, &name) {
                    self.egress.notify(Notice::GroupUnknownToBroker(name));
                }
            }
            // If a reader already has the message, the broker accepted it at an earlier attempt and its answer was
            // lost.
            (Some((id, n)), PubOutcome::Refused(why)) if !self.conversations.has_arrived(&id, n) => {
                self.egress.fail_row(row, id, n, why);
            }
            (Some((id, n)), _) => self.message_taken(row, &id, n),
            (None, PubOutcome::Refused(why)) => {
                let Some(row) = self.egress.remove_row(row) else { return };
                if self.undo_creation(&row, &why) {
                    return;
                }
                if let Ok(refused) = &row.publication {
                    if self.is_of_lost_creation(refused) || self.is_of_lead_taken_back(refused) {
                        return;
                    }
                    self.take_lead_back(refused);
                }
                self.egress.emit(Event::RowRefused { row: Box::new(row), why });
            }
            (None, PubOutcome::Taken | PubOutcome::NobodyListens) => {
                let taken = self.egress.remove_row(row).and_then(|waited| waited.publication.ok());
                if let Some(taken) = &taken {
                    self.creation_accepted(taken);
                }
                if let Some(alias) = taken.and_then(|taken| control_messages::for_clients_topic(taken, &self.roster)) {
                    self.egress.enqueue(alias);
                }
            }
        }
    }

    /// My messages that wait for a group which I am no longer in fail: another group may have the name by now.
    pub(super) fn fail_held_messages(&mut self, name: &GroupName) {
        let id = ConversationId::Group(name.clone());
        for (row, n) in self.egress.held_in(name).collect::<Vec<_>>() {
            // The broker may have accepted it on an earlier connection.
            if self.conversations.has_arrived(&id, n) {
                self.message_taken(row, &id, n);
            } else {
                self.egress.fail_row(row, id.clone(), n, DeliveryFailure::NotInGroup);
            }
        }
    }

    /// The same for all groups that I am no longer in.
    pub(super) fn fail_messages_of_former_groups(&mut self) {
        let held = self.egress.held_messages().map(|(_, name, _)| name);
        let former: BTreeSet<GroupName> = held.filter(|name| !self.conversations.is_in_group(name)).cloned().collect();
        for name in &former {
            self.fail_held_messages(name);
        }
    }

    /// Tells the user that messages wait, if the broker does not know the group, or knows another one of that name.
    pub(super) fn notify_of_waiting(&mut self, name: &GroupName) {
        if let Some(notice) = self.waiting_in(name) {
            self.egress.notify(notice);
        }
    }

    /// What to tell the user of my messages in a group that wait although there is a connection; [`None`] if none do.
    pub(in super::super) fn waiting_in(&self, name: &GroupName) -> Option<Notice> {
        if self.egress.is_open(name) || !self.groups.is_overdue(name) {
            return None;
        }
        let is_led_by_me = self.groups.leader(name) == Some(self.egress.me());
        let notice = if is_led_by_me { Notice::GroupNameTaken } else { Notice::GroupUnknownToBroker };
        Some(notice(name.clone()))
    }

    /// Opens a group that has no record at the broker, since its leader uses a plain client. On a broker that does not
    /// protect groups, opens any.
    pub(super) fn open_if_unrecorded(&mut self, name: &GroupName) {
        if !self.link.names_senders() || self.groups.get(name).is_some_and(|group| group.rev == 0) {
            self.egress.open_group(name);
        }
    }

    /// The broker has accepted my message number `n`.
    fn message_taken(&mut self, row: RowId, id: &ConversationId, n: u64) {
        let taken = self.egress.remove_row(row);
        let is_late = !self.conversations.accepted_by_broker(id, n, &mut self.egress);
        if !is_late {
            let context = Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
            self.reminders.expect_receipts(self.egress.now(), id, n, context);
            self.wake_peer(id, n);
            if let ConversationId::Group(group) = id {
                self.report(group, &self.egress.me().clone());
            }
        }
        if let Some(applied) = taken.as_ref().and_then(|taken| taken.as_edit(self.egress.me())) {
            edit(id, Edit { is_late, ..applied }, &mut self.egress);
        }
    }

    /// Drops a message. Its number stays unused; a later retransmission says so with `after`.
    pub(in super::super) fn drop_waiting(&mut self, row: RowId) -> Result<(), Refusal> {
        self.drop_message(row).map(drop)
    }

    /// Removes a message from the outbox. Returns its conversation and its number.
    fn drop_message(&mut self, row: RowId) -> Result<(ConversationId, u64), Refusal> {
        let message = self.egress.row(row).and_then(|waiting| waiting.message.clone());
        let (conversation, n) = message.ok_or(Refusal::NotDroppable)?;
        self.egress.note_failure(conversation.clone(), n, DeliveryFailure::Dropped);
        self.egress.cancel_row(row);
        Ok((conversation, n))
    }

    /// Sends a refused message as a new one that replaces it, so that all readers see the same order.
    pub(in super::super) fn send_failed_again(&mut self, row: RowId) -> Result<(), Refusal> {
        let waiting = self.egress.row(row).filter(|waiting| waiting.message.is_some()).ok_or(Refusal::NotInOutbox)?;
        ensure(waiting.failure.is_some(), Refusal::NotRefused)?;
        let (id, body, relation) = waiting.decoded_message().ok_or(Refusal::UnreadableRow)?;
        let (id, body) = (id.clone(), body.clone());
        ensure(self.conversations.is_open(&id), Refusal::ConversationOver)?;
        self.ensure_not_blocked(&id)?;
        self.write_instead(row, body, relation)
    }

    /// The row of the latest version of a message: the message itself, or an edit of it. `None` if none waits in the
    /// outbox.
    fn row_of(&self, id: &ConversationId, original: MessageId) -> Option<&OutboxRow> {
        let is_version =
            |row: &&OutboxRow| row.message.as_ref().is_some_and(|(of, _)| of == id) && row.original() == Some(original);
        self.egress.rows().rev().find(is_version)
    }

    /// Replaces the text of a message that waits in the outbox. One that was not published yet changes in place, and a
    /// refused one is sent as a new message that replaces it. Returns false for any other: only an edit that follows it
    /// changes it for all readers.
    pub(super) fn rewrite(&mut self, id: &ConversationId, original: MessageId, text: &str) -> Result<bool, Refusal> {
        let Some(waiting) = self.row_of(id, original) else { return Ok(false) };
        let row = waiting.row;
        if waiting.failure.is_some() {
            let relation = waiting.decoded_message().and_then(|(_, _, relation)| relation);
            self.write_instead(row, Body::Text(text.to_owned()), relation)?;
            return Ok(true);
        }
        Ok(self.egress.rewrite_held(row, text))
    }

    /// Writes a new message in place of one that the broker has refused.
    fn write_instead(&mut self, row: RowId, body: Body, relation: Option<Relation>) -> Result<(), Refusal> {
        let (id, n) = self.drop_message(row)?;
        self.egress.hide(id.clone(), n);
        self.write(&id, body, relation);
        Ok(())
    }

    /// Sends a message that the user had dropped as a new one that replaces it.
    pub(in super::super) fn send_dropped(
        &mut self,
        id: ConversationId,
        n: u64,
        text: String,
        relation: Option<Relation>,
    ) -> Result<(), Refusal> {
        self.send(id.clone(), text, relation)?;
        self.egress.hide(id, n);
        Ok(())
    }
}
