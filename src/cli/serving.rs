//! The arguments of `papo broker`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::broker::{Limits, Listener};

/// `papo broker`: the broker to run, or a command about its users or certificates.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct BrokerArgs {
    /// The command; `None` runs the broker.
    #[command(subcommand)]
    pub command: Option<BrokerCommand>,

    /// Listen on this address, with or without a port; repeatable. Prefix mqtts:// for TLS, ws:// or wss:// for WebSocket
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:1883")]
    pub listen: Vec<Listener>,

    /// Folder for the broker's state [default: in papo's data folder]
    #[arg(long, value_name = "DIR", global = true)]
    pub state: Option<PathBuf>,

    /// Let in everyone who can reach the address, if no users are defined
    #[arg(long)]
    pub open: bool,

    /// TLS certificate in PEM, with its chain [default: the one from papo broker cert]
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,

    /// Private key of the certificate
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,

    /// What clients may use.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// The limits of `papo broker`.
#[expect(clippy::struct_field_names, reason = "they name the options")]
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Clients that are connected at a time
    #[arg(long, value_name = "N", default_value_t = Limits::default().clients)]
    pub max_clients: usize,

    /// Connections of one user at a time
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections)]
    pub max_connections: usize,

    /// Bytes of the largest packet
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().packet,
        value_parser = in_range(1024, 256 * 1024 * 1024))]
    pub max_packet: usize,

    /// Topic aliases of a connection
    #[arg(long, value_name = "N", default_value_t = Limits::default().aliases)]
    pub max_aliases: u16,

    /// Unacknowledged messages of a connection, in each direction
    #[arg(long, value_name = "N", default_value_t = Limits::default().in_flight,
        value_parser = clap::value_parser!(u16).range(1..))]
    pub max_in_flight: u16,

    /// Messages that wait for a client that is away, of which one user may send half
    #[arg(long, value_name = "N", default_value_t = Limits::default().queued_messages)]
    pub max_queued_messages: usize,

    /// Bytes of the messages of one user that wait for others, of which half for one client
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().queued_bytes)]
    pub max_queued_bytes: usize,

    /// Retained messages of one user
    #[arg(long, value_name = "N", default_value_t = Limits::default().retained_messages)]
    pub max_retained_messages: usize,

    /// Bytes of the retained messages of one user
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().retained_bytes)]
    pub max_retained_bytes: usize,

    /// Subscriptions of one client
    #[arg(long, value_name = "N", default_value_t = Limits::default().subscriptions)]
    pub max_subscriptions: usize,
}

impl From<&LimitArgs> for Limits {
    fn from(args: &LimitArgs) -> Self {
        Self {
            clients: args.max_clients,
            connections: args.max_connections,
            packet: args.max_packet,
            aliases: args.max_aliases,
            in_flight: args.max_in_flight,
            queued_messages: args.max_queued_messages,
            queued_bytes: args.max_queued_bytes,
            retained_messages: args.max_retained_messages,
            retained_bytes: args.max_retained_bytes,
            subscriptions: args.max_subscriptions,
            ..Self::default()
        }
    }
}

/// Parses a number in a range, its ends included.
fn in_range(least: usize, most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync {
    move |text| match text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("give a number from {least} to {most}")),
    }
}

/// The commands below `papo broker`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum BrokerCommand {
    /// Manage who may log in; a running broker applies it at once, unless it had no users when it started
    #[command(subcommand)]
    User(UserCommand),
    /// Create a certificate for mqtts and wss, and the CA that signs it
    Cert {
        /// Name or address by which others reach this machine; repeatable [default: all that papo finds]
        #[arg(long = "name", value_name = "HOST")]
        names: Vec<String>,

        /// Days until it expires
        #[arg(long, value_name = "DAYS", default_value_t = 825, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
}

/// The commands below `papo broker user`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum UserCommand {
    /// Add a user; papo asks for the password, or reads it from standard input
    Add(UserName),
    /// Change a user's password
    Passwd(UserName),
    /// Remove a user
    Remove(UserName),
    /// List the users
    List,
}

/// The user that a command changes.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct UserName {
    /// ID of the user
    #[arg(value_name = "ID")]
    pub name: String,
}

#[cfg(test)]
mod tests {
    use clap::{Parser, error::ErrorKind};

    use super::*;
    use crate::cli::{Cli, Command};

    fn serve(line: &str) -> Result<BrokerArgs, clap::Error> {
        match Cli::try_parse_from(line.split_whitespace())?.command {
            Some(Command::Broker(serve)) => Ok(serve),
            _ => panic!("expected the command broker"),
        }
    }

    #[test]
    fn listen_addresses_get_default_scheme_and_port() {
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
