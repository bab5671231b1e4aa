//! The outbox: what the broker has not taken yet, in order, and the messages that it has refused.
//!
//! Invariant: rows only go up, also over restarts. Rows are typed in memory; the store has them encoded.

use std::collections::BTreeMap;

use crate::{
    domain::{ConversationId, DeliveryFailure},
    protocol::{OutboxRow, Row, StoredRow, TypedPublication},
};

#[derive(Debug, Default)]
pub(super) struct Outbox {
    rows: BTreeMap<Row, OutboxRow>,
    last: u64,
}

impl Outbox {
    pub(super) fn restore(prefix: &str, stored: Vec<StoredRow>) -> Self {
        let decode = |StoredRow { row, publication, message, failure }: StoredRow| {
            // A row that was made under another prefix is still sent; it cannot be read here.
            let decoded = TypedPublication::decode(prefix, &publication).map_err(|_| publication.topic);
            (row, OutboxRow { row, publication: decoded, message, failure })
        };
        let rows: BTreeMap<Row, OutboxRow> = stored.into_iter().map(decode).collect();
        let last = rows.last_key_value().map_or(0, |(row, _)| row.0);
        Self { rows, last }
    }

    /// A place behind all others.
    pub(super) fn next_row(&mut self) -> Row {
        self.last += 1;
        Row(self.last)
    }

    /// Adds a publication behind all others.
    pub(super) fn push(&mut self, publication: TypedPublication, message: Option<(ConversationId, u64)>) -> Row {
        let row = self.next_row();
        self.rows.insert(row, OutboxRow { row, publication: Ok(publication), message, failure: None });
        row
    }

    pub(super) fn get(&self, row: Row) -> Option<&OutboxRow> {
        self.rows.get(&row)
    }

    pub(super) fn remove(&mut self, row: Row) -> Option<OutboxRow> {
        self.rows.remove(&row)
    }

    /// The broker has refused a row, which stays until the user decides.
    pub(super) fn fail(&mut self, row: Row, why: DeliveryFailure) {
        if let Some(row) = self.rows.get_mut(&row) {
            row.failure = Some(why);
        }
    }

    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = &OutboxRow> + ExactSizeIterator {
        self.rows.values()
    }
}
