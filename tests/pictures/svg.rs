//! Draws a terminal's screen as SVG. Box-drawing characters are strokes, so they meet; text is fitted to its columns.

use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

/// The width and height of a cell, in pixels.
pub const CELL: (u16, u16) = (9, 18);
const MARGIN: u16 = 12;
/// The distance from the top of a row to the baseline of its text, in pixels.
const BASE: u16 = 14;

/// The colours of the terminal in the picture.
pub struct PictureTheme {
    background: &'static str,
    foreground: &'static str,
    /// The 16 named colours.
    palette: [&'static str; 16],
}

pub const DARK: PictureTheme = PictureTheme {
    background: "#16181d",
    foreground: "#d6d9df",
    palette: [
        "#23262e", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf", "#6b7280", "#ef8a92",
        "#b3d99a", "#f0d399", "#85c4f5", "#d89ae8", "#7fcfd8", "#ffffff",
    ],
};

pub const LIGHT: PictureTheme = PictureTheme {
    background: "#fbfbf9",
    foreground: "#24292f",
    palette: [
        "#24292f", "#b3261e", "#2e7d32", "#8a5a00", "#1557b0", "#8e24aa", "#00707d", "#6a737d", "#7b828a", "#c62828",
        "#388e3c", "#a06a00", "#1e6fd9", "#a040c0", "#00838f", "#ffffff",
    ],
};

/// Begins a picture with this many columns and rows.
pub fn head(out: &mut String, (cols, rows): (u16, u16), theme: &PictureTheme) {
    let (width, height) = (cols * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"15\">\n\
         <style>path{{fill:none;stroke-width:1.2}}text{{white-space:pre}}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{}\"/>\n",
        theme.background
    );
}

/// The y coordinate of a row's top edge.
pub fn top(row: u16) -> u16 {
    MARGIN + row * CELL.1
}

/// Draws the whole screen as a still picture.
pub fn still(screen: &Screen, theme: &PictureTheme) -> String {
    let (rows, cols) = screen.size();
    let mut out = String::new();
    head(&mut out, (cols.get(), rows.get()), theme);
    for number in 0..rows.get() {
        let row = row(screen, number, theme);
        if !row.is_empty() {
            let _ = writeln!(out, "<g transform=\"translate(0,{})\">{row}</g>", top(number));
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Draws one row with its top edge at y = 0, and the cursor if it is in this row.
pub fn row(screen: &Screen, number: u16, theme: &PictureTheme) -> String {
    let mut row = Row { theme, out: String::new(), run: None };
    for col in 0..screen.size().1.get() {
        let Some(cell) = screen.cell(number, col).filter(|cell| !cell.is_wide_continuation()) else { continue };
        row.cell(cell, col);
    }
    row.end_run();
    let (at, col) = screen.cursor_position();
    if at == number && !screen.hide_cursor() {
        let x = MARGIN + col * CELL.0;
        let _ = write!(row.out, "<rect x=\"{x}\" width=\"2\" height=\"{}\" fill=\"{}\"/>", CELL.1, theme.foreground);
    }
    row.out
}

/// The style of a cell.
#[derive(Clone, PartialEq, Eq)]
struct Style {
    /// The SVG attributes of its text or strokes.
    attributes: String,
    /// Whether the cell contains a box-drawing character, which is drawn as strokes.
    is_lines: bool,
}

impl Style {
    fn of(cell: &Cell, foreground: &str) -> Self {
        let is_lines = cell.contents().chars().next().is_some_and(|c| stroke(c).is_some());
        let colour = if is_lines { "stroke" } else { "fill" };
        let mut attributes = format!(" {colour}=\"{foreground}\"");
        for (applies, attribute) in [
            (cell.bold() && !is_lines, " font-weight=\"bold\""),
            (cell.italic(), " font-style=\"italic\""),
            (cell.underline(), " text-decoration=\"underline\""),
            (cell.dim(), " opacity=\"0.6\""),
        ] {
            attributes += if applies { attribute } else { "" };
        }
        Self { attributes, is_lines }
    }
}

/// Adjacent cells of one style, starting at column `from`.
struct Run {
    style: Style,
    from: u16,
    text: String,
    /// The number of spaces after `text`, which join the run if more text of the same style follows.
    blanks: u16,
}

struct Row<'a> {
    theme: &'a PictureTheme,
    out: String,
    run: Option<Run>,
}

impl Row<'_> {
    fn cell(&mut self, cell: &Cell, col: u16) {
        let (mut foreground, mut background) =
            (self.colour(cell.fgcolor(), self.theme.foreground), self.colour(cell.bgcolor(), self.theme.background));
        if cell.inverse() {
            std::mem::swap(&mut foreground, &mut background);
        }
        let width = if cell.is_wide() { 2 * CELL.0 } else { CELL.0 };
        if background != self.theme.background {
            self.end_run();
            let x = MARGIN + col * CELL.0;
            let _ = write!(self.out, "<rect x=\"{x}\" width=\"{width}\" height=\"{}\" fill=\"{background}\"/>", CELL.1);
        }
        let text = cell.contents();
        if text.trim().is_empty() && !cell.underline() {
            match &mut self.run {
                Some(run) if !run.style.is_lines && run.blanks == 0 => run.blanks = 1,
                _ => self.end_run(),
            }
            return;
        }
        let style = Style::of(cell, &foreground);
        // Other characters may come from another font, with wider glyphs: each is a run of its own.
        let is_in_font = text.is_ascii() || style.is_lines;
        if self.run.as_ref().is_none_or(|run| run.style != style || !is_in_font) {
            self.end_run();
        }
        let run = self.run.get_or_insert_with(|| Run { style, from: col, text: String::new(), blanks: 0 });
        run.text.extend(std::iter::repeat_n(' ', usize::from(std::mem::take(&mut run.blanks))));
        run.text.push_str(if text.is_empty() { " " } else { text });
        if !is_in_font && let Some(run) = self.run.take() {
            self.draw(&run, width);
        }
    }

    fn end_run(&mut self) {
        if let Some(run) = self.run.take() {
            let columns = u16::try_from(run.text.chars().count()).expect("a row is not that long");
            self.draw(&run, columns * CELL.0);
        }
    }

    fn draw(&mut self, run: &Run, width: u16) {
        let x = MARGIN + run.from * CELL.0;
        let Style { attributes, is_lines } = &run.style;
        if *is_lines {
            let mut path = String::new();
            if run.text.chars().all(|c| c == '─') {
                let _ = write!(path, "M{x} 9h{width}");
            } else {
                let strokes = (0..).zip(run.text.chars()).filter_map(|(at, c)| Some((x + at * CELL.0, stroke(c)?)));
                for (x, (dx, dy, rest)) in strokes.flat_map(|(x, parts)| parts.iter().map(move |part| (x, part))) {
                    let _ = write!(path, "M{} {dy}{rest}", f32::from(x) + dx);
                }
            }
            let _ = write!(self.out, "<path d=\"{path}\"{attributes}/>");
        } else {
            let text = run.text.replace('&', "&amp;").replace('<', "&lt;");
            let _ = write!(
                self.out,
                "<text x=\"{x}\" y=\"{BASE}\" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\"{attributes}>\
                 {text}</text>"
            );
        }
    }

    fn colour(&self, colour: Color, default: &str) -> String {
        match colour {
            Color::Default => default.to_owned(),
            Color::Idx(index) => {
                self.theme.palette.get(usize::from(index)).map_or_else(|| indexed_colour(index), |&c| c.to_owned())
            }
            Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        }
    }
}

/// The colours of a terminal from index 16 on: a cube of 6 × 6 × 6, then greys.
fn indexed_colour(index: u8) -> String {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    let [r, g, b] = match index.saturating_sub(16) {
        step @ 0..216 => [level(step / 36), level(step / 6 % 6), level(step % 6)],
        step => [8 + 10 * (step - 216); 3],
    };
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The strokes of a box-drawing character: for each the x and y at which it begins within the cell, and the rest of its
/// SVG path. `None` for other characters.
fn stroke(c: char) -> Option<&'static [(f32, f32, &'static str)]> {
    Some(match c {
        '─' => &[(0.0, 9.0, "h9")],
        '│' => &[(4.5, 0.0, "v18")],
        '╭' => &[(4.5, 18.0, "v-5q0-4 4.5-4")],
        '╮' => &[(0.0, 9.0, "q4.5 0 4.5 4v5")],
        '╰' => &[(4.5, 0.0, "v5q0 4 4.5 4")],
        '╯' => &[(0.0, 9.0, "q4.5 0 4.5-4v-5")],
        '├' => &[(4.5, 0.0, "v18"), (4.5, 9.0, "h4.5")],
        '┤' => &[(4.5, 0.0, "v18"), (0.0, 9.0, "h4.5")],
        _ => return None,
    })
}
