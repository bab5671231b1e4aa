//! The manual and the completions, from the definition of the command line.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use color_eyre::eyre::{Result, WrapErr};

use crate::cli::Cli;

/// `papo completions`.
pub(super) fn completions(shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "papo", &mut script);
    Ok(io::stdout().write_all(&script)?)
}

/// `papo man`: the first page to the standard output, or all of them to a folder.
pub(super) fn pages(folder: Option<&Path>) -> Result<()> {
    match folder {
        None => Ok(Man::new(Cli::command()).render(&mut io::stdout())?),
        Some(folder) => {
            fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
                .wrap_err_with(|| format!("cannot write the manual to {}", folder.display()))?;
            Ok(())
        }
    }
}
