//! The first screen: says what papo is and asks for the id, and for the broker.

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
use crate::{app::setup::State, domain::Phrase};

const WIDTH: u16 = 56;

/// Draws the screen; returns the cursor.
pub fn view(state: &State, theme: &Theme, buf: &mut Buffer) -> Option<Position> {
    let area = buf.area;
    let columns = WIDTH.min(area.width.saturating_sub(4)).max(1);
    let wrap = |words: &Option<Phrase>| {
        let words = words.clone().map(|words| state.language.say(words));
        words.map_or_else(Vec::new, |words| text::wrap(&text::safe(&words), usize::from(columns)))
    };
    let (mut reason, error) = (wrap(&state.reason), wrap(&state.error));
    if !reason.is_empty() {
        reason.push(String::new());
    }
    let [what, rule, id] = ["setup-welcome", "setup-id-rule", "setup-id"].map(|text| state.language.say(text));
    let welcome = format!("{what}\n\n{rule}\n\n{id}");
    let welcome = text::wrap(&welcome, usize::from(columns));
    let broker = state
        .broker
        .as_ref()
        .map(|broker| (text::wrap(&format!("\n{}", state.language.say("setup-broker")), usize::from(columns)), broker));
    // The fields, a blank line, and the hint stand below; of the welcome what there is room for.
    let below = 3 + reason.len() + error.len() + broker.as_ref().map_or(0, |(words, _)| words.len() + 1);
    let room = usize::from(area.height.saturating_sub(2)).saturating_sub(below);
    let welcome = &welcome[welcome.len().saturating_sub(room)..];
    let rows = u16::try_from(welcome.len() + below).unwrap_or(u16::MAX);
    let inner = popup::open(theme, "papo", columns, rows, area, buf);
    let mut left = lines(theme, &reason, Role::Warning, inner, buf);
    left = lines(theme, welcome, Role::Text, left, buf);
    let mut cursor = composer::draw(state.id.area(), String::new, layout::row(left, 0), theme, buf);
    left = layout::below(left, 1);
    if let Some((words, field)) = broker {
        left = lines(theme, &words, Role::Text, left, buf);
        let at_broker = composer::draw(field.area(), String::new, layout::row(left, 0), theme, buf);
        cursor = if state.at_broker { at_broker } else { cursor };
        left = layout::below(left, 1);
    }
    left = lines(theme, &error, Role::Error, left, buf);
    lines(theme, &[String::new(), state.language.say("setup-start")], Role::Hint, left, buf);
    cursor
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
