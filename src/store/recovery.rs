//! Recovers a file whose checksums fail but which redb can still read: copies what is readable into a new file that
//! replaces it. The damaged file is kept beside it and never written to.
//!
//! Values that cannot be decoded are copied as they are, so that they are reported until they are overwritten. A table
//! that can be rebuilt from others, or whose extent they record, may be copied in part. If any other table is
//! incomplete, the recovery fails and the file stays unchanged.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use redb::{
    Database, Key, ReadTransaction, ReadableDatabase, ReadableTable, Table, TableDefinition, Value, WriteTransaction,
};

use super::{
    database::begin_durable,
    error::{Damage, Fault, OpenError, StoreError},
    file::{create, open_read_only},
    redb_panic::catch_redb_panic,
    tables::{
        CONVERSATIONS, DRAFTS, GROUPS, MESSAGES, META, MINE, OUTBOX, PROGRESS, REQUESTS, RUNS, SEEN, TABS, TOPICS,
        USERS,
    },
};
use crate::owner_only::{self, remove_if_present};

/// The name of the new file until it replaces the damaged one.
pub(super) const NEW: &str = "papo.redb.rescued";

/// How much of a table must be readable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Required {
    All,
    Part,
}

/// Copies what can be read of the damaged file at `path`. The copy replaces it once `start` has opened it successfully.
/// `found` is the error that redb reported for the file.
pub(super) fn recover<T>(
    path: &Path,
    found: &redb::Error,
    start: impl FnOnce(Database, Vec<Damage>) -> Result<T, OpenError>,
) -> Result<T, OpenError> {
    // `from` holds the lock of the file until the new file has its name.
    let from = open_read_only(path)?;
    let new = path.with_file_name(NEW);
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    remove_if_present(&new).map_err(io)?;
    let into = create(&new)?;
    let kept = unused_name(path);
    let fault = Fault::Unreadable(found.to_string());
    let mut damage = vec![Damage { table: "file", key: format!("(kept as {})", kept.display()), fault }];
    let copied = catch_redb_panic(|| copy_all(&from, &into, &mut damage)).map_err(|error| error.at_opening(path));
    let started = copied.and_then(|()| start(into, damage)).and_then(|opened| {
        replace_damaged(path, &new, &kept).map_err(io)?;
        Ok(opened)
    });
    if started.is_err() {
        remove_if_present(&new).map_err(io)?;
    }
    started
}

fn copy_all(from: &Database, into: &Database, damage: &mut Vec<Damage>) -> Result<(), StoreError> {
    let from = from.begin_read()?;
    let into = begin_durable(into)?;
    let mut copier = TableCopier { from: &from, into: &into, damage };
    copier.copy_table("meta", META, Required::All)?;
    copier.copy_table("topics", TOPICS, Required::Part)?;
    copier.copy_table("talks", CONVERSATIONS.definition(), Required::All)?;
    copier.copy_table("messages", MESSAGES.definition(), Required::Part)?;
    copier.copy_table("mine", MINE, Required::Part)?;
    copier.copy_table("progress", PROGRESS.definition(), Required::All)?;
    copier.copy_table("drafts", DRAFTS.definition(), Required::All)?;
    copier.copy_table("requests", REQUESTS.definition(), Required::All)?;
    copier.copy_table("groups", GROUPS.definition(), Required::All)?;
    copier.copy_table("users", USERS.definition(), Required::All)?;
    copier.copy_table("outbox", OUTBOX.definition(), Required::All)?;
    if RUNS.exists_in(&from)? {
        copier.copy_table("runs", RUNS.definition(), Required::Part)?;
    }
    if SEEN.exists_in(&from)? {
        copier.copy_table("seen", SEEN.definition(), Required::Part)?;
    }
    if TABS.exists_in(&from)? {
        copier.copy_table("tabs", TABS.definition(), Required::Part)?;
    }
    into.commit()?;
    Ok(())
}

struct TableCopier<'a> {
    from: &'a ReadTransaction,
    into: &'a WriteTransaction,
    damage: &'a mut Vec<Damage>,
}

impl TableCopier<'_> {
    fn copy_table<K: Key + 'static, V: Value + 'static>(
        &mut self,
        table: &'static str,
        definition: TableDefinition<K, V>,
        required: Required,
    ) -> Result<(), StoreError> {
        let mut target = self.into.open_table(definition)?;
        let source = self.from.open_table(definition)?;
        let Err(error) = catch_redb_panic(|| copy(source.iter()?, &mut target)) else { return Ok(()) };
        // After an I/O error redb refuses to read anything else.
        let is_dead = matches!(&error, StoreError::Database(error) if matches!(**error, redb::Error::Io(_)));
        if required == Required::All || is_dead {
            return Err(error);
        }
        // Read on from the other end, up to the same damaged page.
        let _ = catch_redb_panic(|| copy(source.iter()?.rev(), &mut target));
        self.damage.push(Damage { table, key: "in part".to_owned(), fault: Fault::Unreadable(error.to_string()) });
        Ok(())
    }
}

fn copy<'s, K: Key + 'static, V: Value + 'static>(
    entries: impl Iterator<Item = Result<(redb::AccessGuard<'s, K>, redb::AccessGuard<'s, V>), redb::StorageError>>,
    target: &mut Table<K, V>,
) -> Result<(), StoreError> {
    for entry in entries {
        let (key, value) = entry?;
        target.insert(key.value(), value.value())?;
    }
    Ok(())
}

/// Puts the file `new` in the place of the damaged one at `path`, which is kept as `kept`.
pub(super) fn replace_damaged(path: &Path, new: &Path, kept: &Path) -> io::Result<()> {
    // A link rather than a rename, so that `path` exists at every moment. Not all file systems have links.
    fs::hard_link(path, kept).or_else(|_| fs::copy(path, kept).map(drop))?;
    fs::rename(new, path)?;
    path.parent().map_or(Ok(()), owner_only::sync_dir)
}

/// An unused name for the damaged file.
pub(super) fn unused_name(path: &Path) -> PathBuf {
    let name = |count: u32| path.with_file_name(format!("papo.redb.damaged-{count}"));
    (1..u32::MAX).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(0))
}
