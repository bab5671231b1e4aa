//! Opens, creates and verifies the redb file, whatever its tables are.

use std::{io, path::Path};

use redb::{Builder, Database, DatabaseError};

use super::{
    error::{OpenError, StoreError},
    redb_panic::catch_redb_panic,
    verifying::{self, ReadOnly},
};
use crate::owner_only;

/// The size of redb's page cache. The default of 1 GiB is too much for a messenger.
const CACHE_BYTES: usize = 4 * 1024 * 1024;

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Verifies redb's checksums of all pages.
pub(super) fn verify(path: &Path) -> Result<(), OpenError> {
    map_open_error(path, verifying::verify(path, builder()))
}

/// Opens a damaged file for reading, and never writes to it. The cache is off: pages from it would not count towards
/// the limit on bytes read, which ends a cycle of pages.
pub(super) fn open_read_only(path: &Path) -> Result<ReadOnly, OpenError> {
    map_open_error(path, verifying::open_read_only(path, Database::builder().set_cache_size(0)))
}

/// Opens an existing file. Does not use `create`: if the file has just disappeared, that would create an empty one.
pub(super) fn open(path: &Path) -> Result<Database, OpenError> {
    map_open_error(path, catch_redb_panic(|| Ok(builder().open(path))))
}

pub(super) fn create(path: &Path) -> Result<Database, OpenError> {
    owner_only::options()
        .append(true)
        .create(true)
        .open(path)
        .map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
    map_open_error(path, catch_redb_panic(|| Ok(builder().create(path))))
}

/// Converts both ways in which redb fails to open a file: an error, or a caught panic.
pub(super) fn map_open_error<T>(
    path: &Path,
    opened: Result<Result<T, DatabaseError>, StoreError>,
) -> Result<T, OpenError> {
    let error = match opened {
        Ok(Ok(opened)) => return Ok(opened),
        Ok(Err(error)) => error,
        Err(error) => return Err(error.at_opening(path)),
    };
    let path = path.to_owned();
    Err(match error {
        DatabaseError::DatabaseAlreadyOpen => OpenError::InUse,
        // redb reports wrong content and a truncated header as I/O errors of these two kinds.
        DatabaseError::Storage(redb::StorageError::Io(source))
            if !matches!(source.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
        {
            OpenError::Io { path, source }
        }
        error => OpenError::Damaged { path, source: error.into() },
    })
}
