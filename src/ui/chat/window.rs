//! Scrolling: which rows of a conversation are visible.
//!
//! A block is the message at position `seq`, with the separators above it. It has no rows if the message is not shown,
//! as an edit whose original has its text; no [`Spot`] is in such a block. Only the blocks on
//! the screen, and those that a scroll step passes, are laid out.

use std::collections::BTreeMap;

use crate::{app::Scroll, ui::row::Row};

/// The position of a row in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The message's position in the conversation.
    pub seq: u64,
    /// The row of its block, from 0.
    pub row: usize,
}

/// The visible rows, and the scroll position.
#[derive(Debug)]
pub struct View {
    /// The visible rows, from the top.
    pub rows: Vec<(Spot, Row)>,
    /// The position of the lowest row, clamped to both ends of the conversation; [`Scroll::Bottom`] at its end.
    pub scroll: Scroll,
    /// The scroll position one page up, where the top row of this view is the lowest; `None` if fewer than two rows
    /// fit.
    pub above: Option<Scroll>,
}

/// Lays out blocks with the function `block`, which returns the rows of a message.
pub struct Blocks<F> {
    len: u64,
    first: u64,
    block: F,
    /// The height and the rows of each block that is laid out. `view` takes the rows, and keeps the height.
    laid: BTreeMap<u64, (usize, Vec<Row>)>,
}

impl<F: FnMut(u64) -> Vec<Row>> Blocks<F> {
    /// A conversation of which the messages `first..len` are loaded.
    pub fn new(first: u64, len: u64, block: F) -> Self {
        Self { len, first: first.min(len), block, laid: BTreeMap::new() }
    }

    /// The first row of the conversation.
    pub fn start(&mut self) -> Option<Spot> {
        (self.first..self.len).find(|seq| self.has_rows(*seq)).map(|seq| Spot { seq, row: 0 })
    }

    /// The last row of the conversation.
    fn end(&mut self) -> Option<Spot> {
        let seq = self.before(self.len)?;
        Some(Spot { seq, row: self.last_row(seq) })
    }

    fn has_rows(&mut self, seq: u64) -> bool {
        self.laid(seq).0 > 0
    }

    /// The last message before `seq` that has rows.
    fn before(&mut self, seq: u64) -> Option<u64> {
        (self.first..seq).rev().find(|seq| self.has_rows(*seq))
    }

    /// The first message after `seq` that has rows.
    fn after(&mut self, seq: u64) -> Option<u64> {
        (seq + 1..self.len).find(|seq| self.has_rows(*seq))
    }

    fn laid(&mut self, seq: u64) -> &mut (usize, Vec<Row>) {
        let block = &mut self.block;
        self.laid.entry(seq).or_insert_with(|| {
            let rows = block(seq);
            (rows.len(), rows)
        })
    }

    fn last_row(&mut self, seq: u64) -> usize {
        self.laid(seq).0.saturating_sub(1)
    }

    /// The row `by` rows below `spot` (above if negative), or the last row in that direction.
    pub fn moved(&mut self, spot: Spot, by: i64) -> Spot {
        let mut spot = spot;
        let mut left = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
        if by < 0 {
            while left > spot.row
                && let Some(seq) = self.before(spot.seq)
            {
                left -= spot.row + 1;
                spot = Spot { seq, row: self.last_row(seq) };
            }
            spot.row -= left.min(spot.row);
        } else {
            let mut last = self.last_row(spot.seq);
            while left > last.saturating_sub(spot.row)
                && let Some(seq) = self.after(spot.seq)
            {
                left -= last.saturating_sub(spot.row) + 1;
                spot = Spot { seq, row: 0 };
                last = self.last_row(seq);
            }
            spot.row = (spot.row + left).min(last);
        }
        spot
    }

