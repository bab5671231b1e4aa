//! With which code papo ends.

use std::process::ExitCode;

use color_eyre::eyre::Report;

use crate::cli::exit;

/// What was asked cannot be done; papo ends with the exit code that says so.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(pub(super) String);

/// The exit code that says what kind of error it was.
pub fn exit_code(error: &Report) -> ExitCode {
    ExitCode::from(if error.is::<Refused>() { exit::REFUSED } else { exit::FAILED })
}
