//! What the command line asks a papo: the one that runs, or one that is started for it.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::{ConnectArgs, ProfileArgs, exit};
use crate::app::scripts::{Ask, Until};

/// What a papo can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Asking {
    /// Send a message: the words that follow, or the standard input
    #[command(after_help = exit::table())]
    Send {
        /// Who sends.
        #[command(flatten)]
        asker: Asker,

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
    #[command(after_help = exit::table())]
    Request(About),
    /// Accept the oldest request of somebody
    #[command(after_help = exit::table())]
    Accept(About),
    /// Deny the oldest request of somebody
    #[command(after_help = exit::table())]
    Deny(About),
    /// Have everybody forget an ID that is gone for good, so that it leaves their lists of users
    #[command(after_help = exit::table())]
    Forget {
        /// Who asks.
        #[command(flatten)]
        asker: Asker,

        /// For how many seconds to wait for the broker
        #[arg(short, long, value_name = "SECONDS", default_value_t = 30)]
        timeout: u64,

        /// The user's id
        #[arg(value_name = "ID")]
        user: String,
    },
    /// List who there is
    #[command(after_help = exit::table())]
    Users(Listed),
    /// List the groups
    #[command(after_help = exit::table())]
    Groups(Listed),
    /// List what was asked, both ways
    #[command(after_help = exit::table())]
    Inbox(Listed),
    /// List what waits for the broker
    #[command(after_help = exit::table())]
    Outbox(Listed),
    /// Print messages and requests as they come, until interrupted
    #[command(after_help = exit::table())]
    Tail {
        /// Who listens.
        #[command(flatten)]
        asker: Asker,

        /// Print objects of JSON
        #[arg(long)]
        json: bool,

        /// A user's id, #GROUP, or the topic of a talk; all of them where it is left out
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
    pub asker: Asker,

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
