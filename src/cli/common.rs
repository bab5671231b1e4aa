//! Arguments that several commands share: the user's profile, and the connection to the broker.

use std::path::PathBuf;

use clap::{Args, Subcommand as _};
use thiserror::Error;

use super::Command;
use crate::{
    config::{ProfileName, Requested},
    domain::{BrokerList, NameError, UserId},
};

/// The user and their profile, for commands that have other positional arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct ProfileArgs {
    /// The user's ID.
    #[arg(short, long, value_name = "ID", value_parser = id, help = "Your ID on the broker [env: PAPO_ID=]")]
    pub id: Option<UserId>,

    /// The configuration file and its profile.
    #[command(flatten)]
    pub config_args: ConfigArgs,
}

impl ProfileArgs {
    /// Converts the values to a [`Selection`].
    pub fn selection(&self) -> Selection {
        Selection { id: self.id.clone(), config_args: self.config_args.clone() }
    }
}

/// The configuration file and the profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct ConfigArgs {
    /// Configuration file
    #[arg(short, long, value_name = "FILE", env = "PAPO_CONFIG")]
    pub config: Option<PathBuf>,

    /// Profile to use
    #[arg(
        short = 'P',
        long,
        value_name = "NAME",
        env = "PAPO_PROFILE",
        value_parser = ProfileName::from_input as fn(&str) -> Result<ProfileName, NameError>
    )]
    pub profile: Option<ProfileName>,
}

/// The user and their profile, for commands whose only positional argument is the ID.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Selection {
    /// The user's ID.
    #[arg(
        value_name = "ID",
        value_parser = id,
        help = "Your ID on the broker; papo asks for it if none is set [env: PAPO_ID=]"
    )]
    pub id: Option<UserId>,

    /// The configuration file and its profile.
    #[command(flatten)]
    pub config_args: ConfigArgs,
}

/// How to reach the broker.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct ConnectArgs {
    /// Broker address: mqtt://HOST:PORT, or mqtts://, ws://, wss:// or unix://; again for each broker of a cluster
    #[arg(short, long, value_name = "URL", env = "PAPO_BROKER", hide_env_values = true)]
    pub broker: Vec<String>,

    /// For mqtts and wss: certificate of the CA to trust, in PEM
    #[arg(long, value_name = "FILE", env = "PAPO_CA_FILE")]
    pub ca_file: Option<PathBuf>,
}

impl ConnectArgs {
    /// The brokers of all `--broker`, or of `PAPO_BROKER`, which separates them by blanks. [`None`] if none is named.
    pub fn brokers(&self) -> Option<BrokerList> {
        (!self.broker.is_empty()).then(|| BrokerList::from_text(&self.broker.join(" ")))
    }
}

/// `PAPO_ID` is not a valid ID.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("PAPO_ID cannot be used: {0}")]
pub struct EnvironmentError(NameError);

impl Selection {
    /// The profile and the ID from the command line. Without an ID there, takes `PAPO_ID` from `environment`; an
    /// invalid value is an error.
    pub fn requested(&self, environment: impl Fn(&str) -> Option<String>) -> Result<Requested, EnvironmentError> {
        let id = match &self.id {
            Some(id) => Some(id.clone()),
            None => environment("PAPO_ID")
                .filter(|text| !text.is_empty())
                .map(|text| UserId::from_input(&text))
                .transpose()
                .map_err(EnvironmentError)?,
        };
        Ok(Requested { profile: self.config_args.profile.clone(), id })
    }
}

/// Parses an ID. Refuses the names of commands: in `papo -P work check`, `check` is more likely a misplaced command.
/// `PAPO_ID` may be the name of a command, so [`Selection::requested`] reads it, and clap does not.
fn id(text: &str) -> Result<UserId, String> {
    if text == "help" || Command::has_subcommand(text) {
        return Err("this is a command, and commands come first; if it is your ID, set PAPO_ID".to_owned());
    }
    UserId::from_input(text).map_err(|why| why.to_string())
}
