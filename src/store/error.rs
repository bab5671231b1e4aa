//! What can go wrong with the store.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::codec::CodecError;

/// Why a store cannot be opened. It is left as it is.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another papo has it.
    #[error("the profile is open in another papo")]
    InUse,
    /// It belongs to another id.
    #[error("the history in {} belongs to {owner}, not to {me}", path.display())]
    OtherOwner {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        owner: String,
        /// Who asked.
        me: String,
    },
    /// A later papo wrote it.
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
        /// What was found.
        source: redb::Error,
    },
    /// The folder or file cannot be used.
    #[error("cannot open the history in {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl OpenError {
    /// Whether [`Store::salvage`](super::Store::salvage) may find something: the file is there, can be read at least in
    /// part, and is of this papo.
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

/// Why an open store could not do something.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database could not: the disk is full, or gone.
    #[error(transparent)]
    Database(Box<redb::Error>),
    /// A value is too long to be stored.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The file's own structure is damaged, so that the database could not go on.
    #[error("the history file is damaged ({0})")]
    Broken(String),
    /// The file failed, and could not be opened again since.
    #[error("cannot reopen the history")]
    Closed,
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Database(Box::new(error.into()))
    }
}

impl StoreError {
    /// The same, of a store that is being opened.
    pub(super) fn at_opening(self, path: &Path) -> OpenError {
        let path = path.to_owned();
        match self {
            Self::Database(source) => OpenError::Damaged { path, source: *source },
            Self::Broken(what) => OpenError::Damaged { path, source: redb::Error::Corrupted(what) },
            error => OpenError::Io { path, source: io::Error::other(error) },
        }
    }
}

/// One value that cannot be read, or what else is not as it was written; the rest can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The table, or `file`.
    pub table: &'static str,
    /// The key in words.
    pub key: String,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong in a place of the store.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// The value cannot be read.
    #[error(transparent)]
    Value(#[from] CodecError),
    /// There is nothing where something was written.
    #[error("it is missing")]
    Missing,
    /// It says something else than what it points to.
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
