//! The manual and the shell completions, generated from the definition of the command line and the tables of the help.

mod page;
mod topics;

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

use self::page::Page;
use super::output;
use crate::{cli::Cli, owner_only};

/// The file names of the pages that are more than the definition of a command.
const GENERAL: &str = "papo.1";
const FORMATS: &str = "papo.5";

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
        .and_then(|()| fs::write(folder.join(GENERAL), general(&Cli::command())?))
        .and_then(|()| fs::write(folder.join(FORMATS), formats()))
        .wrap_err_with(|| format!("cannot write the manual to {}", folder.display()))
}

/// papo(1) in roff: the sections of the command line, then those of [`topics`].
fn general(command: &clap::Command) -> io::Result<Vec<u8>> {
    let mut source = Vec::new();
    Man::new(command.clone()).render(&mut source)?;
    source.extend(topics::end_of_general().roff().into_bytes());
    Ok(source)
}

/// papo(5) in roff.
fn formats() -> String {
    let title = format!(".TH papo 5 \"\" \"papo {}\"\n", env!("CARGO_PKG_VERSION"));
    title + &topics::formats().roff()
}

/// `papo man [PAGE]`: shows the page with `man` if that is installed, else as text. `1` and `5` are the pages of that
/// section.
pub(super) fn show(page: &[String]) -> Result<ExitCode> {
    match page.join("-").as_str() {
        "5" | "papo-5" | FORMATS | "papo(5)" => {
            return show_source(formats().as_bytes(), FORMATS, || topics::formats().text());
        }
        "1" | "papo-1" | GENERAL | "papo(1)" => return show(&[]),
        _ => {}
    }
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
        let why = format!("no page {:?}; the pages are 1, 5, {}\n", page.join(" "), known.join(", "));
        Cli::command().error(ErrorKind::InvalidValue, why).exit();
    };
    let (source, more) = if command.get_name() == "papo" {
        (general(&command)?, topics::end_of_general())
    } else {
        let mut source = Vec::new();
        Man::new(command.clone()).render(&mut source)?;
        (source, Page::default())
    };
    show_source(&source, GENERAL, || format!("{}{}", command.clone().render_long_help(), more.text()))
}

/// Shows a page with `man`, else as text. `source` is the page in roff.
fn show_source(source: &[u8], name: &str, text: impl FnOnce() -> String) -> Result<ExitCode> {
    let is_shown = show_with_man(source, name).unwrap_or_else(|error| {
        tracing::debug!(%error, "cannot run man");
        false
    });
    if !is_shown {
        write!(output::stdout(), "{}", text())?;
    }
    output::finish()?;
    Ok(ExitCode::SUCCESS)
}

/// Shows a page with `man`. `source` is the page in roff, and `name` its file name. Returns false if `man` has failed.
fn show_with_man(source: &[u8], name: &str) -> io::Result<bool> {
    let folder = std::env::temp_dir().join(format!("papo-{}", Uuid::now_v7().simple()));
    owner_only::create_new_dir(&folder)?;
    let file = folder.join(name);
    let status = owner_only::overwrite(&file)
        .and_then(|mut page| page.write_all(source))
        .and_then(|()| process::Command::new("man").arg(&file).status());
    // An error is ignored: the system cleans up temporary files.
    let _ = fs::remove_dir_all(&folder);
    Ok(status?.success())
}
