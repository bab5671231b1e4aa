//! Maps errors to exit codes.

use std::process::ExitCode;

use color_eyre::eyre::Report;

use crate::cli::exit;

/// The error for a request that papo understood and refused. papo exits with [`exit::REFUSED`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(pub(super) String);

/// The exit code for an error: [`exit::REFUSED`] for a refused request, else [`exit::FAILED`].
pub fn exit_code(error: &Report) -> ExitCode {
    ExitCode::from(if error.is::<Refused>() { exit::REFUSED } else { exit::FAILED })
}
