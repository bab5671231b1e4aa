//! Rows of which one may be selected, scrolled so that it is seen.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    layout, row::Row, text,
    theme::{Role, Theme},
};

/// The first row that is shown of `count` where `selected` is to be seen in `height` rows. It follows from
/// these alone, so that drawing twice shows the same.
pub fn offset(count: usize, selected: Option<usize>, height: u16) -> usize {
    let height = usize::from(height);
    let most = count.saturating_sub(height);
    selected.map_or(0, |selected| selected.saturating_sub(height / 2).min(most))
}

/// Draws the rows that fit, from [`offset`] on; only those are asked for.
pub fn draw(
    area: Rect,
    rows: impl ExactSizeIterator<Item = Row>,
    selected: Option<usize>,
    theme: &Theme,
    buf: &mut Buffer,
) {
    let first = offset(rows.len(), selected, area.height);
    for (place, (index, row)) in (0..area.height).zip(rows.enumerate().skip(first)) {
        let role = if selected == Some(index) { Role::Selected } else { Role::Text };
        row.draw(layout::row(area, place), theme.style(role), buf);
    }
}

/// Says in an empty pane what there would be and how to get it.
pub fn draw_empty(area: Rect, words: &str, theme: &Theme, buf: &mut Buffer) {
    let columns = usize::from(area.width.saturating_sub(2));
    for (place, line) in (0..area.height).zip(text::wrap(words, columns)) {
        let mut row = Row::new();
        row.push(" ", theme.style(Role::Text)).push(line, theme.style(Role::Dim));
        row.draw(layout::row(area, place), theme.style(Role::Text), buf);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_row_is_always_seen() {
        for count in 0..12 {
            for height in 1..6_u16 {
                for selected in 0..count {
                    let first = offset(count, Some(selected), height);
                    assert!((first..first + usize::from(height)).contains(&selected));
                    assert!(first == 0 || first + usize::from(height) <= count, "no row is wasted");
                }
            }
        }
    }
}
