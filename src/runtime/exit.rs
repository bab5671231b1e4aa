//! Maps errors to exit codes.

use std::process::ExitCode;

use color_eyre::eyre::Report;

use crate::cli::exit;

/// The error for a request that papo understood and refused. papo exits with [`exit::REFUSED`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(pub(super) String);

/// The error for what papo could not complete in time. papo exits with [`exit::LATE`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Late(pub(super) String);

/// The exit code for an error: [`exit::REFUSED`] for a refused request, [`exit::LATE`] for one that took too long, else
/// [`exit::FAILED`].
pub fn exit_code(error: &Report) -> ExitCode {
    ExitCode::from(match error {
        error if error.is::<Refused>() => exit::REFUSED,
        error if error.is::<Late>() => exit::LATE,
        _ => exit::FAILED,
    })
}
