//! The manual and the shell completions, generated from the definition of the command line.

use std::{
    fs,
    io::{self, Write},
    path::Path,
    process::{self, ExitCode},
};

use clap::{CommandFactory, error::ErrorKind};
use clap_complete::Shell;
use clap_mangen::Man;
use color_eyre::eyre::{Result, WrapErr};
use uuid::Uuid;

use super::output;
use crate::{cli::Cli, owner_only};

/// Runs `papo completions`: prints the script for `shell`.
pub(super) fn completions(shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "papo", &mut script);
    Ok(output::stdout().write_all(&script)?)
}

/// `papo man --dir`: writes all pages to a folder.
pub(super) fn write(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .wrap_err_with(|| format!("cannot write the manual to {}", folder.display()))
}

/// `papo man [PAGE]`: shows the page with `man` if that is installed, else as text.
pub(super) fn show(page: &[String]) -> Result<ExitCode> {
    let mut top = Cli::command().disable_help_subcommand(true);
    top.build();
    // Also accepts the file name of a page, such as `papo-broker-user`.
    let name = page.join("-");
    let words = name.strip_prefix("papo").unwrap_or(&name).split('-').filter(|word| !word.is_empty());
    let mut command = Some(&top);
    for word in words {
        command = command.and_then(|command| command.find_subcommand(word));
    }
    let Some(command) = command.cloned() else {
        let known: Vec<_> = top.get_subcommands().map(clap::Command::get_name).collect();
        let why = format!("no page {:?}; the pages are {}\n", page.join(" "), known.join(", "));
        Cli::command().error(ErrorKind::InvalidValue, why).exit();
    };
    let mut source = Vec::new();
    Man::new(command.clone()).render(&mut source)?;
    let is_shown = show_with_man(&source).unwrap_or_else(|error| {
        tracing::debug!(%error, "cannot run man");
        false
    });
    if !is_shown {
        write!(output::stdout(), "{}", command.clone().render_long_help())?;
    }
    output::finish()?;
    Ok(ExitCode::SUCCESS)
}

/// Shows a page with `man`. `source` is the page in roff. Returns false if `man` has failed.
fn show_with_man(source: &[u8]) -> io::Result<bool> {
    let folder = std::env::temp_dir().join(format!("papo-{}", Uuid::now_v7().simple()));
    owner_only::create_new_dir(&folder)?;
    let file = folder.join("papo.1");
    let status = owner_only::overwrite(&file)
        .and_then(|mut page| page.write_all(source))
        .and_then(|()| process::Command::new("man").arg(&file).status());
    // An error is ignored: the system cleans up temporary files.
    let _ = fs::remove_dir_all(&folder);
    Ok(status?.success())
}
