//! Takes the README's picture from the running program: `make picture`.

mod support {
    pub mod own;
    pub mod terminal;
}

use std::{fmt::Write as _, fs};

use support::{own::OwnBroker, terminal::Terminal};

const SIZE: (u16, u16) = (100, 26);
const CELL: (u16, u16) = (9, 18);
const GROUND: &str = "#16181d";
const INK: &str = "#d6d9df";
/// The 16 colours of the picture's terminal.
const PALETTE: [&str; 16] = [
    "#23262e", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf", "#6b7280", "#ef8a92",
    "#b3d99a", "#f0d399", "#85c4f5", "#d89ae8", "#7fcfd8", "#ffffff",
];

#[test]
#[ignore = "writes assets/screen.svg; run by `make picture`"]
fn take() {
    let home = tempfile::tempdir().unwrap();
    let broker = OwnBroker::start(&home.path().join("broker"));
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let papo = |id: &str| Terminal::start(home.path(), &[id, "-b", &url], SIZE);
    let (mut alice, mut bob, mut carol) = (papo("alice"), papo("bob"), papo("carol"));
    let mut dave = papo("dave");
    alice.until("knows all", |screen| screen.contains("3 online of 3"));
    for guest in [&mut bob, &mut carol, &mut dave] {
        guest.shows("3 online of 3");
    }
    dave.keys("\x1bg").keys("n").line("ops");
    dave.shows("#ops");
    dave.keys("\x11");
    dave.ends();

    alice.keys("\x1bg").keys("n").line("devs");
    bob.shows("#devs");
    bob.keys("\x1bg").keys("\r");
    alice.shows("bob → #devs");
    alice.keys("\x1bi").keys("a");
    alice.shows("★alice bob");
    bob.shows("Write to #devs");
    alice.line("the new pump is on the wire");
    bob.keys("\x1bc").line("I see it, 3 bar");

    bob.keys("\x1bu").keys("\r");
    alice.shows("bob wants to talk");
    alice.keys("\x1bi").keys("a");
    bob.shows("alice accepted your request");
    for (who, text) in [
        (0, "hi, shall we look at the pump?"),
        (1, "bom dia! yes, give me five minutes"),
        (1, "it ran dry last night, the log says so; and nobody was paged because the gateway was down"),
        (0, "the messages were all there when I came in this morning, that at least works"),
        (1, "também em 日本語: ポンプ"),
        (0, "see you there"),
    ] {
        let (speaker, other) = if who == 0 { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
        let start: String = text.chars().take(12).collect();
        speaker.keys("\x1b2").line(text);
        speaker.shows(&start);
        other.keys("\x1b2").shows(&start);
    }
    carol.keys("\x1bu").keys("\x1b[H").keys("\r");
    alice.shows("carol wants to talk");
    alice.keys("\x1b").until("is quiet", |screen| !screen.contains("wants to talk\n ") && screen.contains("1 request"));
    alice.until("shows it was read", |screen| screen.matches("✓✓").count() >= 3);
    fs::write("assets/screen.svg", svg(&alice)).expect("the picture can be written");
}

fn svg(terminal: &Terminal) -> String {
    let (cols, rows) = SIZE;
    let (width, height) = (cols * CELL.0 + 24, rows * CELL.1 + 24);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"15\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{GROUND}\"/>\n"
    );
    terminal.with_screen(|screen| {
        for row in 0..rows {
            for col in 0..cols {
                let Some(cell) = screen.cell(row, col) else { continue };
                draw(&mut out, cell, row, col);
            }
        }
    });
    out.push_str("</svg>\n");
    out
}

fn draw(out: &mut String, cell: &vt100::Cell, row: u16, col: u16) {
    let (mut ink, mut ground) = (colour(cell.fgcolor(), INK), colour(cell.bgcolor(), GROUND));
    if cell.inverse() {
        std::mem::swap(&mut ink, &mut ground);
    }
    let (x, y) = (12 + col * CELL.0, 12 + row * CELL.1);
    let width = if cell.is_wide() { 2 * CELL.0 } else { CELL.0 };
    if ground != GROUND && !cell.is_wide_continuation() {
        let _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" fill=\"{ground}\"/>", CELL.1);
    }
    let text = cell.contents();
    if text.trim().is_empty() {
        return;
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let weight = if cell.bold() { " font-weight=\"bold\"" } else { "" };
    let faint = if cell.dim() { " opacity=\"0.6\"" } else { "" };
    let base = y + 14;
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{base}\" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{ink}\"{weight}{faint}>{text}</text>"
    );
}

fn colour(colour: vt100::Color, default: &str) -> String {
    match colour {
        vt100::Color::Default => default.to_owned(),
        vt100::Color::Idx(index) => PALETTE.get(usize::from(index)).copied().unwrap_or(default).to_owned(),
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
    }
}
