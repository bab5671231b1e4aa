//! A terminal for tests, which counts columns as it likes.

use ratatui::layout::{Position, Size};

/// How many columns a terminal gives a character; 0 joins it to the one before, none leaves it out.
pub(super) type Opinion = fn(char) -> Option<usize>;

/// What is seen of a terminal, and where its cursor stands.
pub(super) struct Emulator {
    opinion: Opinion,
    /// The text of each cell; the rest of a wide one is empty.
    pub(super) rows: Vec<Vec<String>>,
    x: usize,
    y: usize,
    wraps: bool,
}

impl Emulator {
    pub(super) fn new(size: Size, opinion: Opinion) -> Self {
        let rows = vec![vec![" ".to_owned(); size.width.into()]; size.height.into()];
        Self { opinion, rows, x: 0, y: 0, wraps: true }
    }

    pub(super) fn seen(&self, at: Position) -> &str {
        &self.rows[usize::from(at.y)][usize::from(at.x)]
    }

    /// Takes what a painter writes.
    pub(super) fn process(&mut self, written: &str) {
        let mut rest = written;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            if c != '\x1b' {
                self.put(c);
                continue;
            }
            let end = rest.find(|c: char| c.is_ascii_alphabetic()).expect("the sequence ends");
            let (sequence, after) = rest.split_at(end + 1);
            rest = after;
            match sequence {
                "[?7l" => self.wraps = false,
                "[?7h" => self.wraps = true,
                sequence => {
                    let place = sequence.strip_prefix('[').and_then(|sequence| sequence.strip_suffix('H'));
                    if let Some((y, x)) = place.and_then(|place| place.split_once(';')) {
                        (self.y, self.x) = (y.parse::<usize>().unwrap() - 1, x.parse::<usize>().unwrap() - 1);
                    }
                }
            }
        }
    }

    fn put(&mut self, c: char) {
        let width = self.rows[0].len();
        let Some(columns) = (self.opinion)(c) else { return };
        if columns == 0 {
            let before = self.rows[self.y][..self.x].iter_mut().rev().find(|cell| !cell.is_empty());
            return before.into_iter().for_each(|cell| cell.push(c));
        }
        if self.x + columns > width && self.wraps {
            self.x = 0;
            self.y += 1;
            if self.y == self.rows.len() {
                self.rows.remove(0);
                self.rows.push(vec![" ".to_owned(); width]);
                self.y -= 1;
            }
        }
        let start = self.x.min(width - columns);
        let row = &mut self.rows[self.y];
        // What is left of a wide one that is written over is blank.
        if row[start].is_empty() {
            row[start - 1] = " ".to_owned();
        }
        if row.get(start + columns).is_some_and(String::is_empty) {
            row[start + columns] = " ".to_owned();
        }
        row[start] = c.to_string();
        row[start + 1..start + columns].fill(String::new());
        self.x = start + columns;
    }
}
