//! Rules between panes, and the border of a box.

use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::Style,
    symbols::line,
};

use super::row::Row;

/// Draws a border in the outermost rows and columns of `area`.
pub fn draw(area: Rect, style: Style, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    if area.width < 2 || area.height < 2 {
        return;
    }
    let (top, bottom) = (Rect { height: 1, ..area }, Rect { y: area.bottom() - 1, height: 1, ..area });
    let corners = [
        (top, line::ROUNDED_TOP_LEFT, line::ROUNDED_TOP_RIGHT),
        (bottom, line::ROUNDED_BOTTOM_LEFT, line::ROUNDED_BOTTOM_RIGHT),
    ];
    for (row, left, right) in corners {
        rule(row, style, buf);
        buf[(area.x, row.y)].set_symbol(left);
        buf[(area.right() - 1, row.y)].set_symbol(right);
    }
    for y in area.y + 1..area.bottom() - 1 {
        for x in [area.x, area.right() - 1] {
            buf[(x, y)].set_symbol(line::VERTICAL).set_style(style);
        }
    }
}

/// Draws a horizontal line across the first row of `area`.
pub fn rule(area: Rect, style: Style, buf: &mut Buffer) {
    let area = Rect { height: area.height.min(1), ..area }.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    let start = buf.index_of(area.x, area.y);
    let mut cell = Cell::new(line::HORIZONTAL);
    cell.set_style(style);
    buf.content[start..start + usize::from(area.width)].fill(cell);
}

/// Draws a vertical line down the first column of `area`, joined to the horizontal lines that touch it. Draw those
/// first.
pub fn divide(area: Rect, style: Style, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    let has_line = |x: Option<u16>, y: u16, buf: &Buffer| {
        x.and_then(|x| buf.cell((x, y))).is_some_and(|cell| cell.symbol() == line::HORIZONTAL)
    };
    for y in area.y..area.bottom() {
        let symbol = match (has_line(area.x.checked_sub(1), y, buf), has_line(area.x.checked_add(1), y, buf)) {
            (false, false) => line::VERTICAL,
            // Nothing is above the first row.
            _ if y == area.y => line::HORIZONTAL_DOWN,
            (true, true) => line::CROSS,
            (true, false) => line::VERTICAL_LEFT,
            (false, true) => line::VERTICAL_RIGHT,
        };
        buf[(area.x, y)].set_symbol(symbol).set_style(style);
    }
}

/// Writes `title` over the line in the first row of `area`, indented by `indent` columns.
pub fn title(area: Rect, indent: u16, title: Row, buf: &mut Buffer) {
    let columns = u16::try_from(title.left_width()).unwrap_or(u16::MAX);
    let width = columns.min(area.width.saturating_sub(2 * indent));
    title.draw(Rect { x: area.x + indent, width, height: 1, ..area }, Style::new(), buf);
}
