//! papo: parse, run, and say what went wrong.

use std::process::ExitCode;

use clap::Parser;
use papo::{cli::Cli, runtime};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match runtime::run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("papo: {error:#}");
            ExitCode::FAILURE
        }
    }
}
