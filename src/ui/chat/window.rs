//! Which rows of a conversation are seen.
//!
//! Works on blocks: message `seq` with the separators above it is one block of some rows. Only blocks on the
//! screen and up to a move's length beyond it are ever laid out.

use crate::ui::row::Row;

/// One row of a conversation: of which block, and which of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The message's place.
    pub seq: u64,
    /// The row of its block.
    pub row: usize,
}

/// The rows that are seen, and where they are from.
#[derive(Debug)]
pub struct Window {
    /// What is seen, from the top.
    pub rows: Vec<(Spot, Row)>,
    /// The lowest row that is seen; `None` if that is the end of the conversation.
    pub bottom: Option<Spot>,
}

/// Lays out blocks: a function from a message's place to its rows, of which there is at least one.
pub struct Blocks<F> {
    len: u64,
    first: u64,
    block: F,
}

impl<F: FnMut(u64) -> Vec<Row>> Blocks<F> {
    /// A conversation whose messages `first..len` are at hand.
    pub fn new(first: u64, len: u64, block: F) -> Self {
        Self { len, first: first.min(len), block }
    }

    /// The last row there is.
    fn end(&mut self) -> Option<Spot> {
        let seq = self.len.checked_sub(1).filter(|seq| *seq >= self.first)?;
        Some(Spot { seq, row: self.last_row(seq) })
    }

    fn last_row(&mut self, seq: u64) -> usize {
        (self.block)(seq).len().saturating_sub(1)
    }

    /// The row `by` rows below `spot` (above, where negative), or the last there is in that direction.
    pub fn moved(&mut self, spot: Spot, by: i64) -> Spot {
        let mut spot = spot;
        let mut left = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
        if by < 0 {
            while left > spot.row && spot.seq > self.first {
                left -= spot.row + 1;
                spot.seq -= 1;
                spot.row = self.last_row(spot.seq);
            }
            spot.row -= left.min(spot.row);
        } else {
            let mut last = self.last_row(spot.seq);
            while left > last.saturating_sub(spot.row) && spot.seq + 1 < self.len {
                left -= last.saturating_sub(spot.row) + 1;
                spot = Spot { seq: spot.seq + 1, row: 0 };
                last = self.last_row(spot.seq);
            }
            spot.row = (spot.row + left).min(last);
        }
        spot
    }

    /// As [`Self::window`], after moving `by` rows down (up, where negative).
    pub fn moved_window(&mut self, bottom: Option<Spot>, by: i64, height: usize) -> Window {
        let Some(end) = self.end().filter(|_| by != 0) else {
            return self.window(bottom, height);
        };
        let start = bottom.map_or(end, |spot| self.clamped(spot, end));
        let moved = self.moved(start, by);
        self.window(Some(moved), height)
    }

    /// The rows that end with `bottom` or, without one, with the end. Where that leaves the top empty, it is
    /// filled from below instead.
    pub fn window(&mut self, bottom: Option<Spot>, height: usize) -> Window {
        let nothing = Window { rows: Vec::new(), bottom: None };
        let Some(end) = self.end() else {
            return nothing;
        };
        if height == 0 {
            return Window { bottom, ..nothing };
        }
        let bottom = bottom.map_or(end, |spot| self.clamped(spot, end));
        let start = Spot { seq: self.first, row: 0 };
        let top = self.moved(bottom, -i64::try_from(height - 1).unwrap_or(i64::MAX));
        let bottom =
            if top == start { self.moved(start, i64::try_from(height - 1).unwrap_or(i64::MAX)) } else { bottom };
        let mut rows = Vec::with_capacity(height);
        for seq in top.seq..=bottom.seq {
            let block = (self.block)(seq).into_iter().enumerate();
            rows.extend(
                block
                    .map(|(row, content)| (Spot { seq, row }, content))
                    .filter(|(spot, _)| (top..=bottom).contains(spot)),
            );
        }
        Window { rows, bottom: (bottom < end).then_some(bottom) }
    }

    fn clamped(&mut self, spot: Spot, end: Spot) -> Spot {
        let seq = spot.seq.clamp(self.first, end.seq);
        let row = if seq == spot.seq { spot.row.min(self.last_row(seq)) } else { 0 };
        Spot { seq, row }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::Style;

    use super::*;

    /// Message `seq` has `seq % 3 + 1` rows.
    fn blocks(len: u64) -> Blocks<impl FnMut(u64) -> Vec<Row>> {
        Blocks::new(0, len, |seq| {
            let mut row = Row::new();
            row.push(seq.to_string(), Style::new());
            vec![row; usize::try_from(seq % 3).unwrap() + 1]
        })
    }

    fn spots(window: &Window) -> Vec<(u64, usize)> {
        window.rows.iter().map(|(spot, _)| (spot.seq, spot.row)).collect()
    }

    #[test]
    fn without_an_anchor_the_end_is_seen() {
        let window = blocks(4).window(None, 3);
        assert_eq!((spots(&window), window.bottom), (vec![(2, 1), (2, 2), (3, 0)], None));
    }

    #[test]
    fn an_anchor_stays_where_it_is_when_messages_arrive() {
        let bottom = Some(Spot { seq: 2, row: 0 });
        let before = blocks(4).window(bottom, 2);
        let after = blocks(40).window(bottom, 2);
        assert_eq!(spots(&before), [(1, 1), (2, 0)]);
        assert_eq!((spots(&before), before.bottom), (spots(&after), after.bottom));
    }

    #[test]
    fn at_the_top_the_screen_is_filled_from_below() {
        let window = blocks(9).window(Some(Spot { seq: 0, row: 0 }), 3);
        assert_eq!(spots(&window), [(0, 0), (1, 0), (1, 1)]);
        assert_eq!(window.bottom, Some(Spot { seq: 1, row: 1 }));
    }

    #[test]
    fn a_short_conversation_is_seen_whole() {
        let window = blocks(2).window(None, 10);
        assert_eq!((spots(&window), window.bottom), (vec![(0, 0), (1, 0), (1, 1)], None));
        assert!(blocks(0).window(None, 10).rows.is_empty());
    }

    proptest! {
        #[test]
        fn moving_there_and_back_returns(seq in 0_u64..30, row in 0_usize..3, by in 0_i64..40) {
            let mut blocks = blocks(30);
            let start = blocks.moved(Spot { seq, row: row.min(usize::try_from(seq % 3).unwrap()) }, 0);
            let there = blocks.moved(start, by);
            let end = blocks.end().unwrap();
            if there != end {
                prop_assert_eq!(blocks.moved(there, -by), start);
            }
        }

        #[test]
        fn the_window_is_full_or_shows_all(
            len in 0_u64..30, seq in 0_u64..60, row in 0_usize..9, height in 0_usize..40,
        ) {
            let window = blocks(len).window(Some(Spot { seq, row }), height);
            let all: usize = (0..len).map(|seq| usize::try_from(seq % 3).unwrap() + 1).sum();
            prop_assert_eq!(window.rows.len(), all.min(height));
            prop_assert!(window.rows.is_sorted_by_key(|(spot, _)| *spot));
        }
    }
}
