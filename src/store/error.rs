//! Errors of the store.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::codec::CodecError;

/// Why a store cannot be opened. The file is not changed.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another papo has it.
    #[error("the profile is open in another papo")]
    InUse,
    /// It belongs to another ID.
    #[error("the history in {} belongs to {owner}, not to {me}", path.display())]
    OtherOwner {
        /// The file.
        path: PathBuf,
        /// The owner.
        owner: String,
        /// The current user.
        me: String,
    },
    /// A newer papo wrote it.
    #[error("the history in {} was written by a newer papo (format {found}; this one reads up to {known}); update papo", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// The latest format that is known.
        known: u64,
    },
    /// It is damaged beyond reading.
    #[error("the history in {} is damaged ({source}); papo check --salvage saves what can be read", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The error.
        source: redb::Error,
    },
    /// The folder or file cannot be used.
    #[error("cannot open the history in {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
}

impl OpenError {
    /// Whether [`Store::salvage`](super::Store::salvage) may find something: the file exists, is readable at least in
    /// part, and belongs to this papo.
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
    /// The database failed: the disk is full or gone.
    #[error(transparent)]
    Database(Box<redb::Error>),
    /// A value is too long to be stored.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The file's structure is damaged.
    #[error("the history file is damaged ({0})")]
    Broken(String),
    /// The file failed and could not be reopened.
    #[error("cannot reopen the history")]
    Closed,
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Database(Box::new(error.into()))
    }
}

impl StoreError {
    /// The same error while the store is being opened.
    pub(super) fn at_opening(self, path: &Path) -> OpenError {
        let path = path.to_owned();
        match self {
            Self::Database(source) => OpenError::Damaged { path, source: *source },
            Self::Broken(what) => OpenError::Damaged { path, source: redb::Error::Corrupted(what) },
            error => OpenError::Io { path, source: io::Error::other(error) },
        }
    }
}

/// A value that cannot be read or is not as it was written; the rest of the store is readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The table, or `file`.
    pub table: &'static str,
    /// The key in words.
    pub key: String,
    /// The fault.
    pub fault: Fault,
}

/// What is wrong at a place of the store.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// The value cannot be read.
    #[error(transparent)]
    Value(#[from] CodecError),
    /// A written value is missing.
    #[error("it is missing")]
    Missing,
    /// It does not match the entry it points to.
    #[error("it does not match the entry it points to")]
    Unfit,
    /// The database cannot read it.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.table, self.key, self.fault)
    }
}
