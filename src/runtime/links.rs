//! Links that the terminal can open (OSC 8): laid over a frame that is drawn, so that the view stays plain text.

use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, CellDiffOption};

use crate::app::Link;

/// Terminals take no longer ones.
const LONGEST: usize = 2083;

/// Makes what stands on these places links. The first cell of each takes the whole of it, so that the terminal gets
/// the address once and not with each letter.
pub(super) fn lay(links: &[Link], buffer: &mut Buffer) {
    for Link { area, url } in links {
        let place = area.intersection(buffer.area);
        let Some(width) = NonZeroU16::new(place.width).filter(|_| place == *area && url.len() <= LONGEST) else {
            continue;
        };
        let words: String = place.positions().map(|at| buffer[at].symbol()).collect();
        let cell = &mut buffer[(place.x, place.y)];
        cell.set_symbol(&format!("\x1b]8;;{url}\x1b\\{words}\x1b]8;;\x1b\\"));
        cell.set_diff_option(CellDiffOption::ForcedWidth(width));
    }
}

/// Whether the terminal can be expected to leave out what it does not understand.
pub(super) fn are_understood(term: Option<&str>) -> bool {
    !matches!(term, None | Some("" | "dumb" | "linux"))
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
}
