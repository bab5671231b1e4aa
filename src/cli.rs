//! What can be said on the command line, and in the environment beside it.
//!
//! Owns the words and their checks; what they lead to happens elsewhere. A password is never one of them.

#[cfg(feature = "broker")]
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::{path::PathBuf, time::Duration};

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, builder::FalseyValueParser};
use clap_complete::Shell;
use thiserror::Error;

use crate::{
    acl::Prefix,
    app::remote::{Ask, Until},
    archive::Format,
    config::{Asked, Overrides, Password, ProfileName},
    domain::{NameError, UserId},
};

#[cfg(feature = "broker")]
const MQTT_PORT: u16 = 1883;

/// A messenger for the terminal whose only server is an MQTT broker.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(
    name = "papo",
    version,
    about,
    args_conflicts_with_subcommands = true,
    after_help = "Somebody whose ID is the name of a command gives it as PAPO_ID, or as a profile.\n\
        A broker's login is taken from the configuration, or from PAPO_USER and PAPO_PASSWORD."
)]
pub struct Cli {
    /// What to do instead of opening the screen.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Who the user is.
    #[command(flatten)]
    pub selection: Selection,

    /// The broker, as mqtt://HOST:PORT
    #[arg(short, long, value_name = "URL", env = "PAPO_BROKER", hide_env_values = true)]
    pub broker: Option<String>,

    /// Print what happens line by line, as screen readers can follow it
    #[arg(long, env = "PAPO_LINEAR", value_parser = FalseyValueParser::new())]
    pub linear: bool,

    /// Show papo: a few who come, ask, write and answer, on a broker of their own; nothing of it is kept
    #[cfg(feature = "broker")]
    #[arg(long, conflicts_with = "id")]
    pub demo: bool,
}

/// What papo does beside opening the screen.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run an MQTT broker for papo, until it is interrupted
    #[cfg(feature = "broker")]
    #[command(subcommand_negates_reqs = true)]
    Broker {
        /// What to do with it instead.
        #[command(subcommand)]
        what: Option<BrokerCommand>,

        /// Where to listen: an address of this machine, with or without a port
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:1883", value_parser = listen_address)]
        listen: SocketAddr,

        /// The folder for what the broker keeps [default: in papo's data folder]
        #[arg(long, value_name = "DIR", global = true)]
        state: Option<PathBuf>,

        /// Let in everybody who reaches the address, where no users are defined
        #[arg(long)]
        open: bool,
    },
    /// Write the users and rules with which a mosquitto serves papo, and say what else it needs
    Acl(Acl),
    /// Check the history on disk
    Check(Selection),
    /// Write what was said to a file or the terminal, for other programs or for reading
    Export(Export),
    /// Read back what papo export has written as jsonl; what is there already stays as it is
    Import(Import),
    /// Everything that asks a papo: the one that runs, or one that is started for it.
    #[command(flatten)]
    Ask(Asking),
    /// Print what a shell needs to complete papo's words
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual, or write its pages to a folder
    Man {
        /// The folder, for papo.1 and a page for each command
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

impl Cli {
    /// What goes over the configuration. The login comes from `environment` alone, as other users of a machine
    /// can read command lines.
    pub fn overrides(&self, environment: impl Fn(&str) -> Option<String>) -> Overrides {
        Overrides {
            broker: self.broker.clone(),
            user: environment("PAPO_USER"),
            password: environment("PAPO_PASSWORD").map(Password::Text),
            linear: self.linear,
        }
    }
}

/// Who is to use papo on a mosquitto.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(
    after_help = "Passwords are asked for, or read from the standard input: one a line, in the order of the IDs."
)]
pub struct Acl {
    /// Their ids; who is there already stays, with the same password
    #[arg(value_name = "ID", required_unless_present = "remove", value_parser = some_id)]
    pub ids: Vec<UserId>,

    /// What stands before every topic [default: what the rules have already, or nothing]
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<Prefix>,

    /// The folder for the files acl and passwords
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub output: PathBuf,

    /// Make passwords, and print them, this once
    #[arg(long)]
    pub generate: bool,

    /// Whom to take out; named as an ID as well, one gets a new password
    #[arg(long, value_name = "ID", value_parser = some_id)]
    pub remove: Vec<UserId>,
}

/// What can be done with a broker beside running it.
#[cfg(feature = "broker")]
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum BrokerCommand {
    /// Say who may log in; a broker that runs knows at once
    #[command(subcommand)]
    User(UserCommand),
}

