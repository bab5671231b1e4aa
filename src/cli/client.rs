//! Commands that a running papo executes, or that papo executes without a screen if none is running.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum, builder::PossibleValue};

use super::{ConnectArgs, ProfileArgs, exit};
use crate::app::scripts::{GroupAction, ScriptRequest, Until};

/// A command that a papo executes: the running one, or one started for the purpose.
#[expect(missing_docs, reason = "the names of the flattened fields say it")]
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ClientCommand {
    /// Send a message: the text given, or standard input
    #[command(after_help = exit::table())]
    Send {
        #[command(flatten)]
        client_args: ClientArgs,

        /// Wait until the message has reached this stage
        #[arg(short, long, value_enum, default_value_t)]
        until: Until,

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
    Request(UserArgs),
    /// Accept the oldest request from a user
    #[command(after_help = exit::table())]
    Accept(UserArgs),
    /// Deny the oldest request from a user
    #[command(after_help = exit::table())]
    Deny(UserArgs),
    /// Cancel your latest pending request to a user
    #[command(after_help = exit::table())]
    Withdraw(UserArgs),
    /// Block a user: end your open sessions, and ignore their requests and messages
    #[command(after_help = exit::table())]
    Block(UserArgs),
    /// Unblock a user
    #[command(after_help = exit::table())]
    Unblock(UserArgs),
    /// Create a group, or change one
    #[command(subcommand)]
    Group(GroupCommand),
    /// Ask the leader of a group to let you in
    #[command(after_help = exit::table())]
    Join(GroupArgs),
    /// Remove a user who is gone for good from everyone's list of users
    #[command(after_help = exit::table())]
    Forget {
        #[command(flatten)]
        client_args: ClientArgs,

        /// Seconds to wait for the broker
        #[arg(short, long, value_name = "SECONDS", default_value_t = 30)]
        timeout: u64,

        /// ID of the user
        #[arg(value_name = "ID")]
        user: String,
    },
    /// List the users
    #[command(after_help = exit::table())]
    Users(ListArgs),
    /// List the groups
    #[command(after_help = exit::table())]
    Groups(ListArgs),
    /// List the requests, received and sent
    #[command(after_help = exit::table())]
    Inbox(ListArgs),
    /// List the outbox: what is waiting for the broker or was refused
    #[command(after_help = exit::table())]
    Outbox(ListArgs),
    /// Show the connection and what is waiting; the exit code is 4 without a connection
    #[command(after_help = exit::table())]
    Status(ListArgs),
    /// Print messages and requests as they arrive, until interrupted
    #[command(after_help = exit::table())]
    Tail {
        #[command(flatten)]
        client_args: ClientArgs,

        /// Print one JSON object per line
        #[arg(long)]
        json: bool,

        /// ID of a user, #GROUP, or topic of a session [default: all]
        #[arg(value_name = "CONVERSATION")]
        conversation: Option<String>,
    },
}

/// The commands below `papo group`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum GroupCommand {
    /// Create a group, which you lead
    #[command(after_help = exit::table())]
    New(GroupArgs),
    /// Invite a user to a group
    #[command(after_help = exit::table())]
    Invite(MemberArgs),
    /// Remove a member from a group that you lead
    #[command(after_help = exit::table())]
    Kick(MemberArgs),
    /// Make a member the leader of a group that you lead
    #[command(after_help = exit::table())]
    Lead(MemberArgs),
    /// Leave a group
    #[command(after_help = exit::table())]
    Leave(GroupArgs),
    /// End a group that you lead, for all members
    #[command(after_help = exit::table())]
    Disband(GroupArgs),
}

impl GroupCommand {
    fn script_request(&self) -> ScriptRequest {
        let user = |args: &MemberArgs| args.user.clone();
        let action = match self {
            Self::New(_) => GroupAction::New,
            Self::Invite(args) => GroupAction::Invite(user(args)),
            Self::Kick(args) => GroupAction::Kick(user(args)),
            Self::Lead(args) => GroupAction::Lead(user(args)),
            Self::Leave(_) => GroupAction::Leave,
            Self::Disband(_) => GroupAction::Disband,
        };
        ScriptRequest::Group { group: self.group_args().group.clone(), action }
    }

    fn group_args(&self) -> &GroupArgs {
        match self {
            Self::New(args) | Self::Leave(args) | Self::Disband(args) => args,
            Self::Invite(args) | Self::Kick(args) | Self::Lead(args) => &args.group_args,
        }
    }
}

/// A command about one group.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct GroupArgs {
    /// The user, and the broker.
    #[command(flatten)]
    pub client_args: ClientArgs,

    /// Seconds to wait for the broker; after that, papo still sends it later
    #[arg(short, long, value_name = "SECONDS", default_value_t = 30)]
    pub timeout: u64,

    /// Name of the group, with or without #
    #[arg(value_name = "GROUP")]
    pub group: String,
}

