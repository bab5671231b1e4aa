//! Lines from a pipe or a file.

use std::{
    io::{self, BufRead as _, Read as _},
    thread,
};

use tokio::sync::mpsc::{Receiver, channel};

use crate::domain::TEXT_LIMIT;

/// Capacity of the channel of lines. If it is full, the thread waits, and so does the program that writes.
const LINES: usize = 16;
/// The maximum length of a line, in bytes: a command, and the longest text.
const MAX_LINE: u64 = TEXT_LIMIT as u64 + 1024;

/// Starts a thread that reads standard input, which may be a file that cannot be polled. The channel closes at the end
/// of the input.
pub(super) fn read() -> io::Result<Receiver<io::Result<String>>> {
    let (sender, lines) = channel(LINES);
    let work = move || {
        let mut input = io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
            let line = match read {
                Ok(0) => return,
                Ok(length) if length as u64 == MAX_LINE && line.last() != Some(&b'\n') => {
                    Err(io::Error::other(format!("a line is longer than {MAX_LINE} bytes")))
                }
                Ok(_) => Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()),
                Err(error) => Err(error),
            };
            let is_failed = line.is_err();
            if sender.blocking_send(line).is_err() || is_failed {
                return;
            }
        }
    };
    thread::Builder::new().name("papo-lines".to_owned()).spawn(work)?;
    Ok(lines)
}

/// The line without control characters, except tabs.
pub(super) fn without_controls(line: &str) -> String {
    line.chars().filter(|c| *c == '\t' || !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_other_than_tabs_are_left_out() {
        assert_eq!(without_controls("a\t\u{1b}é"), "a\té");
    }
}
