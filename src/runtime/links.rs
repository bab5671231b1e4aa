//! Hyperlinks for the terminal (OSC 8). They are added to a drawn frame, so the view draws only plain text.

use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, CellDiffOption, CellWidth as _};

use crate::{app::Link, ui::text};

/// The maximum length of a URL, in bytes. Terminals ignore longer ones.
const MAX_URL: usize = 2083;

/// Turns the text in the areas of `links` into links. The first cell of a link gets the whole text, so that the URL is
/// sent once and not for each cell. A symbol on whose width terminals disagree becomes a separate part, so that it
/// cannot shift the text after it. Skips links that are not fully visible, or whose URL is too long.
pub(super) fn write(links: &[Link], buffer: &mut Buffer) {
    for Link { area, url } in links {
        let visible = area.intersection(buffer.area);
        if visible != *area || url.len() > MAX_URL {
            continue;
        }
        let mut part: Option<Part> = None;
        let mut x = visible.x;
        while x < visible.right() {
            let symbol = buffer[(x, visible.y)].symbol().to_owned();
            let width = symbol.as_str().cell_width().max(1);
            let has_agreed_width = text::has_agreed_width(&symbol);
            match &mut part {
                Some(part) if part.has_agreed_width && has_agreed_width => {
                    part.text.push_str(&symbol);
                    part.width += width;
                }
                _ => {
                    let next = Part { x, width, text: symbol, has_agreed_width };
                    if let Some(part) = part.replace(next) {
                        part.write(visible.y, url, buffer);
                    }
                }
            }
            x += width;
        }
        if let Some(part) = part {
            part.write(visible.y, url, buffer);
        }
    }
}

/// A part of a link. Its text is written to its first cell.
struct Part {
    x: u16,
    width: u16,
    text: String,
    has_agreed_width: bool,
}

impl Part {
    fn write(self, y: u16, url: &str, buffer: &mut Buffer) {
        let Some(width) = NonZeroU16::new(self.width) else { return };
        let cell = &mut buffer[(self.x, y)];
        cell.set_symbol(&format!("\x1b]8;;{url}\x1b\\{}\x1b]8;;\x1b\\", self.text));
        cell.set_diff_option(CellDiffOption::ForcedWidth(width));
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    #[test]
    fn link_is_written_once_and_its_other_cells_are_unchanged() {
        let mut before = Buffer::empty(Rect::new(0, 0, 12, 1));
        before.set_string(0, 0, "see a://b ok", Style::new());
        let mut after = before.clone();
        let link = |x, url: &str| Link { area: Rect::new(x, 0, 5, 1), url: url.to_owned() };
        write(&[link(4, "a://b"), link(9, "outside"), link(0, &"x".repeat(3000))], &mut after);
        let changed: Vec<_> = before.diff(&after).into_iter().map(|(x, _, cell)| (x, cell.symbol())).collect();
        assert_eq!(changed, [(4, "\x1b]8;;a://b\x1b\\a://b\x1b]8;;\x1b\\")]);
        assert_eq!(after[(5, 0)].symbol(), ":");
        assert_eq!(after.diff(&after), []);
    }

    #[test]
    fn symbol_of_ambiguous_width_becomes_a_separate_part() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "a://❤\u{fe0f}b", Style::new());
        write(&[Link { area: Rect::new(0, 0, 7, 1), url: "a://x".to_owned() }], &mut buffer);
        let linked = |words: &str| format!("\x1b]8;;a://x\x1b\\{words}\x1b]8;;\x1b\\");
        let parts = [(0, "a://"), (4, "❤\u{fe0f}"), (6, "b")];
        assert_eq!(parts.map(|(x, _)| buffer[(x, 0)].symbol().to_owned()), parts.map(|(_, words)| linked(words)));
    }
}
