//! The form of the first start: an introduction, the fields for id and broker, and errors.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{
    composer, layout, popup,
    row::{self, Row},
    theme::{Role, Theme},
};
use crate::app::{Composer, setup::SetupForm};

const WIDTH: u16 = 56;

/// Draws the form. Returns the cursor's position, and the number of rows that do not fit.
///
/// The fields, the error and the keys are always visible; the introduction above them gets the remaining rows.
pub fn view(state: &SetupForm, theme: &Theme, buf: &mut Buffer) -> (Option<Position>, u16) {
    let area = buf.area;
    let columns = popup::columns(WIDTH, area);
    let rows = |words: &str, role| Row::wrapped(words, columns.into(), theme.style(role));
    let translate = |text: &'static str| state.language.translate(text);
    let mut above = Vec::new();
    if let Some(reason) = &state.reason {
        above.extend(rows(&state.language.translate(reason.clone()), Role::Warning));
        above.push(Row::default());
    }
    let (what, rule) = (translate("setup-welcome"), translate("setup-id-rule"));
    above.extend(rows(&format!("{what}\n\n{rule}\n\n{}", translate("setup-id")), Role::Text));
    let parts = |is_short: bool| {
        let label = if is_short { translate("setup-broker-short") } else { format!("\n{}", translate("setup-broker")) };
        let broker = state.broker.as_ref().map(|broker| (rows(&label, Role::Text), broker));
        let mut below = Vec::new();
        if let Some(error) = &state.error {
            below.extend(rows(&state.language.translate(error.clone()), Role::Error));
        }
        if !is_short {
            below.push(Row::default());
        }
        below.extend(rows(&state.language.translate(state.keys()), Role::Hint));
        let fields = 1 + broker.as_ref().map_or(0, |(words, _)| words.len() + 1);
        (broker, below, fields)
    };
    let (mut broker, mut below, mut fields) = parts(false);
    // The border, and the label of the first field, which ends the introduction.
    if fields + below.len() + 3 > usize::from(area.height) {
        (broker, below, fields) = parts(true);
    }
    let height = above.len() + fields + below.len();
    let title = if height + 2 > usize::from(area.height) { translate("setup-title-more") } else { "papo".to_owned() };
    let inner = popup::open(theme, &title, columns, height, area, buf);
    let room = usize::from(inner.height).saturating_sub(fields + below.len());
    let overflow = above.len().saturating_sub(room);
    // Without scrolling, the end of the introduction is visible, next to the field.
    above.truncate(above.len() - usize::from(state.scroll).min(overflow));
    above.drain(..above.len().saturating_sub(room));
    let style = theme.style(Role::Text);
    let mut left = row::draw(above, inner, style, buf);
    let draw_field = |field: &Composer, left: Rect, buf: &mut Buffer| {
        let area = layout::row(left, 0);
        composer::draw_field(field, String::new, area, theme, buf)
    };
    // Without a cursor, the ID does not look like a field.
    let mut cursor = draw_field(&state.id, left, buf).filter(|_| !state.shows_fixed_id());
    left = layout::below(left, 1);
    if let Some((words, broker)) = broker {
        left = row::draw(words, left, style, buf);
        let at_broker = draw_field(broker, left, buf);
        cursor = if state.at_broker { at_broker } else { cursor };
        left = layout::below(left, 1);
    }
    row::draw(below, left, style, buf);
    (cursor, layout::cells(overflow))
}
