//! The broker's state on disk: sessions, queues, messages, retained messages and groups.
//!
//! One redb file in the state folder, written by a thread of its own. Write-behind: a transaction every 250 ms, or
//! as soon as there is much to write, has the last change of each key, so a message that is delivered at once never
//! reaches the disk. A transaction is written whole or not at all. Without changes the thread sleeps.
//!
//! A crash loses what was acknowledged since the last transaction. So that this is never more than half a second's worth,
//! nothing more is read from clients while the disk has not caught up.
//!
//! Damage is reported, never misread: each value has a checksum over itself and its location.

mod error;
mod file;
mod former;
mod loading;
mod pending;
mod rows;
mod writer;

use std::{
    fs,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use tokio::sync::watch;

use self::{
    pending::Pending,
    writer::{Shared, Writer},
};
use super::hub::{Change, Saved};
use crate::{
    owner_only::{self, ClaimError},
    store::redb_panic::catch_redb_panic,
};

pub use error::{OpenError, WriteError};
pub use file::is_in_use;

/// The open state. Dropping it writes what is pending, and blocks until that is done.
#[derive(Debug)]
pub struct State {
    shared: Arc<Shared>,
    /// [`None`] once joined.
    thread: Option<thread::JoinHandle<Result<(), WriteError>>>,
}

impl State {
    /// Opens the state in `folder`, and returns what was saved. Creates the folder and the file if they are missing;
    /// only their owner can access them from then on. A new file has the retained messages of papo 0.1, if there are
    /// any. `now` is the time since the Unix epoch.
    pub fn open(folder: &Path, now: Duration) -> Result<(Self, Saved), OpenError> {
        let path = file::path(folder);
        let io = |source| OpenError::Io { path: path.clone(), source };
        owner_only::claim_dir(folder).map_err(|error| match error {
            ClaimError::Owner => OpenError::Owner(folder.to_owned()),
            ClaimError::Io(source) => OpenError::Io { path: folder.to_owned(), source },
        })?;
        let mut database = if fs::exists(&path).map_err(io)? {
            owner_only::narrow(&path).map_err(io)?;
            file::open(&path)?
        } else {
            let mut former = Pending::default();
            former.extend(former::retained_messages(folder).map_err(io)?);
            file::create(folder, &former, now)?
        };
        file::check_layout(&database, &path)?;
        let mut damage = Vec::new();
        let loaded = catch_redb_panic(|| loading::load(&database, &mut damage));
        let mut saved = loaded.map_err(|error| OpenError::of(error, &path))?;
        if let Some(first) = damage.first() {
            return Err(OpenError::Damaged { path, why: first.to_string() });
        }
        // Before anything else is written: a message may get the ID of one that is removed here.
        let mut removals = Pending::default();
        removals.extend(loading::prune(&mut saved));
        writer::write(&database, &removals).map_err(|error| OpenError::of(error, &path))?;
        let content = loading::size(&saved);
        file::compact_if_worth_it(&mut database, &path, content)?;
        let shared = Arc::<Shared>::default();
        let writer = Writer::new(database, path.clone(), Arc::clone(&shared), content);
        let thread = thread::Builder::new().name("papo-broker-state".into()).spawn(|| writer.run()).map_err(io)?;
        Ok((Self { shared, thread: Some(thread) }, saved))
    }

    /// From when on saving is late, because the disk is slow, fails, or has much to write; [`None`] if everything is
    /// saved. As long as it is late, nothing should be acknowledged.
    pub fn late(&self) -> watch::Receiver<Option<Instant>> {
        self.shared.late()
    }

    /// Saves these changes within the next 250 ms, or as soon as the disk permits. Never blocks.
    pub fn apply(&mut self, changes: Vec<Change>) {
        if !changes.is_empty() {
            self.shared.extend(changes);
        }
    }

    /// Drops it, and reports the error that is logged otherwise.
    #[cfg(test)]
    fn close(mut self) -> Result<(), WriteError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), WriteError> {
        self.shared.close();
        self.thread.take().map_or(Ok(()), |thread| thread.join().unwrap_or(Err(WriteError::Panicked)))
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!(%error, "the broker's last changes are not saved");
        }
    }
}

#[cfg(test)]
mod tests;
