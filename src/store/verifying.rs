//! Verifying and reading a file without changing it.
//!
//! redb verifies a file when it opens it, and repairs it by going back to an earlier state. Here it does so on an
//! overlay: its writes stay in memory and are dropped.

use std::{
    fs::OpenOptions,
    io,
    ops::{Bound, Deref},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use redb::{BackendError, Builder, Database, DatabaseError, StorageBackend, backends::FileBackend};

use super::{error::StoreError, redb_panic::catch_redb_panic};

/// How many times the length of the file may be read to verify or copy it.
const ROUNDS: u64 = 16;
/// The extra allowance for short files.
const LEAST: u64 = 1024 * 1024;

/// Whether all of the file's own checksums match.
pub(super) fn verify(path: &Path, mut builder: Builder) -> Result<Result<(), DatabaseError>, StoreError> {
    builder.set_check_integrity_on_open(true);
    catch_redb_panic(|| Ok(look(path, &builder)?.map(drop)))
}

/// Opens the overlay. A damaged tree may contain cycles, so the amount of reading is limited; without a cache every
/// page read counts.
pub(super) fn look(path: &Path, builder: &Builder) -> Result<Result<ReadOnly, DatabaseError>, StoreError> {
    let is_over = Arc::new(AtomicBool::new(false));
    let open = || {
        let file = FileBackend::new(OpenOptions::new().read(true).write(true).open(path)?)?;
        let len = file.len()?;
        let above = Above { len, writes: Vec::new(), left: len.saturating_mul(ROUNDS).saturating_add(LEAST) };
        let unwritten = Unwritten { file, above: Mutex::new(above), is_over: Arc::clone(&is_over) };
        builder.create_with_backend(unwritten)
    };
    catch_redb_panic(|| Ok(open().map(|database| ReadOnly { database: Some(database), is_over: Arc::clone(&is_over) })))
}

/// A database for reading. redb commits once more when it closes. On a damaged file that may panic during a panic,
/// which ends the process; so by then the file returns only errors.
pub(super) struct ReadOnly {
    /// `Some` until it is dropped.
    database: Option<Database>,
    is_over: Arc<AtomicBool>,
}

impl Deref for ReadOnly {
    type Target = Database;

    fn deref(&self) -> &Database {
        self.database.as_ref().expect("the database is there until this is dropped")
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let database = self.database.take();
        // Nothing was written, so a failed close means nothing.
        let _ = catch_redb_panic(|| {
            drop(database);
            Ok(())
        });
    }
}

/// A file with the later writes on top of it.
#[derive(Debug)]
struct Unwritten {
    file: FileBackend,
    above: Mutex<Above>,
    /// Every access fails from now on.
    is_over: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Above {
    len: u64,
    /// Offsets and bytes, in order. Verifying writes little.
    writes: Vec<(u64, Vec<u8>)>,
    /// The remaining allowance, in bytes.
    left: u64,
}

impl Unwritten {
    fn above(&self) -> std::sync::MutexGuard<'_, Above> {
        self.above.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for Unwritten {
    fn len(&self) -> io::Result<u64> {
        Ok(self.above().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if self.is_over.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let end = offset + out.len() as u64;
        let mut above = self.above();
        if end > above.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let left = above.left.checked_sub(out.len() as u64);
        above.left = left.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "its pages lead in circles"))?;
        let below = self.file.len()?.clamp(offset, end);
        let (below, beyond) = out.split_at_mut(index(below - offset)?);
        self.file.read(offset, below)?;
        beyond.fill(0);
        for (at, bytes) in &above.writes {
            let (from, upto) = (offset.max(*at), end.min(at + bytes.len() as u64));
            if from < upto {
                let written = &bytes[index(from - at)?..index(upto - at)?];
                out[index(from - offset)?..index(upto - offset)?].copy_from_slice(written);
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.above().len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.above().writes.push((offset, data.to_vec()));
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

fn index(number: u64) -> io::Result<usize> {
    usize::try_from(number).map_err(io::Error::other)
}
