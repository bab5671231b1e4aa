//! Verifies and reads a file without changing it.
//!
//! When redb opens a file, it verifies the file, and repairs it by going back to an earlier state. Here redb works on
//! an overlay: its writes stay in memory and are dropped.

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

use super::{
    error::StoreError,
    redb_panic::{self, catch_redb_panic},
};

/// The limit of bytes read, as a multiple of the file's length: several times what verifying or copying a sound file
/// takes.
const MAX_PASSES: u64 = 16;
/// Bytes that may be read in addition, which matters for very short files.
const MIN_READS: u64 = 1024 * 1024;

/// Verifies all pages against the file's own checksums.
pub(super) fn verify(path: &Path, mut builder: Builder) -> Result<Result<(), DatabaseError>, StoreError> {
    builder.set_check_integrity_on_open(true);
    catch_redb_panic(|| Ok(open_read_only(path, &builder)?.map(drop)))
}

/// Opens the file behind an overlay. A damaged tree may have a cycle, so the total of bytes read is limited; a cache
/// would hide repeated reads from that limit.
pub(super) fn open_read_only(path: &Path, builder: &Builder) -> Result<Result<ReadOnly, DatabaseError>, StoreError> {
    let is_closed = Arc::new(AtomicBool::new(false));
    let open = || {
        let file = FileBackend::new(OpenOptions::new().read(true).write(true).open(path)?)?;
        let len = file.len()?;
        let overlay =
            Overlay { len, writes: Vec::new(), readable: len.saturating_mul(MAX_PASSES).saturating_add(MIN_READS) };
        let backend = OverlayBackend { file, overlay: Mutex::new(overlay), is_closed: Arc::clone(&is_closed) };
        builder.create_with_backend(backend)
    };
    catch_redb_panic(|| {
        Ok(open().map(|database| ReadOnly { database: Some(database), is_closed: Arc::clone(&is_closed) }))
    })
}

/// A database that is only read. redb commits once more when it is dropped. On a damaged file that commit may panic
/// during another panic, which would abort the process. So before the drop the backend is set to fail every read.
pub(super) struct ReadOnly {
    /// [`None`] only during the drop.
    database: Option<Database>,
    is_closed: Arc<AtomicBool>,
}

impl Deref for ReadOnly {
    type Target = Database;

    fn deref(&self) -> &Database {
        self.database.as_ref().expect("only the drop takes the database")
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        self.is_closed.store(true, Ordering::Relaxed);
        // Nothing was written, so a failed close loses nothing.
        let _ = redb_panic::close(self.database.take());
    }
}

/// A file that is never written to: writes go to an overlay in memory, and reads see them.
#[derive(Debug)]
struct OverlayBackend {
    file: FileBackend,
    overlay: Mutex<Overlay>,
    /// Whether reads fail from now on.
    is_closed: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Overlay {
    len: u64,
    /// Offsets and bytes, oldest first: a later write wins. A list suffices, since verifying writes little.
    writes: Vec<(u64, Vec<u8>)>,
    /// How many more bytes may be read.
    readable: u64,
}

impl OverlayBackend {
    fn overlay(&self) -> std::sync::MutexGuard<'_, Overlay> {
        self.overlay.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for OverlayBackend {
    fn len(&self) -> io::Result<u64> {
        Ok(self.overlay().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let end = offset + out.len() as u64;
        let mut overlay = self.overlay();
        if end > overlay.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let readable = overlay.readable.checked_sub(out.len() as u64);
        overlay.readable =
            readable.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "its page tree has a cycle"))?;
        // The range may go past the end of the file, if the overlay has grown: that part reads as zeros.
        let below = self.file.len()?.clamp(offset, end);
        let (below, beyond) = out.split_at_mut(to_usize(below - offset)?);
        self.file.read(offset, below)?;
        beyond.fill(0);
        for (at, bytes) in &overlay.writes {
            let (from, upto) = (offset.max(*at), end.min(at + bytes.len() as u64));
            if from < upto {
                let written = &bytes[to_usize(from - at)?..to_usize(upto - at)?];
                out[to_usize(from - offset)?..to_usize(upto - offset)?].copy_from_slice(written);
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.overlay().len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.overlay().writes.push((offset, data.to_vec()));
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

fn to_usize(number: u64) -> io::Result<usize> {
    usize::try_from(number).map_err(io::Error::other)
}