/// A command about one user in a group.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct MemberArgs {
    /// The group.
    #[command(flatten)]
    pub group_args: GroupArgs,

    /// ID of the user
    #[arg(value_name = "WHO")]
    pub user: String,
}

/// The user whose papo executes the command, and the broker to use if none is running.
#[expect(missing_docs, reason = "the names of the flattened fields say it")]
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct ClientArgs {
    #[command(flatten)]
    pub profile_args: ProfileArgs,

    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// A command about one user.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct UserArgs {
    #[command(flatten)]
    pub client_args: ClientArgs,

    /// Seconds to wait for the broker; after that, papo still sends the request later
    #[arg(short, long, value_name = "SECONDS", default_value_t = 30)]
    pub timeout: u64,

    /// ID of the user
    #[arg(value_name = "WHO")]
    pub user: String,
}

/// A command that prints a list.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub client_args: ClientArgs,

    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}

impl ValueEnum for Until {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Broker, Self::Delivered, Self::Read]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Broker => ("broker", "The broker has accepted it: ✓"),
            Self::Delivered => ("delivered", "It is delivered to everyone: ✓✓"),
            Self::Read => ("read", "Everyone has read it"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ClientCommand {
    /// Converts the command to a request for [`app::scripts`](crate::app::scripts).
    pub fn script_request(&self) -> ScriptRequest {
        match self {
            Self::Send { to, text, until, .. } => {
                ScriptRequest::Send { to: to.clone(), text: text.join(" "), until: *until }
            }
            Self::Request(args) => ScriptRequest::Request(args.user.clone()),
            Self::Accept(args) => ScriptRequest::Accept(args.user.clone()),
            Self::Deny(args) => ScriptRequest::Deny(args.user.clone()),
            Self::Withdraw(args) => ScriptRequest::Withdraw(args.user.clone()),
            Self::Block(args) => ScriptRequest::Block(args.user.clone()),
            Self::Unblock(args) => ScriptRequest::Unblock(args.user.clone()),
            Self::Group(command) => command.script_request(),
            Self::Join(args) => ScriptRequest::Group { group: args.group.clone(), action: GroupAction::Join },
            Self::Forget { user, .. } => ScriptRequest::Forget(user.clone()),
            Self::Status(_) => ScriptRequest::Status,
            Self::Users(_) => ScriptRequest::Users,
            Self::Groups(_) => ScriptRequest::Groups,
            Self::Inbox(_) => ScriptRequest::Inbox,
            Self::Outbox(_) => ScriptRequest::Outbox,
            Self::Tail { conversation, .. } => ScriptRequest::Tail(conversation.clone()),
        }
    }

    /// The arguments that select the user and the connection to the broker.
    pub fn client_args(&self) -> &ClientArgs {
        match self {
            Self::Send { client_args, .. } | Self::Forget { client_args, .. } | Self::Tail { client_args, .. } => {
                client_args
            }
            Self::Request(args)
            | Self::Accept(args)
            | Self::Deny(args)
            | Self::Withdraw(args)
            | Self::Block(args)
            | Self::Unblock(args) => &args.client_args,
            Self::Group(command) => &command.group_args().client_args,
            Self::Join(args) => &args.client_args,
            Self::Users(args) | Self::Groups(args) | Self::Inbox(args) | Self::Outbox(args) | Self::Status(args) => {
                &args.client_args
            }
        }
    }

    /// Whether to print the answer as JSON; false for commands without that option.
    pub fn json(&self) -> bool {
        match self {
            Self::Tail { json, .. } => *json,
            Self::Users(args) | Self::Groups(args) | Self::Inbox(args) | Self::Outbox(args) | Self::Status(args) => {
                args.json
            }
            _ => false,
        }
    }

    /// How long to wait for the answer; `None` waits forever.
    pub fn time_limit(&self) -> Option<Duration> {
        match self {
            Self::Send { timeout, .. } | Self::Forget { timeout, .. } => Some(Duration::from_secs(*timeout)),
            Self::Request(args)
            | Self::Accept(args)
            | Self::Deny(args)
            | Self::Withdraw(args)
            | Self::Block(args)
            | Self::Unblock(args) => Some(Duration::from_secs(args.timeout)),
            Self::Group(command) => Some(Duration::from_secs(command.group_args().timeout)),
            Self::Join(args) => Some(Duration::from_secs(args.timeout)),
            Self::Users(_) | Self::Groups(_) | Self::Inbox(_) | Self::Outbox(_) | Self::Status(_) => {
                Some(LIST_TIME_LIMIT)
            }
            Self::Tail { .. } => None,
        }
    }
}

/// How long to wait for a list. If the broker does not answer at all, the time limit of the connection ends the wait
/// earlier.
const LIST_TIME_LIMIT: Duration = Duration::from_secs(30);
