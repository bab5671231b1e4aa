//! What can go wrong with the store.

use std::{fmt, io, path::PathBuf};

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
    #[error("the history in {} was written by a newer papo (format {found}); this one knows format {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// The latest format that is known.
        known: u64,
    },
    /// It is damaged beyond reading.
    #[error("the history in {} is damaged ({source}); move the file away or restore a backup of it", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        source: redb::Error,
    },
    /// The folder or file cannot be used.
    #[error("the history in {} cannot be opened: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
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
    /// The file failed, and could not be opened again since.
    #[error("the history could not be opened again")]
    Closed,
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Database(Box::new(error.into()))
    }
}

/// One value that cannot be read; the others can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The table.
    pub table: &'static str,
    /// The key in words.
    pub key: String,
    /// What is wrong with the value.
    pub error: CodecError,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.table, self.key, self.error)
    }
}
