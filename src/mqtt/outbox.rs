//! The rows that the broker has neither acknowledged nor refused, in order.
//!
//! Invariant: the first `in_flight` rows have been submitted on the current connection and are unanswered; the rows
//! behind them have not been submitted on it.

use std::collections::VecDeque;

use crate::protocol::{Publication, RowId};

/// Rows in order, and how many of them are submitted.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    rows: VecDeque<(RowId, Publication)>,
    in_flight: usize,
}

impl Outbox {
    /// Starts with the rows of earlier runs.
    pub(super) fn new(backlog: Vec<(RowId, Publication)>) -> Self {
        Self { rows: backlog.into(), in_flight: 0 }
    }

    pub(super) fn push(&mut self, row: RowId, publication: Publication) {
        self.rows.push_back((row, publication));
    }

    /// The oldest row not yet submitted on this connection.
    pub(super) fn next(&self) -> Option<(RowId, &Publication)> {
        self.rows.get(self.in_flight).map(|(row, publication)| (*row, publication))
    }

    /// Marks [`next`](Self::next) as submitted.
    pub(super) fn advance(&mut self) {
        debug_assert!(self.in_flight < self.rows.len(), "there is a row to mark as submitted");
        self.in_flight += 1;
    }

    /// How many rows are submitted and unacknowledged.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Removes a row; returns whether it was there.
    pub(super) fn remove(&mut self, row: RowId) -> bool {
        // Brokers nearly always acknowledge in order, so the row is near the front.
        let Some(at) = self.rows.iter().position(|(other, _)| *other == row) else {
            return false;
        };
        self.rows.remove(at);
        if at < self.in_flight {
            self.in_flight -= 1;
        }
        true
    }

    /// The row in flight, if there is exactly one.
    pub(super) fn only_in_flight(&self) -> Option<RowId> {
        self.rows.front().filter(|_| self.in_flight == 1).map(|(row, _)| *row)
    }

    /// Starts over at the oldest row, for a new connection.
    pub(super) fn rewind(&mut self) {
        self.in_flight = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publication() -> Publication {
        Publication::new("t", "")
    }

    fn next(outbox: &Outbox) -> Option<u64> {
        outbox.next().map(|(row, _)| row.0)
    }

    #[test]
    fn rewind_resubmits_from_the_oldest_unacknowledged_row() {
        let mut outbox = Outbox::new((1..=4).map(|row| (RowId(row), publication())).collect());
        for _ in 0..3 {
            outbox.advance();
        }
        assert_eq!((next(&outbox), outbox.in_flight()), (Some(4), 3));
        assert!(outbox.remove(RowId(2)));
        assert!(!outbox.remove(RowId(2)));
        assert_eq!((next(&outbox), outbox.in_flight()), (Some(4), 2));
        outbox.rewind();
        assert_eq!((next(&outbox), outbox.in_flight()), (Some(1), 0));
        outbox.advance();
        assert_eq!(next(&outbox), Some(3));
    }

    #[test]
    fn removing_an_unsubmitted_row_moves_to_the_next() {
        let mut outbox = Outbox::default();
        outbox.push(RowId(7), publication());
        outbox.push(RowId(8), publication());
        assert!(outbox.remove(RowId(7)));
        assert_eq!((next(&outbox), outbox.in_flight()), (Some(8), 0));
    }
}
