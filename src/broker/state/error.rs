//! Why the saved state cannot be read or written.

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::super::StartError;
use crate::store::StoreError;

/// Why the saved state cannot be opened. Nothing of it was changed.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another broker has locked the file in this folder.
    #[error("{} is in use by another broker", .0.display())]
    InUse(PathBuf),
    /// A newer version of papo wrote the file.
    #[error("{} was written by a newer papo (format {found}; this one reads up to {known}); update papo", path.display())]
    Newer { path: PathBuf, found: u64, known: u64 },
    /// The file, or a value in it, cannot be read.
    #[error("{} is damaged ({why}); restore it, or move it away to start without sessions and messages", path.display())]
    Damaged { path: PathBuf, why: String },
    /// See [`StartError::StateOwner`].
    #[error("{} does not belong to this account alone", .0.display())]
    Owner(PathBuf),
    /// The folder or file cannot be used.
    #[error("cannot use {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl OpenError {
    /// Converts an error that happened while `path` was read or written.
    pub(super) fn of(error: StoreError, path: &Path) -> Self {
        match error {
            StoreError::Database(error) => Self::of_redb(*error, path),
            error => Self::Damaged { path: path.to_owned(), why: error.to_string() },
        }
    }

    fn of_redb(error: redb::Error, path: &Path) -> Self {
        let path = path.to_owned();
        match error {
            redb::Error::DatabaseAlreadyOpen => Self::InUse(path.parent().map_or(path.clone(), Path::to_owned)),
            // redb reports wrong content and a truncated header as I/O errors of these two kinds.
            redb::Error::Io(source)
                if !matches!(source.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
            {
                Self::Io { path, source }
            }
            error => Self::Damaged { path, why: error.to_string() },
        }
    }
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        let state = match &error {
            OpenError::InUse(folder) => return Self::StateInUse(folder.clone()),
            OpenError::Owner(folder) => return Self::StateOwner(folder.clone()),
            OpenError::Newer { path, .. } | OpenError::Damaged { path, .. } | OpenError::Io { path, .. } => {
                path.clone()
            }
        };
        Self::State { state, source: error.into() }
    }
}

/// Why changes could not be saved.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The transaction failed: the disk is full, or gone, or a page is damaged.
    #[error(transparent)]
    Transaction(#[from] StoreError),
    /// After such a failure the file could not be opened again.
    #[error(transparent)]
    Reopen(#[from] OpenError),
    /// The thread that writes has panicked.
    #[error("the thread that saves the broker's state has panicked")]
    Panicked,
}
