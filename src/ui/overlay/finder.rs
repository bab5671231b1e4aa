//! A search field, with a list below it that is filtered as the user types.

use ratatui::layout::Rect;

use super::draw::Surface;
use crate::{
    app::Composer,
    ui::{layout, row::Row, theme::Role},
};

/// The width of the box's content, in columns.
pub const WIDTH: u16 = 76;
/// The height, in rows, from which the box has a rule below the field and a line below the list. Below this height, the
/// list gets these rows.
const ROOMY_HEIGHT: u16 = 12;

/// A box with a search field, a list, and a line (`foot`) below the list.
pub struct Finder<'a> {
    pub title: String,
    pub composer: &'a Composer,
    pub placeholder: &'static str,
    pub foot: String,
}

impl Finder<'_> {
    /// Draws the box with these items, one row each, and the cursor in the field.
    pub fn draw<T>(self, surface: &mut Surface<'_>, items: &[T], selected: Option<usize>, row_of: impl Fn(&T) -> Row) {
        let screen = surface.screen;
        let (field, rows, foot) = open(surface, &self.title);
        surface.draw_list(rows, items, selected, |item| [row_of(item)]);
        surface.draw_rows([Row::of(self.foot, screen.style(Role::Dim))], foot);
        surface.draw_field(self.composer, || screen.translate(self.placeholder), field);
    }
}

/// Opens the box as high as possible, so that it does not move while the user types. Returns the areas of the field,
/// the list and the last line.
fn open(surface: &mut Surface<'_>, title: &str) -> (Rect, Rect, Rect) {
    let height = surface.area.height;
    let is_roomy = height >= ROOMY_HEIGHT;
    let around = if is_roomy { 4 } else { 2 };
    let inner = surface.open(title, WIDTH, height.saturating_sub(around).into());
    let field = layout::row(inner, 0);
    let below = layout::below(inner, 1);
    if !is_roomy {
        return (field, below, layout::below(below, below.height));
    }
    let rule = Row::of("─".repeat(inner.width.into()), surface.screen.style(Role::Frame));
    surface.draw_rows([rule], layout::row(below, 0));
    let below = layout::below(below, 1);
    let list = Rect { height: below.height.saturating_sub(1), ..below };
    (field, list, layout::below(below, list.height))
}
