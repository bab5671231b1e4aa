//! Hyperlinks for the terminal (OSC 8), added to a drawn frame, so that the view stays plain text.

use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, CellDiffOption, CellWidth as _};

use crate::{app::Link, ui::text};

/// Terminals accept no longer ones.
const LONGEST: usize = 2083;

/// Turns these areas into links. The first cell of each holds the whole link, so that the terminal gets the address
/// once, not with each letter. Characters of uncertain width are separate parts.
pub(super) fn lay(links: &[Link], buffer: &mut Buffer) {
    for Link { area, url } in links {
        let place = area.intersection(buffer.area);
        if place != *area || url.len() > LONGEST {
            continue;
        }
        let mut part: Option<Part> = None;
        let mut x = place.x;
        while x < place.right() {
            let symbol = buffer[(x, place.y)].symbol().to_owned();
            let width = symbol.as_str().cell_width().max(1);
            let is_agreed = text::has_agreed_width(&symbol);
            match &mut part {
                Some(part) if part.is_agreed && is_agreed => {
                    part.words.push_str(&symbol);
                    part.width += width;
                }
                _ => {
                    let next = Part { x, width, words: symbol, is_agreed };
                    if let Some(part) = part.replace(next) {
                        part.lay(place.y, url, buffer);
                    }
                }
            }
            x += width;
        }
        if let Some(part) = part {
            part.lay(place.y, url, buffer);
        }
    }
}

/// A part of a link that is written at once.
struct Part {
    x: u16,
    width: u16,
    words: String,
    is_agreed: bool,
}

impl Part {
    fn lay(self, y: u16, url: &str, buffer: &mut Buffer) {
        let Some(width) = NonZeroU16::new(self.width) else { return };
        let cell = &mut buffer[(self.x, y)];
        cell.set_symbol(&format!("\x1b]8;;{url}\x1b\\{}\x1b]8;;\x1b\\", self.words));
        cell.set_diff_option(CellDiffOption::ForcedWidth(width));
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    #[test]
    fn a_link_is_written_once_and_its_cells_stay_what_they_were() {
        let mut before = Buffer::empty(Rect::new(0, 0, 12, 1));
        before.set_string(0, 0, "see a://b ok", Style::new());
        let mut after = before.clone();
        let link = |x, url: &str| Link { area: Rect::new(x, 0, 5, 1), url: url.to_owned() };
        lay(&[link(4, "a://b"), link(9, "it sticks out"), link(0, &"x".repeat(3000))], &mut after);
        let changed: Vec<_> = before.diff(&after).into_iter().map(|(x, _, cell)| (x, cell.symbol())).collect();
        assert_eq!(changed, [(4, "\x1b]8;;a://b\x1b\\a://b\x1b]8;;\x1b\\")]);
        assert_eq!(after[(5, 0)].symbol(), ":");
        assert_eq!(after.diff(&after), []);
    }

    #[test]
    fn what_terminals_count_differently_is_a_part_of_its_own() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "a://❤\u{fe0f}b", Style::new());
        lay(&[Link { area: Rect::new(0, 0, 7, 1), url: "a://x".to_owned() }], &mut buffer);
        let linked = |words: &str| format!("\x1b]8;;a://x\x1b\\{words}\x1b]8;;\x1b\\");
        let parts = [(0, "a://"), (4, "❤\u{fe0f}"), (6, "b")];
        assert_eq!(parts.map(|(x, _)| buffer[(x, 0)].symbol().to_owned()), parts.map(|(_, words)| linked(words)));
    }
}
