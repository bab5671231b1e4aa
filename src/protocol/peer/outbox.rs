//! The outbox: what the broker has not taken yet, in order, and what it has refused.

use std::collections::BTreeMap;

use super::Peer;
use crate::{
    domain::{Body, ConversationId, DROPPED, Now, Relation},
    protocol::{
        Refusal,
        event::{Event, Output},
        operation::{Operation, OutboxRow},
        publication::{PubOutcome, Publication, Row},
        wire::{self, Content},
    },
};

#[derive(Debug, Default)]
pub(super) struct Outbox {
    rows: BTreeMap<Row, OutboxRow>,
    last: u64,
}

impl Outbox {
    pub(super) fn restore(rows: Vec<OutboxRow>) -> Self {
        let rows: BTreeMap<Row, OutboxRow> = rows.into_iter().map(|row| (row.row, row)).collect();
        let last = rows.last_key_value().map_or(0, |(row, _)| row.0);
        Self { rows, last }
    }

    /// A place behind all others.
    pub(super) fn next_row(&mut self) -> Row {
        self.last += 1;
        Row(self.last)
    }

    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = &OutboxRow> + ExactSizeIterator {
        self.rows.values()
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

    fn post_row(&mut self, publication: Publication, message: Option<(ConversationId, u64)>) {
        let row = self.outbox.next_row();
        let kept = OutboxRow { row, publication: publication.clone(), message, failure: None };
        self.outbox.rows.insert(row, kept.clone());
        self.keep(Operation::PutOutbox(kept));
        self.output(Output::Publish { row: Some(row), publication });
    }

    /// Publishes on this connection only; nobody misses it if it gets lost.
    pub(super) fn hint(&mut self, publication: Publication) {
        if self.is_linked() {
            self.output(Output::Publish { row: None, publication });
        }
    }

    /// The broker has answered for a row.
    pub(super) fn published(&mut self, now: Now, row: Row, outcome: PubOutcome) {
        let Some(message) = self.outbox.rows.get(&row).map(|waiting| waiting.message.clone()) else {
            return self.clear_answered(row, outcome);
        };
        match (message, outcome) {
            // What somebody has already was taken the time before, when the answer did not come through.
            (Some((conversation, n)), PubOutcome::Refused(why)) if !self.has_arrived(&conversation, n) => {
                if let Some(waiting) = self.outbox.rows.get_mut(&row) {
                    waiting.failure = Some(why.clone());
                }
                self.note_failure(conversation, n, why);
            }
            (message, outcome) => {
                let sent = self.forget_row(row);
                match (message, outcome) {
                    (Some((id, n)), _) => {
                        self.taken(now, &id, n);
                        let written = sent.and_then(|sent| self.written(&sent));
                        if let Some((of, text)) = written.and_then(|(_, body, relation)| body.edit(relation)) {
                            self.edit(&id, of, self.me.clone(), text);
                        }
                    }
                    (None, PubOutcome::Refused(why)) => {
                        if let Some(waited) = sent {
                            self.tell(Event::NotTaken { waited, why });
                        }
                    }
                    (None, _) => {
                        if let Some(alike) = sent.and_then(|sent| self.on_the_alias(&sent.publication)) {
                            self.post(alike);
                        }
                    }
                }
            }
        }
    }

    /// Whether some reader has my message number `n`.
    pub(super) fn has_arrived(&self, id: &ConversationId, n: u64) -> bool {
        self.progress(id).any(|(_, progress)| progress.joined < n && progress.acked >= n)
    }

    /// The broker has my message number `n`.
    fn taken(&mut self, now: Now, id: &ConversationId, n: u64) {
        if let Some(conversation) = self.conversations.get_mut(id)
            && conversation.at_broker < n
        {
            conversation.at_broker = n;
            self.keep_conversation(id);
            self.left(now, id, n);
        }
    }

    fn forget_row(&mut self, row: Row) -> Option<OutboxRow> {
        self.keep(Operation::RemoveOutbox(row));
        self.outbox.rows.remove(&row)
    }

    fn note_failure(&mut self, conversation: ConversationId, n: u64, why: String) {
        self.keep(Operation::SetFailure { conversation: conversation.clone(), n, failure: why.clone() });
        self.tell(Event::FailureChanged { conversation, n, failure: why });
    }

    /// The user does not want it sent any more. Its number stays free: readers are told so when they miss it.
    pub(super) fn drop_waiting(&mut self, row: Row) -> Result<(), Refusal> {
        let Some((conversation, n)) = self.outbox.rows.get(&row).and_then(|waiting| waiting.message.clone()) else {
            return Err(Refusal::NotDroppable);
        };
        self.forget_row(row);
        self.note_failure(conversation, n, DROPPED.to_owned());
        self.output(Output::Forget(row));
        Ok(())
    }

    /// What was refused is written anew, as the newest, so that its readers have all in one order.
    pub(super) fn send_failed_again(&mut self, now: Now, row: Row) -> Result<(), Refusal> {
        let Some(waiting) = self.outbox.rows.get(&row).filter(|waiting| waiting.message.is_some()) else {
            return Err(Refusal::NotInOutbox);
        };
        if waiting.failure.is_none() {
            return Err(Refusal::NotRefused);
        }
        let Some((conversation, body, relation)) = self.written(waiting) else {
            return Err(Refusal::UnreadableRow);
        };
        if self.conversations.get(&conversation).is_none_or(|known| !known.phase.is_open()) {
            return Err(Refusal::ConversationOver);
        }
        self.drop_waiting(row)?;
        if body != Body::End {
            self.take_back_end(&conversation);
        }
        self.write(now, &conversation, body, relation);
        Ok(())
    }

    /// What a message in the outbox says, and what it has to do with an earlier one.
    pub fn written(&self, waiting: &OutboxRow) -> Option<(ConversationId, Body, Option<Relation>)> {
        match wire::decode(&self.prefix, &waiting.publication.to_inbound(false)).ok()? {
            (_, Content::Talk(conversation, _, body), properties) => Some((conversation, body, properties.relation())),
            _ => None,
        }
    }

    /// What a publication in the outbox says; `None` where it was made under another topic prefix.
    pub fn reread(&self, waiting: &OutboxRow) -> Option<Content> {
        let (_, content, _) = wire::decode(&self.prefix, &waiting.publication.to_inbound(false)).ok()?;
        Some(content)
    }

    /// Writes the conversation as it stands to the store.
    pub(super) fn keep_conversation(&mut self, id: &ConversationId) {
        if let Some(conversation) = self.conversations.get(id) {
            self.keep(Operation::PutConversation(conversation.clone()));
        }
    }
}
