//! The redb file: creates it whole or not at all, opens it, and gives unused room back.

use std::{
    fs::{self, File, TryLockError},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use redb::{Builder, Database, DatabaseError, ReadableDatabase as _};

use super::{
    error::OpenError,
    pending::Pending,
    rows::{GROUPS, MESSAGES, META, QUEUES, RETAINED, SESSIONS, SINCE},
};
use crate::{
    owner_only,
    store::{StoreError, database::begin_durable, redb_panic::catch_redb_panic},
};

const FILE: &str = "broker.redb";
/// The name of a new file until it is complete.
const NEW: &str = "broker.redb.new";
/// The version of the tables.
const LAYOUT: u64 = 1;
/// The size of redb's page cache in bytes.
const CACHE: usize = 8 << 20;
/// The unused room in bytes that is not worth a compaction.
pub(super) const MIN_UNUSED: u64 = 1 << 20;

pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Whether a broker has the file in this folder open: redb locks it.
pub fn is_in_use(folder: &Path) -> bool {
    File::open(path(folder)).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Opens an existing file. Never creates one: if the file has just disappeared, that would be a fresh start.
pub(super) fn open(path: &Path) -> Result<Database, OpenError> {
    open_with(path, |builder| builder.open(path))
}

fn open_with(path: &Path, open: impl Fn(&Builder) -> Result<Database, DatabaseError>) -> Result<Database, OpenError> {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE);
    catch_redb_panic(|| Ok(open(&builder)?)).map_err(|error| OpenError::of(error, path))
}

/// Creates the file with this content under a temporary name, and renames it. The lock is held throughout, so of two
/// processes that try at once, one gets [`OpenError::InUse`]. `now` is the time since the Unix epoch.
pub(super) fn create(folder: &Path, content: &Pending, now: Duration) -> Result<Database, OpenError> {
    let (path, new) = (path(folder), folder.join(NEW));
    let io = |source| OpenError::Io { path: path.clone(), source };
    let create = || {
        owner_only::options().append(true).create(true).open(&new).map_err(io)?;
        open_with(&new, |builder| builder.create(&new))
    };
    let database = match create() {
        Err(OpenError::Damaged { .. }) => {
            // A process was killed while it created this file; a running process would hold the lock.
            fs::remove_file(&new).map_err(io)?;
            create()
        }
        created => created,
    }?;
    catch_redb_panic(|| write_first(&database, content, now)).map_err(|error| OpenError::of(error, &path))?;
    if fs::exists(&path).map_err(io)? {
        // Another process has created the file in the meantime, and may have closed it already.
        return Err(OpenError::InUse(folder.to_owned()));
    }
    fs::rename(&new, &path).and_then(|()| owner_only::sync_dir(folder)).map_err(io)?;
    Ok(database)
}

fn write_first(database: &Database, content: &Pending, now: Duration) -> Result<(), StoreError> {
    let transaction = begin_durable(database)?;
    let mut meta = transaction.open_table(META)?;
    meta.insert("layout", LAYOUT)?;
    meta.insert(SINCE, u64::try_from(now.as_millis()).unwrap_or(u64::MAX))?;
    drop(meta);
    SESSIONS.write(&transaction)?;
    QUEUES.write(&transaction)?;
    transaction.open_table(MESSAGES)?;
    transaction.open_table(RETAINED)?;
    GROUPS.write(&transaction)?;
    content.write(&transaction)?;
    transaction.commit()?;
    Ok(())
}

/// Refuses a file of a later layout.
pub(super) fn check_layout(database: &Database, path: &Path) -> Result<(), OpenError> {
    let layout = catch_redb_panic(|| {
        let meta = database.begin_read()?.open_table(META)?;
        Ok(meta.get("layout")?.map(|layout| layout.value()))
    });
    let path = path.to_owned();
    match layout.map_err(|error| OpenError::of(error, &path))? {
        Some(LAYOUT) => Ok(()),
        Some(found) if found > LAYOUT => Err(OpenError::Newer { path, found, known: LAYOUT }),
        Some(_) | None => Err(OpenError::Damaged { path, why: "it has no valid version".to_owned() }),
    }
}

/// The size on the disk in bytes.
pub(super) fn size(path: &Path) -> Result<u64, OpenError> {
    let metadata = fs::metadata(path).map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
    Ok(metadata.blocks() * 512)
}

/// Compacts the file if more than a fifth of it is unused. `content` is an estimate of what is used, in bytes.
pub(super) fn compact_if_worth_it(database: &mut Database, path: &Path, content: u64) -> Result<(), OpenError> {
    let before = size(path)?;
    let is_worth_it = |used: u64| before > used + used / 4 + MIN_UNUSED;
    // The statistics read every page, so they are only for the final decision. Pages that are filled only in part
    // cannot be compacted.
    if !is_worth_it(content) {
        return Ok(());
    }
    let compact = || {
        let transaction = database.begin_write()?;
        let stats = transaction.stats()?;
        transaction.abort()?;
        let pages = (stats.leaf_pages() + stats.branch_pages()) * stats.page_size() as u64;
        if is_worth_it(pages.max(stats.stored_bytes())) {
            database.compact()?;
        }
        Ok(())
    };
    catch_redb_panic(compact).map_err(|error| OpenError::of(error, path))?;
    tracing::info!(before, after = size(path)?, "the file of the broker's state was compacted");
    Ok(())
}
