//! papo: parse, run, and say what went wrong.

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
        output::print_error(format_args!("papo: {}", in_words(&error)));
        runtime::exit_code(&error)
    })
}

/// The error and its causes in a line; a cause that the words before it hold already is not said twice.
fn in_words(error: &Report) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |words, cause| match words.as_str() {
        "" => cause,
        said if said.contains(&cause) => words,
        said => format!("{said}: {cause}"),
    })
}

#[cfg(test)]
mod tests {
    use color_eyre::eyre::{WrapErr, eyre};

    use super::*;

    #[test]
    fn nothing_is_said_twice() {
        let error = Err::<(), _>(eyre!("no such file")).wrap_err("cannot open x: no such file").wrap_err("in vain");
        assert_eq!(in_words(&error.unwrap_err()), "in vain: cannot open x: no such file");
    }
}
