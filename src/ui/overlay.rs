//! The overlays' views, each in a file beside its component's.

mod chat_list;
mod confirm;
mod details;
mod draw;
mod finder;
mod help;
mod log;
mod members;
mod outbox;
mod palette;
mod prompt;
mod search_list;
mod welcome;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use self::draw::Draw;
use super::screen::Screen;
use crate::app::{Layout, Overlay, each};

/// Draws an overlay, and notes in `layout` where its parts are; returns the cursor if the overlay has it.
pub fn draw(
    screen: Screen<'_>,
    overlay: &Overlay,
    area: Rect,
    layout: &mut Layout,
    buf: &mut Buffer,
) -> Option<Position> {
    each!(overlay, it => it.draw(screen, area, layout, buf))
}
