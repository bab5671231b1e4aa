//! The command line and its environment variables.
//!
//! Defines and validates the arguments; other modules execute the commands. Passwords are never arguments.

mod client;
mod common;
pub mod exit;
mod files;
mod mistakes;
#[cfg(feature = "broker")]
mod serving;

use std::{ffi::OsString, path::PathBuf, sync::LazyLock};

use clap::{Args, Parser, Subcommand, builder::FalseyValueParser};
use clap_complete::Shell;

pub use client::{ClientArgs, ClientCommand, GroupCommand};
pub use common::{ConfigArgs, ConnectArgs, EnvironmentError, ProfileArgs, Selection};
pub use files::{Acl, Export, Import};
pub use mistakes::similar_command;
#[cfg(feature = "broker")]
pub use serving::{BrokerArgs, BrokerCommand, UserCommand, UserName};

use crate::{
    config::{AppliedOverride, Overrides, Password},
    domain::BrokerList,
};

/// The version, the commit if it is known, and the enabled Cargo features, such as `0.1.0 (8b9f549549, broker)`.
static LONG_VERSION: LazyLock<String> = LazyLock::new(|| {
    let features = cfg!(feature = "broker").then_some("broker");
    let parts: Vec<&str> = option_env!("PAPO_COMMIT").into_iter().chain(features).collect();
    let version = env!("CARGO_PKG_VERSION");
    if parts.is_empty() { version.to_owned() } else { format!("{version} ({})", parts.join(", ")) }
});

/// A messenger for the terminal whose only server is an MQTT broker.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(
    name = "papo",
    version,
    long_version = LONG_VERSION.as_str(),
    about,
    args_conflicts_with_subcommands = true,
    after_help = "If your ID is also the name of a command, set PAPO_ID or use a profile.\n\
        papo takes the broker login from the configuration, or from PAPO_USER and PAPO_PASSWORD."
)]
pub struct Cli {
    /// The command; `None` opens the screen.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The arguments for the screen; meaningless with a command.
    #[command(flatten)]
    pub screen: ScreenArgs,
}

/// The arguments of `papo` without a command.
#[expect(missing_docs, reason = "the names of the flattened fields say it")]
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ScreenArgs {
    #[command(flatten)]
    pub selection: Selection,

    #[command(flatten)]
    pub connect: ConnectArgs,

    /// Print line by line instead of drawing the screen, for screen readers
    #[arg(long, env = "PAPO_LINEAR", value_parser = FalseyValueParser::new())]
    pub linear: bool,

    /// Show a self-contained demo with three simulated users; nothing is saved
    #[cfg(feature = "broker")]
    #[arg(long, conflicts_with = "id")]
    pub demo: bool,
}

