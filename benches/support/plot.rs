//! Draws the relative cost of actions by size as an SVG diagram with logarithmic axes.

use std::fmt::Write;

const WIDTH: f64 = 330.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 36.0;
const GAP: f64 = 50.0;
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
/// The dash patterns, which distinguish the lines without colours.
const DASHES: [&str; 6] = ["", "7 3", "2 3", "9 3 2 3", "4 2", "12 4"];

/// The cost of one action at each size.
pub struct Line {
    /// The name of the action.
    pub name: &'static str,
    /// The sizes, each with the time of the action in seconds.
    pub points: Vec<(u64, f64)>,
}

impl Line {
    /// The sizes, each with the time relative to the time at the smallest size.
    pub fn ratios(&self) -> impl Iterator<Item = (u64, f64)> {
        let smallest = self.points.first().map_or(1.0, |(_, took)| *took);
        self.points.iter().map(move |(n, took)| (*n, took / smallest))
    }
}

/// One diagram: the cost of all actions by one kind of size.
pub struct Panel {
    /// The kind of size, such as "users".
    pub of: &'static str,
    /// One line per action.
    pub lines: Vec<Line>,
}

/// Draws the panels, two in a row, with a common vertical axis.
pub fn svg(panels: &[Panel]) -> String {
    let ratios = || panels.iter().flat_map(|panel| panel.lines.iter().flat_map(Line::ratios)).map(|(_, ratio)| ratio);
    let lowest = ratios().fold(0.5, f64::min).log10();
    let highest = ratios().fold(10.0, f64::max).log10().ceil();
    let rows = panels.len().div_ceil(2);
    let (width, height) = (2.0 * (LEFT + WIDTH) + 30.0, at(rows) * (TOP + HEIGHT + GAP) + 50.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"DejaVu Sans, Arial, sans-serif\" font-size=\"12\" fill=\"#222\">\n\
         <rect width=\"{width:.0}\" height=\"{height:.0}\" rx=\"8\" fill=\"#fff\"/>\n"
    );
    for (number, panel) in panels.iter().enumerate() {
        let (x, y) = (at(number % 2) * (LEFT + WIDTH + 10.0) + LEFT, at(number / 2) * (TOP + HEIGHT + GAP) + TOP);
        let _ = writeln!(svg, "<g transform=\"translate({x:.0},{y:.0})\">");
        draw(&mut svg, panel, (lowest, highest));
        svg.push_str("</g>\n");
    }
    if let Some(panel) = panels.first() {
        legend(&mut svg, panel, height - 60.0);
    }
    svg + "</svg>\n"
}

fn draw(svg: &mut String, panel: &Panel, (lowest, highest): (f64, f64)) {
    let sizes = || panel.lines.iter().flat_map(|line| &line.points).map(|(n, _)| log(*n));
    let (first, last) = (sizes().fold(f64::MAX, f64::min), sizes().fold(0.0, f64::max));
    let x = |log: f64| (log - first) / (last - first) * WIDTH;
    let y = |log: f64| HEIGHT - (log - lowest) / (highest - lowest) * HEIGHT;
    let _ = writeln!(svg, "<text x=\"{:.0}\" y=\"-12\" text-anchor=\"middle\">{}</text>", WIDTH / 2.0, panel.of);
    let mut power = lowest.ceil();
    while power <= highest {
        let (y, times) = (y(power), 10_f64.powf(power));
        let _ = writeln!(svg, "<path d=\"M0 {y:.1}h{WIDTH:.0}\" stroke=\"#ddd\"/>");
        let _ = writeln!(svg, "<text x=\"-8\" y=\"{:.1}\" text-anchor=\"end\">{times:.0}×</text>", y + 4.0);
        power += 1.0;
    }
    for &(n, _) in panel.lines.first().into_iter().flat_map(|line| &line.points) {
        let x = x(log(n));
        let _ = writeln!(svg, "<path d=\"M{x:.1} 0v{HEIGHT:.0}\" stroke=\"#eee\"/>");
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{n}</text>", HEIGHT + 18.0);
    }
    // The dashed line shows proportional growth, for comparison.
    let length = (last - first).min(highest);
    let _ = writeln!(
        svg,
        "<path d=\"M0 {:.1}L{:.1} {:.1}\" stroke=\"#999\" stroke-dasharray=\"3 4\"/>",
        y(0.0),
        x(first + length),
        y(length)
    );
    for (line, (colour, dashes)) in panel.lines.iter().zip(COLOURS.iter().zip(DASHES)) {
        let points: Vec<_> =
            line.ratios().map(|(n, ratio)| format!("{:.1},{:.1}", x(log(n)), y(ratio.log10()))).collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>",
            points.join(" ")
        );
    }
}

fn legend(svg: &mut String, panel: &Panel, y: f64) {
    let _ = writeln!(
        svg,
        "<path d=\"M{LEFT:.0} {:.0}h36\" stroke=\"#999\" stroke-dasharray=\"3 4\"/>\
         <text x=\"{:.0}\" y=\"{:.0}\">as many times as much as there is</text>",
        y + 44.0,
        LEFT + 44.0,
        y + 48.0
    );
    for (number, (line, (colour, dashes))) in panel.lines.iter().zip(COLOURS.iter().zip(DASHES)).enumerate() {
        let (x, y) = (LEFT + at(number % 3) * 240.0, y + at(number / 3) * 22.0);
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.0} {y:.0}h36\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>\
             <text x=\"{:.0}\" y=\"{:.0}\">{}</text>",
            x + 44.0,
            y + 4.0,
            line.name
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes and points are far below 2^52")]
fn log(n: u64) -> f64 {
    (n.max(1) as f64).log10()
}

#[expect(clippy::cast_precision_loss, reason = "a few rows and columns")]
/// Converts a number of rows, columns or elements.
fn at(number: usize) -> f64 {
    number as f64
}
