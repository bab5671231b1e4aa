//! The outbox: what the broker has not taken yet, in order. The publications themselves are in the store
//! and with the client; here is only which rows are open and what they carry.

use std::collections::BTreeMap;

use super::Peer;
use crate::{
    domain::{ConversationId, Timestamp},
    protocol::{
        event::{Event, Output},
        operation::{Operation, OutboxRow},
        publication::{PubOutcome, Publication, Row},
    },
};

/// A message of mine: where, and its number.
type Carried = Option<(ConversationId, u64)>;

#[derive(Debug, Default)]
pub(super) struct Outbox {
    rows: BTreeMap<Row, Carried>,
    last: u64,
}

impl Outbox {
    pub(super) fn restore(rows: Vec<OutboxRow>) -> Self {
        let rows: BTreeMap<Row, Carried> = rows.into_iter().map(|row| (row.row, row.message)).collect();
        let last = rows.last_key_value().map_or(0, |(row, _)| row.0);
        Self { rows, last }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
}

impl Peer {
    /// Publishes through the outbox: kept until the broker has it.
    pub(super) fn post(&mut self, publication: Publication) {
        self.post_row(publication, None);
    }

    /// As [`Self::post`], for a message of mine.
    pub(super) fn post_message(&mut self, publication: Publication, conversation: ConversationId, n: u64) {
        self.post_row(publication, Some((conversation, n)));
    }

    fn post_row(&mut self, publication: Publication, message: Carried) {
        self.outbox.last += 1;
        let row = Row(self.outbox.last);
        self.outbox.rows.insert(row, message.clone());
        self.keep(Operation::PutOutbox { row, publication: publication.clone(), message });
        self.output(Output::Publish { row: Some(row), publication });
    }

    /// Publishes on this connection only; nobody misses it if it gets lost.
    pub(super) fn hint(&mut self, publication: Publication) {
        if self.is_linked() {
            self.output(Output::Publish { row: None, publication });
        }
    }

    /// The broker has answered for a row.
    pub(super) fn published(&mut self, now: Timestamp, row: Row, outcome: PubOutcome) {
        let Some(message) = self.outbox.rows.remove(&row) else { return };
        self.keep(Operation::RemoveOutbox(row));
        match (message, outcome) {
            (Some((id, n)), PubOutcome::Taken | PubOutcome::NobodyListens) => {
                if let Some(conversation) = self.conversations.get_mut(&id)
                    && conversation.at_broker < n
                {
                    conversation.at_broker = n;
                    self.keep_conversation(&id);
                    self.left(now, &id, n);
                }
            }
            (Some((conversation, n)), PubOutcome::Refused(why)) => {
                let failure = Some(why);
                self.keep(Operation::SetFailure { conversation: conversation.clone(), n, failure: failure.clone() });
                self.tell(Event::FailureChanged { conversation, n, failure });
            }
            (None, PubOutcome::Refused(why)) => self.refuse(format!("the broker refused a publication: {why}")),
            (None, _) => {}
        }
    }

    /// Writes the conversation as it stands to the store.
    pub(super) fn keep_conversation(&mut self, id: &ConversationId) {
        if let Some(conversation) = self.conversations.get(id) {
            self.keep(Operation::PutConversation(conversation.clone()));
        }
    }
}
