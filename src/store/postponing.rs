//! Opening a file without waiting for the disk.
//!
//! redb says in a file that it is open before it writes anything else to it, and waits until that is on the disk. The
//! order counts, and not when: here the waiting is done before the next write. Only a file that was closed well is opened
//! so, of which all is on the disk.

use std::{
    fs::OpenOptions,
    io,
    ops::Bound,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use redb::{BackendError, Builder, Database, DatabaseError, StorageBackend, backends::FileBackend};

use super::backing::locks_as;

/// Opens a file that was closed well, and no new one.
pub(super) fn open(path: &Path, builder: &Builder) -> Result<Database, DatabaseError> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    // redb would lay out a new store in it.
    if file.metadata()?.len() == 0 {
        return Err(io::Error::from(io::ErrorKind::InvalidData).into());
    }
    open_with(FileBackend::new(file)?, builder)
}

fn open_with<B: StorageBackend>(file: B, builder: &Builder) -> Result<Database, DatabaseError> {
    let is_open = Arc::new(AtomicBool::new(false));
    let opened = builder.create_with_backend(Postponing { file, is_open: is_open.clone(), is_owed: Mutex::new(false) });
    is_open.store(true, Ordering::Release);
    opened
}

/// A file that is synced when it is next written to where that is asked for while it is opened, and else at once.
#[derive(Debug)]
struct Postponing<B> {
    file: B,
    is_open: Arc<AtomicBool>,
    is_owed: Mutex<bool>,
}

impl<B: StorageBackend> Postponing<B> {
    fn owed(&self) -> MutexGuard<'_, bool> {
        self.is_owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self) -> io::Result<()> {
        let mut is_owed = self.owed();
        if *is_owed {
            self.file.sync_data()?;
            *is_owed = false;
        }
        Ok(())
    }
}

impl<B: StorageBackend> StorageBackend for Postponing<B> {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.settle()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut is_owed = self.owed();
        *is_owed = true;
        if self.is_open.load(Ordering::Acquire) {
            self.file.sync_data()?;
            *is_owed = false;
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.settle()?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    locks_as!(file);
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::mpsc};

    use redb::TableDefinition;

    use super::*;

    const TABLE: TableDefinition<'_, u64, u64> = TableDefinition::new("table");

    /// Says what is done with a file.
    #[derive(Debug)]
    struct Told {
        file: FileBackend,
        done: mpsc::Sender<&'static str>,
    }

    impl StorageBackend for Told {
        fn len(&self) -> io::Result<u64> {
            self.file.len()
        }

        fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
            self.file.read(offset, out)
        }

        fn set_len(&self, len: u64) -> io::Result<()> {
            let _ = self.done.send("set_len");
            self.file.set_len(len)
        }

        fn sync_data(&self) -> io::Result<()> {
            let _ = self.done.send("sync");
            self.file.sync_data()
        }

        fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
            let _ = self.done.send("write");
            self.file.write(offset, data)
        }

        fn close(&self) -> io::Result<()> {
            self.file.close()
        }

        locks_as!(file);
    }

    #[test]
    fn what_opening_wants_on_the_disk_is_there_before_anything_else_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        drop(Database::create(&path).unwrap());
        let file = || FileBackend::new(OpenOptions::new().read(true).write(true).open(&path).unwrap()).unwrap();
        let (done, told) = mpsc::channel();
        let told = || told.try_iter().collect::<Vec<_>>();

        let database = Builder::new().create_with_backend(Told { file: file(), done: done.clone() }).unwrap();
        assert_eq!(told(), ["write", "sync"], "redb waits for the disk as it opens a file");
        drop(database);
        told();
        let database = open_with(Told { file: file(), done }, &Builder::new()).unwrap();
        assert_eq!(told(), ["write"]);
        let transaction = database.begin_write().unwrap();
        transaction.open_table(TABLE).unwrap().insert(1, 1).unwrap();
        transaction.commit().unwrap();
        let commit = told();
        assert_eq!((commit[0], commit.contains(&"write")), ("sync", true));
        assert_eq!(commit.last(), Some(&"sync"), "a commit is on the disk");
        drop(database);
        assert_eq!(told().last(), Some(&"sync"), "what is closed is on the disk");
    }

    #[test]
    fn an_empty_file_is_no_store() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "").unwrap();
        assert!(open(&path, &Builder::new()).is_err());
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    }
}
