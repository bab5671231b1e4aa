//! The cells that differ between two frames, row by row.
//!
//! Nearly all rows are unchanged, so this case is fast: such a row is compared letter by letter, without measuring widths.

use ratatui::buffer::{Cell, CellDiffOption, CellWidth as _};

use super::text;

/// A cell that has to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its column.
    pub x: usize,
    /// How many columns it takes.
    pub columns: u16,
    /// The column up to which a terminal may draw it that takes it for wider; `None` if all terminals agree on its width.
    pub disputed_end: Option<usize>,
}

/// The cells to write so that a row shows `next` in place of `shown`, which is as long.
///
/// Where terminals disagree on the width of a cluster, one that takes it for wider covers the cells behind it, so these
/// are written again. The result then does not depend on the frames before.
pub fn changes(shown: &[Cell], next: &[Cell], mut write: impl FnMut(Change)) {
    if shown.iter().zip(next).all(|(shown, next)| is_same(shown, next)) {
        return;
    }
    let mut x = 0;
    // Cells up to here lay under something wide, or may have been covered.
    let mut stale = 0;
    while let Some(cell) = next.get(x) {
        let columns = columns(cell);
        let end = (x + usize::from(columns)).min(next.len());
        if x < stale || !is_same(&shown[x], cell) {
            let disputed_end = disputed_width(cell).map(|width| x + width);
            write(Change { x, columns, disputed_end });
            let ends = (x..end).map(|x| x + usize::from(self::columns(&shown[x])));
            stale = ends.chain(disputed_end).fold(stale, usize::max);
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

/// The most columns that a terminal may give a cell whose width they disagree on: two for each character.
fn disputed_width(cell: &Cell) -> Option<usize> {
    // Nearly all are a byte.
    let words = Some(cell.symbol()).filter(|symbol| symbol.len() > 1).map(words)?;
    (!text::has_agreed_width(words)).then(|| 2 * words.chars().count())
}

/// The visible part of a cell, which may be a link.
fn words(symbol: &str) -> &str {
    let linked = symbol.strip_prefix("\x1b]8;").and_then(|link| link.split_once("\x1b\\")).map(|(_, words)| words);
    linked.map_or(symbol, |words| words.split_once('\x1b').map_or(words, |(words, _)| words))
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
        changes(&shown.content, &next.content, |change| written.push((change.x, change.columns)));
        written
    }

    #[test]
    fn only_changed_cells_are_written() {
        assert_eq!(between(&row("abc"), &row("abc")), []);
        assert_eq!(between(&row("abc"), &row("axc")), [(1, 1)]);
        assert_eq!(between(&row("abc"), &row("a")), [(1, 1), (2, 1)]);
        let mut red = row("abc");
        red[(2, 0)].set_fg(Color::Red);
        assert_eq!(between(&row("abc"), &red), [(2, 1)]);
    }

    #[test]
    fn cells_under_wide_character_are_written_when_it_goes() {
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
    fn cells_behind_disputed_clusters_are_written_again() {
        assert_eq!(between(&row("abcdef"), &row("❤\u{fe0f}cdef")), [(0, 2), (2, 1), (3, 1)]);
        assert_eq!(between(&row("ab日cdef"), &row("ab日cxef")), [(5, 1)], "all terminals agree on these");
        let flags = "🇧🇷🇩🇪";
        assert_eq!(between(&row("abcdefgh"), &row(&format!("{flags}efgh"))), [(0, 2), (2, 2), (4, 1), (5, 1)]);
        assert_eq!(between(&row(flags), &row(flags)), []);
    }

    #[test]
    fn a_disputed_cluster_is_found_in_a_link() {
        let mut link = row("");
        link[(0, 0)].set_symbol("\x1b]8;;a://b\x1b\\❤\u{fe0f}\x1b]8;;\x1b\\");
        link[(0, 0)].set_diff_option(CellDiffOption::ForcedWidth(NonZeroU16::new(2).unwrap()));
        let mut ends = Vec::new();
        changes(&row("").content, &link.content, |change| ends.push(change.disputed_end));
        assert_eq!(ends, [Some(4), None, None]);
    }
}
