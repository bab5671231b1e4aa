//! Opens the store. Creates the file if there is none. Verifies an existing file and checks its owner before anything
//! is written.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use redb::{Database, ReadableDatabase};

use super::{
    clean_shutdown,
    codec::{Location, checksum},
    database::{Opened, Store},
    error::{Damage, OpenError, StoreError},
    file::{create, open, verify},
    recovery::recover,
    redb_panic::{self, catch_redb_panic},
    tables::{
        CONVERSATIONS, DRAFTS, GROUPS, MESSAGES, META, MINE, OUTBOX, PROGRESS, REQUESTS, RUNS, SEEN, TABS, TOPICS,
        USERS,
    },
};
use crate::{domain::UserId, owner_only};

pub(super) const FILE: &str = "papo.redb";
/// The name of a new store until it is complete and renamed to [`FILE`].
const NEW: &str = "papo.redb.new";
/// The schema version. 1: no checksum over `meta`, and value checksums without the location. 2: session times are
/// numbers. 3: session times are text.
const SCHEMA: u64 = 3;

impl Store {
    /// Opens the store of `me` in `folder`. If there is none, creates one with `device` as the name of this
    /// installation.
    pub fn open(folder: &Path, me: &UserId, device: &str) -> Result<Opened, OpenError> {
        let path = folder.join(FILE);
        if !exists(&path)? {
            return Self::from_database(create_new(folder, me, device)?, path, me, Vec::new());
        }
        if clean_shutdown::was_clean(&path)
            && let Ok(opened) = open(&path).and_then(|database| Self::open_in_place(database, path.clone(), me))
        {
            return Ok(opened);
        }
        match verify(&path) {
            Ok(()) => Self::open_in_place(open(&path)?, path, me),
            Err(OpenError::Damaged { source, .. }) => {
                recover(&path, &source, |database, damage| Self::from_database(database, path.clone(), me, damage))
            }
            Err(error) => Err(error),
        }
    }

    /// Loads a file that needs no recovery. A file of an earlier schema is backed up first, since opening it upgrades
    /// it.
    fn open_in_place(database: Database, path: PathBuf, me: &UserId) -> Result<Opened, OpenError> {
        let earlier =
            catch_redb_panic(|| Meta::read(&database)).ok().filter(|meta| meta.is_earlier() && meta.is_of(me));
        let Some(earlier) = earlier else { return Self::from_database(database, path, me, Vec::new()) };
        redb_panic::close(Some(database)).map_err(|error| error.at_opening(&path))?;
        back_up(&path, earlier.schema)?;
        Self::from_database(open(&path)?, path, me, Vec::new())
    }

    /// Checks the owner, upgrades the schema and loads the state.
    pub(super) fn from_database(
        database: Database,
        path: PathBuf,
        me: &UserId,
        mut damage: Vec<Damage>,
    ) -> Result<Opened, OpenError> {
        let conv_keys = BTreeMap::new();
        let (me, device, needs_verify) = (me.clone(), String::new(), AtomicBool::new(false));
        let mut store =
            Self { database: Some(database), path, me, device, conv_keys, needs_verify, may_have_marker: true };
        store.check_owner()?;
        let saved = store.load(&mut damage).map_err(|error| error.at_opening(&store.path))?;
        Ok(Opened { store, saved, damage })
    }

