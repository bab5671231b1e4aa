//! What the command line asks a papo: the one that runs, or one that is started for it.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::{ConnectArgs, ProfileArgs, exit};
use crate::app::scripts::{Ask, Until};

/// What a papo can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ClientCommand {
    /// Send a message: the text given, or standard input
    #[command(after_help = exit::table())]
    Send {
        /// Who sends.
        #[command(flatten)]
        asker: Asker,

        /// Wait until the message has reached this stage
        #[arg(short, long, value_enum, default_value_t)]
        until: UntilArg,

        /// Seconds to wait for that stage; after that, papo still delivers the message later
        #[arg(short, long, value_name = "SECONDS", default_value_t = 30)]
        timeout: u64,

        /// ID of a user, or #GROUP
        #[arg(value_name = "WHO")]
        to: String,

        /// Text of the message [default: standard input]
        #[arg(value_name = "TEXT")]
        text: Vec<String>,
    },
    /// Ask someone to chat
    #[command(after_help = exit::table())]
    Request(About),
    /// Accept the oldest request from a user
    #[command(after_help = exit::table())]
    Accept(About),
    /// Deny the oldest request from a user
    #[command(after_help = exit::table())]
    Deny(About),
    /// Remove a user who is gone for good from everyone's list of users
    #[command(after_help = exit::table())]
    Forget {
        /// Who asks.
        #[command(flatten)]
        asker: Asker,

        /// Seconds to wait for the broker
        #[arg(short, long, value_name = "SECONDS", default_value_t = 30)]
        timeout: u64,

        /// ID of the user
        #[arg(value_name = "ID")]
        user: String,
    },
    /// List the users
    #[command(after_help = exit::table())]
    Users(Listed),
    /// List the groups
    #[command(after_help = exit::table())]
    Groups(Listed),
    /// List the requests, received and sent
    #[command(after_help = exit::table())]
    Inbox(Listed),
    /// List the outbox: what is waiting for the broker or was refused
    #[command(after_help = exit::table())]
    Outbox(Listed),
    /// Print messages and requests as they arrive, until interrupted
    #[command(after_help = exit::table())]
    Tail {
        /// Who listens.
        #[command(flatten)]
        asker: Asker,

        /// Print one JSON object per line
        #[arg(long)]
        json: bool,

        /// ID of a user, #GROUP, or topic of a session [default: all]
        #[arg(value_name = "CONVERSATION")]
        conversation: Option<String>,
    },
}

/// Who asks a papo, and at which broker where none runs yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Asker {
    /// Who the user is.
    #[command(flatten)]
    pub profile_args: ProfileArgs,

    /// Where the broker is.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Whom a command is about.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct About {
    /// Who asks.
    #[command(flatten)]
    pub asker: Asker,

    /// Seconds to wait for the broker; after that, papo still sends the request later
    #[arg(short, long, value_name = "SECONDS", default_value_t = 30)]
    pub timeout: u64,

    /// ID of the user
    #[arg(value_name = "WHO")]
    pub user: String,
}

/// How a list is printed.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Listed {
    /// Who asks.
    #[command(flatten)]
    pub asker: Asker,

    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}

/// How far a message has to come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum UntilArg {
    /// The broker has accepted it: ✓
    #[default]
    Broker,
    /// It is delivered to everyone: ✓✓
    Delivered,
    /// Everyone has read it
    Read,
}

impl ClientCommand {
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
            Self::Forget { user, .. } => Ask::Forget(user.clone()),
            Self::Users(_) => Ask::Users,
            Self::Groups(_) => Ask::Groups,
            Self::Inbox(_) => Ask::Inbox,
            Self::Outbox(_) => Ask::Outbox,
            Self::Tail { conversation, .. } => Ask::Tail(conversation.clone()),
        }
    }

    /// Who asks.
    pub fn asker(&self) -> &Asker {
        match self {
            Self::Send { asker, .. } | Self::Forget { asker, .. } | Self::Tail { asker, .. } => asker,
            Self::Request(about) | Self::Accept(about) | Self::Deny(about) => &about.asker,
            Self::Users(listed) | Self::Groups(listed) | Self::Inbox(listed) | Self::Outbox(listed) => &listed.asker,
        }
    }

    /// Whether the answer is to be JSON.
    pub fn json(&self) -> bool {
        match self {
            Self::Tail { json, .. } => *json,
            Self::Users(listed) | Self::Groups(listed) | Self::Inbox(listed) | Self::Outbox(listed) => listed.json,
            Self::Send { .. } | Self::Request(_) | Self::Accept(_) | Self::Deny(_) | Self::Forget { .. } => false,
        }
    }

    /// How long to wait for the answer; without an end where there is none.
    pub fn patience(&self) -> Option<Duration> {
        match self {
            Self::Send { timeout, .. } | Self::Forget { timeout, .. } => Some(Duration::from_secs(*timeout)),
            Self::Request(about) | Self::Accept(about) | Self::Deny(about) => Some(Duration::from_secs(about.timeout)),
            Self::Users(_) | Self::Groups(_) | Self::Inbox(_) | Self::Outbox(_) => Some(LIST_PATIENCE),
            Self::Tail { .. } => None,
        }
    }
}

/// A broker that does not answer at all is found out sooner.
const LIST_PATIENCE: Duration = Duration::from_secs(30);
