//! Errors of the store.

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::codec::CodecError;

/// Why a store cannot be opened. The file stays unchanged.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum OpenError {
    /// Another process has locked the file.
    #[error("the profile is open in another papo")]
    InUse,
    /// The store belongs to another user id.
    #[error("the history in {} belongs to {owner}, not to {me}", path.display())]
    OtherOwner { path: PathBuf, owner: String, me: String },
    /// A newer version of papo wrote the file.
    #[error("the history in {} was written by a newer papo (format {found}; this one reads up to {known}); update papo", path.display())]
    Newer {
        path: PathBuf,
        /// The schema version of the file.
        found: u64,
        /// The latest schema version that this papo reads.
        known: u64,
    },
    /// redb cannot open the file, or the file's own checksums do not match.
    #[error("the history in {} is damaged ({source}); papo check --salvage saves what can be read", path.display())]
    Damaged { path: PathBuf, source: redb::Error },
    /// The folder or file cannot be used.
    #[error("cannot open the history in {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl OpenError {
    /// Whether [`Store::salvage`](super::Store::salvage) may find something: the file exists, is at least partly
    /// readable, and has an owner and a format that this papo can use.
    pub fn may_be_salvaged(&self) -> bool {
        match self {
            Self::Damaged { .. } => true,
            Self::Io { source, .. } => !matches!(
                source.kind(),
                io::ErrorKind::NotFound
                    | io::ErrorKind::PermissionDenied
                    | io::ErrorKind::StorageFull
                    | io::ErrorKind::ReadOnlyFilesystem
                    | io::ErrorKind::IsADirectory
                    | io::ErrorKind::NotADirectory
            ),
            Self::InUse | Self::OtherOwner { .. } | Self::Newer { .. } => false,
        }
    }
}

/// Why an operation on an open store failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database failed: the disk is full, or gone, or a page is damaged.
    #[error(transparent)]
    Database(Box<redb::Error>),
    /// A value is too long to be stored.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// redb panicked over a damaged structure.
    #[error("the file is damaged ({0})")]
    Broken(String),
    /// An earlier attempt to reopen the file failed.
    #[error("cannot reopen the history")]
    Closed,
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Database(Box::new(error.into()))
    }
}

impl StoreError {
    /// Converts an error that happened while opening `path`.
    pub(super) fn at_opening(self, path: &Path) -> OpenError {
        let path = path.to_owned();
        match self {
            Self::Database(source) => OpenError::Damaged { path, source: *source },
            Self::Broken(what) => OpenError::Damaged { path, source: redb::Error::Corrupted(what) },
            error => OpenError::Io { path, source: io::Error::other(error) },
        }
    }
}

/// One fault in the stored data: a value that is unreadable, missing or inconsistent. The rest stays readable.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{table} {key}: {fault}")]
pub struct Damage {
    /// The name of the table; `file` for the file as a whole.
    pub table: &'static str,
    /// The key, for the user to read.
    pub key: String,
    /// Why it counts as damaged.
    pub fault: Fault,
}

/// What is wrong with a stored value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// Its bytes cannot be decoded.
    #[error(transparent)]
    Value(#[from] CodecError),
    /// Other entries refer to the value, but it does not exist.
    #[error("it is missing")]
    Missing,
    /// It contradicts another entry.
    #[error("it does not match the entry it points to")]
    Inconsistent,
    /// redb cannot read it.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}