    /// The rows of a screen of `height` rows whose lowest row is at `scroll`. If there are not enough earlier rows,
    /// later rows fill the screen.
    pub fn view(&mut self, scroll: Scroll, height: usize) -> View {
        let (Some(start), Some(end), Some(reach)) = (self.start(), self.end(), height.checked_sub(1)) else {
            return View { rows: Vec::new(), scroll, above: None };
        };
        let reach = i64::try_from(reach).unwrap_or(i64::MAX);
        let bottom = match scroll {
            Scroll::Bottom => end,
            Scroll::At { seq, .. } if seq < start.seq => start,
            Scroll::At { seq, .. } if seq > end.seq => end,
            Scroll::At { seq, rows } => {
                // A message that is no longer shown gives way to the one before it.
                let seq = self.before(seq + 1).unwrap_or(start.seq);
                let row = self.last_row(seq);
                self.moved(Spot { seq, row }, rows.saturating_neg())
            }
        };
        let top = self.moved(bottom, -reach);
        let bottom = if top == start { self.moved(start, reach) } else { bottom };
        let mut rows = Vec::with_capacity(height);
        for seq in top.seq..=bottom.seq {
            let (height, taken) = self.laid(seq);
            let (height, taken) = (*height, std::mem::take(taken));
            let block = if taken.len() < height { (self.block)(seq) } else { taken };
            let block = block.into_iter().enumerate().map(|(row, content)| (Spot { seq, row }, content));
            rows.extend(block.filter(|(spot, _)| (top..=bottom).contains(spot)));
        }
        let scroll = if bottom == end { Scroll::Bottom } else { self.scroll_to(bottom) };
        View { rows, scroll, above: (reach > 0).then(|| self.scroll_to(top)) }
    }

    /// The scroll position whose lowest row is `spot`.
    fn scroll_to(&mut self, spot: Spot) -> Scroll {
        let above = self.last_row(spot.seq).saturating_sub(spot.row);
        Scroll::At { seq: spot.seq, rows: i64::try_from(above).unwrap_or(0) }
    }

