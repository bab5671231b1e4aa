//! What the command line says about a broker of one's own.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::broker::Listener;

/// A broker to run, or what to do with it instead.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Serve {
    /// What to do with it instead.
    #[command(subcommand)]
    pub what: Option<BrokerCommand>,

    /// Where to listen, once or more: an address of this machine, with or without a port; mqtts:// before it for TLS,
    /// ws:// or wss:// for WebSocket
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:1883")]
    pub listen: Vec<Listener>,

    /// The folder for what the broker keeps [default: in papo's data folder]
    #[arg(long, value_name = "DIR", global = true)]
    pub state: Option<PathBuf>,

    /// Let in everybody who reaches the address, where no users are defined
    #[arg(long)]
    pub open: bool,

    /// The certificate to show, in PEM, with those that lead to its authority [default: that of papo broker cert]
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,

    /// The key of that certificate
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
}

/// What can be done with a broker beside running it.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum BrokerCommand {
    /// Say who may log in; a broker that runs knows at once
    #[command(subcommand)]
    User(UserCommand),
    /// Make a certificate for mqtts and wss, and before it an authority that signs it
    Cert {
        /// A name or address by which others reach this machine; without one all that papo finds
        #[arg(long = "name", value_name = "HOST")]
        names: Vec<String>,

        /// For how many days it is good
        #[arg(long, value_name = "DAYS", default_value_t = 825, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
}

/// What can be done with the users of a broker.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum UserCommand {
    /// Add a user; the password is asked for, or read from the standard input
    Add {
        /// The user's id
        #[arg(value_name = "ID")]
        name: String,
    },
    /// Change a user's password
    Passwd {
        /// The user's id
        #[arg(value_name = "ID")]
        name: String,
    },
    /// Let a user in no more
    Remove {
        /// The user's id
        #[arg(value_name = "ID")]
        name: String,
    },
    /// List the users
    List,
}

#[cfg(test)]
mod tests {
    use clap::{Parser, error::ErrorKind};

    use super::*;
    use crate::cli::{Cli, Command};

    fn serve(line: &str) -> Result<Serve, clap::Error> {
        match Cli::try_parse_from(line.split_whitespace())?.command {
            Some(Command::Broker(serve)) => Ok(serve),
            _ => panic!("broker is a command"),
        }
    }

    #[test]
    fn the_broker_listens_where_it_is_told() {
        let listens =
            |line: &str| -> Vec<String> { serve(line).unwrap().listen.iter().map(ToString::to_string).collect() };
        assert_eq!(listens("papo broker"), ["mqtt://127.0.0.1:1883"]);
        assert_eq!(listens("papo broker --listen 0.0.0.0"), ["mqtt://0.0.0.0:1883"]);
        assert_eq!(
            listens("papo broker --listen mqtts://0.0.0.0 --listen ws://localhost:8080"),
            ["mqtts://0.0.0.0:8883", "ws://127.0.0.1:8080"]
        );
        assert_eq!(serve("papo broker --listen example.org").unwrap_err().kind(), ErrorKind::ValueValidation);
        assert_eq!(serve("papo broker --state /srv/papo").unwrap().state, Some("/srv/papo".into()));
        assert_eq!(serve("papo broker --cert a.pem").unwrap_err().kind(), ErrorKind::MissingRequiredArgument);
        assert!(serve("papo broker cert --name boat --name 10.0.0.1 --days 30").is_ok());
        assert_eq!(serve("papo broker cert --days 0").unwrap_err().kind(), ErrorKind::ValueValidation);
    }
}
