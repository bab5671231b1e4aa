//! Opening the file: a new one is laid out, an old one is known for a store of its owner before it is written to.

use std::{fs, io, path::Path};

use redb::{Builder, Database, DatabaseError, ReadableDatabase};

use super::{
    database::{Opened, Store},
    error::{OpenError, StoreError},
    tables::{DRAFTS, GROUPS, IDS, MESSAGES, META, MINE, OUTBOX, PROGRESS, REQUESTS, TALKS, TOPICS, USERS},
};
use crate::domain::UserId;

const FILE: &str = "papo.redb";
/// The arrangement of the tables.
const SCHEMA: u64 = 1;
/// What redb may keep in memory; its default of 1 GiB costs a messenger too much.
const CACHE: usize = 8 * 1024 * 1024;

impl Store {
    /// Opens the store in `folder`, which belongs to `me`; a new one remembers `device` as its name.
    pub fn open(folder: &Path, me: &UserId, device: &str) -> Result<Opened, OpenError> {
        let path = folder.join(FILE);
        let io = |source| OpenError::Io { path: path.clone(), source };
        make_private(folder).map_err(io)?;
        let is_new = match fs::metadata(&path) {
            // redb would take an empty file for a new one, and a lost history would pass for none.
            Ok(file) if file.len() == 0 => {
                let source = redb::Error::Corrupted("the file is empty".to_owned());
                return Err(OpenError::Damaged { path, source });
            }
            Ok(_) => false,
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(io(error)),
        };
        let database = builder().create(&path).map_err(|error| explain(&path, error))?;
        if is_new {
            protect(&path).map_err(io)?;
        }
        let damaged = |error: StoreError| match error {
            StoreError::Database(source) => OpenError::Damaged { path: path.clone(), source: *source },
            error => io(io::Error::other(error)),
        };
        let device = prepare(&database, me, device).map_err(damaged)?;
        let owner = meta(&database, "owner").map_err(damaged)?.unwrap_or_default();
        if owner != me.as_str() {
            return Err(OpenError::OtherOwner { path, owner, me: me.to_string() });
        }
        let found = meta(&database, "schema").map_err(damaged)?.and_then(|text| text.parse().ok()).unwrap_or(u64::MAX);
        if found > SCHEMA {
            return Err(OpenError::Newer { path, found, known: SCHEMA });
        }
        let store = Self { database: Some(database), path: path.clone(), me: me.clone(), device };
        let mut damage = Vec::new();
        let saved = store.saved(&mut damage).map_err(damaged)?;
        Ok(Opened { store, saved, damage })
    }

    /// Whether there is a store, or what lies in the place of one, in `folder`.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(FILE).exists()
    }

    /// Closes the file and opens it again. After one error of reading or writing redb refuses everything else
    /// until that is done, also when the disk has room again.
    pub fn reopen(&mut self) -> Result<(), OpenError> {
        // The lock is the old one's until it is gone.
        self.database = None;
        // Not `create`: were the file gone, an empty one would take its place.
        let database = builder().open(&self.path).map_err(|error| explain(&self.path, error))?;
        self.database = Some(database);
        Ok(())
    }
}

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE);
    builder
}

/// Makes the tables of a new store, and names its owner and itself.
fn prepare(database: &Database, me: &UserId, device: &str) -> Result<String, StoreError> {
    // One that has tables is never written to before it is known to be a store.
    if database.begin_read()?.list_tables()?.next().is_some() {
        let known = meta(database, "device")?;
        return Ok(known.ok_or_else(|| redb::Error::Corrupted("it does not say whose it is".to_owned()))?);
    }
    let transaction = database.begin_write()?;
    {
        let mut meta = transaction.open_table(META)?;
        meta.insert("schema", SCHEMA.to_string().as_str())?;
        meta.insert("owner", me.as_str())?;
        meta.insert("device", device)?;
    }
    transaction.open_table(TOPICS)?;
    transaction.open_table(TALKS)?;
    transaction.open_table(MESSAGES)?;
    transaction.open_table(MINE)?;
    transaction.open_table(IDS)?;
    transaction.open_table(PROGRESS)?;
    transaction.open_table(DRAFTS)?;
    transaction.open_table(REQUESTS)?;
    transaction.open_table(GROUPS)?;
    transaction.open_table(USERS)?;
    transaction.open_table(OUTBOX)?;
    transaction.commit()?;
    Ok(device.to_owned())
}

fn meta(database: &Database, name: &str) -> Result<Option<String>, StoreError> {
    let transaction = database.begin_read()?;
    let table = transaction.open_table(META)?;
    Ok(table.get(name)?.map(|value| value.value().to_owned()))
}

fn explain(path: &Path, error: DatabaseError) -> OpenError {
    let path = path.to_owned();
    match error {
        DatabaseError::DatabaseAlreadyOpen => OpenError::InUse,
        // Wrong content, and a file that ends within its header, come as errors of reading too.
        DatabaseError::Storage(redb::StorageError::Io(source))
            if !matches!(source.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
        {
            OpenError::Io { path, source }
        }
        error => OpenError::Damaged { path, source: error.into() },
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn protect(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
