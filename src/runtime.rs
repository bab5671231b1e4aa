//! The outside: the event loop, the terminal, signals, the log, and what the command line asks for.
//!
//! The only place that sees everything, and the only one that reads the clock. It decides nothing about
//! users, requests, sessions or groups: it carries what happens to the core and carries out what that asks.

mod appearance;
mod clock;
mod commit_gate;
#[cfg(feature = "broker")]
mod demo;
mod display;
mod doctor;
mod editor;
mod event_loop;
mod events;
mod exporting;
#[cfg_attr(not(feature = "broker"), path = "runtime/no_hosting.rs")]
mod hosting;
mod importing;
mod ipc;
mod keyboard;
mod line_terminal;
mod links;
mod log;
mod manual;
mod mosquitto_acl;
mod notify;
mod opener;
pub mod output;
mod pace;
mod password;
#[cfg(feature = "broker")]
mod serving;
mod setup;
mod signals;
mod start;
mod suspension;
mod term;
mod terminal;
mod tmux;

use std::{
    env,
    io::Write,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::ExitCode,
};

use color_eyre::eyre::{Report, Result, WrapErr, eyre};
use uuid::Uuid;

use self::ipc::{StoreJob, client};
use crate::{
    cli::{self, Cli, Command, ConfigCommand, Selection, exit},
    config::{self, Chosen, File, Paths, choose},
    store::{self, OpenError, Opened, Store},
};

/// Does what the command line asks for.
pub fn run(cli: &Cli) -> Result<ExitCode> {
    match &cli.command {
        Some(Command::Ask(asking)) => return client::run(cli, asking),
        #[cfg(feature = "broker")]
        Some(Command::Broker(serve)) => serving::run(serve),
        Some(Command::Acl(acl)) => mosquitto_acl::run(acl),
        Some(Command::Completions { shell }) => manual::completions(*shell),
        Some(Command::Man { dir: Some(folder), .. }) => manual::write(folder),
        Some(Command::Man { page, dir: None }) => return manual::show(page),
        Some(Command::Version) => {
            output::print(format_args!("papo {}", cli::version())).wrap_err("cannot print").map(drop)
        }
        Some(Command::Config(ConfigCommand::Show { selection, origin, .. })) => {
            show_configuration(cli, selection, *origin)
        }
        Some(Command::Doctor { asker, json }) => return doctor::run(cli, asker, *json),
        Some(Command::Check { selection, salvage }) => return check(selection, *salvage),
        Some(Command::Export(export)) => exporting::run(export),
        Some(Command::Import(import)) => return importing::run(import),
        #[cfg(feature = "broker")]
        None if cli.opening.demo => demo::show(cli),
        None => return start::open(cli),
    }?;
    output::finish().wrap_err("cannot print")?;
    Ok(ExitCode::SUCCESS)
}

/// The variable of the environment, where it is set to text.
fn environment(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// The configuration that the command line points to.
fn configuration(selection: &Selection, paths: &Paths) -> Result<File> {
    Ok(match &selection.config_args.config {
        Some(path) => File::load(path)?,
        None => File::load_if_present(&paths.config_file())?,
    })
}

/// What was asked cannot be done; papo ends with the exit code that says so.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

/// The exit code that says what kind of error it was.
pub fn exit_code(error: &Report) -> ExitCode {
    ExitCode::from(if error.is::<Refused>() { exit::REFUSED } else { exit::FAILED })
}

/// A way to the history of a user.
enum Access {
    /// It is open in this process.
    Here(Box<Opened>),
    /// A connection to the papo that has it open.
    Elsewhere(UnixStream),
}

/// Opens the history of whom the command line names, where there is one.
fn opened(selection: &Selection) -> Result<(Chosen, Access)> {
    access(selection, |folder| {
        if Store::is_in(folder) { Ok(String::new()) } else { Err(eyre!("no history in {}", folder.display())) }
    })
}

/// Opens the history of whom the command line names; makes one where there is none.
fn open(selection: &Selection) -> Result<(Chosen, Access)> {
    access(selection, |_| Ok(new_device()))
}

fn access(selection: &Selection, device: impl FnOnce(&Path) -> Result<String>) -> Result<(Chosen, Access)> {
    let paths = Paths::discover()?;
    let (chosen, folder) = whose(&paths, &configuration(selection, &paths)?, selection)?;
    let device = device(&folder)?;
    let access = client::access(&folder, || Store::open(&folder, &chosen.id, &device))?;
    Ok((chosen, access))
}

/// Whom the command line names, and the folder of the history.
fn whose(paths: &Paths, file: &File, selection: &Selection) -> Result<(Chosen, PathBuf)> {
    let chosen = choose(file, &selection.asked(environment)?)?;
    let chosen = chosen.ok_or_else(|| {
        eyre!("no ID given: add your ID (as --id ID where other arguments follow), set PAPO_ID, or choose a profile with -P")
    })?;
    let folder = paths.profile_dir(&chosen.profile);
    Ok((chosen, folder))
}

/// A name for a new installation.
fn new_device() -> String {
    Uuid::now_v7().simple().to_string()
}

/// Prints the configuration in force.
fn show_configuration(cli: &Cli, selection: &Selection, with_origin: bool) -> Result<()> {
    let paths = Paths::discover()?;
    let file = configuration(selection, &paths)?;
    let chosen = choose(&file, &selection.asked(environment)?)?;
    let read = |path: &Path| {
        std::fs::read_to_string(path).wrap_err_with(|| format!("cannot read the configuration {}", path.display()))
    };
    let text = if file.path().exists() { read(file.path())? } else { String::new() };
    let profile = chosen.as_ref().map(|chosen| &chosen.profile);
    let shown = config::shown(&text, file.path(), profile, &cli.applied_overrides(environment), with_origin)?;
    let mut out = output::stdout();
    if let Some(Chosen { profile, id }) = &chosen {
        writeln!(out, "# {id}, profile {profile}")?;
    }
    let missing = if text.is_empty() { " (does not exist)" } else { "" };
    writeln!(out, "# {}{missing}", file.path().display())?;
    write!(out, "{shown}")?;
    Ok(())
}

/// Reads the whole history and says what it found.
fn check(selection: &Selection, may_salvage: bool) -> Result<ExitCode> {
    let opened = match opened(selection) {
        Err(error) if may_salvage && error.downcast_ref().is_some_and(OpenError::may_be_salvaged) => {
            let paths = Paths::discover()?;
            let (chosen, folder) = whose(&paths, &configuration(selection, &paths)?, selection)?;
            let store::Salvaged { kept, messages, conversations } = Store::salvage(&folder, &chosen.id, &new_device())?;
            output::print(format_args!("salvaged {messages} messages from {conversations} conversations"))?;
            output::print(format_args!("the damaged file is kept as {}", kept.display()))?;
            return Ok(ExitCode::SUCCESS);
        }
        opened => opened?,
    };
    let opened = match opened {
        (_, Access::Elsewhere(stream)) => return client::send(stream, StoreJob::Check, std::io::empty()),
        (_, Access::Here(opened)) => opened,
    };
    let checked = opened.store.check().wrap_err("cannot read the history")?;
    let mut out = output::stdout();
    for line in ipc::found(&checked) {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    ipc::sound(&checked).map(|()| ExitCode::SUCCESS)
}
