//! What is seen otherwise than before, row by row.
//!
//! Nearly all of a frame is as it was, and that is what has to be found out fast: a row that is the same is looked at once,
//! letter by letter, without asking how wide they are.

use ratatui::buffer::{Cell, CellDiffOption, CellWidth as _};

/// Shows a symbol as an emoji; terminals do not agree on how wide that is.
const EMOJI: char = '\u{FE0F}';

/// The columns in which `next` has to be written where `shown` is seen, which is as long, and how many each cell takes.
pub fn changes(shown: &[Cell], next: &[Cell], mut write: impl FnMut(usize, u16)) {
    if shown.iter().zip(next).all(|(shown, next)| is_same(shown, next)) {
        return;
    }
    let mut x = 0;
    // Until here something wide was written over.
    let mut bared = 0;
    while let Some(cell) = next.get(x) {
        let columns = columns(cell);
        let end = (x + usize::from(columns)).min(next.len());
        if x < bared || !is_same(&shown[x], cell) {
            // Where a terminal takes it for a narrow one, what stood beside it would stay.
            if columns > 1 && cell.symbol().contains(EMOJI) {
                (x + 1..end).for_each(|beside| write(beside, 1));
            }
            write(x, columns);
            let ends = (x..end).map(|x| x + usize::from(self::columns(&shown[x])));
            bared = ends.fold(bared, usize::max);
        }
        x = end;
    }
}

fn is_same(shown: &Cell, next: &Cell) -> bool {
    // Nearly all are a byte, for which comparing text as such would be a call.
    let same_symbol = match (shown.symbol().as_bytes(), next.symbol().as_bytes()) {
        ([shown], [next]) => shown == next,
        (shown, next) => shown == next,
    };
    same_symbol
        && (shown.fg, shown.bg, shown.modifier) == (next.fg, next.bg, next.modifier)
        && shown.diff_option == next.diff_option
}

fn columns(cell: &Cell) -> u16 {
    match (cell.diff_option, cell.symbol().as_bytes()) {
        (CellDiffOption::ForcedWidth(columns), _) => columns.get(),
        (_, [_]) => 1,
        _ => cell.cell_width().max(1),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use ratatui::{
        buffer::Buffer,
        layout::Rect,
        style::{Color, Style},
    };

    use super::*;

    fn row(text: &str) -> Buffer {
        let mut row = Buffer::empty(Rect::new(0, 0, 10, 1));
        row.set_string(0, 0, text, Style::new());
        row
    }

    fn between(shown: &Buffer, next: &Buffer) -> Vec<(usize, u16)> {
        let mut written = Vec::new();
        changes(&shown.content, &next.content, |x, columns| written.push((x, columns)));
        written
    }

    #[test]
    fn only_what_is_seen_otherwise_is_written() {
        assert_eq!(between(&row("abc"), &row("abc")), []);
        assert_eq!(between(&row("abc"), &row("axc")), [(1, 1)]);
        assert_eq!(between(&row("abc"), &row("a")), [(1, 1), (2, 1)]);
        let mut red = row("abc");
        red[(2, 0)].set_fg(Color::Red);
        assert_eq!(between(&row("abc"), &red), [(2, 1)]);
    }

    #[test]
    fn what_something_wide_covered_is_written_when_it_goes() {
        assert_eq!(between(&row("日b"), &row("日c")), [(2, 1)]);
        assert_eq!(between(&row("ab"), &row("日")), [(0, 2)]);
        assert_eq!(between(&row("日"), &row("a")), [(0, 1), (1, 1)]);
        assert_eq!(between(&row("é日"), &row("日")), [(0, 2), (2, 1)], "half of what was covered would stay");
        let mut link = row("a://b c");
        link[(0, 0)].set_symbol("\x1b]8;;a://b\x1b\\a://b\x1b]8;;\x1b\\");
        link[(0, 0)].set_diff_option(CellDiffOption::ForcedWidth(NonZeroU16::new(5).unwrap()));
        assert_eq!(between(&row("a://b c"), &link), [(0, 5)], "a link is written once");
        assert_eq!(between(&link, &link), []);
        assert_eq!(between(&link, &row("a://b c")), (0..5).map(|x| (x, 1)).collect::<Vec<_>>());
    }

    #[test]
    fn beside_an_emoji_nothing_stays_where_it_is_taken_for_narrow() {
        assert_eq!(between(&row("ab"), &row("❤\u{fe0f}")), [(1, 1), (0, 2)]);
    }
}