    /// Whether `folder` has a file with the name of a store, readable or not.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(FILE).exists()
    }

    /// Closes the file and opens it again. After one I/O error redb refuses all further work until the file is
    /// reopened, even once the disk has room again.
    pub fn reopen(&mut self) -> Result<(), OpenError> {
        self.needs_verify.store(true, Ordering::Relaxed);
        self.close();
        self.database = Some(open(&self.path)?);
        Ok(())
    }

    /// Closes the file, verifies all of it, and opens it again.
    pub(super) fn verify_and_reopen(&mut self) -> Result<(), OpenError> {
        self.close();
        let (verified, was_doubtful) = (verify(&self.path), self.needs_verify.load(Ordering::Relaxed));
        self.reopen()?;
        self.needs_verify.store(was_doubtful || verified.is_err(), Ordering::Relaxed);
        verified
    }

    /// Removes the marker of a clean shutdown. Must be called before anything is written.
    pub(super) fn clear_marker(&mut self) {
        if std::mem::take(&mut self.may_have_marker) {
            clean_shutdown::clear(&self.path);
        }
    }

    /// Closes the file. Dropping the database releases its lock.
    pub(super) fn close(&mut self) {
        if let Err(error) = redb_panic::close(self.database.take()) {
            tracing::error!(%error, "the history could not be closed cleanly");
            self.needs_verify.store(true, Ordering::Relaxed);
        }
    }

    /// Runs `work` on the database. If it fails, the next start verifies the file.
    pub(super) fn try_with<T>(&self, work: impl FnOnce(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let done = catch_redb_panic(|| work(self.database.as_ref().ok_or(StoreError::Closed)?));
        if done.is_err() {
            self.needs_verify.store(true, Ordering::Relaxed);
        }
        done
    }

    /// Refuses a store of another owner or a newer schema, and upgrades an earlier schema.
    fn check_owner(&mut self) -> Result<(), OpenError> {
        let path = self.path.clone();
        let meta = self.try_with(Meta::read).map_err(|error| error.at_opening(&path))?;
        if meta.schema > SCHEMA {
            return Err(OpenError::Newer { path, found: meta.schema, known: SCHEMA });
        }
        if !meta.is_of(&self.me) {
            return Err(OpenError::OtherOwner { path, owner: meta.owner, me: self.me.to_string() });
        }
        if meta.is_earlier() {
            self.clear_marker();
            let meta = Meta { schema: SCHEMA, ..meta.clone() };
            self.try_with(|database| meta.write(database)).map_err(|error| error.at_opening(&path))?;
        }
        self.device = meta.device;
        Ok(())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let was_open = self.database.is_some();
        self.close();
        if was_open && !self.needs_verify.load(Ordering::Relaxed) {
            clean_shutdown::record(&self.path);
        } else {
            self.clear_marker();
        }
    }
}

/// The content of the `meta` table: schema version, owner, and name of the installation.
#[derive(Clone)]
struct Meta {
    schema: u64,
    owner: String,
    device: String,
}

impl Meta {
    fn read(database: &Database) -> Result<Self, StoreError> {
        let corrupted = |what: &str| StoreError::from(redb::Error::Corrupted(what.to_owned()));
        let transaction = database.begin_read()?;
        if transaction.list_tables()?.next().is_none() {
            return Err(corrupted("no tables"));
        }
        let meta = transaction.open_table(META)?;
        let get = |name| Ok::<_, StoreError>(meta.get(name)?.map(|value| value.value().to_owned()));
        let (Some(schema), Some(owner), Some(device)) = (get("schema")?, get("owner")?, get("device")?) else {
            return Err(corrupted("no owner is recorded"));
        };
        let meta = Self { schema: schema.parse().map_err(|_| corrupted("no format version"))?, owner, device };
        match get("sum")? {
            Some(sum) if sum == meta.sum() => Ok(meta),
            None if meta.schema == 1 => Ok(meta),
            // A later schema may compute the checksum differently; the caller refuses that schema anyway.
            _ if meta.schema > SCHEMA => Ok(meta),
            _ => Err(corrupted("the checksum of its owner does not match")),
        }
    }

    fn is_earlier(&self) -> bool {
        self.schema < SCHEMA
    }

    fn is_of(&self, me: &UserId) -> bool {
        self.owner == me.as_str()
    }

