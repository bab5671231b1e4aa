//! Opening the file. A new one is created; an existing one is verified, and its owner checked, before anything is
//! written.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use redb::{Database, ReadableDatabase};

use super::{
    clean_shutdown,
    codec::{Place, seal},
    database::{Opened, Store},
    error::{Damage, OpenError, StoreError},
    file::{create, open, verify},
    recovery::recover,
    redb_panic::catch_redb_panic,
    tables::{DRAFTS, GROUPS, MESSAGES, META, MINE, OUTBOX, PROGRESS, REQUESTS, SEEN, TALKS, TOPICS, USERS},
};
use crate::{domain::UserId, owner_only};

pub(super) const FILE: &str = "papo.redb";
/// A store under construction, before it is renamed.
const NEW: &str = "papo.redb.new";
/// The format of the tables. Format 1 had no checksum for `meta`, and no place in the checksums of values. Up to format
/// 2 the time of a session was a number.
const SCHEMA: u64 = 3;

impl Store {
    /// Opens the store of `me` in `folder`. A new one gets the name `device`.
    pub fn open(folder: &Path, me: &UserId, device: &str) -> Result<Opened, OpenError> {
        let path = folder.join(FILE);
        if !is_there(&path)? {
            return Self::start(make(folder, me, device)?, path, me, Vec::new());
        }
        if clean_shutdown::was_clean(&path)
            && let Ok(opened) = open(&path).and_then(|database| Self::start_in_place(database, path.clone(), me))
        {
            return Ok(opened);
        }
        match verify(&path) {
            Ok(()) => Self::start_in_place(open(&path)?, path, me),
            Err(OpenError::Damaged { source, .. }) => {
                recover(&path, &source, |database, damage| Self::start(database, path.clone(), me, damage))
            }
            Err(error) => Err(error),
        }
    }

    /// Opens the existing file. One of an earlier format is copied before it is converted.
    fn start_in_place(database: Database, path: PathBuf, me: &UserId) -> Result<Opened, OpenError> {
        let earlier =
            catch_redb_panic(|| About::read(&database)).ok().filter(|about| about.is_earlier() && about.is_of(me));
        let Some(earlier) = earlier else { return Self::start(database, path, me, Vec::new()) };
        catch_redb_panic(|| {
            drop(database);
            Ok(())
        })
        .map_err(|error| error.at_opening(&path))?;
        copy(&path, earlier.schema)?;
        Self::start(open(&path)?, path, me, Vec::new())
    }

    pub(super) fn start(
        database: Database,
        path: PathBuf,
        me: &UserId,
        mut damage: Vec<Damage>,
    ) -> Result<Opened, OpenError> {
        let numbers = BTreeMap::new();
        let (me, device, is_doubtful) = (me.clone(), String::new(), AtomicBool::new(false));
        let mut store = Self { database: Some(database), path, me, device, numbers, is_doubtful, has_marker: true };
        store.know_owner()?;
        let saved = store.load(&mut damage).map_err(|error| error.at_opening(&store.path))?;
        Ok(Opened { store, saved, damage })
    }

    /// Whether `folder` has a store, or anything in its place.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(FILE).exists()
    }

    /// Closes and reopens the file. After one I/O error redb refuses everything until that is done, even if the disk
    /// has room again.
    pub fn reopen(&mut self) -> Result<(), OpenError> {
        self.is_doubtful.store(true, Ordering::Relaxed);
        self.close();
        self.database = Some(open(&self.path)?);
        Ok(())
    }

    /// Closes the file and verifies all of it.
    pub(super) fn close_and_verify(mut self) -> Result<(), OpenError> {
        self.close();
        verify(&self.path)
    }

    /// Closes the file, verifies all of it, and opens it again.
    pub(super) fn verify_and_reopen(&mut self) -> Result<(), OpenError> {
        self.close();
        let (verified, was_doubtful) = (verify(&self.path), self.is_doubtful.load(Ordering::Relaxed));
        self.reopen()?;
        self.is_doubtful.store(was_doubtful || verified.is_err(), Ordering::Relaxed);
        verified
    }

    /// Removes the marker of a clean close, because the file is about to change.
    pub(super) fn clear_marker(&mut self) {
        if std::mem::take(&mut self.has_marker) {
            clean_shutdown::clear(&self.path);
        }
    }

    /// The lock belongs to this store until the database is dropped.
    fn close(&mut self) {
        let database = self.database.take();
        let closed = catch_redb_panic(|| {
            drop(database);
            Ok(())
        });
        if let Err(error) = closed {
            tracing::error!(%error, "the history was not closed as it should be");
            self.is_doubtful.store(true, Ordering::Relaxed);
        }
    }

    /// Runs an operation on the file; if it fails, the next start verifies the file.
    pub(super) fn try_with<T>(&self, what: impl FnOnce(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let done = catch_redb_panic(|| what(self.database.as_ref().ok_or(StoreError::Closed)?));
        if done.is_err() {
            self.is_doubtful.store(true, Ordering::Relaxed);
        }
        done
    }

    /// The owner, the format and the name of the store.
    fn know_owner(&mut self) -> Result<(), OpenError> {
        let path = self.path.clone();
        let about = self.try_with(About::read).map_err(|error| error.at_opening(&path))?;
        if about.schema > SCHEMA {
            return Err(OpenError::Newer { path, found: about.schema, known: SCHEMA });
        }
        if !about.is_of(&self.me) {
            return Err(OpenError::OtherOwner { path, owner: about.owner, me: self.me.to_string() });
        }
        if about.is_earlier() {
            self.clear_marker();
            let about = About { schema: SCHEMA, ..about.clone() };
            self.try_with(|database| about.write(database)).map_err(|error| error.at_opening(&path))?;
        }
        self.device = about.device;
        Ok(())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let was_open = self.database.is_some();
        self.close();
        if was_open && !self.is_doubtful.load(Ordering::Relaxed) {
            clean_shutdown::record(&self.path);
        } else {
            self.clear_marker();
        }
    }
}

