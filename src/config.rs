//! Where papo's settings come from, and where its files live.
//!
//! Settings lie in layers: what was [asked for](Overrides) over the profile over the top of the
//! [`File`] over the defaults, which the [builtin file](DEFAULT) says. The file is checked as a whole when
//! it is read: a key that papo does not know, or a value that it cannot use, is an error with its line.
//! A profile's name obeys the rule for user ids, so that it can be a folder's name and never leaves its parent.
//!
//! Nothing here reads the command line or connects to anything.

mod address;
mod change;
mod file;
mod keys;
mod password;
mod paths;
mod profile;
mod remember;
mod settings;
mod showing;

use address::loopback_address;
pub use change::set;
use file::EmbeddedBroker;
pub use file::{File, FileError, Profile};
pub use password::{Password, PasswordError};
pub use paths::{Paths, PathsError};
pub use profile::{Chosen, ProfileError, ProfileName, Requested, choose};
pub use remember::{RememberError, remember_first_profile};
pub use settings::{Overrides, Settings};
pub use showing::{AppliedOverride, shown};

/// The builtin configuration file, with every key and its default.
pub const DEFAULT: &str = include_str!("../assets/config.toml");