    fn write(&self, database: &Database) -> Result<(), StoreError> {
        let transaction = super::database::begin_durable(database)?;
        {
            let mut meta = transaction.open_table(META)?;
            meta.insert("schema", self.schema.to_string().as_str())?;
            meta.insert("owner", self.owner.as_str())?;
            meta.insert("device", self.device.as_str())?;
            meta.insert("sum", self.sum().as_str())?;
        }
        transaction.open_table(TOPICS)?;
        CONVERSATIONS.write(&transaction)?;
        MESSAGES.write(&transaction)?;
        transaction.open_table(MINE)?;
        PROGRESS.write(&transaction)?;
        DRAFTS.write(&transaction)?;
        REQUESTS.write(&transaction)?;
        GROUPS.write(&transaction)?;
        USERS.write(&transaction)?;
        OUTBOX.write(&transaction)?;
        RUNS.write(&transaction)?;
        SEEN.write(&transaction)?;
        TABS.write(&transaction)?;
        transaction.commit()?;
        Ok(())
    }

    fn sum(&self) -> String {
        let text = format!("{}\n{}\n{}", self.schema, self.owner, self.device);
        format!("{:08x}", checksum(Some(Location { table: "meta", key: b"sum" }), text.as_bytes()))
    }
}

fn exists(path: &Path) -> Result<bool, OpenError> {
    fs::exists(path).map_err(|source| OpenError::Io { path: path.to_owned(), source })
}

/// Copies a file of an earlier schema to a backup beside it, atomically and under the file's lock.
fn back_up(path: &Path, schema: u64) -> Result<(), OpenError> {
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    let backup = path.with_file_name(format!("{FILE}.format-{schema}"));
    let new = path.with_file_name(format!("{FILE}.format-{schema}.new"));
    let lock = fs::File::open(path).map_err(io)?;
    lock.try_lock().map_err(|error| match error {
        fs::TryLockError::WouldBlock => OpenError::InUse,
        fs::TryLockError::Error(source) => io(source),
    })?;
    fs::copy(path, &new).map_err(io)?;
    fs::File::open(&new).and_then(|copy| copy.sync_all()).map_err(io)?;
    fs::rename(&new, &backup).map_err(io)?;
    path.parent().map_or(Ok(()), owner_only::sync_dir).map_err(io)
}

/// Creates a new store under a temporary name and renames it once complete. The lock is held throughout, so of two
/// processes that try at once, one gets [`OpenError::InUse`].
fn create_new(folder: &Path, me: &UserId, device: &str) -> Result<Database, OpenError> {
    let (path, new) = (folder.join(FILE), folder.join(NEW));
    let io = |source| OpenError::Io { path: path.clone(), source };
    let missing: Vec<PathBuf> = folder.ancestors().take_while(|folder| !folder.exists()).map(Path::to_owned).collect();
    owner_only::create_dir(folder).map_err(io)?;
    let database = match create(&new) {
        Err(OpenError::Damaged { .. }) => {
            // A process was killed while creating this file; a running process would hold the lock.
            fs::remove_file(&new).map_err(io)?;
            create(&new)
        }
        database => database,
    }?;
    write_meta(&database, me, device).map_err(|error| error.at_opening(&path))?;
    if exists(&path)? {
        // Another process has created the store in the meantime, and may have closed it already.
        return Err(OpenError::InUse);
    }
    fs::rename(&new, &path).map_err(io)?;
    owner_only::sync_dir(folder).map_err(io)?;
    // Each created folder is an entry of its parent, so the parents must be synced too.
    missing.iter().filter_map(|made| made.parent()).try_for_each(owner_only::sync_dir).map_err(io)?;
    Ok(database)
}

/// Creates an empty store at a path where no file exists.
pub(super) fn create_empty(path: &Path, me: &UserId, device: &str) -> Result<Database, OpenError> {
    let database = create(path)?;
    write_meta(&database, me, device).map_err(|error| error.at_opening(path))?;
    Ok(database)
}

fn write_meta(database: &Database, me: &UserId, device: &str) -> Result<(), StoreError> {
    let meta = Meta { schema: SCHEMA, owner: me.to_string(), device: device.to_owned() };
    catch_redb_panic(|| meta.write(database))
}
