//! Stores the user's ID after it was asked for.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::domain::UserId;
use crate::owner_only::replace;

/// Why the profile could not be saved.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the names say it")]
pub enum RememberError {
    /// The file is not TOML.
    #[error("{path} is not valid TOML, so it was not changed", path = .path.display())]
    Unreadable { path: PathBuf, source: toml_edit::TomlError },
    /// The file has another value in place of the table of the profile.
    #[error("{path} has something else in place of [profiles.\"{id}\"], so it was not changed", path = .path.display())]
    Occupied { path: PathBuf, id: UserId },
    /// The file could not be read or written.
    #[error("cannot write the configuration {path}", path = .path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// Adds a profile named `id` to the configuration file, with `broker` if given, and makes it the default profile unless
/// there is one. Everything else in the file stays as it is, including comments.
///
/// The file is replaced atomically, and only its owner can read it. A symbolic link stays one.
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

/// The document with the profile; `None` if another value is in its place.
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
