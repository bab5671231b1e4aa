//! A field with a list below it, which typing narrows.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use crate::{
    app::{Composer, Layout},
    ui::{composer, layout, list, popup, row::Row, screen::Screen, theme::Role},
};

const WIDTH: u16 = 76;
/// On lower screens the list gets the rows of the rule and the last line.
const ROOMY: u16 = 12;

/// The box with its field, list and last line.
pub struct Finder<'a> {
    pub title: String,
    pub composer: &'a Composer,
    pub placeholder: &'static str,
    pub foot: String,
}

impl Finder<'_> {
    /// Draws it with these items, one row each; notes where they are, and returns the cursor.
    pub fn draw<T>(
        self,
        screen: Screen<'_>,
        area: Rect,
        (items, selected): (&[T], Option<usize>),
        row: impl Fn(&T) -> Row,
        layout: &mut Layout,
        buf: &mut Buffer,
    ) -> Option<Position> {
        let (field, rows, foot) = open(screen, &self.title, area, buf);
        layout.overlay_items =
            list::draw(rows, items, selected, (screen.theme, |_: &T| 1, |item: &T| vec![row(item)]), buf);
        let mut words = Row::new();
        words.push(self.foot, screen.style(Role::Dim));
        words.draw(foot, screen.style(Role::Text), buf);
        let placeholder = || screen.translate(self.placeholder);
        composer::draw(self.composer.area(), placeholder, field, screen.theme, buf)
    }
}

/// Opens the box, as high as possible, so that it does not move while one types; returns its field, list and last line.
fn open(screen: Screen<'_>, title: &str, area: Rect, buf: &mut Buffer) -> (Rect, Rect, Rect) {
    let is_roomy = area.height >= ROOMY;
    let around = if is_roomy { 4 } else { 2 };
    let inner = popup::open(screen.theme, title, WIDTH, area.height.saturating_sub(around), area, buf);
    let field = layout::row(inner, 0);
    if !is_roomy {
        let list = layout::below(inner, 1);
        return (field, list, layout::below(list, list.height));
    }
    let mut rule = Row::new();
    rule.push("─".repeat(usize::from(inner.width)), screen.style(Role::Frame));
    rule.draw(layout::row(inner, 1), screen.style(Role::Text), buf);
    let below = layout::below(inner, 2);
    let list = Rect { height: below.height.saturating_sub(1), ..below };
    (field, list, layout::below(below, list.height))
}
