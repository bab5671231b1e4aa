//! Frames with shared borders, such as `├──┤` between stacked panes.

use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::Style,
    symbols::line,
};

use super::row::Row;

/// How a frame's upper or lower border joins its neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BorderJoin {
    /// The frame ends here.
    End,
    /// Another pane shares this border.
    Shared,
}

/// Draws a border in the outermost rows and columns of `area`.
pub fn draw(area: Rect, top: BorderJoin, bottom: BorderJoin, style: Style, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    if area.width < 2 || area.height < 2 {
        return;
    }
    let (upper, lower) = (area.y, area.bottom() - 1);
    let corners = |join, end: [&'static str; 2]| match join {
        BorderJoin::End => end,
        BorderJoin::Shared => [line::VERTICAL_RIGHT, line::VERTICAL_LEFT],
    };
    horizontal(area, upper, corners(top, [line::ROUNDED_TOP_LEFT, line::ROUNDED_TOP_RIGHT]), style, buf);
    horizontal(area, lower, corners(bottom, [line::ROUNDED_BOTTOM_LEFT, line::ROUNDED_BOTTOM_RIGHT]), style, buf);
    sides(Rect { y: upper + 1, height: area.height - 2, ..area }, style, buf);
}

/// Draws vertical lines in the first and the last column of `area`.
pub fn sides(area: Rect, style: Style, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    for y in area.y..area.bottom() {
        for x in [area.x, area.right() - 1] {
            buf[(x, y)].set_symbol(line::VERTICAL).set_style(style);
        }
    }
}

/// Writes `title` into the upper border of `area`.
pub fn title(area: Rect, title: Row, buf: &mut Buffer) {
    let columns = u16::try_from(title.left_width()).unwrap_or(u16::MAX);
    let room = area.width.saturating_sub(2);
    let width = columns.min(room);
    title.draw(Rect { x: area.x + 1, width, height: 1, ..area }, Style::new(), buf);
}

fn horizontal(area: Rect, y: u16, [left, right]: [&'static str; 2], style: Style, buf: &mut Buffer) {
    let (start, width) = (buf.index_of(area.x, y), usize::from(area.width));
    let cell = |symbol| {
        let mut cell = Cell::new(symbol);
        cell.set_style(style);
        cell
    };
    let cells = &mut buf.content[start..start + width];
    cells.fill(cell(line::HORIZONTAL));
    (cells[0], cells[width - 1]) = (cell(left), cell(right));
}