/// What can be done with the users of a broker.
#[cfg(feature = "broker")]
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

/// What a papo can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Asking {
    /// Send a message: the words that follow, or the standard input
    #[command(after_help = CODES)]
    Send {
        /// Who sends.
        #[command(flatten)]
        own: Own,

        /// How far it has to come before papo says so
        #[arg(short, long, value_enum, default_value_t)]
        until: UntilArg,

        /// For how many seconds to wait for that; what has not come so far goes on by itself
        #[arg(short, long, value_name = "SECONDS", default_value_t = 30)]
        timeout: u64,

        /// A user's id, or #GROUP
        #[arg(value_name = "WHO")]
        to: String,

        /// The words; the standard input where there are none
        #[arg(value_name = "TEXT")]
        text: Vec<String>,
    },
    /// Ask somebody for a talk
    #[command(after_help = CODES)]
    Request(About),
    /// Accept the oldest request of somebody
    #[command(after_help = CODES)]
    Accept(About),
    /// Deny the oldest request of somebody
    #[command(after_help = CODES)]
    Deny(About),
    /// List who there is
    Users(Listed),
    /// List the groups
    Groups(Listed),
    /// List what was asked, both ways
    Inbox(Listed),
    /// List what waits for the broker
    Outbox(Listed),
    /// Print messages and requests as they come, until interrupted
    Tail {
        /// Who listens.
        #[command(flatten)]
        own: Own,

        /// Print objects of JSON
        #[arg(long)]
        json: bool,

        /// A user's id, #GROUP, or the topic of a talk; all of them where it is left out
        #[arg(value_name = "CONVERSATION")]
        conversation: Option<String>,
    },
}

/// What an exit code says.
const CODES: &str = "Exit codes: 0 done, 1 an error, 2 wrong words, 3 it cannot be done, 4 not done in time.";

/// Whom a command is about.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct About {
    /// Who asks.
    #[command(flatten)]
    pub own: Own,

    /// For how many seconds to wait for the broker; what it has not taken so far goes on by itself
    #[arg(short, long, value_name = "SECONDS", default_value_t = 30)]
    pub timeout: u64,

    /// A user's id
    #[arg(value_name = "WHO")]
    pub user: String,
}

/// How a list is printed.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Listed {
    /// Who asks.
    #[command(flatten)]
    pub own: Own,

    /// Print objects of JSON
    #[arg(long)]
    pub json: bool,
}

/// How far a message has to come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum UntilArg {
    /// The broker has it: ✓
    #[default]
    Broker,
    /// Everybody's papo has it: ✓✓
    Delivered,
    /// Everybody has seen it
    Read,
}

impl Asking {
    /// What is asked.
    pub fn ask(&self) -> Ask {
        match self {
            Self::Send { to, text, until, .. } => Ask::Send {
                to: to.clone(),
                text: text.join(" "),
                until: match until {
                    UntilArg::Broker => Until::Broker,
                    UntilArg::Delivered => Until::Delivered,
                    UntilArg::Read => Until::Read,
                },
            },
            Self::Request(about) => Ask::Request(about.user.clone()),
            Self::Accept(about) => Ask::Accept(about.user.clone()),
            Self::Deny(about) => Ask::Deny(about.user.clone()),
            Self::Users(_) => Ask::Users,
            Self::Groups(_) => Ask::Groups,
            Self::Inbox(_) => Ask::Inbox,
            Self::Outbox(_) => Ask::Outbox,
            Self::Tail { conversation, .. } => Ask::Tail(conversation.clone()),
        }
    }

    /// Who asks.
    pub fn own(&self) -> &Own {
        match self {
            Self::Send { own, .. } | Self::Tail { own, .. } => own,
            Self::Request(about) | Self::Accept(about) | Self::Deny(about) => &about.own,
            Self::Users(listed) | Self::Groups(listed) | Self::Inbox(listed) | Self::Outbox(listed) => &listed.own,
        }
    }

    /// Whether the answer is to be JSON.
    pub fn json(&self) -> bool {
        match self {
            Self::Tail { json, .. } => *json,
            Self::Users(listed) | Self::Groups(listed) | Self::Inbox(listed) | Self::Outbox(listed) => listed.json,
            Self::Send { .. } | Self::Request(_) | Self::Accept(_) | Self::Deny(_) => false,
        }
    }

