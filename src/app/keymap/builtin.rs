//! The keymap that papo brings, read while papo is compiled, so that a start need not.

use super::{Action, Context, Key};
use crate::domain::split;

pub(super) const FILE: &str = include_str!("../../../assets/keymap.toml");

/// What it binds.
pub(super) static BINDINGS: [(Context, Key, Action); entries(FILE)] = read(FILE);

/// How many entries there are: each has a line of its own, with nothing to escape.
const fn entries(file: &str) -> usize {
    let (mut rest, mut count) = (file, 0);
    while !rest.is_empty() {
        let (line, after) = split(rest, b'\n');
        (rest, count) = (after, count + is_entry(line) as usize);
    }
    count
}

const fn read<const COUNT: usize>(file: &str) -> [(Context, Key, Action); COUNT] {
    let mut bindings = [(Context::Global, Key::ESC, Action::Cancel); COUNT];
    let (mut rest, mut context, mut count) = (file, Context::Global, 0);
    while !rest.is_empty() {
        let (line, after) = split(rest, b'\n');
        if is_entry(line) {
            let (_, words) = split(line, b'"');
            let (on, words) = split(words, b'"');
            let (_, words) = split(words, b'"');
            let (run, _) = split(words, b'"');
            let key = Key::read(on).expect("it names a key");
            bindings[count] = (context, key, Action::from_name(run).expect("it names an action"));
            count += 1;
        } else if let Some(named) = Context::from_name(split(line, b' ').0) {
            context = named;
        }
        rest = after;
    }
    bindings
}

const fn is_entry(line: &str) -> bool {
    matches!(line.as_bytes(), [b' ', ..])
}
