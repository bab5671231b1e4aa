//! The form of the first start: an introduction, the fields for id and broker, and errors.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{
    composer, layout, popup,
    row::Row,
    text,
    theme::{Role, Theme},
};
use crate::app::{LocalizedText, setup::SetupForm};

const WIDTH: u16 = 56;

/// Draws the screen; returns the cursor, and how many rows do not fit.
///
/// The fields, the error and the keys stay in sight; the introduction above them gets the rest.
pub fn view(state: &SetupForm, theme: &Theme, buf: &mut Buffer) -> (Option<Position>, u16) {
    let area = buf.area;
    let columns = WIDTH.min(area.width.saturating_sub(4)).max(1);
    let rows = |words: &str, role| {
        text::wrap(&text::safe(words), usize::from(columns))
            .into_iter()
            .map(move |line| (line, role))
            .collect::<Vec<_>>()
    };
    let said = |words: &Option<LocalizedText>, role| {
        words.clone().map_or_else(Vec::new, |words| rows(&state.language.translate(words), role))
    };
    let say = |text: &'static str| state.language.translate(text);
    let mut above = said(&state.reason, Role::Warning);
    if !above.is_empty() {
        above.push((String::new(), Role::Text));
    }
    let (what, rule) = (say("setup-welcome"), say("setup-id-rule"));
    above.extend(rows(&format!("{what}\n\n{rule}\n\n{}", say("setup-id")), Role::Text));
    let broker = state.broker.as_ref().map(|broker| (rows(&format!("\n{}", say("setup-broker")), Role::Text), broker));
    let mut below = said(&state.error, Role::Error);
    below.push((String::new(), Role::Text));
    below.extend(rows(&say("setup-start"), Role::Hint));
    let size = |length| u16::try_from(length).unwrap_or(u16::MAX);
    let fields = 1 + broker.as_ref().map_or(0, |(words, _)| words.len() + 1);
    let height = size(above.len() + fields + below.len());
    let title = if height + 2 > area.height { say("setup-title-more") } else { "papo".to_owned() };
    let inner = popup::open(theme, &title, columns, height, area, buf);
    let room = usize::from(inner.height).saturating_sub(fields + below.len());
    let overflow = above.len().saturating_sub(room);
    // The end of the introduction is next to the field.
    above.truncate(above.len() - usize::from(state.scroll).min(overflow));
    above.drain(..above.len().saturating_sub(room));
    let mut left = draw_lines(theme, &above, inner, buf);
    let mut cursor = composer::draw(state.id.area(), String::new, layout::row(left, 0), theme, buf);
    left = layout::below(left, 1);
    if let Some((words, field)) = broker {
        left = draw_lines(theme, &words, left, buf);
        let at_broker = composer::draw(field.area(), String::new, layout::row(left, 0), theme, buf);
        cursor = if state.at_broker { at_broker } else { cursor };
        left = layout::below(left, 1);
    }
    draw_lines(theme, &below, left, buf);
    (cursor, size(overflow))
}

/// Draws lines, each in its role, from the top of `area`; returns what is left of it.
fn draw_lines(theme: &Theme, words: &[(String, Role)], area: Rect, buf: &mut Buffer) -> Rect {
    words.iter().fold(area, |left, (words, role)| lines(theme, std::slice::from_ref(words), *role, left, buf))
}

/// Draws lines from the top of `area`; returns what is left of it.
pub fn lines(theme: &Theme, words: &[String], role: Role, area: Rect, buf: &mut Buffer) -> Rect {
    for (place, words) in (0..area.height).zip(words) {
        let mut row = Row::new();
        row.push(words, theme.style(role));
        row.draw(layout::row(area, place), theme.style(Role::Text), buf);
    }
    layout::below(area, u16::try_from(words.len()).unwrap_or(u16::MAX))
}
