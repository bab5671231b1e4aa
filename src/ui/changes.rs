//! The cells that differ between two frames, row by row.
//!
//! Most rows do not change, so this case is fast: the cells of such a row are compared without measuring their widths.

use ratatui::buffer::{Cell, CellDiffOption, CellWidth as _};

use super::text;

/// A cell that has to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its column.
    pub x: usize,
    /// Its width in columns.
    pub columns: u16,
    /// The column after the last one that any terminal may draw the cell on; `None` if all terminals agree on its
    /// width.
    pub disputed_end: Option<usize>,
}

/// Calls `write` with each cell that must be written to change a row from `shown` to `next`. Both have the same length.
///
/// Terminals disagree on the width of some grapheme clusters, here called disputed. A terminal that draws such a
/// cluster wider covers the cells after it, so these are written again. The result therefore does not depend on earlier
/// frames.
pub fn changes(shown: &[Cell], next: &[Cell], mut write: impl FnMut(Change)) {
    if shown.iter().zip(next).all(|(shown, next)| is_same(shown, next)) {
        return;
    }
    let mut x = 0;
    // The cells before this column were part of a wide cell, or a disputed cluster may have covered them.
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
    // Most symbols have one byte. Comparing single bytes avoids a function call.
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

/// The most columns that any terminal may use for a cell: two for each character. `None` if terminals agree on its
/// width.
fn disputed_width(cell: &Cell) -> Option<usize> {
    // Most symbols have one byte, and terminals agree on those.
    let visible = Some(cell.symbol()).filter(|symbol| symbol.len() > 1).map(visible_text)?;
    (!text::has_agreed_width(visible)).then(|| 2 * visible.chars().count())
}

/// The text of a cell, without the escape sequences of a link.
fn visible_text(symbol: &str) -> &str {
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

    fn changes_between(shown: &Buffer, next: &Buffer) -> Vec<(usize, u16)> {
        let mut written = Vec::new();
        changes(&shown.content, &next.content, |change| written.push((change.x, change.columns)));
        written
    }

    #[test]
    fn only_changed_cells_are_written() {
        assert_eq!(changes_between(&row("abc"), &row("abc")), []);
        assert_eq!(changes_between(&row("abc"), &row("axc")), [(1, 1)]);
        assert_eq!(changes_between(&row("abc"), &row("a")), [(1, 1), (2, 1)]);
        let mut red = row("abc");
        red[(2, 0)].set_fg(Color::Red);
        assert_eq!(changes_between(&row("abc"), &red), [(2, 1)]);
    }

    #[test]
    fn cells_under_wide_character_are_written_when_it_is_removed() {
        assert_eq!(changes_between(&row("日b"), &row("日c")), [(2, 1)]);
        assert_eq!(changes_between(&row("ab"), &row("日")), [(0, 2)]);
        assert_eq!(changes_between(&row("日"), &row("a")), [(0, 1), (1, 1)]);
        assert_eq!(
            changes_between(&row("é日"), &row("日")),
            [(0, 2), (2, 1)],
            "otherwise half of the old character would stay"
        );
        let mut link = row("a://b c");
        link[(0, 0)].set_symbol("\x1b]8;;a://b\x1b\\a://b\x1b]8;;\x1b\\");
        link[(0, 0)].set_diff_option(CellDiffOption::ForcedWidth(NonZeroU16::new(5).unwrap()));
        assert_eq!(changes_between(&row("a://b c"), &link), [(0, 5)], "a link is written once");
        assert_eq!(changes_between(&link, &link), []);
        assert_eq!(changes_between(&link, &row("a://b c")), (0..5).map(|x| (x, 1)).collect::<Vec<_>>());
    }

    #[test]
    fn cells_after_disputed_clusters_are_written_again() {
        assert_eq!(changes_between(&row("abcdef"), &row("❤\u{fe0f}cdef")), [(0, 2), (2, 1), (3, 1)]);
        assert_eq!(changes_between(&row("ab日cdef"), &row("ab日cxef")), [(5, 1)], "terminals agree on the width of 日");
        let flags = "🇧🇷🇩🇪";
        assert_eq!(changes_between(&row("abcdefgh"), &row(&format!("{flags}efgh"))), [(0, 2), (2, 2), (4, 1), (5, 1)]);
        assert_eq!(changes_between(&row(flags), &row(flags)), []);
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
