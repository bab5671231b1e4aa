//! Writes down who the user is, once it has been asked for.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use thiserror::Error;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::domain::UserId;

/// Why the profile could not be written down.
#[derive(Debug, Error)]
pub enum RememberError {
    /// The file is there and is no TOML.
    #[error("{path} is not valid TOML, so it is left alone", path = .path.display())]
    Unreadable {
        /// The configuration file.
        path: PathBuf,
        /// What is wrong with it.
        source: toml_edit::TomlError,
    },
    /// The file has a value where a table of profiles would stand.
    #[error("{path} has something else where [profiles.\"{id}\"] would stand, so it is left alone", path = .path.display())]
    Occupied {
        /// The configuration file.
        path: PathBuf,
        /// The id to remember.
        id: UserId,
    },
    /// The file could not be read or written.
    #[error("cannot write the configuration {path}", path = .path.display())]
    Write {
        /// The configuration file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Makes a profile of `id`'s name in the configuration file, with its broker where it is not the usual one, and makes
/// it the default where there is none.
/// Everything else in the file stays as it is, comments too.
///
/// The file is replaced as a whole or not at all, and only its owner can read it. A symbolic link stays one.
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
    // Where there is a link, what it leads to is replaced.
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    replace(&target, &new).map_err(failed)
}

/// The document with the profile in it; `None` where something else stands in its place.
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

fn replace(target: &Path, text: &str) -> io::Result<()> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_private_dir(folder)?;
    let temporary = folder.join(format!(".config.toml.{}.new", std::process::id()));
    let written = write_private(&temporary, text).and_then(|()| fs::rename(&temporary, target));
    if written.is_err() {
        // It may not even be there; the first error is the one that tells.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_dir(folder)
}

fn create_private_dir(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Makes the new name itself survive a loss of power.
#[cfg(unix)]
fn sync_dir(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened for this.
#[cfg(not(unix))]
fn sync_dir(_: &Path) -> io::Result<()> {
    Ok(())
}
