//! A list of items, scrolled so that the selected one is seen.
//!
//! The scroll position follows from the items, the selection and the height alone, so that drawing twice shows the
//! same. Only items that are seen are made into rows.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    layout,
    row::Row,
    text,
    theme::{Role, Theme},
};

/// Draws the items that fit, the selected one among them; returns their places. `height_of` says
/// how many rows an item takes, at least one; `rows_of` makes them.
pub fn draw<T>(
    area: Rect,
    items: &[T],
    selected: Option<usize>,
    look: (&Theme, impl Fn(&T) -> u16, impl Fn(&T) -> Vec<Row>),
    buf: &mut Buffer,
) -> Vec<(usize, Rect)> {
    let (theme, height_of, rows_of) = look;
    let heights = |index: usize| items.get(index).map_or(1, &height_of);
    let first = first(items.len(), selected, area.height, heights);
    let mut places = Vec::new();
    let mut left = area;
    for (index, item) in items.iter().enumerate().skip(first) {
        if left.height == 0 {
            break;
        }
        let role = if selected == Some(index) { Role::Selected } else { Role::Text };
        let height = height_of(item).min(left.height);
        for (place, row) in (0..height).zip(rows_of(item)) {
            row.draw(layout::row(left, place), theme.style(role), buf);
        }
        places.push((index, Rect { height, ..left }));
        left = layout::below(left, height);
    }
    places
}

/// Draws the text of an empty pane.
pub fn draw_empty(area: Rect, words: &str, theme: &Theme, buf: &mut Buffer) {
    let columns = usize::from(area.width.saturating_sub(2));
    for (place, line) in (0..area.height).zip(text::wrap(words, columns)) {
        let mut row = Row::new();
        row.push(" ", theme.style(Role::Text)).push(line, theme.style(Role::Dim));
        row.draw(layout::row(area, place), theme.style(Role::Text), buf);
    }
}

/// The first item that is seen: the selected one is in the middle unless the list ends before.
fn first(count: usize, selected: Option<usize>, height: u16, heights: impl Fn(usize) -> u16) -> usize {
    let Some(selected) = selected.filter(|_| count > 0).map(|selected| selected.min(count - 1)) else {
        return 0;
    };
    let mut first = selected;
    let mut used = heights(selected);
    let back_while = |first: &mut usize, used: &mut u16, limit: u16| {
        while let Some(before) = first.checked_sub(1).filter(|before| *used + heights(*before) <= limit) {
            *used += heights(before);
            *first = before;
        }
    };
    back_while(&mut first, &mut used, height / 2 + 1);
    let mut behind = selected + 1;
    while behind < count && used < height {
        used += heights(behind);
        behind += 1;
    }
    back_while(&mut first, &mut used, height);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_item_is_always_seen() {
        let heights = |index: usize| if index.is_multiple_of(3) { 2 } else { 1 };
        for count in 1..12 {
            for height in 2..7_u16 {
                for selected in 0..count {
                    let first = first(count, Some(selected), height, heights);
                    let above: u16 = (first..=selected).map(heights).sum();
                    assert!(first <= selected && above <= height, "{count} {height} {selected}");
                }
            }
        }
    }

    #[test]
    fn the_end_of_the_list_stands_at_the_bottom() {
        assert_eq!(first(10, Some(9), 4, |_| 1), 6);
        assert_eq!(first(10, Some(0), 4, |_| 1), 0);
        assert_eq!(first(10, Some(5), 4, |_| 1), 3);
        assert_eq!(first(3, Some(2), 4, |_| 1), 0);
    }
}
