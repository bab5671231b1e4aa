//! Opening the file: a new one is laid out, an old one is verified and known for a store of its owner before it is
//! written to.

use std::{
    collections::BTreeMap,
    fs, io,
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
    redb_panic::catch_redb_panic,
    tables::{CONVERSATIONS, DRAFTS, GROUPS, MESSAGES, META, MINE, OUTBOX, PROGRESS, REQUESTS, SEEN, TOPICS, USERS},
};
use crate::{domain::UserId, owner_only};

pub(super) const FILE: &str = "papo.redb";
/// A store that is being laid out. It becomes one by its name.
const NEW: &str = "papo.redb.new";
/// The arrangement of the tables. In 1 nothing vouched for `meta`, and no value for its place. Up to 2 the time of a session
/// was a number.
const SCHEMA: u64 = 3;

impl Store {
    /// Opens the store in `folder`, which belongs to `me`; a new one remembers `device` as its name.
    pub fn open(folder: &Path, me: &UserId, device: &str) -> Result<Opened, OpenError> {
        let path = folder.join(FILE);
        if !is_there(&path)? {
            return Self::from_database(make(folder, me, device)?, path, me, Vec::new());
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

    /// Starts with the file that has the name of the store. One of an earlier format is copied before it is changed.
    fn open_in_place(database: Database, path: PathBuf, me: &UserId) -> Result<Opened, OpenError> {
        let earlier =
            catch_redb_panic(|| Meta::read(&database)).ok().filter(|meta| meta.is_earlier() && meta.is_of(me));
        let Some(earlier) = earlier else { return Self::from_database(database, path, me, Vec::new()) };
        catch_redb_panic(|| {
            drop(database);
            Ok(())
        })
        .map_err(|error| error.at_opening(&path))?;
        copy(&path, earlier.schema)?;
        Self::from_database(open(&path)?, path, me, Vec::new())
    }

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

    /// Whether there is a store, or what lies in the place of one, in `folder`.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(FILE).exists()
    }

    /// Closes the file and opens it again. After one error of reading or writing redb refuses everything else
    /// until that is done, also when the disk has room again.
    pub fn reopen(&mut self) -> Result<(), OpenError> {
        self.needs_verify.store(true, Ordering::Relaxed);
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
        let (verified, was_doubtful) = (verify(&self.path), self.needs_verify.load(Ordering::Relaxed));
        self.reopen()?;
        self.needs_verify.store(was_doubtful || verified.is_err(), Ordering::Relaxed);
        verified
    }

    /// Takes away what says that the file is as it was closed, before it is another.
    pub(super) fn clear_marker(&mut self) {
        if std::mem::take(&mut self.may_have_marker) {
            clean_shutdown::clear(&self.path);
        }
    }

    /// The lock is this store's until the database is gone.
    fn close(&mut self) {
        let database = self.database.take();
        let closed = catch_redb_panic(|| {
            drop(database);
            Ok(())
        });
        if let Err(error) = closed {
            tracing::error!(%error, "the history was not closed as it should be");
            self.needs_verify.store(true, Ordering::Relaxed);
        }
    }

    /// Does something with the file; where it fails the next start verifies it.
    pub(super) fn try_with<T>(&self, what: impl FnOnce(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let done = catch_redb_panic(|| what(self.database.as_ref().ok_or(StoreError::Closed)?));
        if done.is_err() {
            self.needs_verify.store(true, Ordering::Relaxed);
        }
        done
    }

    /// Whose the store is, how it is arranged, and what it is called.
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

/// What a store says of itself.
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
            return Err(corrupted("it has no tables"));
        }
        let meta = transaction.open_table(META)?;
        let get = |name| Ok::<_, StoreError>(meta.get(name)?.map(|value| value.value().to_owned()));
        let (Some(schema), Some(owner), Some(device)) = (get("schema")?, get("owner")?, get("device")?) else {
            return Err(corrupted("it does not say whose it is"));
        };
        let meta = Self { schema: schema.parse().map_err(|_| corrupted("it has no format"))?, owner, device };
        match get("sum")? {
            Some(sum) if sum == meta.sum() => Ok(meta),
            None if meta.schema == 1 => Ok(meta),
            // What a later format means by it is not known here.
            _ if meta.schema > SCHEMA => Ok(meta),
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
        SEEN.write(&transaction)?;
        transaction.commit()?;
        Ok(())
    }

    fn sum(&self) -> String {
        let text = format!("{}\n{}\n{}", self.schema, self.owner, self.device);
        format!("{:08x}", checksum(Some(Location { table: "meta", key: b"sum" }), text.as_bytes()))
    }
}

fn is_there(path: &Path) -> Result<bool, OpenError> {
    match fs::metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(OpenError::Io { path: path.to_owned(), source }),
    }
}

/// Copies a file of an earlier format beside it: there is a whole copy or none. Nobody else opens the file meanwhile.
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

/// Lays a new store out under another name and renames it, so that there is a whole one or none. Its lock is held
/// all the while: of two that try one is told that it is in use.
fn make(folder: &Path, me: &UserId, device: &str) -> Result<Database, OpenError> {
    let (path, new) = (folder.join(FILE), folder.join(NEW));
    let io = |source| OpenError::Io { path: path.clone(), source };
    let missing: Vec<PathBuf> = folder.ancestors().take_while(|folder| !folder.exists()).map(Path::to_owned).collect();
    owner_only::create_dir(folder).map_err(io)?;
    let database = match create(&new) {
        Err(OpenError::Damaged { .. }) => {
            // A start that was killed here has left it; nobody has its lock.
            fs::remove_file(&new).map_err(io)?;
            create(&new)
        }
        database => database,
    }?;
    write_about(&database, me, device).map_err(|error| error.at_opening(&path))?;
    if is_there(&path)? {
        // Another has been faster, and may have closed it already.
        return Err(OpenError::InUse);
    }
    fs::rename(&new, &path).map_err(io)?;
    owner_only::sync_dir(folder).map_err(io)?;
    missing.iter().filter_map(|made| made.parent()).try_for_each(owner_only::sync_dir).map_err(io)?;
    Ok(database)
}

/// An empty store in a file that is not there yet.
pub(super) fn create_empty(path: &Path, me: &UserId, device: &str) -> Result<Database, OpenError> {
    let database = create(path)?;
    write_about(&database, me, device).map_err(|error| error.at_opening(path))?;
    Ok(database)
}

fn write_about(database: &Database, me: &UserId, device: &str) -> Result<(), StoreError> {
    let meta = Meta { schema: SCHEMA, owner: me.to_string(), device: device.to_owned() };
    catch_redb_panic(|| meta.write(database))
}
