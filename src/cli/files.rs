//! Commands that read or write files: `papo acl`, `papo export` and `papo import`.

use std::path::PathBuf;

use clap::Args;

use super::ProfileArgs;
use crate::{
    acl::Prefix,
    archive::Format,
    domain::{NameError, UserId},
};

/// `papo acl`: the users of papo on a mosquitto broker.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(
    after_help = "papo asks for the passwords, or reads them from standard input: one per line, in the order of the IDs."
)]
pub struct Acl {
    /// IDs to add; users already in the files keep their passwords
    #[arg(value_name = "ID", required_unless_present = "remove", value_parser = any_id)]
    pub ids: Vec<UserId>,

    /// Prefix of every topic [default: the prefix in the files, or none]
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<Prefix>,

    /// Folder for the files acl and passwords
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub output: PathBuf,

    /// Generate passwords and print them once
    #[arg(long)]
    pub generate: bool,

    /// ID to remove; repeatable. Name it as an ID too to give it a new password
    #[arg(long, value_name = "ID", value_parser = any_id)]
    pub remove: Vec<UserId>,
}

/// `papo export`: what to write, and in which format.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Export {
    /// The user whose history is exported.
    #[command(flatten)]
    pub profile_args: ProfileArgs,

    /// ID of a user, #GROUP, or topic of a session [default: all]
    #[arg(value_name = "CONVERSATION")]
    pub conversation: Option<String>,

    /// jsonl, which papo import reads, or markdown or text
    #[arg(short, long, default_value_t, value_name = "FORMAT")]
    pub format: Format,

    /// File to write, readable only by you [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Replace the file if it exists
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// `papo import`: the file to read.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Import {
    /// The user whose history the messages go into.
    #[command(flatten)]
    pub profile_args: ProfileArgs,

    /// File to read, or - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Parses an ID, which may be the name of a command.
fn any_id(text: &str) -> Result<UserId, NameError> {
    UserId::from_input(text)
}
