//! A box in front of the panes.

use ratatui::{
    buffer::{Buffer, CellWidth},
    layout::Rect,
    widgets::{Clear, Widget},
};

use super::{
    frame, layout,
    row::Row,
    theme::{Role, Theme},
};

/// The width of a box's content: `columns`, or less if `area` is too narrow.
pub fn columns(columns: u16, area: Rect) -> u16 {
    columns.min(area.width.saturating_sub(4)).max(1)
}

/// Draws an empty box for `columns` by `rows` of content in the middle of `area`. Returns the area of the content. If
/// there is no room for a border, this is the whole box.
pub fn open(theme: &Theme, title: &str, columns: u16, rows: usize, area: Rect, buf: &mut Buffer) -> Rect {
    let outer = layout::centred(area, columns.saturating_add(4), layout::cells(rows.saturating_add(2)));
    Clear.render(outer, buf);
    blank_halves(outer, buf);
    if outer.width < 6 || outer.height < 3 {
        return outer;
    }
    frame::draw(outer, theme.style(Role::FrameFocused), buf);
    frame::title(outer, 1, Row::of(format!(" {title} "), theme.style(Role::TitleFocused)), buf);
    Rect { x: outer.x + 2, y: outer.y + 1, width: outer.width - 4, height: outer.height - 2 }
}

/// Blanks two-column characters whose right half the box covers: they would hide the left border of the box.
fn blank_halves(outer: Rect, buf: &mut Buffer) {
    let Some(x) = outer.x.checked_sub(1) else {
        return;
    };
    for y in outer.y..outer.bottom() {
        if let Some(cell) = buf.cell_mut((x, y))
            && cell.cell_width() > 1
        {
            cell.set_symbol(" ");
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;
    use crate::ui::theme::Variant;

    #[test]
    fn a_wide_character_does_not_hide_the_border() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 13, 3));
        buf.set_string(0, 1, "日本語日本語", Style::new());
        open(&Theme::builtin(Variant::Dark), "x", 3, 1, buf.area, &mut buf);
        // The second half of a wide character is a blank cell.
        let row: String = (0..13).map(|x| buf[(x, 1)].symbol()).collect();
        assert_eq!(row, "日  │     │語  ");
    }
}
