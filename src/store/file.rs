//! Opens, creates and verifies the file, regardless of its content.

use std::{io, path::Path};

use redb::{Builder, Database, DatabaseError};

use super::{
    error::{OpenError, StoreError},
    redb_panic::catch_redb_panic,
    verifying::{self, ReadOnly},
};
use crate::owner_only;

/// The size of redb's cache; its default of 1 GiB is too much for a messenger.
const CACHE: usize = 4 * 1024 * 1024;

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE);
    builder
}

/// Whether the file's own checksums match.
pub(super) fn verify(path: &Path) -> Result<(), OpenError> {
    known(path, verifying::verify(path, builder()))
}

/// Opens a file for reading only.
pub(super) fn look(path: &Path) -> Result<ReadOnly, OpenError> {
    known(path, verifying::look(path, Database::builder().set_cache_size(0)))
}

/// Not `create`: if the file were gone, an empty one would replace it.
pub(super) fn open(path: &Path) -> Result<Database, OpenError> {
    known(path, catch_redb_panic(|| Ok(builder().open(path))))
}

pub(super) fn create(path: &Path) -> Result<Database, OpenError> {
    owner_only::options()
        .append(true)
        .create(true)
        .open(path)
        .map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
    known(path, catch_redb_panic(|| Ok(builder().create(path))))
}

pub(super) fn known<T>(path: &Path, opened: Result<Result<T, DatabaseError>, StoreError>) -> Result<T, OpenError> {
    let error = match opened {
        Ok(Ok(opened)) => return Ok(opened),
        Ok(Err(error)) => error,
        Err(error) => return Err(error.at_opening(path)),
    };
    let path = path.to_owned();
    Err(match error {
        DatabaseError::DatabaseAlreadyOpen => OpenError::InUse,
        // Invalid content and a truncated header also arrive as read errors.
        DatabaseError::Storage(redb::StorageError::Io(source))
            if !matches!(source.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
        {
            OpenError::Io { path, source }
        }
        error => OpenError::Damaged { path, source: error.into() },
    })
}