    /// The first and the last message of which all rows are visible; `None` if there is no such message.
    pub fn fully_visible(&mut self, view: &View) -> Option<(u64, u64)> {
        let (first, last) = (view.rows.first()?.0, view.rows.last()?.0);
        let first = if first.row > 0 { self.after(first.seq)? } else { first.seq };
        let is_cut = last.row < self.last_row(last.seq);
        let last = if is_cut { self.before(last.seq)? } else { last.seq };
        (first <= last).then_some((first, last))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::Style;

    use super::*;

    /// Message `seq` has `seq % 3 + 1` rows.
    fn blocks(len: u64) -> Blocks<impl FnMut(u64) -> Vec<Row>> {
        Blocks::new(0, len, |seq| vec![Row::of(seq.to_string(), Style::new()); usize::try_from(seq % 3).unwrap() + 1])
    }

    fn spots(view: &View) -> Vec<(u64, usize)> {
        view.rows.iter().map(|(spot, _)| (spot.seq, spot.row)).collect()
    }

    #[test]
    fn scroll_to_bottom_shows_the_last_rows() {
        let view = blocks(4).view(Scroll::Bottom, 3);
        assert_eq!((spots(&view), view.scroll), (vec![(2, 1), (2, 2), (3, 0)], Scroll::Bottom));
    }

    #[test]
    fn new_messages_do_not_move_the_scroll_position() {
        let position = Scroll::At { seq: 2, rows: 2 };
        let (before, after) = (blocks(4).view(position, 2), blocks(40).view(position, 2));
        assert_eq!(spots(&before), [(1, 1), (2, 0)]);
        assert_eq!((spots(&before), before.scroll), (spots(&after), position));
        assert_eq!(after.scroll, position);
    }

    #[test]
    fn scroll_position_outside_its_message_is_normalized() {
        let view = blocks(9).view(Scroll::At { seq: 8, rows: 5 }, 2);
        assert_eq!((spots(&view), view.scroll), (vec![(5, 2), (6, 0)], Scroll::At { seq: 6, rows: 0 }));
        let view = blocks(9).view(Scroll::At { seq: 5, rows: -100 }, 2);
        assert_eq!(view.scroll, Scroll::Bottom);
    }

    #[test]
    fn top_of_conversation_fills_the_screen() {
        for rows in [0, 7, i64::MAX, i64::MIN + 1] {
            let view = blocks(9).view(Scroll::At { seq: 0, rows: rows.saturating_abs() }, 3);
            assert_eq!(spots(&view), [(0, 0), (1, 0), (1, 1)]);
            assert_eq!(view.scroll, Scroll::At { seq: 1, rows: 0 });
        }
    }

    #[test]
    fn short_conversation_is_shown_completely() {
        let view = blocks(2).view(Scroll::At { seq: 0, rows: 3 }, 10);
        assert_eq!((spots(&view), view.scroll), (vec![(0, 0), (1, 0), (1, 1)], Scroll::Bottom));
        assert!(blocks(0).view(Scroll::Bottom, 10).rows.is_empty());
    }

    /// Message `seq` has `seq % 4` rows, so every fourth one is not shown.
    fn with_hidden(len: u64) -> Blocks<impl FnMut(u64) -> Vec<Row>> {
        Blocks::new(0, len, |seq| vec![Row::of(seq.to_string(), Style::new()); usize::try_from(seq % 4).unwrap()])
    }

    #[test]
    fn hidden_messages_take_no_rows_and_are_passed() {
        let view = with_hidden(9).view(Scroll::Bottom, 4);
        assert_eq!((spots(&view), view.scroll), (vec![(6, 1), (7, 0), (7, 1), (7, 2)], Scroll::Bottom));
        let view = with_hidden(9).view(Scroll::At { seq: 4, rows: 0 }, 2);
        assert_eq!((spots(&view), view.scroll), (vec![(3, 1), (3, 2)], Scroll::At { seq: 3, rows: 0 }));
        let mut blocks = with_hidden(9);
        let view = blocks.view(Scroll::At { seq: 6, rows: 1 }, 4);
        assert_eq!((spots(&view), blocks.fully_visible(&view)), (vec![(3, 1), (3, 2), (5, 0), (6, 0)], Some((5, 5))));
        assert!(with_hidden(1).view(Scroll::Bottom, 3).rows.is_empty());
    }

    proptest! {
        #[test]
        fn hidden_messages_leave_no_hole_and_no_panic(
            len in 0_u64..30, seq in 0_u64..60, rows in -40_i64..40, height in 0_usize..40,
        ) {
            let mut blocks = with_hidden(len);
            let view = blocks.view(Scroll::At { seq, rows }, height);
            let all: usize = (0..len).map(|seq| usize::try_from(seq % 4).unwrap()).sum();
            prop_assert_eq!(view.rows.len(), all.min(height));
            prop_assert!(view.rows.is_sorted_by_key(|(spot, _)| *spot));
            prop_assert!(spots(&view).iter().all(|(seq, row)| (*row as u64) < seq % 4));
            let visible = blocks.fully_visible(&view);
            prop_assert!(visible.is_none_or(|(first, last)| first % 4 > 0 && last % 4 > 0));
            let again = with_hidden(len).view(view.scroll, height);
            prop_assert_eq!(spots(&again), spots(&view), "a normalized position does not change");
        }

        #[test]
        fn moving_down_and_up_returns_to_the_start(seq in 0_u64..30, row in 0_usize..3, by in 0_i64..40) {
            let mut blocks = blocks(30);
            let start = blocks.moved(Spot { seq, row: row.min(usize::try_from(seq % 3).unwrap()) }, 0);
            let there = blocks.moved(start, by);
            let end = blocks.end().unwrap();
            if there != end {
                prop_assert_eq!(blocks.moved(there, -by), start);
            }
        }

        #[test]
        fn the_screen_is_full_or_shows_all(
            len in 0_u64..30, seq in 0_u64..60, rows in -40_i64..40, height in 0_usize..40,
        ) {
            let view = blocks(len).view(Scroll::At { seq, rows }, height);
            let all: usize = (0..len).map(|seq| usize::try_from(seq % 3).unwrap() + 1).sum();
            prop_assert_eq!(view.rows.len(), all.min(height));
            prop_assert!(view.rows.is_sorted_by_key(|(spot, _)| *spot));
            if let Some(above) = view.above {
                let page = i64::try_from(height).unwrap() - 1;
                let moved = match view.scroll {
                    Scroll::Bottom => Scroll::At { seq: len - 1, rows: page },
                    Scroll::At { seq, rows } => Scroll::At { seq, rows: rows + page },
                };
                prop_assert_eq!(spots(&blocks(len).view(above, height)), spots(&blocks(len).view(moved, height)));
            }
            let again = blocks(len).view(view.scroll, height);
            prop_assert_eq!(spots(&again), spots(&view), "a normalized position does not change");
        }
    }
}
