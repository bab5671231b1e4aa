//! The rows that the broker has not answered for, in order.
//!
//! Invariant: the first `open` rows have been submitted on the current connection and are unanswered; the rows behind
//! them have not been submitted on it.

use std::collections::VecDeque;

use crate::protocol::{Publication, Row};

/// Rows in order and the cursor between those submitted and those not.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    rows: VecDeque<(Row, Publication)>,
    open: usize,
}

impl Outbox {
    /// Starts with the rows of earlier runs.
    pub(super) fn new(backlog: Vec<(Row, Publication)>) -> Self {
        Self { rows: backlog.into(), open: 0 }
    }

    /// Appends a row.
    pub(super) fn push(&mut self, row: Row, publication: Publication) {
        self.rows.push_back((row, publication));
    }

    /// The oldest row that is not submitted yet.
    pub(super) fn next(&self) -> Option<(Row, &Publication)> {
        self.rows.get(self.open).map(|(row, publication)| (*row, publication))
    }

    /// Marks [`next`](Self::next) as submitted.
    pub(super) fn advance(&mut self) {
        debug_assert!(self.open < self.rows.len(), "advance follows next");
        self.open += 1;
    }

    /// How many rows are in flight.
    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// Removes a row; returns whether it was there.
    pub(super) fn remove(&mut self, row: Row) -> bool {
        // Brokers answer in order nearly always, so the search ends at the front.
        let Some(at) = self.rows.iter().position(|(other, _)| *other == row) else {
            return false;
        };
        self.rows.remove(at);
        if at < self.open {
            self.open -= 1;
        }
        true
    }

    /// The row in flight, if it is the only one.
    pub(super) fn only_open(&self) -> Option<Row> {
        self.rows.front().filter(|_| self.open == 1).map(|(row, _)| *row)
    }

    /// Starts over with the oldest row: nothing has been submitted on a new connection.
    pub(super) fn rewind(&mut self) {
        self.open = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Qos;

    fn publication() -> Publication {
        Publication {
            topic: "t".into(),
            payload: Vec::new(),
            retain: false,
            qos: Qos::AtLeastOnce,
            content_type: None,
            expiry: None,
            properties: Vec::new(),
        }
    }

    fn next(outbox: &Outbox) -> Option<u64> {
        outbox.next().map(|(row, _)| row.0)
    }

    #[test]
    fn rewinding_submits_again_from_the_oldest_without_an_answer() {
        let mut outbox = Outbox::new((1..=4).map(|row| (Row(row), publication())).collect());
        for _ in 0..3 {
            outbox.advance();
        }
        assert_eq!((next(&outbox), outbox.open()), (Some(4), 3));
        assert!(outbox.remove(Row(2)));
        assert!(!outbox.remove(Row(2)));
        assert_eq!((next(&outbox), outbox.open()), (Some(4), 2));
        outbox.rewind();
        assert_eq!((next(&outbox), outbox.open()), (Some(1), 0));
        outbox.advance();
        assert_eq!(next(&outbox), Some(3));
    }

    #[test]
    fn removing_an_unsubmitted_row_moves_to_the_one_behind() {
        let mut outbox = Outbox::default();
        outbox.push(Row(7), publication());
        outbox.push(Row(8), publication());
        assert!(outbox.remove(Row(7)));
        assert_eq!((next(&outbox), outbox.open()), (Some(8), 0));
    }
}