/// The commands.
#[expect(missing_docs, reason = "the names of the flattened fields say it")]
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run an MQTT broker for papo, until interrupted
    #[cfg(feature = "broker")]
    #[command(subcommand_negates_reqs = true)]
    Broker(BrokerArgs),
    /// Show the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check what a broker supports, and what that means for papo
    #[command(after_help = exit::table())]
    Doctor {
        #[command(flatten)]
        client_args: ClientArgs,

        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Write access rules and passwords for mosquitto, and print what else it needs
    Acl(Acl),
    /// Check the history on disk
    #[command(after_help = exit::table())]
    Check {
        #[command(flatten)]
        selection: Selection,

        /// If it cannot be opened, make a new one from what can be read; the damaged file is kept
        #[arg(long)]
        salvage: bool,
    },
    /// Export messages to a file or the terminal
    #[command(after_help = exit::table())]
    Export(Export),
    /// Import messages that papo export wrote as jsonl; existing messages stay as they are
    ///
    /// papo cannot verify who wrote imported messages: trust them as far as you trust the file.
    #[command(after_help = exit::table())]
    Import(Import),
    /// The commands that a running papo executes. If none runs, papo executes them itself.
    #[command(flatten)]
    Client(ClientCommand),
    /// Print shell completions
    Completions {
        /// Shell to complete for
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the version
    Version,
    /// Show a manual page, or write all of them to a folder
    Man {
        /// Command to show the page of, or 5 for the configuration, keys and commands [default: papo itself]
        #[arg(value_name = "PAGE")]
        page: Vec<String>,

        /// Write papo.1, papo.5 and a page for each command to this folder
        #[arg(long, value_name = "DIR", conflicts_with = "page")]
        dir: Option<PathBuf>,
    },
}

impl Cli {
    /// Parses the command line. For `--help`, `--version` and errors, prints the text and exits.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        Self::try_parse_from(&arguments).unwrap_or_else(|error| mistakes::explain(error, &arguments))
    }

    /// The values that override the configuration. The login comes from `environment` only, because other users of the
    /// machine can read command lines.
    pub fn overrides(&self, environment: impl Fn(&str) -> Option<String>) -> Overrides {
        let connect = match &self.command {
            Some(Command::Client(command)) => &command.client_args().connect,
            Some(Command::Config(ConfigCommand::Show { connect, .. })) => connect,
            Some(Command::Doctor { client_args, .. }) => &client_args.connect,
            _ => &self.screen.connect,
        };
        Overrides {
            broker: connect.brokers(),
            ca_file: connect.ca_file.clone(),
            user: environment("PAPO_USER"),
            password: environment("PAPO_PASSWORD").map(Password::Text),
            linear: self.screen.linear,
        }
    }

    /// The overrides, each with the variable or option that sets it, for `papo config show --origin`.
    pub fn applied_overrides(&self, environment: impl Fn(&str) -> Option<String>) -> Vec<AppliedOverride> {
        let Overrides { broker, ca_file, user, password, linear } = self.overrides(&environment);
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let by = |is_variable: bool, variable, flag| if is_variable { variable } else { flag };
        let is_in = |variable: &str, value: &str| environment(variable).as_deref() == Some(value);
        let mut applied = Vec::new();
        let mut add = |key, value: String, by| applied.push(AppliedOverride { key, value, by });
        if let Some(broker) = broker {
            let is_variable = environment("PAPO_BROKER").is_some_and(|text| BrokerList::from_text(&text) == broker);
            add("broker", broker.toml(), by(is_variable, "PAPO_BROKER", "--broker"));
        }
        if let Some(file) = ca_file.as_ref().map(|file| file.to_string_lossy()) {
            add("ca_file", quoted(&file), by(is_in("PAPO_CA_FILE", &file), "PAPO_CA_FILE", "--ca-file"));
        }
        if let Some(user) = user {
            add("user", quoted(&user), "PAPO_USER");
        }
        if password.is_some() {
            add("password", String::new(), "PAPO_PASSWORD");
        }
        if linear {
            add("ui.linear", "true".into(), by(is_in("PAPO_LINEAR", "1"), "PAPO_LINEAR", "--linear"));
        }
        applied
    }
}

/// The commands below `papo config`.
#[expect(missing_docs, reason = "the names of the flattened fields say it")]
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Print every key with its value
    Show {
        #[command(flatten)]
        selection: Selection,

        #[command(flatten)]
        connect: ConnectArgs,

        /// Show where each value comes from
        #[arg(long)]
        origin: bool,
    },
}

