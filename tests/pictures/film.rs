//! Turns a recording into one animated SVG. It contains every row that was on the screen once, and shows each row while
//! it was on the screen. A viewer without animation shows the last screen.

use std::{collections::BTreeMap, fmt::Write as _, num::NonZeroU16};

use crate::{
    cast::{Cast, seconds},
    svg::{self, PictureTheme},
};

/// Changes within this time are shown as one frame, in milliseconds.
const FRAME: u64 = 50;
/// How long the last screen is shown before the animation restarts, in milliseconds.
const END: u64 = 2500;
/// The sequence that papo writes after each frame: the end of a synchronized update.
const FRAME_ENDS: &str = "\x1b[?2026l";

/// A time span in which a row of the screen showed a drawing.
struct Span {
    row: u16,
    /// The index of the drawing.
    drawing: usize,
    /// In milliseconds since the start of the recording, like `upto`.
    from: u64,
    upto: u64,
}

pub fn svg(cast: &Cast, theme: &PictureTheme) -> String {
    let end = cast.events.last().map_or(0, |(at, _)| *at) + END;
    let (drawings, spans) = rows(cast, theme, end);
    let mut out = String::new();
    svg::head(&mut out, cast.size, theme);
    out.push_str("<defs>\n");
    for (number, drawing) in drawings.iter().enumerate() {
        let _ = writeln!(out, "<g id=\"r{number}\">{drawing}</g>");
    }
    out.push_str("</defs>\n");
    for Span { row, drawing, from, upto } in spans {
        let _ = write!(out, "<use href=\"#r{drawing}\" y=\"{}\"", svg::top(row));
        let at = |time: u64| format!("{:.4}", seconds(time) / seconds(end));
        let (values, times) = match (from, upto) {
            (0, upto) if upto == end => {
                out.push_str("/>\n");
                continue;
            }
            (0, upto) => ("visible;hidden", format!("0;{}", at(upto))),
            (from, upto) if upto == end => ("hidden;visible", format!("0;{}", at(from))),
            (from, upto) => ("hidden;visible;hidden", format!("0;{};{}", at(from), at(upto))),
        };
        let _ = writeln!(
            out,
            "{}><animate attributeName=\"visibility\" values=\"{values}\" keyTimes=\"{times}\" dur=\"{}s\" \
             calcMode=\"discrete\" repeatCount=\"indefinite\"/></use>",
            if upto == end { "" } else { " visibility=\"hidden\"" },
            seconds(end)
        );
    }
    out.push_str("</svg>\n");
    out
}

/// Returns a drawing of every row that is not empty, without duplicates, and where and when each is shown.
fn rows(cast: &Cast, theme: &PictureTheme, end: u64) -> (Vec<String>, Vec<Span>) {
    let lines = |count| NonZeroU16::new(count).expect("a screen has rows and columns");
    let (cols, rows) = cast.size;
    let mut parser = vt100::Parser::new(lines(rows), lines(cols), 0);
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut now: Vec<(String, u64)> = vec![(String::new(), 0); usize::from(rows)];
    let mut spans = Vec::new();
    let mut last_frame = None;
    let mut end_span = |known: &mut BTreeMap<String, usize>, row: u16, (drawing, from): (String, u64), upto| {
        if !drawing.is_empty() && from < upto {
            let next = known.len();
            spans.push(Span { row, drawing: *known.entry(drawing).or_insert(next), from, upto });
        }
    };
    let frames = cast.events.iter().flat_map(|(at, data)| data.split_inclusive(FRAME_ENDS).map(|part| (*at, part)));
    for (at, part) in frames {
        parser.process(part.as_bytes());
        if !part.ends_with(FRAME_ENDS) {
            continue;
        }
        // The animation begins with the first frame.
        let at = match last_frame {
            None => 0,
            Some(before) if at < before + FRAME => before,
            Some(_) => at,
        };
        last_frame = Some(at);
        for row in 0..rows {
            let drawing = svg::row(parser.screen(), row, theme);
            let before = &mut now[usize::from(row)];
            if before.0 != drawing {
                end_span(&mut known, row, std::mem::replace(before, (drawing, at)), at);
            }
        }
    }
    for (row, last) in (0..).zip(now) {
        end_span(&mut known, row, last, end);
    }
    let mut drawings = vec![String::new(); known.len()];
    for (drawing, number) in known {
        drawings[number] = drawing;
    }
    (drawings, spans)
}
