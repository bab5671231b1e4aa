//! A list of items, scrolled so that the selected one is seen.
//!
//! The scroll position follows from the items, the selection and the height alone, so that drawing twice shows the
//! same. Only items that are seen are made into rows.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    layout,
    row::{self, Row},
    text,
    theme::{Role, Theme},
};

/// Draws the items that fit, the selected one among them; returns their places. `rows_of` makes the rows of an item, of
/// which there is at least one.
pub fn draw<T, R: IntoIterator<Item = Row>>(
    area: Rect,
    items: &[T],
    selected: Option<usize>,
    rows_of: impl Fn(&T) -> R,
    theme: &Theme,
    buf: &mut Buffer,
) -> Vec<(usize, Rect)> {
    let height_of = |index: usize| layout::cells(rows_of(&items[index]).into_iter().count());
    let first = first(items.len(), selected, area.height, height_of);
    let mut places = Vec::new();
    let mut left = area;
    for (index, item) in items.iter().enumerate().skip(first) {
        if left.height == 0 {
            break;
        }
        let role = if selected == Some(index) { Role::Selected } else { Role::Text };
        let below = row::draw(rows_of(item), left, theme.style(role), buf);
        places.push((index, Rect { height: below.y - left.y, ..left }));
        left = below;
    }
    places
}

/// Draws the text of an empty pane.
pub fn draw_empty(area: Rect, words: &str, theme: &Theme, buf: &mut Buffer) {
    let lines = text::wrap(words, area.width.saturating_sub(2).into());
    let rows = lines.into_iter().map(|line| Row::indented(1).with(line, theme.style(Role::Dim)));
    row::draw(rows, area, theme.style(Role::Text), buf);
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