    /// How long to wait for the answer; without an end where there is none.
    pub fn patience(&self) -> Option<Duration> {
        match self {
            Self::Send { timeout, .. } => Some(Duration::from_secs(*timeout)),
            Self::Request(about) | Self::Accept(about) | Self::Deny(about) => Some(Duration::from_secs(about.timeout)),
            Self::Users(_) | Self::Groups(_) | Self::Inbox(_) | Self::Outbox(_) => Some(LIST_PATIENCE),
            Self::Tail { .. } => None,
        }
    }
}

/// A broker that does not answer at all is found out sooner.
const LIST_PATIENCE: Duration = Duration::from_secs(30);

/// What to write of the history, and how.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Export {
    /// Whose history it is.
    #[command(flatten)]
    pub own: Own,

    /// A user's id, #GROUP, or the topic of a talk; all of them where it is left out
    #[arg(value_name = "CONVERSATION")]
    pub conversation: Option<String>,

    /// jsonl, which can be read back; or markdown or text, for reading
    #[arg(short, long, default_value_t, value_name = "FORMAT")]
    pub format: Format,

    /// The file to write, readable by its owner only; the standard output where it is left out
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Replace the file where it exists
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// What to read back.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Import {
    /// Whose history it goes into.
    #[command(flatten)]
    pub own: Own,

    /// The file; - for the standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Who the user is, for commands that take other words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Own {
    /// Who you are on the broker.
    #[arg(short, long, value_name = "ID", value_parser = id, help = "Who you are on the broker [env: PAPO_ID=]")]
    pub id: Option<UserId>,

    /// Where that is written.
    #[command(flatten)]
    pub place: Place,
}

impl Own {
    /// The same, as where the id stands alone.
    pub fn selection(&self) -> Selection {
        Selection { id: self.id.clone(), place: self.place.clone() }
    }
}

/// Where it is written who the user is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Place {
    /// The configuration file
    #[arg(short, long, value_name = "FILE", env = "PAPO_CONFIG")]
    pub config: Option<PathBuf>,

    /// The profile of the configuration to use
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
    /// Who you are on the broker; asked for when nothing says it.
    #[arg(
        value_name = "ID",
        value_parser = id,
        help = "Who you are on the broker; asked for when nothing says it [env: PAPO_ID=]"
    )]
    pub id: Option<UserId>,

    /// Where that is written.
    #[command(flatten)]
    pub place: Place,
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
        Ok(Asked { profile: self.place.profile.clone(), id })
    }
}

/// Anybody's, who need not be the user.
fn some_id(text: &str) -> Result<UserId, NameError> {
    UserId::from_input(text)
}

/// Refuses a command's name too: in `papo -P work check` it is more likely a command in the wrong place. This is
/// why `PAPO_ID`, which may hold one, is read apart.
fn id(text: &str) -> Result<UserId, String> {
    let is_command = text == "help" || Cli::command().get_subcommands().any(|command| command.get_name() == text);
    if is_command {
        return Err("this is a command, and goes first; if it is your ID, give it as PAPO_ID".to_owned());
    }
    UserId::from_input(text).map_err(|why| why.to_string())
}