/// What the store records about itself.
#[derive(Clone)]
struct About {
    schema: u64,
    owner: String,
    device: String,
}

impl About {
    fn read(database: &Database) -> Result<Self, StoreError> {
        let corrupted = |what: &str| StoreError::from(redb::Error::Corrupted(what.to_owned()));
        let transaction = database.begin_read()?;
        if transaction.list_tables()?.next().is_none() {
            return Err(corrupted("it has no tables"));
        }
        let meta = transaction.open_table(META)?;
        let get = |name| Ok::<_, StoreError>(meta.get(name)?.map(|value| value.value().to_owned()));
        let (Some(schema), Some(owner), Some(device)) = (get("schema")?, get("owner")?, get("device")?) else {
            return Err(corrupted("it does not say whose it is"));
        };
        let about = Self { schema: schema.parse().map_err(|_| corrupted("it has no format"))?, owner, device };
        match get("sum")? {
            Some(sum) if sum == about.sum() => Ok(about),
            None if about.schema == 1 => Ok(about),
            // What a later format means by it is unknown here.
            _ if about.schema > SCHEMA => Ok(about),
            _ => Err(corrupted("what it says of its owner does not fit its checksum")),
        }
    }

    fn is_earlier(&self) -> bool {
        self.schema < SCHEMA
    }

    fn is_of(&self, me: &UserId) -> bool {
        self.owner == me.as_str()
    }

    fn write(&self, database: &Database) -> Result<(), StoreError> {
        let transaction = super::database::begin(database)?;
        {
            let mut meta = transaction.open_table(META)?;
            meta.insert("schema", self.schema.to_string().as_str())?;
            meta.insert("owner", self.owner.as_str())?;
            meta.insert("device", self.device.as_str())?;
            meta.insert("sum", self.sum().as_str())?;
        }
        transaction.open_table(TOPICS)?;
        TALKS.write(&transaction)?;
        MESSAGES.write(&transaction)?;
        transaction.open_table(MINE)?;
        PROGRESS.write(&transaction)?;
        DRAFTS.write(&transaction)?;
        REQUESTS.write(&transaction)?;
        GROUPS.write(&transaction)?;
        USERS.write(&transaction)?;
        OUTBOX.write(&transaction)?;
        SEEN.write(&transaction)?;
        transaction.commit()?;
        Ok(())
    }

    fn sum(&self) -> String {
        let text = format!("{}\n{}\n{}", self.schema, self.owner, self.device);
        format!("{:08x}", seal(Some(Place { table: "meta", key: b"sum" }), text.as_bytes()))
    }
}

fn is_there(path: &Path) -> Result<bool, OpenError> {
    match fs::metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(OpenError::Io { path: path.to_owned(), source }),
    }
}

/// Copies a file of an earlier format, whole or not at all. No one else opens the file meanwhile.
fn copy(path: &Path, schema: u64) -> Result<(), OpenError> {
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    let kept = path.with_file_name(format!("{FILE}.format-{schema}"));
    let new = path.with_file_name(format!("{FILE}.format-{schema}.new"));
    let lock = fs::File::open(path).map_err(io)?;
    lock.try_lock().map_err(|error| match error {
        fs::TryLockError::WouldBlock => OpenError::InUse,
        fs::TryLockError::Error(source) => io(source),
    })?;
    fs::copy(path, &new).map_err(io)?;
    fs::File::open(&new).and_then(|copy| copy.sync_all()).map_err(io)?;
    fs::rename(&new, &kept).map_err(io)?;
    path.parent().map_or(Ok(()), owner_only::sync_dir).map_err(io)
}

/// Creates a store under another name and renames it, so that it exists whole or not at all. The lock is held
/// throughout: if two try, one of them gets "in use".
fn make(folder: &Path, me: &UserId, device: &str) -> Result<Database, OpenError> {
    let (path, new) = (folder.join(FILE), folder.join(NEW));
    let io = |source| OpenError::Io { path: path.clone(), source };
    let missing: Vec<PathBuf> = folder.ancestors().take_while(|folder| !folder.exists()).map(Path::to_owned).collect();
    owner_only::create_dir(folder).map_err(io)?;
    let database = match create(&new) {
        Err(OpenError::Damaged { .. }) => {
            // Left by a start that was killed here; no one holds its lock.
            fs::remove_file(&new).map_err(io)?;
            create(&new)
        }
        database => database,
    }?;
    write_about(&database, me, device).map_err(|error| error.at_opening(&path))?;
    if is_there(&path)? {
        // Another process was faster, and may have closed it already.
        return Err(OpenError::InUse);
    }
    fs::rename(&new, &path).map_err(io)?;
    owner_only::sync_dir(folder).map_err(io)?;
    missing.iter().filter_map(|made| made.parent()).try_for_each(owner_only::sync_dir).map_err(io)?;
    Ok(database)
}

/// An empty store in a new file.
pub(super) fn lay_out(path: &Path, me: &UserId, device: &str) -> Result<Database, OpenError> {
    let database = create(path)?;
    write_about(&database, me, device).map_err(|error| error.at_opening(path))?;
    Ok(database)
}

fn write_about(database: &Database, me: &UserId, device: &str) -> Result<(), StoreError> {
    let about = About { schema: SCHEMA, owner: me.to_string(), device: device.to_owned() };
    catch_redb_panic(|| about.write(database))
}
