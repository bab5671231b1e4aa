//! Exit codes.

use std::process::ExitCode;

use color_eyre::eyre::Report;

use crate::cli::exit;

/// A request was understood and refused. Ends papo with [`exit::REFUSED`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(pub(super) String);

/// The exit code for an error.
pub fn exit_code(error: &Report) -> ExitCode {
    ExitCode::from(if error.is::<Refused>() { exit::REFUSED } else { exit::FAILED })
}
