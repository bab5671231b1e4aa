//! Arguments that several commands share: the user's profile, and the connection to the broker.

use std::path::PathBuf;

use clap::{Args, Subcommand as _};
use thiserror::Error;

use super::Command;
use crate::{
    config::{Asked, ProfileName},
    domain::{NameError, UserId},
};

/// Who the user is, for commands with other positional arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct ProfileArgs {
    /// Your ID on the broker.
    #[arg(short, long, value_name = "ID", value_parser = id, help = "Your ID on the broker [env: PAPO_ID=]")]
    pub id: Option<UserId>,

    /// Where that is written.
    #[command(flatten)]
    pub config_args: ConfigArgs,
}

impl ProfileArgs {
    /// The same, as where the id stands alone.
    pub fn selection(&self) -> Selection {
        Selection { id: self.id.clone(), config_args: self.config_args.clone() }
    }
}

/// Which configuration and profile to use.
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

/// Who the user is, and where that is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Selection {
    /// Your ID on the broker; papo asks for it if none is set.
    #[arg(
        value_name = "ID",
        value_parser = id,
        help = "Your ID on the broker; papo asks for it if none is set [env: PAPO_ID=]"
    )]
    pub id: Option<UserId>,

    /// Where that is written.
    #[command(flatten)]
    pub config_args: ConfigArgs,
}

/// Where the broker is, and how it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct ConnectArgs {
    /// Broker address: mqtt://HOST:PORT, or mqtts://, ws://, wss:// or unix://
    #[arg(short, long, value_name = "URL", env = "PAPO_BROKER", hide_env_values = true)]
    pub broker: Option<String>,

    /// For mqtts and wss: certificate of the CA to trust, in PEM
    #[arg(long, value_name = "FILE", env = "PAPO_CA_FILE")]
    pub ca_file: Option<PathBuf>,
}

/// `PAPO_ID` holds something that is no id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("PAPO_ID cannot be used: {0}")]
pub struct EnvironmentError(NameError);

impl Selection {
    /// Which profile was asked for, on the command line or in `environment`.
    pub fn asked(&self, environment: impl Fn(&str) -> Option<String>) -> Result<Asked, EnvironmentError> {
        let id = match &self.id {
            Some(id) => Some(id.clone()),
            None => environment("PAPO_ID")
                .filter(|text| !text.is_empty())
                .map(|text| UserId::from_input(&text))
                .transpose()
                .map_err(EnvironmentError)?,
        };
        Ok(Asked { profile: self.config_args.profile.clone(), id })
    }
}

/// Refuses a command's name too: in `papo -P work check` it is more likely a command in the wrong place. This is
/// why `PAPO_ID`, which may hold one, is read apart.
fn id(text: &str) -> Result<UserId, String> {
    if text == "help" || Command::has_subcommand(text) {
        return Err("this is a command, and commands come first; if it is your ID, set PAPO_ID".to_owned());
    }
    UserId::from_input(text).map_err(|why| why.to_string())
}
