//! papo: parses the command line, runs it, and reports errors.

#![warn(clippy::print_stdout, clippy::print_stderr)]

use std::{env, process::ExitCode};

use color_eyre::eyre::Report;
use papo::{
    cli::Cli,
    runtime::{self, output},
};

fn main() -> ExitCode {
    let cli = Cli::read(env::args_os());
    runtime::run(&cli).unwrap_or_else(|error| {
        output::print_error(format_args!("papo: {}", one_line(&error)));
        runtime::exit_code(&error)
    })
}

/// The error and its causes in one line. A cause is left out if the line already contains its text.
fn one_line(error: &Report) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |line, cause| match line.as_str() {
        "" => cause,
        text if text.contains(&cause) => line,
        text => format!("{text}: {cause}"),
    })
}

#[cfg(test)]
mod tests {
    use color_eyre::eyre::{WrapErr, eyre};

    use super::*;

    #[test]
    fn repeated_causes_are_left_out() {
        let error = Err::<(), _>(eyre!("no such file")).wrap_err("cannot open x: no such file").wrap_err("no start");
        assert_eq!(one_line(&error.unwrap_err()), "no start: cannot open x: no such file");
    }
}