/// The text of `papo version` and `papo --version`.
pub fn version() -> &'static str {
    &LONG_VERSION
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, error::ErrorKind};

    use super::*;
    use crate::{
        config::{ProfileName, Requested},
        domain::UserId,
    };

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn clap_accepts_the_definition() {
        Cli::command().debug_assert();
    }

    #[test]
    fn id_and_flags_without_a_command_open_the_screen() {
        let cli = parse("papo Zoë -c my.toml -P work -b mqtt://here").unwrap();
        assert_eq!(cli.command, None);
        assert_eq!(cli.screen.selection.config_args.config, Some("my.toml".into()));
        assert_eq!(
            cli.screen.selection.requested(|_| Some("bob".into())),
            Ok(Requested { profile: ProfileName::from_input("work").ok(), id: UserId::new("Zoë").ok() })
        );
        let environment = |key: &str| (key == "PAPO_PASSWORD").then(|| "hidden".to_owned());
        assert_eq!(
            cli.overrides(environment),
            Overrides {
                broker: Some(BrokerList::one("mqtt://here")),
                password: Some(Password::Text("hidden".into())),
                ..Overrides::default()
            }
        );
    }

    #[test]
    fn screen_arguments_parse_without_a_command() {
        for line in ["papo", "papo Zoë -c my.toml -P work -b mqtt://here --linear", "papo --ca-file ca.pem exprot"] {
            let cli = parse(line).unwrap();
            assert_eq!(cli.command, None, "{line}");
            assert_eq!(Cli::read(line.split_whitespace().map(OsString::from)), cli);
        }
        for line in ["papo check", "papo -P work check", "papo help", "papo --help", "papo -V", "papo a_b"] {
            assert!(parse(line).map_or(true, |cli| cli.command.is_some()), "{line}");
        }
        let acl = ["papo", "acl", "alice"];
        assert_eq!(Cli::read(acl.map(OsString::from)), Cli::try_parse_from(acl).unwrap());
    }

    #[test]
    fn invalid_id_is_refused_with_the_reason() {
        for (line, reason) in [
            ("papo a_b", "use letters, digits, . and -"),
            ("papo bob\u{fe0f}", "invisible"),
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
    fn demo_accepts_no_id() {
        assert!(parse("papo --demo --linear").is_ok_and(|cli| cli.screen.demo && cli.screen.linear));
        assert_eq!(parse("papo bob --demo").unwrap_err().kind(), ErrorKind::ArgumentConflict);
    }

    #[test]
    fn typed_id_is_normalized() {
        assert_eq!(parse("papo Zoe\u{308}").unwrap().screen.selection.id, UserId::new("Zoë").ok());
    }

    #[test]
    fn check_accepts_an_id_and_a_profile() {
        let Some(Command::Check { selection, .. }) = parse("papo check alice -P work").unwrap().command else {
            panic!("expected the command check");
        };
        assert_eq!(selection.id, UserId::new("alice").ok());
    }

    #[test]
    fn client_command_accepts_broker_and_ca_file() {
        let cli = parse("papo send -b mqtts://here --ca-file ca.pem bob hello").unwrap();
        let overrides = cli.overrides(|_| None);
        assert_eq!(overrides.broker, Some(BrokerList::one("mqtts://here")));
        assert_eq!(overrides.ca_file, Some("ca.pem".into()));
    }

    #[test]
    fn broker_may_be_given_again() {
        let cli = parse("papo alice -b mqtt://a --broker mqtt://b").unwrap();
        let none = |_: &str| None;
        let both = BrokerList::from_text("mqtt://a mqtt://b");
        assert_eq!(cli.overrides(none).broker, Some(both));
        let applied = |environment: &dyn Fn(&str) -> Option<String>| cli.applied_overrides(environment);
        let [flag] = &applied(&none)[..] else { panic!("one override") };
        assert_eq!((flag.value.as_str(), flag.by), (r#"["mqtt://a", "mqtt://b"]"#, "--broker"));
        let variable = |name: &str| (name == "PAPO_BROKER").then(|| " mqtt://a  mqtt://b".to_owned());
        assert_eq!(applied(&variable)[0].by, "PAPO_BROKER");
    }

    #[test]
    fn command_name_as_an_id_is_refused() {
        for line in ["papo -P work check", "papo -P work help", "papo check check"] {
            let error = parse(line).unwrap_err();
            assert!(error.to_string().contains("PAPO_ID"), "{line}: {error}");
        }
    }

    #[test]
    fn papo_id_applies_if_the_command_line_has_no_id() {
        let selection = parse("papo").unwrap().screen.selection;
        let with = |value: &str| selection.requested(|key| (key == "PAPO_ID").then(|| value.to_owned()));
        assert_eq!(with("check").unwrap().id, UserId::new("check").ok());
        assert_eq!(with("").unwrap().id, None);
        assert!(with("a_b").unwrap_err().to_string().contains("PAPO_ID"));
    }

    #[test]
    fn acl_accepts_ids_that_are_command_names() {
        let Some(Command::Acl(acl)) = parse("papo acl alice check Zoe\u{308} --prefix a/ --output x").unwrap().command
        else {
            panic!("expected the command acl");
        };
        assert_eq!(acl.ids, ["alice", "check", "Zoë"].map(|id| UserId::new(id).unwrap()));
        assert_eq!(acl.prefix, "a/".parse().ok());
        assert!(parse("papo acl --remove alice --remove bob").is_ok());
        assert_eq!(parse("papo acl").unwrap_err().kind(), ErrorKind::MissingRequiredArgument);
        for line in ["papo acl a_b", "papo acl alice --prefix #", "papo acl --remove a/b"] {
            assert_eq!(parse(line).unwrap_err().kind(), ErrorKind::ValueValidation, "{line}");
        }
    }
}
