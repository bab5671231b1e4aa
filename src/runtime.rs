//! The outside: the event loop, the terminal, signals, the log, and what the command line asks for.
//!
//! The only place that sees everything, and the only one that reads the clock. It decides nothing about
//! users, requests, sessions or groups: it carries what happens to the core and carries out what that asks.

mod clock;
#[cfg(feature = "broker")]
mod demo;
mod display;
mod editor;
mod event_loop;
mod exporting;
#[cfg_attr(not(feature = "broker"), path = "runtime/no_hosting.rs")]
mod hosting;
mod importing;
mod keyboard;
mod lines;
mod links;
mod log;
mod look;
mod manual;
mod notify;
mod opener;
mod outward;
mod password;
mod remote;
#[cfg(feature = "broker")]
mod serving;
mod setup;
mod signals;
mod start;
mod stock;
mod suspension;
mod terminal;
mod translate;

use std::{env, io::Write, path::PathBuf, process::ExitCode};

use color_eyre::eyre::{Result, WrapErr, eyre};
use uuid::Uuid;

use crate::{
    cli::{Cli, Command, Selection},
    config::{Chosen, File, Paths, choose},
    store::{Opened, Store},
};

/// Does what the command line asks for.
pub fn run(cli: &Cli) -> Result<ExitCode> {
    match &cli.command {
        Some(Command::Ask(asking)) => return remote::client::run(cli, asking),
        #[cfg(feature = "broker")]
        Some(Command::Broker { what, listen, state, open }) => {
            serving::run(what.as_ref(), *listen, state.clone(), *open)
        }
        Some(Command::Acl(acl)) => stock::run(acl),
        Some(Command::Completions { shell }) => manual::completions(*shell),
        Some(Command::Man { folder }) => manual::pages(folder.as_deref()),
        Some(Command::Check(selection)) => check(selection),
        Some(Command::Export(export)) => exporting::run(export),
        Some(Command::Import(import)) => importing::run(import),
        #[cfg(feature = "broker")]
        None if cli.demo => demo::show(cli),
        None => start::open(cli),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// The variable of the environment, where it is set to text.
fn environment(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// The configuration that the command line points to.
fn configuration(selection: &Selection, paths: &Paths) -> Result<File> {
    Ok(match &selection.place.config {
        Some(path) => File::load(path)?,
        None => File::load_if_present(&paths.config_file())?,
    })
}

/// Opens the history of whom the command line names, where there is one.
fn opened(selection: &Selection) -> Result<(Chosen, Opened)> {
    let paths = Paths::discover()?;
    let (chosen, folder) = whose(&paths, &configuration(selection, &paths)?, selection)?;
    if !Store::is_in(&folder) {
        return Err(eyre!("there is no history in {}", folder.display()));
    }
    let opened = Store::open(&folder, &chosen.id, "")?;
    Ok((chosen, opened))
}

/// Opens the history of whom the command line names; makes one where there is none.
fn open(selection: &Selection) -> Result<(Chosen, Opened)> {
    let paths = Paths::discover()?;
    let (chosen, folder) = whose(&paths, &configuration(selection, &paths)?, selection)?;
    let opened = Store::open(&folder, &chosen.id, &new_device())?;
    Ok((chosen, opened))
}

/// Whom the command line names, and the folder of the history.
fn whose(paths: &Paths, file: &File, selection: &Selection) -> Result<(Chosen, PathBuf)> {
    let chosen = choose(file, &selection.asked(environment)?)?;
    let chosen = chosen.ok_or_else(|| eyre!("say who you are: set PAPO_ID, or name a profile with -P"))?;
    let folder = paths.profile_dir(&chosen.profile);
    Ok((chosen, folder))
}

/// A name for a new installation.
fn new_device() -> String {
    Uuid::now_v7().simple().to_string()
}

/// Reads the whole history and says what it found.
fn check(selection: &Selection) -> Result<()> {
    let (_, opened) = opened(selection)?;
    let checked = opened.store.check().wrap_err("the history cannot be read")?;
    let mut out = std::io::stdout().lock();
    for damage in &checked.damage {
        writeln!(out, "{damage}")?;
    }
    if let Err(error) = &checked.file {
        writeln!(out, "the file: {error}")?;
    }
    writeln!(out, "{} values, {} damaged", checked.values, checked.damage.len())?;
    if checked.damage.is_empty() && checked.file.is_ok() {
        Ok(())
    } else {
        Err(eyre!("the history is damaged; the rest of it is readable"))
    }
}
