//! Exit codes, the same for every command.

use std::fmt::Write as _;

/// An error of papo or the system.
pub const FAILED: u8 = 1;
/// The command was understood and refused; repeating it does not help.
pub const REFUSED: u8 = 3;
/// The time limit passed, or the user interrupted papo, before the command was complete.
pub const LATE: u8 = 4;

/// Every code with its meaning, as printed in the README and the manual.
pub const EXIT_CODES: [(u8, &str); 5] = [
    (0, "done"),
    (FAILED, "an error: papo cannot use a file, the configuration, the history or the running papo"),
    (2, "a wrong command line"),
    (REFUSED, "refused; the reason is printed"),
    (LATE, "not done, or not complete, in time or without a connection; what is queued is still sent later"),
];

/// The table for the help text of a command.
pub(super) fn table() -> String {
    let mut text = "Exit codes:\n".to_owned();
    for (code, meaning) in EXIT_CODES {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {code}  {meaning}");
    }
    text
}
