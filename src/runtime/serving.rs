//! `papo broker`: a broker in the foreground, and who may log in there.

use std::{
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
};

use color_eyre::eyre::{Result, eyre};

use super::{log, password};
use crate::{
    broker::{self, Settings, Users},
    cli::{BrokerCommand, UserCommand},
    config::Paths,
};

/// Runs a broker, or does what is asked of its users.
pub(super) fn run(what: Option<&BrokerCommand>, listen: SocketAddr, state: Option<PathBuf>, open: bool) -> Result<()> {
    let paths = Paths::discover()?;
    let state = state.unwrap_or_else(|| paths.broker_dir());
    let users = Users::of(&state);
    if let Some(BrokerCommand::User(command)) = what {
        return change(&users, command);
    }
    let is_open = users.read()?.is_empty();
    if is_open && !open && !listen.ip().is_loopback() {
        return Err(eyre!(
            "nobody may log in yet, and {listen} can be reached from other machines: add users with papo broker user add \
             ID, or let everybody in with --open"
        ));
    }
    log::start(&paths.state_dir().join("broker.log"));
    Ok(broker::serve(Settings { listen, state }, &mut io::stdout(), &mut io::stderr())?)
}

fn change(users: &Users, command: &UserCommand) -> Result<()> {
    match command {
        UserCommand::Add { name } => users.add(name, &password::ask(name)?)?,
        UserCommand::Passwd { name } => users.change(name, &password::ask(name)?)?,
        UserCommand::Remove { name } => users.remove(name)?,
        UserCommand::List => {
            let mut out = io::stdout().lock();
            for user in users.read()?.keys() {
                writeln!(out, "{user}")?;
            }
        }
    }
    Ok(())
}
