//! The code with side effects: the event loop, the terminal, signals, the log, and the commands of the command line.
//!
//! This is the only module that depends on all others. It makes no decisions about users, requests, sessions or groups:
//! it passes events to the core, and carries out the effects that the core returns.

mod appearance;
mod checking;
mod clock;
mod commit_gate;
#[cfg(feature = "broker")]
mod demo;
mod devices;
mod display;
mod doctor;
mod editor;
mod event_loop;
mod events;
mod exit;
mod exporting;
mod history;
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
mod password;
mod selection;
#[cfg(feature = "broker")]
mod serving;
mod setup;
mod signals;
mod start;
mod startup;
mod suspension;
mod term;
mod terminal;
mod tmux;

use std::{io::Write, process::ExitCode};

use color_eyre::eyre::{Result, WrapErr};

pub use self::exit::exit_code;
use self::{
    ipc::client,
    selection::{environment, load_configuration},
};
use crate::{
    cli::{self, Cli, Command, ConfigCommand, Selection},
    config::{self, Chosen, Paths, choose},
    owner_only::read_if_present,
};

/// Runs the command, or opens the screen if there is no command. [`exit_code`] maps an error to an exit code.
pub fn run(cli: &Cli) -> Result<ExitCode> {
    match &cli.command {
        Some(Command::Client(command)) => return client::run(cli, command),
        #[cfg(feature = "broker")]
        Some(Command::Broker(args)) => serving::run(args),
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
        Some(Command::Doctor { client_args, json }) => return doctor::run(cli, client_args, *json),
        Some(Command::Check { selection, salvage }) => return checking::run(selection, *salvage),
        Some(Command::Export(export)) => exporting::run(export),
        Some(Command::Import(import)) => return importing::run(import),
        #[cfg(feature = "broker")]
        None if cli.screen.demo => demo::show(cli),
        None => return start::open(cli),
    }?;
    output::finish().wrap_err("cannot print")?;
    Ok(ExitCode::SUCCESS)
}

/// `papo config show`: prints the configuration in effect. With `with_origin`, each value has its source.
fn show_configuration(cli: &Cli, selection: &Selection, with_origin: bool) -> Result<()> {
    let paths = Paths::discover()?;
    let file = load_configuration(selection, &paths)?;
    let chosen = choose(&file, &selection.requested(environment)?)?;
    let path = file.path().display();
    let text = read_if_present(file.path()).wrap_err_with(|| format!("cannot read the configuration {path}"))?;
    let text = text.unwrap_or_default();
    let profile = chosen.as_ref().map(|chosen| &chosen.profile);
    let shown = config::shown(&text, file.path(), profile, &cli.applied_overrides(environment), with_origin)?;
    let mut out = output::stdout();
    if let Some(Chosen { profile, id }) = &chosen {
        writeln!(out, "# {id}, profile {profile}")?;
    }
    let missing = if text.is_empty() { " (does not exist)" } else { "" };
    writeln!(out, "# {path}{missing}")?;
    write!(out, "{shown}")?;
    Ok(())
}
