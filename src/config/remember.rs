//! Stores the user's ID after it was asked for.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::domain::UserId;
use crate::owner_only::replace;

/// Why the profile could not be stored.
#[derive(Debug, Error)]
pub enum RememberError {
    /// The file is not TOML.
    #[error("{path} is not valid TOML, so it was not changed", path = .path.display())]
    Unreadable {
        /// The configuration file.
        path: PathBuf,
        /// The error.
        source: toml_edit::TomlError,
    },
    /// The file has another value in place of a table of profiles.
    #[error("{path} has something else in place of [profiles.\"{id}\"], so it was not changed", path = .path.display())]
    Occupied {
        /// The configuration file.
        path: PathBuf,
        /// The ID to store.
        id: UserId,
    },
    /// The file could not be read or written.
    #[error("cannot write the configuration {path}", path = .path.display())]
    Write {
        /// The configuration file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// Adds a profile named after `id` to the configuration file, with its broker if that is not the default, and makes it
/// the default profile if there is none. Everything else in the file stays, including comments.
///
/// The file is replaced whole or not at all, and only its owner can read it. A symbolic link is followed.
pub fn remember_first_profile(file: &Path, id: &UserId, broker: Option<&str>) -> Result<(), RememberError> {
    let failed = |source| RememberError::Write { path: file.to_owned(), source };
    let old = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        result => result.map_err(failed)?,
    };
    let document: DocumentMut =
        old.parse().map_err(|source| RememberError::Unreadable { path: file.to_owned(), source })?;
    let new = with_profile(document, id, broker)
        .ok_or_else(|| RememberError::Occupied { path: file.to_owned(), id: id.clone() })?;
    replace(file, &new).map_err(failed)
}

/// The document with the profile added; `None` if something else is in its place.
fn with_profile(mut document: DocumentMut, id: &UserId, broker: Option<&str>) -> Option<String> {
    if !document.contains_key("default_profile") {
        document.insert("default_profile", value(id.as_str()));
    }
    let mut implicit = Table::new();
    implicit.set_implicit(true);
    let profiles = document.entry("profiles").or_insert(Item::Table(implicit)).as_table_like_mut()?;
    let profile = profiles.entry(id.as_str()).or_insert(Item::Table(Table::new())).as_table_like_mut()?;
    if !profile.contains_key("id") {
        profile.insert("id", value(id.as_str()));
    }
    if let Some(broker) = broker {
        profile.insert("broker", value(broker));
    }
    Some(document.to_string())
}
