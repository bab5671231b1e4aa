//! Opens, creates and verifies the file itself, whatever is in it.

use std::{io, path::Path};

use redb::{Builder, Database, DatabaseError};

use super::{
    error::{OpenError, StoreError},
    redb_panic::catch_redb_panic,
    verifying::{self, ReadOnly},
};
use crate::owner_only;

/// What redb may keep in memory; its default of 1 GiB costs a messenger too much.
const CACHE_BYTES: usize = 4 * 1024 * 1024;

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Whether the file's own checksums fit.
pub(super) fn verify(path: &Path) -> Result<(), OpenError> {
    map_open_error(path, verifying::verify(path, builder()))
}

/// Opens a file so that it can be read and is never written to.
pub(super) fn open_read_only(path: &Path) -> Result<ReadOnly, OpenError> {
    map_open_error(path, verifying::open_read_only(path, Database::builder().set_cache_size(0)))
}

/// Not `create`: were the file gone, an empty one would take its place.
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
        // Wrong content, and a file that ends within its header, come as errors of reading too.
        DatabaseError::Storage(redb::StorageError::Io(source))
            if !matches!(source.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
        {
            OpenError::Io { path, source }
        }
        error => OpenError::Damaged { path, source: error.into() },
    })
}
