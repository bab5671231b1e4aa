//! A terminal emulator for tests, with a configurable width of each character.

use ratatui::layout::{Position, Size};

/// The columns that a terminal uses for a character. 0 adds it to the character before; `None` drops it.
pub(super) type WidthOf = fn(char) -> Option<usize>;

/// The text on a terminal, and the position of its cursor.
pub(super) struct Emulator {
    width_of: WidthOf,
    /// The text of each cell; the second column of a wide character is empty.
    pub(super) rows: Vec<Vec<String>>,
    x: usize,
    y: usize,
    /// Whether a character that does not fit goes to the next row.
    wraps: bool,
}

impl Emulator {
    pub(super) fn new(size: Size, width_of: WidthOf) -> Self {
        let rows = vec![vec![" ".to_owned(); size.width.into()]; size.height.into()];
        Self { width_of, rows, x: 0, y: 0, wraps: true }
    }

    pub(super) fn symbol(&self, at: Position) -> &str {
        &self.rows[usize::from(at.y)][usize::from(at.x)]
    }

    /// Processes the output of a painter.
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
                    let parameters = sequence.strip_prefix('[').and_then(|sequence| sequence.strip_suffix('H'));
                    if let Some((y, x)) = parameters.and_then(|parameters| parameters.split_once(';')) {
                        (self.y, self.x) = (y.parse::<usize>().unwrap() - 1, x.parse::<usize>().unwrap() - 1);
                    }
                }
            }
        }
    }

    fn put(&mut self, c: char) {
        let width = self.rows[0].len();
        let Some(columns) = (self.width_of)(c) else { return };
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
        // If half of a wide character is overwritten, the other half becomes blank.
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
