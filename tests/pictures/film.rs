//! A recording as one animated SVG: every row that was ever seen is drawn once, and shown for as long as
//! it was on the screen. A viewer without animation shows the end.

use std::{collections::BTreeMap, fmt::Write as _, num::NonZeroU16};

use crate::{
    cast::{Cast, seconds},
    svg::{self, PictureTheme},
};

/// Changes that follow sooner are shown together, in milliseconds.
const FRAME: u64 = 50;
/// How long the end is shown before the animation restarts, in milliseconds.
const END: u64 = 2500;
/// papo writes this after each frame.
const FRAME_ENDS: &str = "\x1b[?2026l";

/// A row of the screen with the time span in which it showed a drawing.
struct Stood {
    row: u16,
    drawing: usize,
    from: u64,
    upto: u64,
}

pub fn svg(cast: &Cast, theme: &PictureTheme) -> String {
    let end = cast.events.last().map_or(0, |(at, _)| *at) + END;
    let (drawings, stood) = rows(cast, theme, end);
    let mut out = String::new();
    svg::head(&mut out, cast.size, theme);
    out.push_str("<defs>\n");
    for (number, drawing) in drawings.iter().enumerate() {
        let _ = writeln!(out, "<g id=\"r{number}\">{drawing}</g>");
    }
    out.push_str("</defs>\n");
    for Stood { row, drawing, from, upto } in stood {
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

/// The rows that are not empty, each drawn once, and where and when they are shown.
fn rows(cast: &Cast, theme: &PictureTheme, end: u64) -> (Vec<String>, Vec<Stood>) {
    let lines = |count| NonZeroU16::new(count).expect("a screen has rows and columns");
    let (cols, rows) = cast.size;
    let mut parser = vt100::Parser::new(lines(rows), lines(cols), 0);
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut now: Vec<(String, u64)> = vec![(String::new(), 0); usize::from(rows)];
    let mut stood = Vec::new();
    let mut seen = None;
    let mut leave = |known: &mut BTreeMap<String, usize>, row: u16, (drawing, from): (String, u64), upto| {
        if !drawing.is_empty() && from < upto {
            let next = known.len();
            stood.push(Stood { row, drawing: *known.entry(drawing).or_insert(next), from, upto });
        }
    };
    let frames = cast.events.iter().flat_map(|(at, data)| data.split_inclusive(FRAME_ENDS).map(|part| (*at, part)));
    for (at, part) in frames {
        parser.process(part.as_bytes());
        if !part.ends_with(FRAME_ENDS) {
            continue;
        }
        // The first frame is there from the start.
        let at = match seen {
            None => 0,
            Some(before) if at < before + FRAME => before,
            Some(_) => at,
        };
        seen = Some(at);
        for row in 0..rows {
            let drawing = svg::row(parser.screen(), row, theme);
            let before = &mut now[usize::from(row)];
            if before.0 != drawing {
                leave(&mut known, row, std::mem::replace(before, (drawing, at)), at);
            }
        }
    }
    for (row, last) in (0..).zip(now) {
        leave(&mut known, row, last, end);
    }
    let mut drawings = vec![String::new(); known.len()];
    for (drawing, number) in known {
        drawings[number] = drawing;
    }
    (drawings, stood)
}
