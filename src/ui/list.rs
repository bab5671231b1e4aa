//! A list of items, scrolled so that the selected item is visible.
//!
//! The scroll position depends only on the items, the selection and the height, so drawing twice gives the same result.
//! Rows are made only for items near the selected one.

use std::{cell::RefCell, collections::BTreeMap};

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    layout,
    row::{self, Row},
    text,
    theme::{Role, Theme},
};

/// Draws as many items as fit, always including the selected one. `rows_of` returns the rows of an item: at least one.
/// Returns the index and the area of each item that was drawn.
pub fn draw<T, R: AsRef<[Row]> + IntoIterator<Item = Row>>(
    area: Rect,
    items: &[T],
    selected: Option<usize>,
    rows_of: impl Fn(&T) -> R,
    theme: &Theme,
    buf: &mut Buffer,
) -> Vec<(usize, Rect)> {
    // Heights are needed to find the first item; the rows made for them are drawn.
    let made = RefCell::new(BTreeMap::new());
    let height_of = |index: usize| {
        layout::cells(made.borrow_mut().entry(index).or_insert_with(|| rows_of(&items[index])).as_ref().len())
    };
    let first = first(items.len(), selected, area.height, height_of);
    let mut made = made.into_inner();
    let mut item_areas = Vec::new();
    let mut left = area;
    for (index, item) in items.iter().enumerate().skip(first) {
        if left.height == 0 {
            break;
        }
        let role = if selected == Some(index) { Role::Selected } else { Role::Text };
        let rows = made.remove(&index).unwrap_or_else(|| rows_of(item));
        let below = row::draw(rows, left, theme.style(role), buf);
        item_areas.push((index, Rect { height: below.y - left.y, ..left }));
        left = below;
    }
    item_areas
}

/// Draws the text of an empty pane.
pub fn draw_empty(area: Rect, words: &str, theme: &Theme, buf: &mut Buffer) {
    let lines = text::wrap(words, area.width.saturating_sub(2).into());
    let rows = lines.into_iter().map(|line| Row::indented(1).with(line, theme.style(Role::Dim)));
    row::draw(rows, area, theme.style(Role::Text), buf);
}

/// The index of the first visible item. The selected item is in the middle, unless it is near the start or the end of
/// the list.
fn first(count: usize, selected: Option<usize>, height: u16, heights: impl Fn(usize) -> u16) -> usize {
    let Some(selected) = selected.filter(|_| count > 0).map(|selected| selected.min(count - 1)) else {
        return 0;
    };
    let mut first = selected;
    let mut used = heights(selected);
    let add_items_before = |first: &mut usize, used: &mut u16, limit: u16| {
        while let Some(before) = first.checked_sub(1).filter(|before| *used + heights(*before) <= limit) {
            *used += heights(before);
            *first = before;
        }
    };
    add_items_before(&mut first, &mut used, height / 2 + 1);
    let mut after = selected + 1;
    while after < count && used < height {
        used += heights(after);
        after += 1;
    }
    add_items_before(&mut first, &mut used, height);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_item_is_always_visible() {
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
    fn the_end_of_the_list_is_at_the_bottom() {
        assert_eq!(first(10, Some(9), 4, |_| 1), 6);
        assert_eq!(first(10, Some(0), 4, |_| 1), 0);
        assert_eq!(first(10, Some(5), 4, |_| 1), 3);
        assert_eq!(first(3, Some(2), 4, |_| 1), 0);
    }
}
