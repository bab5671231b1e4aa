//! Settings and file locations.
//!
//! Settings have four layers, highest precedence first: the [overrides](Overrides), the profile, the top of the
//! [`File`], and the defaults, which the [builtin file](DEFAULT) documents. The whole file is checked when it is read:
//! an unknown key or an invalid value is an error with its line. Profile names follow the rule for user IDs, so each
//! name is a safe folder name.
//!
//! This module does not read the command line and opens no connections.

mod change;
mod file;
mod keys;
mod password;
mod paths;
mod profile;
mod settings;
mod show;

pub use change::{ChangeError, remember_first_profile, set};
use file::EmbeddedBroker;
pub use file::{File, FileError, Profile};
pub use password::{Password, PasswordError};
pub use paths::{Paths, PathsError};
pub use profile::{Chosen, ProfileError, ProfileName, Requested, choose};
pub use settings::{Overrides, Settings, configured};
pub use show::{AppliedOverride, shown};

/// The builtin configuration file, with every key and its default.
pub const DEFAULT: &str = include_str!("../assets/config.toml");