/// An address with a port, an address alone, or `localhost` for either.
#[cfg(feature = "broker")]
fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if let Ok(ip) = bare.parse() {
        return Ok(SocketAddr::new(ip, MQTT_PORT));
    }
    match text.strip_prefix("localhost") {
        Some("") => Ok(SocketAddr::new(loopback, MQTT_PORT)),
        Some(port) if port.starts_with(':') => {
            port[1..].parse().map(|port| SocketAddr::new(loopback, port)).map_err(|_| "this is no port".to_owned())
        }
        _ => Err("give an IP address of this machine, as 127.0.0.1:1883, 0.0.0.0 or [::]:1883".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_id_and_flags_open_the_screen() {
        let cli = parse("papo Zoë -c my.toml -P work -b mqtt://here").unwrap();
        assert_eq!(cli.command, None);
        assert_eq!(cli.selection.place.config, Some("my.toml".into()));
        assert_eq!(
            cli.selection.asked(|_| Some("bob".into())),
            Ok(Asked { profile: ProfileName::from_input("work").ok(), id: UserId::new("Zoë").ok() })
        );
        let environment = |key: &str| (key == "PAPO_PASSWORD").then(|| "hidden".to_owned());
        assert_eq!(
            cli.overrides(environment),
            Overrides {
                broker: Some("mqtt://here".into()),
                user: None,
                password: Some(Password::Text("hidden".into())),
                linear: false
            }
        );
    }

    #[test]
    fn a_bad_name_is_refused_with_the_reason() {
        for (line, reason) in [
            ("papo a_b", "use letters, digits, . and -"),
            ("papo 1234", "more than a number"),
            ("papo end", "reserved"),
            ("papo -P ../x", "use letters"),
            ("papo check a/b", "use letters"),
        ] {
            let error = parse(line).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ValueValidation);
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[cfg(feature = "broker")]
    #[test]
    fn the_demo_has_a_user_of_its_own() {
        assert!(parse("papo --demo --linear").is_ok_and(|cli| cli.demo && cli.linear));
        assert_eq!(parse("papo bob --demo").unwrap_err().kind(), ErrorKind::ArgumentConflict);
    }

    #[test]
    fn a_typed_name_is_normalised() {
        assert_eq!(parse("papo Zoe\u{308}").unwrap().selection.id, UserId::new("Zoë").ok());
    }

    #[test]
    fn check_selects_a_profile_like_the_screen_does() {
        let Some(Command::Check(selection)) = parse("papo check alice -P work").unwrap().command else {
            panic!("check is a command");
        };
        assert_eq!(selection.id, UserId::new("alice").ok());
    }

    #[test]
    fn a_command_in_the_wrong_place_is_no_id() {
        for line in ["papo -P work check", "papo -P work help", "papo check check"] {
            let error = parse(line).unwrap_err();
            assert!(error.to_string().contains("PAPO_ID"), "{line}: {error}");
        }
    }

    #[test]
    fn the_environment_says_who_the_user_is_where_the_command_line_does_not() {
        let selection = parse("papo").unwrap().selection;
        let with = |value: &str| selection.asked(|key| (key == "PAPO_ID").then(|| value.to_owned()));
        assert_eq!(with("check").unwrap().id, UserId::new("check").ok());
        assert_eq!(with("").unwrap().id, None);
        assert!(with("a_b").unwrap_err().to_string().contains("PAPO_ID"));
    }

    #[test]
    fn rules_are_for_anybody() {
        let Some(Command::Acl(acl)) = parse("papo acl alice check Zoe\u{308} --prefix a/ --output x").unwrap().command
        else {
            panic!("acl is a command");
        };
        assert_eq!(acl.ids, ["alice", "check", "Zoë"].map(|id| UserId::new(id).unwrap()));
        assert_eq!(acl.prefix, "a/".parse().ok());
        assert!(parse("papo acl --remove alice --remove bob").is_ok());
        assert_eq!(parse("papo acl").unwrap_err().kind(), ErrorKind::MissingRequiredArgument);
        for line in ["papo acl a_b", "papo acl alice --prefix #", "papo acl --remove a/b"] {
            assert_eq!(parse(line).unwrap_err().kind(), ErrorKind::ValueValidation, "{line}");
        }
    }

    #[cfg(feature = "broker")]
    #[test]
    fn the_broker_listens_where_it_is_told() {
        for (line, address) in [
            ("papo broker", "127.0.0.1:1883"),
            ("papo broker --listen 0.0.0.0", "0.0.0.0:1883"),
            ("papo broker --listen 0.0.0.0:2883", "0.0.0.0:2883"),
            ("papo broker --listen [::]:1883", "[::]:1883"),
            ("papo broker --listen [::]", "[::]:1883"),
            ("papo broker --listen ::1", "[::1]:1883"),
            ("papo broker --listen localhost", "127.0.0.1:1883"),
            ("papo broker --listen localhost:0", "127.0.0.1:0"),
        ] {
            let expected = Command::Broker { what: None, listen: address.parse().unwrap(), state: None, open: false };
            assert_eq!(parse(line).unwrap().command, Some(expected), "{line}");
        }
        for line in
            ["papo broker --listen example.org", "papo broker --listen localhost:x", "papo broker --listen 1883"]
        {
            assert_eq!(parse(line).unwrap_err().kind(), ErrorKind::ValueValidation, "{line}");
        }
        let Some(Command::Broker { state, .. }) = parse("papo broker --state /srv/papo").unwrap().command else {
            panic!("broker is a command");
        };
        assert_eq!(state, Some("/srv/papo".into()));
    }
}
