//! Exit codes, which are the same in every command.

use std::fmt::Write as _;

/// An error.
pub const FAILED: u8 = 1;
/// It cannot be done.
pub const REFUSED: u8 = 3;
/// It was not done, or is not complete, in time.
pub const LATE: u8 = 4;

/// What each code says; the README and the manual have this table.
pub const EXIT_CODES: [(u8, &str); 5] = [
    (0, "done"),
    (FAILED, "an error: a file, the configuration, the history or the running papo cannot be used"),
    (2, "the command line is wrong"),
    (REFUSED, "it cannot be done, and the reason is printed"),
    (LATE, "it was not done, or is not complete, in time; a message that was written goes on by itself"),
];

/// The table as the help of a command shows it.
pub(super) fn table() -> String {
    let mut text = "Exit codes:\n".to_owned();
    for (code, meaning) in EXIT_CODES {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {code}  {meaning}");
    }
    text
}
